"""Reading a folder: every file checked, bad rows named in the rejects file, good rows spooled.

with nothing changed anywhere but in `spool` and `rejects`:
intake = loaders.intake.read(folder, settings=settings, known=NothingKnown(), profile=None,
                             spool=spool, rejects=path, lang="en", progress=None)
for batch in intake.tables["orders"].batches(): ...
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from graph.settings import Settings
from loaders.references import Known
from loaders.report import Report
from loaders.spool import Table

Progress = Callable[[str, int, int], None]
"""Called after each batch with the noun, the bytes of its files read so far and those in all."""


@dataclass
class Intake:
    """What a folder holds. `tables` has every noun, empty ones included, and `sponsor_edges`.

    `nouns` are those that had a file (absent: unknown). `sponsor_edges` are the dated edges of
    every child that this folder says something about, its changes and the known edges merged,
    ready to be saved: an edge that a change ended has its new end.
    """

    folder: Path
    profile: str | None
    recognised: bool
    tables: dict[str, Table]
    report: Report
    nouns: frozenset[str]
    rejects: Path

    def reject(self, noun: str, faults: pl.DataFrame) -> None:
        """Reject good rows afterwards: `faults` has FAULTS columns of rows in `tables[noun]`.

        Appends to the rejects file with the original text, takes the rows out of the table and
        counts them in the report. It does not cascade.
        """
        raise NotImplementedError


FAULTS = {
    "file": pl.Int32,  # as in the table
    "row": pl.Int64,
    "column": pl.String,  # the canonical column; "" where it is the whole row
    "code": pl.String,  # has words in graph/words/rejects.toml
}


def read(
    folder: Path,
    *,
    settings: Settings,
    known: Known,
    profile: str | None,
    spool: Path,
    rejects: Path,
    lang: str,
    progress: Progress | None,
) -> Intake:
    """Read and check all files of a folder (or one file, where a profile allows it).

    `spool` is a folder of its own, emptied first. Misconfigured where a file cannot be read at all
    (the sentence names file and place, in `lang`); a bad row is never an error but a reject.
    """
    raise NotImplementedError
