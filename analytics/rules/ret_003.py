"""RET-003: how much of the money ends with somebody who uses what he bought.

Source: FTC v. Herbalife (2016); ret_003.toml.
"""

from datetime import date

import polars as pl

from analytics.facts.frames import Facts, P, R
from analytics.measures import Evidence, Scopes, Values, once, rolled
from analytics.rules.selling import (
    is_one_of,
    orders_in,
    pieces_of,
    recent_orders,
    share_of_classes,
)

END_USE = R | P
FIRST_DAY = date(1970, 1, 1)


def work_out(facts: Facts, scopes: Scopes, *, fiscal_year: bool = False) -> Values:
    """Net retail and own use over all net money of 365 days; `fiscal_year`: of the calendar year
    of as-of instead, up to as-of.
    """
    orders = this_year(facts) if fiscal_year else recent_orders(facts)
    return rolled(share_of_classes(facts, END_USE, orders), scopes)


def this_year(facts: Facts) -> pl.Series:
    """By order: whether it was ordered in the calendar year of as-of."""
    first = (date(facts.as_of_month // 12, 1, 1) - FIRST_DAY).days
    return (facts.orders["day"] >= first) & (facts.orders["day"] <= facts.as_of_day)


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """The orders whose money surely ends with no user, by money: stock, entry, linked orders."""
    other = once(facts, "evidence of RET-003", lambda: _other(facts))
    return orders_in(facts, tops, other["order"], other["net"])


def _other(facts: Facts) -> pl.DataFrame:
    pieces = pieces_of(facts, recent_orders(facts))
    other = pieces.filter(is_one_of(pieces["classes"], 0xFF - END_USE) & (pl.col("net") > 0))
    return other.select("order", "net")
