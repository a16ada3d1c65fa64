"""One file to read, what is read from it batch by batch, and why a file cannot be read at all."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import polars as pl

FORMS = ("csv", "csv.gz", "jsonl", "jsonl.gz", "parquet")
MASK = "***"
LINE_BYTES_MAX = 1 << 20
"""A record longer than this (1 MiB) is rejected; only its beginning is kept."""

ORIGINAL_CHARS_MAX = 1 << 16


class Unreadable(Exception):
    """A whole file that cannot be read; `code` has words in graph/words/intake.toml."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts


@dataclass(frozen=True)
class Source:
    """A file, the form of its ending, and what a profile says of its text."""

    path: Path
    form: str
    encoding: str = "utf-8"
    delimiter: str = ","

    @property
    def name(self) -> str:
        """The file's name, as messages show it."""
        return self.path.name


@dataclass(frozen=True)
class Broken:
    """A row that could not be split into columns at all; `original` shows nothing personal."""

    row: int
    code: str
    detail: str
    original: str


@dataclass
class Raw:
    """Some rows as text: `frame` has `row` (Int64, 1-based) and String columns of the header.

    A column may be missing where nobody wants it or no row has it. `texts` gives the original text
    of rows of this batch with the values of some columns masked. `unknown` are columns that nobody
    wants, where no header names them.
    """

    frame: pl.DataFrame
    texts: Callable[[Sequence[int], frozenset[str]], list[str]]
    broken: list[Broken] = field(default_factory=list)
    bytes_read: int = 0
    unknown: frozenset[str] = frozenset()


Batches = Iterator[Raw]


def form_of(path: Path) -> str | None:
    """The form that a file's ending says; None for any other."""
    name = path.name.lower()
    return next((form for form in FORMS if name.endswith("." + form)), None)


def stem_of(path: Path) -> str:
    """The file's name without the ending of its form."""
    form = form_of(path)
    return path.name[: -len(form) - 1] if form else path.stem


def shortened(text: str) -> str:
    """The text, its end cut where it is too long to be shown."""
    return text if len(text) <= ORIGINAL_CHARS_MAX else text[:ORIGINAL_CHARS_MAX] + "…"


SIGNATURES: Mapping[bytes, str] = {
    b"PK\x03\x04": "a spreadsheet or a zip archive",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "compressed by gzip",
    b"PAR1": "a Parquet file",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"\x89PNG": "an image",
}


def sniffed(stream: BinaryIO, source: Source) -> None:
    """Look at the first bytes; Unreadable where the file is something else than its name says."""
    head = stream.read(4)
    stream.seek(0)
    if not head and not source.form.startswith("jsonl"):
        raise Unreadable("empty_file", file=source.name)
    due = {"csv.gz": b"\x1f\x8b", "jsonl.gz": b"\x1f\x8b", "parquet": b"PAR1"}.get(source.form)
    found = next((what for mark, what in SIGNATURES.items() if head.startswith(mark)), None)
    if due is not None and head and not head.startswith(due):
        raise Unreadable("other_form", file=source.name, form=source.form, found=found or "text")
    if due is None and found is not None and not source.encoding.startswith("utf-16"):
        raise Unreadable("other_form", file=source.name, form=source.form, found=found)
