"""The five file forms of a noun (csv, csv.gz, jsonl, jsonl.gz, parquet), read as rows of text."""

from collections.abc import Iterable
from pathlib import Path

import loaders.csv_rows
import loaders.json_rows
import loaders.parquet_rows
from graph.errors import Conflict
from loaders.nouns import NOUNS
from loaders.source import Batches, Raw, Source, Unreadable, form_of, stem_of


def sources(folder: Path) -> list[Source]:
    """Every file of a folder that has one of the five endings, by name; of a file, itself.

    Unreadable where there is no such folder or file, one may not be read, or has another ending.
    """
    try:
        if not folder.exists():
            raise Unreadable("no_folder", folder=str(folder))
        if not folder.is_dir():
            return [_source(folder)]
        found = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except PermissionError:
        raise Unreadable("not_permitted", file=str(folder)) from None
    return [_source(path) for path in found if form_of(path) and _is_meant(path)]


def _source(path: Path) -> Source:
    """A file as a source; Unreadable where it is no file, cannot be opened, or has no form."""
    form = form_of(path)
    if form is None:
        raise Unreadable("no_form", file=path.name)
    if not path.is_file():
        raise Unreadable("is_folder" if path.is_dir() else "not_a_file", file=path.name)
    try:
        path.open("rb").close()
    except PermissionError:
        raise Unreadable("not_permitted", file=path.name) from None
    return Source(path, form)


def _is_meant(path: Path) -> bool:
    """False for a folder that only happens to end like a file."""
    return path.is_file() or stem_of(path) in NOUNS


def by_noun(found: Iterable[Source], nouns: Iterable[str]) -> dict[str, Source]:
    """The source of each noun; Unreadable where a noun stands there in two forms."""
    chosen: dict[str, Source] = {}
    names = set(nouns)
    for source in found:
        noun = stem_of(source.path)
        if noun in chosen:
            raise Unreadable("two_forms", first=chosen[noun].name, second=source.name, noun=noun)
        if noun in names:
            chosen[noun] = source
    return chosen


def header(source: Source) -> list[str] | None:
    """The column names; None for JSON lines, whose rows each name their own.

    Unreadable where the file is plainly of another form.
    """
    if source.form == "parquet":
        return loaders.parquet_rows.header(source)
    if source.form.startswith("csv"):
        return loaders.csv_rows.header(source)
    loaders.json_rows.check_start(source)
    return None


def read(
    source: Source, *, wanted: frozenset[str] | None = None, personal: frozenset[str] = frozenset()
) -> Batches:
    """The rows of a file in batches, `wanted` columns only; broken rows show no `personal` one."""
    if source.form == "parquet":
        return loaders.parquet_rows.read(source, wanted, personal)
    if source.form.startswith("csv"):
        return loaders.csv_rows.read(source, wanted, personal)
    return loaders.json_rows.read(source, wanted, personal)


class Texts:
    """The original texts of good rows of a file, which is read once more, only forward."""

    def __init__(self, source: Source, wanted: frozenset[str], masked: frozenset[str]) -> None:
        self._source, self._wanted, self._masked = source, wanted, masked
        self._restart()

    def _restart(self) -> None:
        self._raws = read(self._source, wanted=self._wanted)
        self._raw: Raw | None = None
        self._last = 0

    def of(self, rows: Iterable[int]) -> list[str]:
        """The texts of these rows, ascending; asking for an earlier row begins anew."""
        due, found = sorted(set(rows)), list[str]()
        if due and due[0] <= self._last and not self._holds(due[0]):
            self._restart()
        while due:
            here = [row for row in due if row <= self._last]
            if here and self._raw is not None:
                found += self._raw.texts(here, self._masked)
                due = due[len(here) :]
            if due:
                self._advance()
        return found

    def _holds(self, row: int) -> bool:
        return self._raw is not None and row >= self._raw.frame["row"][0]

    def _advance(self) -> None:
        """To the next batch that has a good row."""
        while True:
            raw = next(self._raws, None)
            if raw is None:
                name = self._source.name
                raise Conflict(f"{name} was changed while it was read; read the folder again")
            if raw.frame.height:
                self._raw, self._last = raw, int(raw.frame["row"][-1])
                return
