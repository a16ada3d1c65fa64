"""DQ-001: how much money can nobody classify?

A project rule: without evidence nothing is called clear. Unknown are orders of an unknown buyer,
lines whose product kind is unknown where it could change the class, and orders in or sold below a
sponsor cycle, those that the loader had to reject included. Money of either sign counts as itself.
"""

import numpy as np
import polars as pl

import analytics.rules.counted as counted
from analytics.facts.frames import Facts, Floats, J
from analytics.measures import (
    NO_GATE,
    Evidence,
    Flags,
    Scopes,
    Share,
    Values,
    ratio,
    rolled,
)
from analytics.rules.selling import orders_in, recent_orders
from graph.model import BUYER_KIND, NOBODY

DAYS = 365
UNKNOWN = BUYER_KIND.index("unknown")
REJECTED_ROWS = "rows"
"""In `rejected_in_cycles`: distributors that a cycle rejected; all else is money by currency."""


def work_out(facts: Facts, scopes: Scopes) -> Values:
    """Gross money that cannot be classified over all gross money; accounts where there is none."""
    pieces = _recent(facts)
    unknown = _unknown(facts, pieces)
    money = np.abs(pieces["gross"].to_numpy()).astype(np.float64)
    place = pieces["place_row"]
    share = Share(
        _with_rejected(facts, facts.by_place(place, money * _any(unknown))),
        _with_rejected(facts, facts.by_place(place, money)),
        sizes={"orders": _orders(facts)},
    )
    values = rolled(share, scopes)
    values.shown = {
        name: ratio(scopes.sums(facts.by_place(place, money * flags)), values.denominator)
        for name, flags in unknown.items()
    }
    return _by_accounts(values, facts, scopes)


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """The orders that cannot be classified, the largest first."""
    pieces = _recent(facts)
    here = pieces.filter(pl.Series(_any(_unknown(facts, pieces))))
    return orders_in(facts, tops, here["order"], here["gross"].abs())


def _recent(facts: Facts) -> pl.DataFrame:
    """Pieces of the window, with what their orders say."""
    pieces = facts.pieces.filter(recent_orders(facts, DAYS).gather(facts.pieces["order"]))
    of_order = facts.orders.select(
        "buyer", "seller_row", "place_row", (pl.col("gross") < 0).alias("reduces")
    )
    return pieces.hstack(of_order[pieces["order"]].get_columns())


def _unknown(facts: Facts, pieces: pl.DataFrame) -> dict[str, Flags]:
    """By piece, by what is missing."""
    below = np.append(facts.accounts["orders_in_cycle"].to_numpy(), False)
    kind = ~pieces["kind_known"] & (pieces["classes"] != J)
    seller, place = (pieces[name].to_numpy() for name in ("seller_row", "place_row"))
    return {
        "unknown_buyer": ((pieces["buyer"] == UNKNOWN) | pieces["reduces"]).to_numpy(),
        "unknown_kind": kind.to_numpy(),
        "in_cycle": below[seller] | below[place],
    }


def _any(unknown: dict[str, Flags]) -> Flags:
    found: Flags = np.logical_or.reduce(list(unknown.values()))
    return found


def _orders(facts: Facts) -> Floats:
    recent = facts.orders.filter(facts.window(facts.orders["day"], DAYS))
    return counted.rows_at(facts, recent["place_row"])


def _with_rejected(facts: Facts, by_place: Floats) -> Floats:
    """With the order money that a cycle rejected: it belongs to nobody who is there."""
    rejected = facts.rejected_in_cycles
    by_place[NOBODY] += sum(rejected.get(code, 0) for code in facts.currencies)
    return by_place


def _by_accounts(values: Values, facts: Facts, scopes: Scopes) -> Values:
    """Where there is no order money: the accounts in or below a cycle, rejected ones included."""
    accounts = facts.accounts["joined"].to_numpy()
    whole, cut = (
        np.append(flags, 0).astype(np.float64)
        for flags in (accounts, accounts & facts.accounts["orders_in_cycle"].to_numpy())
    )
    for by_place in (whole, cut):
        by_place[NOBODY] += facts.rejected_in_cycles.get(REJECTED_ROWS, 0)
    bare = ~(values.denominator > 0)
    numerator, denominator = scopes.sums(cut)[bare], scopes.sums(whole)[bare]
    values.numerator[bare], values.denominator[bare] = numerator, denominator
    values.value[bare] = ratio(numerator, denominator)
    values.lower[bare] = values.upper[bare] = values.value[bare]
    values.ci_lower[bare] = values.ci_upper[bare] = np.nan
    values.why[bare & ~np.isnan(values.value)] = NO_GATE
    values.n = np.where(bare, values.denominator, values.sizes["orders"])
    values.sizes["orders"] = np.where(values.denominator > 0, np.maximum(values.n, 1), 0)
    if bare[scopes.whole].any():
        values.share = None
    return values
