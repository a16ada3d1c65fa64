"""DYN-001: has recruiting collapsed against its best time, in a network that lives from it?

A scheme that lives from entrants ends when they stop coming (SEC investor alert). Recruits
of the last 90 days against the best 90 days; worse where revenue falls with them, or where it came
from entry money and stock before. The end of a campaign looks the same in recruits, not in revenue.
"""

import numpy as np

import analytics.statistics
from analytics.facts.frames import Facts, Floats, J, S
from analytics.measures import (
    NO_GATE,
    UNKNOWN_MONEY,
    Evidence,
    Flags,
    Scopes,
    Share,
    Values,
    Words,
    at_places,
    evidence_of,
    no_values,
    ratio,
    rolled,
)
from analytics.network import Rows
from analytics.rules.acquired import joiners
from analytics.rules.selling import lately, share_of_classes

DAYS, STEP = 90, 30
LATE, LOWER, LOWEST = 0.5, 0.8, 0.5
"""Of the peak; of the revenue before: below it medium, below it high."""
DEPENDENT = 0.5
WEEK = 7


def work_out(facts: Facts, scopes: Scopes) -> Values:
    """Recruits of the last 90 days (numerator) over the best 90 days (denominator)."""
    last, best = _last_and_best(facts, scopes)
    values = no_values(len(scopes), NO_GATE)
    values.numerator, values.denominator, values.n = last, best, best
    values.value = ratio(last, best)
    values.lower = values.upper = values.value
    values.sizes = {"peak": best}
    revenue, before = _revenue(facts, scopes), _dependence(facts, scopes)
    low, high = (_severity(values.value, revenue, part) for part in (before.lower, before.upper))
    values.severity = _severity(values.value, revenue, before.value)
    values.why[low != high] = UNKNOWN_MONEY
    onset = _onset(facts)
    values.shown = {"revenue": revenue, "entry_and_stock": before.value}
    if onset is not None:
        values.shown["network_changed_days_ago"] = float(onset)
    return values


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """Who joined in the last 180 days, the latest first."""
    found = joiners(facts)
    recent = found.filter(facts.window(found["day"], 2 * DAYS))
    here = recent.filter(at_places(facts.network, tops, recent["row"]))
    return evidence_of(
        "distributor",
        facts.columns.distributors["id"].gather(here["row"]),
        here["day"] - (facts.as_of_day - 2 * DAYS),
    )


def _last_and_best(facts: Facts, scopes: Scopes) -> tuple[Floats, Floats]:
    """Recruits of the last 90 days and of the best 90, stepping back by 30 days to the first."""
    found = joiners(facts)
    step = (facts.as_of_day - found["day"].to_numpy().astype(np.int64)) // STEP
    position = facts.network.position[found["row"].to_numpy()]
    steps, width = int(step.max(initial=0)) + 1, DAYS // STEP
    recent = [_below(scopes, position[step == k]) for k in range(width)]
    last = np.sum(recent, axis=0)
    best = last.copy()
    for k in range(width, steps):
        recent = [*recent[1:], _below(scopes, position[step == k])]
        best = np.maximum(best, np.sum(recent, axis=0))
    return last, best


def _below(scopes: Scopes, position: Rows) -> Floats:
    """By scope how many of these preorder positions stand below its tops; the network has all."""
    ordered = np.sort(position)
    scope, row = scopes.spread
    begin = np.searchsorted(ordered, scopes.network.position[row], side="right")
    end = np.searchsorted(ordered, scopes.network.end[row], side="left")
    found = np.bincount(scope, end - begin, minlength=len(scopes)).astype(np.float64)
    found[scopes.whole] = len(position)
    return found


def _revenue(facts: Facts, scopes: Scopes) -> Floats:
    """Net money of the last 90 days over that of the 90 days before."""
    now, before = (scopes.sums(_net(facts, facts.as_of_day - back)) for back in (0, DAYS))
    return ratio(now, before)


def _net(facts: Facts, upto: int) -> Floats:
    recent = facts.orders.filter(lately(facts.orders["day"], upto, DAYS))
    return facts.by_place(recent["place_row"], recent["net"])


def _dependence(facts: Facts, scopes: Scopes) -> Values:
    """Entry money and stock of days 90 to 180 back over all net money of these."""
    before = lately(facts.orders["day"], facts.as_of_day - DAYS, DAYS)
    share: Share = share_of_classes(facts, J | S, before)
    return rolled(share, scopes)


def _severity(value: Floats, revenue: Floats, dependence: Floats) -> Words:
    """none above half the peak; low, medium or high below, by revenue and dependence."""
    near = 1e-12
    late = value < LATE - near
    dependent: Flags = dependence >= DEPENDENT - near
    found = np.full(len(value), "none", dtype=object)
    found[late] = "low"
    found[late & ((revenue < LOWER - near) | dependent)] = "medium"
    found[late & (revenue < LOWEST - near) & dependent] = "high"
    found[np.isnan(value)] = ""
    return found


def _onset(facts: Facts) -> int | None:
    """Days since the weekly recruits of the network last left their usual level, if they did."""
    days = joiners(facts)["day"].to_numpy().astype(np.int64)
    if not len(days):
        return None
    weeks = (facts.as_of_day - days) // WEEK
    series = np.bincount(weeks, minlength=int(weeks.max()) + 1)[::-1]
    changes = analytics.statistics.change_points(series)
    return (len(series) - changes[-1]) * WEEK if changes else None
