"""From bands to a verdict: ESCALATE, REVIEW, CLEAR, INSUFFICIENT, the first that holds.

A scope is judged by its own values. What could not be looked at never makes anything CLEAR.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

import analytics.screening.typologies
from analytics.screening.bands import NOT_EVALUABLE, Codes
from analytics.screening.finding import CLEAR, ESCALATE, INSUFFICIENT, REVIEW
from analytics.screening.packs import Pack
from analytics.screening.rulebook import SEVERITIES, WEIGHTS, Rule
from analytics.screening.typologies import T8

NONE, LOW, MEDIUM, HIGH = (SEVERITIES.index(word) for word in ("none", "low", "medium", "high"))
UNCOUNTED = ("DQ-001", "STR-002")
"""Rules that make no review by themselves."""
EVIDENCE = ("RET-006", "RET-007")
"""Without these nothing is clear: whether outside orders are outside, and stay sold."""
MONEY = ("REC-001", "RET-001", "RET-002", "REC-004")
"""Of these at most one may be missing."""
BLIND_MOST = 1
FEATURES = {"REC-001": HIGH, "ENT-001": MEDIUM, "INV-002": MEDIUM, "INV-004": MEDIUM}
CLEAR_SAYS = ("RET-001", "REC-001", "RET-003", "RET-006", "REC-005")

Flags = npt.NDArray[np.bool_]
Words = npt.NDArray[np.object_]
Bands = Mapping[str, Codes]


def verdicts(
    bands: Bands, applies: Mapping[str, Flags], typologies: Mapping[str, Flags], packs: list[Pack]
) -> Words:
    """A verdict by scope. `applies`: whether a rule looks at scopes of that kind at all."""
    count = len(next(iter(bands.values())))
    escalated = np.logical_or.reduce([np.zeros(count, np.bool_), *typologies.values()])
    reviewed = np.zeros(count, np.bool_)
    for rule, band in bands.items():
        if rule not in UNCOUNTED:
            reviewed |= band >= MEDIUM
    if any(pack.any_feature for pack in packs):
        reviewed |= features(bands)
    found = np.where(clear(bands, applies), CLEAR, INSUFFICIENT).astype(object)
    found[reviewed] = REVIEW
    found[escalated] = ESCALATE
    return found


def clear(bands: Bands, applies: Mapping[str, Flags]) -> Flags:
    """By scope whether there is evidence enough to call it clear."""
    count = len(next(iter(bands.values())))
    nothing = np.full(count, NOT_EVALUABLE, np.int8)
    everywhere = np.ones(count, np.bool_)

    def missing(rule: str) -> Flags:
        band = bands.get(rule, nothing)
        return np.asarray((band == NOT_EVALUABLE) & applies.get(rule, everywhere))

    proven = bands.get("DQ-001", nothing) == NONE
    for rule in EVIDENCE:
        proven &= ~missing(rule)
    blind = np.sum([missing(rule) for rule in MONEY], axis=0)
    return np.asarray(proven & (blind <= BLIND_MOST))


def features(bands: Bands) -> Flags:
    """Where one feature of the Malaysian Schedule is there."""
    count = len(next(iter(bands.values())))
    nothing = np.full(count, NOT_EVALUABLE, np.int8)
    held = [bands.get(rule, nothing) >= severity for rule, severity in FEATURES.items()]
    return np.asarray(np.logical_or.reduce(held))


def reasons(
    verdict: str,
    bands: Mapping[str, int],
    typologies: Sequence[str],
    rules: Mapping[str, Rule],
    breaches: Sequence[str] = (),
) -> tuple[str, ...]:
    """Rule ids, the strongest first: of what was found, of what is missing, or of what is fine."""
    if verdict == INSUFFICIENT:
        doubtful = [rule for rule in ("DQ-001",) if bands.get(rule, NOT_EVALUABLE) != NONE]
        missing = [rule for rule in (*EVIDENCE, *MONEY) if bands.get(rule, -1) < 0]
        return tuple(rule for rule in (*doubtful, *missing) if rule in rules)
    if verdict == CLEAR:
        fine = [rule for rule in CLEAR_SAYS if bands.get(rule, -1) >= NONE]
        return (*_strongest(bands, (), rules, ()), *fine)
    return _strongest(bands, typologies, rules, breaches)


def _strongest(
    bands: Mapping[str, int],
    typologies: Sequence[str],
    rules: Mapping[str, Rule],
    breaches: Sequence[str],
) -> tuple[str, ...]:
    known = analytics.screening.typologies.known()
    named = {rule for one in typologies for rule in known[one].rules}
    named |= set(breaches) if T8 in typologies else set()

    def strength(rule: str) -> tuple[bool, int, bool, int, str]:
        aside = rule in UNCOUNTED and rule not in named
        weight = WEIGHTS.index(rules[rule].legal_weight)
        return aside, -bands[rule], rule not in named, weight, rule

    told = [rule for rule in rules if bands.get(rule, -1) >= LOW or rule in breaches]
    return tuple(sorted(told, key=strength))
