"""The commands of what follows: nightly, recompute, explain, plan save|list|show|lint."""

import os
import socket
import sys
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

import analytics.desk_commands
import analytics.explain
import analytics.explain_report
import analytics.finding_report
import analytics.night_findings
import analytics.night_report
import analytics.nightly
import analytics.plan
import analytics.plan_store
import analytics.sample
import analytics.watch
import graph.command
import graph.connection
import graph.disk
import graph.findings
import graph.life
import graph.plans
import graph.runs
import graph.words
from analytics.plan_lint import Complaint
from graph.errors import Misconfigured, Missing
from graph.keys import Row
from graph.settings import LANGUAGES, Settings

app = graph.command.app("What follows from the graph: who earns what on every order, and why.")
plan = graph.command.app("Commission plans: save, list, show, lint. A saved version never changes.")
app.add_typer(plan, name="plan")
app.add_typer(analytics.desk_commands.audit, name="audit")
app.add_typer(analytics.desk_commands.case, name="case")

WIDTH = 200
"""Columns of a table where nobody's terminal says how wide it is: nothing is cut off."""

AsOf = Annotated[
    str,
    typer.Option(
        metavar="DATE",
        help="The last day that counts, such as 2026-10-31, in the company's time zone."
        " Without it: yesterday.",
    ),
]
Lang = Annotated[
    str, typer.Option(metavar="LANG", help=f"Language of the reasons: {', '.join(LANGUAGES)}.")
]
File = Annotated[Path, typer.Argument(metavar="FILE", help="A plan file (TOML).")]


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _settings(lang: str = "") -> Settings:
    found = graph.command.settings()
    if lang and lang not in LANGUAGES:
        raise Misconfigured(f"--lang is {lang!r}; it may be {', '.join(LANGUAGES)}")
    return replace(found, lang=lang or found.lang)


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=WIDTH)


@app.command()
def nightly(as_of: AsOf = "") -> None:
    """Work out one night: snapshot, structure, volumes, commissions, entries, findings, record.

    Run again after a kill, it goes on where it stopped.

    Run again for the same date, it works out what has arrived since.

    Exit codes: 0 done, or nothing new. 2 a date before the last finished night.
    3 done, with faults in the sponsor tree, or a rule failed. 4 a load or another night is running.
    """
    settings = _settings()
    day = as_of or str(datetime.now(settings.zone).date() - timedelta(days=1))
    who = analytics.nightly.Who(socket.gethostname(), os.getpid(), _now_ms)
    with graph.connection.connect(settings) as db, analytics.watch.opened("nightly") as watch:
        outcome, run = analytics.nightly.run(db, settings, day, who=who, watch=watch)
    analytics.night_report.tell(_console(), run, outcome, settings.lang)
    if run["totals"]["faults"] or run["totals"].get("screening", {}).get("errors"):
        raise typer.Exit(3)


@app.command()
def findings(
    first: Annotated[int, typer.Option(min=1, max=500, help="How many, the worst first.")] = 5,
    rule: Annotated[str, typer.Option(metavar="RULE", help="Only of this rule.")] = "",
    scope: Annotated[str, typer.Option(metavar="ID", help="Only on this distributor.")] = "",
    lang: Lang = "",
) -> None:
    """Print the open findings: what was measured, where, by which law, what else it may be."""
    settings, now_ms = _settings(lang), _now_ms()
    wanted: Row = {"states": [graph.life.OPEN], "rules": [rule] if rule else None}
    wanted["scope_id"] = scope or None
    with graph.connection.connect(settings) as db:
        last = graph.runs.last_finished(db)
        rows = graph.findings.page(db, graph.findings.SEVERITY, wanted, now_ms=now_ms, first=first)
        count = graph.findings.count(db, wanted, now_ms=now_ms)
    if last is None:
        raise Missing(graph.words.text("finding_report", "no_night", settings.lang))
    analytics.finding_report.tell(_console(), rows[:first], count, last["as_of"], settings.lang)


@app.command()
def recompute(
    finding: Annotated[
        str, typer.Argument(metavar="FINDING", help="As RULE|SCOPE_KIND|SCOPE_ID|PACK.")
    ],
    lang: Lang = "",
) -> None:
    """Work a finding out again from the snapshot that it cites, and compare value and band.

    Exit codes: 0 the same. 3 it differs, or the rule has another version now.
    """
    settings = _settings(lang)
    with graph.connection.connect(settings) as db:
        found = analytics.night_findings.recompute(db, settings, finding)
    for line in analytics.night_report.recomputed(found, settings.lang):
        typer.echo(line)
    if not (found.same and found.same_rule):
        raise typer.Exit(3)


@app.command()
def backtest(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Such as REC-001.")],
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="The first day.")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="The last day.")],
    changed: Annotated[
        Path | None, typer.Option("--with", help="A changed version of the rule (TOML).")
    ] = None,
    sample: Annotated[int, typer.Option(help="So many above and below the line.")] = 0,
    out: Annotated[Path | None, typer.Option(help="All scopes and days, as CSV.")] = None,
) -> None:
    """A rule over the kept nights: alerts, and what a changed version would change.

    --folder FILES needs no database.
    """
    import analytics.backtesting
    import analytics.screening.backtest

    settings = _settings()
    versions = analytics.backtesting.versions_of(rule, changed)
    days = analytics.screening.backtest.days(first, last)
    with graph.connection.connect(settings) as db:
        found = analytics.backtesting.rows(db, settings, versions, days)
    analytics.backtesting.tell(found, versions, sample, out)


@app.command()
def explain(
    order_id: Annotated[str, typer.Argument(metavar="ORDER_ID", help="An order.")] = "",
    sample: Annotated[
        bool, typer.Option("--sample", help="An order of the last night that shows much.")
    ] = False,
    lang: Lang = "",
) -> None:
    """Print who earns what on one order, and why the others do not."""
    settings = _settings(lang)
    if bool(order_id) == sample:
        raise Misconfigured("name one order, or say --sample")
    with graph.connection.connect(settings) as db:
        id = analytics.sample.order_id(db) if sample else order_id
        found = analytics.explain.order(db, id, settings=settings, now_ms=_now_ms())
    analytics.explain_report.tell(_console(), found, lang=settings.lang, zone=settings.zone)


@app.command()
def report(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND", help="depth, recruitment, money, income, performance, plan, or all."
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the files go.")],
    as_of: Annotated[
        str,
        typer.Option(metavar="DATE", help="A night that is kept. Without it: the last one."),
    ] = "",
    lang: Annotated[
        str, typer.Option(metavar="LANG", help=f"{', '.join(LANGUAGES)}, or all.")
    ] = "",
) -> None:
    """Write reports of a night: a page and a workbook each. --folder FILES needs no database."""
    # Here, because charts and workbooks take a second to import, which others need not wait for.
    import analytics.reporting
    import analytics.reports.command

    settings = _settings()
    kinds = analytics.reports.command.kinds(kind)
    langs = analytics.reports.command.languages(lang, settings.lang)
    with graph.connection.connect(settings) as db:
        written = analytics.reporting.write(
            db, settings, kinds, as_of=as_of, out=out, langs=langs, now_ms=_now_ms()
        )
    for path in written:
        typer.echo(str(path))


@plan.command()
def save(file: File, lang: Lang = "") -> None:
    """Keep the version that a file says. Refused, with every reason, for what the lint refuses."""
    settings = _settings(lang)
    text = analytics.plan.text_of(file, settings.lang)
    with graph.connection.connect(settings) as db:
        saved = analytics.plan_store.save(db, text, settings, source=str(file))
    _tell(saved.warnings, settings.lang)
    typer.echo(f"{saved.plan.id} {'saved' if saved.new else 'was saved already; nothing to do'}")
    if saved.plan.name != settings.plan:
        typer.echo(f"the company's plan is {settings.plan!r}: set PLUMBLINE_PLAN to use this one")


@plan.command(name="list")
def list_all() -> None:
    """All versions that are saved, and since when each is valid."""
    settings = _settings()
    with graph.connection.connect(settings) as db:
        rows = graph.plans.all_versions(db)
    for row in rows:
        since = datetime.fromtimestamp(row["valid_from_ms"] / 1000, settings.zone)
        mark = "  (the company's)" if row["name"] == settings.plan else ""
        typer.echo(f"{row['id']}  valid from {since.isoformat(' ', 'seconds')}{mark}")
    if not rows:
        typer.echo("no plan is saved; the first night saves the one that comes with Plumbline")


@plan.command()
def show(
    id: Annotated[str, typer.Argument(metavar="NAME@VERSION", help="As `plan list` prints it.")],
) -> None:
    """Print a version as a plan file with every parameter written out."""
    settings = _settings()
    with graph.connection.connect(settings) as db:
        found = analytics.plan_store.by_ids(db, [id])
    if not found:
        raise Missing(f"no plan {id!r} is saved; 'plumbline plan list' names them")
    typer.echo(found[0].text)


@plan.command()
def lint(
    file: File,
    products: Annotated[
        bool, typer.Option("--products", help="Also check it against the graph's products.")
    ] = False,
    lang: Lang = "",
) -> None:
    """Say everything that is wrong with a plan file; exit code 2 if it is refused."""
    settings = _settings(lang)
    text = analytics.plan.text_of(file, settings.lang)
    if products:
        with graph.connection.connect(settings) as db:
            report = analytics.plan_store.lint(db, text, settings)
    else:
        report = analytics.plan_store.lint(None, text, settings)
    _tell(report.warnings, settings.lang)
    plan = report.accepted(str(file), settings.lang)
    code = "may_be_saved" if plan.name and plan.version else "may_be_tried"
    typer.echo(graph.words.text("lint", code, settings.lang, id=plan.id, file=file))


def _tell(complaints: list[Complaint], lang: str) -> None:
    for one in complaints:
        print(f"! {one.said(lang)}", file=sys.stderr)


@app.command()
def rules(
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the page here instead of showing it.")
    ] = None,
) -> None:
    """The rulebook as a page (Markdown): questions, bands, gates, sources with their status."""
    import analytics.screening.rules_page  # the rulebook takes a moment that others need not wait

    page = analytics.screening.rules_page.current()
    if out is None:
        print(page, end="")
        return
    with graph.disk.writing(out.parent):
        out.write_text(page, "utf-8")


if __name__ == "__main__":
    graph.command.run(app)
