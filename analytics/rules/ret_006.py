"""RET-006: orders of outside people that share a card, an address, a phone, a device or the person
with somebody who takes part.

A match by phone or address alone may be a family: it can make the band medium, never high.
Sources: FTC staff guidance, FTC v. Herbalife; ret_006.toml.
"""

import numpy as np
import polars as pl

from analytics.facts.frames import IDENTIFIER_KINDS, Facts, Floats, R, W
from analytics.measures import (
    GATE,
    NO_FILE,
    Evidence,
    Scopes,
    Share,
    Values,
    Words,
    alone,
    once,
    ratio,
    rolled,
    unless,
)
from analytics.network import Flags, Rows
from analytics.rules.selling import (
    CUSTOMER,
    is_one_of,
    may_be,
    orders_in,
    pieces_of,
    recent_orders,
    with_nobody,
    without,
)
from analytics.statistics import benjamini_hochberg, beta_binomial
from graph.model import NOBODY, OWNER_KIND

READ = ("place_row", "classes", "gross")
COVERED = 0.8
"""Least share of outside money, and of distributors, with something to match by."""
HIGH, MEDIUM = 0.25, 0.10
"""Edges of the bands that matches by phone or address alone stay below, and above."""
LEAST_ORDERS = 30
FOUND_AT = 0.05
"""False discoveries among sellers, on average."""
WEAK = tuple(1 << IDENTIFIER_KINDS.index(kind) for kind in ("phone", "address"))
"""Values of `linked` with which one of these is the only match."""


def work_out(facts: Facts, scopes: Scopes) -> Values:
    """Linked over all gross money of outside orders in 365 days."""
    share = _share(facts, _linked(facts))
    values = _capped(rolled(share, scopes), rolled(_share(facts, _surely_linked(facts)), scopes))
    unless(values, _covered(facts, scopes), GATE)
    return without(values, _usable(facts), NO_FILE)


def by_distributor(facts: Facts) -> tuple[Rows, Values]:
    """Sellers with at least 30 outside orders: their share drawn towards that of all other
    sellers, with the adjusted p of its being larger. Where only one kind of identifier matches
    it is medium at most.
    """
    share = _share(facts, _linked(facts))
    rows = np.flatnonzero(share.sizes["outside_orders"][:-1] >= LEAST_ORDERS).astype(np.int32)
    values = alone(share, rows)
    if not len(rows):
        return rows, values
    p = _shrink(values, _rest(share, rows))
    values.severity = np.where(_kinds(facts)[rows] < 2, _at_most_medium(values.value), "")
    values.severity[~(p <= FOUND_AT)] = "none"
    unless(values, np.full(len(rows), _network_covered(facts)), GATE)
    return rows, without(values, _usable(facts), NO_FILE)


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """The linked orders, by their linked money."""
    linked = once(facts, "evidence of RET-006", lambda: _linked(facts))
    return orders_in(facts, tops, linked["order"], linked["gross"])


def _linked(facts: Facts) -> pl.DataFrame:
    """Pieces of outside orders of 365 days that are surely linked, with `linked` of their order."""
    orders = facts.orders
    chosen = recent_orders(facts) & (orders["buyer"] == CUSTOMER) & (orders["linked"] != 0)
    pieces = pieces_of(facts, chosen & (orders["gross"] > 0), READ)
    pieces = pieces.filter(is_one_of(pieces["classes"], W))
    return pieces.with_columns(orders["linked"].gather(pieces["order"]))


def _surely_linked(facts: Facts) -> pl.DataFrame:
    linked = _linked(facts)
    return linked.filter(~linked["linked"].is_in(WEAK))


def _share(facts: Facts, linked: pl.DataFrame) -> Share:
    """An order of an unknown buyer may be an outside one, and then linked or not."""
    orders = facts.orders.filter(recent_orders(facts) & (facts.orders["gross"] > 0))
    outside = orders.filter(orders["buyer"] == CUSTOMER)
    unknown = _unknown(facts)
    places = outside["place_row"]
    return Share(
        num=facts.by_place(linked["place_row"], linked["gross"]),
        den=facts.by_place(places, outside["gross"]),
        den_maybe=unknown,
        both_maybe=unknown,
        sizes={"outside_orders": facts.by_place(places, np.ones(len(places)))},
    )


def _unknown(facts: Facts) -> Floats:
    """By place the money that may be outside money, and linked or not."""
    orders = facts.orders
    strangers = recent_orders(facts) & (orders["buyer"] != CUSTOMER) & (orders["gross"] > 0)
    pieces = pieces_of(facts, strangers, READ)
    some = pieces.filter(may_be(pieces["classes"], R) & may_be(pieces["classes"], W))
    return facts.by_place(some["place_row"], some["gross"])


def _capped(values: Values, strong: Values) -> Values:
    """Medium at most where the value without weak matches is below the edge of high."""
    weak = (values.value >= HIGH) & ~(strong.value >= HIGH)
    values.severity = np.where(weak, "medium", "").astype(object)
    settled = weak & (values.lower >= MEDIUM) & (strong.upper < HIGH)
    for bound in (values.lower, values.upper):
        bound[settled] = values.value[settled]
    values.shown["without_phone_or_address_alone"] = strong.value
    return values


def _covered(facts: Facts, scopes: Scopes) -> Flags:
    """Where enough outside money, and enough distributors, carry something to match by."""
    orders = facts.orders.filter(
        recent_orders(facts) & (facts.orders["buyer"] == CUSTOMER) & (facts.orders["gross"] > 0)
    )
    carried = orders.filter("identified")
    by_money = ratio(
        scopes.sums(facts.by_place(carried["place_row"], carried["gross"])),
        scopes.sums(facts.by_place(orders["place_row"], orders["gross"])),
    )
    joined = facts.accounts["joined"].to_numpy()
    has_one = with_nobody(joined & _identified(facts))
    by_heads = ratio(scopes.sums(has_one), scopes.sums(with_nobody(joined)))
    return np.asarray((by_money >= COVERED) & (by_heads >= COVERED))


def _usable(facts: Facts) -> bool:
    """Identifiers of one kind given both hashed and in clear never meet."""
    return facts.given.identifiers and not facts.given.mixed_kinds


def _network_covered(facts: Facts) -> bool:
    whole = Scopes(facts.network, ("network",), ((),))
    return bool(_covered(facts, whole)[0])


def _identified(facts: Facts) -> Flags:
    """By distributor row: whether he carries an identifier that may link."""
    found = facts.columns.distributors["person_id"].is_not_null().to_numpy().copy()
    owners = facts.columns.identifiers.filter(
        (pl.col("owner_kind") == OWNER_KIND.index("distributor"))
        & ~pl.col("shared")
        & (pl.col("owner_row") != NOBODY)
    )
    found[owners["owner_row"].to_numpy()] = True
    return found


def _rest(share: Share, rows: Rows) -> Floats:
    """By seller the linked share of everybody else's outside money."""
    num, den = share.num.sum() - share.num[rows], share.den.sum() - share.den[rows]
    return np.nan_to_num(ratio(num, den))


def _shrink(values: Values, rest: Floats) -> Floats:
    """Draw shares towards that of the rest, by their number of orders; gives the adjusted p of
    their being larger.
    """
    import scipy.stats  # half a second of start that most commands never need

    tries = values.n
    shrunk = beta_binomial(values.value * tries, tries, rest)
    hits = np.round(values.value * tries)
    p = scipy.stats.binom.sf(hits - 1, tries, np.clip(rest, 1e-9, 1.0))
    adjusted = benjamini_hochberg(p)
    values.p_adjusted = adjusted
    for name in ("value", "lower", "upper"):
        setattr(values, name, shrunk.mean.copy())
    values.ci_lower = shrunk.lower
    return adjusted


def _kinds(facts: Facts) -> Floats:
    """By seller: how many kinds of identifiers match on his linked orders."""
    linked = _linked(facts)
    bits = np.zeros((facts.places + 1, len(IDENTIFIER_KINDS)), np.bool_)
    at, kinds = linked["place_row"].to_numpy(), linked["linked"].to_numpy()
    for bit in range(len(IDENTIFIER_KINDS)):
        bits[at[(kinds >> bit) & 1 > 0], bit] = True
    return np.asarray(bits[:-1].sum(axis=1), np.float64)


def _at_most_medium(value: Floats) -> Words:
    return np.asarray(np.where(value >= HIGH, "medium", ""), object)
