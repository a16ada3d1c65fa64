"""Rejecting rows: written with their texts, counted, and remembered for what names them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

import loaders.faults
from loaders.checks import Named
from loaders.formats import Texts
from loaders.mapped import Feed
from loaders.rejects import Rejects
from loaders.report import Report
from loaders.source import Broken
from loaders.spool import Table, places


@dataclass
class Rejecting:
    """Where rejects go. `spoiled`: rows by file that a profile must not read for another noun."""

    rejects: Rejects
    report: Report
    at: Named
    spoiled: dict[Path, set[int]] = field(default_factory=dict)
    _incomplete: dict[str, None] = field(default_factory=dict)
    _texts: dict[tuple[str, Path], Texts] = field(default_factory=dict)

    def broken(self, feed: Feed, file: int, rows: Sequence[Broken]) -> None:
        """Reject rows of a file that could not be split into columns."""
        for code in dict.fromkeys(row.code for row in rows):
            some = [row for row in rows if row.code == code]
            faults = loaders.faults.frame(
                pl.Series([file] * len(some), dtype=pl.Int32),
                pl.Series([broken.row for broken in some], dtype=pl.Int64),
                "",
                code,
                detail=pl.Series([broken.detail for broken in some], dtype=pl.String),
            )
            originals = [broken.original for broken in some]
            self.reject(feed, faults, pl.DataFrame(schema=feed.noun.schema), originals)

    def reject(
        self, feed: Feed, faults: pl.DataFrame, typed: pl.DataFrame, originals: Sequence[str]
    ) -> None:
        """Reject rows that are in no table; `typed` stands beside `faults`, or is empty."""
        self.report.reject(feed.noun.name, faults)
        if typed.height:
            self.report.reject_money(feed.noun.name, typed, faults)
            self._remember(feed, faults, typed)
        for file in faults["file"].unique(maintain_order=True):
            here = faults["file"] == file
            part, source = faults.filter(here), feed.sources[file]
            at: list[int] = here.arg_true().to_list()
            texts = [originals[i] for i in at]
            self.rejects.write(source.name, part, texts, feed.shown)
            if feed.mapping is not None:
                self.spoiled.setdefault(source.path, set()).update(part["row"])

    def late(self, feed: Feed, table: Table, faults: pl.DataFrame) -> None:
        """Reject rows that are in the table already; their texts are read once more."""
        if not faults.height:
            return
        ordered = faults.sort("file", "row")
        at = places(ordered)
        typed = table.at(at)
        self.reject(feed, ordered, typed, self._texts_of(feed, ordered))
        table.drop(at)
        self.report.count(feed.noun.name).accepted = table.rows
        if feed.noun.name == "order_lines":
            self.at.lines.take_out(typed)
        self.report.incomplete = list(self._incomplete)

    def note_incomplete(self) -> None:
        """Put the orders of which a line was rejected into the report."""
        self.report.incomplete = list(self._incomplete)

    def _remember(self, feed: Feed, faults: pl.DataFrame, typed: pl.DataFrame) -> None:
        referable = self.at.of(feed.noun.name)
        if referable is not None:
            blank = pl.Series([None], dtype=pl.String).new_from_index(0, typed.height)
            currency = typed["currency"] if "currency" in typed.columns else blank
            files = [source.name for source in feed.sources]
            referable.rejected(typed[feed.noun.key[0]], faults, files, currency)
        if feed.noun.name == "order_lines":
            ids = typed["order_id"].unique(maintain_order=True)
            good = ids.filter(pl.Series(self.at.orders.good.find(ids) >= 0))
            self._incomplete.update(dict.fromkeys(good))

    def _texts_of(self, feed: Feed, faults: pl.DataFrame) -> list[str]:
        """The original texts of rows that stand in (file, row) order."""
        found: list[str] = []
        for file in faults["file"].unique(maintain_order=True):
            source = feed.sources[file]
            key = (feed.noun.name, source.path)
            if key not in self._texts:
                self._texts[key] = Texts(source, feed.wanted, feed.personal)
            found += self._texts[key].of(faults.filter(pl.col("file") == file)["row"])
        return found
