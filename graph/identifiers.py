"""Identifiers: hashed cards, phones, addresses and the like of distributors, customers and orders.

Stored: (:Identifier {id, key, seq, owner_kind, owner_id, kind, value, hashed, valid_from_ms,
valid_to_ms, shared}). What it refers to is kept by id, without edges. `value` is the keyed hash,
never clear text; hashed tells whether the file already gave a hash; shared is a pick-up point or an
office that links nobody. id = identity(row). Rows and columns: graph.keys.
"""

from collections.abc import Iterable, Sequence

import graph.keys
import graph.queries
from graph.connection import Database
from graph.errors import Misconfigured
from graph.keys import Columns, Row, Saved

QUERIES = graph.queries.load("identifiers")

FACTS = (
    "owner_kind",
    "owner_id",
    "kind",
    "value",
    "hashed",
    "valid_from_ms",
    "valid_to_ms",
    "shared",
)
IDENTITY = ("owner_kind", "owner_id", "kind", "value", "valid_from_ms")


def identity(row: Row) -> str:
    """The id of a row: owner, kind, value and begin."""
    return graph.keys.identity(*(row.get(name) for name in IDENTITY))


def by_ids(db: Database, ids: Sequence[str]) -> list[Row]:
    """Rows {id, key, seq, ... (FACTS)} of the ids that exist, by key."""
    return db.read(QUERIES["by_ids"], ids=list(ids))


def save_all(db: Database, rows: Iterable[Row], *, seq: int) -> Saved:
    """Rows {id, ... (FACTS)}: creates them or fills in what differs."""
    shaped = (graph.keys.shaped(row, FACTS, ("id",)) for row in rows)
    return graph.keys.save(db, QUERIES["save_all"], shaped, seq=seq)


def last_key(db: Database) -> int:
    """The greatest key; -1 if there is none."""
    return graph.keys.last(db, "identifiers")


def columns(db: Database, *, after: int, upto: int, seq_max: int) -> Columns:
    """Identifiers with after < key <= upto, by key: id, key, owner_key, owner_kind, kind,
    value, hashed, valid_from, valid_to, shared, seq.
    """
    return db.columns(QUERIES["columns"], after=after, upto=upto, seq_max=seq_max)


def columns_of(db: Database, keys: Sequence[int]) -> Columns:
    """The same columns for a list of keys, by key."""
    return db.columns(QUERIES["columns_of"], keys=list(keys))


def changed(db: Database, *, since: int, upto: int, first: int) -> list[int]:
    """Keys of rows last touched by a change after `since` up to `upto`, at most `first`."""
    return db.columns(QUERIES["changed"], since=since, upto=upto, first=first)["keys"]


def accept_salt(db: Database, fingerprint: str) -> None:
    """Keep the fingerprint of the salt that values are hashed with; Misconfigured for another one.

    Values hashed with two salts never meet, so an installation has one for its whole life.
    """
    kept = db.write(QUERIES["accept_salt"], fingerprint=fingerprint)[0]["fingerprint"]
    if kept != fingerprint:
        raise Misconfigured(
            "the identifiers in this graph were hashed with another salt; put the salt file that"
            " belongs to this graph back into the data folder, or use a graph of its own"
        )
