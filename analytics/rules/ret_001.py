"""RET-001: how much of the money comes from people who only buy.

Sources: FTC v. Vemma, FTC v. Neora; ret_001.toml has them all with their status.
"""

import polars as pl

from analytics.facts.frames import Facts, R
from analytics.measures import Evidence, Scopes, Values, once, rolled
from analytics.rules.selling import (
    is_one_of,
    orders_in,
    pieces_of,
    recent_orders,
    share_of_classes,
)


def work_out(facts: Facts, scopes: Scopes) -> Values:
    """Net retail over all net money of 365 days."""
    return rolled(share_of_classes(facts, R, recent_orders(facts)), scopes)


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """The orders that are surely not retail, by money: what keeps the share down."""
    other = once(facts, "evidence of RET-001", lambda: _other(facts))
    return orders_in(facts, tops, other["order"], other["net"])


def _other(facts: Facts) -> pl.DataFrame:
    pieces = pieces_of(facts, recent_orders(facts))
    other = pieces.filter(is_one_of(pieces["classes"], 0xFF - R) & (pl.col("net") > 0))
    return other.select("order", "net")
