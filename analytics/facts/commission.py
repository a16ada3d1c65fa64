"""What was paid, row by row and net of what took it back: payouts of another system, or our ledger.

A payout that reverses another counts as minus its magnitude and is netted into what it reverses, at
that one's date; where that is not known it stands for itself. Entries of one order, beneficiary and
level are one row, earned when the order was paid. What nets to nothing is no row.

A blank level is the position on the sponsor chain as it stands at as-of, from the seller (1), of a
recruit from his sponsor (1); 0 where the beneficiary is not on it. Levels of a plan that begins at
the seller's sponsor are moved by one, so that 1 is always the seller's own.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

import analytics.facts.days
from analytics.columns import Columns
from analytics.facts.days import Calendar
from analytics.facts.frames import COMMISSION, ORDER_LINE, OTHER, RECRUIT_EVENT
from analytics.kernels import compiled, readonly
from analytics.network import Network
from analytics.plan import Plan
from graph.model import DAY_MS, ENTRY_KIND, NOBODY

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]

OWN_KINDS = [ENTRY_KIND.index(word) for word in ("accrual", "reversal")]


class Orders(NamedTuple):
    """What commission needs of orders, by row of columns: place in ORDERS (NOBODY), seller, place,
    month of ordered_at, day of the paid time.
    """

    at: Rows
    seller: Rows
    place: Rows
    month: Rows


def release_ms(columns: Columns, entries: pl.DataFrame | None, plan: Plan | None) -> Ints:
    """By order row the earliest release of its commission (ms UTC); else ordered + freeze."""
    freeze = freeze_days(plan) * DAY_MS
    found = np.full(columns.orders.height, 2**62, np.int64)
    if "payouts" in columns.files:
        paid = columns.payouts.filter(pl.col("released_at").is_not_null(), pl.col("order_row") >= 0)
        _earliest(found, readonly(paid["order_row"].to_numpy()), paid["released_at"].to_numpy())
    elif entries is not None and entries.height:
        trigger = "paid_at" if plan is not None and plan.trigger == "paid" else "received_at"
        rows = entries["order_row"].to_numpy()
        has_one = np.zeros(len(found), np.bool_)
        has_one[rows[rows >= 0]] = True
        times = (columns.orders[trigger] + freeze).fill_null(2**62).to_numpy()
        found = np.where(has_one, times, found)
    return np.where(found < 2**62, found, columns.orders["ordered_at"].to_numpy() + freeze)


def freeze_days(plan: Plan | None) -> int:
    """Days from the trigger to the release; a week where there is no plan."""
    return 7 if plan is None else plan.freeze_days


@compiled
def _earliest(found: Ints, rows: Rows, times: Ints) -> None:
    for i in range(len(rows)):
        found[rows[i]] = min(found[rows[i]], times[i])


def of_payouts(
    columns: Columns, orders: Orders, network: Network, numbers: Mapping[str, int], days: Calendar
) -> pl.DataFrame:
    """COMMISSION from the payouts."""
    payouts = columns.payouts
    amount = payouts["amount"].to_numpy()
    reverses = payouts["reverses_row"].to_numpy()
    is_reversal = payouts["reverses_id"].is_not_null().to_numpy() | (reverses >= 0)
    signed = np.where(is_reversal, -np.abs(amount), amount)
    net = _netted(signed, readonly(reverses))
    kept = np.flatnonzero(net != 0).astype(np.int32)
    rows = payouts[kept]
    explained = (pl.col("basis") != OTHER) | (
        pl.col("reason").is_not_null() & pl.col("approved_by").is_not_null()
    )
    order = rows["order_row"].to_numpy()
    frame = rows.select(
        "beneficiary_row", "basis", "recruit_row", explained.alias("explained")
    ).with_columns(
        pl.Series("source_row", kept),
        pl.Series("order", np.append(orders.at, np.int32(NOBODY))[order]),
        pl.Series("level", _levels(rows, orders, network)),
        coded(rows["currency"], numbers).alias("currency"),
        days.of(rows["earned_at"]).fill_null(0).alias("earned_day"),
        pl.Series("amount", net[kept]),
        pl.Series("place_row", _places(rows, orders)),
    )
    return _dated(frame, orders, order)


def coded(currency: pl.Series, numbers: Mapping[str, int]) -> pl.Series:
    """The position of each currency in Facts.currencies."""
    words = pl.Enum(list(numbers))
    return currency.cast(words).to_physical().fill_null(0).cast(pl.UInt8)


@compiled
def _netted(amount: Ints, reverses: Rows) -> Ints:
    """Every reversal added to the first payout at the end of its chain, and itself nothing."""
    found = amount.copy()
    for i in range(len(amount)):
        at, steps = i, 0
        while reverses[at] >= 0 and steps < len(amount):
            at = reverses[at]
            steps += 1
        if at != i and steps < len(amount):
            found[at] += amount[i]
            found[i] -= amount[i]
    return found


def _levels(rows: pl.DataFrame, orders: Orders, network: Network) -> Rows:
    """The level given, else the position on the chain."""
    basis = rows["basis"].to_numpy()
    order, recruit = rows["order_row"].to_numpy(), rows["recruit_row"].to_numpy()
    parent = np.append(network.parent, np.int32(NOBODY))
    seller = np.append(orders.seller, np.int32(NOBODY))[order]
    first = np.where(basis == RECRUIT_EVENT, parent[recruit], seller)
    first = np.where(basis == OTHER, NOBODY, first)
    found = positions(first, rows["beneficiary_row"].to_numpy(), network)
    given = rows["level"].fill_null(-1).to_numpy()
    return np.where(given >= 0, given, found).astype(np.int32)


def positions(first: Rows, beneficiary: Rows, network: Network) -> Rows:
    """1 where the beneficiary is `first`, 2 for his sponsor, and so on; 0: not above him."""
    depth, position, end = (
        np.append(values, np.int32(NOBODY))
        for values in (network.depth, network.position, network.end)
    )
    both = (first >= 0) & (beneficiary >= 0)
    below = (position[first] >= position[beneficiary]) & (position[first] < end[beneficiary])
    placed = (position[first] >= 0) & (position[beneficiary] >= 0)
    found = np.where(both & below & placed, depth[first] - depth[beneficiary] + 1, 0)
    return np.where(both & (first == beneficiary), 1, found).astype(np.int32)


def _places(rows: pl.DataFrame, orders: Orders) -> Rows:
    """Of an order its place, of a recruit he, of all else the beneficiary."""
    basis, order = rows["basis"].to_numpy(), rows["order_row"].to_numpy()
    beneficiary, recruit = rows["beneficiary_row"].to_numpy(), rows["recruit_row"].to_numpy()
    of_order = np.append(orders.place, np.int32(NOBODY))[order]
    found = np.where((basis == ORDER_LINE) & (order >= 0), of_order, beneficiary)
    return np.where((basis == RECRUIT_EVENT) & (recruit >= 0), recruit, found).astype(np.int32)


def _dated(frame: pl.DataFrame, orders: Orders, order: Rows) -> pl.DataFrame:
    """With the months, in the schema."""
    earned = analytics.facts.days.months(frame["earned_day"].to_numpy())
    month = np.where(order >= 0, np.append(orders.month, np.int32(0))[order], earned)
    dated = frame.with_columns(
        pl.Series("earned_month", earned), pl.Series("order_month", month.astype(np.int32))
    )
    return dated.select(pl.col(name).cast(dtype) for name, dtype in COMMISSION.items())


def of_entries(
    entries: pl.DataFrame,
    columns: Columns,
    orders: Orders,
    numbers: Mapping[str, int],
    days: Calendar,
    plan: Plan | None,
) -> pl.DataFrame:
    """COMMISSION from our own ledger: accruals and reversals by order, beneficiary and level."""
    mine = entries.select("order_row", "beneficiary_row", "level", "kind", "amount", "currency")
    counted = pl.col("kind").is_in(OWN_KINDS) & (pl.col("order_row") >= 0)
    mine = mine.with_row_index("source_row").filter(counted)
    if not mine["order_row"].is_sorted():
        mine = mine.sort("order_row", maintain_order=True)
    currency = coded(mine["currency"], numbers)
    order = readonly(mine["order_row"].to_numpy())
    first, net = _summed(
        order,
        readonly(mine["beneficiary_row"].to_numpy()),
        readonly(mine["level"].cast(pl.Int32).to_numpy()),
        readonly(currency.to_numpy()),
        readonly(mine["amount"].to_numpy()),
    )
    kept = first[net != 0]
    rows = mine[kept].select("source_row", "beneficiary_row", "level", "order_row")
    order = rows["order_row"].to_numpy()
    paid = columns.orders.select(pl.coalesce("paid_at", "ordered_at")).to_series()
    shift = 1 if plan is not None and plan.first_level == "sponsor" else 0
    frame = rows.with_columns(
        pl.lit(ORDER_LINE).alias("basis"),
        pl.Series("order", orders.at[order]),
        pl.lit(NOBODY).alias("recruit_row"),
        pl.col("level").cast(pl.Int32) + pl.when(pl.col("level") > 0).then(shift).otherwise(0),
        currency.gather(kept).alias("currency"),
        pl.Series("earned_day", days.days(paid.gather(order).to_numpy())),
        pl.Series("amount", net[net != 0]),
        pl.lit(True).alias("explained"),
        pl.Series("place_row", orders.place[order]),
    )
    return _dated(frame, orders, order)


@compiled
def _summed(
    order: Rows, beneficiary: Rows, level: Rows, currency: npt.NDArray[np.uint8], amount: Ints
) -> tuple[Ints, Ints]:
    """The first entry of each order, beneficiary, level and currency, and the sum of them all."""
    first, net = np.empty(len(order), np.int64), np.empty(len(order), np.int64)
    count, begin = 0, 0
    for i in range(len(order)):
        if i > 0 and order[i] != order[i - 1]:
            begin = count
        at = begin
        while at < count:
            same = beneficiary[first[at]] == beneficiary[i] and level[first[at]] == level[i]
            if same and currency[first[at]] == currency[i]:
                break
            at += 1
        if at == count:
            first[at], net[at] = i, 0
            count += 1
        net[at] += amount[i]
    return first[:count], net[:count]


def nothing() -> pl.DataFrame:
    """No commission at all."""
    return pl.DataFrame(schema=COMMISSION)
