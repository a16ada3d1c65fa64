"""CSV files as Neo4j's import tool reads them: one per label or relationship type, no header row.

A header of its own tells names and types: `key:ID(Distributor){id-type:long}` is a property that
the tool also finds nodes by, `:ID(...)` finds nodes and is not kept. An empty field is null.
"""

import io
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import polars as pl

TYPES: Mapping[pl.DataType | type[pl.DataType], str] = {
    pl.Int64: "long",
    pl.Int32: "long",
    pl.Boolean: "boolean",
    pl.String: "string",
}


class ImportFiles:
    """The files of one import in a folder; a context manager that closes them.

    `arguments` are for the import tool, once everything is written.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._stack = ExitStack()
        self._open: dict[str, IO[bytes]] = {}
        self._options: dict[str, str] = {}
        self._line_breaks = False

    def __enter__(self) -> "ImportFiles":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def nodes(self, label: str, frame: pl.DataFrame, *, key: str = "") -> None:
        """Append nodes; `key` is the integer column that edges name them by, kept as a property.

        The columns `:ID` and `:LABEL` are not kept.
        """
        names = {key: f"{key}:ID({label}){{id-type:long}}", ":ID": f":ID({label}){{id-type:long}}"}
        self._write(f"nodes={label}", label, frame, names)

    def edges(self, kind: str, start: str, end: str, frame: pl.DataFrame) -> None:
        """Append relationships between labels: the columns `start`, `end` (keys), then facts."""
        names = {"start": f":START_ID({start})", "end": f":END_ID({end})"}
        self._write(f"relationships={kind}", f"{kind}-{start}-{end}", frame, names)

    def _write(self, option: str, name: str, frame: pl.DataFrame, names: Mapping[str, str]) -> None:
        if frame.is_empty():
            return
        if name not in self._open:
            self._begin(option, name, frame, names)
        rows = io.BytesIO()
        frame.write_csv(rows, include_header=False)
        data = rows.getvalue()
        self._line_breaks |= data.count(b"\n") != frame.height or b"\r" in data
        self._open[name].write(data)

    def _begin(self, option: str, name: str, frame: pl.DataFrame, names: Mapping[str, str]) -> None:
        header = self._folder / f"{name}.header.csv"
        kinds = frame.schema.items()
        typed = (names.get(column) or f"{column}:{TYPES[kind]}" for column, kind in kinds)
        header.write_text(",".join(typed) + "\n", "utf-8")
        data = self._folder / f"{name}.csv"
        self._open[name] = self._stack.enter_context(data.open("wb"))
        self._options[name] = f"--{option}={header},{data}"

    def arguments(self) -> list[str]:
        """What to say to the import tool: every file, and that nothing may be skipped."""
        return [
            *self._options.values(),
            "--strict=true",
            "--bad-tolerance=0",
            "--id-type=integer",
            f"--multiline-fields={'true' if self._line_breaks else 'false'}",
            f"--report-file={self._folder / 'report.txt'}",
        ]
