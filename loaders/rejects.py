"""The rejects file: every bad row with its place, the reason in the user's language, its text.

    file,row,column,code,reason,original

Written as rows come, so that a file of nothing but bad rows needs no memory. Personal columns are
masked in the original text by whoever gives it.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

import graph.disk
import graph.words
from loaders.faults import CAUSE
from loaders.source import printable

COLUMNS = ("file", "row", "column", "code", "reason", "original")
VALUE_CHARS_MAX = 80


class Rejects:
    """The file at `path`, begun anew; reasons in `lang`."""

    def __init__(self, path: Path, lang: str) -> None:
        self.path, self._lang = path, lang
        path.parent.mkdir(parents=True, exist_ok=True)
        with graph.disk.writing(path), path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerow(COLUMNS)

    def write(
        self, file: str, faults: pl.DataFrame, originals: Sequence[str], names: Mapping[str, str]
    ) -> None:
        """Append FAULTS of one file with their texts; `names` are its columns where they differ."""
        if faults.height:
            with (
                graph.disk.writing(self.path),
                self.path.open("a", encoding="utf-8", newline="") as out,
            ):
                csv.writer(out, lineterminator="\n").writerows(
                    self._rows(file, faults, originals, names)
                )

    def _rows(
        self, file: str, faults: pl.DataFrame, originals: Sequence[str], names: Mapping[str, str]
    ) -> Iterable[tuple[object, ...]]:
        for fault, original in zip(faults.iter_rows(named=True), originals, strict=True):
            column = names.get(fault["column"], fault["column"])
            reason = reason_of({**fault, "column": column}, self._lang)
            yield file, fault["row"], column, fault["code"], reason, printable(original)


def reason_of(fault: Mapping[str, Any], lang: str) -> str:
    """The sentence of one row of FAULTS; where another row holds it back, the first cause."""
    value = fault["value"] or ""
    shown = value if len(value) <= VALUE_CHARS_MAX else value[:VALUE_CHARS_MAX] + "…"
    facts = {
        "column": fault["column"],
        "value": printable(shown),
        "detail": printable(fault["detail"] or ""),
    }
    if fault["cause_code"] is None:
        return graph.words.text("rejects", fault["code"], lang, **facts)
    cause = {name.removeprefix("cause_"): fault[name] for name in CAUSE}
    return graph.words.text("rejects", "first_cause", lang, **facts, **cause)
