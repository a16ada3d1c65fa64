"""Buybacks: requests of distributors to return stock, and what was paid for them.

Stored: (:Buyback {id, key, seq, distributor_id, order_id, requested_at_ms, amount_minor, saleable,
paid_at_ms, paid_amount_minor, currency}). What it refers to is kept by id, without edges. id is the
file's request_id. Rows and columns: graph.keys.
"""

from collections.abc import Iterable, Sequence

import graph.keys
import graph.queries
from graph.connection import Database
from graph.keys import Columns, Row, Saved

QUERIES = graph.queries.load("buybacks")

FACTS = (
    "distributor_id",
    "order_id",
    "requested_at_ms",
    "amount_minor",
    "saleable",
    "paid_at_ms",
    "paid_amount_minor",
    "currency",
)


def by_ids(db: Database, ids: Sequence[str]) -> list[Row]:
    """Rows {id, key, seq, ... (FACTS)} of the ids that exist, by key."""
    return db.read(QUERIES["by_ids"], ids=list(ids))


def save_all(db: Database, rows: Iterable[Row], *, seq: int) -> Saved:
    """Rows {id, ... (FACTS)}: creates them or fills in what differs."""
    shaped = (graph.keys.shaped(row, FACTS, ("id",)) for row in rows)
    return graph.keys.save(db, QUERIES["save_all"], shaped, seq=seq)


def last_key(db: Database) -> int:
    """The greatest key; -1 if there is none."""
    return graph.keys.last(db, "buybacks")


def columns(db: Database, *, after: int, upto: int, seq_max: int) -> Columns:
    """Buybacks with after < key <= upto, by key: id, key, distributor_key, order_key, order_id,
    requested_at, amount, saleable, paid_at, paid_amount, currency, seq.
    """
    return db.columns(QUERIES["columns"], after=after, upto=upto, seq_max=seq_max)


def columns_of(db: Database, keys: Sequence[int]) -> Columns:
    """The same columns for a list of keys, by key."""
    return db.columns(QUERIES["columns_of"], keys=list(keys))


def changed(db: Database, *, since: int, upto: int, first: int) -> list[int]:
    """Keys of rows last touched by a change after `since` up to `upto`, at most `first`."""
    return db.columns(QUERIES["changed"], since=since, upto=upto, first=first)["keys"]
