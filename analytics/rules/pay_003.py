"""PAY-003: what part of the members who were there long enough has lost money?

Anchors: BurnLounge (93.84 % never recouped), FHTM (98 %), Forsage (88 %). A member's result over
his life: commission and what he sold on, less stock, entry money and his own money behind linked
orders. What he bought for his own use is worth its price: who only buys is no loser.
"""

import numpy as np
import polars as pl

import analytics.rules.counted as counted
import graph.money
from analytics.facts.frames import Facts, Floats, J, R, S, W
from analytics.measures import (
    NO_FILE,
    UNKNOWN_MONEY,
    Evidence,
    Flags,
    Scopes,
    Share,
    Values,
    evidence_of,
    inside,
    once,
    ratio,
    rolled,
    unless,
)
from analytics.statistics import wilson
from graph.model import BUYER_KIND

TENURE_DAYS = 90
PREJOIN_DAYS = 30
UNKNOWN_SHARE = 0.05
ROOTS_MOST = 0.5
"""Above this part of all accounts a second figure takes roots in."""
CUSTOMER, DISTRIBUTOR = BUYER_KIND.index("customer"), BUYER_KIND.index("distributor")


def work_out(facts: Facts, scopes: Scopes) -> Values:
    """Losers over members of 90 days and more; shown: over all members, and roots included."""
    lost, tenured = _lost(facts), _tenured(facts)
    members = _members(facts)
    share = Share(_by_account(lost & tenured), _by_account(tenured))
    values = rolled(share, scopes, {"participants": scopes.sums(_by_account(tenured))})
    values.ci_lower, values.ci_upper = wilson(values.numerator, values.denominator)
    _not_evaluable(values, facts, scopes, tenured)
    values.shown = {"all_members": _rate(scopes, lost, members)}
    joined = facts.accounts["joined"].to_numpy()
    if (facts.accounts["is_root"].to_numpy() & joined).sum() > ROOTS_MOST * joined.sum():
        values.shown["roots_included"] = _rate(scopes, lost, joined)
    return values


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """The members who lost, the heaviest losses first."""
    here = _lost(facts) & _tenured(facts) & inside(facts.network, tops)[:-1]
    ids = facts.columns.distributors["id"].filter(pl.Series(here))
    return evidence_of("distributor", ids, pl.Series(-results(facts)[here]))


def results(facts: Facts) -> Floats:
    """By account its lifetime result in minor units."""
    return once(facts, "pay_003_results", lambda: _results(facts))


def _results(facts: Facts) -> Floats:
    income = facts.by_place(facts.commission["beneficiary_row"], facts.commission["amount"])
    found: Floats = (income + _sold_on(facts) - _spent(facts))[:-1]
    return found


def _sold_on(facts: Facts) -> Floats:
    """What each sold on; where the price is blank, at what he had paid."""
    currency = facts.currencies[0]
    resales = facts.columns.resales.filter(pl.col("currency") == currency)
    got = resales["sold_for"].fill_null(resales["amount"]).fill_null(0)
    return facts.by_place(resales["distributor_row"], got)


def _spent(facts: Facts) -> Floats:
    """Stock and entry money of the buyer, pre-join orders, linked orders of the seller."""
    surely = {of: counted.sides(facts.pieces["classes"], of)[0] for of in (J | S, J, W)}
    net = facts.pieces["net"].to_numpy()
    payer = facts.pieces.select("order").with_columns(
        counted.of_order(facts, "buyer"),
        counted.of_order(facts, "buyer_row"),
        counted.of_order(facts, "seller_row"),
    )
    own = (payer["buyer"] == DISTRIBUTOR).to_numpy() & surely[J | S]
    spent = facts.by_place(payer["buyer_row"].filter(pl.Series(own)), net[own])
    linked = (payer["buyer"] == CUSTOMER).to_numpy() & surely[W]
    spent += facts.by_place(payer["seller_row"].filter(pl.Series(linked)), net[linked])
    before = (payer["buyer"] == CUSTOMER).to_numpy() & surely[J]
    became = _became(facts).gather(payer["order"].filter(pl.Series(before)))
    spent += facts.by_place(became, net[before])
    return spent


def _became(facts: Facts) -> pl.Series:
    """By order row the account that its outside buyer opened within 30 days, else NOBODY."""
    orders = facts.orders.select(
        pl.col("customer").alias("person"), "day", pl.int_range(pl.len()).alias("at"), "prejoin"
    )
    accounts = facts.accounts.with_row_index("row").filter("joined")
    joins = accounts.select("person", pl.col("joined_day").alias("day"), "row")
    matched = (
        orders.filter("prejoin")
        .sort("day")
        .join_asof(
            joins.sort("day", "row"),
            on="day",
            by="person",
            strategy="forward",
            tolerance=PREJOIN_DAYS,
            check_sortedness=False,
        )
        .drop_nulls("row")
    )
    found = np.full(orders.height, -1, np.int32)
    found[matched["at"].to_numpy()] = matched["row"].to_numpy()
    return pl.Series("row", found)


def _lost(facts: Facts) -> Flags:
    """By account: whether it is more than one major unit below zero."""
    currency = facts.currencies[0]
    unit = 10 ** graph.money.exponent(currency)
    found: Flags = results(facts) < -unit
    return found


def _members(facts: Facts) -> Flags:
    """Every account with a sponsor, left ones in."""
    return (facts.accounts["joined"] & ~facts.accounts["is_root"]).to_numpy()


def _tenured(facts: Facts) -> Flags:
    day = facts.accounts["joined_day"].fill_null(facts.as_of_day).to_numpy()
    found: Flags = _members(facts) & (day <= facts.as_of_day - TENURE_DAYS)
    return found


def _not_evaluable(values: Values, facts: Facts, scopes: Scopes, tenured: Flags) -> None:
    """Stock without a word on resales; too much money of which the class is not known."""
    place = counted.of_order(facts, "place_row")
    net = facts.pieces["net"].to_numpy().astype(np.float64)
    _, maybe = counted.sides(facts.pieces["classes"], S | J | W)
    stock = counted.sides(facts.pieces["classes"], S)[0]
    if not facts.given.resales:
        in_stock = facts.by_place(place, net * stock)[:-1] * tenured
        unless(values, scopes.sums(np.append(in_stock, 0.0)) == 0, NO_FILE)
    outside = counted.sides(facts.pieces["classes"], R)[0]
    population = np.abs(net) * ~outside
    unknown = ratio(
        scopes.sums(facts.by_place(place, np.abs(net) * maybe)),
        scopes.sums(facts.by_place(place, population)),
    )
    unless(values, ~(unknown >= UNKNOWN_SHARE), UNKNOWN_MONEY)


def _rate(scopes: Scopes, lost: Flags, of: Flags) -> Floats:
    return ratio(scopes.sums(_by_account(lost & of)), scopes.sums(_by_account(of)))


def _by_account(flags: Flags) -> Floats:
    return np.append(flags, False).astype(np.float64)
