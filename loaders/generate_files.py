"""Writing canonical files frame by frame: csv, csv.gz, parquet, jsonl; same frames, same bytes.

A file is written beside its place and renamed when it is whole, so that a generator that was
interrupted leaves nothing that looks like a finished file.
"""

import gzip
from pathlib import Path
from types import TracebackType
from typing import IO

import polars as pl
import pyarrow.parquet

from graph.errors import Misconfigured

FORMS = ("csv", "csv.gz", "parquet", "jsonl")
KNOWN_ENDINGS = ("csv", "csv.gz", "jsonl", "jsonl.gz", "parquet")


class Writer:
    """One canonical file that takes frames of text columns; a context manager.

    Rows are complete in the file when the context ends without an error.
    """

    def __init__(self, folder: Path, noun: str, form: str) -> None:
        """Opens `folder`/`noun`.`form`; Misconfigured where the noun stands there in another."""
        for other in KNOWN_ENDINGS:
            if other != form and (folder / f"{noun}.{other}").exists():
                raise Misconfigured(
                    f"{folder} already holds {noun}.{other}; remove it, or use an empty folder"
                )
        self.path = folder / f"{noun}.{form}"
        self.rows = 0
        self._begun = False
        self._form = form
        self._part = folder / f".{noun}.{form}.part"
        self._raw: IO[bytes] = self._part.open("wb")
        self._file: IO[bytes] | gzip.GzipFile = self._raw
        if form == "csv.gz":
            # No name and no time in the header: the same rows give the same bytes.
            self._file = gzip.GzipFile("", "wb", 1, self._raw, mtime=0)
        self._parquet: pyarrow.parquet.ParquetWriter | None = None

    def write(self, frame: pl.DataFrame) -> None:
        """Append the rows; every frame of a file has the same columns."""
        if self._form == "parquet":
            self._write_parquet(frame)
        elif self._form == "jsonl":
            self._file.write(frame.write_ndjson().encode())
        else:
            self._file.write(frame.write_csv(include_header=not self._begun).encode())
        self._begun = True
        self.rows += frame.height

    def _write_parquet(self, frame: pl.DataFrame) -> None:
        table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        if self._parquet is None:
            self._parquet = pyarrow.parquet.ParquetWriter(self._raw, table.schema)
        self._parquet.write_table(table)

    def __enter__(self) -> "Writer":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._close()
            if kind is None:
                self._part.replace(self.path)
        finally:
            self._part.unlink(missing_ok=True)

    def _close(self) -> None:
        """All of it reaches the disk here, or an error says that it does not fit."""
        with self._raw:
            if self._parquet is not None:
                self._parquet.close()
            if self._file is not self._raw:
                self._file.close()
