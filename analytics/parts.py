"""One noun's rows on disk as parts: what a night leaves alone stands in the next generation too.

A part holds the rows of PART_ROWS neighbours (orders, or whatever the noun's rows belong to) as
one Arrow IPC file, not compressed: opening it maps it, no row is copied (measured 8 ns a row with
four texts; zstd Parquet 75), and what no one looks at is never read. The same rows give the same
bytes: what stands in place of a blank is zero, and texts lie in the order of their rows.

A part is never changed: it is sealed by its size and a fixed time stamp. Looking at those costs
nothing, finds whatever was written over, and leaves to `whole` (sha256 of every byte, asked when a
night goes on after a kill) the disk that forgets by itself. A part whose stamp is another, such as
one brought back from a backup, is read through before it is believed.
"""

import errno
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

import analytics.generations
from analytics.columns import empty
from analytics.generations import File

PART_ROWS = 65_536
SEALED_NS = 1_000_000_000_000_000_000
OWNER = {
    "sponsor_edges": "child_row",
    "status_changes": "distributor_row",
    "lines": "order_row",
    "entries": "order_row",
    "frozen": "order_row",
    "frozen_paths": "order_row",
}
"""Whose row says which part a row belongs to; other nouns are cut by their own rows."""
WHOLE = ("refunds",)
"""Nouns of one part: sorted by time, and few."""
NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP)

Parts = dict[int, pl.DataFrame]


def split(noun: str, frame: pl.DataFrame) -> Parts:
    """The rows of a sorted frame of `Columns` by the number of their part; no part is empty."""
    if noun in WHOLE:
        return {0: frame} if frame.height else {}
    owner = OWNER.get(noun)
    rows = np.arange(frame.height) if owner is None else frame[owner].to_numpy()
    return {number: frame[begin:end] for number, begin, end in stretches(rows // PART_ROWS)}


def stretches(numbers: npt.NDArray[np.integer]) -> Iterator[tuple[int, int, int]]:
    """(number, begin, end) of each run of equal numbers."""
    edges = np.flatnonzero(np.diff(numbers, prepend=-2, append=-2))
    for begin, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        yield int(numbers[begin]), begin, end


def name(noun: str, number: int) -> str:
    """The file of a part."""
    return f"{noun}-{number:05}.arrow"


def number_of(file: str) -> int:
    """The part that a file is."""
    return int(file.removesuffix(".arrow").rsplit("-", 1)[1])


def write(noun: str, number: int, frame: pl.DataFrame, folder: Path) -> File:
    """Keep a part through a power loss, sealed."""
    path = folder / name(noun, number)
    table = pa.table({column.name: _canonical(column) for column in frame.rechunk()})
    with path.open("wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    path.chmod(0o444)
    os.utime(path, ns=(SEALED_NS, SEALED_NS))
    analytics.generations.keep_through_power_loss(path)
    return analytics.generations.file_at(path, frame.height)


def _canonical(column: pl.Series) -> pa.Array:
    """The same values give the same buffers, however they came together."""
    if column.dtype == pl.String:
        return _text(column)
    values = column.fill_null(False if column.dtype == pl.Boolean else 0).to_numpy()
    return pa.array(values, mask=column.is_null().to_numpy() if column.null_count() else None)


def _text(column: pl.Series) -> pa.Array:
    """Laid out one after the other, then as views: short texts need no buffer besides."""
    plain = column.fill_null("").to_arrow(compat_level=pl.CompatLevel.oldest())
    if column.null_count():
        valid = pa.array(column.is_not_null().to_numpy()).buffers()[1]
        buffers = [valid, *plain.buffers()[1:]]
        plain = pa.Array.from_buffers(pa.large_string(), len(plain), buffers)
    return plain.cast(pa.string_view())


def read(folder: Path, noun: str, files: Iterable[str]) -> Parts:
    """The parts of a noun among the files of a generation, mapped; unchecked."""
    ours = (file for file in files if analytics.generations.frame_of(file) == noun)
    return {number_of(file): _mapped(folder / file) for file in sorted(ours)}


def _mapped(path: Path) -> pl.DataFrame:
    table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame


def joined(noun: str, parts: Mapping[int, pl.DataFrame]) -> pl.DataFrame:
    """All rows of a noun, each part where it lies."""
    return pl.concat([parts[number] for number in sorted(parts)] or [empty(noun)])


def link(file: str, old: Path, new: Path) -> None:
    """The same part in the next generation too; copied where the disk knows no links."""
    try:
        os.link(old / file, new / file)
    except OSError as problem:
        if problem.errno not in NO_LINKS:
            raise
        shutil.copy2(old / file, new / file)
        analytics.generations.keep_through_power_loss(new / file)


def is_sealed(path: Path, file: File) -> bool:
    """Whether a part is as it was sealed, by its stamp, or else by every byte."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    if found.st_size == file.bytes and found.st_mtime_ns == SEALED_NS:
        return True
    return analytics.generations.is_whole(path, file)
