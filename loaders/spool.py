"""Good rows on disk: Parquet parts that are read back batch by batch, never all at once.

A row is known by (file, row): the position of its file in `files` and its 1-based data row there.
Rows that turn out bad after they were written (a duplicate, a cascade) are dropped when read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from loaders.nouns import Schema

BATCH_ROWS = 50_000
PLACE_BITS = 40
"""A place is file << 40 | row, one int64: a trillion rows in each of eight million files."""


def places(frame: pl.DataFrame) -> npt.NDArray[np.int64]:
    """The (file, row) of every row as one integer that sorts as they do."""
    files = frame["file"].to_numpy().astype(np.int64)
    return np.asarray((files << PLACE_BITS) | frame["row"].to_numpy(), np.int64)


def _among(frame: pl.DataFrame, ordered: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which rows stand at one of the sorted places."""
    here = places(frame)
    at = np.minimum(np.searchsorted(ordered, here), len(ordered) - 1)
    return np.asarray(ordered[at] == here) if len(ordered) else np.zeros(len(here), np.bool_)


def place_of(place: int) -> tuple[int, int]:
    """The (file, row) that `places` packed."""
    return place >> PLACE_BITS, place & ((1 << PLACE_BITS) - 1)


@dataclass
class Table:
    """The good rows of one noun; `derived`: a profile made them from others (fill blanks only)."""

    noun: str
    schema: Schema
    folder: Path
    files: tuple[Path, ...] = ()
    derived: bool = False
    rows: int = 0
    _parts: list[int] = field(default_factory=list)
    _dropped: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))

    def append(self, frame: pl.DataFrame) -> None:
        """Write one more part; the frame has the columns of `schema`."""
        if frame.height:
            self.folder.mkdir(parents=True, exist_ok=True)
            part = frame.select(list(self.schema))
            part.write_parquet(self._path(len(self._parts)), compression="lz4", statistics=False)
            self._parts.append(frame.height)
            self.rows += frame.height

    def drop(self, dropped: npt.NDArray[np.int64]) -> None:
        """Take out the rows at these `places`, all of which are in the table."""
        self._dropped = np.union1d(self._dropped, dropped)
        self.rows = sum(self._parts) - len(self._dropped)

    def batches(self, size: int = BATCH_ROWS) -> Iterator[pl.DataFrame]:
        """The good rows in file order, at most `size` at a time."""
        for frame in self._frames():
            yield from (block for block in frame.iter_slices(size) if block.height)

    def at(self, wanted: npt.NDArray[np.int64]) -> pl.DataFrame:
        """The rows at these `places`, in file order, dropped ones left out."""
        ordered = np.sort(wanted)
        found = [part.filter(_among(part, ordered)) for part in self._frames()]
        return pl.concat([pl.DataFrame(schema=self.schema), *found], rechunk=True)

    def place_names(self, wanted: npt.NDArray[np.int64]) -> pl.Series:
        """Places as people read them: "orders.csv 12"."""
        names = [f"{self.files[file].name} {row}" for file, row in map(place_of, wanted.tolist())]
        return pl.Series("place", names, dtype=pl.String)

    def frame(self, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """All good rows at once, or some columns of them."""
        names = list(columns or self.schema)
        parts = [part.select(names) for part in self._frames(names)]
        return (
            pl.concat(parts, rechunk=True)
            if parts
            else pl.DataFrame(schema=self.schema).select(names)
        )

    def _frames(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """The parts without dropped rows; of given `columns` at least those."""
        placed = ["file", "row"] if len(self._dropped) else []
        needed = list(dict.fromkeys([*columns, *placed])) if columns else None
        for part in range(len(self._parts)):
            frame = pl.read_parquet(self._path(part), columns=needed).rechunk()
            if len(self._dropped):
                frame = frame.filter(~_among(frame, self._dropped))
            yield frame

    def _path(self, part: int) -> Path:
        return self.folder / f"{part:06}.parquet"
