"""PAY-001: what part of net sales is paid out to participants?

Korea bans more than 35 % of sales, Vietnam more than 40 % of a year's revenue; China's direct
selling regulation allows 30 % of the seller's own sales. All benefits count, whatever they are paid
for. Exactly the cap is lawful: the bands are closed above.
"""

import polars as pl

import analytics.rules.counted as counted
from analytics.facts.frames import Facts
from analytics.measures import (
    Evidence,
    Scopes,
    Share,
    Values,
    at_places,
    evidence_of,
    ratio,
    rolled,
)

DAYS = 180


def work_out(facts: Facts, scopes: Scopes) -> Values:
    """Payouts of every basis over net sales; shown: the same of the calendar year so far."""
    recent = facts.window(facts.commission["earned_day"], DAYS)
    values = rolled(_share(facts, recent, facts.window(facts.orders["day"], DAYS)), scopes)
    year = facts.as_of_month // 12
    this_year = _share(
        facts, facts.commission["earned_month"] // 12 == year, facts.orders["month"] // 12 == year
    )
    values.shown = {
        "calendar_year": ratio(scopes.sums(this_year.num), scopes.sums(this_year.den)),
    }
    return values


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """Who was paid in the window, the best-paid first."""
    recent = facts.commission.filter(facts.window(facts.commission["earned_day"], DAYS))
    here = recent.filter(
        at_places(facts.network, tops, recent["place_row"]) & (recent["beneficiary_row"] >= 0)
    )
    ids = facts.columns.distributors["id"].gather(here["beneficiary_row"])
    return evidence_of("distributor", ids, here["amount"])


def _share(facts: Facts, paid: pl.Series, ordered: pl.Series) -> Share:
    commission, orders = facts.commission.filter(paid), facts.orders.filter(ordered)
    return Share(
        facts.by_place(commission["place_row"], commission["amount"]),
        facts.by_place(orders["place_row"], orders["net"]),
        sizes={"orders": counted.rows_at(facts, orders["place_row"])},
    )
