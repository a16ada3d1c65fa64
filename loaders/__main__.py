"""The commands for what comes in: load, generate, try, scenarios, report --folder."""

import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

import graph.command
import graph.disk
import loaders.generate
import loaders.load
import loaders.load_summary
import loaders.scenarios.commands
from graph.errors import Misconfigured
from graph.settings import LANGUAGES
from loaders.generate_network import DAY_S, Shape
from loaders.load import Request
from loaders.progress import BYTES, Teller

app = graph.command.app("What comes in: load files, generate a network, try a plan on files.")
app.add_typer(loaders.scenarios.commands.app, name="scenarios")
DONE_WITH_REJECTS = 3


class Via(StrEnum):
    """How a load goes in."""

    BOLT = loaders.load.BOLT
    IMPORT = loaders.load.IMPORT


Folder = Annotated[Path, typer.Argument(help="The folder with the files, one file per noun.")]
Profile = Annotated[str | None, typer.Option(help="The mapping profile of a foreign form.")]


def _now_ms() -> int:
    return int(time.time() * 1000)


def _lang(lang: str | None, default: str) -> str:
    if lang is not None and lang not in LANGUAGES:
        raise Misconfigured(f"--lang is {lang!r}; it may be {', '.join(LANGUAGES)}")
    return lang or default


@app.command()
def load(
    folder: Folder,
    profile: Profile = None,
    check: Annotated[bool, typer.Option("--check", help="Check all, change nothing.")] = False,
    rejects: Annotated[Path | None, typer.Option(help="Where rejected rows go.")] = None,
    lang: Annotated[str | None, typer.Option(help="zh-Hant, zh-Hans or en.")] = None,
    via: Annotated[Via | None, typer.Option(help="Default: import into an empty one.")] = None,
) -> None:
    """Load a folder of files into the graph."""
    settings = graph.command.settings()
    request = Request(
        folder=folder,
        profile=profile,
        check=check,
        rejects=rejects,
        lang=_lang(lang, settings.lang),
        via=via.value if via else None,
    )
    began = time.monotonic()
    with Teller(Console(stderr=True)) as teller:
        result = loaders.load.run(request, settings, teller, _now_ms)
    loaders.load_summary.tell(Console(), request, result, time.monotonic() - began)
    if result.rejects:
        raise typer.Exit(DONE_WITH_REJECTS)


@app.command()
def generate(
    out: Annotated[Path, typer.Argument(help="The folder to write to.")],
    distributors: int = 20_000,
    orders: int = 200_000,
    customers: Annotated[int | None, typer.Option(help="Default: two per distributor.")] = None,
    products: int = 200,
    seed: int = 1,
    until: Annotated[str, typer.Option(help="The last day, YYYY-MM-DD.")] = "2026-10-31",
    roots: int = 1,
    depth: Annotated[float, typer.Option(help="Mean depth of the tree.")] = 8.0,
    churn: Annotated[float, typer.Option(help="Share of distributors who leave.")] = 0.15,
    retail: Annotated[float, typer.Option(help="Share of orders by customers.")] = 0.7,
    refunds: Annotated[float, typer.Option(help="Share of orders refunded.")] = 0.03,
    cancellations: Annotated[float, typer.Option(help="Share of orders cancelled.")] = 0.02,
    sponsor_changes: Annotated[float, typer.Option(help="Share who change sponsor.")] = 0.01,
    status_changes: Annotated[float, typer.Option(help="Share who change status.")] = 0.05,
    currency: Annotated[list[str] | None, typer.Option(help="One or more; CNY.")] = None,
    identifiers: Annotated[
        bool, typer.Option(help="A card of everybody, as screening wants to know.")
    ] = True,
    form: Annotated[str, typer.Option(help="csv, csv.gz, parquet or jsonl.")] = "csv",
) -> None:
    """Write a plausible network as files: same seed and options, same bytes."""
    shape = Shape(
        distributors=distributors,
        orders=orders,
        seed=seed,
        until_s=_last_second(until),
        customers=2 * distributors if customers is None else customers,
        products=products,
        roots=roots,
        depth=depth,
        churn=churn,
        retail=retail,
        refunds=refunds,
        cancellations=cancellations,
        sponsor_changes=sponsor_changes,
        status_changes=status_changes,
        currencies=tuple(currency or ("CNY",)),
        identifiers=identifiers,
    )
    written = {"orders": 0}

    with Teller(Console(stderr=True)) as teller:

        def progress(noun: str, rows: int) -> None:
            if noun in written:
                written[noun] += rows
                teller.at("writing orders", written[noun], orders)

        with graph.disk.writing(out):
            files = loaders.generate.write(out, shape, form=form, progress=progress)
    for noun, rows in files.items():
        print(f"{out / noun}.{form}: {rows:,} rows")


def _last_second(until: str) -> int:
    try:
        day = datetime.strptime(until, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise Misconfigured(f"--until is {until!r}; a day looks like 2026-10-31") from None
    return int(day.timestamp()) + DAY_S - 1


@app.command("try")
def try_(
    folder: Folder,
    as_of: Annotated[str, typer.Option(help="A time, or a day: its end.")],
    out: Annotated[Path, typer.Option(help="The folder for the results.")],
    plan: Annotated[Path | None, typer.Option(help="The plan file.")] = None,
    pack: Annotated[str | None, typer.Option(help="A jurisdiction pack.")] = None,
    profile: Profile = None,
    allowance: Annotated[
        str | None, typer.Option(help="Own use a person and month, as CNY=500.00,USD=75.00.")
    ] = None,
) -> None:
    """Work out commissions and screen a network on files alone, without a database."""
    # Here, because the engine behind it takes a second to import, which load need not wait for.
    import loaders.dry_run

    settings = graph.command.settings()
    if allowance is not None:
        settings = replace(settings, allowance=allowance)
    trial = loaders.dry_run.Trial(
        folder=folder, plan=plan, as_of=as_of, out=out, pack=pack, profile=profile
    )
    with Teller(Console(stderr=True)) as teller, graph.disk.writing(out):
        code = loaders.dry_run.run(
            trial,
            settings,
            console=Console(),
            progress=lambda noun, done, total: teller.at(f"reading {noun}", done, total, BYTES),
        )
    if code:
        raise typer.Exit(code)


@app.command()
def report(
    kind: Annotated[
        str, typer.Argument(help="depth, recruitment, money, income, performance, plan, or all.")
    ],
    folder: Annotated[Path, typer.Option(help="The folder with the files.")],
    as_of: Annotated[str, typer.Option(help="A time, or a day: its end.")],
    out: Annotated[Path, typer.Option(help="The folder for the reports.")],
    plan: Annotated[Path | None, typer.Option(help="The plan file.")] = None,
    lang: Annotated[str, typer.Option(help="zh-Hant, zh-Hans, en, or all.")] = "",
    profile: Profile = None,
) -> None:
    """Write reports of files alone: a page and a workbook each."""
    import analytics.reports.command
    import loaders.folder_reports

    settings = graph.command.settings()
    asked = loaders.folder_reports.Asked(
        kinds=analytics.reports.command.kinds(kind),
        folder=folder,
        plan=plan,
        as_of=as_of,
        out=out,
        langs=analytics.reports.command.languages(lang, settings.lang),
        profile=profile,
    )
    with Teller(Console(stderr=True)) as teller:
        written = loaders.folder_reports.write(
            asked,
            settings,
            lambda noun, done, total: teller.at(f"reading {noun}", done, total, BYTES),
        )
    for path in written:
        print(path)


@app.command()
def backtest(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Such as REC-001.")],
    folder: Annotated[Path, typer.Option(help="The folder with the files.")],
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="The first day.")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="The last day.")],
    step: Annotated[int, typer.Option(help="Days from one to the next.")] = 1,
    changed: Annotated[
        Path | None, typer.Option("--with", help="A changed version of the rule (TOML).")
    ] = None,
    sample: Annotated[int, typer.Option(help="So many above and below the line.")] = 0,
    plan: Annotated[Path | None, typer.Option(help="The plan file.")] = None,
    pack: Annotated[str | None, typer.Option(help="A jurisdiction pack.")] = None,
    out: Annotated[Path | None, typer.Option(help="All scopes and days, as CSV.")] = None,
    profile: Profile = None,
) -> None:
    """A rule over past days of files alone: alerts, and what a changed version would change."""
    import analytics.backtesting
    import analytics.screening.backtest
    import analytics.screening.packs
    import loaders.folder_backtest

    versions = analytics.backtesting.versions_of(rule, changed)
    asked = loaders.folder_backtest.Asked(
        folder=folder,
        versions=versions,
        days=analytics.screening.backtest.days(first, last, step),
        plan=plan,
        packs=analytics.screening.packs.named([pack] if pack else []),
        profile=profile,
    )
    found = loaders.folder_backtest.rows(asked, graph.command.settings())
    analytics.backtesting.tell(found, versions, sample, out)


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    graph.command.run(app)
