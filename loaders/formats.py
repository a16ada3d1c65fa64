"""The five file forms of a noun (csv, csv.gz, jsonl, jsonl.gz, parquet), read as rows of text."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import loaders.csv_rows
import loaders.json_rows
import loaders.parquet_rows
from loaders.source import Batches, Source, Unreadable, form_of, stem_of


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


def texts(
    source: Source, rows: Iterable[int], *, wanted: frozenset[str] | None, masked: frozenset[str]
) -> Iterator[tuple[int, str]]:
    """(row, original text) of some good rows, ascending, by reading the file once more."""
    due = sorted(set(rows))
    at = 0
    for raw in read(source, wanted=wanted):
        if at == len(due):
            return
        numbers = raw.frame["row"]
        if not numbers.len():
            continue
        last, here = int(numbers[-1]), at
        while here < len(due) and due[here] <= last:
            here += 1
        if here > at:
            yield from zip(due[at:here], raw.texts(due[at:here], masked), strict=True)
            at = here
