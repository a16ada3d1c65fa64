"""One file to read, what is read from it batch by batch, and why a file cannot be read at all."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import polars as pl

import graph.words

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

    def sentence(self, lang: str) -> str:
        """What to tell the user; a fact `found` is a code of words itself."""
        facts = {name: printable(str(value)) for name, value in self.facts.items()}
        if "found" in facts:
            facts["found"] = graph.words.text("intake", facts["found"], lang)
        return graph.words.text("intake", self.code, lang, **facts)


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


_HIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def printable(text: str) -> str:
    """The text with control characters as their pictures: nothing that a terminal would obey."""
    return _HIDDEN.sub(lambda found: chr(0x2400 + ord(found.group())), text)


HEAD_BYTES = 256
SIGNATURES: Mapping[bytes, str] = {  # first bytes -> a code of graph/words/intake.toml
    b"PK\x03\x04": "found_spreadsheet",
    b"\xd0\xcf\x11\xe0": "found_old_spreadsheet",
    b"%PDF": "found_pdf",
    b"\x1f\x8b": "found_gzip",
    b"PAR1": "found_parquet",
    b"\xff\xfe": "found_utf16",
    b"\xfe\xff": "found_utf16",
    b"\x89PNG": "found_image",
    b"\xff\xd8\xff": "found_image",
    b"GIF8": "found_image",
    b"\x28\xb5\x2f\xfd": "found_archive",
    b"7z\xbc\xaf": "found_archive",
    b"Rar!": "found_archive",
    b"BZh": "found_archive",
    b"<!": "found_page",
    b"<?": "found_page",
    b"<html": "found_page",
    b"<table": "found_page",
    b"SQLite": "found_binary",
}
_DUE: Mapping[str, bytes] = {"csv.gz": b"\x1f\x8b", "jsonl.gz": b"\x1f\x8b", "parquet": b"PAR1"}


def sniffed(stream: BinaryIO, source: Source) -> None:
    """Look at the first bytes; Unreadable where the file is something else than its name says."""
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    if not head and not source.form.startswith("jsonl"):
        raise Unreadable("empty_file", file=source.name)
    found, due = _kind_of(head, source.form), _DUE.get(source.form)
    if due is not None and head and not head.startswith(due):
        if due.startswith(head):
            raise Unreadable("cut_short", file=source.name)
        other = found or "found_text"
        raise Unreadable("other_form", file=source.name, form=source.form, found=other)
    if due is None and found is not None and not source.encoding.startswith(("utf-16", "utf-32")):
        if found == "found_utf16":
            raise Unreadable("utf16", file=source.name)
        raise Unreadable("other_form", file=source.name, form=source.form, found=found)


def _kind_of(head: bytes, form: str) -> str | None:
    """What the first bytes say that a file is, as a code of words; None: text, as far as seen."""
    found = next((what for mark, what in SIGNATURES.items() if head.startswith(mark)), None)
    line = head.split(b"\n")[0]
    if found is not None or b"\0" not in line:
        return found
    # Every other byte of Latin text in UTF-16 is zero.
    if 0 in (line[::2].count(0), line[1::2].count(0)) and line.count(0) * 3 > len(line):
        return "found_utf16"
    return "found_binary" if form == "csv" else None
