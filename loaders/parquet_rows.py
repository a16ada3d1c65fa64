"""Parquet as rows of text: typed columns become what a CSV would say, without losing anything.

Times with a zone become UTC, times without one stay bare, decimals and whole numbers keep their
digits. A floating-point number becomes its shortest decimal text, and the report says so; in a
column of ids it is refused, because 17850.0 is not the id 17850.
"""

import json
from collections.abc import Sequence

import polars as pl
import pyarrow as pa
import pyarrow.parquet

from loaders.source import (
    LINE_BYTES_MAX,
    MASK,
    Batches,
    Broken,
    Raw,
    Source,
    Unreadable,
    shortened,
    sniffed,
)
from loaders.spool import BATCH_ROWS


def header(source: Source) -> list[str]:
    """The names of the columns; Unreadable where one stands twice, or the file is not whole."""
    names = [name.strip() for name in _open(source).schema_arrow.names]
    for name in names:
        if names.count(name) > 1:
            raise Unreadable("column_twice", file=source.name, column=name)
    return names


def float_columns(source: Source) -> list[str]:
    """The columns that hold floating-point numbers."""
    schema = _open(source).schema_arrow
    return [field.name.strip() for field in schema if pa.types.is_floating(field.type)]


def read(source: Source, wanted: frozenset[str] | None, personal: frozenset[str]) -> Batches:
    """The rows in order, all columns as text; broken is only a row too long to be kept."""
    file = _open(source)
    names = [n for n in file.schema_arrow.names if wanted is None or n.strip() in wanted]
    size, row = source.path.stat().st_size, 1
    total = max(file.metadata.num_rows, 1)
    try:
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=names):
            columns = {
                name.strip(): _text(pl.Series(column), name, source)
                for name, column in zip(names, batch.columns, strict=True)
            }
            rows = pl.Series("row", range(row, row + batch.num_rows), dtype=pl.Int64)
            frame = pl.DataFrame(columns).insert_column(0, rows)
            row += batch.num_rows
            texts = _Texts(frame, row - batch.num_rows)
            kept, broken = _without_long(frame, texts, personal)
            yield Raw(kept, texts, broken, size * (row - 1) // total)
    except (pa.ArrowException, OSError) as problem:
        raise Unreadable("damaged_parquet", file=source.name, problem=_said(problem)) from None


def _without_long(
    frame: pl.DataFrame, texts: "_Texts", personal: frozenset[str]
) -> tuple[pl.DataFrame, list[Broken]]:
    """The rows short enough to be kept, and the others; a CSV of them would give the same."""
    bytes_of = frame.select(pl.sum_horizontal(pl.col(pl.String).str.len_bytes())).to_series()
    long = bytes_of > LINE_BYTES_MAX
    if not long.any():
        return frame, []
    rows = frame["row"].filter(long).to_list()
    broken = [
        Broken(row, "line_too_long", str(LINE_BYTES_MAX), original)
        for row, original in zip(rows, texts(rows, personal), strict=True)
    ]
    return frame.filter(~long), broken


def _open(source: Source) -> "pyarrow.parquet.ParquetFile":
    with source.path.open("rb") as raw:
        sniffed(raw, source)
    try:
        return pyarrow.parquet.ParquetFile(source.path)
    except (pa.ArrowException, OSError) as problem:
        raise Unreadable("damaged_parquet", file=source.name, problem=_said(problem)) from None


def _said(problem: Exception) -> str:
    """The library's words; the file's own bytes, should they be in it, are cut off."""
    return str(problem).split("\n")[0][:200]


def _text(values: pl.Series, name: str, source: Source) -> pl.Series:
    """One column as text, as a CSV would hold it."""
    kind = values.dtype
    if isinstance(kind, pl.Datetime):
        at = values.dt.convert_time_zone("UTC") if kind.time_zone else values
        text = at.dt.strftime("%Y-%m-%dT%H:%M:%S%.f")
        return text + "Z" if kind.time_zone else text
    if kind == pl.Boolean:
        return values.cast(pl.Int8).cast(pl.String)
    if kind.is_nested() or kind in (pl.Binary, pl.Time, pl.Duration, pl.Object):
        raise Unreadable("parquet_type", file=source.name, column=name, type=str(kind))
    return values.cast(pl.String)


class _Texts:
    """A row's original text: its columns as one JSON object."""

    def __init__(self, frame: pl.DataFrame, first: int) -> None:
        self._frame, self._first = frame, first

    def __call__(self, rows: Sequence[int], masked: frozenset[str]) -> list[str]:
        return [self._one(row, masked) for row in rows]

    def _one(self, row: int, masked: frozenset[str]) -> str:
        values = self._frame.drop("row").row(row - self._first, named=True)
        shown = {name: MASK if name in masked and v else v for name, v in values.items()}
        return shortened(json.dumps(shown, ensure_ascii=False))
