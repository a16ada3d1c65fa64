"""CSV as rows: exact row numbers, original texts, and no good row lost to a bad neighbour.

A block in which every line is one record goes through Arrow's reader; any other through Python's,
record by record, where a record that cannot be right (an open quote, text after a closing one)
gives up only its first line and reading goes on with the next one. Blank lines are no rows and are
not counted.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.csv

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

csv.field_size_limit(LINE_BYTES_MAX + 1)
PIECE_BYTES = 1 << 18


@dataclass(frozen=True)
class _Form:
    """What every block of one file shares."""

    source: Source
    header: tuple[str, ...]
    wanted: tuple[str, ...]
    personal: frozenset[str]


def header(source: Source) -> list[str]:
    """The names in the first record, trimmed; Unreadable where there is none, or one twice."""
    for block in blocks(source):
        if block.long:
            code = "cr_line_ends" if b"\r" in block.data else "header_too_long"
            raise Unreadable(code, file=source.name, most=LINE_BYTES_MAX)
        text = decoded(block.data, source, 0).lstrip("\r\n")
        if not text:
            continue
        if text.startswith(("{", "[{")):
            facts = {"file": source.name, "form": source.form, "found": "found_json"}
            raise Unreadable("other_form", **facts)
        try:
            first = next(csv.reader(io.StringIO(text), **_dialect(source)))
        except csv.Error as problem:
            code = "cr_line_ends" if _code_of(problem) == "stray_cr" else "bad_header"
            raise Unreadable(code, file=source.name) from None
        names = [name.strip() for name in first]
        for name in names:
            if name and names.count(name) > 1:
                raise Unreadable("column_twice", file=source.name, column=name)
        return names
    raise Unreadable("empty_file", file=source.name)


def read(source: Source, wanted: frozenset[str] | None, personal: frozenset[str]) -> Batches:
    """The data rows in order. `personal` columns are masked in the text of broken rows too."""
    names = tuple(header(source))
    kept = tuple(name for name in names if name and (wanted is None or name in wanted))
    form = _Form(source, names, kept, personal & frozenset(names))
    row, carry, headed = 1, "", False
    for block, plain in _pieces(blocks(source), form):
        if plain and not carry:
            raw = _arrow(form, block if headed else _without_header(block), row)
            headed = True
        else:
            # A line too long to be kept ends a record that is still open before it.
            new = "" if block.long else decoded(block.data, source, row - (not headed))
            last = block.last or block.long
            records = _Records(carry + new, form, row, last=last, skip_header=not headed)
            raw, carry = records.raw(block.bytes_read), records.rest
            headed = headed or records.headed
        row += raw.frame.height + len(raw.broken)
        if block.long:
            original = MASK if form.personal else decoded_start(block.data)
            raw.broken.append(Broken(row, "line_too_long", str(LINE_BYTES_MAX), original))
            row += 1
        if raw.frame.height or raw.broken:
            yield raw


def _pieces(found: Iterator[Block], form: _Form) -> Iterator[tuple[Block, bool]]:
    """Blocks, and whether each is plain; of one that is not, an odd line slows its piece only."""
    for block in found:
        data, start = block.data, 0
        plain = not block.long and _is_plain(data, form)
        if not plain and not block.long:
            while end := data.find(b"\n", start + PIECE_BYTES) + 1:
                piece = data[start:end]
                yield Block(piece, block.bytes_read), _is_plain(piece, form)
                start = end
        if start:
            block = replace(block, data=data[start:])
            plain = _is_plain(block.data, form)
        yield block, plain


def _without_header(block: Block) -> Block:
    return replace(block, data=block.data[block.data.find(b"\n") + 1 or len(block.data) :])


def decoded_start(data: bytes) -> str:
    """The beginning of a line too long to be kept, as text."""
    return data.decode(errors="replace") + "…"


def _code_of(problem: csv.Error) -> str:
    """What is wrong with a record, as a code of graph/words/rejects.toml."""
    said = str(problem)
    if "unexpected end of data" in said or "field limit" in said:
        return "open_quote"
    return "stray_cr" if "new-line character" in said else "bad_csv"


def _dialect(source: Source) -> dict[str, Any]:
    return {"delimiter": source.delimiter, "strict": True}


def _is_plain(data: bytes, form: _Form) -> bool:
    """True where every line is one record: no blank or over-long line, no lone CR, whole quotes."""
    return (
        not data.startswith((b"\n", b"\r"))
        and b"\n\n" not in data
        and (b"\r" not in data or _ends_lines(data))
        and not holds_long_line(data)
        and (b'"' not in data or _is_quoted_whole(data, form.source.delimiter))
    )


def _ends_lines(data: bytes) -> bool:
    """True where CR stands only before LF, and no line is blank."""
    return b"\n\r" not in data and data.count(b"\r") == data.count(b"\r\n")


def _is_quoted_whole(data: bytes, delimiter: str) -> bool:
    """True where every quote belongs to a field that is quoted whole and ends on its line."""
    left = b"\n" + data
    for before in (b"\n", delimiter.encode()):
        left = _quoted(before, delimiter.encode()).sub(b"", left)
    return b'"' not in left


@cache
def _quoted(before: bytes, delimiter: bytes) -> re.Pattern[bytes]:
    # Begins with two fixed bytes, which the engine finds fast.
    return re.compile(
        rb'%b"[^"\n]*(?:""[^"\n]*)*"(?=%b|\r?\n|\Z)' % (re.escape(before), re.escape(delimiter))
    )


def _arrow(form: _Form, block: Block, row: int) -> Raw:
    """A plain block by Arrow's reader; rows with too few or too many fields are set aside."""
    if not block.data:
        return Raw(_frame(form, [], []), _texts({}, form), [], block.bytes_read)
    if not block.data.isascii():
        decoded(block.data, form.source, row)
    ragged: dict[int, int] = {}

    def set_aside(bad: "pyarrow.csv.InvalidRow") -> str:
        ragged[bad.number - 1] = bad.actual_columns
        return "skip"

    names = [name or f"\0{i}" for i, name in enumerate(form.header)]
    table = pyarrow.csv.read_csv(
        pa.BufferReader(block.data),
        read_options=pyarrow.csv.ReadOptions(
            column_names=names, block_size=len(block.data) + 1, use_threads=False
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=form.source.delimiter,
            quote_char='"' if b'"' in block.data else False,
            invalid_row_handler=set_aside,
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types={name: pa.string() for name in names},
            include_columns=list(form.wanted),
            strings_can_be_null=True,
            null_values=[""],
            check_utf8=False,
        ),
    )
    count = table.num_rows + len(ragged)
    rows = pl.Series("row", range(row, row + count), dtype=pl.Int64)
    if ragged:
        rows = rows.filter(~pl.Series(range(count)).is_in(list(ragged)))
    frame = pl.DataFrame(pl.from_arrow(table)) if form.wanted else pl.DataFrame()
    texts = _LineTexts(block.data, row, form)
    broken = [
        Broken(row + i, "wrong_field_count", _counts(form, found), texts.hidden(row + i))
        for i, found in ragged.items()
    ]
    return Raw(frame.insert_column(0, rows), texts, broken, block.bytes_read)


def _counts(form: _Form, found: int) -> str:
    return f"{found} / {len(form.header)}"


def _frame(form: _Form, rows: list[int], records: list[list[str]]) -> pl.DataFrame:
    """Records of the right length as columns of text, blank as null."""
    columns = list(zip(*records, strict=True)) if records else [()] * len(form.header)
    data = {name: columns[form.header.index(name)] for name in form.wanted}
    frame = pl.DataFrame(data, schema={name: pl.String for name in form.wanted})
    frame = frame.with_columns(pl.col(name).replace("", None) for name in form.wanted)
    return frame.insert_column(0, pl.Series("row", rows, dtype=pl.Int64))


class _LineTexts:
    """Original texts of a plain block: line i is row `first` + i."""

    def __init__(self, data: bytes, first: int, form: _Form) -> None:
        self._data, self._first, self._form = data, first, form
        self._lines: list[bytes] = []

    def _line(self, row: int) -> str:
        if not self._lines:
            self._lines = self._data.split(b"\n")
        return self._lines[row - self._first].rstrip(b"\r").decode(errors="replace")

    def hidden(self, row: int) -> str:
        """The text of a row whose columns are not known: nothing of it where any is personal."""
        return MASK if self._form.personal else shortened(self._line(row))

    def __call__(self, rows: Sequence[int], masked: frozenset[str]) -> list[str]:
        return [_masked(self._line(row), masked, self._form) for row in rows]


def _masked(text: str, masked: frozenset[str], form: _Form) -> str:
    places = {i for i, name in enumerate(form.header) if name in masked}
    if not places:
        return shortened(text)
    fields = next(csv.reader(io.StringIO(text, newline=""), **_dialect(form.source)))
    shown = [MASK if i in places and field else field for i, field in enumerate(fields)]
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=form.source.delimiter, lineterminator="").writerow(shown)
    return shortened(out.getvalue())


def _texts(by_row: dict[int, str], form: _Form) -> "_RecordTexts":
    return _RecordTexts(by_row, form)


@dataclass(frozen=True)
class _RecordTexts:
    """Original texts by row."""

    by_row: dict[int, str]
    form: _Form

    def __call__(self, rows: Sequence[int], masked: frozenset[str]) -> list[str]:
        return [_masked(self.by_row[row].rstrip("\r\n"), masked, self.form) for row in rows]


class _Records:
    """A block read record by record; `rest` is the record that its end cuts in two."""

    def __init__(self, text: str, form: _Form, row: int, *, last: bool, skip_header: bool) -> None:
        self.form, self.row, self.last = form, row, last
        self.headed = not skip_header
        self.rows: list[int] = []
        self.records: list[list[str]] = []
        self.broken: list[Broken] = []
        self.originals: dict[int, str] = {}
        self.rest = ""
        self._read(text.split("\n"))

    def raw(self, bytes_read: int) -> Raw:
        """The rows found, as a batch."""
        frame = _frame(self.form, self.rows, self.records)
        return Raw(frame, _texts(self.originals, self.form), self.broken, bytes_read)

    def _read(self, lines: list[str]) -> None:
        # Each line keeps its end, so that a quoted field keeps its line breaks.
        ended = [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
        start = 0
        while start < len(ended):
            start = self._run(ended, start)

    def _run(self, lines: list[str], start: int) -> int:
        """Read records from line `start` on until one fails; the line to go on with."""
        ahead = map(lines.__getitem__, range(start, len(lines)))
        reader = csv.reader(ahead, **_dialect(self.form.source))
        begin = start
        while True:
            try:
                fields = next(reader)
            except StopIteration:
                return len(lines)
            except csv.Error as problem:
                return self._failed(lines, begin, _code_of(problem))
            end = start + reader.line_num
            if not self._take(fields, lines[begin:end]):
                return begin + 1
            begin = end

    def _failed(self, lines: list[str], begin: int, code: str) -> int:
        """A record that cannot be right: wait for more text, or give up its first line."""
        if code == "open_quote" and not self.last:
            rest = "".join(lines[begin:])
            if len(rest) <= LINE_BYTES_MAX:
                self.rest = rest
                return len(lines)
        if len(lines[begin]) > LINE_BYTES_MAX:
            self._break(lines[begin], "line_too_long", str(LINE_BYTES_MAX))
        else:
            self._break(lines[begin], code, "")
        return begin + 1

    def _take(self, fields: list[str], lines: list[str]) -> bool:
        """Keep one record; False where it spans lines that it should not have swallowed."""
        if not fields:
            return True
        if not self.headed:
            self.headed = True
            return True
        if len(lines[0]) > LINE_BYTES_MAX:
            self._break(lines[0], "line_too_long", str(LINE_BYTES_MAX))
            return len(lines) == 1
        if len(fields) != len(self.form.header):
            self._break(lines[0], "wrong_field_count", _counts(self.form, len(fields)))
            return len(lines) == 1
        if len(lines) > 1 and self._is_whole(lines[-1]):
            self._break(lines[0], "open_quote", "")
            return False
        row = self._next_row()
        self.originals[row] = lines[0] if len(lines) == 1 else "".join(lines)
        self.rows.append(row)
        self.records.append(fields)
        return True

    def _is_whole(self, line: str) -> bool:
        """True for a line that is a record by itself.

        The last line of a record of several never is, its quotes are odd: then an open quote before
        it has run into a quote of this one, which has nothing to do with it.
        """
        data, source = line.rstrip("\r\n").encode(), self.form.source
        if not _is_quoted_whole(data, source.delimiter):
            return False
        return len(next(csv.reader([line], **_dialect(source)))) == len(self.form.header)

    def _next_row(self) -> int:
        return self.row + len(self.rows) + len(self.broken)

    def _break(self, line: str, code: str, detail: str) -> None:
        original = MASK if self.form.personal else shortened(line.rstrip("\r\n"))
        self.broken.append(Broken(self._next_row(), code, detail, original))
