"""What a report is made of: tables of typed columns, and what is drawn of them.

A frame holds no words: ids, numbers, and codes whose words are in graph/words/reports.toml. Money
is int64 (sums) or float64 (means) minor units of the `currency` of its row, a ratio is a fraction
of 1, a month is year x 12 + month - 1, a day a date. One name of a column means one thing in all
reports, so its kind is looked up by its name. `null` is "not known" or "not shown", as the table's
note says.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from analytics.columns import Schema

KINDS = DEPTH, RECRUITMENT, MONEY, INCOME, PERFORMANCE, PLAN = (
    "depth",
    "recruitment",
    "money",
    "income",
    "performance",
    "plan",
)
"""The reports by what `plumbline report` calls them."""

ID, CODE, COUNT, NUMBER, RATIO, MINOR, MONTH, DAY, YES, SAID, LEVEL = range(11)
"""Kinds of columns. CODE: words of `value.CODE`. SAID: one column a language, `said.LANG`."""

COLUMN_KINDS: Mapping[str, int] = {
    **dict.fromkeys(("organiser", "distributor", "branch", "widest_branch", "deepest_branch"), ID),
    **dict.fromkeys(("rule", "version", "pack", "key", "currency"), ID),
    **dict.fromkeys(("measure", "unit", "class", "group", "span", "band", "why", "state"), CODE),
    **dict.fromkeys(("severity", "base", "window", "status", "about", "edge"), CODE),
    **dict.fromkeys(("persons", "accounts", "levels", "width", "branch_levels", "tiers"), COUNT),
    **dict.fromkeys(("orders", "recruits", "recruits_180", "customers", "joined", "n"), COUNT),
    **dict.fromkeys(("alerts", "open", "confirmed", "useful", "false_positive"), COUNT),
    **dict.fromkeys(("insufficient", "snoozes", "evaluated", "not_evaluable"), COUNT),
    **dict.fromkeys(("paid_tiers", "most_tiers", "months_paid", "months_above", "paid"), COUNT),
    **dict.fromkeys(("r180", "value", "ci_lower", "ci_upper", "median_age_days"), NUMBER),
    **dict.fromkeys(("mean_months", "median_months"), NUMBER),
    **dict.fromkeys(("share", "share_deep", "share_upper", "survival", "recruiting_share"), RATIO),
    **dict.fromkeys(("ratio", "cap", "coe", "precision", "precision_lower"), RATIO),
    **dict.fromkeys(("precision_upper", "ne_rate", "rate", "promised", "p_adjusted"), RATIO),
    **dict.fromkeys(("share_of_income", "share_paid", "share_losing"), RATIO),
    **dict.fromkeys(("amount", "on_recruiting", "unknown", "paid_in", "paid_out"), MINOR),
    **dict.fromkeys(("retail_per_head", "commission", "sales", "end_user", "mean"), MINOR),
    **dict.fromkeys(("median", "mean_expenses", "median_expenses", "mean_own_use"), MINOR),
    **dict.fromkeys(("mean_resold", "mean_left", "median_left", "all_members"), MINOR),
    **dict.fromkeys(("paid_members", "fixed"), MINOR),
    **dict.fromkeys(("month",), MONTH),
    **dict.fromkeys(("thirty_three", "one_twenty", "above", "suppressed", "accepted"), YES),
    "level": LEVEL,
}
SAID_PREFIX = "said."

TOTALS: Schema = {  # one figure a row; `unit` is count, number, ratio or money
    "measure": pl.String,
    "value": pl.Float64,
    "unit": pl.String,
    "currency": pl.String,
}
COUNT_UNIT, NUMBER_UNIT, RATIO_UNIT, MONEY_UNIT = "count", "number", "ratio", "money"


@dataclass(frozen=True)
class Chart:
    """What to draw of a table: `bars`, `lines` or `stack` of column `y` over column `x`, one colour
    for each value of `by` ("" for one), of the rows where column `only[0]` is `only[1]`.
    """

    form: str
    x: str
    y: str
    by: str = ""
    only: tuple[str, str] | None = None


@dataclass(frozen=True)
class Across:
    """How a long frame is shown: one row per `rows`, one column for each value of `column`, in
    `order` where there is one.
    """

    rows: tuple[str, ...]
    column: str
    value: str
    order: tuple[str, ...] = ()

    def placed(self, values: pl.Series) -> pl.Series:
        """The different ones of `values` in the order of their columns."""
        found = values.unique(maintain_order=True)
        if not self.order:
            return found.sort() if values.dtype.is_integer() else found
        return pl.Series(values.name, [one for one in self.order if one in found], values.dtype)


@dataclass(frozen=True)
class Table:
    """One table. `code` names its words (`table.CODE`, `note.CODE`), `facts` fill in the note."""

    code: str
    frame: pl.DataFrame
    facts: Mapping[str, object] = field(default_factory=dict)
    across: Across | None = None
    chart: Chart | None = None


@dataclass(frozen=True)
class Report:
    """One report of one moment, in no language yet."""

    kind: str
    as_of: str  # the last day that counts, YYYY-MM-DD
    tables: tuple[Table, ...]

    def frame(self, code: str) -> pl.DataFrame:
        """The frame of one table; KeyError where there is no such table."""
        return {table.code: table.frame for table in self.tables}[code]


def totals(rows: Iterable[tuple[str, float | None, str, str | None]]) -> pl.DataFrame:
    """A frame of TOTALS; None where a figure is not known."""
    return pl.DataFrame(list(rows), schema=TOTALS, orient="row")


def kind_of(column: str) -> int:
    """The kind of a column; KeyError for one that no report has."""
    return SAID if column.startswith(SAID_PREFIX) else COLUMN_KINDS[column]


def fitted(frame: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """The columns of `schema`, in its order and types."""
    return frame.select(pl.col(name).cast(kind) for name, kind in schema.items())
