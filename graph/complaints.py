"""Complaints about distributors.

Stored: (:Complaint {id, key, seq, about_distributor_id, received_at_ms, kind, order_id}). What it
refers to is kept by id, without edges. `kind` is free text. Rows and columns: graph.keys.
"""

from collections.abc import Iterable, Sequence

import graph.keys
import graph.queries
from graph.connection import Database
from graph.keys import Columns, Row, Saved

QUERIES = graph.queries.load("complaints")

FACTS = (
    "about_distributor_id",
    "received_at_ms",
    "kind",
    "order_id",
)


def by_ids(db: Database, ids: Sequence[str]) -> list[Row]:
    """Rows {id, key, seq, ... (FACTS)} of the ids that exist, by key."""
    return db.read(QUERIES["by_ids"], ids=list(ids))


def about(db: Database, ids: Sequence[str]) -> list[Row]:
    """Rows {id, about_distributor_id, received_at_ms, kind, order_id} about these distributors,
    oldest first.
    """
    return db.read(QUERIES["about"], ids=list(ids))


def save_all(db: Database, rows: Iterable[Row], *, seq: int) -> Saved:
    """Rows {id, ... (FACTS)}: creates them or fills in what differs."""
    shaped = (graph.keys.shaped(row, FACTS, ("id",)) for row in rows)
    return graph.keys.save(db, QUERIES["save_all"], shaped, seq=seq)


def last_key(db: Database) -> int:
    """The greatest key; -1 if there is none."""
    return graph.keys.last(db, "complaints")


def columns(db: Database, *, after: int, upto: int, seq_max: int) -> Columns:
    """Complaints with after < key <= upto, by key: id, key, about_distributor_id, received_at,
    kind, order_id.
    """
    return db.columns(QUERIES["columns"], after=after, upto=upto, seq_max=seq_max)


def changed(db: Database, *, since: int, upto: int, first: int) -> list[int]:
    """Keys of rows last touched by a change after `since` up to `upto`, at most `first`."""
    return db.columns(QUERIES["changed"], since=since, upto=upto, first=first)["keys"]
