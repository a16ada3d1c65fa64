"""Typologies: conditions on the bands of rules, written as text in typologies.toml.

    REC-001>=high OR (REC-001>=medium AND REC-004>=medium)

AND binds before OR. A comparison with what is not evaluable is false, whichever way it points.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics.screening.bands import NOT_EVALUABLE, Codes
from analytics.screening.rulebook import SEVERITIES

FILE = Path(__file__).parent / "typologies.toml"
T8 = "T8"
TOKEN = re.compile(r"\(|\)|AND|OR|[A-Z]{2,3}-\d{3}(?:>=|<=)[a-z]+")

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Compared:
    """`rule` at least, or at most, of a severity."""

    rule: str
    at_least: bool
    severity: int

    def holds(self, bands: Mapping[str, Codes]) -> Flags:
        """By scope."""
        band = bands[self.rule]
        held = band >= self.severity if self.at_least else band <= self.severity
        return np.asarray(held & (band != NOT_EVALUABLE))


@dataclass(frozen=True)
class Joined:
    """All (AND) or any (OR) of its parts."""

    parts: tuple["Compared | Joined", ...]
    all: bool

    def holds(self, bands: Mapping[str, Codes]) -> Flags:
        """By scope."""
        held = np.stack([part.holds(bands) for part in self.parts])
        return np.asarray(held.all(axis=0) if self.all else held.any(axis=0))


Condition = Compared | Joined


@dataclass(frozen=True)
class Typology:
    """One kind of scheme; `when` is None for the one that packs decide."""

    id: str
    name: Mapping[str, str]
    says: Mapping[str, str]
    when: Condition | None

    @property
    def rules(self) -> frozenset[str]:
        """The rules it looks at."""
        return frozenset(_rules(self.when)) if self.when else frozenset()


@cache
def known() -> dict[str, Typology]:
    """All typologies by id."""
    raw = tomllib.loads(FILE.read_text("utf-8"))["typologies"]
    return {one["id"]: _typology(one) for one in raw}


def hold(bands: Mapping[str, Codes]) -> dict[str, Flags]:
    """By typology and scope whether it holds; what packs decide is not among them.

    A rule that is missing from `bands` (a partial evaluation) makes its comparisons false.
    """
    count = len(next(iter(bands.values())))
    nothing = np.full(count, NOT_EVALUABLE, np.int8)
    conditions = {one.id: one for one in known().values() if one.when is not None}
    found: dict[str, Flags] = {}
    for name, one in conditions.items():
        assert one.when is not None
        found[name] = one.when.holds({rule: bands.get(rule, nothing) for rule in one.rules})
    return found


def parse(text: str) -> Condition:
    """The condition of a text; ValueError where it is none."""
    tokens = TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"\s", "", text):
        raise ValueError(f"no condition: {text!r}")
    condition, rest = _any(tokens)
    if rest:
        raise ValueError(f"no condition: {text!r}")
    return condition


def _typology(raw: Mapping[str, Any]) -> Typology:
    when = parse(raw["when"]) if raw["when"] else None
    return Typology(raw["id"], dict(raw["name"]), dict(raw["says"]), when)


def _any(tokens: list[str]) -> tuple[Condition, list[str]]:
    part, rest = _every(tokens)
    parts = [part]
    while rest and rest[0] == "OR":
        part, rest = _every(rest[1:])
        parts.append(part)
    return (parts[0] if len(parts) == 1 else Joined(tuple(parts), all=False)), rest


def _every(tokens: list[str]) -> tuple[Condition, list[str]]:
    part, rest = _one(tokens)
    parts = [part]
    while rest and rest[0] == "AND":
        part, rest = _one(rest[1:])
        parts.append(part)
    return (parts[0] if len(parts) == 1 else Joined(tuple(parts), all=True)), rest


def _one(tokens: list[str]) -> tuple[Condition, list[str]]:
    if not tokens:
        raise ValueError("a condition ends too early")
    if tokens[0] == "(":
        condition, rest = _any(tokens[1:])
        if not rest or rest[0] != ")":
            raise ValueError("a bracket is not closed")
        return condition, rest[1:]
    rule, sign, severity = re.split(r"(>=|<=)", tokens[0])
    return Compared(rule, sign == ">=", SEVERITIES.index(severity)), tokens[1:]


def _rules(condition: Condition) -> set[str]:
    if isinstance(condition, Compared):
        return {condition.rule}
    return set().union(*(_rules(part) for part in condition.parts))
