"""JSON lines as rows of text: numbers keep their own digits, a nested value rejects its row."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from loaders.csv_rows import decoded_start
from loaders.lines import blocks, decoded
from loaders.source import LINE_BYTES_MAX, MASK, Batches, Broken, Raw, Source, shortened


def read(source: Source, wanted: frozenset[str] | None, personal: frozenset[str]) -> Batches:
    """The rows in order; blank lines are no rows. Columns are those that any row of a batch has."""
    row = 1
    for block in blocks(source):
        batch = _Batch(source, wanted, personal)
        if block.long:
            batch.break_(row, "line_too_long", str(LINE_BYTES_MAX), decoded_start(block.data))
            row += 1
        else:
            text = decoded(block.data, source, row)
            lines = [line for line in text.split("\n") if line.strip()]
            for i, line in enumerate(lines):
                batch.take(row + i, line.strip())
            row += len(lines)
        if batch.rows or batch.broken:
            unknown = frozenset(batch.unknown)
            yield Raw(batch.frame(), batch, batch.broken, block.bytes_read, unknown)


@dataclass
class _Batch:
    source: Source
    wanted: frozenset[str] | None
    personal: frozenset[str]
    rows: list[int] = field(default_factory=list)
    records: list[dict[str, str | None]] = field(default_factory=list)
    originals: dict[int, str] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)

    def take(self, row: int, line: str) -> None:
        """One line: a flat object, or a broken row."""
        if len(line) > LINE_BYTES_MAX:
            self.break_(row, "line_too_long", str(LINE_BYTES_MAX), line[:200] + "…")
            return
        try:
            value = json.loads(line, parse_float=str, parse_int=str)
        except (ValueError, RecursionError) as problem:
            self.break_(row, "bad_json", str(problem)[:200], line)
            return
        if not isinstance(value, dict):
            self.break_(row, "bad_json", "not an object", line)
            return
        nested = next((k for k, v in value.items() if isinstance(v, dict | list)), None)
        if nested is not None and (self.wanted is None or nested in self.wanted):
            self.break_(row, "nested_value", nested, line)
            return
        self.rows.append(row)
        self.originals[row] = line
        self.records.append({k.strip(): _text(v) for k, v in value.items() if self._wants(k)})
        if len(self.records[-1]) < len(value):
            self.unknown.update(name for name in value if not self._wants(name))

    def _wants(self, name: str) -> bool:
        return self.wanted is None or name.strip() in self.wanted

    def break_(self, row: int, code: str, detail: str, line: str) -> None:
        """A line that is no row; hidden where the file may hold personal columns."""
        original = MASK if self.personal else shortened(line)
        self.broken.append(Broken(row, code, detail, original))

    def frame(self) -> pl.DataFrame:
        """The rows as columns of text."""
        names = list(dict.fromkeys(name for record in self.records for name in record))
        data = {name: [record.get(name) for record in self.records] for name in names}
        frame = pl.DataFrame(data, schema={name: pl.String for name in names})
        return frame.insert_column(0, pl.Series("row", self.rows, dtype=pl.Int64))

    def __call__(self, rows: Sequence[int], masked: frozenset[str]) -> list[str]:
        return [shortened(self._masked(self.originals[row], masked)) for row in rows]

    def _masked(self, line: str, masked: frozenset[str]) -> str:
        if not masked:
            return line
        value = json.loads(line)
        if not any(k.strip() in masked for k in value):
            return line
        shown = {k: MASK if k.strip() in masked and v else v for k, v in value.items()}
        return json.dumps(shown, ensure_ascii=False)


def _text(value: Any) -> str | None:
    """A JSON scalar as the text that a CSV would hold; numbers are text already."""
    if value is None or isinstance(value, str):
        return value or None
    return "1" if value is True else "0" if value is False else str(value)
