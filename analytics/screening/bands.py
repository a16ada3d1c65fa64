"""Bands on values: which stretch a number lies in, its edges taken as exact fractions.

A value within 1e-12 (relative above 1) of an edge is the edge: 300 of 900 is one third, however it
was added up.
"""

import numpy as np
import numpy.typing as npt

from analytics.facts.frames import Floats
from analytics.screening.rulebook import NE, SEVERITIES, Rule

Codes = npt.NDArray[np.int8]
"""Positions in SEVERITIES; NOT_EVALUABLE."""

NOT_EVALUABLE = -1
NEAR = 1e-12


def edges_of(rule: Rule) -> Floats:
    """The inner edges of the bands of `rule`, ascending."""
    return np.array([float(one.lower) for one in rule.bands[1:] if one.lower is not None])


def found(rule: Rule, values: Floats) -> Codes:
    """Severity of each value; NOT_EVALUABLE for what is no number."""
    at = position(rule, values)
    severities = np.array([SEVERITIES.index(one.severity) for one in rule.bands], np.int8)
    return np.where(np.isnan(values), NOT_EVALUABLE, severities[at]).astype(np.int8)


def position(rule: Rule, values: Floats) -> npt.NDArray[np.intp]:
    """Position of the band of each value among the bands of `rule`."""
    edges = edges_of(rule)
    side = "right" if rule.edge == "lower_closed" else "left"
    return np.searchsorted(edges, snapped(values, edges), side=side)  # type: ignore[call-overload, no-any-return]


def snapped(values: Floats, edges: Floats) -> Floats:
    """`values`, those next to an edge put on it."""
    near = values.astype(np.float64)
    for edge in edges:
        with np.errstate(invalid="ignore"):
            near[np.abs(values - edge) <= NEAR * max(1.0, abs(edge))] = edge
    return near


def word(code: int) -> str:
    """The word of a code."""
    return NE if code == NOT_EVALUABLE else SEVERITIES[code]


def code(word: str) -> int:
    """The code of a word."""
    return NOT_EVALUABLE if word == NE else SEVERITIES.index(word)
