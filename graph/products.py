"""Products: what is sold, its kind, its prices and whether it earns commission.

Stored: (:Product {id, key, seq, name, category, kind, mandatory_to_join, list_price_minor,
cost_minor, reference_price_minor, currency, commissionable}). Lines name a product by its id and
hold its key, no edge (a product would be a hub of millions); lines that named a product before it
was known get its key when it comes. Rows and columns: graph.keys.
"""

from collections.abc import Iterable, Sequence

import graph.keys
import graph.queries
from graph.connection import Database
from graph.keys import Columns, Row, Saved, Writer

QUERIES = graph.queries.load("products")

FACTS = (
    "name",
    "category",
    "kind",
    "mandatory_to_join",
    "list_price_minor",
    "cost_minor",
    "reference_price_minor",
    "currency",
    "commissionable",
)


def by_ids(db: Database, ids: Sequence[str]) -> list[Row]:
    """Rows {id, key, seq, ... (FACTS)} of the ids that exist, by key."""
    return db.read(QUERIES["by_ids"], ids=list(ids))


def by_keys(db: Database, keys: Sequence[int]) -> list[Row]:
    """Rows {id, key} of the keys that exist, by key."""
    return db.read(QUERIES["by_keys"], keys=list(keys))


def save_all(db: Writer, rows: Iterable[Row], *, seq: int) -> Saved:
    """Rows {id, ... (FACTS)}: creates them or fills in what differs."""
    created = changed = 0
    for batch in graph.keys.batches(rows):
        shaped = (graph.keys.shaped(row, FACTS, ("id",)) for row in batch)
        saved = graph.keys.save(db, QUERIES["save_all"], shaped, seq=seq)
        adopt_lines(db, [row["id"] for row in batch])
        created, changed = created + saved.created, changed + saved.changed
    return Saved(created, changed)


def adopt_lines(db: Writer, ids: Sequence[str]) -> int:
    """Give lines that named one of these products before it was known its key; how many.

    Their `seq` stays: what a night has frozen does not move. A snapshot asks again for lines whose
    product_key is NOBODY when there are new products.
    """
    return int(db.write(QUERIES["adopt_lines"], ids=list(ids))[0]["adopted"])


def last_key(db: Database) -> int:
    """The greatest key; -1 if there is no product."""
    return graph.keys.last(db, "products")


def columns(db: Database, *, after: int, upto: int, seq_max: int) -> Columns:
    """Products with after < key <= upto, by key: id, key, category, kind, mandatory_to_join,
    list_price, cost, reference_price, currency, commissionable.
    """
    return db.columns(QUERIES["columns"], after=after, upto=upto, seq_max=seq_max)


def columns_of(db: Database, keys: Sequence[int]) -> Columns:
    """The same columns for a list of keys, by key."""
    return db.columns(QUERIES["columns_of"], keys=list(keys))


def changed(db: Database, *, since: int, upto: int, first: int) -> list[int]:
    """Keys of products last touched by a change after `since` up to `upto`, at most `first`."""
    return db.columns(QUERIES["changed"], since=since, upto=upto, first=first)["keys"]
