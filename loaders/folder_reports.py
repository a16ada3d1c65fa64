"""Reports of a folder of files, without a database: `plumbline report KIND --folder FILES`.

The road of `try`: the same readers, the same engine, the same rules. With `payouts` among the files
the commission is what was really paid; else the plan's, as if every month closed at as-of.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import analytics.as_of
import analytics.plan
import analytics.plan_lint
import analytics.reports.command
import analytics.screening.evaluate
import analytics.screening.packs
import loaders.book
import loaders.folder_facts
from analytics.columns import Columns
from analytics.facts.frames import Facts
from analytics.plan import Plan
from analytics.reports.frames import Material
from analytics.reports.tables import PERFORMANCE, PLAN, RECRUITMENT
from analytics.screening.finding import Screening
from graph.settings import Settings
from loaders.intake import Progress

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
        columns = loaders.book.columns(intake, as_of_ms=as_of_ms)
    plan, complaints = _plan(asked, columns, settings)
    entries = loaders.folder_facts.entries(columns, plan, as_of_ms, settings)
    facts = loaders.folder_facts.of(intake, columns, as_of_ms, settings, plan=plan, entries=entries)
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


def _screened(
    asked: Asked, facts: Facts, plan: Plan | None, settings: Settings
) -> Screening | None:
    if not SCREENED & set(asked.kinds):
        return None
    packs = analytics.screening.packs.active(settings.pack_names, plan.packs if plan else ())
    return analytics.screening.evaluate.screen(facts, as_of=asked.as_of[:10], packs=packs)
