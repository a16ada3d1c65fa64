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
from analytics.rules.selling import orders_in
from graph.model import BUYER_KIND, NOBODY

DAYS = 365
UNKNOWN = BUYER_KIND.index("unknown")
REJECTED_ROWS = "rows"
"""In `rejected_in_cycles`: distributors that a cycle rejected; all else is money by currency."""


def work_out(facts: Facts, scopes: Scopes) -> Values:
    """Gross money that cannot be classified over all gross money; accounts where there is none."""
    recent = facts.window(facts.orders["day"], DAYS).gather(facts.pieces["order"]).to_numpy()
    unknown = {name: flags & recent for name, flags in _unknown(facts).items()}
    money = np.abs(facts.pieces["gross"].to_numpy()).astype(np.float64)
    place = counted.of_order(facts, "place_row")
    whole = _with_rejected(facts, facts.by_place(place, money * recent))
    share = Share(
        _with_rejected(facts, facts.by_place(place, money * _any(unknown))),
        whole,
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
    recent = facts.window(facts.orders["day"], DAYS).gather(facts.pieces["order"]).to_numpy()
    here = facts.pieces.filter(pl.Series(_any(_unknown(facts)) & recent))
    return orders_in(facts, tops, here["order"], here["gross"].abs())


def _unknown(facts: Facts) -> dict[str, Flags]:
    """By piece, by what is missing."""
    in_cycle = facts.accounts["orders_in_cycle"].to_numpy()
    below = np.append(in_cycle, False)
    buyer = (counted.of_order(facts, "buyer") == UNKNOWN).to_numpy()
    reduces = (counted.of_order(facts, "gross") < 0).to_numpy()
    kind = ~facts.pieces["kind_known"].to_numpy() & (facts.pieces["classes"] != J).to_numpy()
    rows = (counted.of_order(facts, name).to_numpy() for name in ("seller_row", "place_row"))
    seller, place = rows
    return {
        "unknown_buyer": buyer | reduces,
        "unknown_kind": kind,
        "in_cycle": below[seller] | below[place],
    }


def _any(unknown: dict[str, Flags]) -> Flags:
    return np.logical_or.reduce(list(unknown.values()))


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
    values.sizes["orders"] = np.where(bare, values.denominator, values.sizes["orders"])
    values.n = values.sizes["orders"]
    if bare[scopes.whole].any():
        values.share = None
    return values
