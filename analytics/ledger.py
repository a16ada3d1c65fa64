"""From entitlement to entries: every entry is a difference of what is due to what was granted.

The first state of an order gives its accruals, each later event the difference to the state before.
An order that was frozen by an earlier night is compared with what the ledger holds for it, so that
whatever was granted, entries always add up to the last entitlement. An entry that the ledger
has already (order, beneficiary, level, kind, cause) is never given again.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from analytics.amounts import Entitled
from analytics.columns import Columns
from analytics.commission_schema import NEW_ENTRIES, typed
from analytics.events import Batch, States, when_of_accrual
from analytics.network import Ints
from analytics.plan import Plan
from analytics.walk import Steps
from graph.model import DAY_MS, ENTRY_KIND, ENTRY_STATE, ORDER_KIND

ACCRUAL, REVERSAL = ENTRY_KIND.index("accrual"), ENTRY_KIND.index("reversal")
PENDING, FROZEN, AVAILABLE = (ENTRY_STATE.index(w) for w in ("pending", "frozen", "available"))
SALE = ORDER_KIND.index("sale")
IDENTITY = ["order_row", "beneficiary_row", "level", "kind", "cause"]


Flags = npt.NDArray[np.bool_]
Key = tuple[int, int]
"""A beneficiary and a level."""
Held = dict[str, dict[Key, int]]
"""Amounts by cause and key."""


class Due(NamedTuple):
    """What one batch is entitled to: paths, states (first one per order, then one per event)."""

    batch: Batch
    steps: Steps
    entitled: Entitled
    states: States
    events: pl.DataFrame
    own_booked: Flags  # by order: a finished night has written its own entries


class Found(NamedTuple):
    """Entries to be, as columns of the same length."""

    at: Ints  # order of the batch
    step: Ints  # row of the path
    amount: Ints
    event: Ints  # row of the events; -1: the order's own


def entries(columns: Columns, due: Due, plan: Plan, as_of_ms: int, cut: Ints) -> pl.DataFrame:
    """The entries that the ledger lacks; `cut` is what closed months take, by path row."""
    found = _own(due, cut)
    if due.events.height and due.batch.frozen_seq is None:
        found = _joined(found, _differences(due))
    elif due.events.height:
        found = _joined(found, _against_ledger(columns, due))
    framed = _framed(columns, due, found, plan, as_of_ms)
    if columns.entries.height:
        framed = framed.join(columns.entries, on=IDENTITY, how="anti", maintain_order="left")
    if not due.events.height:
        return framed
    return framed.sort("order_row", "booked_at", "cause", "level", maintain_order=True)


def _joined(one: Found, other: Found) -> Found:
    return Found(*(np.concatenate(pair) for pair in zip(one, other, strict=True)))


def _own(due: Due, cut: Ints) -> Found:
    """What orders give when they are paid, where no finished night has written it."""
    count = int(due.steps.start[-1])
    at = np.repeat(np.arange(len(due.batch.rows)), np.diff(due.steps.start))
    amount = due.entitled.granted[:count] - cut
    step = np.flatnonzero((amount != 0) & ~due.own_booked[at])
    return Found(at[step], step, amount[step], np.full(len(step), -1, np.int64))


def _differences(due: Due) -> Found:
    """After each event the difference to the state before: orders without a past."""
    orders, found = len(due.batch.rows), due.entitled
    at = np.array(due.states.at, np.int64)
    state = orders + np.arange(len(at))
    before = np.where(np.diff(at, prepend=-1) == 0, state - 1, at)
    lengths = np.diff(due.steps.start)[at]
    offset = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)

    def granted(states: Ints) -> Ints:
        amounts: Ints = found.granted[np.repeat(found.start[states], lengths) + offset]
        return amounts

    amount = granted(state) - granted(before)
    step = np.repeat(due.steps.start[at], lengths) + offset
    event = np.repeat(np.arange(len(at)), lengths)
    changed = amount != 0
    return Found(at[event][changed], step[changed], amount[changed], event[changed])


def _against_ledger(columns: Columns, due: Due) -> Found:
    """After each event that is not booked the difference to all that the ledger holds."""
    wanted = np.zeros(columns.orders.height, np.bool_)
    wanted[due.batch.rows[np.array(due.states.at, np.int64)]] = True
    held = _held(columns, wanted)
    rows: list[tuple[int, int, int, int]] = []
    events = due.events.with_row_index("event").select("event", "at", "cause", "booked")
    for (at,), own in events.group_by("at", maintain_order=True):
        assert isinstance(at, int)
        order = int(due.batch.rows[at])
        ledger, own_cause = held[order], columns.orders["id"][order]
        open_causes = own.filter(~pl.col("booked"))["cause"].to_list()
        open_causes += [] if due.own_booked[at] else [own_cause]
        granted = _sums(ledger, without=set(open_causes))
        if not due.own_booked[at]:
            list(_changes(granted, ledger.get(own_cause, {}), _due(due, at, at)))
        for event, _, cause, booked in own.iter_rows():
            if not booked:
                entitled = _due(due, at, len(due.batch.rows) + event)
                changes = _changes(granted, ledger.get(cause, {}), entitled)
                rows += [(at, step, amount, event) for step, amount in changes]
    return Found(*np.array(rows, np.int64).reshape(-1, 4).T)


def _held(columns: Columns, wanted: Flags) -> dict[int, Held]:
    """What the ledger holds for the wanted orders, by order, cause, beneficiary and level."""
    held: dict[int, Held] = defaultdict(dict)
    entries = columns.entries.filter(
        wanted[columns.entries["order_row"].to_numpy()], pl.col("kind").is_in([ACCRUAL, REVERSAL])
    )
    for order, cause, beneficiary, level, amount in entries.select(
        "order_row", "cause", "beneficiary_row", "level", "amount"
    ).iter_rows():
        held[order].setdefault(cause, {})[beneficiary, level] = amount
    return held


def _sums(ledger: Held, without: set[str]) -> dict[Key, int]:
    granted: dict[Key, int] = defaultdict(int)
    for cause, amounts in ledger.items():
        if cause not in without:
            for key, amount in amounts.items():
                granted[key] += amount
    return granted


def _changes(
    granted: dict[Key, int], known: dict[Key, int], entitled: dict[Key, tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Path rows and amounts that an event adds; `granted` moves on to what is granted after it.

    Where the ledger knows an entry of this event, that is what was granted by it.
    """
    for key, (step, amount) in entitled.items():
        if key in known:
            granted[key] = granted[key] + known[key]
        elif amount != granted[key]:
            yield step, amount - granted[key]
            granted[key] = amount


def _due(due: Due, at: int, state: int) -> dict[Key, tuple[int, int]]:
    """By beneficiary and level the row of the path and the entitlement in a state."""
    first, start = int(due.steps.start[at]), int(due.entitled.start[state])
    return {
        (int(due.steps.beneficiary[step]), int(due.steps.level[step])): (
            step,
            int(due.entitled.granted[start + step - first]),
        )
        for step in range(first, int(due.steps.start[at + 1]))
        if due.steps.level[step] > 0 and due.steps.beneficiary[step] >= 0
    }


def _framed(columns: Columns, due: Due, found: Found, plan: Plan, as_of_ms: int) -> pl.DataFrame:
    rows = due.batch.rows[found.at]
    orders = columns.orders.select(
        "id", "kind", "currency", when_of_accrual(), *_trigger(plan, as_of_ms)
    ).select(pl.all().gather(rows))
    event = pl.Series(found.event)
    events = due.events.select(pl.all().gather(event.set(event < 0, None)))
    amount = pl.Series("amount", found.amount)
    booked_at = events["booked_at"].fill_null(orders["when"])
    sale = orders["kind"] == SALE
    frame = orders.select(
        pl.Series("order_row", rows),
        pl.Series("beneficiary_row", due.steps.beneficiary[found.step]),
        pl.Series("level", due.steps.level[found.step]),
        pl.when(amount < 0).then(REVERSAL).otherwise(ACCRUAL).cast(pl.UInt8).alias("kind"),
        events["cause"].fill_null(orders["id"]).alias("cause"),
        amount,
        "currency",
        booked_at.alias("booked_at"),
        pl.lit(plan.id).alias("plan"),
        pl.when(sale).then("state").otherwise(pl.lit(AVAILABLE, pl.UInt8)).alias("state"),
        pl.when(sale).then("available_at").otherwise(booked_at).alias("available_at"),
        pl.when(sale).then(pl.lit(plan.trigger)).alias("trigger"),
        pl.when(sale).then(plan.freeze_days * DAY_MS).otherwise(0).alias("freeze_ms"),
    )
    return typed(frame, NEW_ENTRIES)


def _trigger(plan: Plan, as_of_ms: int) -> tuple[pl.Expr, pl.Expr]:
    """State and available_at of the entries of an order at as-of; what is later is unknown."""
    time = pl.coalesce("paid_at", "ordered_at") if plan.trigger == "paid" else pl.col("received_at")
    reached = time <= as_of_ms
    available = pl.when(reached).then(time + plan.freeze_days * DAY_MS)
    state = (
        pl.when(available <= as_of_ms)
        .then(AVAILABLE)
        .when(reached)
        .then(FROZEN)
        .otherwise(PENDING)
        .cast(pl.UInt8)
    )
    return state.alias("state"), available.alias("available_at")
