"""The five file forms of a noun (csv, csv.gz, jsonl, jsonl.gz, parquet), read as rows of text."""

from collections.abc import Iterable
from pathlib import Path

import loaders.csv_rows
import loaders.json_rows
import loaders.parquet_rows
from graph.errors import Conflict
from loaders.source import Batches, Raw, Source, Unreadable, form_of, stem_of


def sources(folder: Path) -> list[Source]:
    """Every file of a folder that has one of the five endings, by name; of a file, itself.

    Unreadable where there is no such folder or file, or a file has another ending.
    """
    if not folder.exists():
        raise Unreadable("no_folder", folder=str(folder))
    if folder.is_file():
        form = form_of(folder)
        if form is None:
            raise Unreadable("no_form", file=folder.name)
        return [Source(folder, form)]
    found = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    return [Source(path, form) for path in found if (form := form_of(path))]


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
    """The column names; None for JSON lines, whose rows each name their own."""
    if source.form == "parquet":
        return loaders.parquet_rows.header(source)
    if source.form.startswith("csv"):
        return loaders.csv_rows.header(source)
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
