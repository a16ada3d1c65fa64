"""Commission entries: the append-only ledger of who earned what on which order.

Stored: (:Distributor)-[:EARNED]->(:CommissionEntry {id, order_id, order_key, beneficiary_id,
beneficiary_key, level, kind, cause, amount_minor, currency, booked_at_ms, period, plan, trigger,
freeze_ms, run_id})-[:FOR]->(:Order). kind is a word of ENTRY_KIND, amount_minor signed, plan
NAME@VERSION. An entry is created once and never changed; its state is derived: `available_at_ms`.
Its identity is order, beneficiary, level, kind and cause, never the run.
"""

from collections.abc import Iterable, Sequence
from functools import partial

import graph.keys
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


def identity(row: Row) -> str:
    """The id of an entry: order_id|beneficiary_id|level|kind|cause."""
    return graph.keys.identity(*(row[name] for name in IDENTITY))


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
    if done["found"] != len(rows):
        raise Conflict(
            f"{len(rows) - done['found']} of {len(rows)} entries name an order or a beneficiary"
            " that the graph does not hold"
        )
    if done["contradicted"]:
        raise Conflict(f"already booked with another amount: {', '.join(done['contradicted'][:5])}")
    return int(done["created"])


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
