"""STR-003: is the network deeper than one that grows by chance?

In a random recursive tree of n people the mean depth is H_n - 1. Depth does not tell lawful from
unlawful networks (an old lawful one is deeper than a young scheme): context, never a finding.
"""

import numpy as np
import polars as pl

from analytics.facts.frames import Facts
from analytics.measures import (
    Evidence,
    Scopes,
    Values,
    evidence_of,
    inside,
    no_values,
    ratio,
)
from analytics.statistics import harmonic


def work_out(facts: Facts, scopes: Scopes) -> Values:
    """Mean depth below the top (numerator) over that of a random tree (denominator)."""
    placed = facts.accounts["joined"].to_numpy() & (facts.network.depth >= 0)
    accounts = scopes.sums(np.append(placed, False).astype(np.float64))
    depths = scopes.sums(np.append(np.where(placed, facts.network.depth, 0), 0).astype(np.float64))
    scope, row = scopes.spread
    top = np.zeros(len(scopes))
    top[scope] = facts.network.depth[row]
    values = no_values(len(scopes), "")
    values.numerator = ratio(depths, accounts) - top
    values.denominator = harmonic(accounts) - 1
    values.value = ratio(values.numerator, values.denominator)
    values.lower = values.upper = values.value
    values.n, values.sizes = accounts, {"distributors": accounts}
    return values


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """Accounts of the scope, the deepest first."""
    here = inside(facts.network, tops)[:-1] & (facts.network.depth >= 0)
    rows = np.flatnonzero(here)
    ids = facts.columns.distributors["id"].gather(rows)
    return evidence_of("distributor", ids, pl.Series(facts.network.depth[rows]))
