"""The examples of the rules: networks as tables in their tomls, written out, read and screened.

A table is a noun of the canonical files, a row its columns. `count = 40` stands for 40 rows; in
their texts `{i}` is 0 to 39, `{i%10}`, `{i//10}`, `{i+1}`, `{i*2}` what they say, and a date may
end in `+{i%28}d` or `-3d`, so many days later or earlier.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import analytics.as_of
import analytics.commission
import analytics.facts.work_out
import analytics.plan
import analytics.screening.evaluate
import analytics.screening.scopes
import graph.sealing
import loaders.book
import loaders.intake
import loaders.nouns
from analytics.facts.frames import Facts
from analytics.plan import Plan, Plans, Qualification, Threshold
from analytics.screening.finding import Finding
from analytics.screening.rulebook import Rule
from graph import money
from graph.settings import Settings
from loaders.references import NothingKnown

Row = dict[str, str]
Table = Iterable[Mapping[str, Any]]

NOUNS = (
    "distributors sponsor_changes status_changes customers identifiers products orders order_lines"
    " refunds resales payouts buybacks complaints"
).split()
NOT_TABLES = {"kind", "expect", "as_of", "currency", "options", "about"}
STEP = re.compile(r"(//|%|\+|-|\*)(\d+)")
SUM = re.compile(r"\{i((?:(?://|%|\+|-|\*)\d+)*)\}")
SHIFTED = re.compile(r"(\d{4}-\d\d-\d\d)((?:[+-]\d+d)+)(.*)")
UTC = ZoneInfo("UTC")
SALT = bytes(32)


def rows(table: Table) -> Iterator[Row]:
    """The rows of a table, counted ones written out."""
    for row in table:
        many = int(row.get("count", 1))
        for i in range(many):
            yield {name: _filled(str(text), i) for name, text in row.items() if name != "count"}


def write(folder: Path, tables: Mapping[str, Table]) -> Path:
    """A folder of CSV files; a table without rows is a file with its header only."""
    folder.mkdir(parents=True, exist_ok=True)
    for noun, table in tables.items():
        assert noun in NOUNS, noun
        found = list(rows(table))
        names = list(dict.fromkeys(name for row in found for name in row)) or [
            one.name for one in loaders.nouns.NOUNS[noun].columns
        ]
        with (folder / f"{noun}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(found)
    return folder


def facts(
    folder: Path,
    *,
    as_of: str,
    spool: Path,
    currency: str = "CNY",
    plan: str | Plan | None = None,
    allowance: Mapping[str, int] | None = None,
) -> Facts:
    """The facts of a folder as of the end of a day in UTC; rejected rows are a fault of the test.

    With a plan as text its commissions are worked out, unless the folder has payouts.
    """
    settings = Settings(data_folder=spool.parent / "data", currency=currency)
    as_of_ms = analytics.as_of.moment_ms(as_of, UTC, "en")
    intake = loaders.intake.read(
        folder,
        settings=settings,
        known=NothingKnown(),
        profile=None,
        spool=spool,
        rejects=spool.parent / "rejects.csv",
        lang="en",
        progress=None,
    )
    assert not intake.report.rejects, (spool.parent / "rejects.csv").read_text("utf-8")
    columns = loaders.book.columns(intake, as_of_ms=as_of_ms)
    entries = None
    if isinstance(plan, str):
        plan = analytics.plan.parse(plan, source="plan.toml", zone=UTC)
        entries = analytics.commission.work_out(
            columns,
            Plans.always(plan),
            as_of_ms=as_of_ms,
            zone=UTC,
            months_close=True,
            currency=currency,
        ).entries
    chosen = {} if allowance is None else {"allowance": allowance}
    return analytics.facts.work_out.work_out(
        columns,
        as_of_ms=as_of_ms,
        zone=UTC,
        currency=currency,
        entries=entries,
        plan=plan,
        salt=graph.sealing.salt(settings.data_folder),
        **chosen,
    )


def of_example(example: Mapping[str, Any], folder: Path) -> Facts:
    """The facts of an example."""
    tables = {name: table for name, table in example.items() if name not in NOT_TABLES}
    options = dict(example.get("options", {}))
    plan: str | Plan | None = options.get("plan")
    if "own_purchase" in options:
        least = {code: money.parse_minor(x, code) for code, x in options["own_purchase"].items()}
        plan = Plan(qualification=Qualification(own_purchase=Threshold(least, 30)))
    return facts(
        write(folder / "folder", tables),
        as_of=example.get("as_of", "2026-06-30"),
        spool=folder / "spool",
        currency=example.get("currency", "CNY"),
        plan=plan,
        allowance=options.get("allowance"),
    )


def found(rule: Rule, example: Mapping[str, Any], folder: Path) -> Finding:
    """What the rule finds of the whole network of an example."""
    screening = analytics.screening.evaluate.screen(
        of_example(example, folder),
        as_of=example.get("as_of", "2026-06-30"),
        packs=example.get("options", {}).get("packs", ("generic",)),
        rules={rule.id: rule},
        evidence=True,
    )
    assert not screening.errors
    return screening.rules[rule.id]


def _filled(text: str, i: int) -> str:
    return _dated(SUM.sub(lambda match: str(_summed(i, match[1])), text))


def _summed(i: int, steps: str) -> int:
    """From left to right."""
    found = i
    for sign, number in STEP.findall(steps):
        n = int(number)
        results = {"+": found + n, "-": found - n, "*": found * n}
        results |= {"//": found // n, "%": found % n} if n else {}
        found = results[sign]
    return found


def _dated(text: str) -> str:
    match = SHIFTED.fullmatch(text)
    if match is None:
        return text
    days = sum(int(part[:-1]) for part in re.findall(r"[+-]\d+d", match[2]))
    return f"{date.fromisoformat(match[1]) + timedelta(days=days)}{match[3]}"
