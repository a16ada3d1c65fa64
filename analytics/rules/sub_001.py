"""SUB-001: does a branch of recruiting hide inside a network that sells?

Every node with ten persons below and fifteen newcomers is held against the rest of the network:
recruits among newcomers (recruits and new real customers of 180 days). The test is widened by the
over-dispersion of root trees (recruits come in cascades) and corrected for how many nodes were
tested; what counts then is the effect: the branch's share, drawn towards the rest, lies a quarter
above it, and the branch's money is entry money or hardly any retail. Named is the highest node that
fails down the tree and its worst descendant. Source: Yekutieli 2008 and rules.md 3.
"""

from typing import NamedTuple

import numpy as np
import polars as pl

import analytics.statistics
from analytics.facts.frames import Facts, Floats, Ints, J, R
from analytics.measures import (
    BRANCH,
    GATE,
    NO_GATE,
    Evidence,
    Flags,
    Scopes,
    Values,
    evidence_of,
    inside,
    no_values,
    once,
    rolled,
)
from analytics.network import Rows
from analytics.rules.acquired import customers_between, joined_between, recruits
from analytics.rules.selling import share_of_classes

DAYS, MONEY_DAYS = 180, 365
PERSONS_BELOW, EVENTS, REST_EVENTS = 10, 15, 50
LEVEL = 0.05
GROUPS = 5
"""Fewer groups than this say nothing about over-dispersion."""
FARTHER, ENTRY, RETAIL = 0.25, 1 / 3, 0.2
ENOUGH = 30
"""Accounts from which on a network without a candidate says that there is none."""
MAIN_CURRENCY = 0.05
NEAR = 1e-12
MOST_NAMED = 50


class Tested(NamedTuple):
    """The candidates, each by its row; `parent` is the candidate above it, or -1."""

    row: Rows
    parent: Ints
    recruits: Floats
    events: Floats
    share: Floats  # shrunk
    rest: Floats  # share of the rest of the network
    z: Floats
    p: Floats
    adjusted: Floats
    failed: Flags  # test and effect
    perhaps: Flags  # failed if unknown money lies as badly as it can
    named: Flags  # rejected down the tree as well
    phi: float


def work_out(facts: Facts, scopes: Scopes) -> Values:
    """How many branches fail in each scope, itself included; n: candidates in it."""
    found = tested(facts)
    accounts = scopes.sums(np.append(facts.accounts["joined"].to_numpy(), False).astype(float))
    values = no_values(len(scopes), NO_GATE)
    values.n = _within(facts, scopes, found.row)
    values.value = _within(facts, scopes, found.row[found.failed])
    values.lower, values.numerator = values.value, values.value
    values.upper = _within(facts, scopes, found.row[found.perhaps])
    values.denominator = values.n
    values.sizes = {"candidates": values.n}
    values.why[(values.n == 0) & (accounts < ENOUGH)] = GATE
    values.p_adjusted = _least_p(facts, scopes, found)
    values.shown = _shown(facts, scopes, found)
    return values


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """Who leads the branches that fail, the farthest from the rest first."""
    found = tested(facts)
    here = found.failed & inside(facts.network, tops)[:-1][found.row]
    ids = facts.columns.distributors["id"].gather(found.row[here])
    return evidence_of("distributor", ids, pl.Series(found.z[here]))


def tested(facts: Facts) -> Tested:
    """Every candidate with its test."""
    return once(facts, "sub_001_tested", lambda: _tested(facts))


def _tested(facts: Facts) -> Tested:
    scopes = _large(facts)
    hits, events = _newcomers(facts, scopes)
    total_hits, total = hits[-1], events[-1]
    kept = np.append((events[:-1] >= EVENTS) & (total - events[:-1] >= REST_EVENTS), False)
    row = scopes.spread[1][kept[:-1]].astype(np.int32)
    k, n = hits[kept], events[kept]
    phi = _phi(facts)
    rest_k, rest_n = total_hits - k, total - n
    z = analytics.statistics.pooled_z(k, n, rest_k, rest_n, phi)
    p = analytics.statistics.upper_tail(z)
    rest = rest_k / rest_n
    share = analytics.statistics.beta_binomial(k, n, rest).mean
    adjusted = analytics.statistics.benjamini_hochberg(p)
    apart = (adjusted <= LEVEL) & (share - rest >= FARTHER - NEAR)
    surely, perhaps = _by_money(facts, row)
    parent = _candidate_above(facts, row)
    level = analytics.statistics.tree_level(LEVEL)
    named = analytics.statistics.yekutieli(parent, p, level)
    failed = apart & surely
    return Tested(
        row, parent, k, n, share, rest, z, p, adjusted, failed, apart & perhaps, named, phi
    )


def _large(facts: Facts) -> Scopes:
    """Nodes with ten persons or more below, and the whole network as the last scope."""
    sizes = facts.network.sizes()
    rows = np.flatnonzero(sizes >= PERSONS_BELOW)
    nodes = _nodes(facts, rows)
    places = np.flatnonzero(facts.accounts["joined"].to_numpy()).astype(np.int32)
    person = facts.accounts["person"].to_numpy()[places].astype(np.int64)
    enough = rows[nodes.distinct(places, person) - 1 >= PERSONS_BELOW]
    return _nodes(facts, enough, network=True)


def _nodes(facts: Facts, rows: Ints, network: bool = False) -> Scopes:
    tops: tuple[tuple[int, ...], ...] = tuple((row,) for row in rows.tolist())
    tops = (*tops, ()) if network else tops
    return Scopes(facts.network, (BRANCH,) * len(tops), tops)


def _newcomers(facts: Facts, scopes: Scopes) -> tuple[Floats, Floats]:
    """By scope recruits below it, and these with the customers who first bought there."""
    since = facts.as_of_day - DAYS
    hits = recruits(scopes, joined_between(facts, since, facts.as_of_day))
    return hits, hits + scopes.sums(customers_between(facts, since, facts.as_of_day))


def _phi(facts: Facts) -> float:
    """Over-dispersion between root trees; where these are few, between their children."""
    depth = facts.network.depth
    for level in (0, 1):
        groups = _nodes(facts, np.flatnonzero(depth == level))
        hits, events = _newcomers(facts, groups)
        large = events >= EVENTS
        if large.sum() >= GROUPS:
            return analytics.statistics.over_dispersion(hits[large], events[large])
    return 1.0


def _by_money(facts: Facts, row: Rows) -> tuple[Flags, Flags]:
    """Whether entry money is a third or more, or retail below a fifth, of a branch's net money:
    surely, and with unknown money on the worse side. Currencies apart, each with 5 % of its orders.
    """
    nodes = _nodes(facts, row.astype(np.int64))
    parts = [_by_money_of(facts.of_currency(code), nodes) for code in facts.currencies]
    orders = sum((part[2] for part in parts), np.zeros(len(row)))
    surely, perhaps = np.zeros(len(row), np.bool_), np.zeros(len(row), np.bool_)
    for sure, may, count in parts:
        main = count >= MAIN_CURRENCY * orders
        surely |= sure & main
        perhaps |= may & main
    return surely, perhaps


def _by_money_of(facts: Facts, nodes: Scopes) -> tuple[Flags, Flags, Floats]:
    recent = facts.window(facts.orders["day"], MONEY_DAYS)
    entry = rolled(share_of_classes(facts, J, recent), nodes)
    retail = rolled(share_of_classes(facts, R, recent), nodes)
    surely = (entry.lower >= ENTRY - NEAR) | (retail.upper < RETAIL - NEAR)
    perhaps = (entry.upper >= ENTRY - NEAR) | (retail.lower < RETAIL - NEAR)
    return surely, perhaps, entry.n


def _candidate_above(facts: Facts, row: Rows) -> Ints:
    """By candidate the position of the nearest candidate above, -1 for none."""
    order = np.argsort(facts.network.position[row], kind="stable")
    position, end = facts.network.position[row[order]], facts.network.end[row[order]]
    above = np.full(len(row), -1, np.int64)
    open_now: list[int] = []
    for i in range(len(order)):
        while open_now and end[open_now[-1]] <= position[i]:
            open_now.pop()
        above[order[i]] = order[open_now[-1]] if open_now else -1
        open_now.append(i)
    return above


def _within(facts: Facts, scopes: Scopes, rows: Rows) -> Floats:
    """By scope how many of `rows` stand in it."""
    by_place = np.bincount(rows, minlength=facts.places + 1).astype(np.float64)
    return scopes.sums(by_place)


def _least_p(facts: Facts, scopes: Scopes, found: Tested) -> Floats:
    """By scope the smallest adjusted p of its candidates; NaN without one."""
    by_place = np.full(facts.places + 1, -np.inf)
    by_place[found.row] = -found.adjusted
    least = -scopes.most(by_place, none=-np.inf)
    return np.where(np.isfinite(least), least, np.nan)


def _shown(facts: Facts, scopes: Scopes, found: Tested) -> dict[str, object]:
    """Phi; of each branch its own counts; of the network the highest failing node of each line and
    its worst descendant.
    """
    of_row = np.full(facts.places + 1, -1, np.int64)
    of_row[found.row] = np.arange(len(found.row))
    single = np.array([tops[0] if len(tops) == 1 else facts.places for tops in scopes.tops])
    at = of_row[single] if len(found.row) else np.full(len(scopes), -1)
    shown: dict[str, object] = {"phi": found.phi}
    for name in ("recruits", "events", "share", "rest"):
        numbers = np.append(getattr(found, name), np.nan)
        shown[name] = numbers[at]
    branches = named(facts, found)
    shown["branches"] = [branches if not tops else None for tops in scopes.tops]
    return shown


def named(facts: Facts, found: Tested) -> list[dict[str, object]]:
    """The highest failing node of each line, with its worst failing descendant: ids and numbers."""
    top = _highest(found)
    ids = facts.columns.distributors["id"]
    lines: list[dict[str, object]] = []
    for head in np.unique(top[top >= 0])[:MOST_NAMED].tolist():
        mine = np.flatnonzero(top == head)
        worst = int(mine[np.argmax(found.z[mine])])
        lines.append(
            {
                "branch": ids[int(found.row[head])],
                "worst": ids[int(found.row[worst])],
                "p_adjusted": float(found.adjusted[head]),
                "down_the_tree": bool(found.named[head]),
                "recruits": float(found.recruits[head]),
                "events": float(found.events[head]),
            }
        )
    return lines


def _highest(found: Tested) -> Ints:
    """By candidate the highest failing one of its line, itself included; -1 if it does not fail."""
    top = np.full(len(found.row), -1, np.int64)
    for i in np.flatnonzero(found.failed).tolist():
        at = head = i
        while at >= 0:
            head = at if found.failed[at] else head
            at = int(found.parent[at])
        top[i] = head
    return top
