"""Reports of a kept night as typed data: depth, recruitment, money, and the others.

They are worked out from the night's snapshot when they are asked for, one at a time, and the last
few are kept in memory: a large network takes as long here as its rules take in a night.
"""

import enum
import threading
from collections import OrderedDict

import strawberry

import analytics.reporting
import analytics.reports.command
import analytics.reports.frames
import analytics.reports.telling
from analytics.reports.identity import Identity
from analytics.reports.tables import (
    CODE,
    COUNT,
    DAY,
    ID,
    LEVEL,
    MINOR,
    MONTH,
    NUMBER,
    RATIO,
    SAID,
    YES,
    Report,
)
from analytics.reports.telling import Grid
from graph.connection import Database
from graph.errors import Missing
from graph.settings import Settings
from schema.connections import After, Connection, First, Number, page, sliced
from schema.context import Info
from schema.fields import field
from schema.scalars import Day

KEPT = 8
WORDS = {
    ID: "id",
    CODE: "code",
    COUNT: "count",
    NUMBER: "number",
    RATIO: "ratio",
    MINOR: "money",
    MONTH: "month",
    DAY: "day",
    YES: "yes_no",
    SAID: "text",
    LEVEL: "level",
}

_made: "OrderedDict[tuple[str, str], tuple[Report, Identity]]" = OrderedDict()
_making = threading.Lock()


@strawberry.enum(description="Which report.")
class ReportKind(enum.Enum):
    """Words of the reports."""

    DEPTH = "depth"
    RECRUITMENT = "recruitment"
    MONEY = "money"
    INCOME = "income"
    PERFORMANCE = "performance"
    PLAN = "plan"


@strawberry.type(description="One column of a table.")
class ReportColumn:
    """Its heading and kind."""

    heading: str = strawberry.field(description="In the viewer's language.")
    kind: str = strawberry.field(
        description="id, code, count, number, ratio, money, month, day, yes_no, text or level."
    )


@strawberry.type(description="One cell of a table.")
class ReportCell:
    """As people read it, and as a number."""

    text: str = strawberry.field(description="As people read it.")
    number: float | None = strawberry.field(
        description="As a number: money in major units, a ratio as a fraction of 1; null: a text."
    )


@strawberry.type(description="One row of a table.")
class ReportRow:
    """Cells in the order of the columns."""

    cells: list[ReportCell] = strawberry.field(description="Its cells.")


@strawberry.type(description="One table of a report.")
class ReportTable:
    """Typed columns and rows."""

    code: str = strawberry.field(description="The stable code of the table.")
    title: str = strawberry.field(description="What it is called.")
    note: str = strawberry.field(description="How to read it.")
    columns: list[ReportColumn] = strawberry.field(description="Its columns.")
    grid: strawberry.Private[Grid]

    @field("Its rows.")
    async def rows(self, first: First = None, after: After = None) -> Connection[ReportRow]:
        """A page of them."""
        rows = [{"place": place, "row": row} for place, row in enumerate(self.grid.rows)]
        return sliced(
            rows,
            page(first, after, tuple[Number]),
            lambda one: (one["place"],),
            lambda one: ReportRow(
                cells=[ReportCell(text=cell.text, number=cell.number) for cell in one["row"]]
            ),
        )


@strawberry.type(description="A report of a night.")
class NightReport:
    """The same id stands for the same bytes of its page and workbook."""

    report_id: str = strawberry.field(description="What it follows from, as one sha256.")
    as_of: Day = strawberry.field(description="The last day that counts.")
    kind: str = strawberry.field(description="Which report.")
    report: strawberry.Private[Report]

    @field("What it is called.")
    def title(self, info: Info) -> str:
        """In the viewer's language."""
        return analytics.reports.telling.title(self.report, info.context.lang)

    @field("Its tables.")
    def tables(self, info: Info) -> list[ReportTable]:
        """In the order of the page."""
        grids = [
            analytics.reports.telling.grid(table, info.context.lang) for table in self.report.tables
        ]
        return [_table(grid) for grid in grids]


async def of_night(info: Info, kind: ReportKind, as_of: str | None) -> NightReport | None:
    """The report of a night that is kept; None where that one is not."""
    context = info.context
    made = await context.read(_report, context.settings, kind.value, as_of or "", context.now_ms)
    if made is None:
        return None
    report, identity = made
    return NightReport(
        report_id=identity.id, as_of=Day(report.as_of), kind=report.kind, report=report
    )


def _report(
    db: Database, settings: Settings, kind: str, as_of: str, now_ms: int
) -> tuple[Report, Identity] | None:
    """From memory, or worked out; the performance of rules changes with every review."""
    with _making:
        try:
            night = analytics.reporting.kept(db, settings, as_of)
        except Missing:
            return None
        key = (night.run["id"], kind)
        if key not in _made or kind == ReportKind.PERFORMANCE.value:
            material = analytics.reporting.material(db, night, [kind], now_ms=now_ms)
            report = analytics.reports.frames.of(kind, material)
            sources = analytics.reporting.sources(night)
            identity = analytics.reports.command.identified(report, material, sources)
            _made[key] = report, identity
        _made.move_to_end(key)
        while len(_made) > KEPT:
            _made.popitem(last=False)
        return _made[key]


def _table(grid: Grid) -> ReportTable:
    columns = [
        ReportColumn(heading=heading, kind=WORDS[kind])
        for heading, kind in zip(grid.headings, grid.kinds, strict=True)
    ]
    return ReportTable(code=grid.code, title=grid.title, note=grid.note, columns=columns, grid=grid)
