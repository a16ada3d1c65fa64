"""A report as one HTML page that needs nothing else: no script, no font, no address.

It prints with every table on its own page where it fits, headings repeated and rows whole, and
follows the reader's dark mode. A table longer than ROWS_MAX is cut and says so; the workbook has
all rows.
"""

from functools import cache
from pathlib import Path

import jinja2

import analytics.reports.charts
import analytics.reports.telling
from analytics.reports.identity import Identity
from analytics.reports.tables import Report
from analytics.reports.telling import NUMERIC, Grid, word

ROWS_MAX = 200
FOLDER = Path(__file__).parent
TEMPLATE = "page.html.j2"


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(TEMPLATE)


def html(report: Report, identity: Identity, lang: str) -> str:
    """The whole page."""
    sections = [
        {
            "grid": (grid := analytics.reports.telling.grid(table, lang)),
            "rows": grid.rows[:ROWS_MAX],
            "cut": _cut(grid, lang),
            "svg": analytics.reports.charts.svg(table, lang),
        }
        for table in report.tables
    ]
    return _template().render(
        lang=lang,
        title=analytics.reports.telling.title(report, lang),
        about=word(f"about.{report.kind}", lang),
        as_of=report.as_of,
        identity=identity,
        sections=sections,
        numeric=NUMERIC,
        word=lambda code, **facts: word(code, lang, **facts),
    )


def _cut(grid: Grid, lang: str) -> str:
    if len(grid.rows) <= ROWS_MAX:
        return ""
    return word("cut", lang, shown=ROWS_MAX, rows=f"{len(grid.rows):,}")
