"""INV-001: paid distributor-months in which less than 70 % of the stock bought was sold on.

Sources: In re Amway, the 70 % rule; Omnitrition; inv_001.toml.
"""

from typing import NamedTuple

import numpy as np
import polars as pl

from analytics.facts.frames import Facts, Floats, S
from analytics.measures import NO_FILE, Evidence, Scopes, Share, Values, rolled
from analytics.network import Flags
from analytics.rules.selling import (
    DISTRIBUTOR,
    by_month,
    distributors_in,
    is_one_of,
    may_be,
    months_back,
    recent_pieces,
    unknown_buyers,
    unless_unknown,
    with_nobody,
    without,
)
from graph.model import NOBODY

SOLD_OF_TEN = 7
"""Of ten parts of stock bought in a month, so many must be sold on in it."""


class Months(NamedTuple):
    """By [months back, distributor row]."""

    paid: Flags
    fails: Flags
    may_fail: Flags
    any_stock: Flags  # paid, and stock bought or perhaps bought


def work_out(facts: Facts, scopes: Scopes) -> Values:
    """Failing over all distributor-months with commission, six months. Without any stock in a
    paid month it is 0; stock without a file of resales leaves it open.
    """
    pieces = recent_pieces(facts, "buyer", "buyer_row")
    months = _months(facts, pieces)
    paid = with_nobody(months.paid.sum(axis=0))
    share = Share(
        num=with_nobody(months.fails.sum(axis=0)),
        den=paid,
        num_maybe=with_nobody((months.may_fail & ~months.fails).sum(axis=0)),
        sizes={"paid_months": paid},
    )
    values = rolled(share, scopes)
    stock = scopes.sums(with_nobody(months.any_stock.sum(axis=0)))
    unless_unknown(values, scopes, *unknown_buyers(facts, pieces))
    return without(values, (stock == 0) | facts.given.resales, NO_FILE)


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """The distributors with failing months, most months first."""
    fails = _months(facts, recent_pieces(facts, "buyer", "buyer_row")).fails
    return distributors_in(facts, tops, fails.sum(axis=0).astype(np.float64))


def _months(facts: Facts, pieces: pl.DataFrame) -> Months:
    paid = _paid(facts)
    least, most = _stock(facts, pieces)
    sold = _resold(facts)
    fails, may_fail = (
        paid & (stock > 0) & (10 * sold < SOLD_OF_TEN * stock) for stock in (least, most)
    )
    return Months(paid, fails, may_fail, paid & (most > 0))


def _paid(facts: Facts) -> Flags:
    rows = facts.commission
    back = months_back(facts, rows["earned_month"])
    some = rows.filter(back.is_not_null())
    amounts = by_month(facts, some["beneficiary_row"], back.drop_nulls(), some["amount"])
    return np.asarray(amounts > 0)


def _stock(facts: Facts, pieces: pl.DataFrame) -> tuple[Floats, Floats]:
    """Net stock bought: surely, and at most."""
    bought = pieces.filter((pl.col("buyer") == DISTRIBUTOR) & (pl.col("buyer_row") != NOBODY))
    most = bought.filter(may_be(bought["classes"], S))
    least = most.filter(is_one_of(most["classes"], S))
    return (
        by_month(facts, least["buyer_row"], least["back"], least["net"]),
        by_month(facts, most["buyer_row"], most["back"], most["net"]),
    )


def _resold(facts: Facts) -> Floats:
    """At the distributor's own purchase price, in the currencies of the orders."""
    resales = facts.columns.resales
    back = months_back(facts, month_of(resales["period"]))
    here = back.is_not_null() & resales["currency"].is_in(facts.currencies)
    some = resales.filter(here)
    return by_month(facts, some["distributor_row"], back.filter(here), some["amount"])


def month_of(period: pl.Series) -> pl.Series:
    """Months as facts count them, of `YYYY-MM`; numbers are months already."""
    if period.dtype != pl.String:
        return period.cast(pl.Int64)
    year, month = period.str.slice(0, 4), period.str.slice(5, 2)
    return year.cast(pl.Int64, strict=False) * 12 + month.cast(pl.Int64, strict=False) - 1
