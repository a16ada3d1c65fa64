"""Reports in words: every table as headings and cells in one language, ready for page and book.

Words stand in graph/words/reports.toml by code: `report.KIND`, `table.CODE`, `note.CODE`,
`empty.CODE` (else `empty`), `column.NAME`, `measure.NAME`, `value.NAME`. A missing word is a fault.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

import graph.words
from analytics.reports.tables import (
    CODE,
    COUNT,
    COUNT_UNIT,
    DAY,
    ID,
    LEVEL,
    MINOR,
    MONEY_UNIT,
    MONTH,
    NUMBER,
    RATIO,
    RATIO_UNIT,
    SAID,
    SAID_PREFIX,
    TOTALS,
    YES,
    Report,
    Table,
    kind_of,
)
from graph import money

FAMILY = "reports"
NOTHING = "–"
NUMERIC = frozenset((COUNT, NUMBER, RATIO, MINOR, LEVEL))
UNIT_KINDS = {COUNT_UNIT: COUNT, RATIO_UNIT: RATIO, MONEY_UNIT: MINOR}
SPANS = ("below", "from", "above")


@dataclass(frozen=True)
class Cell:
    """`text` as a person reads it; `number` for a workbook (money in major units), None where it
    is a text; `kind` of the column, or of the figure in a table of totals.
    """

    text: str
    number: float | None
    kind: int
    decimals: int = 2


@dataclass(frozen=True)
class Grid:
    """One table in words. `rows` are shown whole or in part, as page and book decide."""

    code: str
    title: str
    note: str
    empty: str
    headings: tuple[str, ...]
    kinds: tuple[int, ...]
    rows: tuple[tuple[Cell, ...], ...]


def word(code: str, lang: str, /, **facts: object) -> str:
    """The words for a code of this family."""
    return graph.words.text(FAMILY, code, lang, **facts)


def has_word(code: str) -> bool:
    """Whether there are words for a code that need not have any."""
    return code in graph.words.family(FAMILY)


def title(report: Report, lang: str) -> str:
    """What a report is called."""
    return word(f"report.{report.kind}", lang)


def grid(table: Table, lang: str) -> Grid:
    """A table in words."""
    code, facts = table.code, dict(table.facts)
    frame = _said(_across(table), lang)
    names = [name for name in frame.columns if not _is_hidden(name, frame)]
    empty = f"empty.{code}" if has_word(f"empty.{code}") else "empty"
    note = f"note.{code}"
    return Grid(
        code=code,
        title=word(f"table.{code}", lang),
        note=word(note, lang, **facts) if has_word(note) else "",
        empty=word(empty, lang),
        headings=tuple(_heading(name, table, lang) for name in names),
        kinds=tuple(_kind(name, table) for name in names),
        rows=tuple(
            tuple(_cell(name, row, table, lang) for name in names)
            for row in frame.iter_rows(named=True)
        ),
    )


def _is_hidden(name: str, frame: pl.DataFrame) -> bool:
    """A unit is said by its figure; whether cells are suppressed, by the cells."""
    return name in ("unit", "suppressed") or (
        name == "currency" and "measure" in frame.columns and frame[name].is_null().all()
    )


def _across(table: Table) -> pl.DataFrame:
    across = table.across
    if across is None or table.frame.is_empty():
        return table.frame
    columns = across.placed(table.frame[across.column])
    return table.frame.select(*across.rows, across.column, across.value).pivot(
        on=across.column,
        on_columns=columns,
        index=list(across.rows),
        values=across.value,
        aggregate_function="sum",
        maintain_order=True,
    )


def _said(frame: pl.DataFrame, lang: str) -> pl.DataFrame:
    """Of columns with one text a language, that of this one."""
    others = [n for n in frame.columns if n.startswith(SAID_PREFIX) and n != SAID_PREFIX + lang]
    return frame.drop(others)


def _spread(name: str, table: Table) -> bool:
    """Whether a column of the shown table is a value of the column that is shown across."""
    across = table.across
    return across is not None and name not in across.rows and not table.frame.is_empty()


def _heading(name: str, table: Table, lang: str) -> str:
    if not _spread(name, table):
        return word(f"column.{name.split('.')[0]}", lang)
    assert table.across is not None
    column = table.across.column
    if kind_of(column) == LEVEL:
        return word("level_across", lang, level=name)
    return word(f"value.{name}", lang)


def _kind(name: str, table: Table) -> int:
    if _spread(name, table):
        assert table.across is not None
        return kind_of(table.across.value)
    if table.frame.schema == TOTALS and name == "value":
        return NUMBER
    return kind_of(name)


def _cell(name: str, row: Mapping[str, Any], table: Table, lang: str) -> Cell:
    kind, value = _kind(name, table), row[name]
    currency = row.get("currency") or ""
    if value is None:
        hidden = row.get("suppressed") and kind in NUMERIC
        return Cell(word("suppressed", lang) if hidden else NOTHING, None, kind)
    if table.frame.schema == TOTALS:
        if name == "measure":
            return Cell(word(f"measure.{value}", lang), None, CODE)
        kind = UNIT_KINDS.get(row["unit"], kind) if name == "value" else kind
    return _shown(kind, value, currency, lang)


def _shown(kind: int, value: Any, currency: str, lang: str) -> Cell:
    if kind == COUNT:
        return Cell(f"{value:,.0f}", float(value), kind)
    if kind == RATIO:
        return Cell(f"{value * 100:,.2f} %", float(value), kind)
    if kind == MINOR:
        return _amount(value, currency)
    if kind == NUMBER:
        return Cell(f"{value:,.3f}", float(value), kind)
    if kind == LEVEL:
        return Cell(str(value), float(value), kind)
    return Cell(_text(kind, value, lang), None, kind)


def _amount(value: float, currency: str) -> Cell:
    decimals = money.exponent(currency) if currency else 2
    major = value / 10**decimals
    return Cell(f"{major:,.{decimals}f}", round(major, decimals + 2), MINOR, decimals)


def _text(kind: int, value: Any, lang: str) -> str:
    if kind == MONTH:
        return month_text(value)
    if kind == YES:
        return word("yes" if value else "no", lang)
    if kind == CODE:
        return code_text(value, lang)
    if kind == ID:
        return str(value) or word("whole_network", lang)
    assert kind in (DAY, SAID), kind
    return value.isoformat() if isinstance(value, date) else str(value)


def month_text(month: int) -> str:
    """A month as 2026-05."""
    return f"{month // 12:04}-{month % 12 + 1:02}"


def code_text(code: str, lang: str) -> str:
    """The words of a code; a span of income (`from:1000:5000`) by its edges."""
    name, *edges = code.split(":")
    if name in SPANS and edges:
        return word(f"span.{name}", lang, **_edges(edges))
    return word(f"value.{code}", lang)


def _edges(edges: list[str]) -> dict[str, str]:
    return {name: f"{int(edge):,}" for name, edge in zip(("low", "high"), edges, strict=False)}
