"""Charts of tables as inline SVG, the same bytes for the same table and language.

Text stays text (the reader's own fonts show Chinese), lines and letters take the page's colour, so
that a chart is as readable in the dark and on paper. No date, no address, no metadata is left in
it, and its ids begin with a name of its own, because many charts share one page.
"""

import html
import io
import re
import warnings
from collections.abc import Sequence
from typing import Any

import matplotlib
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analytics.reports.tables import (
    CODE,
    LEVEL,
    MINOR,
    MONTH,
    RATIO,
    Chart,
    Table,
    kind_of,
)
from analytics.reports.telling import code_text, month_text, word
from graph import money

INK = "#010203"
"""Stands for the page's own colour until the drawing is done."""
COLOURS = ("#3b7dd8", "#d9822b", "#3a9d6e", "#b0509e", "#8a8f98", "#c9a227", "#cc4b4b", "#4fb3bf")
"""Each has at least 3 : 1 against white and against the dark page."""
WIDTH, HEIGHT = 7.2, 2.9
SERIES_MAX = 16
TICKS_MAX = 12
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "text.parse_math": False,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": False,
    "legend.frameon": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
}
NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}


def svg(table: Table, lang: str) -> str:
    """The chart of a table as an <svg> element; "" where there is nothing to draw."""
    chart, frame = table.chart, _rows(table)
    if chart is None or frame.is_empty():
        return ""
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": table.code}), warnings.catch_warnings():
        # Letters that no bundled font has are measured as boxes; the reader's fonts draw them.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        axes = figure.subplots()
        _draw(axes, table, chart, frame, lang)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata=NO_METADATA)
    return _inlined(text.getvalue(), table.code, word(f"table.{table.code}", lang))


def _rows(table: Table) -> pl.DataFrame:
    chart, frame = table.chart, table.frame
    if chart is None:
        return frame.clear()
    if chart.only is not None:
        frame = frame.filter(pl.col(chart.only[0]) == chart.only[1])
    return frame.drop_nulls([chart.x, chart.y])


def _draw(axes: Axes, table: Table, chart: Chart, frame: pl.DataFrame, lang: str) -> None:
    places = frame[chart.x].unique(maintain_order=True)
    if kind_of(chart.x) in (MONTH, LEVEL):
        places = places.sort()
    at = {value: place for place, value in enumerate(places.to_list())}
    series = _series(table, frame)[:SERIES_MAX]
    below = [0.0] * len(at)
    for number, (name, rows) in enumerate(series):
        xs = [at[value] for value in rows[chart.x].to_list()]
        ys = _scaled(rows, chart.y)
        label = _label(name, chart.by, lang)
        look: dict[str, Any] = {"color": COLOURS[number % len(COLOURS)], "label": label}
        if chart.form == "lines":
            axes.plot(xs, ys, marker="o", markersize=3, **look)
        elif chart.form == "stack":
            axes.bar(xs, ys, bottom=[below[x] for x in xs], width=0.8, **look)
            for x, y in zip(xs, ys, strict=True):
                below[x] += y
        else:
            width = 0.8 / len(series)
            shift = (number - (len(series) - 1) / 2) * width
            axes.bar([x + shift for x in xs], ys, width=width, **look)
    _ticks(axes, chart, list(at), lang)
    axes.set_ylabel(word(f"column.{chart.y}", lang))
    if chart.by and (len(series) > 1 or chart.form == "stack"):
        axes.legend(
            fontsize=8,
            ncols=2 if len(series) > 8 else 1,
            loc="center left",
            bbox_to_anchor=(1.0, 0.5),
        )


def _series(table: Table, frame: pl.DataFrame) -> list[tuple[object, pl.DataFrame]]:
    by = table.chart.by if table.chart is not None else ""
    if not by:
        return [("", frame)]
    across = table.across
    names = frame[by].unique(maintain_order=True)
    if across is not None and across.column == by:
        names = across.placed(frame[by])
    return [(name, frame.filter(pl.col(by) == name)) for name in names.to_list()]


def _scaled(rows: pl.DataFrame, column: str) -> list[float]:
    values = rows[column].cast(pl.Float64)
    if kind_of(column) == RATIO:
        values = values * 100
    elif kind_of(column) == MINOR and rows.height:
        values = values / 10 ** money.exponent(rows["currency"][0])
    return [float(value) for value in values]


def _label(name: object, by: str, lang: str) -> str:
    if by and kind_of(by) == CODE:
        return code_text(str(name), lang)
    return word("level_across", lang, level=name) if by and kind_of(by) == LEVEL else str(name)


def _ticks(axes: Axes, chart: Chart, values: Sequence[object], lang: str) -> None:
    step = -(-len(values) // TICKS_MAX)
    names = [_named(chart.x, value, lang) for value in values[::step]]
    axes.set_xticks(range(0, len(values), step), names)
    axes.set_xlim(-0.6, len(values) - 0.4)
    axes.set_xlabel(word(f"column.{chart.x}", lang))
    if kind_of(chart.y) == RATIO:
        axes.yaxis.set_major_formatter("{x:g} %")
    else:
        axes.yaxis.set_major_formatter("{x:,g}")
    axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))


def _named(column: str, value: object, lang: str) -> str:
    if kind_of(column) == MONTH:
        return month_text(int(str(value)))
    return code_text(str(value), lang) if kind_of(column) == CODE else str(value)


def _inlined(text: str, code: str, label: str) -> str:
    """The <svg> element alone, for a page that holds many."""
    start = text.index("<svg")
    body = re.sub(r"<metadata>.*?</metadata>", "", text[start:], flags=re.DOTALL)
    body = re.sub(r"<defs>\s*<style.*?</defs>", "", body, count=1, flags=re.DOTALL)
    body = re.sub(r' xmlns(:\w+)?="[^"]*"', "", body).replace("xlink:href", "href")
    body = re.sub(r'\bid="', f'id="{code}-', body)
    body = body.replace('href="#', f'href="#{code}-').replace("url(#", f"url(#{code}-")
    body = body.replace(INK, "currentColor")
    body = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font-size: \1", body)
    named = f'<svg role="img" aria-label="{html.escape(label)}" class="chart"'
    return body.replace("<svg", named, 1).strip()
