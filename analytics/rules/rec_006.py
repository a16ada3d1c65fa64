"""REC-006: how much of all money ever taken came from people joining.

Rolling windows forget: a scheme that has stopped growing looks better every month. Sources:
Stivers, Smith and Jin; Loterie Nationale on indirect links; rec_006.toml.
"""

import numpy as np
import polars as pl

from analytics.facts.frames import Facts, J
from analytics.measures import Evidence, Scopes, Values, rolled
from analytics.rules.selling import is_one_of, may_be, orders_in, pieces_of, share_of_classes

ORDERS = 100


def work_out(facts: Facts, scopes: Scopes) -> Values:
    """Net entry-linked money over all net money since the first order; the peak is only shown."""
    values = rolled(share_of_classes(facts, J, _all(facts)), scopes)
    values.shown["peak"] = _peak(facts)
    return values


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """The orders with entry-linked money, the largest first."""
    pieces = pieces_of(facts, _all(facts))
    entry = pieces.filter(is_one_of(pieces["classes"], J) & (pl.col("net") > 0))
    return orders_in(facts, tops, entry["order"], entry["net"])


def _all(facts: Facts) -> pl.Series:
    return facts.window(facts.orders["day"], 0)


def _peak(facts: Facts) -> float | None:
    """The largest share that the whole network ever had at the end of a month, from 100 orders on;
    by what is known today.
    """
    orders = facts.orders.group_by("month").agg(pl.len().alias("orders"))
    pieces = facts.pieces.with_columns(facts.orders["month"].gather(facts.pieces["order"]))
    entry = may_be(pieces["classes"], J) & is_one_of(pieces["classes"], J)
    money = pieces.with_columns((pieces["net"] * entry.cast(pl.Int64)).alias("entry"))
    months = money.group_by("month").agg(pl.col("net", "entry").sum())
    held = months.join(orders, on="month").sort("month").select(pl.all().cum_sum())
    known = held.filter((pl.col("orders") >= ORDERS) & (pl.col("net") > 0))
    if not known.height:
        return None
    return float(np.max(known["entry"].to_numpy() / known["net"].to_numpy()))
