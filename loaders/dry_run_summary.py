"""What a dry run says on the terminal: what was read, what was worked out, what was noticed."""

from collections.abc import Iterator, Sequence

import polars as pl
from rich.console import Console
from rich.table import Table

import graph.words
from analytics.commission_schema import Worked
from analytics.plan import Plan
from graph import money
from graph.model import ENTRY_KIND
from loaders.intake import Intake

SHOWN_MAX = 10


def tell_intake(console: Console, intake: Intake, lang: str) -> None:
    """Rows by noun, rejects by code, and what the reading noticed."""
    table = Table(title=f"read from {intake.folder}", title_justify="left")
    for heading in ("file", "rows", "accepted", "repeated", "rejected"):
        table.add_column(heading, justify="left" if heading == "file" else "right")
    for noun, count in intake.report.counts.items():
        numbers = (count.read, count.accepted, count.repeated, count.rejected)
        table.add_row(noun, *(f"{number:,}" for number in numbers))
    console.print(table)
    tell_warnings(
        console,
        [
            *(
                graph.words.text("intake", one.code, lang, **one.facts)
                for one in intake.report.notes
            ),
            *_incomplete(intake.report.incomplete, lang),
            *_rejected(intake),
        ],
    )


def _rejected(intake: Intake) -> Iterator[str]:
    """Rejected rows by noun and code; each row stands in the rejects file with its reason."""
    for noun, codes in intake.report.rejected.items():
        for code, rows in sorted(codes.items()):
            yield f"rejected {noun}: {rows:,} {code}"


def _incomplete(orders: Sequence[str], lang: str) -> Iterator[str]:
    if orders:
        named = ", ".join(orders[:SHOWN_MAX]) + ", …" * (len(orders) > SHOWN_MAX)
        yield graph.words.text("intake", "incomplete", lang, rows=len(orders), orders=named)


def tell_warnings(console: Console, said: Sequence[str]) -> None:
    """One line each."""
    for line in said:
        console.print(f"! {line}", soft_wrap=True, markup=False, highlight=False)


def tell_worked(console: Console, worked: Worked, plan: Plan, lang: str) -> None:
    """Per currency and level: entries, of sales, taken back; then conservation and notes."""
    console.print(_levels(worked, plan))
    for line in _conservation(worked):
        console.print(line, soft_wrap=True, highlight=False)
    tell_warnings(console, list(_notes(worked, lang)))


def _notes(worked: Worked, lang: str) -> Iterator[str]:
    """A line for each note, of each code the first ones."""
    count: dict[str, int] = {}
    for note in worked.notes:
        count[note.code] = count.get(note.code, 0) + 1
        if count[note.code] <= SHOWN_MAX:
            yield graph.words.text("notes", note.code, lang, id=note.id, **note.facts)
    for code, found in count.items():
        if found > SHOWN_MAX:
            yield f"{code}: {found - SHOWN_MAX} more"


def _levels(worked: Worked, plan: Plan) -> Table:
    table = Table(title=f"entries by plan {plan.name} {plan.version}", title_justify="left")
    headings = ("currency", "level", "entries", "of sales", "taken back", "remains")
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "currency" else "right")
    accrual = pl.col("kind") == ENTRY_KIND.index("accrual")
    totals = (
        worked.entries.filter(pl.col("amount") != 0)
        .group_by("currency", "level")
        .agg(
            pl.len().alias("entries"),
            pl.col("amount").filter(accrual).sum().alias("of_sales"),
            pl.col("amount").filter(~accrual).sum().alias("taken_back"),
        )
        .sort("currency", "level")
    )
    for currency, level, entries, of_sales, taken_back in totals.iter_rows():
        amounts = (of_sales, taken_back, of_sales + taken_back)
        said = (money.format_minor(amount, currency) for amount in amounts)
        table.add_row(currency, str(level), f"{entries:,}", *said)
    return table


def _conservation(worked: Worked) -> Iterator[str]:
    """In major units, rounded for reading; conservation.json has the exact fractions."""
    for currency, found in sorted(worked.conservation.items()):
        terms = {
            "paid": money.Exact(found.paid),
            "breakage": found.breakage,
            "capped": money.Exact(found.capped),
            "rounding": found.rounding,
        }
        said = " + ".join(f"{name} {_read(term, currency)}" for name, term in terms.items())
        check = "adds up exactly" if found.check else "DOES NOT ADD UP"
        yield f"{currency}: promised {_read(found.promised, currency)} = {said}: {check}"


def _read(term: money.Exact, currency: str) -> str:
    """Minor units, at most three decimals more than the currency has."""
    milli = money.round_exact(term * 1000, money.HALF_EVEN)
    return money.format_exact(money.Exact(milli, 1000 * 10 ** money.exponent(currency)))
