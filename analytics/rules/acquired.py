"""Who came in: persons who joined, and outside customers by their first purchase that stayed."""

import numpy as np
import polars as pl

from analytics.facts.frames import Facts, Floats, R
from analytics.measures import Scopes
from analytics.rules.selling import CUSTOMER, pieces_of, unknown_retail
from graph.model import NOBODY


def joiners(facts: Facts) -> pl.DataFrame:
    """One row per person who joined: `row` and `day` of his first account, if that is no root."""
    accounts = facts.accounts.with_row_index("row").filter("joined")
    first = accounts.sort("joined_day", "row").unique("person", keep="first", maintain_order=True)
    return first.filter(~pl.col("is_root")).select(
        pl.col("row").cast(pl.Int32), pl.col("joined_day").alias("day")
    )


def joined_between(facts: Facts, after: int, upto: int) -> Floats:
    """By place: persons who joined on a day in (after, upto]."""
    found = joiners(facts).filter((pl.col("day") > after) & (pl.col("day") <= upto))
    return facts.by_place(found["row"], np.ones(found.height))


def recruits(scopes: Scopes, by_place: Floats) -> Floats:
    """Joiners of each scope; whoever stands at the top of a branch joined somebody else's."""
    return scopes.sums(by_place, below=True)


def real_orders(facts: Facts) -> pl.DataFrame:
    """Retail orders of which something was kept: `order`, `day`, `place_row`, `customer`."""
    pieces = facts.pieces.filter((pl.col("classes") == R) & (pl.col("net") > 0))
    order = pieces["order"].unique().sort()
    orders = facts.orders[order].with_columns(order.alias("order"))
    mine = orders.filter(pl.col("buyer") == CUSTOMER)
    return mine.select("order", "day", "place_row", "customer")


def orders_between(facts: Facts, after: int, upto: int) -> Floats:
    """By place: retail orders, something of which was kept, on a day in (after, upto]."""
    found = real_orders(facts).filter((pl.col("day") > after) & (pl.col("day") <= upto))
    return facts.by_place(found["place_row"], np.ones(found.height))


def first_orders(facts: Facts) -> pl.DataFrame:
    """The first retail order of each customer of which something was kept."""
    known = real_orders(facts).filter(pl.col("customer") != NOBODY)
    return known.sort("day", "order").unique("customer", keep="first", maintain_order=True)


def customers_between(facts: Facts, after: int, upto: int) -> Floats:
    """By place (of the first order): customers who came on a day in (after, upto]."""
    found = first_orders(facts).filter((pl.col("day") > after) & (pl.col("day") <= upto))
    return facts.by_place(found["place_row"], np.ones(found.height))


def unknown_money(facts: Facts, days: int) -> tuple[Floats, Floats]:
    """By place: money of the window that may or may not be retail, and all of it."""
    recent = facts.window(facts.orders["day"], days)
    return unknown_retail(facts, pieces_of(facts, recent))
