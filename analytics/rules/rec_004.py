"""REC-004: how many of those who came in were recruited, and how many only bought.

Sources: Koscot as applied in BurnLounge; FTC v. Neora for the lawful side; rec_004.toml.
"""

import analytics.statistics
from analytics.facts.frames import Facts
from analytics.measures import Evidence, Scopes, Values, at_places, evidence_of, no_values, ratio
from analytics.rules.acquired import (
    customers_between,
    joined_between,
    joiners,
    recruits,
    unknown_money,
)
from analytics.rules.selling import unless_unknown
from analytics.statistics import Z_95_ONE_SIDED

DAYS = 180


def work_out(facts: Facts, scopes: Scopes) -> Values:
    """Persons who joined over these and customers by first purchase kept; the band is on Wilson's
    one-sided lower bound. A customer who joined as well counts on both sides.
    """
    since = facts.as_of_day - DAYS
    found = no_values(len(scopes))
    found.numerator = recruits(scopes, joined_between(facts, since, facts.as_of_day))
    customers = scopes.sums(customers_between(facts, since, facts.as_of_day))
    found.denominator = found.n = found.numerator + customers
    found.value = ratio(found.numerator, found.denominator)
    bounds = analytics.statistics.wilson(found.numerator, found.denominator, Z_95_ONE_SIDED)
    found.ci_lower, found.ci_upper = bounds
    found.sizes = {"events": found.n}
    found.shown = {"recruits": found.numerator, "customers": customers}
    return unless_unknown(found, scopes, *unknown_money(facts, DAYS))


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """Who joined in 180 days."""
    found = joiners(facts)
    recent = found.filter(facts.window(found["day"], DAYS))
    inside = recent.filter(at_places(facts.network, tops, recent["row"]))
    return evidence_of("distributor", facts.columns.distributors["id"].gather(inside["row"]))
