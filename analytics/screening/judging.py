"""From the numbers of a rule to bands: gates, bounds of unknown money, currencies put together."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

import analytics.screening.bands
from analytics.facts.frames import Floats
from analytics.measures import GATE, NO_GATE, UNKNOWN_MONEY, Values, Words
from analytics.screening.bands import NOT_EVALUABLE, Codes
from analytics.screening.rulebook import SEVERITIES, Rule

MEDIUM = SEVERITIES.index("medium")
ORDERS_SHARE = 0.05
"""A currency with fewer of the orders than this decides nothing."""
NUMBERS = (
    "value",
    "lower",
    "upper",
    "ci_lower",
    "ci_upper",
    "numerator",
    "denominator",
    "n",
    "p_adjusted",
)

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Judged:
    """One row per scope: the band of a rule there and all that stands behind it."""

    band: Codes
    why: Words
    numbers: dict[str, Floats]
    currency: Words
    values: tuple[tuple[str, Values], ...] = field(default=())  # by currency

    def __len__(self) -> int:
        """How many scopes."""
        return len(self.band)

    def values_at(self, row: int) -> Values | None:
        """The values of the currency that is shown for a scope."""
        return dict(self.values).get(self.currency[row])


def judge(rule: Rule, values: Values, currency: str = "") -> Judged:
    """The bands of one currency (or of what has none)."""
    why = values.why.copy()
    if (why == NO_GATE).any():
        for name, least in rule.gate.items():
            why[~(values.sizes[name] >= least) & (why == NO_GATE)] = GATE
    at = values.ci_lower if rule.banded == "ci_lower" else values.value
    band = analytics.screening.bands.found(rule, at)
    if rule.banded == "value":
        why[_undecided(rule, values) & (why == NO_GATE)] = UNKNOWN_MONEY
    if values.severity is not None:
        band = _put(band, values.severity)
    why[(band == NOT_EVALUABLE) & (why == NO_GATE)] = GATE
    band[why != NO_GATE] = NOT_EVALUABLE
    return Judged(band, why, _numbers(values), _all(currency, len(band)), ((currency, values),))


def failed(count: int, why: str) -> Judged:
    """Nothing evaluable, for one reason."""
    band = np.full(count, NOT_EVALUABLE, np.int8)
    numbers = {name: np.full(count, np.nan) for name in NUMBERS}
    return Judged(band, _all(why, count), numbers, _all("", count))


def together(parts: Sequence[Judged], weights: npt.NDArray[np.float64]) -> Judged:
    """One judgement of several currencies: the worst evaluable band among those with 5 % of a
    scope's orders; not evaluable where one of these is not, unless another is medium or above.

    `weights`: orders by [currency, scope]. Where there are no orders, every currency counts.
    """
    if len(parts) == 1:
        return parts[0]
    total = weights.sum(axis=0)
    counts = (weights >= ORDERS_SHARE * total) | (total == 0)
    bands = np.stack([part.band for part in parts])
    chosen = _chosen(bands, counts, weights)
    return _picked(parts, chosen)


def capped(judged: Judged, where: Flags, at: int) -> Judged:
    """`judged` with bands above `at` brought down to it where `where` holds."""
    band = np.where(where & (judged.band > at), at, judged.band).astype(np.int8)
    return replace(judged, band=band)


def _chosen(bands: Codes, counts: Flags, weights: Floats) -> npt.NDArray[np.intp]:
    """By scope the position of the currency to show."""
    seen = np.where(counts, bands, NOT_EVALUABLE - 1).astype(np.float64)
    near = weights / (1.0 + weights.sum(axis=0))  # below 1: breaks ties towards the larger currency
    worst = np.argmax(seen + near * 0.5, axis=0)
    missing = counts & (bands == NOT_EVALUABLE)
    blind = np.argmax(missing * (1.0 + near), axis=0)
    hidden = missing.any(axis=0) & (np.max(seen, axis=0) < MEDIUM)
    return np.asarray(np.where(hidden, blind, worst), np.intp)


def _picked(parts: Sequence[Judged], chosen: npt.NDArray[np.intp]) -> Judged:
    rows = np.arange(len(chosen))
    numbers = {
        name: np.stack([part.numbers[name] for part in parts])[chosen, rows] for name in NUMBERS
    }
    return Judged(
        np.stack([part.band for part in parts])[chosen, rows],
        np.stack([part.why for part in parts])[chosen, rows],
        numbers,
        np.stack([part.currency for part in parts])[chosen, rows],
        tuple(pair for part in parts for pair in part.values),
    )


def _undecided(rule: Rule, values: Values) -> Flags:
    """Where unknown money on one side gives another band than on the other."""
    bounds = (np.where(np.isnan(end), values.value, end) for end in (values.lower, values.upper))
    low, high = (analytics.screening.bands.found(rule, end) for end in bounds)
    return np.asarray(low != high)


def _put(band: Codes, severity: Words) -> Codes:
    codes = {"": NOT_EVALUABLE, **{word: i for i, word in enumerate(SEVERITIES)}}
    given = np.array([codes[word] for word in severity], np.int8)
    return np.where(severity == "", band, given).astype(np.int8)


def _numbers(values: Values) -> dict[str, Floats]:
    nothing = np.full(len(values), np.nan)
    found: dict[str, Any] = {name: getattr(values, name) for name in NUMBERS}
    return {name: nothing if one is None else one for name, one in found.items()}


def _all(word: str, count: int) -> Words:
    return np.full(count, word, dtype=object)
