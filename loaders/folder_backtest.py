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
import analytics.commission
import analytics.facts.work_out
import analytics.plan
import analytics.plan_lint
import analytics.screening.backtest
import graph.sealing
import graph.words
import loaders.book
import loaders.intake
from analytics.columns import Columns
from analytics.facts.frames import Facts
from analytics.plan import Plan, Plans
from analytics.screening.packs import Pack
from analytics.screening.rulebook import Rule
from graph.errors import Misconfigured
from graph.settings import Settings
from loaders.intake import Intake, Progress
from loaders.references import NothingKnown


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
        intake = _read(asked, settings, Path(name), progress)
        plan = _plan(asked, intake, settings)
        days = list(_days(asked, intake, plan, settings))
    return pl.concat(days)


def _days(
    asked: Asked, intake: Intake, plan: Plan | None, settings: Settings
) -> Iterator[pl.DataFrame]:
    for day in asked.days:
        as_of_ms = analytics.as_of.moment_ms(day, settings.zone, settings.lang)
        columns = loaders.book.columns(intake, as_of_ms=as_of_ms)
        facts = _facts(columns, plan, as_of_ms, intake, settings)
        yield analytics.screening.backtest.of_day(facts, day, asked.versions, asked.packs)


def _read(asked: Asked, settings: Settings, place: Path, progress: Progress | None) -> Intake:
    return loaders.intake.read(
        asked.folder,
        settings=settings,
        known=NothingKnown(),
        profile=asked.profile,
        spool=place / "spool",
        rejects=place / "rejects.csv",
        lang=settings.lang,
        progress=progress,
    )


def _plan(asked: Asked, intake: Intake, settings: Settings) -> Plan | None:
    """The plan; one that the lint refuses pays nobody, but its threshold is read."""
    paid = "payouts" in intake.nouns
    if asked.plan is None:
        if not paid:
            raise Misconfigured(graph.words.text("trial", "plan_needed", settings.lang))
        return None
    text = analytics.plan.text_of(asked.plan, settings.lang)
    report = analytics.plan_lint.lint_text(text, zone=settings.zone, currency=settings.currency)
    return report.plan if paid else report.accepted(str(asked.plan), settings.lang)


def _facts(
    columns: Columns, plan: Plan | None, as_of_ms: int, intake: Intake, settings: Settings
) -> Facts:
    entries = None
    if plan is not None and "payouts" not in columns.files:
        entries = analytics.commission.work_out(
            columns,
            Plans.always(plan),
            as_of_ms=as_of_ms,
            zone=settings.zone,
            months_close=True,
            currency=settings.currency,
        ).entries
    return analytics.facts.work_out.work_out(
        columns,
        as_of_ms=as_of_ms,
        zone=settings.zone,
        currency=settings.currency,
        entries=entries,
        plan=plan,
        allowance=settings.allowances,
        salt=graph.sealing.salt(settings.data_folder),
        rejected_in_cycles=intake.rejected_in_cycles,
    )
