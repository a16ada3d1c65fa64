"""Commission entries: the append-only ledger of who earned what on which order.

Stored: (:Distributor)-[:EARNED]->(:CommissionEntry {id, order_id, order_key, beneficiary_id,
beneficiary_key, level, kind, cause, amount_minor, currency, booked_at_ms, period, plan, trigger,
freeze_ms, run_id})-[:FOR]->(:Order). kind is a word of ENTRY_KIND, amount_minor signed, plan
NAME@VERSION. An entry is created once and never changed; its state is derived: `available_at_ms`.
Its identity is order, beneficiary, level, kind and cause, never the run.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

import graph.keys
import graph.migrations
import graph.queries
from graph.connection import Database, Statements
from graph.errors import Conflict
from graph.keys import Columns, Row

QUERIES = graph.queries.load("commissions")

IDENTITY = ("order_id", "beneficiary_id", "level", "kind", "cause")
FACTS = (
    "amount_minor",
    "currency",
    "booked_at_ms",
    "period",
    "plan",
    "trigger",
    "freeze_ms",
)
FIRST = (
    "order_key",
    "plan",
    "anchor_ms",
    "self",
    "keys",
    "levels",
    "gates",
    "ranks",
    "kind",
    "currency",
    "booked_at_ms",
    "period",
    "trigger",
    "freeze_ms",
    "shares",
)

SECONDARY = (
    "commission_entry_order_key",
    "commission_entry_beneficiary_booked",
    "commission_entry_beneficiary_period",
)
"""Indexes that are for reading; the unique id is what keeps entries from being there twice."""

MASS = 250_000
"""So many entries at once, and more than there are, are booked faster without SECONDARY."""


class Booked(NamedTuple):
    """What a batch has written that was not there: orders frozen, entries booked."""

    frozen: int
    created: int


def identity(row: Row) -> str:
    """The id of an entry: order_id|beneficiary_id|level|kind|cause."""
    return graph.keys.identity(*(row[name] for name in IDENTITY))


@contextmanager
def in_mass(db: Database, to_come: int) -> Iterator[bool]:
    """Book so many entries in the block: without SECONDARY where most of the ledger is to come.

    An index kept up to date entry by entry costs several times what it costs to make at the end.
    Meanwhile a query that asks for one of them scans, and the server notes it (graph.notices). A
    kill in the block leaves nothing missing for long: the next night makes them anew before it
    reads, and so does whoever connects once the killed one has been silent. Tells the block whether
    they are away.
    """
    away = to_come >= MASS and to_come > count(db)
    if away:
        graph.migrations.drop(db, SECONDARY)
    try:
        yield away
    finally:
        if away:
            graph.migrations.complete(db)


def book(
    db: Database, first: Sequence[Sequence[Any]], rest: Sequence[Row], run_id: str, *, seq: int
) -> Booked:
    """One transaction: freeze orders with the entries that each gives, and book other entries.

    `first`: orders worked out for the first time, each a list of FIRST (lists cost the server a
    third less than maps): its key; plan ("NAME@VERSION", "" = no_plan); anchor_ms (None: none);
    self (the buyer is the seller); keys, levels, gates, ranks of equal length, one place per walked
    ancestor in order of position: key, level (0: none), position in OUTCOME, rank ("" = none); what
    its own entries have in common; and `shares`, one [beneficiary_key, level, amount_minor] for
    each. An order that is frozen has its own entries too, and neither is written again. `seq`: the
    change cursor of the night. `rest`: entries as in `save_all`, of orders frozen now or before.
    At most BATCH_ROWS_MAX of each.

    Conflict as in `save_all`; nothing of the batch is written then.
    """
    sent = [{"id": identity(row), **row} for row in rest]
    return db.together(partial(_book, first=first, rest=sent, run_id=run_id, seq=seq))


def _book(
    tx: Statements, first: Sequence[Sequence[Any]], rest: list[Row], run_id: str, seq: int
) -> Booked:
    frozen = created = 0
    if first:
        done = tx.run(QUERIES["book"], rows=first, run_id=run_id, seq=seq)[0]
        frozen, created = done["frozen"], done["created"]
        _refuse_nobody(done["created"], done["given"])
    if rest:
        created += _save_all(tx, rest, run_id)
    return Booked(frozen, created)


def save_all(db: Database, rows: Iterable[Row], run_id: str) -> int:
    """Book entries that are not there yet; how many were new. What is there stays as it is.

    Rows {order_id, order_key, beneficiary_id, beneficiary_key, level, kind, cause, amount_minor,
    currency, booked_at_ms, period, plan, trigger ("paid", "received"; "" for what is available at
    once), freeze_ms}. Conflict where an entry of the same identity has another amount or currency,
    or order or beneficiary do not exist; the batch is not written then.
    """
    new = 0
    for batch in graph.keys.batches(rows):
        sent = [{"id": identity(row), **row} for row in batch]
        new += db.together(partial(_save_all, rows=sent, run_id=run_id))
    return new


def _save_all(tx: Statements, rows: list[Row], run_id: str) -> int:
    done = tx.run(QUERIES["save_all"], rows=rows, run_id=run_id)[0]
    _refuse_nobody(done["found"], len(rows))
    if done["contradicted"]:
        raise Conflict(f"already booked with another amount: {', '.join(done['contradicted'][:5])}")
    return int(done["created"])


def _refuse_nobody(found: int, given: int) -> None:
    if found != given:
        raise Conflict(
            f"{given - found} of {given} entries name an order or a beneficiary that the graph does"
            " not hold"
        )


def count(db: Database) -> int:
    """How many entries the ledger holds."""
    return int(db.read(QUERIES["count"])[0]["entries"])


def by_ids(db: Database, ids: Sequence[str]) -> list[Row]:
    """Entries by id, as in `of_orders`."""
    return db.read(QUERIES["by_ids"], ids=list(ids))


def of_orders(db: Database, order_ids: Sequence[str]) -> list[Row]:
    """Rows {id, IDENTITY, FACTS, run_id, paid_time_ms, received_time_ms (of the order)} of these
    orders, by (order_id, booked_at_ms, cause, level, beneficiary_id).
    """
    return db.read(QUERIES["of_orders"], ids=list(order_ids))


def page_of_beneficiary(
    db: Database,
    beneficiary_id: str,
    *,
    after: tuple[int, str] | None = None,
    first: int = 50,
    period: str | None = None,
) -> list[Row]:
    """Rows as in `of_orders` behind the place `after` = (booked_at_ms, id), in that order;
    first + 1 rows where there is a further page. period: YYYY-MM, or all.
    """
    at_ms, id = after or (-1, "")
    place = {"at_ms": at_ms, "after": id, "limit": first + 1}
    if period is None:
        return db.read(QUERIES["page_of_beneficiary"], id=beneficiary_id, **place)
    return page_of_period(db, beneficiary_id, period, after=(at_ms, id), first=first)


def page_of_period(
    db: Database, beneficiary_id: str, period: str, *, after: tuple[int, str], first: int
) -> list[Row]:
    """`page_of_beneficiary` within one period."""
    place = {"at_ms": after[0], "after": after[1], "limit": first + 1}
    return db.read(QUERIES["page_of_period"], id=beneficiary_id, period=period, **place)


def totals(db: Database, beneficiary_ids: Sequence[str], period: str | None = None) -> list[Row]:
    """Rows {beneficiary_id, currency, kind, level, amount_minor, entries}: sums per beneficiary,
    by (beneficiary_id, currency, kind, level). period: YYYY-MM, or all.
    """
    since, upto = (period, period) if period else ("", "9999-99")
    return db.read(QUERIES["totals"], ids=list(beneficiary_ids), since=since, upto=upto)


def columns(db: Database, *, after: int, upto: int) -> Columns:
    """Entries of the orders with after < key <= upto, by (order_key, booked_at, cause, level,
    beneficiary_key): order_key, beneficiary_key, level, kind (word), cause, amount, currency,
    booked_at, plan, run_id.
    """
    return db.columns(QUERIES["columns"], after=after, upto=upto)


def columns_of(db: Database, order_keys: Sequence[int]) -> Columns:
    """The same columns for a list of orders' keys."""
    return db.columns(QUERIES["columns_of"], keys=list(order_keys))


def available_at_ms(row: Row) -> int | None:
    """When an entry as in `of_orders` becomes available; None while its order has no trigger time.

    A reversal stores the trigger and freeze of the accrual that it reduces, so it keeps step with
    it; one without an accrual has no trigger and is available when it is booked.
    """
    if not row["trigger"]:
        return int(row["booked_at_ms"])
    trigger = row["paid_time_ms"] if row["trigger"] == "paid" else row["received_time_ms"]
    return None if trigger is None else int(trigger) + int(row["freeze_ms"])


def state_at(row: Row, at_ms: int) -> str:
    """`pending`, `frozen` or `available` (ENTRY_STATE) of an entry at a moment."""
    available = available_at_ms(row)
    if available is None or (row["trigger"] and available - row["freeze_ms"] > at_ms):
        return "pending"
    return "available" if available <= at_ms else "frozen"
