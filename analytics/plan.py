"""A plan: who is paid how much, as data. Every parameter of the plan file with its default.

Rates are `Exact`. Amounts with a currency beside them are minor units; an amount per unit and level
(`Override.amounts`) is in major units, because its currency is the product's. A plan is immutable
and has a digest of what it means: two files that say the same in another order, with other comments
or with a default written out have the same digest. `parse` checks the form of a file; what a plan
must not do is for `analytics.plan_lint`.
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import analytics.plan_text
import graph.words
from analytics.plan_fields import DAYS_MAX, LEVELS_MAX, Listed, Problem, Table
from graph import money
from graph.errors import Misconfigured, Missing
from graph.model import DISTRIBUTOR_STATUS
from graph.money import Exact

SHIPPED = Path(__file__).parent / "plans"
SHIPPED_NAMES = ("three-tier",)

KINDS = ("unilevel", "differential")
FIRST_LEVELS = ("seller", "sponsor")
BASES = ("paid", "list", "margin")
COMPRESSIONS = ("consume", "dynamic", "break", "pay_anyway")
SELF_PURCHASES = ("upline_only", "buyer_earns", "nobody")
ROUNDINGS = ("half_up", "half_even", "floor")
ROUND_ATS = ("entry", "line", "unit")
TRIGGERS = ("received", "paid")
PERIODS = ("month",)
_UNREADABLE: Mapping[type[Exception], str] = {
    UnicodeDecodeError: "not_utf8",
    FileNotFoundError: "no_file",
    IsADirectoryError: "is_folder",
    PermissionError: "not_permitted",
    OSError: "not_readable",
}
DEFAULT_RATES = (Exact(1, 10), Exact(1, 20), Exact(3, 100))
DIFFERENTIAL_LEVELS = 3


@dataclass(frozen=True)
class Override:
    """Rates, or amounts per unit, of one product, category or distributor, by level from 1.

    A level beyond the list is unset and falls through; a zero is a zero. Exactly one of `rates` and
    `amounts` is given. `ignores_window` is for distributors only.
    """

    key: str
    rates: tuple[Exact, ...] = ()
    amounts: tuple[Exact, ...] = ()
    ignores_window: bool = False


@dataclass(frozen=True)
class Threshold:
    """Money by currency in minor units, within a number of days up to and including the order."""

    amount: Mapping[str, int]
    days: int


@dataclass(frozen=True)
class Count:
    """A number of customers within a number of days up to and including the order."""

    count: int
    days: int


@dataclass(frozen=True)
class Qualification:
    """All predicates given must hold as of the paid time. The lint refuses `own_purchase`."""

    status: tuple[str, ...] = ("active",)
    verified: bool = False
    certified: bool = False
    own_retail: Threshold | None = None
    retail_customers: Count | None = None
    own_purchase: Threshold | None = None


@dataclass(frozen=True)
class Window:
    """From `days` x 24 h after the buyer was bound, the rate of `level` is `then`."""

    level: int
    days: int
    then: Exact


@dataclass(frozen=True)
class Caps:
    """What an order (share of its base), a beneficiary (minor units by currency, a month) and the
    company (share of a month's base) pay at most; None: no such cap.
    """

    order: Exact | None = None
    beneficiary: Mapping[str, int] | None = None
    company: Exact | None = None


@dataclass(frozen=True)
class Plan:
    """One version of a plan. `valid_from_ms` is 0 (1970) where the file gives none."""

    name: str = ""
    version: str = ""
    valid_from_ms: int = 0
    packs: tuple[str, ...] = ()
    kind: str = "unilevel"
    rates: tuple[Exact, ...] = DEFAULT_RATES
    first_level: str = "seller"
    base: str = "paid"
    compression: str = "consume"
    self_purchase: str = "upline_only"
    max_paid_levels: int = len(DEFAULT_RATES)
    rounding: str = "half_up"
    round_at: str = "entry"
    trigger: str = "received"
    freeze_days: int = 7
    minimum_withdrawal: Mapping[str, int] = field(default_factory=dict)
    withdrawal_fee: Exact = Exact(0)
    withholding_tax: Exact = Exact(0)
    qualification: Qualification = Qualification()
    product_rates: tuple[Override, ...] = ()
    category_rates: tuple[Override, ...] = ()
    distributor_rates: tuple[Override, ...] = ()
    unlock: Mapping[str, int] = field(default_factory=dict)
    window: tuple[Window, ...] = ()
    caps: Caps = Caps()
    rank_rates: Mapping[str, Exact] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """NAME@VERSION: how entries and the graph name this plan."""
        return f"{self.name}@{self.version}"

    @property
    def rounding_mode(self) -> int:
        """The rounding as `graph.money` counts it."""
        return money.ROUNDINGS[self.rounding]

    @property
    def text(self) -> str:
        """The plan as a plan file with every parameter written out: one text per meaning."""
        return analytics.plan_text.canonical(self)

    @property
    def digest(self) -> str:
        """sha256 of `text`."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def parse(text: str, *, source: str, zone: tzinfo = UTC) -> Plan:
    """The plan that a file says. Misconfigured names the file and every problem with its key.

    `source` is what messages call the file; a time without an offset is in `zone`.
    """
    plan, problems = examine(text, zone=zone)
    if problems:
        raise Misconfigured("\n".join([f"{source} is not a plan:", *map(describe, problems)]))
    return plan


def examine(text: str, *, zone: tzinfo = UTC) -> tuple[Plan, list[Problem]]:
    """The plan as far as it can be read, and every problem of form."""
    problems: list[Problem] = []
    return _plan(Table(raw_of(text, problems), "", problems), zone), problems


def raw_of(text: str, problems: list[Problem]) -> dict[str, Any]:
    """The file as TOML gives it, empty (and a problem) where it is not TOML."""
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as problem:
        problems.append(_not_toml(str(problem)))
    except (RecursionError, ValueError):  # brackets by the thousand, digits by the thousand
        problems.append(Problem("", "toml_too_large"))
    return {}


def _not_toml(said: str) -> Problem:
    """The reader's words with the place that they end with, as facts."""
    place = re.search(r" \(at line (\d+), column (\d+)\)$", said)
    if place is None:
        return Problem("", "bad_toml_end")
    facts = {"line": place[1], "column": place[2], "problem": said[: place.start()]}
    return Problem("", "bad_toml", facts)


def describe(problem: Problem, lang: str = "en") -> str:
    """One problem as a line for people: `key: what is wrong`."""
    said = graph.words.text("lint", problem.code, lang, **problem.facts)
    return f"  {problem.key}: {said}" if problem.key else f"  {said}"


def read(path: Path, *, zone: tzinfo = UTC) -> Plan:
    """`parse` of a file on disk."""
    return parse(text_of(path), source=str(path), zone=zone)


def text_of(path: Path, lang: str = "en") -> str:
    """The text of a plan file; Misconfigured, in `lang`, where it cannot be read as UTF-8 text."""
    try:
        return path.read_text("utf-8-sig")
    except (UnicodeDecodeError, OSError) as problem:
        code = next(code for kind, code in _UNREADABLE.items() if isinstance(problem, kind))
        raise Misconfigured(graph.words.text("lint", code, lang, file=path)) from None


def shipped(name: str = "three-tier") -> Plan:
    """A plan that comes with Plumbline; Missing if there is none of that name."""
    if name not in SHIPPED_NAMES:
        raise Missing(f"no plan named {name!r} comes with Plumbline; save one: plumbline plan save")
    return read(SHIPPED / f"{name}.toml")


class Plans:
    """The versions of one name, by the time from which they hold."""

    def __init__(self, versions: list[Plan]) -> None:
        self.versions = tuple(sorted(versions, key=lambda plan: plan.valid_from_ms))
        self._starts = np.array([plan.valid_from_ms for plan in self.versions], np.int64)
        if len({plan.name for plan in versions}) > 1 or len(set(self._starts)) < len(versions):
            raise Misconfigured("versions of a plan share one name and start at different times")

    @classmethod
    def always(cls, plan: Plan) -> "Plans":
        """One plan for every order, whatever its valid_from: the dry run."""
        plans = cls([plan])
        plans._starts[:] = np.iinfo(np.int64).min
        return plans

    def in_force(self, paid_at: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Per paid time (ms UTC) the position of its version in `versions`; -1: `no_plan`."""
        return np.searchsorted(self._starts, paid_at, side="right").astype(np.int64) - 1


def _plan(table: Table, zone: tzinfo) -> Plan:
    kind = table.word("kind", KINDS)
    rates = table.rates("rates")
    rates = DEFAULT_RATES if rates is None else rates
    levels = DIFFERENTIAL_LEVELS if kind == "differential" else len(rates)
    plan = Plan(
        name=_plan_name(table),
        version=table.text("version", default=""),
        valid_from_ms=table.moment("valid_from", zone),
        packs=tuple(sorted(table.words("packs", None, ()))),
        kind=kind,
        rates=rates,
        first_level=table.word("first_level", FIRST_LEVELS),
        base=table.word("base", BASES),
        compression=table.word("compression", COMPRESSIONS),
        self_purchase=table.word("self_purchase", SELF_PURCHASES),
        max_paid_levels=table.whole("max_paid_levels", low=1, high=LEVELS_MAX, default=levels),
        rounding=table.word("rounding", ROUNDINGS),
        round_at=table.word("round_at", ROUND_ATS),
        trigger=table.word("trigger", TRIGGERS),
        freeze_days=table.whole("freeze_days", low=0, high=DAYS_MAX, default=7),
        minimum_withdrawal=table.amounts("minimum_withdrawal", needed=False),
        withdrawal_fee=table.rate("withdrawal_fee", default=Exact(0), most=1),
        withholding_tax=table.rate("withholding_tax", default=Exact(0), most=1),
        qualification=_qualification(table),
        product_rates=_overrides(table, "product_rates", "product_id"),
        category_rates=_overrides(table, "category_rates", "category"),
        distributor_rates=_overrides(table, "distributor_rates", "distributor_id"),
        unlock=table.mapping("unlock", _deepest),
        window=_windows(table),
        caps=_caps(table),
        rank_rates=table.mapping("rank_rates", Table.rate),
    )
    table.close()
    return plan


def _plan_name(table: Table) -> str:
    name = table.text("name", default="")
    if "@" in name:
        table.wrong("name", "at_sign")
    return name


def _deepest(table: Table, rank: str) -> int:
    return table.whole(rank, low=0, high=LEVELS_MAX)


def _qualification(table: Table) -> Qualification:
    inner = table.table("qualification")
    if inner is None:
        return Qualification()
    if inner.raw.get("status") == []:
        inner.wrong(inner.at("status"), "no_status", allowed=Listed(DISTRIBUTOR_STATUS))
    status = inner.words("status", DISTRIBUTOR_STATUS, ("active",))
    found = Qualification(
        status=tuple(word for word in DISTRIBUTOR_STATUS if word in status),
        verified=inner.flag("verified"),
        certified=inner.flag("certified"),
        own_retail=_threshold(inner, "own_retail"),
        retail_customers=_count(inner, "retail_customers"),
        own_purchase=_threshold(inner, "own_purchase"),
    )
    inner.close()
    return found


def _threshold(table: Table, key: str) -> Threshold | None:
    inner = table.table(key)
    if inner is None:
        return None
    found = Threshold(inner.amounts("amount"), inner.whole("days", low=1, high=DAYS_MAX))
    inner.close()
    return found


def _count(table: Table, key: str) -> Count | None:
    inner = table.table(key)
    if inner is None:
        return None
    found = Count(
        inner.whole("count", low=0, high=10**9), inner.whole("days", low=1, high=DAYS_MAX)
    )
    inner.close()
    return found


def _overrides(table: Table, key: str, name: str) -> tuple[Override, ...]:
    found: dict[str, Override] = {}
    for inner in table.tables(key):
        override = _override(inner, name, windowed=key == "distributor_rates")
        if override.key in found and override.key:
            inner.wrong(inner.at(name), "duplicate", value=override.key)
        found[override.key] = override
    return tuple(found[key] for key in sorted(found))


def _override(table: Table, name: str, *, windowed: bool) -> Override:
    given = [key for key in ("rates", "amounts") if table.raw.get(key) not in (None, [])]
    if len(given) != 1:
        table.wrong(table.path, "rates_or_amounts")
    override = Override(
        key=table.text(name),
        rates=table.rates("rates") or (),
        amounts=table.rates("amounts") or (),
        ignores_window=windowed and table.flag("ignores_window"),
    )
    table.close()
    return override


def _windows(table: Table) -> tuple[Window, ...]:
    found: dict[int, Window] = {}
    for inner in table.tables("window"):
        window = Window(
            level=inner.whole("level", low=1, high=LEVELS_MAX),
            days=inner.whole("days", low=0, high=DAYS_MAX),
            then=inner.rate("then"),
        )
        inner.close()
        if window.level in found:
            inner.wrong(inner.at("level"), "duplicate", value=window.level)
        found[window.level] = window
    return tuple(found[level] for level in sorted(found))


def _caps(table: Table) -> Caps:
    inner = table.table("caps")
    if inner is None:
        return Caps()
    beneficiary, company = inner.table("beneficiary"), inner.table("company")
    found = Caps(
        order=inner.rate("order", most=1) if "order" in inner.raw else None,
        beneficiary=None if beneficiary is None else beneficiary.amounts("amount"),
        company=None if company is None else company.rate("share", most=1),
    )
    for cap in (beneficiary, company):
        if cap is not None:
            cap.word("period", PERIODS)
            cap.close()
    inner.close()
    return found
