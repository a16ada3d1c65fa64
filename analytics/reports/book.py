"""A report as an Excel workbook: one sheet about it, one sheet a table, native charts.

The same id gives the same bytes: the created date is the day of the report, sheets come in the
order of the tables, and nothing else depends on the moment. No text ever is a formula: every text
is written as a string, and one that a program could take for a formula keeps its leading quote.
"""

import io
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl
import xlsxwriter

import analytics.reports.telling
from analytics.reports.identity import Identity
from analytics.reports.tables import COUNT, LEVEL, MINOR, NUMBER, RATIO, Report, Table
from analytics.reports.telling import Cell, Grid, word

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
ROWS_MAX = 1_048_000
WIDTH_MIN, WIDTH_MAX = 8, 60
TITLE_ROW, NOTE_ROW, HEADING_ROW = 0, 1, 3
NAME_MAX = 31
FORMATS = {COUNT: "#,##0", LEVEL: "0", RATIO: "0.00%", NUMBER: "#,##0.000"}
CHARTS = {"bars": {"type": "column"}, "stack": {"type": "column", "subtype": "stacked"}}
POINTS_MAX = 400

Looks = dict[object, Any]


def xlsx(report: Report, identity: Identity, lang: str) -> bytes:
    """The whole workbook."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(buffer, {**options, "strings_to_numbers": False})
    book.set_properties(_properties(report, identity, lang))
    looks = _looks(book)
    _about(book.add_worksheet(sheet_name(word("about", lang))), report, identity, lang, looks)
    for table in report.tables:
        grid = analytics.reports.telling.grid(table, lang)
        sheet = book.add_worksheet(sheet_name(grid.title))
        _fill(sheet, grid, looks, lang)
        _draw(book, sheet, table, grid)
    book.close()
    return buffer.getvalue()


def sheet_name(title: str) -> str:
    """A title as Excel lets a sheet be called: 31 characters, none of []:*?/\\."""
    return re.sub(r"[\[\]:*?/\\]", " ", title).strip("' ")[:NAME_MAX]


def _properties(report: Report, identity: Identity, lang: str) -> Mapping[str, object]:
    day = datetime.fromisoformat(report.as_of[:10])
    title = analytics.reports.telling.title(report, lang)
    return {"title": title, "comments": identity.id, "created": day, "author": "Plumbline"}


def _looks(book: Any) -> Looks:
    plain = {"valign": "top"}
    looks: Looks = {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "note": book.add_format({"italic": True, "font_color": "#555555"}),
        "heading": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, **plain}),
        "text": book.add_format(plain),
        "quoted": book.add_format({"quote_prefix": True, **plain}),
        "missing": book.add_format({"align": "right", "font_color": "#777777"}),
    }
    for kind, code in FORMATS.items():
        looks[kind] = book.add_format({"num_format": code, **plain})
    for decimals in range(5):
        point = "." * bool(decimals) + "0" * decimals
        looks[MINOR, decimals] = book.add_format({"num_format": f"#,##0{point}", **plain})
    return looks


def _write_text(sheet: Any, row: int, column: int, text: str, looks: Looks, look: str) -> None:
    safe = looks["quoted"] if look == "text" and text.startswith(DANGEROUS) else looks[look]
    sheet.write_string(row, column, text, safe)


def _about(sheet: Any, report: Report, identity: Identity, lang: str, looks: Looks) -> None:
    _write_text(sheet, 0, 0, analytics.reports.telling.title(report, lang), looks, "title")
    lines = [word("as_of", lang, day=report.as_of), word(f"about.{report.kind}", lang)]
    for number, line in enumerate([*lines, word("reproduce_note", lang)], 1):
        _write_text(sheet, number, 0, line, looks, "note")
    parts = [(word("id", lang), identity.id)]
    parts += [(word(f"part.{name}", lang), text) for name, text in identity.parts.items()]
    for number, (name, text) in enumerate(parts, 5):
        _write_text(sheet, number, 0, name, looks, "text")
        _write_text(sheet, number, 1, text, looks, "text")
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 80)


def _fill(sheet: Any, grid: Grid, looks: Looks, lang: str) -> None:
    _write_text(sheet, TITLE_ROW, 0, grid.title, looks, "title")
    _write_text(sheet, NOTE_ROW, 0, grid.note if grid.rows else grid.empty, looks, "note")
    for column, heading in enumerate(grid.headings):
        _write_text(sheet, HEADING_ROW, column, heading, looks, "heading")
        sheet.set_column(column, column, _width(grid, column))
    sheet.freeze_panes(HEADING_ROW + 1, 1)
    sheet.repeat_rows(HEADING_ROW)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    shown = grid.rows[:ROWS_MAX]
    for number, row in enumerate(shown, HEADING_ROW + 1):
        for column, cell in enumerate(row):
            _write_cell(sheet, number, column, cell, looks)
    if shown:
        sheet.autofilter(HEADING_ROW, 0, HEADING_ROW + len(shown), len(grid.headings) - 1)
    if len(grid.rows) > ROWS_MAX:
        cut = word("cut", lang, shown=f"{ROWS_MAX:,}", rows=f"{len(grid.rows):,}")
        _write_text(sheet, NOTE_ROW + 1, 0, cut, looks, "note")


def _write_cell(sheet: Any, row: int, column: int, cell: Cell, looks: Looks) -> None:
    if cell.number is not None:
        look = (MINOR, min(cell.decimals, 4)) if cell.kind == MINOR else cell.kind
        sheet.write_number(row, column, cell.number, looks[look])
    else:
        numeric = cell.kind in analytics.reports.telling.NUMERIC
        _write_text(sheet, row, column, cell.text, looks, "missing" if numeric else "text")


def _width(grid: Grid, column: int) -> int:
    """For the heading's words and the first rows; a Chinese letter takes two."""
    texts = [row[column].text for row in grid.rows[:100]]
    widest = max((_cells_of(text) for text in texts), default=0)
    return min(max(widest, _cells_of(grid.headings[column]) // 2, WIDTH_MIN) + 2, WIDTH_MAX)


def _cells_of(text: str) -> int:
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)


def _draw(book: Any, sheet: Any, table: Table, grid: Grid) -> None:
    """A native chart beside the table, where its columns are the series of its chart."""
    chart = table.chart
    if chart is None or not grid.rows or not _series(table, grid):
        return
    last = HEADING_ROW + min(_points(table), POINTS_MAX)
    x = _place(table, chart.x)
    drawn = book.add_chart(_form(table))
    for column in _series(table, grid):
        drawn.add_series(
            {
                "name": [sheet.name, HEADING_ROW, column],
                "categories": [sheet.name, HEADING_ROW + 1, x, last, x],
                "values": [sheet.name, HEADING_ROW + 1, column, last, column],
            }
        )
    drawn.set_title({"name": grid.title})
    drawn.set_size({"width": 760, "height": 320})
    sheet.insert_chart(HEADING_ROW, len(grid.headings) + 1, drawn)


def _form(table: Table) -> dict[str, str]:
    """What Excel calls the chart; shares of a table that shows amounts are stacked to 100 %."""
    chart = table.chart
    assert chart is not None
    if chart.form == "stack" and table.across is not None and table.across.value != chart.y:
        return {"type": "column", "subtype": "percent_stacked"}
    return CHARTS.get(chart.form, {"type": "line"})


def _series(table: Table, grid: Grid) -> list[int]:
    """Columns to draw: those that are spread across, else the chart's own; none where the rows of
    several series stand in one column.
    """
    chart, across = table.chart, table.across
    assert chart is not None
    if across is not None:
        return list(range(len(across.rows), len(grid.headings)))
    many = chart.by and table.frame[chart.by].n_unique() > 1
    return [] if many else [_place(table, chart.y)]


def _place(table: Table, column: str) -> int:
    """Where a column stands in the sheet."""
    names = table.across.rows if table.across is not None else table.frame.columns
    return list(names).index(column)


def _points(table: Table) -> int:
    """How many rows the chart takes: those of the table that it is drawn of stand first."""
    chart, frame = table.chart, table.frame
    assert chart is not None
    if table.across is not None:
        return frame.select(table.across.rows).n_unique()
    if chart.only is not None:
        return frame.filter(pl.col(chart.only[0]) == chart.only[1]).height
    return frame.height
