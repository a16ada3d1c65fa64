"""Reading a folder: every file checked, bad rows named in the rejects file, good rows spooled.

    intake = loaders.intake.read(folder, settings=settings, known=NothingKnown(), profile=None,
                                 spool=spool, rejects=path, lang="en", progress=None)
    for batch in intake.tables["orders"].batches(): ...

Nothing is changed but `spool` and `rejects`, and where there are identifiers the salt is made.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import polars as pl

import loaders.formats
import loaders.mapped
import loaders.profiles
import loaders.report
from graph.errors import Misconfigured
from graph.settings import Settings
from loaders.mapped import Feed
from loaders.nouns import NOUNS
from loaders.profiles import Profile
from loaders.reading import Progress as Progress
from loaders.reading import Reading
from loaders.references import Known
from loaders.rejecting import Rejecting
from loaders.rejects import Rejects
from loaders.report import Report
from loaders.source import Unreadable
from loaders.spool import Table as Table

CYCLE, BELOW_IT = "sponsor_cycle", "unknown_sponsor"


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
    feeds: dict[str, Feed]
    rejecting: Rejecting

    @property
    def rejected_in_cycles(self) -> dict[str, int]:
        """What sponsor cycles held back: order money by currency, in minor units, and as `rows` the
        accounts in and below them.
        """
        rejected = self.report.rejected.get("distributors", {})
        if CYCLE not in rejected:
            return {}
        accounts = sum(rejected.get(code, 0) for code in (CYCLE, BELOW_IT))
        return {**self.report.money.get(CYCLE, {}), "rows": accounts}

    def reject(self, noun: str, faults: pl.DataFrame) -> None:
        """Reject good rows afterwards: `faults` has the columns of `loaders.faults.FAULTS`.

        Appends to the rejects file with the original text, takes the rows out of the table and
        counts them in the report. It does not cascade.
        """
        self.rejecting.late(self.feeds[noun], self.tables[noun], faults)


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
    try:
        form, recognised, feeds = _feeds(folder, profile)
        shutil.rmtree(spool, ignore_errors=True)
        spool.mkdir(parents=True)
        reading = Reading(settings, known, feeds, spool, Rejects(rejects, lang))
        if form is not None:
            reading.report.note("recognised" if recognised else "profile", name=form.name)
        if left := loaders.mapped.left_out(folder, feeds):
            reading.report.note("files_left_out", files=loaders.report.named(left))
        reading.run(progress)
    except Unreadable as problem:
        raise Misconfigured(problem.sentence(lang)) from None
    return Intake(
        folder=folder,
        profile=form.name if form else None,
        recognised=recognised,
        tables=reading.tables,
        report=reading.report,
        nouns=frozenset(feeds),
        rejects=rejects,
        feeds=feeds,
        rejecting=reading.rejecting,
    )


def _feeds(folder: Path, profile: str | None) -> tuple[Profile | None, bool, dict[str, Feed]]:
    """The profile, whether the columns told it, and what feeds each noun."""
    found = loaders.formats.sources(folder)
    form, recognised = loaders.profiles.chosen(profile, found)
    feeds = loaders.mapped.feeds(found, form)
    if not feeds:
        seen = [folder.name] if folder.is_file() else sorted(path.name for path in folder.iterdir())
        there = loaders.report.named(loaders.mapped.files_likened(seen)) or "-"
        raise Unreadable(
            "nothing_to_read", folder=str(folder), expected=", ".join(NOUNS), there=there
        )
    return form, recognised, feeds
