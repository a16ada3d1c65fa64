"""A load over Bolt: each batch compared with what the graph holds, then what differs is written.

Every write is idempotent and every batch looks again at the graph, so that a load that was killed
simply goes on when it is started again: what it had written is the same then. Nothing is ever half
there: a distributor comes with his sponsor, a name with its owner, a batch whole or not at all.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
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
import graph.sealing
import loaders.faults
import loaders.later
import loaders.nouns
import loaders.stored
from graph.connection import Database, Statements
from graph.keys import Writer
from graph.model import OPEN_MS
from graph.settings import Settings
from loaders.index import Index
from loaders.intake import Intake
from loaders.known import InGraph
from loaders.later import Compared
from loaders.load_record import Counts
from loaders.spool import BATCH_ROWS

Save = Callable[..., object]
Progress = Callable[[str, int, int], None]
"""Told the noun, how many of its rows are done, and how many there are."""

# In the order of writing: what a row names is there before it.
SAVES: dict[str, Save] = {
    "products": graph.products.save_all,
    "distributors": graph.distributors.save_all,
    "sponsor_edges": graph.distributors.save_sponsors,
    "status_changes": graph.distributors.save_status_changes,
    "customers": graph.customers.save_all,
    "orders": graph.orders.save_all,
    "order_lines": graph.orders.save_lines,
    "refunds": graph.refunds.save_all,
    "resales": graph.resales.save_all,
    "payouts": graph.payouts.save_all,
    "buybacks": graph.buybacks.save_all,
    "complaints": graph.complaints.save_all,
    "identifiers": graph.identifiers.save_all,
}
JOINING = ["sponsor_id", *loaders.stored.columns("distributors")]
EDGE = ("child_id", "sponsor_id", "since_ms", "until_ms", "reason")


class Load:
    """One load of an intake into a graph; `seq` None only looks what it would do."""

    def __init__(
        self, db: Database, intake: Intake, known: InGraph, settings: Settings, seq: int | None
    ) -> None:
        self._db, self._intake, self._known, self._seq = db, intake, known, seq
        self._settings = settings
        self._tally = {noun: Counts() for noun in loaders.nouns.NOUNS if noun in intake.nouns}

    def write(self, progress: Progress, done: Callable[[str], None]) -> dict[str, Counts]:
        """Everything; what became of the good rows by noun. `done` is told each finished noun."""
        for noun in ("products", "distributors", "sponsor_changes", *list(SAVES)[2:]):
            if noun == "sponsor_edges":
                self._write_edges(progress)
            else:
                self._write(noun, progress)
            done(noun)
        return self._tally

    def _write(self, noun: str, progress: Progress) -> None:
        table = self._intake.tables[noun]
        rows, seen = table.rows, 0
        if rows:
            progress(noun, 0, rows)
        for typed in sponsors_first(table.frame()) if noun == "distributors" else table.batches():
            found = self._compared(noun, typed)
            self._reject(noun, found.faults)
            self._count(noun, found)
            if self._seq is not None and noun in SAVES:
                self._save(noun, found)
            seen += typed.height
            progress(noun, seen, rows)

    def _compared(self, noun: str, typed: pl.DataFrame) -> Compared:
        new = loaders.stored.frame(noun, typed)
        old = self._known.old(noun, new)
        if noun == "distributors" and old.height:
            old = self._with_changes_of_folder(old)
        derived = self._intake.tables[noun].derived
        found = loaders.later.compared(noun, new, old, derived=derived)
        if noun == "order_lines" and found.changes.height:
            orders = found.changes["order_id"].unique()
            old = self._known.with_frozen(old, orders)
            found = loaders.later.compared(noun, new, old, derived=derived)
        return found

    def _with_changes_of_folder(self, old: pl.DataFrame) -> pl.DataFrame:
        """What holds now includes what this very folder changes by its change files."""
        edges = self._intake.tables["sponsor_edges"].frame(["child_id", "sponsor_id", "since"])
        changes = self._intake.tables["status_changes"].frame()
        last = {
            "sponsor_id": edges.select(pl.col("child_id").alias("id"), "sponsor_id", at="since"),
            "status": changes.select(
                pl.col("distributor_id").alias("id"), "status", at="valid_from"
            ),
            "rank": changes.select(pl.col("distributor_id").alias("id"), "rank", at="valid_from"),
        }
        for name, rows in last.items():
            latest = rows.drop_nulls(name).sort("at").group_by("id").agg(pl.col(name).last())
            old = old.join(latest, on="id", how="left", suffix=":folder", maintain_order="left")
            folder = f"{name}:folder"
            old = old.with_columns(pl.coalesce(folder, f"{name}:now").alias(f"{name}:now"))
            old = old.drop(folder)
        return old

    def _reject(self, noun: str, faults: pl.DataFrame) -> None:
        if faults.is_empty():
            return
        columns = {
            name: loaders.stored.file_column(noun, name) for name in faults["column"].unique()
        }
        named = faults.with_columns(
            pl.col("column").replace_strict(columns),
            pl.col("given").alias("value"),
            pl.col("stored").alias("detail"),
        )
        blank = {
            name: pl.lit(None, kind).alias(name)
            for name, kind in loaders.faults.FAULTS.items()
            if name not in named.columns
        }
        whole = named.with_columns(blank.values()).select(list(loaders.faults.FAULTS))
        self._intake.reject(noun, whole)

    def _count(self, noun: str, found: Compared) -> None:
        count = self._tally[noun]
        count.new += found.fresh.height
        count.changed += found.changes.height
        count.same += found.same

    def _save(self, noun: str, found: Compared) -> None:
        fresh = loaders.stored.complete(noun, found.fresh)
        changes = found.changes.drop("currency_bare", strict=False)
        if noun == "distributors":
            self._together(_save_joining, _rows(fresh.select(JOINING)))
            fresh = fresh.clear()
        rows = pl.concat([fresh, changes])
        if rows.is_empty():
            return
        if noun == "identifiers":
            salt = graph.sealing.salt(self._settings.data_folder)
            graph.identifiers.accept_salt(self._db, graph.sealing.fingerprint(salt))
        if noun == "orders":
            rows = loaders.stored.with_times(rows, self._settings.zone)
        self._together(SAVES[noun], _rows(rows.select(loaders.stored.columns(noun))))

    def _together(self, save: Save, rows: Iterator[dict[str, Any]]) -> None:
        """Each batch in one transaction, however many statements `save` needs."""
        for batch in graph.keys.batches(rows):
            self._at_once(save, batch)

    def _at_once(self, save: Save, batch: list[dict[str, Any]]) -> None:
        assert self._seq is not None, "a check saves nothing"
        self._db.together(partial(_within, save=save, batch=batch, seq=self._seq))

    def _write_edges(self, progress: Progress) -> None:
        table, seen = self._intake.tables["sponsor_edges"], 0
        if table.rows:
            progress("sponsor_edges", 0, table.rows)
        for typed in table.batches():
            edges = typed.rename({"since": "since_ms", "until": "until_ms"}).select(EDGE)
            if self._seq is not None:
                missing = self._missing(edges).sort("child_id", "since_ms")
                for part in whole_children(missing):
                    self._at_once(graph.distributors.save_sponsors, part.to_dicts())
            seen += typed.height
            progress("sponsor_edges", seen, table.rows)

    def _missing(self, edges: pl.DataFrame) -> pl.DataFrame:
        """Edges that the graph does not hold as they are; an unsaid reason is no difference."""
        kept = self._known.edges_of(edges["child_id"].unique())
        if kept.is_empty():
            return edges
        same = ["child_id", "sponsor_id", "since_ms", "until_ms"]
        both = edges.join(kept, on=same, how="left", suffix=":old", maintain_order="left")
        there = pl.col("there").fill_null(False)
        said = pl.col("reason").is_null() | pl.col("reason").eq_missing(pl.col("reason:old"))
        return both.filter(~(there & said)).select(EDGE)


def _within(tx: Statements, save: Save, batch: list[dict[str, Any]], seq: int) -> None:
    save(graph.keys.Within(tx), batch, seq=seq)


def _save_joining(db: Writer, rows: list[dict[str, Any]], *, seq: int) -> None:
    """New distributors with the edge of the sponsor that each joined under."""
    people = ({name: row[name] for name in row if name != "sponsor_id"} for row in rows)
    graph.distributors.save_all(db, people, seq=seq)
    edges = (
        {
            "child_id": row["id"],
            "sponsor_id": row["sponsor_id"],
            "since_ms": row["joined_at_ms"],
            "until_ms": OPEN_MS,
            "reason": None,
        }
        for row in rows
        if row["sponsor_id"] is not None
    )
    graph.distributors.save_sponsors(db, edges, seq=seq)


def _rows(frame: pl.DataFrame) -> Iterator[dict[str, Any]]:
    return frame.iter_rows(named=True)


def whole_children(edges: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Edges sorted by child in parts of about a batch, all edges of a child in one: the end of
    one edge and the begin of the next are never torn apart.
    """
    begins = np.flatnonzero(edges["child_id"].ne_missing(edges["child_id"].shift(1)).to_numpy())
    while edges.height:
        later = begins[begins >= graph.keys.BATCH_ROWS_MAX]
        size = int(later[0]) if len(later) else edges.height
        yield edges[:size]
        edges, begins = edges[size:], begins[begins >= size] - size


def sponsors_first(people: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Distributors in batches, nobody before the sponsor that he joined under."""
    index = Index({})
    index.add(people.select(id="distributor_id"))
    sponsor = index.find(people["sponsor_id"])
    nobody = people.height
    above = np.append(np.where(sponsor < 0, nobody, sponsor), nobody)
    depth = (above != nobody).astype(np.int64)
    for _ in range(nobody.bit_length()):
        depth += depth[above]
        above = above[above]
    yield from people[np.argsort(depth[:-1], kind="stable")].iter_slices(BATCH_ROWS)
