"""Reports of a folder of files, without a database: `plumbline report KIND --folder FILES`.

The road of `try`: the same readers, the same engine, the same rules. With `payouts` among the files
the commission is what was really paid; else the plan's, as if every month closed at as-of.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

import analytics.as_of
import analytics.commission
import analytics.facts.work_out
import analytics.plan
import analytics.plan_lint
import analytics.reports.command
import analytics.screening.evaluate
import analytics.screening.packs
import graph.sealing
import graph.words
import loaders.book
import loaders.intake
from analytics.columns import Columns
from analytics.facts.frames import Facts
from analytics.plan import Plan, Plans
from analytics.reports.frames import Material
from analytics.reports.tables import PERFORMANCE, PLAN, RECRUITMENT
from analytics.screening.finding import Screening
from graph.errors import Misconfigured
from graph.settings import Settings
from loaders.intake import Progress
from loaders.references import NothingKnown

NEEDED = ("distributors", "orders")
SCREENED = frozenset((RECRUITMENT, PERFORMANCE))


@dataclass(frozen=True)
class Asked:
    """Which reports of which files. Without a plan the folder must have payouts."""

    kinds: Sequence[str]
    folder: Path
    plan: Path | None
    as_of: str
    out: Path
    langs: Sequence[str]
    profile: str | None = None


def write(asked: Asked, settings: Settings, progress: Progress | None = None) -> list[Path]:
    """The reports in `asked.out`; the files. Rejected rows are left out, as in a dry run.

    Misconfigured where an argument, a file or the plan is wrong; a plan that is refused has a
    report on itself, and others only where payouts say what was paid.
    """
    as_of_ms = analytics.as_of.moment_ms(asked.as_of, settings.zone, settings.lang)
    columns = _read(asked, settings, as_of_ms, progress)
    plan, complaints = _plan(asked, columns, settings)
    facts = _facts(columns, plan, as_of_ms, settings)
    found = Material(
        as_of=asked.as_of[:10],
        facts=facts,
        screening=_screened(asked, facts, plan, settings),
        plan=plan,
        complaints=complaints,
    )
    sources = {
        "files": analytics.reports.command.files_digest(asked.folder),
        "currency": settings.currency,
    }
    return analytics.reports.command.write(
        asked.kinds, found, sources, asked.out, tuple(asked.langs)
    )


def _read(asked: Asked, settings: Settings, as_of_ms: int, progress: Progress | None) -> Columns:
    with tempfile.TemporaryDirectory(prefix="plumbline-") as name:
        place = Path(name)
        intake = loaders.intake.read(
            asked.folder,
            settings=settings,
            known=NothingKnown(),
            profile=asked.profile,
            spool=place / "spool",
            rejects=place / "rejects.csv",
            lang=settings.lang,
            progress=progress,
        )
        for noun in NEEDED:
            if noun not in intake.nouns:
                facts = {"folder": str(asked.folder), "noun": noun}
                raise Misconfigured(graph.words.text("trial", "needed", settings.lang, **facts))
        if asked.plan is None and "payouts" not in intake.nouns:
            raise Misconfigured(graph.words.text("trial", "plan_needed", settings.lang))
        return loaders.book.columns(intake, as_of_ms=as_of_ms)


def _plan(
    asked: Asked, columns: Columns, settings: Settings
) -> tuple[Plan | None, Sequence[analytics.plan_lint.Complaint]]:
    """The plan and all that the lint says of it; refused only where it would have to pay."""
    if asked.plan is None:
        return None, ()
    products = columns.products if "products" in columns.files else None
    text = analytics.plan.text_of(asked.plan, settings.lang)
    report = analytics.plan_lint.lint_text(
        text, products, zone=settings.zone, currency=settings.currency
    )
    if set(asked.kinds) != {PLAN} and "payouts" not in columns.files:
        report.accepted(str(asked.plan), settings.lang)
    return report.plan, report.complaints


def _facts(columns: Columns, plan: Plan | None, as_of_ms: int, settings: Settings) -> Facts:
    return analytics.facts.work_out.work_out(
        columns,
        as_of_ms=as_of_ms,
        zone=settings.zone,
        currency=settings.currency,
        entries=_entries(columns, plan, as_of_ms, settings),
        plan=plan,
        allowance=settings.allowances,
        salt=graph.sealing.salt(settings.data_folder) if settings.salt_file.exists() else None,
    )


def _entries(
    columns: Columns, plan: Plan | None, as_of_ms: int, settings: Settings
) -> pl.DataFrame | None:
    if plan is None or "payouts" in columns.files:
        return None
    return analytics.commission.work_out(
        columns,
        Plans.always(plan),
        as_of_ms=as_of_ms,
        zone=settings.zone,
        months_close=True,
        currency=settings.currency,
    ).entries


def _screened(
    asked: Asked, facts: Facts, plan: Plan | None, settings: Settings
) -> Screening | None:
    if not SCREENED & set(asked.kinds):
        return None
    packs = analytics.screening.packs.active(settings.pack_names, plan.packs if plan else ())
    return analytics.screening.evaluate.screen(facts, as_of=asked.as_of[:10], packs=packs)
