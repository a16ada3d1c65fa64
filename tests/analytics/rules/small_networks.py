"""Networks of a few lines and what one rule says of them: for the edges of rules."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

import analytics.screening.judging
import analytics.screening.rulebook
from analytics.facts.frames import Facts
from analytics.measures import Evidence, Scopes, Values
from analytics.screening.rulebook import NE, SEVERITIES
from tests.analytics.rules.examples import of_example

Row = dict[str, Any]
AS_OF = "2026-06-30"
ROOT = {"distributor_id": "R0", "joined_at": "2024-01-01"}


def member(id: str, sponsor: str = "R0", joined: str = "2024-01-01", **more: Any) -> Row:
    return {"distributor_id": id, "sponsor_id": sponsor, "joined_at": joined, **more}


def sale(id: str, seller: str, amount: str = "100.00", at: str = "2026-06-10", **more: Any) -> Row:
    row = {"order_id": id, "seller_id": seller, "buyer_kind": "customer", "buyer_id": f"C{id}"}
    return row | {"ordered_at": at, "amount": amount} | more


def own(id: str, buyer: str, amount: str = "100.00", at: str = "2026-06-10", **more: Any) -> Row:
    row = {"order_id": id, "seller_id": "R0", "buyer_kind": "distributor", "buyer_id": buyer}
    return row | {"ordered_at": at, "amount": amount} | more


def unknown(id: str, seller: str, amount: str = "100.00", at: str = "2026-06-10") -> Row:
    return {"order_id": id, "seller_id": seller, "ordered_at": at, "amount": amount}


def paid(id: str, to: str, order: str = "", amount: str = "10.00", **more: Any) -> Row:
    row = {"payout_id": id, "beneficiary_id": to, "basis": "order_line", "order_id": order}
    return row | {"level": "1", "amount": amount, "earned_at": "2026-06-12"} | more


def line(order: str, product: str, price: str, quantity: str = "1") -> Row:
    row = {"order_id": order, "line_no": "1", "product_id": product}
    return row | {"quantity": quantity, "unit_price": price}


@dataclass(frozen=True)
class Said:
    """What a rule says of the whole network, its gate left out unless asked for."""

    facts: Facts
    values: Values
    band: str
    why: str
    evidence: Evidence

    @property
    def value(self) -> Any:
        return float(self.values.value[0])

    @property
    def bounds(self) -> Any:
        return float(self.values.lower[0]), float(self.values.upper[0])

    def shown(self, name: str) -> float:
        return float(self.values.shown[name][0])


def say(rule_id: str, folder: Path, *, gate: Any = False, **parts: Any) -> Said:
    """`parts`: tables, and as_of, currency, options; `arguments` go to the rule."""
    arguments = parts.pop("arguments", {})
    rule = analytics.screening.rulebook.all_rules()[rule_id]
    facts = of_example({"as_of": AS_OF} | parts, folder)
    if rule.by_currency:
        facts = facts.of_currency(parts.get("currency", "CNY"))
    values = rule.module.work_out(facts, Scopes(facts.network, ("network",), ((),)), **arguments)
    judged = analytics.screening.judging.judge(rule if gate else _without_gate(rule), values)
    band = NE if judged.band[0] < 0 else SEVERITIES[judged.band[0]]
    evidence = rule.module.evidence(facts, ())
    return Said(facts, values, band, str(judged.why[0]), evidence)


def _without_gate(rule: Any) -> Any:

    return replace(rule, gate={})


def nothing(value: float) -> bool:
    return bool(np.isnan(value))
