"""What the graph already holds, asked by ids and answered as frames.

`InGraph` answers the checks of the intake (`loaders.references.Known`) and gives a load the stored
rows that a batch is compared with (`old`). A noun that has no row yet is never asked for.
"""

from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

import polars as pl

import graph.buybacks
import graph.complaints
import graph.customers
import graph.distributors
import graph.identifiers
import graph.keys
import graph.orders
import graph.payouts
import graph.products
import graph.refunds
import graph.resales
import loaders.later
import loaders.references
import loaders.stored
from graph.connection import Database
from loaders.nouns import Schema

IDS_PER_QUESTION = 10_000
NOUNS: dict[str, ModuleType] = {
    "distributors": graph.distributors,
    "customers": graph.customers,
    "products": graph.products,
    "orders": graph.orders,
    "refunds": graph.refunds,
    "identifiers": graph.identifiers,
    "resales": graph.resales,
    "payouts": graph.payouts,
    "buybacks": graph.buybacks,
    "complaints": graph.complaints,
}
KEYS_OF = {
    "order_lines": "orders",
    "status_changes": "distributors",
    "sponsor_changes": "distributors",
}
"""Nouns without dense keys of their own: there are none where there are none of these."""

Row = dict[str, Any]


class InGraph:
    """The graph as a load sees it when it begins; see `loaders.references.Known`."""

    def __init__(self, db: Database) -> None:
        """Looks once which nouns have rows."""
        self._db = db
        self._filled = {noun for noun, module in NOUNS.items() if module.last_key(db) >= 0}

    @property
    def is_empty(self) -> bool:
        """True where no noun has a row."""
        return not self._filled

    def has(self, noun: str) -> bool:
        """False where the graph surely holds no row of the noun."""
        return KEYS_OF.get(noun, noun) in self._filled

    # What the intake asks ------------------------------------------------------------------------

    def distributors(self, ids: pl.Series) -> pl.DataFrame:
        """Those of the ids that exist, with joined_at and region."""
        found = self._by_ids("distributors", ids)
        return _frame(
            ({**row, "joined_at": row["joined_at_ms"]} for row in found),
            loaders.references.DISTRIBUTORS,
        )

    def sponsor_edges(self, ids: pl.Series) -> pl.DataFrame:
        """All dated sponsor edges of these distributors and of all who were ever above them."""
        if not self.has("distributors"):
            return pl.DataFrame(schema=loaders.references.SPONSOR_EDGES)
        # Reasons are not asked for: a merged edge is written back with what is known.
        rows = graph.distributors.ever_above(self._db.read, ids.to_list())
        return _frame(
            (
                {**row, "since": row["since_ms"], "until": row["until_ms"], "reason": None}
                for row in rows
            ),
            loaders.references.SPONSOR_EDGES,
        )

    def customers(self, ids: pl.Series) -> pl.DataFrame:
        """Those of the ids that exist, with whom they are bound to and region."""
        return _frame(self._by_ids("customers", ids), loaders.references.CUSTOMERS)

    def has_products(self) -> bool:
        """True where the graph holds any product."""
        return self.has("products")

    def products(self, ids: pl.Series) -> pl.DataFrame:
        """Those of the ids that exist."""
        return _frame(self._by_ids("products", ids), loaders.references.PRODUCTS)

    def orders(self, ids: pl.Series) -> pl.DataFrame:
        """Those of the ids that exist, with kind, currency, region and buyer."""
        return _frame(self._by_ids("orders", ids), loaders.references.ORDERS)

    def lines(self, order_ids: pl.Series) -> pl.DataFrame:
        """All lines of these orders."""
        return _frame(self._lines_of(order_ids), loaders.references.LINES)

    def payouts(self, ids: pl.Series) -> pl.DataFrame:
        """Those of the ids that exist."""
        return _frame(self._by_ids("payouts", ids), loaders.references.PAYOUTS)

    # What a load compares with -------------------------------------------------------------------

    def old(self, noun: str, new: pl.DataFrame) -> pl.DataFrame:
        """The stored rows with the ids of a batch, as `loaders.later.compared` wants them.

        Of lines `frozen` is not asked, because it matters only to the few that differ.
        """
        names = loaders.later.old_columns(noun, new.columns)
        schema: Schema = {name: new.schema.get(name, pl.String) for name in names}
        schema.update({name: pl.Boolean for name in ("paid", "frozen") if name in schema})
        if not self.has(noun):
            return pl.DataFrame(schema=schema)
        return _frame(self._old_rows(noun, new), schema)

    def with_frozen(self, lines: pl.DataFrame, order_ids: pl.Series) -> pl.DataFrame:
        """`old` lines, told of these orders whether a night has frozen them."""
        rows = (_with_state(row) for row in self._by_ids("orders", order_ids))
        states = _frame(
            ({"order_id": row["id"], "frozen": row["frozen"]} for row in rows),
            {"order_id": pl.String, "frozen": pl.Boolean},
        )
        return lines.drop("frozen").join(states, on="order_id", how="left", maintain_order="left")

    def edges_of(self, children: pl.Series) -> pl.DataFrame:
        """Their sponsor edges, all ever, with a column `there` that is true."""
        schema: Schema = {
            "child_id": pl.String,
            "sponsor_id": pl.String,
            "since_ms": pl.Int64,
            "until_ms": pl.Int64,
            "reason": pl.String,
            "there": pl.Boolean,
        }
        if not self.has("distributors"):
            return pl.DataFrame(schema=schema)
        rows = self._asked(graph.distributors.sponsor_history_of, children)
        return _frame(({**row, "child_id": row["id"], "there": True} for row in rows), schema)

    def _old_rows(self, noun: str, new: pl.DataFrame) -> Iterator[Row]:
        if noun == "distributors":
            return self._old_distributors(new["id"])
        if noun == "status_changes":
            return self._old_changes(graph.distributors.status_changes_of, new)
        if noun == "sponsor_changes":
            return self._old_changes(graph.distributors.sponsor_history_of, new)
        if noun == "order_lines":
            return self._old_lines(new["order_id"].unique())
        if noun == "orders":
            return (_with_state(row) for row in self._by_ids(noun, new["id"]))
        if noun == "customers":
            return self._named(graph.customers, self._by_ids(noun, new["id"]))
        return self._by_ids(noun, new["id"])

    def _old_distributors(self, ids: pl.Series) -> Iterator[Row]:
        """With names, the sponsor at joining, and what now holds of sponsor, status and rank."""
        edges: dict[str, list[Row]] = {}
        for row in self._asked(graph.distributors.sponsor_history_of, ids):
            edges.setdefault(row["id"], []).append(row)
        changes: dict[str, list[Row]] = {}
        for row in self._asked(graph.distributors.status_changes_of, ids):
            changes.setdefault(row["distributor_id"], []).append(row)
        found = self._by_ids("distributors", ids)
        for row in self._named(graph.distributors, found):
            yield with_present(row, edges.get(row["id"], []), changes.get(row["id"], []))

    def _old_changes(self, of: Any, new: pl.DataFrame) -> Iterator[Row]:
        for row in self._asked(of, new["distributor_id"].unique()):
            distributor = row.get("distributor_id") or row["id"]
            since = row.get("valid_from_ms") or row.get("since_ms")
            yield {
                **row,
                "distributor_id": distributor,
                "valid_from_ms": since,
                "id": graph.keys.identity(distributor, since),
            }

    def _old_lines(self, order_ids: pl.Series) -> Iterator[Row]:
        for row in self._lines_of(order_ids):
            line = graph.keys.identity(row["order_id"], row["line_no"])
            yield {**row, "id": line, "frozen": None}

    def _named(self, module: ModuleType, rows: Iterator[Row]) -> Iterator[Row]:
        for batch in graph.keys.batches(rows, IDS_PER_QUESTION):
            ids = [row["id"] for row in batch]
            names = {row["id"]: row["name"] for row in module.names_of(self._db, ids)}
            yield from ({**row, "name": names.get(row["id"])} for row in batch)

    # Asking --------------------------------------------------------------------------------------

    def _by_ids(self, noun: str, ids: pl.Series) -> Iterator[Row]:
        return self._asked(NOUNS[noun].by_ids, ids) if self.has(noun) else iter(())

    def _lines_of(self, order_ids: pl.Series) -> Iterator[Row]:
        return self._asked(graph.orders.lines_of, order_ids) if self.has("orders") else iter(())

    def _asked(self, question: Any, ids: pl.Series) -> Iterator[Row]:
        for part in ids.to_frame().iter_slices(IDS_PER_QUESTION):
            yield from question(self._db, part.to_series().to_list())


def with_present(row: Row, edges: Sequence[Row], changes: Sequence[Row]) -> Row:
    """A distributor with the sponsor at joining (`sponsor_id`) and what holds now (`...:now`)."""
    at_joining = [edge for edge in edges if edge["since_ms"] <= row["joined_at_ms"]]
    present = {
        "sponsor_id": edges[-1]["sponsor_id"] if edges else None,
        "status": row["status"],
        "rank": row["rank"],
    }
    for change in changes:
        present.update({name: change[name] for name in ("status", "rank") if change[name]})
    return {
        **row,
        "sponsor_id": at_joining[0]["sponsor_id"] if at_joining else None,
        **{f"{name}:now": value for name, value in present.items()},
    }


def _with_state(order: Row) -> Row:
    paid, frozen = order["paid_time_ms"] is not None, order["frozen_run"] is not None
    return {**order, "paid": paid, "frozen": frozen}


def _frame(rows: Iterator[Row], schema: Schema) -> pl.DataFrame:
    """The named columns of rows that have more."""
    kept = [tuple(row[name] for name in schema) for row in rows]
    return pl.DataFrame(kept, schema=schema, orient="row")
