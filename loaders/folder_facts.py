"""A folder of files as facts: the one road of `try`, of reports, backtests and scenarios.

With `payouts` among the files the commission is what was really paid; else what a plan gives, as if
every month closed at as-of.
"""

from pathlib import Path

import polars as pl

import analytics.commission
import analytics.facts.work_out
import graph.sealing
import graph.words
import loaders.intake
from analytics.columns import Columns
from analytics.commission_schema import Worked
from analytics.facts.frames import Facts
from analytics.plan import Plan, Plans
from graph.errors import Misconfigured
from graph.settings import Settings
from loaders.intake import Intake, Progress
from loaders.references import NothingKnown

NEEDED = ("distributors", "orders")


def read(
    folder: Path,
    settings: Settings,
    *,
    spool: Path,
    rejects: Path,
    has_plan: bool,
    profile: str | None = None,
    progress: Progress | None = None,
) -> Intake:
    """All files of a folder that nothing is known beside. Misconfigured where distributors or
    orders are missing, or neither a plan nor payouts say what was paid.
    """
    intake = loaders.intake.read(
        folder,
        settings=settings,
        known=NothingKnown(),
        profile=profile,
        spool=spool,
        rejects=rejects,
        lang=settings.lang,
        progress=progress,
    )
    for noun in NEEDED:
        if noun not in intake.nouns:
            facts = {"folder": str(folder), "noun": noun}
            raise Misconfigured(graph.words.text("trial", "needed", settings.lang, **facts))
    if not has_plan and "payouts" not in intake.nouns:
        raise Misconfigured(graph.words.text("trial", "plan_needed", settings.lang))
    return intake


def worked(columns: Columns, plan: Plan, as_of_ms: int, settings: Settings) -> Worked:
    """Every order by this plan, as if every month closed at as-of."""
    return analytics.commission.work_out(
        columns,
        Plans.always(plan),
        as_of_ms=as_of_ms,
        zone=settings.zone,
        months_close=True,
        currency=settings.currency,
    )


def entries(
    columns: Columns, plan: Plan | None, as_of_ms: int, settings: Settings
) -> pl.DataFrame | None:
    """What the plan gives; None where payouts say what was paid, or nothing does."""
    if plan is None or "payouts" in columns.files:
        return None
    return worked(columns, plan, as_of_ms, settings).entries


def of(
    intake: Intake,
    columns: Columns,
    as_of_ms: int,
    settings: Settings,
    *,
    plan: Plan | None,
    entries: pl.DataFrame | None,
) -> Facts:
    """The facts of `columns`, which were made of `intake`."""
    return analytics.facts.work_out.work_out(
        columns,
        as_of_ms=as_of_ms,
        zone=settings.zone,
        currency=settings.currency,
        entries=entries,
        plan=plan,
        allowance=settings.allowances,
        salt=graph.sealing.salt(settings.data_folder) if settings.salt_file.exists() else None,
        rejected_in_cycles=intake.rejected_in_cycles,
    )
