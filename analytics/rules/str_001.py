"""STR-001: has an organiser thirty persons in three levels, the gate of China's filing standard?

Criminal Law art. 224-1, filing standard of 2010, opinion of 2013 (points 1 and 4): persons are
counted, not accounts; the organiser and his own level count; who left counts; organisations of
three levels under one leader are added up. Coded 0 (gate not met), 1 (met), 2 (serious). Thirty
people in a three-tier plan meet it anywhere: it is context, never a finding by itself.
"""

import numpy as np
import polars as pl

import analytics.rules.counted as counted
from analytics.facts.frames import Facts, Floats, J
from analytics.measures import (
    ORGANISER,
    Evidence,
    Flags,
    Scopes,
    Values,
    evidence_of,
    inside,
    no_values,
)

PERSONS, LEVELS, SERIOUS_PERSONS = 30, 3, 120
SERIOUS_MONEY = 250_000_000
"""Fen of entry money: RMB 2.5 million."""
MONEY_OF = "CNY"


def work_out(facts: Facts, scopes: Scopes) -> Values:
    """Code by scope; numerator: persons, denominator: levels. Of the network: the gate of its
    worst organiser or group of organisers, and the scale of all of them.
    """
    found = _measured(facts, scopes)
    is_one = np.array([kind == ORGANISER for kind in scopes.kinds])
    best = found[:, is_one] if is_one.any() else _measured(facts, _organisers(facts))
    if best.shape[1]:
        worst = np.lexsort((best[1], best[0]))[-1]
        found[:, scopes.whole] = _of_network(found[:, scopes.whole], best[:, [worst]])
    values = no_values(len(scopes), "")
    code, persons, levels, money = found
    values.value = values.lower = values.upper = code
    values.numerator, values.denominator, values.n = persons, levels, persons
    values.sizes = {"persons": persons}
    values.shown = {"entry_money": money, "sanctioned": _sanctioned(facts, scopes)}
    return values


def _of_network(whole: Floats, worst: Floats) -> Floats:
    """The worst organiser says whether the gate is met; then the scale is that of all persons and
    all entry money, for organisers of one network are added up.
    """
    code, _, levels, _ = worst
    serious = (whole[1] >= SERIOUS_PERSONS) | (whole[3] >= SERIOUS_MONEY)
    raised = (code == 1) & serious
    return np.where(raised, np.stack([code + 1, whole[1], levels, whole[3]]), worst)


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """Accounts of the scope, those with the most below them first."""
    here = inside(facts.network, tops)[:-1] & facts.accounts["joined"].to_numpy()
    ids = facts.columns.distributors["id"].filter(pl.Series(here))
    return evidence_of("distributor", ids, pl.Series(facts.network.sizes()[here]))


def _measured(facts: Facts, scopes: Scopes) -> Floats:
    """Code, persons, levels, entry money in fen: four rows of one number a scope."""
    placed = facts.accounts["joined"].to_numpy() & (facts.network.depth >= 0)
    rows = np.flatnonzero(placed).astype(np.int32)
    persons = scopes.distinct(rows, facts.accounts["person"].to_numpy()[rows].astype(np.int64))
    levels = _levels(facts, scopes, placed)
    money = scopes.sums(_entry_money(facts))
    gate = (persons >= PERSONS) & (levels >= LEVELS)
    serious = gate & ((persons >= SERIOUS_PERSONS) | (money >= SERIOUS_MONEY))
    return np.stack([gate.astype(np.float64) + serious, persons, levels, money])


def _levels(facts: Facts, scopes: Scopes, placed: Flags) -> Floats:
    """Levels from the top of each scope downwards, its own included; 0 for an empty one."""
    depth = np.where(placed, facts.network.depth, -1).astype(np.float64)
    deepest = scopes.most(np.append(depth, -1.0), none=-1.0)
    scope, row = scopes.spread
    top = np.zeros(len(scopes))
    top[scope] = facts.network.depth[row]
    return np.maximum(deepest - top + 1, 0.0)


def _entry_money(facts: Facts) -> Floats:
    """Class J net of refunds by place, in the currency of the law."""
    if MONEY_OF not in facts.currencies:
        return np.zeros(facts.places + 1)
    surely, _ = counted.sides(facts.pieces["classes"], J)
    in_law = counted.of_order(facts, "currency") == facts.currencies.index(MONEY_OF)
    money = facts.pieces["net"].to_numpy() * (surely & in_law.to_numpy())
    return facts.by_place(counted.of_order(facts, "place_row"), money)


def _organisers(facts: Facts) -> Scopes:
    """Every root with anybody below; one alone if there is none."""
    roots = np.flatnonzero(facts.network.depth == 0)
    large = roots[facts.network.sizes()[roots] > 0]
    chosen = large if len(large) else roots[:1]
    tops = tuple((row,) for row in chosen.tolist())
    return Scopes(facts.network, (ORGANISER,) * len(tops), tops)


def _sanctioned(facts: Facts, scopes: Scopes) -> Floats:
    """How many accounts of each scope were sanctioned before."""
    before = facts.accounts["sanctioned_day"].is_not_null().to_numpy()
    return scopes.sums(np.append(before, False).astype(np.float64))
