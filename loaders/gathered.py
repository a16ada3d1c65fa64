"""Batches of several small files as one: a year of daily files costs what one file costs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import polars as pl

from loaders.source import Broken, Raw

ROWS_MIN = 20_000
"""Batches are gathered until they have so many rows."""


@dataclass
class Gathered:
    """Rows of one or more files in order: `frame` is that of `Raw` with a column `file` besides."""

    parts: list[tuple[int, Raw]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Good and broken rows."""
        return sum(raw.frame.height + len(raw.broken) for _, raw in self.parts)

    @property
    def frame(self) -> pl.DataFrame:
        """All rows that could be split into columns."""
        frames = [
            raw.frame.with_columns(pl.lit(file, pl.Int32).alias("file")) for file, raw in self.parts
        ]
        return frames[0] if len(frames) == 1 else pl.concat(frames, how="diagonal").rechunk()

    @property
    def broken(self) -> Iterator[tuple[int, list[Broken]]]:
        """The broken rows by file."""
        return ((file, raw.broken) for file, raw in self.parts if raw.broken)

    @property
    def unknown(self) -> frozenset[str]:
        """Columns that nobody wants, where no header names them."""
        return frozenset[str]().union(*(raw.unknown for _, raw in self.parts))

    def texts(self, places: pl.DataFrame, masked: frozenset[str]) -> list[str]:
        """The original texts of rows {file, row}, which stand in order."""
        found: list[str] = []
        for file, raw in self.parts:
            numbers = raw.frame["row"]
            if numbers.len():
                here = (pl.col("file") == file) & pl.col("row").is_between(numbers[0], numbers[-1])
                found += raw.texts(places.filter(here)["row"].to_list(), masked)
        return found


def gathered(raws: Iterable[tuple[int, Raw]]) -> Iterator[Gathered]:
    """Put small neighbouring batches together; each comes with the position of its file."""
    batch = Gathered()
    for file, raw in raws:
        batch.parts.append((file, raw))
        if batch.rows >= ROWS_MIN:
            yield batch
            batch = Gathered()
    if batch.parts:
        yield batch
