"""What stands just beyond an edge of the rules, against what one would expect there.

Every threshold and every window is a cliff: whoever knows that 30 days count buys on day 31. No
rule can say so by itself, so these figures are shown beside the rules and move no verdict. Each has
`beyond` (what was measured just beyond the edge), `expected` (a control of the same width, further
on) and their `ratio`; near 1 nobody stands there on purpose. Money is in minor units of the
currency with the most orders.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from analytics.facts.frames import Facts, Floats, Ints
from graph.model import BUYER_KIND, DAY_MS, NOBODY, OWNER_KIND, PRODUCT_KIND

CUSTOMER, DISTRIBUTOR = BUYER_KIND.index("customer"), BUYER_KIND.index("distributor")
ENTRY_DAYS, BEYOND_DAYS = 30, 30
RELEASE_DAYS = 7
CELL, CELL_WIDTH = 30, 5
"""Persons of the gate, and how far below it is just below."""
SERIES_LEAST = 6
"""Months with the very same amount that make a series."""
YEAR = 365

Cliff = Mapping[str, float | None]


def beyond(facts: Facts) -> dict[str, Cliff]:
    """The figures by name: before_joining, after_joining, after_release, cells, threshold,
    outside_threshold, equal_parts, shared_values. What cannot be looked at is left out.
    """
    if not facts.orders.height:
        return {}
    code = _largest(facts)
    money = facts.of_currency(facts.currencies[code])
    found = {
        "before_joining": _before_joining(money),
        "after_joining": _after_joining(money),
        "after_release": _after_release(money),
        "cells": _cells(facts),
        "equal_parts": _equal_parts(money),
        "shared_values": _shared_values(money),
    }
    limit = facts.own_purchase.get(facts.currencies[code])
    if limit:
        found["threshold"] = _threshold(money, limit)
        found["outside_threshold"] = _at_threshold_outside(money, limit)
    return found


def _largest(facts: Facts) -> int:
    return int(np.bincount(facts.orders["currency"].to_numpy()).argmax())


def _cliff(beyond: float, expected: float, **more: float) -> Cliff:
    ratio = float(beyond / expected) if expected > 0 else None
    return {"beyond": float(beyond), "expected": float(expected), "ratio": ratio, **more}


def _between(days: Ints, first: int, last: int) -> Ints:
    return np.flatnonzero((days >= first) & (days <= last))


def _windows(days: Ints, money: Ints) -> Cliff:
    """Days 31 to 60 against half of days 61 to 120."""
    last = ENTRY_DAYS + BEYOND_DAYS
    near = money[_between(days, ENTRY_DAYS + 1, last)].sum()
    far = money[_between(days, last + 1, last + 2 * BEYOND_DAYS)].sum()
    return _cliff(float(near), float(far) / 2, share=_part(float(near), money))


def _part(some: float, money: Ints) -> float:
    whole = float(np.abs(money).sum())
    return some / whole if whole else 0.0


def _before_joining(facts: Facts) -> Cliff:
    """Gross money of outside buyers by the days until they join."""
    accounts = facts.accounts.filter("joined")
    first = accounts.group_by("person").agg(pl.col("joined_day").max())
    orders = facts.orders.filter(pl.col("buyer") == CUSTOMER).join(
        first, left_on="customer", right_on="person", how="left"
    )
    days = (orders["joined_day"] - orders["day"]).fill_null(NOBODY)
    return _windows(days.to_numpy().astype(np.int64), orders["gross"].to_numpy())


def _after_joining(facts: Facts) -> Cliff:
    """Gross money of product orders of distributors by the days since they joined."""
    pieces = _own_purchases(facts)
    joined = facts.accounts["joined_day"].gather(pieces["account_row"])
    days = (pieces["day"] - joined).fill_null(NOBODY)
    return _windows(days.to_numpy().astype(np.int64), pieces["gross"].to_numpy())


def _own_purchases(facts: Facts) -> pl.DataFrame:
    """Product orders of distributors: day, month, account_row, gross."""
    product = PRODUCT_KIND.index("product")
    by_order = (
        facts.pieces.filter(pl.col("product_kind") == product)
        .group_by("order")
        .agg(pl.col("gross").sum().alias("goods"))
    )
    orders = facts.orders.select("day", "month", "buyer", "account_row").with_row_index("order")
    found = by_order.join(orders.with_columns(pl.col("order").cast(pl.Int32)), on="order")
    mine = (pl.col("buyer") == DISTRIBUTOR) & (pl.col("account_row") != NOBODY)
    return found.filter(mine).rename({"goods": "gross"})


def _after_release(facts: Facts) -> Cliff:
    """Money refunded in the week after the release of its commission, against the week before."""
    outside = facts.orders.filter(pl.col("buyer") == CUSTOMER).select("order_row", "release_day")
    refunds = facts.columns.refunds.join(outside, on="order_row")
    # Days of the refunds in UTC: a day's error on a week of money.
    days = (refunds["refunded_at"] // DAY_MS - refunds["release_day"]).fill_null(YEAR).to_numpy()
    amount = refunds["amount"].to_numpy()
    after = amount[_between(days, 1, RELEASE_DAYS)].sum()
    before = amount[_between(days, 1 - RELEASE_DAYS, 0)].sum()
    return _cliff(float(after), float(before), share=_part(float(after), amount))


def _cells(facts: Facts) -> Cliff:
    """Roots with 25 to 29 persons, against those with 20 to 24 and 30 to 34, halved."""
    sizes = facts.network.sizes()[facts.network.depth == 0] + 1
    just = np.count_nonzero((sizes >= CELL - CELL_WIDTH) & (sizes < CELL))
    below = (sizes >= CELL - 2 * CELL_WIDTH) & (sizes < CELL - CELL_WIDTH)
    around = below | ((sizes >= CELL) & (sizes < CELL + CELL_WIDTH))
    return _cliff(float(just), np.count_nonzero(around) / 2)


def _in_bands(months: pl.Series, limit: int) -> tuple[int, int, int]:
    """How many sums lie in [.8T, .9T), [.9T, T), [T, 1.1T)."""
    parts = months.to_numpy() / limit
    edges = ((0.8, 0.9), (0.9, 1.0), (1.0, 1.1))
    one, two, three = (int(np.count_nonzero((parts >= a) & (parts < b))) for a, b in edges)
    return one, two, three


def _threshold(facts: Facts, limit: int) -> Cliff:
    """Months of own purchases just below the plan's threshold, against those a step lower."""
    pieces = _own_purchases(facts)
    months = pieces.group_by("account_row", "month").agg(pl.col("gross").sum())["gross"]
    lower, below, _ = _in_bands(months, limit)
    return _cliff(float(below), float(lower))


def _at_threshold_outside(facts: Facts, limit: int) -> Cliff:
    """Months of outside customers just at the plan's threshold, which is none of theirs."""
    orders = facts.orders.filter((pl.col("buyer") == CUSTOMER) & (pl.col("gross") > 0))
    months = orders.group_by("customer", "month").agg(pl.col("gross").sum())["gross"]
    _, below, above = _in_bands(months, limit)
    return _cliff(float(above), float(below))


def _equal_parts(facts: Facts) -> Cliff:
    """Distributors' product money in series of one amount in six months or more; none expected
    where people buy what they need.
    """
    pieces = _own_purchases(facts).filter(pl.col("gross") > 0)
    series = pieces.group_by("account_row", "gross").agg(pl.col("month").n_unique().alias("months"))
    long = series.filter(pl.col("months") >= SERIES_LEAST)
    held = float((long["gross"] * long["months"]).sum())
    return _cliff(held, 0.0, share=_part(held, pieces["gross"].to_numpy()))


def _shared_values(facts: Facts) -> Cliff:
    """Outside money of a year that would be linked, were no value marked as shared."""
    rows = facts.columns.identifiers.select("owner_kind", "owner_row", "kind", "value", "shared")
    distributor = OWNER_KIND.index("distributor")
    keys = ["kind", "value"]
    theirs = rows.filter((pl.col("owner_kind") == distributor) & (pl.col("owner_row") != NOBODY))
    some = theirs.group_by(keys).agg(pl.col("shared").any().alias("by_member"))
    others = rows.filter(pl.col("owner_kind") != distributor).join(some, on=keys)
    others = others.filter(pl.col("shared") | pl.col("by_member"))
    recent = facts.orders.filter(
        (pl.col("buyer") == CUSTOMER) & (pl.col("day") > facts.as_of_day - YEAR)
    )
    linked = np.zeros(recent.height, np.bool_)
    for noun, column in (("customer", "buyer_row"), ("order", "order_row")):
        owners = others.filter(pl.col("owner_kind") == OWNER_KIND.index(noun))["owner_row"]
        linked |= recent[column].is_in(owners.unique().implode()).to_numpy()
    gross: Floats = recent["gross"].to_numpy().astype(np.float64)
    taken = float(gross[linked].sum())
    return _cliff(taken, 0.0, share=taken / float(gross.sum()) if gross.sum() else 0.0)
