"""How a load ends on the terminal: rows by noun, why some were rejected, where those are."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

import graph.words
import loaders.load
from loaders.intake import Intake
from loaders.load import Request, Result
from loaders.nouns import NOUNS

SHOWN_MAX = 10


def tell(console: Console, request: Request, result: Result, spent_s: float) -> None:
    """The ending, to standard output."""
    if result.intake is not None:
        _tell_intake(console, result.intake, request.lang)
    if result.via != loaders.load.NOTHING:
        console.print(_table(request, result))
    for line in _lines(request, result, spent_s):
        console.print(line, soft_wrap=True, markup=False, highlight=False)


def _tell_intake(console: Console, intake: Intake, lang: str) -> None:
    for note in intake.report.notes:
        text = graph.words.text("intake", note.code, lang, **note.facts)
        console.print(f"! {text}", soft_wrap=True, markup=False, highlight=False)
    orders = intake.report.incomplete
    if orders:
        more = f" and {len(orders) - SHOWN_MAX:,} more" if len(orders) > SHOWN_MAX else ""
        named = ", ".join(orders[:SHOWN_MAX])
        console.print(f"! incomplete (a line was rejected): {named}{more}", soft_wrap=True)


def _table(request: Request, result: Result) -> Table:
    checked = result.via == loaders.load.CHECK
    title = f"{request.folder}: what a load would do" if checked else f"{request.folder}"
    table = Table(title=title, title_justify="left")
    for heading in ("rows of", "new", "changed", "same", "rejected"):
        table.add_column(heading, justify="left" if heading == "rows of" else "right")
    for noun in (noun for noun in NOUNS if noun in result.tally):
        count = result.tally[noun]
        numbers = (count.new, count.changed, count.same, count.rejected)
        table.add_row(noun, *(f"{number:,}" for number in numbers))
    return table


def _lines(request: Request, result: Result, spent_s: float) -> Iterator[str]:
    rows = sum(count.rows for count in result.tally.values())
    written = sum(count.new + count.changed for count in result.tally.values())
    if result.rejects:
        yield from _codes(result)
        yield f"{result.rejects:,} rejected rows, each with its reason: {result.rejects_file}"
    if result.via == loaders.load.NOTHING:
        yield "nothing to do: the last load was of exactly these files, and nothing changed since"
        return
    rate = f", {rows / spent_s:,.0f} rows a second" if spent_s >= 0.1 and rows else ""
    if result.via == loaders.load.CHECK:
        yield f"checked {rows:,} rows in {spent_s:.1f} s{rate}; nothing was changed"
    elif not written:
        yield f"nothing new: all {rows:,} rows were there already or rejected ({spent_s:.1f} s)"
    else:
        how = "through the import tool" if result.via == loaders.load.IMPORT else "over Bolt"
        yield f"loaded {rows:,} rows {how} in {spent_s:.1f} s{rate}"


def _codes(result: Result) -> Iterator[str]:
    if result.intake is None:
        return
    codes: dict[str, int] = {}
    for by_code in result.intake.report.rejected.values():
        for code, rows in by_code.items():
            codes[code] = codes.get(code, 0) + rows
    for code, rows in sorted(codes.items(), key=lambda item: (-item[1], item[0])):
        yield f"  {rows:,} {code}"
