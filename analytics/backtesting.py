"""A backtest on the nights that are kept: `plumbline backtest RULE --from D --to D`.

Every kept night is looked at as it was: its snapshot, its ledger, what it was asked with.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

import analytics.screening.backtest
import analytics.screening.packs
import analytics.screening.rulebook
import graph.disk
import graph.runs
from analytics.night_findings import Kept
from analytics.screening.rulebook import Rule
from graph.connection import Database
from graph.errors import Misconfigured, Missing
from graph.settings import Settings

PAGE = 200


def rows(
    db: Database, settings: Settings, versions: Sequence[Rule], days: Sequence[str]
) -> pl.DataFrame:
    """analytics.screening.backtest.ROWS of the days whose night is kept. Missing where none is."""
    wanted = set(days)
    found = [_of_night(db, night, versions) for night in _kept(db, settings, wanted)]
    if not found:
        raise Missing(f"no night from {min(days)} to {max(days)} is kept; try --folder FILES")
    return pl.concat(found).sort("day", "version", "scope_kind", "scope_id")


def tell(rows: pl.DataFrame, versions: Sequence[Rule], sample: int, out: Path | None) -> None:
    """Print what came of it, and samples of both sides of the line; write all rows to `out`."""
    for line in analytics.screening.backtest.told(rows, versions):
        print(line)
    for version in versions if sample > 0 else ():
        both = analytics.screening.backtest.sample(rows, version, sample)
        for side, found in (("above", both.above), ("below", both.below)):
            for row in found.iter_rows(named=True):
                named = f"{row['scope_kind']} {row['scope_id']}".strip()
                print(f"{version.version} {side} the line: {named} {row['band']} {row['value']:g}")
    if out is not None:
        with graph.disk.writing(out.parent):
            rows.write_csv(out)


def versions_of(name: str, changed: Path | None) -> list[Rule]:
    """The live version of a rule and, if given, a changed one from a file of its form.

    Misconfigured where the rule is unknown, or the file is of another one or of the same version.
    """
    known = analytics.screening.rulebook.all_rules()
    if name not in known:
        raise Misconfigured(f"there is no rule {name!r}; the rules are {', '.join(known)}")
    if changed is None:
        return [known[name]]
    try:
        other = analytics.screening.rulebook.read(changed.read_text("utf-8"), str(changed))
    except (OSError, UnicodeDecodeError) as problem:
        raise Misconfigured(f"{changed}: {problem}") from None
    if other.id != name or other.version == known[name].version:
        raise Misconfigured(f"{changed} must be {name} with a version other than the live one's")
    return [known[name], other]


def _kept(db: Database, settings: Settings, wanted: set[str]) -> Iterator[Kept]:
    """The last finished and kept attempt of each wanted day, newest first."""
    seen: set[str] = set()
    after: tuple[str, int] | None = None
    while page := graph.runs.page(db, after=after, first=PAGE):
        for run in page[:PAGE]:
            night = Kept(settings, run)
            fits = run["as_of"] in wanted - seen and run["status"] == "finished"
            if fits and night.stands:
                seen.add(run["as_of"])
                yield night
        if len(page) <= PAGE:
            return
        after = (page[PAGE - 1]["as_of"], page[PAGE - 1]["attempt"])


def _of_night(db: Database, night: Kept, versions: Sequence[Rule]) -> pl.DataFrame:
    packs = analytics.screening.packs.named(night.asked.packs)
    day = night.asked.as_of
    return analytics.screening.backtest.of_day(night.facts(db), day, versions, packs)
