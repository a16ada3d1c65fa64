"""The plan lint: which plans are refused, with every reason at once, and what it warns of.

Refused is a plan that pays for recruiting (anything due without an order line), ranks by recruits,
ties pay to own purchases, pays more than three levels without a jurisdiction pack or more than the
lowest limit of its packs, promises more than the whole base or than a product's margin, or leaves
a level without a rate. Nothing switches this off. What cannot be decided is *not evaluable*, said
as a warning. `lint_text` is for a file, and knows the keys by which a file asks to pay for
recruiting; `lint` is for a plan that was read.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

import polars as pl

import analytics.plan
import analytics.plan_packs
import analytics.plan_promise
import graph.words
from analytics.plan import Override, Plan
from analytics.plan_fields import Problem
from graph import money
from graph.errors import Misconfigured
from graph.money import Exact

REFUSE, WARN, NOT_EVALUABLE = "refuse", "warn", "not_evaluable"
FREE_LEVELS = 3
NOT_TOML = ("bad_toml", "bad_toml_end", "toml_too_large")
_RECRUITS = re.compile(
    r"recruit|head_?count|enrol|sign_?up|\bjoin|_join|join_|invit|newcomer|new_members?|"
    r"拉人|招募|入会|入會|邀请|邀請|人头|人頭",
    re.IGNORECASE,
)
_RANKING = re.compile(r"rank|promot|upgrade|qualif|unlock|grade|等級|等级|晋升|晉升", re.IGNORECASE)


@dataclass(frozen=True)
class Complaint:
    """One thing against a plan: a code of graph/words/lint.toml, how grave, the key, facts."""

    code: str
    severity: str
    key: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)

    def said(self, lang: str = "en") -> str:
        """The complaint as one line for people."""
        facts = dict(self.facts)
        if "where" in facts:
            facts["where"] = graph.words.text("lint", str(facts["where"]), lang, **facts)
        text = graph.words.text("lint", self.code, lang, **facts)
        return f"{self.key}: {text}" if self.key else text


@dataclass(frozen=True)
class Report:
    """What the lint found in one file. `plan` is what could be read of it."""

    plan: Plan
    complaints: Sequence[Complaint]

    @property
    def reasons(self) -> list[Complaint]:
        """The complaints for which the plan is refused."""
        return [one for one in self.complaints if one.severity == REFUSE]

    @property
    def warnings(self) -> list[Complaint]:
        """All other complaints."""
        return [one for one in self.complaints if one.severity != REFUSE]

    def accepted(self, source: str, lang: str = "en") -> Plan:
        """The plan, or Misconfigured with every reason; `source` is what the message calls it."""
        if self.reasons:
            said = [f"  {one.said(lang)}" for one in self.reasons]
            begin = graph.words.text("lint", "refused", lang, file=source)
            raise Misconfigured("\n".join([begin, *said]))
        return self.plan


def lint_text(
    text: str,
    products: pl.DataFrame | None = None,
    *,
    zone: tzinfo = UTC,
    currency: str = "CNY",
) -> Report:
    """Everything against a plan file: its form and what the plan would do.

    `products` has the columns of `analytics.columns.PRODUCTS`, None where none are known;
    `currency` is the company's, for products that name none.
    """
    plan, problems = analytics.plan.examine(text, zone=zone)
    against = [_of_form(problem) for problem in problems]
    return Report(plan, against + ([] if _unreadable(problems) else lint(plan, products, currency)))


def lint(plan: Plan, products: pl.DataFrame | None, currency: str = "CNY") -> list[Complaint]:
    """Everything against a plan that was read, reasons first."""
    found = [one for rule in RULES for one in rule(plan)]
    found += _unknown_names(plan, products)
    found += _margin(plan, products, currency)
    return sorted(found, key=lambda one: one.severity != REFUSE)


def _unreadable(problems: Sequence[Problem]) -> bool:
    return any(problem.code in NOT_TOML for problem in problems)


def _of_form(problem: Problem) -> Complaint:
    """A problem of form; a key that asks to pay for recruits is refused for what it asks."""
    asked = f"{problem.key} {problem.facts.get('value', '')}"
    code = problem.code
    if code in ("unknown_key", "unknown_word") and _RECRUITS.search(asked):
        code = "ranks_by_recruits" if _RANKING.search(problem.key) else "pays_for_recruiting"
    return Complaint(code, REFUSE, problem.key, problem.facts)


def _own_purchases(plan: Plan) -> Iterator[Complaint]:
    if plan.qualification.own_purchase:
        yield Complaint("ties_pay_to_own_purchases", REFUSE, "qualification.own_purchase")


def _levels(plan: Plan) -> Iterator[Complaint]:
    levels = plan.max_paid_levels
    facts = {"levels": levels, "most": FREE_LEVELS}
    packs = analytics.plan_packs.named(plan.packs)
    if levels > FREE_LEVELS:
        yield Complaint("levels_above_three", WARN, "max_paid_levels", facts)
        if not any(pack.jurisdiction for pack in packs):
            yield Complaint("more_than_three_levels", REFUSE, "max_paid_levels", facts)
    yield from of_packs(plan, plan.packs)


def of_packs(plan: Plan, names: Sequence[str]) -> Iterator[Complaint]:
    """What the level limits of these packs hold against a plan, its own or others."""
    levels = plan.max_paid_levels
    for pack in analytics.plan_packs.named(names):
        if pack.max_tiers is not None and levels > pack.max_tiers:
            limit = {"levels": levels, "pack": pack.name, "most": pack.max_tiers}
            source = {"source": pack.source, "status": pack.status}
            yield Complaint("more_levels_than_pack", REFUSE, "max_paid_levels", {**limit, **source})


def _unknown_packs(plan: Plan) -> Iterator[Complaint]:
    known = analytics.plan_packs.known()
    for name in plan.packs:
        if name not in known:
            facts = {"pack": name, "known": ", ".join(known)}
            yield Complaint("unknown_pack", REFUSE, "packs", facts)


def _gaps(plan: Plan) -> Iterator[Complaint]:
    if plan.kind == "differential":
        if not plan.rank_rates:
            yield Complaint("no_rank_rates", REFUSE, "rank_rates")
    elif len(plan.rates) < max(plan.max_paid_levels, 1):
        missing = range(len(plan.rates) + 1, max(plan.max_paid_levels, 1) + 1)
        yield Complaint("rate_gap", REFUSE, "rates", {"levels": ", ".join(map(str, missing))})


def _whole_base(plan: Plan) -> Iterator[Complaint]:
    most = analytics.plan_promise.most
    worst: dict[tuple[str, str], Exact] = {}
    for where, name, overrides in analytics.plan_promise.standard(plan):
        share = most(plan, overrides, analytics.plan_promise.SHARE)
        worst[where, name] = max(share, worst.get((where, name), share))
    for (where, name), share in worst.items():
        if share > 1:
            facts = {"share": _percent(share), "where": where, "item": name}
            yield Complaint("rates_above_one", REFUSE, "rates", facts)


def _payout_caps(plan: Plan) -> Iterator[Complaint]:
    share = analytics.plan_promise.most(plan, [], analytics.plan_promise.SHARE)
    for pack in analytics.plan_packs.named(plan.packs):
        if pack.payout_cap is not None and share > pack.payout_cap:
            facts = {"share": _percent(share), "pack": pack.name, "cap": _percent(pack.payout_cap)}
            rest = {"base": pack.payout_base, "source": pack.source, "status": pack.status}
            yield Complaint("above_payout_cap", WARN, "rates", {**facts, **rest})


def _idle(plan: Plan) -> Iterator[Complaint]:
    """What the file says to no effect: a mistake more often than not."""
    levels = plan.max_paid_levels
    named = {"rates": len(plan.rates) if plan.kind == "unilevel" else 0}
    for key in ("product_rates", "category_rates", "distributor_rates"):
        lengths = [max(len(one.rates), len(one.amounts)) for one in getattr(plan, key)]
        named[key] = max(lengths, default=0)
    named["window"] = max((window.level for window in plan.window), default=0)
    for key, deepest in named.items():
        if deepest > levels:
            yield Complaint("beyond_max_levels", WARN, key, {"level": deepest, "levels": levels})
    opened = max(plan.unlock.values(), default=levels)
    if opened < levels:
        yield Complaint("level_never_opens", WARN, "unlock", {"level": opened + 1})
    if plan.kind == "unilevel" and plan.rank_rates:
        yield Complaint("no_effect", WARN, "rank_rates", {"kind": plan.kind})


def _unknown_names(plan: Plan, products: pl.DataFrame | None) -> Iterator[Complaint]:
    """Products and categories with rates of their own that no product known today is."""
    if products is None:
        return
    for key, column in (("product_rates", "id"), ("category_rates", "category")):
        known = set(products[column])
        missing = [one.key for one in getattr(plan, key) if one.key not in known]
        if missing:
            facts = {"count": len(missing), "first": missing[0]}
            yield Complaint(f"unknown_in_{key}", WARN, key, facts)


def _margin(plan: Plan, products: pl.DataFrame | None, currency: str) -> Iterator[Complaint]:
    if products is None:
        yield Complaint("margin_no_products", NOT_EVALUABLE)
        return
    sold = products.filter(pl.col("commissionable").fill_null(True))
    priced = sold.filter(pl.col("list_price").is_not_null() & pl.col("cost").is_not_null())
    if priced.height < sold.height:
        facts = {"count": sold.height - priced.height, "products": sold.height}
        yield Complaint("margin_not_evaluable", NOT_EVALUABLE, "", facts)
    priced = priced.with_columns(pl.col("currency").fill_null(currency)).sort("id")
    above = [found for row in priced.iter_rows(named=True) if (found := _above(plan, row))]
    if above:
        yield Complaint("above_margin", REFUSE, "", {"count": len(above), **above[0]})


def _above(plan: Plan, product: Mapping[str, object]) -> dict[str, object] | None:
    """What one product (money in minor units) is promised where that is more than its margin."""
    price, cost = Exact(str(product["list_price"])), Exact(str(product["cost"]))
    margin = max(price - cost, Exact(0))
    currency = str(product["currency"])
    basis = analytics.plan_promise.Basis(
        margin if plan.base == "margin" else price, 10 ** money.exponent(currency)
    )
    promised = analytics.plan_promise.most(plan, _overrides(plan, product), basis)
    if promised <= margin:
        return None
    said = {"promised": promised, "margin": margin}
    facts = {key: money.format_exact(v / basis.minor_per_major) for key, v in said.items()}
    return {"product": product["id"], "currency": currency, **facts}


def _overrides(plan: Plan, product: Mapping[str, object]) -> list[Override]:
    own = [one for one in plan.product_rates if one.key == product["id"]]
    return own + [one for one in plan.category_rates if one.key == product["category"]]


def _percent(share: Exact) -> str:
    return f"{money.format_exact(share * 100)} %"


RULES: tuple[Callable[[Plan], Iterator[Complaint]], ...] = (
    _own_purchases,
    _unknown_packs,
    _levels,
    _gaps,
    _whole_base,
    _payout_caps,
    _idle,
)
