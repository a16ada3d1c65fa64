"""A plan as the text of a plan file: every parameter, in one order, in one form.

This is what the graph keeps, what `plan show` prints and what the digest is taken of. Read again it
gives an equal plan.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from graph import money
from graph.money import Exact

if TYPE_CHECKING:
    from analytics.plan import Count, Override, Plan, Qualification, Threshold

_WORDS = ("name", "version")
_CHOICES = ("first_level", "base", "compression", "self_purchase")
_LATE_CHOICES = ("rounding", "round_at", "trigger")


def canonical(plan: "Plan") -> str:
    """TOML with every parameter of `plan` written out; what a plan does not have is left out."""
    return "\n".join([*_top(plan), *_tables(plan), ""])


def _top(plan: "Plan") -> Iterator[str]:
    yield from (f"{key} = {_text(getattr(plan, key))}" for key in _WORDS if getattr(plan, key))
    yield f"valid_from = {_text(_time(plan.valid_from_ms))}"
    yield f"packs = {_texts(plan.packs)}"
    yield f"kind = {_text(plan.kind)}"
    yield f"rates = {_rates(plan.rates)}"
    yield from (f"{key} = {_text(getattr(plan, key))}" for key in _CHOICES)
    yield from [f"max_paid_levels = {plan.max_paid_levels}"] * (plan.max_paid_levels > 0)
    yield from (f"{key} = {_text(getattr(plan, key))}" for key in _LATE_CHOICES)
    yield f"freeze_days = {plan.freeze_days}"
    if plan.minimum_withdrawal:
        yield f"minimum_withdrawal = {_amounts(plan.minimum_withdrawal)}"
    yield f"withdrawal_fee = {_rate(plan.withdrawal_fee)}"
    yield f"withholding_tax = {_rate(plan.withholding_tax)}"


def _tables(plan: "Plan") -> Iterator[str]:
    yield from _qualification(plan.qualification)
    for key, name in (
        ("product_rates", "product_id"),
        ("category_rates", "category"),
        ("distributor_rates", "distributor_id"),
    ):
        for override in getattr(plan, key):
            yield from _override(override, key, name)
    if plan.unlock:
        yield from ("", "[unlock]")
        yield from (f"{_text(rank)} = {level}" for rank, level in sorted(plan.unlock.items()))
    for window in plan.window:
        yield from ("", "[[window]]", f"level = {window.level}", f"days = {window.days}")
        yield f"then = {_rate(window.then)}"
    yield from _caps(plan)
    if plan.rank_rates:
        yield from ("", "[rank_rates]")
        yield from (f"{_text(rank)} = {_rate(r)}" for rank, r in sorted(plan.rank_rates.items()))


def _qualification(found: "Qualification") -> Iterator[str]:
    yield from ("", "[qualification]", f"status = {_texts(found.status)}")
    yield f"verified = {json.dumps(found.verified)}"
    yield f"certified = {json.dumps(found.certified)}"
    if found.own_retail:
        yield f"own_retail = {_threshold(found.own_retail)}"
    if found.retail_customers:
        yield f"retail_customers = {_count(found.retail_customers)}"
    if found.own_purchase:
        yield f"own_purchase = {_threshold(found.own_purchase)}"


def _override(override: "Override", key: str, name: str) -> Iterator[str]:
    yield from ("", f"[[{key}]]", f"{name} = {_text(override.key)}")
    if override.rates:
        yield f"rates = {_rates(override.rates)}"
    if override.amounts:
        yield f"amounts = {_rates(override.amounts)}"
    if override.ignores_window:
        yield "ignores_window = true"


def _caps(plan: "Plan") -> Iterator[str]:
    caps = plan.caps
    if caps.order is None and caps.beneficiary is None and caps.company is None:
        return
    yield from ("", "[caps]")
    if caps.order is not None:
        yield f"order = {_rate(caps.order)}"
    if caps.beneficiary is not None:
        yield f'beneficiary = {{amount = {_amounts(caps.beneficiary)}, period = "month"}}'
    if caps.company is not None:
        yield f'company = {{share = {_rate(caps.company)}, period = "month"}}'


def _threshold(found: "Threshold") -> str:
    return f"{{amount = {_amounts(found.amount)}, days = {found.days}}}"


def _count(found: "Count") -> str:
    return f"{{count = {found.count}, days = {found.days}}}"


def _amounts(amounts: Mapping[str, int]) -> str:
    pairs = (
        f"{currency} = {_text(money.format_minor(minor, currency))}"
        for currency, minor in sorted(amounts.items())
    )
    return f"{{{', '.join(pairs)}}}"


def _rates(rates: tuple[Exact, ...]) -> str:
    return f"[{', '.join(map(_rate, rates))}]"


def _rate(rate: Exact) -> str:
    return _text(money.format_exact(rate))


def _texts(words: tuple[str, ...]) -> str:
    return f"[{', '.join(map(_text, words))}]"


def _text(word: str) -> str:
    # A JSON string is a TOML basic string, but for DEL, which TOML wants escaped.
    return json.dumps(word, ensure_ascii=False).replace("\x7f", "\\u007f")


def _time(ms: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)).isoformat()
