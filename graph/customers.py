"""Customers: outside buyers, each bound to one distributor or to none.

Stored: (:Customer {id, key, seq, bound_at_ms, became_distributor_id, region}), the binding as
(:Distributor)-[:BOUND]->(:Customer), the name apart: (:Customer)-[:NAMED]->(:PersonalData). Orders
that named this buyer before he was known are his from then on. Rows and columns: graph.keys.
"""

from collections.abc import Iterable, Sequence

import graph.keys
import graph.queries
from graph.connection import Database
from graph.keys import Columns, Row, Saved, Writer

QUERIES = graph.queries.load("customers")

FACTS = ("bound_at_ms", "became_distributor_id", "region")


def by_ids(db: Database, ids: Sequence[str]) -> list[Row]:
    """Rows {id, key, seq, distributor_id, ... (FACTS)} of the ids that exist, by key."""
    return db.read(QUERIES["by_ids"], ids=list(ids))


def by_keys(db: Database, keys: Sequence[int]) -> list[Row]:
    """Rows {id, key} of the keys that exist, by key."""
    return db.read(QUERIES["by_keys"], keys=list(keys))


def names_of(db: Database, ids: Sequence[str]) -> list[Row]:
    """Rows {id, name} (personal data) of the ids that have a name."""
    return db.read(QUERIES["names_of"], ids=list(ids))


def save_all(db: Writer, rows: Iterable[Row], *, seq: int) -> Saved:
    """Rows {id, distributor_id, name, ... (FACTS)}: creates them or fills in what differs.

    A customer who is bound already keeps his distributor. Conflict for an unknown distributor.
    """
    created = changed = 0
    for batch in graph.keys.batches(rows):
        plain = (
            graph.keys.shaped({**row, "name": None}, (*FACTS, "name"), ("id", "distributor_id"))
            for row in batch
        )
        saved = graph.keys.save(db, QUERIES["save_all"], plain, seq=seq)
        named = ({"id": row["id"], "name": row["name"]} for row in batch if row.get("name"))
        renamed = save_names(db, named, seq=seq)
        adopt_orders(db, [row["id"] for row in batch])
        created, changed = created + saved.created, changed + saved.changed + renamed.changed
    return Saved(created, changed)


def save_names(db: Writer, rows: Iterable[Row], *, seq: int) -> Saved:
    """Rows {id, name} of customers that exist."""
    return graph.keys.save(db, QUERIES["save_names"], rows, seq=seq)


def adopt_orders(db: Writer, ids: Sequence[str]) -> int:
    """Tie orders that named one of these customers before he was known to him; how many.

    Their `seq` stays: what a night has frozen does not move. A snapshot asks again for orders whose
    buyer_key is NOBODY when there are new customers.
    """
    return int(db.write(QUERIES["adopt_orders"], ids=list(ids))[0]["adopted"])


def last_key(db: Database) -> int:
    """The greatest key; -1 if there is no customer."""
    return graph.keys.last(db, "customers")


def columns(db: Database, *, after: int, upto: int, seq_max: int) -> Columns:
    """Customers with after < key <= upto, by key: id, key, distributor_key, bound_at,
    became_distributor_id, region.
    """
    return db.columns(QUERIES["columns"], after=after, upto=upto, seq_max=seq_max)


def columns_of(db: Database, keys: Sequence[int]) -> Columns:
    """The same columns for a list of keys, by key."""
    return db.columns(QUERIES["columns_of"], keys=list(keys))


def changed(db: Database, *, since: int, upto: int, first: int) -> list[int]:
    """Keys of customers last touched by a change after `since` up to `upto`, at most `first`."""
    return db.columns(QUERIES["changed"], since=since, upto=upto, first=first)["keys"]
