"""A backtest on a folder of files: `plumbline backtest RULE --from D --to D --folder FILES`.

Files are read once; each day sees what was known at its end. The plan is used for every day, as in
a dry run; with `payouts` among the files they are the commission.
"""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

import analytics.as_of
import analytics.plan
import analytics.plan_lint
import analytics.screening.backtest
import loaders.book
import loaders.folder_facts
from analytics.plan import Plan
from analytics.screening.packs import Pack
from analytics.screening.rulebook import Rule
from graph.settings import Settings
from loaders.intake import Intake, Progress


@dataclass(frozen=True)
class Asked:
    """Which versions of a rule, on which days of which files."""

    folder: Path
    versions: Sequence[Rule]
    days: Sequence[str]
    plan: Path | None = None
    packs: Sequence[Pack] = ()
    profile: str | None = None


def rows(asked: Asked, settings: Settings, progress: Progress | None = None) -> pl.DataFrame:
    """analytics.screening.backtest.ROWS of all days. Misconfigured where a file or the plan is
    wrong, or neither plan nor payouts say what was paid.
    """
    with tempfile.TemporaryDirectory(prefix="plumbline-") as name:
        intake = loaders.folder_facts.read(
            asked.folder,
            settings,
            spool=Path(name) / "spool",
            rejects=Path(name) / "rejects.csv",
            has_plan=asked.plan is not None,
            profile=asked.profile,
            progress=progress,
        )
        plan = _plan(asked, intake, settings)
        days = list(_days(asked, intake, plan, settings))
    return pl.concat(days)


def _days(
    asked: Asked, intake: Intake, plan: Plan | None, settings: Settings
) -> Iterator[pl.DataFrame]:
    for day in asked.days:
        as_of_ms = analytics.as_of.moment_ms(day, settings.zone, settings.lang)
        columns = loaders.book.columns(intake, as_of_ms=as_of_ms)
        entries = loaders.folder_facts.entries(columns, plan, as_of_ms, settings)
        facts = loaders.folder_facts.of(
            intake, columns, as_of_ms, settings, plan=plan, entries=entries
        )
        yield analytics.screening.backtest.of_day(facts, day, asked.versions, asked.packs)


def _plan(asked: Asked, intake: Intake, settings: Settings) -> Plan | None:
    """The plan; one that the lint refuses pays nobody, but its threshold is read."""
    if asked.plan is None:
        return None
    text = analytics.plan.text_of(asked.plan, settings.lang)
    report = analytics.plan_lint.lint_text(text, zone=settings.zone, currency=settings.currency)
    return (
        report.plan
        if "payouts" in intake.nouns
        else report.accepted(str(asked.plan), settings.lang)
    )
