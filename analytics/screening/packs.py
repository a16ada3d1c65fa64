"""Jurisdiction packs: limits that a law, an order or a platform puts on what rules measure.

A line of a pack is `ok`, `breach` or NE. Only a line whose source was found, and which was in force
on the day, can make the typology of statutory limits; all others are for the report.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics.screening.bands import NEAR
from analytics.screening.judging import Judged
from analytics.screening.rulebook import NE, SEVERITIES
from graph.money import Exact

FILE = Path(__file__).parent / "packs.toml"
GENERIC = "generic"
OK, BREACH = "ok", "breach"
STATUTORY = ("PAY-001", "STR-002", "ENT-002")
"""Rules whose breach is a typology by itself."""
WAYS = ("above", "at_least", "below", "per_se")

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Line:
    """What a pack holds against one rule. `arguments` go to the rule's `work_out`."""

    rule: str
    way: str
    limit: Exact
    source: str
    status: str
    url: str = ""
    effective_from: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def counts(self, as_of: str) -> bool:
        """Whether it may be held against anybody on that day."""
        return self.status == "found" and self.effective_from <= as_of

    def broken(self, judged: Judged) -> Flags:
        """By scope; False where the rule is not evaluable."""
        if self.way == "per_se":
            return np.asarray(judged.band >= int(self.limit))
        value, limit = judged.numbers["value"], float(self.limit)
        near = np.abs(value - limit) <= NEAR * max(1.0, abs(limit))
        beyond = {"above": ~near & (value > limit), "at_least": near | (value > limit)}
        held = beyond.get(self.way, ~near & (value < limit))
        return np.asarray(held & (judged.band >= 0))

    def words(self, judged: Judged, row: int = 0) -> str:
        """`ok`, `breach` or NE of one scope."""
        if judged.band[row] < 0:
            return NE
        return BREACH if self.broken(judged)[row] else OK


@dataclass(frozen=True)
class Pack:
    """One pack. `by_month`: cap on pay by a seller's own retail of the month;
    `funded_by_entrants`: below this share of pay that entrants' money covers, pay for recruiting
    is medium at most; `any_feature`: one feature is enough for a review.
    """

    name: str
    lines: Mapping[str, Line]
    multiplier: bool = False
    team_pay: bool = False
    any_feature: bool = False
    by_month: Exact | None = None
    funded_by_entrants: Exact | None = None
    words: Mapping[str, str] = field(default_factory=dict)


@cache
def known() -> dict[str, Pack]:
    """All packs by name, `generic` first."""
    raw = tomllib.loads(FILE.read_text("utf-8"))
    return {name: _pack(name, one) for name, one in raw.items() if isinstance(one, dict)}


def active(given: Iterable[str], of_plan: Iterable[str] = ()) -> tuple[str, ...]:
    """The packs to screen by: those given, else the plan's, else `generic`."""
    return tuple(given) or tuple(of_plan) or (GENERIC,)


def named(names: Iterable[str]) -> list[Pack]:
    """The known ones of `names`."""
    return [known()[name] for name in names if name in known()]


def _pack(name: str, raw: Mapping[str, Any]) -> Pack:
    exact = ("by_month", "funded_by_entrants")
    lines = {rule: _line(rule, one) for rule, one in raw.get("rules", {}).items()}
    plain = {key: value for key, value in raw.items() if key not in (*exact, "rules")}
    numbers: dict[str, Any] = {key: Exact(raw[key]) for key in exact if key in raw}
    return Pack(name=name, lines=lines, **plain, **numbers)


def _line(rule: str, raw: Mapping[str, Any]) -> Line:
    way = next(way for way in WAYS if way in raw)
    limit = Exact(SEVERITIES.index(raw[way])) if way == "per_se" else Exact(raw[way])
    plain = {key: value for key, value in raw.items() if key != way}
    return Line(rule=rule, way=way, limit=limit, **plain)
