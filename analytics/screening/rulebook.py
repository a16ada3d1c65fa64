"""The rulebook: the data of all rules, read strictly from analytics/rules/*.toml.

A rule is a module that measures and a toml that says everything else: words, bands, gates, sources
with their status, legal weight, examples. A key that nobody reads is an error here, not a silence.
"""

import hashlib
import importlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from graph.errors import Misconfigured
from graph.money import Exact

FOLDER = Path(__file__).parent.parent / "rules"
VERSION = "1.0.0"
"""Of the whole rulebook; a rule has its own."""

LANGUAGES = ("en", "zh-Hant", "zh-Hans")
SEVERITIES = ("none", "info", "low", "medium", "high", "critical")
NE = "NE"
FAMILIES = (
    "recruitment",
    "entry",
    "retail",
    "inventory",
    "structure",
    "payout",
    "dynamics",
    "quality",
)
WEIGHTS = ("statute", "case_law", "order", "guidance", "heuristic", "project")
DIRECTIONS = ("higher_is_worse", "lower_is_worse")
EDGES = ("lower_closed", "upper_closed")
SCOPES = ("network", "organiser", "branch", "distributor", "order")
UNITS = ("ratio", "times", "money", "count")
"""How people read a value: a share in percent, a multiple, money, a number of something."""
STATUSES = ("found", "secondary", "to verify")
KINDS = ("clear", "flagged", "not_evaluable")
BANDED = ("value", "ci_lower")

Words = Mapping[str, str]


@dataclass(frozen=True)
class Band:
    """A stretch of values with one severity; None: without end on that side."""

    ref: str
    lower: Exact | None
    upper: Exact | None
    severity: str
    reason: Words = field(default_factory=dict)


@dataclass(frozen=True)
class Jurisdiction:
    """What one law or authority holds against the measure."""

    code: str
    threshold: str
    weight: str = ""


@dataclass(frozen=True)
class Source:
    """Where a number comes from; only what was `found` may be held against anybody."""

    cite: str
    status: str
    url: str = ""
    date: str = ""
    effective_from: str = ""


@dataclass(frozen=True)
class Rule:
    """All that is data in a rule. Words by language; `gate`: smallest sizes by name."""

    id: str
    version: str
    family: str
    legal_weight: str
    direction: str
    window_days: int
    by_currency: bool
    scopes: tuple[str, ...]
    unit: str
    name: Words
    question: Words
    measure: Words
    says: Words
    bands: tuple[Band, ...]
    gate: Mapping[str, float]
    edge: str = "lower_closed"
    banded: str = "value"
    amounts: str = ""
    """What numerator and denominator are, `money` or `count`; blank: money where by currency."""
    opens: bool = True
    draft: bool = False
    jurisdictions: tuple[Jurisdiction, ...] = ()
    sources: tuple[Source, ...] = ()
    innocent: tuple[Words, ...] = ()
    triage: tuple[Words, ...] = ()
    evidence: tuple[Words, ...] = ()
    examples: tuple[Mapping[str, Any], ...] = ()
    digest: str = ""

    @property
    def stem(self) -> str:
        """`rec_001` of REC-001."""
        return self.id.lower().replace("-", "_")

    @property
    def module(self) -> ModuleType:
        """The module that measures: `work_out`, `evidence`, perhaps `by_distributor`."""
        return importlib.import_module(f"analytics.rules.{self.stem}")

    @property
    def of_money(self) -> bool:
        """Whether numerator and denominator are money."""
        return self.amounts == "money" if self.amounts else self.by_currency

    def band(self, ref: str) -> Band:
        """The band of a reference."""
        return next(one for one in self.bands if one.ref == ref)


_NEEDED = frozenset(
    "id version family legal_weight direction window_days by_currency scopes unit name question"
    " measure says bands gate".split()
)
_CLOSED = {
    "family": FAMILIES,
    "legal_weight": WEIGHTS,
    "direction": DIRECTIONS,
    "edge": EDGES,
    "unit": UNITS,
    "banded": BANDED,
    "amounts": ("", "money", "count"),
}
_LISTS = ("innocent", "triage", "evidence")


@cache
def all_rules() -> dict[str, Rule]:
    """Every rule by id, in the order of ids within families as they stand in FAMILIES."""
    found = [read(path.read_text("utf-8"), path.name) for path in sorted(FOLDER.glob("*_*.toml"))]
    ordered = sorted(found, key=lambda rule: (FAMILIES.index(rule.family), rule.id))
    return {rule.id: rule for rule in ordered}


def live(rules: Iterable[Rule]) -> Iterator[Rule]:
    """Those that may alert: not the drafts."""
    return (rule for rule in rules if not rule.draft)


def digest(rules: Iterable[Rule]) -> str:
    """sha256 of the texts of these rules, by id: two rulebooks that say the same are the same."""
    lines = sorted(f"{rule.id} {rule.digest}\n" for rule in rules)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def read(text: str, where: str) -> Rule:
    """A rule from the text of its file. Misconfigured names the file and what is wrong in it."""
    try:
        return _rule(tomllib.loads(text), hashlib.sha256(text.encode()).hexdigest())
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise Misconfigured(f"{where}: {error}") from error


def _rule(raw: dict[str, Any], of_text: str) -> Rule:
    _check_keys(raw, set(Rule.__dataclass_fields__) - {"digest"}, _NEEDED)
    for name, allowed in _CLOSED.items():
        _check_word(name, raw.get(name, allowed[0]), allowed)
    for scope in raw["scopes"]:
        _check_word("scopes", scope, SCOPES)
    words = {name: _words(raw[name], name) for name in ("name", "question", "measure", "says")}
    lists = {name: tuple(_words(one, name) for one in raw.get(name, ())) for name in _LISTS}
    tables = {
        "bands": _in_order([_band(one) for one in raw["bands"]]),
        "jurisdictions": tuple(Jurisdiction(**one) for one in raw.get("jurisdictions", ())),
        "sources": tuple(_source(one) for one in raw.get("sources", ())),
        "examples": tuple(_example(one) for one in raw.get("examples", ())),
        "scopes": tuple(raw["scopes"]),
    }
    return Rule(**{**raw, **words, **lists, **tables, "digest": of_text})


def _check_keys(raw: Mapping[str, Any], known: Iterable[str], needed: Iterable[str] = ()) -> None:
    if unknown := sorted(set(raw) - set(known)):
        raise ValueError(f"unknown key {unknown[0]!r}")
    if missing := sorted(set(needed) - set(raw)):
        raise ValueError(f"no {missing[0]!r}")


def _check_word(name: str, given: str, allowed: Iterable[str]) -> None:
    if given not in allowed:
        raise ValueError(f"{name} is {given!r}; it may be {', '.join(allowed)}")


def _words(raw: Mapping[str, str], name: str) -> Words:
    _check_keys(raw, LANGUAGES, LANGUAGES)
    if blank := [lang for lang in LANGUAGES if not raw[lang].strip()]:
        raise ValueError(f"{name} has no words in {blank[0]}")
    return dict(raw)


def _band(raw: Mapping[str, Any]) -> Band:
    _check_keys(raw, Band.__dataclass_fields__, ("ref", "severity"))
    _check_word("severity", raw["severity"], SEVERITIES)
    lower, upper = (Exact(raw[name]) if name in raw else None for name in ("lower", "upper"))
    reason = _words(raw["reason"], "reason") if "reason" in raw else {}
    return Band(raw["ref"], lower, upper, raw["severity"], reason)


def _in_order(bands: list[Band]) -> tuple[Band, ...]:
    """By value, and without a gap between them."""
    ordered = sorted(bands, key=lambda one: (one.lower is not None, one.lower or Exact(0)))
    for below, above in zip(ordered, ordered[1:], strict=False):
        if below.upper is None or below.upper != above.lower:
            raise ValueError(f"bands {below.ref} and {above.ref} do not meet")
    return tuple(ordered)


def _source(raw: Mapping[str, Any]) -> Source:
    _check_keys(raw, Source.__dataclass_fields__, ("cite", "status"))
    _check_word("status", raw["status"], STATUSES)
    return Source(**{name: str(value) for name, value in raw.items()})


def _example(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    _check_word("kind", raw.get("kind", ""), KINDS)
    _check_keys(raw["expect"], ("band", "value"), ("band",))
    _check_word("band", raw["expect"]["band"], (*SEVERITIES, NE))
    return raw
