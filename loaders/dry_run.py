"""Trying a plan on a folder of files, without a database: `plumbline try`.

The same readers, the same engine, the same plan lint as everywhere; this module only reads files
and writes files. What is refused is refused with every reason, and then there are no paths and no
entries, not even those of an earlier run; the judgement of the network is written all the same.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

import analytics.as_of
import analytics.plan
import analytics.plan_lint
import analytics.plan_packs
import analytics.screening.as_json
import analytics.screening.evaluate
import analytics.screening.packs
import graph.words
import loaders.book
import loaders.dry_run_summary
import loaders.folder_facts
import loaders.results
import loaders.verdict_file
from analytics.columns import Columns
from analytics.commission_schema import Worked
from analytics.plan import Plan
from analytics.plan_lint import Report
from graph.errors import Misconfigured
from graph.settings import Settings
from loaders.intake import Intake, Progress

DONE, DONE_WITH_REJECTS = 0, 3
REJECTS = "rejects.csv"


@dataclass(frozen=True)
class Trial:
    """What to try. `as_of` is a time or a date; without a plan the folder must have payouts."""

    folder: Path
    plan: Path | None
    as_of: str
    out: Path
    pack: str | None = None
    profile: str | None = None


@dataclass(frozen=True)
class Judged:
    """What commission is known by: a plan (refused or not) and what it gave, or neither."""

    plan: Plan | None = None
    worked: Worked | None = None
    refused: tuple[str, ...] = ()


def run(
    trial: Trial, settings: Settings, *, console: Console, progress: Progress | None = None
) -> int:
    """Write the files into `trial.out`, a summary to `console`; the exit code of the command.

    Misconfigured where an argument, a file or the plan is wrong. A plan that is refused stops paths
    and entries, not `rejects.csv` and `verdict.json`, which then says why.
    """
    as_of_ms = analytics.as_of.moment_ms(trial.as_of, settings.zone, settings.lang)
    text = None if trial.plan is None else analytics.plan.text_of(trial.plan, settings.lang)
    _check_pack(trial.pack, settings.lang)
    trial.out.mkdir(parents=True, exist_ok=True)
    loaders.results.remove(trial.out)
    loaders.verdict_file.remove(trial.out)
    with tempfile.TemporaryDirectory(prefix=".spool", dir=trial.out) as spool:
        intake = loaders.folder_facts.read(
            trial.folder,
            settings,
            spool=Path(spool),
            rejects=trial.out / REJECTS,
            has_plan=trial.plan is not None,
            profile=trial.profile,
            progress=progress,
        )
        columns = loaders.book.columns(intake, as_of_ms=as_of_ms)
    loaders.dry_run_summary.tell_intake(console, intake, settings.lang)
    report = None if text is None else _linted(text, columns, settings)
    judged = Judged()
    if report is not None:
        judged = _planned(trial, report, columns, as_of_ms, settings, console)
    failed = _judge(trial, intake, columns, judged, as_of_ms, settings, console)
    facts = {"folder": trial.out, "files": ", ".join(_written(trial.out))}
    console.print(graph.words.text("trial", "written", settings.lang, **facts), soft_wrap=True)
    if report is not None:
        report.accepted(str(trial.plan), settings.lang)
    return DONE_WITH_REJECTS if intake.report.rejects or failed else DONE


def _check_pack(name: str | None, lang: str) -> None:
    known = analytics.plan_packs.known()
    if name is not None and name not in known:
        facts = {"pack": name, "known": ", ".join(known)}
        raise Misconfigured(graph.words.text("lint", "unknown_pack", lang, **facts))


def _linted(text: str, columns: Columns, settings: Settings) -> Report:
    products = columns.products if "products" in columns.files else None
    return analytics.plan_lint.lint_text(
        text, products, zone=settings.zone, currency=settings.currency
    )


def _planned(
    trial: Trial,
    report: Report,
    columns: Columns,
    as_of_ms: int,
    settings: Settings,
    console: Console,
) -> Judged:
    """What the plan gives, written out, and what its lint warns of; of a refused one only why."""
    plan, lang = report.plan, settings.lang
    if report.reasons:
        said = (one.said(lang) for one in report.reasons)
        told = tuple(graph.words.text("screening", "refused", lang, why=one) for one in said)
        return Judged(plan, refused=told)
    warnings = [one.said(lang) for one in report.warnings]
    loaders.dry_run_summary.tell_warnings(console, [*warnings, *_of_pack(plan, trial, settings)])
    worked = loaders.folder_facts.worked(columns, plan, as_of_ms, settings)
    loaders.results.write(worked, columns, trial.out)
    loaders.dry_run_summary.tell_worked(console, worked, plan, lang)
    return Judged(plan, worked)


def _judge(
    trial: Trial,
    intake: Intake,
    columns: Columns,
    judged: Judged,
    as_of_ms: int,
    settings: Settings,
    console: Console,
) -> bool:
    """Write and say the verdict; whether a rule failed."""
    given = settings.pack_names if trial.pack is None else (trial.pack,)
    packs = analytics.screening.packs.active(given, judged.plan.packs if judged.plan else ())
    facts = loaders.folder_facts.of(
        intake,
        columns,
        as_of_ms,
        settings,
        plan=judged.plan,
        entries=None if judged.worked is None else judged.worked.entries,
    )
    day = analytics.as_of.day_of(as_of_ms, settings.zone)
    screening = analytics.screening.evaluate.screen(facts, as_of=day, packs=packs, evidence=True)
    found = analytics.screening.as_json.whole(screening, settings.lang, refused=judged.refused)
    loaders.verdict_file.write(found, trial.out)
    loaders.dry_run_summary.tell_verdict(console, screening, found["reasons"], settings.lang)
    return bool(screening.errors)


def _of_pack(plan: Plan, trial: Trial, settings: Settings) -> Iterator[str]:
    """What the pack to screen by holds against the plan: said, for it is not the plan's own."""
    names = [trial.pack] if trial.pack and trial.pack not in plan.packs else []
    for complaint in analytics.plan_lint.of_packs(plan, names):
        yield complaint.said(settings.lang)


def _written(out: Path) -> Iterator[str]:
    yield from (
        name
        for name in (*loaders.results.FILES, loaders.verdict_file.VERDICT, REJECTS)
        if (out / name).exists()
    )
