"""REC-003: whether recruiting grows faster than real sales; growth alone is never more than low.

Source: our own measure, in the direction of FTC staff's guidance; rec_003.toml.
"""

import numpy as np

import analytics.statistics
from analytics.facts.frames import Facts, Floats
from analytics.measures import (
    Evidence,
    Scopes,
    Values,
    Words,
    at_places,
    evidence_of,
    no_values,
    unless,
)
from analytics.rules.acquired import (
    customers_between,
    joined_between,
    joiners,
    orders_between,
    recruits,
    unknown_money,
)
from analytics.rules.selling import unless_unknown

DAYS, SHARE_DAYS, SHIFTED = 90, 180, 60
FASTER, MUCH_FASTER = 1.25, 2.0
HALF, THIRD = 1 / 2, 1 / 3


def work_out(facts: Facts, scopes: Scopes) -> Values:
    """Growth of recruits over growth of retail orders, 90 days against the 90 before.

    The band is on the one-sided lower bound and on how many of those who came in are recruits.
    """
    now, before = _counts(facts, scopes, 0), _counts(facts, scopes, DAYS)
    found = no_values(len(scopes))
    ratio = analytics.statistics.ratio_of_ratios(before[0], now[0], before[1], now[1])
    found.value, found.ci_lower, found.ci_upper = ratio.value, ratio.lower_one_sided, ratio.upper
    found.numerator, found.denominator, found.n = now[0], now[1], now[0] + before[0]
    found.sizes = {"recruits_now": now[0], "recruits_before": before[0]}
    found.severity = _severity(ratio.lower_one_sided, _share(facts, scopes))
    found.shown = _shown(facts, scopes, now, before) | {"p": ratio.p}
    unless(found, np.isfinite(found.value), "gate")
    return unless_unknown(found, scopes, *unknown_money(facts, 2 * DAYS))


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """Who joined in the last 90 days."""
    found = joiners(facts)
    recent = found.filter(facts.window(found["day"], DAYS))
    inside = recent.filter(at_places(facts.network, tops, recent["row"]))
    ids = facts.columns.distributors["id"].gather(inside["row"])
    return evidence_of("distributor", ids)


def _counts(facts: Facts, scopes: Scopes, back: int) -> tuple[Floats, Floats]:
    """By scope recruits and retail orders of the 90 days that ended `back` days before as-of."""
    upto = facts.as_of_day - back
    joined = recruits(scopes, joined_between(facts, upto - DAYS, upto))
    return joined, scopes.sums(orders_between(facts, upto - DAYS, upto))


def _share(facts: Facts, scopes: Scopes) -> Floats:
    """The point share of recruits among all who came in, 180 days."""
    since = facts.as_of_day - SHARE_DAYS
    joined = recruits(scopes, joined_between(facts, since, facts.as_of_day))
    came = joined + scopes.sums(customers_between(facts, since, facts.as_of_day))
    return np.divide(joined, came, out=np.zeros(len(came)), where=came > 0)


def _severity(lower: Floats, share: Floats) -> Words:
    found = np.full(len(lower), "none", dtype=object)
    found[lower > FASTER] = "low"
    found[(lower > FASTER) & (share >= THIRD)] = "medium"
    found[(lower > MUCH_FASTER) & (share >= HALF)] = "high"
    return found


def _shown(
    facts: Facts, scopes: Scopes, now: tuple[Floats, Floats], before: tuple[Floats, Floats]
) -> dict[str, Floats]:
    """The four counts; and the ratio with sales 60 days later than recruiting."""
    early, earlier = _counts(facts, scopes, SHIFTED), _counts(facts, scopes, SHIFTED + DAYS)
    late = analytics.statistics.ratio_of_ratios(earlier[0], early[0], before[1], now[1])
    return {
        "recruits_before": before[0],
        "recruits_now": now[0],
        "orders_before": before[1],
        "orders_now": now[1],
        "shifted": late.value,
        "shifted_lower": late.lower_one_sided,
    }
