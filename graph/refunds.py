"""Refunds: money given back on an order, whole, by line, by quantity or by amount.

Stored: (:Refund {id, key, seq, line_no, quantity_milli, amount_minor, currency, refunded_at_ms,
reason, order_key}) and (:Refund)-[:REFUNDS]->(:Order); order_key repeats the edge's other end
(absent: the order is not known). Rows and columns: graph.keys.
"""

from collections.abc import Iterable, Sequence

import graph.keys
import graph.queries
from graph.connection import Database
from graph.keys import Columns, Row, Saved

QUERIES = graph.queries.load("refunds")

FACTS = ("line_no", "quantity_milli", "amount_minor", "currency", "refunded_at_ms", "reason")


def by_ids(db: Database, ids: Sequence[str]) -> list[Row]:
    """Rows {id, key, seq, order_id, ... (FACTS)} of the ids that exist, by key."""
    return db.read(QUERIES["by_ids"], ids=list(ids))


def of_orders(db: Database, order_ids: Sequence[str]) -> list[Row]:
    """Rows {id, key, order_id, ... (FACTS)} of these orders, by (order_id, refunded_at_ms, id)."""
    return db.read(QUERIES["of_orders"], ids=list(order_ids))


def save_all(db: Database, rows: Iterable[Row], *, seq: int) -> Saved:
    """Rows {id, order_id, ... (FACTS)}: creates them or fills in what differs.

    Conflict for an unknown order; a blank one stays blank until a later row names it.
    """
    shaped = (graph.keys.shaped(row, FACTS, ("id", "order_id")) for row in rows)
    return graph.keys.save(db, QUERIES["save_all"], shaped, seq=seq)


def last_key(db: Database) -> int:
    """The greatest key; -1 if there is no refund."""
    return graph.keys.last(db, "refunds")


def columns(db: Database, *, after: int, upto: int, seq_max: int) -> Columns:
    """Refunds with after < key <= upto, by key: id, key, order_key, line_no, quantity_milli,
    amount, currency, refunded_at, seq. (A snapshot sorts them by refunded_at, id.)
    """
    return db.columns(QUERIES["columns"], after=after, upto=upto, seq_max=seq_max)


def columns_of(db: Database, order_keys: Sequence[int]) -> Columns:
    """The same columns for the refunds of a list of orders, by key."""
    return db.columns(QUERIES["columns_of"], keys=list(order_keys))


def columns_of_keys(db: Database, keys: Sequence[int]) -> Columns:
    """The same columns for a list of refunds' own keys, by key."""
    return db.columns(QUERIES["columns_of_keys"], keys=list(keys))


def changed(db: Database, *, since: int, upto: int, first: int) -> list[int]:
    """Keys of refunds last touched by a change after `since` up to `upto`, at most `first`."""
    return db.columns(QUERIES["changed"], since=since, upto=upto, first=first)["keys"]
