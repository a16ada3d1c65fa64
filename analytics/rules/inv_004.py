"""INV-004: whether goods that can still be sold are bought back as promised.

Sources: Competition Act s. 55.1(1)(d), In re Amway; inv_004.toml.
"""

from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from analytics.facts.days import calendar
from analytics.facts.frames import Facts
from analytics.measures import (
    NO_FILE,
    Evidence,
    Scopes,
    Share,
    Values,
    at_places,
    evidence_of,
    no_evidence,
    rolled,
)
from analytics.rules.selling import YEAR, lately, without
from analytics.statistics import wilson
from graph.model import NOBODY

DAYS = 30
"""Within so many days of the request it has to be paid."""
OF_TEN = 9
"""Of ten parts of what was asked for, so many at least."""
OLDEST = "12mo"


def work_out(facts: Facts, scopes: Scopes) -> Values:
    """Requests paid by at least 90 % within 30 days over all requests of 365 days for goods that
    can be sold and were ordered at most 12 months before; a request of the last 30 days counts
    once it is paid.
    """
    requests = _requests(facts)
    known = pl.col("saleable").is_not_null()
    counts = {
        "num": known & pl.col("honoured"),
        "den": known,
        "num_maybe": known & pl.col("honoured").is_null(),
        "den_maybe": ~known & ~pl.col("honoured").fill_null(False),
        "both_maybe": ~known & pl.col("honoured").fill_null(True),
    }
    found = {
        name: requests.filter(which.fill_null(False))["distributor_row"]
        for name, which in counts.items()
    }
    summed = {name: facts.by_place(rows, np.ones(len(rows))) for name, rows in found.items()}
    values = rolled(Share(**summed, sizes={"requests": summed["den"]}), scopes)
    values.ci_lower, values.ci_upper = wilson(values.numerator, values.denominator)
    return without(values, facts.given.buybacks, NO_FILE)


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """The requests that were not honoured, by amount."""
    failed = _requests(facts).filter(pl.col("honoured").not_())
    inside = failed.filter(at_places(facts.network, tops, failed["distributor_row"]))
    if not inside.height:
        return no_evidence("request")
    return evidence_of("request", inside["id"], inside["amount"].fill_null(0))


def _requests(facts: Facts) -> pl.DataFrame:
    """Those that count, with `honoured`: null where nobody knows. A request that names no order,
    or one that nobody knows, is not taken out for its age.
    """
    days = calendar(ZoneInfo(facts.zone))
    rows = facts.columns.buybacks
    asked, paid = days.of(rows["requested_at"]), days.of(rows["paid_at"])
    later = (rows["paid_at"] > facts.as_of_ms).fill_null(False)
    paid = paid.set(later, None)
    rows = rows.with_columns(rows["paid_amount"].set(later, None))
    dated = rows.with_columns(asked.alias("asked"), paid.alias("paid"), _ordered(facts, rows))
    counted = (
        lately(asked, facts.as_of_day, YEAR)
        & ((asked <= facts.as_of_day - DAYS) | paid.is_not_null())
        & rows["saleable"].fill_null(True)
        & ~_too_old(facts, dated)
    )
    return dated.filter(counted.fill_null(False)).with_columns(honoured=_honoured())


def _ordered(facts: Facts, rows: pl.DataFrame) -> pl.Series:
    """Day on which the goods were ordered; null where the order is not known."""
    days = calendar(ZoneInfo(facts.zone))
    known = rows["order_row"] != NOBODY
    if not facts.columns.orders.height:
        return pl.Series("ordered", [None] * rows.height, dtype=pl.Int32)
    at = facts.columns.orders["ordered_at"].gather(rows["order_row"].set(~known, 0))
    return days.of(at).set(~known, None).alias("ordered")


def _too_old(facts: Facts, dated: pl.DataFrame) -> pl.Series:
    """Whether the goods were surely ordered more than 12 months before the request."""
    dates = dated.select(
        pl.from_epoch("ordered", time_unit="d").dt.offset_by(OLDEST)
        < pl.from_epoch("asked", time_unit="d")
    )
    return dates.to_series().fill_null(False)


def _honoured() -> pl.Expr:
    """Paid in time and in full measure; null where the file leaves open what decides."""
    in_time = pl.col("paid") - pl.col("asked") <= DAYS
    enough = pl.col("paid_amount") * 10 >= pl.col("amount") * OF_TEN
    unpaid = pl.col("paid").is_null() & (pl.col("paid_amount").fill_null(0) <= 0)
    return pl.when(unpaid).then(False).otherwise(in_time & enough)
