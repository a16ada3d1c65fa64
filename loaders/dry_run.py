"""Trying a plan on a folder of files, without a database: `plumbline try`.

The same readers, the same engine, the same plan lint as everywhere; this module only reads files
and writes files. What is refused is refused with every reason, and then there are no paths and no
entries, not even those of an earlier run.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

import analytics.as_of
import analytics.commission
import analytics.plan
import analytics.plan_lint
import analytics.plan_packs
import graph.words
import loaders.book
import loaders.dry_run_summary
import loaders.intake
import loaders.results
from analytics.columns import Columns
from analytics.commission_schema import Worked
from analytics.plan import Plan, Plans
from graph.errors import Misconfigured
from graph.settings import Settings
from loaders.intake import Intake, Progress
from loaders.references import NothingKnown

DONE, DONE_WITH_REJECTS = 0, 3
REJECTS = "rejects.csv"
NEEDED = ("distributors", "orders")


@dataclass(frozen=True)
class Trial:
    """What to try. `as_of` is a time or a date; without a plan the folder must have payouts."""

    folder: Path
    plan: Path | None
    as_of: str
    out: Path
    pack: str | None = None
    profile: str | None = None


def run(
    trial: Trial, settings: Settings, *, console: Console, progress: Progress | None = None
) -> int:
    """Write the files into `trial.out`, a summary to `console`; the exit code of the command.

    Misconfigured where an argument, a file or the plan is wrong. A plan that is refused stops paths
    and entries, not `rejects.csv`.
    """
    as_of_ms = analytics.as_of.moment_ms(trial.as_of, settings.zone, settings.lang)
    text = None if trial.plan is None else analytics.plan.text_of(trial.plan, settings.lang)
    _check_pack(trial.pack, settings.lang)
    trial.out.mkdir(parents=True, exist_ok=True)
    loaders.results.remove(trial.out)
    with tempfile.TemporaryDirectory(prefix=".spool", dir=trial.out) as spool:
        intake = _read(trial, settings, Path(spool), progress)
        columns = loaders.book.columns(intake, as_of_ms=as_of_ms)
    loaders.dry_run_summary.tell_intake(console, intake, settings.lang)
    if text is not None:
        plan = _accepted(trial, text, columns, settings, console)
        worked = _work_out(columns, plan, as_of_ms, settings)
        loaders.results.write(worked, columns, trial.out)
        loaders.dry_run_summary.tell_worked(console, worked, plan, settings.lang)
    facts = {"folder": trial.out, "files": ", ".join(_written(trial.out))}
    console.print(graph.words.text("trial", "written", settings.lang, **facts), soft_wrap=True)
    return DONE_WITH_REJECTS if intake.report.rejects else DONE


def _check_pack(name: str | None, lang: str) -> None:
    known = analytics.plan_packs.known()
    if name is not None and name not in known:
        facts = {"pack": name, "known": ", ".join(known)}
        raise Misconfigured(graph.words.text("lint", "unknown_pack", lang, **facts))


def _read(trial: Trial, settings: Settings, spool: Path, progress: Progress | None) -> Intake:
    intake = loaders.intake.read(
        trial.folder,
        settings=settings,
        known=NothingKnown(),
        profile=trial.profile,
        spool=spool,
        rejects=trial.out / REJECTS,
        lang=settings.lang,
        progress=progress,
    )
    for noun in NEEDED:
        if noun not in intake.nouns:
            facts = {"folder": str(trial.folder), "noun": noun}
            raise Misconfigured(graph.words.text("trial", "needed", settings.lang, **facts))
    if trial.plan is None and "payouts" not in intake.nouns:
        raise Misconfigured(graph.words.text("trial", "plan_needed", settings.lang))
    return intake


def _accepted(
    trial: Trial, text: str, columns: Columns, settings: Settings, console: Console
) -> Plan:
    """The plan after its lint; what the lint warns of is said."""
    products = columns.products if "products" in columns.files else None
    report = analytics.plan_lint.lint_text(
        text, products, zone=settings.zone, currency=settings.currency
    )
    plan = report.accepted(str(trial.plan), settings.lang)
    warnings = [one.said(settings.lang) for one in report.warnings]
    loaders.dry_run_summary.tell_warnings(console, [*warnings, *_of_pack(plan, trial, settings)])
    return plan


def _of_pack(plan: Plan, trial: Trial, settings: Settings) -> Iterator[str]:
    """What the pack to screen by holds against the plan: said, for it is not the plan's own."""
    names = [trial.pack] if trial.pack and trial.pack not in plan.packs else []
    for complaint in analytics.plan_lint.of_packs(plan, names):
        yield complaint.said(settings.lang)


def _work_out(columns: Columns, plan: Plan, as_of_ms: int, settings: Settings) -> Worked:
    """Every order by this plan, as if every month closed at as-of."""
    return analytics.commission.work_out(
        columns,
        Plans.always(plan),
        as_of_ms=as_of_ms,
        zone=settings.zone,
        months_close=True,
        currency=settings.currency,
    )


def _written(out: Path) -> Iterator[str]:
    yield from (name for name in (*loaders.results.FILES, REJECTS) if (out / name).exists())
