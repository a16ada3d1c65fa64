"""The commands of the review desk: audit verify, case list, case file."""

import getpass
import secrets
import time
from pathlib import Path
from typing import Annotated

import typer

import analytics.case_file
import graph.audit
import graph.cases
import graph.command
import graph.connection
import graph.disk
from graph.errors import Misconfigured
from graph.reviews import By
from graph.settings import LANGUAGES

audit = graph.command.app("The audit: who did what, in one chain.")
case = graph.command.app("Cases: list them, write one out as a file to hand over.")

PAGE = 200
FAULTY = 3


@audit.command()
def verify(
    head: Annotated[
        str, typer.Option(metavar="HASH", help="A hash kept elsewhere, which must be in the chain.")
    ] = "",
) -> None:
    """Read the whole chain. Exit codes: 0 nothing is changed, gone or moved. 3 something is."""
    with graph.connection.connect(graph.command.settings()) as db:
        check = graph.audit.verify(db, head=head)
    for fault in check.faults:
        typer.echo(fault)
    if check.faults:
        raise typer.Exit(FAULTY)
    typer.echo(f"{check.entries} entries, one chain; head {check.head or '(empty)'}")


@case.command(name="list")
def list_cases(
    closed: Annotated[bool, typer.Option("--closed", help="The closed ones.")] = False,
) -> None:
    """The open cases, due first."""
    state = graph.cases.CLOSED if closed else graph.cases.OPEN
    with graph.connection.connect(graph.command.settings()) as db:
        rows = graph.cases.by_due(db, state, first=PAGE)
    for row in rows[:PAGE]:
        typer.echo(f"{row['id']}  {row.get('organiser_id') or '-'}  {row['title']}")
    if not rows:
        typer.echo(f"no {state} cases")


@case.command()
def file(
    id: Annotated[str, typer.Argument(metavar="CASE", help="Its id, such as C1.")],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the files go.")],
    lang: Annotated[
        str, typer.Option(metavar="LANG", help=f"Of the page: {', '.join(LANGUAGES)}.")
    ] = "",
) -> None:
    """Write a case as JSON and as one HTML page; the audit is told."""
    settings = graph.command.settings()
    tongue = lang or settings.lang
    if tongue not in LANGUAGES:
        raise Misconfigured(f"--lang is {lang!r}; it may be {', '.join(LANGUAGES)}")
    at_ms = time.time_ns() // 1_000_000
    with graph.connection.connect(settings) as db, graph.disk.writing(out):
        collected = analytics.case_file.collect(db, id, made_at_ms=at_ms)
        body = analytics.case_file.as_json(collected)
        out.mkdir(parents=True, exist_ok=True)
        written = {
            out / f"case-{id}.json": body,
            out / f"case-{id}-{tongue}.html": analytics.case_file.as_html(collected, tongue),
        }
        for path, content in written.items():
            path.write_bytes(content)
        by = By(f"command:{getpass.getuser()}", at_ms, "", secrets.token_hex(16))
        analytics.case_file.handed_over(db, id, body, by)
    for path in written:
        typer.echo(str(path))
