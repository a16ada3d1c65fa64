"""What a dry run says on the terminal: what was read, what was worked out, what was noticed."""

from collections.abc import Iterator, Sequence
from functools import partial

import polars as pl
from rich.console import Console, JustifyMethod
from rich.table import Table

import analytics.screening.words
import graph.words
from analytics.commission_schema import Worked
from analytics.measures import NETWORK
from analytics.plan import Plan
from analytics.screening.finding import Screening
from graph import money
from graph.model import ENTRY_KIND
from loaders.intake import Intake

SHOWN_MAX = 10
REASONS_MAX = 3
READ = ("file", "rows", "accepted", "repeated", "rejected")
BY_LEVEL = ("currency", "level", "entries", "of_sales", "taken_back", "remains")


def tell_intake(console: Console, intake: Intake, lang: str) -> None:
    """Rows by noun, rejects by code, and what the reading noticed."""
    table = _table(_said("read_from", lang, folder=intake.folder), READ, lang)
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
            *_rejected(intake, lang),
        ],
    )


def _said(code: str, lang: str, /, **facts: object) -> str:
    return graph.words.text("trial", code, lang, **facts)


def _table(title: str, headings: Sequence[str], lang: str) -> Table:
    """A table whose first column is text and the others numbers."""
    table = Table(title=title, title_justify="left")
    for heading in headings:
        justify: JustifyMethod = "left" if heading == headings[0] else "right"
        table.add_column(_said(heading, lang), justify=justify)
    return table


def _rejected(intake: Intake, lang: str) -> Iterator[str]:
    """Rejected rows by noun and code; each row stands in the rejects file with its reason."""
    for noun, codes in intake.report.rejected.items():
        for code, rows in sorted(codes.items()):
            facts = {"noun": noun, "rows": f"{rows:,}", "code": code}
            yield graph.words.text("intake", "rejected", lang, **facts)


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
    console.print(_levels(worked, plan, lang))
    for line in _conservation(worked, lang):
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
            yield _said("more", lang, code=code, rows=found - SHOWN_MAX)


def _levels(worked: Worked, plan: Plan, lang: str) -> Table:
    title = _said("entries_by_plan", lang, name=plan.name, version=plan.version)
    table = _table(title, BY_LEVEL, lang)
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


def _conservation(worked: Worked, lang: str) -> Iterator[str]:
    """In major units, rounded for reading; conservation.json has the exact fractions."""
    for currency, found in sorted(worked.conservation.items()):
        terms = {
            "promised": found.promised,
            "paid": money.Exact(found.paid),
            "breakage": found.breakage,
            "capped": money.Exact(found.capped),
            "rounding": found.rounding,
        }
        said = {name: _read(term, currency) for name, term in terms.items()}
        check = _said("adds_up" if found.check else "does_not_add_up", lang)
        yield _said("conservation", lang, currency=currency, check=check, **said)


def tell_verdict(console: Console, screening: Screening, reasons: Sequence[str], lang: str) -> None:
    """The verdict in words, its three strongest reasons, and what else there is to read."""
    say = partial(console.print, soft_wrap=True, markup=False, highlight=False)
    say(analytics.screening.words.verdict(screening.verdict, lang))
    facts = {"packs": ", ".join(screening.packs), "rulebook": screening.rulebook}
    say(analytics.screening.words.said("strongest", lang, **facts))
    for place, reason in enumerate(reasons[:REASONS_MAX], 1):
        say(f"  {place}. {reason}")
    if screening.errors:
        failed = ", ".join(sorted(screening.errors))
        say(analytics.screening.words.said("raised", lang, rules=failed))
    if below := [one for one in screening.findings if one.scope_kind != NETWORK]:
        say(analytics.screening.words.said("more_findings", lang, found=f"{len(below):,}"))


def _read(term: money.Exact, currency: str) -> str:
    """Minor units, at most three decimals more than the currency has."""
    milli = money.round_exact(term * 1000, money.HALF_EVEN)
    return money.format_exact(money.Exact(milli, 1000 * 10 ** money.exponent(currency)))
