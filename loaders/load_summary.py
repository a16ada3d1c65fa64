"""How a load ends on the terminal: rows by noun, why some were rejected, where those are."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

import graph.money
import graph.words
import loaders.load
from loaders.intake import Intake
from loaders.load import Request, Result
from loaders.nouns import NOUNS

SHOWN_MAX = 10
HEADINGS = ("rows_of", "new", "changed", "same", "rejected")


def tell(console: Console, request: Request, result: Result, spent_s: float) -> None:
    """The ending in the language of the request, to standard output."""
    if result.intake is not None:
        for line in _noticed(result.intake, request.lang):
            console.print(f"! {line}", soft_wrap=True, markup=False, highlight=False)
    if result.via != loaders.load.NOTHING:
        console.print(_table(request, result))
    for line in _ending(request, result, spent_s):
        console.print(line, soft_wrap=True, markup=False, highlight=False)


def _noticed(intake: Intake, lang: str) -> Iterator[str]:
    report = intake.report
    for note in report.notes:
        yield graph.words.text("intake", note.code, lang, **note.facts)
    if report.incomplete:
        named = ", ".join(report.incomplete[:SHOWN_MAX])
        more = ", …" * (len(report.incomplete) > SHOWN_MAX)
        yield graph.words.text(
            "intake", "incomplete", lang, rows=f"{len(report.incomplete):,}", orders=named + more
        )
    for noun, codes in report.rejected.items():
        for code, rows in sorted(codes.items(), key=lambda item: (-item[1], item[0])):
            yield graph.words.text(
                "intake", "rejected", lang, noun=noun, rows=f"{rows:,}", code=code
            )
    for code, money in report.money.items():
        for currency, minor in money.items():
            amount = graph.money.format_minor(minor, currency)
            yield graph.words.text(
                "intake", "rejected_money", lang, code=code, amount=amount, currency=currency
            )


def _table(request: Request, result: Result) -> Table:
    title = str(request.folder)
    if result.via == loaders.load.CHECK:
        title = graph.words.text("loads", "would", request.lang, folder=request.folder)
    table = Table(title=title, title_justify="left")
    for heading in HEADINGS:
        text = graph.words.text("loads", heading, request.lang)
        table.add_column(text, justify="left" if heading == HEADINGS[0] else "right")
    for noun in (noun for noun in NOUNS if noun in result.tally):
        count = result.tally[noun]
        numbers = (count.new, count.changed, count.same, count.rejected)
        table.add_row(noun, *(f"{number:,}" for number in numbers))
    return table


def _ending(request: Request, result: Result, spent_s: float) -> Iterator[str]:
    rows = sum(count.rows for count in result.tally.values())
    if result.rejects:
        facts = {"rows": f"{result.rejects:,}", "file": result.rejects_file}
        yield graph.words.text("loads", "rejects_file", request.lang, **facts)
    rate = ""
    if rows and spent_s >= 0.1:
        rate = graph.words.text("loads", "rate", request.lang, rows=f"{rows / spent_s:,.0f}")
    spent = {"rows": f"{rows:,}", "seconds": f"{spent_s:.1f}", "rate": rate}
    yield graph.words.text("loads", _how(result), request.lang, **spent)


def _how(result: Result) -> str:
    """The code of the last sentence."""
    if result.via == loaders.load.NOTHING:
        return "nothing"
    if result.via == loaders.load.CHECK:
        return "checked"
    if not any(count.new or count.changed for count in result.tally.values()):
        return "nothing_new"
    return "by_import" if result.via == loaders.load.IMPORT else "by_bolt"
