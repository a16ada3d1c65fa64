"""A first load through Neo4j's import tool: the whole graph as CSV files, in bounded memory.

The tool keeps quiet about much (an empty id, a wrong boolean), so the checks of the intake have
always come first; here nothing is checked any more. Dense keys are given in file order, where the
intake has found what a row names, and serve the tool as ids. Counters and the load's own record
are part of the import: the store that the tool leaves is complete, or it is not there.
"""

from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

import graph.sealing
import loaders.stored
from loaders.import_files import ImportFiles
from loaders.index import Index
from loaders.intake import Intake
from loaders.load_record import Counts

BATCH_ROWS = 250_000
SEQ = 1
"""An empty graph has seen no change: what is imported is the first one."""

# In the order of writing: what a row names stands before it.
LABELS = {
    "products": "Product",
    "distributors": "Distributor",
    "customers": "Customer",
    "orders": "Order",
    "refunds": "Refund",
    "resales": "Resale",
    "payouts": "Payout",
    "buybacks": "Buyback",
    "complaints": "Complaint",
    "identifiers": "Identifier",
}
INDEXED = ("products", "distributors", "customers", "orders")

Progress = Callable[[str, int, int], None]
"""Told the noun, how many of its rows are written, and how many there are."""


class Import:
    """The files of one import, written noun by noun. `salt` is for identifiers."""

    def __init__(
        self, intake: Intake, files: ImportFiles, zone: ZoneInfo, salt: Callable[[], bytes]
    ) -> None:
        self._intake, self._files, self._zone, self._salt = intake, files, zone, salt
        self._index = {noun: _index(intake, noun) for noun in INDEXED}
        self._next: dict[str, int] = {}

    def write(self, progress: Progress) -> dict[str, Counts]:
        """Every row of the intake; how many of each noun are new (all of them)."""
        steps: dict[str, Callable[[pl.DataFrame], object]] = {
            "products": lambda rows: self._add_nodes("products", rows),
            "distributors": self._add_distributors,
            "sponsor_edges": self._add_sponsors,
            "status_changes": self._add_status_changes,
            "customers": self._add_customers,
            "orders": self._add_orders,
            "order_lines": self._add_lines,
            "refunds": self._add_refunds,
            "resales": lambda rows: self._add_nodes("resales", rows),
            "payouts": lambda rows: self._add_nodes("payouts", rows),
            "buybacks": lambda rows: self._add_nodes("buybacks", rows),
            "complaints": lambda rows: self._add_nodes("complaints", rows),
            "identifiers": lambda rows: self._add_nodes("identifiers", rows),
        }
        for noun, add in steps.items():
            for rows in self._told(noun, progress):
                add(rows)
        return {
            noun: Counts(new=table.rows)
            for noun, table in self._intake.tables.items()
            if noun in self._intake.nouns
        }

    def bookkeeping(self, load: dict[str, Any]) -> None:
        """Counters behind the keys that were given, the load's record, the salt's fingerprint."""
        counters = {**{noun: self._next.get(noun, 0) for noun in LABELS}, "seq": SEQ}
        rows = [{"id": noun, "next": after} for noun, after in counters.items() if after]
        self._unkeyed("Counter", rows)
        self._unkeyed("Load", [load])
        if self._next.get("identifiers"):
            seal = {"id": "salt", "fingerprint": graph.sealing.fingerprint(self._salt())}
            self._unkeyed("Setting", [seal])

    def _told(self, noun: str, progress: Progress) -> Iterator[pl.DataFrame]:
        table, done = self._intake.tables[noun], 0
        for typed in table.batches(BATCH_ROWS):
            yield typed if noun == "sponsor_edges" else loaders.stored.frame(noun, typed)
            done += typed.height
            progress(noun, done, table.rows)

    # Nodes ---------------------------------------------------------------------------------------

    def _numbered(self, noun: str, rows: pl.DataFrame, name: str = "key") -> pl.DataFrame:
        first = self._next.get(noun, 0)
        self._next[noun] = first + rows.height
        numbers = pl.int_range(first, first + rows.height, dtype=pl.Int64)
        return rows.with_columns(numbers.alias(name), pl.lit(SEQ, dtype=pl.Int64).alias("seq"))

    def _add_nodes(
        self, noun: str, rows: pl.DataFrame, extra: tuple[str, ...] = ()
    ) -> pl.DataFrame:
        """Write complete rows with keys of their own; the keyed rows, for their edges."""
        keyed = self._numbered(noun, loaders.stored.complete(noun, rows))
        facts = loaders.stored.FACTS[noun]
        nodes = keyed.select("key", "id", "seq", *facts, *extra)
        self._files.nodes(LABELS[noun], nodes, key="key")
        return keyed

    def _unkeyed(self, label: str, rows: list[dict[str, Any]]) -> None:
        frame = pl.DataFrame(rows)
        numbers = pl.int_range(frame.height, dtype=pl.Int64).alias(":ID")
        self._files.nodes(label, frame.with_columns(numbers))

    def _add_distributors(self, rows: pl.DataFrame) -> None:
        self._add_names("distributors", self._add_nodes("distributors", rows))

    def _add_names(self, noun: str, keyed: pl.DataFrame) -> None:
        label = LABELS[noun]
        named = keyed.filter(pl.col("name").is_not_null())
        people = self._numbered("PersonalData", named.rename({"key": "start"}), "end")
        ids = pl.concat_str(pl.lit(f"{label.lower()}:"), "id").alias("id")
        self._files.nodes(
            "PersonalData", people.select(pl.col("end").alias(":ID"), ids, "name", "seq")
        )
        self._files.edges("NAMED", label, "PersonalData", people.select("start", "end"))

    def _add_sponsors(self, edges: pl.DataFrame) -> None:
        found = edges.with_columns(
            self._keys("distributors", edges["sponsor_id"]).alias("start"),
            self._keys("distributors", edges["child_id"]).alias("end"),
            seq=pl.lit(SEQ, dtype=pl.Int64),
        ).rename({"since": "since_ms", "until": "until_ms"})
        facts = ("since_ms", "until_ms", "reason", "seq")
        self._files.edges(
            "SPONSORS", "Distributor", "Distributor", found.select("start", "end", *facts)
        )

    def _add_status_changes(self, rows: pl.DataFrame) -> None:
        keyed = self._numbered("StatusChange", rows, "end").with_columns(
            self._keys("distributors", rows["distributor_id"]).alias("start")
        )
        facts = loaders.stored.FACTS["status_changes"]
        nodes = keyed.select(pl.col("end").alias(":ID"), "id", "seq", *facts)
        self._files.nodes("StatusChange", nodes)
        self._files.edges("CHANGED", "Distributor", "StatusChange", keyed.select("start", "end"))

    def _add_customers(self, rows: pl.DataFrame) -> None:
        keyed = self._add_nodes("customers", rows)
        self._add_names("customers", keyed)
        bound = keyed.select(
            self._keys("distributors", keyed["distributor_id"]).alias("start"),
            pl.col("key").alias("end"),
        )
        self._files.edges("BOUND", "Distributor", "Customer", bound.drop_nulls("start"))

    # Orders --------------------------------------------------------------------------------------

    def _add_orders(self, rows: pl.DataFrame) -> None:
        tied = loaders.stored.complete("orders", rows).with_columns(
            self._keys("distributors", rows["seller_id"]).alias("seller_key"),
            pl.coalesce(
                self._keys(f"{kind}s", _of_kind(rows, kind)) for kind in ("distributor", "customer")
            ).alias("buyer_key"),
        )
        unknown = pl.when(pl.col("buyer_key").is_null()).then("buyer_id").alias("buyer_unknown")
        timed = loaders.stored.with_times(tied, self._zone).with_columns(unknown)
        extra = ("seller_key", "buyer_key", "buyer_unknown")
        self._add_order_edges(self._add_nodes("orders", timed, extra))

    def _add_order_edges(self, keyed: pl.DataFrame) -> None:
        sold = keyed.select(pl.col("seller_key").alias("start"), pl.col("key").alias("end"))
        self._files.edges("SOLD", "Distributor", "Order", sold.drop_nulls())
        for kind in ("Distributor", "Customer"):
            bought = keyed.filter(pl.col("buyer_kind") == kind.lower()).select(
                pl.col("buyer_key").alias("start"), pl.col("key").alias("end")
            )
            self._files.edges("BOUGHT", kind, "Order", bought.drop_nulls())

    def _add_lines(self, rows: pl.DataFrame) -> None:
        keyed = self._numbered("OrderLine", rows, "end").with_columns(
            self._keys("orders", rows["order_id"]).alias("order_key"),
            self._keys("products", rows["product_id"]).alias("product_key"),
        )
        unknown = pl.when(pl.col("product_key").is_null()).then("product_id")
        facts = ("order_id", "order_key", "line_no", "product_key", "product_unknown")
        nodes = keyed.with_columns(unknown.alias("product_unknown")).select(
            pl.col("end").alias(":ID"), "id", "seq", *facts, *loaders.stored.FACTS["order_lines"]
        )
        self._files.nodes("OrderLine", nodes)
        held = keyed.select(pl.col("order_key").alias("start"), "end")
        self._files.edges("HAS_LINE", "Order", "OrderLine", held)

    def _add_refunds(self, rows: pl.DataFrame) -> None:
        tied = rows.with_columns(self._keys("orders", rows["order_id"]).alias("order_key"))
        keyed = self._add_nodes("refunds", tied, ("order_key",))
        refunds = keyed.select(pl.col("key").alias("start"), pl.col("order_key").alias("end"))
        self._files.edges("REFUNDS", "Refund", "Order", refunds.drop_nulls())

    def _keys(self, noun: str, ids: pl.Series) -> pl.Series:
        """The dense key of each id; null where it is null or not known."""
        positions = pl.Series(self._index[noun].find(ids), dtype=pl.Int64)
        return positions.set(positions < 0, None)


def _index(intake: Intake, noun: str) -> Index:
    """The good rows of a noun by id; their positions are their keys."""
    found = intake.rejecting.at.of(noun)
    assert found is not None and len(found.good) == intake.tables[noun].rows, noun
    return found.good


def _of_kind(orders: pl.DataFrame, kind: str) -> pl.Series:
    """The buyers of one kind, the others blank."""
    return orders["buyer_id"].set((orders["buyer_kind"] != kind).fill_null(True), None)
