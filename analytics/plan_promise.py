"""The most that a plan can promise on one unit of one product, whoever stands on the path.

A promise is worked out per level by the precedence distributor > product > category > plan, before
and after each window, with the overriding distributors placed where they cost most: one distributor
on one level only, which is an assignment. So every promise found can really come about.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import networkx as nx

from analytics.plan import Override, Plan
from graph.money import RATE_DECIMALS_MAX, Exact

Level = tuple[Exact, Exact]
"""Rate and amount per unit (major units) of one level; one of the two is zero."""

NOTHING: Level = (Exact(0), Exact(0))


@dataclass(frozen=True)
class Basis:
    """What rates are taken of and how many minor units one major unit of an amount is."""

    of: Exact
    minor_per_major: int

    def value(self, level: Level) -> Exact:
        """What one level is promised, in minor units of the basis."""
        return level[0] * self.of + level[1] * self.minor_per_major


SHARE = Basis(Exact(1), 0)
"""Promises as a share of the base; amounts per unit do not count."""


def most(plan: Plan, overrides: Sequence[Override], basis: Basis) -> Exact:
    """The largest promise at any time on any path; `overrides`: the product's, the category's."""
    if plan.kind == "differential":
        return max(plan.rank_rates.values(), default=Exact(0)) * basis.of
    return max(_at(plan, overrides, basis, then) for then in _stages(plan))


def standard(plan: Plan) -> Iterator[tuple[str, str, list[Override]]]:
    """Whose promises to look at where products are not known: words' code, name, overrides.

    A product that names only its first levels takes the rest from the category that costs most.
    """
    yield "for_every_product", "", []
    for override in plan.category_rates:
        yield "for_category", override.key, [override]
    for override in plan.product_rates:
        for rest in [[], *([category] for category in plan.category_rates)][
            : _choices(override, plan)
        ]:
            yield "for_product", override.key, [override, *rest]


def _choices(override: Override, plan: Plan) -> int | None:
    named = max(len(override.rates), len(override.amounts))
    return 1 if named >= plan.max_paid_levels else None


def _stages(plan: Plan) -> Iterator[Mapping[int, Exact]]:
    yield {}
    for days in sorted({window.days for window in plan.window}):
        yield {window.level: window.then for window in plan.window if window.days <= days}


def _at(
    plan: Plan, overrides: Sequence[Override], basis: Basis, then: Mapping[int, Exact]
) -> Exact:
    levels = [
        basis.value(_windowed(_first([*overrides, Override("", plan.rates)], level), level, then))
        for level in range(1, plan.max_paid_levels + 1)
    ]
    gains = _gains(plan, levels, basis, then)
    return sum(levels, start=Exact(0)) + _best(gains)


def _first(overrides: Sequence[Override], level: int) -> Level:
    """The first override that names this level."""
    for override in overrides:
        found = _named(override, level)
        if found is not None:
            return found
    return NOTHING


def _named(override: Override, level: int) -> Level | None:
    if level <= len(override.rates):
        return override.rates[level - 1], Exact(0)
    return (Exact(0), override.amounts[level - 1]) if level <= len(override.amounts) else None


def _windowed(found: Level, level: int, then: Mapping[int, Exact]) -> Level:
    return found if level not in then or found[1] else (then[level], Exact(0))


def _gains(
    plan: Plan, levels: Sequence[Exact], basis: Basis, then: Mapping[int, Exact]
) -> dict[int, list[tuple[Exact, str]]]:
    """By level the distributors that would raise it, the dearest first, as many as levels."""
    found: dict[int, list[tuple[Exact, str]]] = {}
    for level, value in enumerate(levels, 1):
        raised = []
        for override in plan.distributor_rates:
            named = _named(override, level)
            if named is not None:
                kept = named if override.ignores_window else _windowed(named, level, then)
                raised.append((basis.value(kept) - value, override.key))
        dearest = sorted((gain for gain in raised if gain[0] > 0), key=lambda g: (-g[0], g[1]))
        found[level] = dearest[: len(levels)]
    return found


def _best(gains: Mapping[int, Sequence[tuple[Exact, str]]]) -> Exact:
    """The largest sum with each distributor on one level and each level held by one."""
    scale = 10**RATE_DECIMALS_MAX
    seats = nx.Graph()
    for level, raised in gains.items():
        for gain, distributor in raised:
            seats.add_edge(level, f"D{distributor}", weight=int(gain * scale))
    taken = nx.max_weight_matching(seats)
    return Exact(sum(seats.edges[edge]["weight"] for edge in taken), scale)
