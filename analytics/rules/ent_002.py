"""ENT-002: whether anybody had to pay more on joining than a law allows.

Only a pack says which law: it passes its currency, cap and days. Sources: ent_002.toml.
"""

import numpy as np
import polars as pl

import graph.money
from analytics.facts.frames import Facts, Floats, J
from analytics.measures import (
    CURRENCY,
    NO_GATE,
    UNKNOWN_MONEY,
    Evidence,
    Scopes,
    Values,
    no_evidence,
    no_values,
    ratio,
)
from analytics.network import Flags, Rows
from analytics.rules.selling import (
    DISTRIBUTOR,
    MONEY,
    MOST_UNKNOWN,
    YEAR,
    distributors_in,
    is_one_of,
    lately,
    may_be,
    pieces_of,
    recent_orders,
    with_nobody,
)
from graph.model import NOBODY


def work_out(
    facts: Facts, scopes: Scopes, *, currency: str = "", cap: str = "", days: int = 0
) -> Values:
    """The most that one joiner of 12 months paid within `days` of joining over `cap`, in major
    units of `currency`. Without a law, or in another currency than the law's: not evaluable.
    """
    if not currency or currency not in facts.currencies:
        return no_values(len(scopes), CURRENCY)
    joiners, limit = _joiners(facts), graph.money.parse_minor(cap, currency)
    sure, most = _burden(facts, currency, days)
    values = no_values(len(scopes))
    values.n = scopes.sums(with_nobody(joiners))
    values.sizes = {"joiners": values.n}
    values.numerator = scopes.most(with_nobody(sure * joiners))
    values.denominator = np.full(len(scopes), float(limit))
    values.value = values.lower = ratio(values.numerator, values.denominator)
    values.upper = scopes.most(with_nobody(most * joiners)) / limit
    blind = (values.value <= 1) & (_unknown_share(facts, scopes, currency) >= MOST_UNKNOWN)
    values.why[blind & (values.why == NO_GATE)] = UNKNOWN_MONEY
    return values


def by_distributor(
    facts: Facts, *, currency: str = "", cap: str = "", days: int = 0
) -> tuple[Rows, Values]:
    """Every joiner of 12 months who paid anything."""
    if not currency or currency not in facts.currencies:
        return np.zeros(0, np.int32), no_values(0)
    sure, most = _burden(facts, currency, days)
    rows = np.flatnonzero(_joiners(facts) & (sure > 0)).astype(np.int32)
    limit = graph.money.parse_minor(cap, currency)
    values = no_values(len(rows))
    values.numerator, values.denominator = sure[rows], np.full(len(rows), float(limit))
    values.value = values.lower = sure[rows] / limit
    values.upper = most[rows] / limit
    values.n = np.ones(len(rows))
    values.sizes = {"joiners": values.n}
    return rows, values


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """The joiners who paid within a year of joining, the largest sums first."""
    if len(facts.currencies) != 1:
        return no_evidence("distributor")
    sure, _ = _burden(facts, facts.currencies[0], YEAR)
    return distributors_in(facts, tops, sure * _joiners(facts))


def _joiners(facts: Facts) -> Flags:
    accounts = facts.accounts
    recent = lately(accounts["joined_day"], facts.as_of_day, YEAR).fill_null(False)
    return np.asarray((recent & accounts["joined"] & ~accounts["is_root"]).to_numpy())


def _burden(facts: Facts, currency: str, days: int) -> tuple[Floats, Floats]:
    """By row: entry money surely, and perhaps, paid within `days` from joining on, day 0 first."""
    wanted = facts.orders["currency"] == facts.currencies.index(currency)
    bought = wanted & (facts.orders["buyer"] == DISTRIBUTOR) & (facts.orders["buyer_row"] != NOBODY)
    pieces = pieces_of(facts, bought & recent_orders(facts), (*MONEY, "day", "buyer_row"))
    after = pieces["day"] - facts.accounts["joined_day"].gather(pieces["buyer_row"])
    near = pieces.filter(((after >= 0) & (after < days)).fill_null(False))
    near = near.filter(may_be(near["classes"], J))
    sure = near.filter(is_one_of(near["classes"], J))
    return (
        facts.by_place(sure["buyer_row"], sure["net"])[:-1],
        facts.by_place(near["buyer_row"], near["net"])[:-1],
    )


def _unknown_share(facts: Facts, scopes: Scopes, currency: str) -> Floats:
    """By scope the share of gross money of a year whose buyer nobody knows."""
    wanted = facts.orders["currency"] == facts.currencies.index(currency)
    orders = facts.orders.filter(wanted & recent_orders(facts))
    strange = orders.filter(pl.col("buyer") == 0)
    return ratio(
        scopes.sums(facts.by_place(strange["place_row"], strange["gross"].abs())),
        scopes.sums(facts.by_place(orders["place_row"], orders["gross"].abs())),
    )
