"""`plumbline scenarios`: list, write, confusion."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

import graph.command
import graph.disk
from loaders.progress import Teller

app = graph.command.app("Networks whose verdict is known: list them, write one, screen them all.")
FAILED = 3
WIDTH = 200
"""Columns of a table where nobody's terminal says how wide it is: nothing is cut off."""


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=WIDTH)


@app.command("list")
def list_() -> None:
    """The scenarios: name, what must be said of them, what they are."""
    import loaders.scenarios.catalogue

    table = Table(box=None, pad_edge=False, show_header=False)
    for one in loaders.scenarios.catalogue.scenarios().values():
        table.add_row(one.name, " or ".join(one.expects), one.about)
    _console().print(table)


@app.command()
def write(
    name: Annotated[str, typer.Argument(help="The scenario.")],
    out: Annotated[Path, typer.Argument(help="The folder to write to.")],
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another network.")] = 1,
    form: Annotated[str, typer.Option(help="csv, csv.gz, parquet or jsonl.")] = "csv",
) -> None:
    """Write one network as files: same name and seed, same bytes."""
    import loaders.scenarios.catalogue
    import loaders.scenarios.files
    import loaders.scenarios.making

    scenario = loaders.scenarios.catalogue.scenario(name)
    with graph.disk.writing(out):
        life = loaders.scenarios.making.write(scenario, seed, out, form=form)
    as_of = loaders.scenarios.files.last_day(life)
    plan = f" --plan {out / 'plan.toml'}" if (out / "plan.toml").exists() else ""
    print(f"{out}: {life.accounts.height:,} distributors, {life.orders.height:,} orders")
    print(f"plumbline try {out}{plan} --as-of {as_of} --out OUT")


@app.command()
def confusion(
    seeds: Annotated[int, typer.Option(min=1, help="How many networks of each.")] = 20,
    only: Annotated[list[str] | None, typer.Option(help="A name or a group; repeat.")] = None,
) -> None:
    """Screen every scenario with many seeds: what was expected, what was found."""
    import loaders.scenarios.catalogue
    import loaders.scenarios.confusion

    chosen = loaders.scenarios.catalogue.chosen(only or [])
    with Teller(Console(stderr=True)) as teller:
        tallies = loaders.scenarios.confusion.tally(
            chosen, seeds, graph.command.settings(), teller.at
        )
    loaders.scenarios.confusion.tell(_console(), tallies)
    if loaders.scenarios.confusion.wrong(tallies):
        raise typer.Exit(FAILED)
