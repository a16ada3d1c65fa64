"""JSON lines as rows of text: numbers keep their own digits, a nested value rejects its row.

A block in which every line is a flat object of columns seen before is decoded at once; any other
line by line. Both give the same rows.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

import msgspec
import polars as pl

from loaders.csv_rows import decoded_start
from loaders.lines import Block, blocks, decoded, holds_long_line
from loaders.source import (
    LINE_BYTES_MAX,
    MASK,
    Batches,
    Broken,
    Raw,
    Source,
    Unreadable,
    shortened,
)

SHOWN_CHARS = 200


_NAMES_ONLY = re.compile(r"^\w+(,\w+)+$")


def check_start(source: Source) -> None:
    """Unreadable where the file is one JSON array, or CSV: its lines would all be rejected."""
    first = next(blocks(source))
    line, _, rest = first.data.decode(errors="replace").lstrip().partition("\n")
    if _NAMES_ONLY.match(line.strip()):
        raise Unreadable("other_form", file=source.name, form=source.form, found="found_csv")
    closed = line.rstrip().endswith("]") and bool(rest.strip())
    if line.startswith("[") and not closed and not first.long:
        raise Unreadable("json_array", file=source.name)


def read(source: Source, wanted: frozenset[str] | None, personal: frozenset[str]) -> Batches:
    """The rows in order; blank lines are no rows. Columns are those that any row of a batch has."""
    row, seen = 1, frozenset[str]()
    for block in blocks(source):
        text = "" if block.long else decoded(block.data, source, row)
        raw = None if wanted is None else _at_once(block, row, wanted, seen)
        if raw is None:
            raw = _by_line(block, text, row, _Batch(wanted, personal))
            seen |= raw.unknown
        row += raw.frame.height + len(raw.broken)
        if raw.frame.height or raw.broken:
            yield raw


# A block at once ---------------------------------------------------------------------------------


def _at_once(block: Block, row: int, wanted: frozenset[str], seen: frozenset[str]) -> Raw | None:
    """The rows of a block without a fault and without columns that are new; None for any other."""
    data = block.data
    if block.long or b"\n\n" in data or data[:1].isspace() or holds_long_line(data):
        return None
    names = sorted(wanted | seen)
    try:
        rows = _decoder(tuple(names)).decode_lines(data)
    except msgspec.MsgspecError:
        return None
    if len(rows) != data.count(b"\n") + (not data.endswith(b"\n") and bool(data)):
        return None
    try:
        kept = [(i, name) for i, name in enumerate(names) if name in wanted]
        columns = {name: _column(list(map(attrgetter(f"c{i}"), rows))) for i, name in kept}
    except _NestedError:
        return None
    if _has_key_twice(data, names):
        return None
    frame = pl.DataFrame([_numbers(row, len(rows)), *(s.rename(n) for n, s in columns.items())])
    return Raw(frame, _LineTexts(data, row), [], block.bytes_read)


def _has_key_twice(data: bytes, names: Sequence[str]) -> bool:
    """True where an object may name a column twice: the decoder would take the last, unasked."""
    lines = pl.Series(data.split(b"\n")).cast(pl.String)
    return any((lines.str.count_matches(f'"{name}"', literal=True) > 1).any() for name in names)


class _NestedError(Exception):
    """A list or an object where a value belongs."""


def _decoder(names: tuple[str, ...]) -> "msgspec.json.Decoder[Any]":
    fields = [(f"c{i}", Any, None) for i in range(len(names))]
    rename = {f"c{i}": name for i, name in enumerate(names)}
    row = msgspec.defstruct("Row", fields, rename=rename, forbid_unknown_fields=True, gc=False)
    return msgspec.json.Decoder(row, float_hook=str)


def _column(values: list[Any]) -> pl.Series:
    try:
        return pl.Series(values, dtype=pl.String).replace("", None)
    except TypeError:
        if any(isinstance(value, dict | list) for value in values):
            raise _NestedError from None
        return pl.Series([_text(value) for value in values], dtype=pl.String)


@dataclass
class _LineTexts:
    """Original texts of a block without blank lines: line i is row `first` + i."""

    data: bytes
    first: int
    _lines: list[bytes] = field(default_factory=list)

    def __call__(self, rows: Sequence[int], masked: frozenset[str]) -> list[str]:
        if not self._lines:
            self._lines = self.data.split(b"\n")
        lines = [self._lines[row - self.first].decode().strip() for row in rows]
        return [shortened(_masked(line, masked)) for line in lines]


# Line by line ------------------------------------------------------------------------------------


def _by_line(block: Block, text: str, row: int, batch: "_Batch") -> Raw:
    if block.long:
        batch.break_(row, "line_too_long", str(LINE_BYTES_MAX), decoded_start(block.data))
    lines = [line for line in text.split("\n") if line.strip()]
    for i, line in enumerate(lines):
        batch.take(row + i, line.strip())
    return Raw(batch.frame(), batch, batch.broken, block.bytes_read, frozenset(batch.unknown))


@dataclass
class _Batch:
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
            self.break_(row, "line_too_long", str(LINE_BYTES_MAX), line[:SHOWN_CHARS] + "…")
            return
        try:
            value = _loads(line)
        except _KeyTwiceError as problem:
            self.break_(row, "key_twice", str(problem), line)
            return
        except json.JSONDecodeError as problem:
            self.break_(row, "bad_json", str(problem.pos + 1), line)
            return
        except UnicodeEncodeError:
            self.break_(row, "bad_json", str(line.lower().find("\\ud") + 1), line)
            return
        except RecursionError:
            self.break_(row, "bad_json", str(line.find("[") + 1), line)
            return
        if not isinstance(value, dict):
            self.break_(row, "not_an_object", "", line)
            return
        known = {name: cell for name, cell in value.items() if self._wants(name)}
        nested = next((n for n, cell in known.items() if isinstance(cell, dict | list)), None)
        if nested is not None:
            self.break_(row, "nested_value", nested, line)
            return
        self.unknown.update(value.keys() - known.keys())
        self.rows.append(row)
        self.originals[row] = line
        self.records.append({name: _text(cell) for name, cell in known.items()})

    def _wants(self, name: str) -> bool:
        return self.wanted is None or name in self.wanted

    def break_(self, row: int, code: str, detail: str, line: str) -> None:
        """A line that is no row; hidden where the file may hold personal columns."""
        original = MASK if self.personal else shortened(line)
        self.broken.append(Broken(row, code, detail, original))

    def frame(self) -> pl.DataFrame:
        """The rows as columns of text."""
        names = list(dict.fromkeys(name for record in self.records for name in record))
        columns = [
            pl.Series(name, [record.get(name) for record in self.records], dtype=pl.String)
            for name in names
        ]
        return pl.DataFrame([pl.Series("row", self.rows, dtype=pl.Int64), *columns])

    def __call__(self, rows: Sequence[int], masked: frozenset[str]) -> list[str]:
        return [shortened(_masked(self.originals[row], masked)) for row in rows]


class _KeyTwiceError(ValueError):
    """An object that names a key twice."""


def _loads(line: str) -> Any:
    """One JSON value, its numbers as text; ValueError for half a character, or a key twice."""
    value = json.loads(line, parse_float=str, parse_int=str, object_pairs_hook=_object)
    if "\\u" in line:
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _KeyTwiceError(next(name for name in names if names.count(name) > 1))
    return found


def _masked(line: str, masked: frozenset[str]) -> str:
    if not masked:
        return line
    value = json.loads(line)
    if not masked & value.keys():
        return line
    shown = {name: MASK if name in masked and cell else cell for name, cell in value.items()}
    return json.dumps(shown, ensure_ascii=False)


def _text(value: Any) -> str | None:
    """A JSON scalar as the text that a CSV would hold; numbers keep their digits."""
    if value is None or isinstance(value, str):
        return value or None
    return "1" if value is True else "0" if value is False else str(value)


def _numbers(first: int, count: int) -> pl.Series:
    return pl.Series("row", range(first, first + count), dtype=pl.Int64)
