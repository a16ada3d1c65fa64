"""Who came in: persons who joined, and outside customers by their first purchase that stayed."""

import numpy as np
import polars as pl

from analytics.facts.frames import Facts, Floats, R
from analytics.measures import Scopes, once
from analytics.network import Rows
from analytics.rules.selling import CUSTOMER, pieces_of, unknown_retail
from graph.model import NOBODY


def joiners(facts: Facts) -> pl.DataFrame:
    """One row per person who joined: `row` and `day` of his first account, if that is no root."""
    return once(facts, "acquired_joiners", lambda: _joiners(facts))


def _joiners(facts: Facts) -> pl.DataFrame:
    accounts = facts.accounts.with_row_index("row").filter("joined").sort("joined_day", "row")
    first = accounts[_first_of_each(accounts["person"])]
    return first.filter(~pl.col("is_root")).select(
        pl.col("row").cast(pl.Int32), pl.col("joined_day").alias("day")
    )


def _first_of_each(numbers: pl.Series) -> Rows:
    """Positions of the first row of each number, ascending."""
    rows = numbers.to_numpy()
    first = np.full(int(rows.max(initial=-1)) + 1, -1, np.int32)
    first[rows[::-1]] = np.arange(len(rows) - 1, -1, -1, dtype=np.int32)  # the last write stays
    return np.sort(first[first >= 0])


def joined_between(facts: Facts, after: int, upto: int) -> Floats:
    """By place: persons who joined on a day in (after, upto]."""
    found = joiners(facts).filter((pl.col("day") > after) & (pl.col("day") <= upto))
    return facts.by_place(found["row"], np.ones(found.height))


def recruits(scopes: Scopes, by_place: Floats) -> Floats:
    """Joiners of each scope; whoever stands at the top of a branch joined somebody else's."""
    return scopes.sums(by_place, below=True)


def real_orders(facts: Facts) -> pl.DataFrame:
    """Retail orders of which something was kept: `order`, `day`, `place_row`, `customer`."""
    return once(facts, "acquired_real_orders", lambda: _real_orders(facts))


def _real_orders(facts: Facts) -> pl.DataFrame:
    kept = np.zeros(facts.orders.height, np.bool_)
    pieces = facts.pieces.filter((pl.col("classes") == R) & (pl.col("net") > 0))
    kept[pieces["order"].to_numpy()] = True
    mine = kept & (facts.orders["buyer"] == CUSTOMER).to_numpy()
    orders = facts.orders.select("day", "place_row", "customer").filter(pl.Series(mine))
    order = pl.Series("order", np.flatnonzero(mine).astype(np.int32))
    return orders.insert_column(0, order)


def orders_between(facts: Facts, after: int, upto: int) -> Floats:
    """By place: retail orders, something of which was kept, on a day in (after, upto]."""
    found = real_orders(facts).filter((pl.col("day") > after) & (pl.col("day") <= upto))
    return facts.by_place(found["place_row"], np.ones(found.height))


def first_orders(facts: Facts) -> pl.DataFrame:
    """The first retail order of each customer of which something was kept."""
    return once(facts, "acquired_first_orders", lambda: _first_orders(facts))


def _first_orders(facts: Facts) -> pl.DataFrame:
    known = real_orders(facts).filter(pl.col("customer") != NOBODY)
    by_day = known[np.argsort(known["day"].to_numpy(), kind="stable")]
    return by_day[_first_of_each(by_day["customer"])]


def customers_between(facts: Facts, after: int, upto: int) -> Floats:
    """By place (of the first order): customers who came on a day in (after, upto]."""
    found = first_orders(facts).filter((pl.col("day") > after) & (pl.col("day") <= upto))
    return facts.by_place(found["place_row"], np.ones(found.height))


def unknown_money(facts: Facts, days: int) -> tuple[Floats, Floats]:
    """By place: money of the window that may or may not be retail, and all of it."""
    recent = facts.window(facts.orders["day"], days)
    return once(
        facts, f"acquired_unknown_{days}", lambda: unknown_retail(facts, pieces_of(facts, recent))
    )
