"""What nobody can classify: buyers, products, cycles (FX29)."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import analytics.network
import analytics.rules.dq_001
from analytics.facts.frames import Facts
from analytics.measures import NETWORK, Scopes
from tests.analytics.rules.small_networks import ROOT, line, member, sale, say, unknown


def with_lines(*orders: dict[str, Any], product: str = "T") -> dict[str, Any]:
    lines = [line(order["order_id"], product, order.pop("amount")) for order in orders]
    return {
        "distributors": [ROOT, member("D1")],
        "products": [{"product_id": "T", "kind": "product"}, {"product_id": "K", "kind": "kit"}],
        "orders": list(orders),
        "order_lines": lines,
    }


def dq(facts: Facts) -> tuple[float, str]:
    values = analytics.rules.dq_001.work_out(facts, Scopes(facts.network, (NETWORK,), ((),)))
    return float(values.value[0]), str(values.why[0])


@pytest.mark.parametrize(
    ("blank", "band"),
    [("49.99", "none"), ("50.00", "medium"), ("199.99", "medium"), ("200.00", "high")],
)
def test_money_of_unknown_buyers(tmp_path: Path, blank: str, band: str) -> None:
    known = f"{1000 - float(blank):.2f}"
    said = say("DQ-001", tmp_path, **with_lines(sale("A", "D1", known), unknown("U", "D1", blank)))
    assert (said.value, said.band) == (pytest.approx(float(blank) / 1000), band)
    assert said.evidence.ids == ("U",)


def test_without_products_nobody_knows_what_was_bought(tmp_path: Path) -> None:
    said = say("DQ-001", tmp_path, distributors=[ROOT], orders=[sale("A", "R0")])
    assert said.value == 1
    assert said.shown("unknown_kind") == 1


def test_older_money_does_not_count(tmp_path: Path) -> None:
    orders = (sale("A", "D1"), unknown("U", "D1", at="2025-06-30"))
    assert say("DQ-001", tmp_path, **with_lines(*orders)).value == 0


def test_fx29_a_cycle_with_nothing_else(tmp_path: Path) -> None:
    """Three accounts that sponsor each other are rejected; there is no order money."""
    facts = say("DQ-001", tmp_path, distributors=[ROOT], orders=[sale("A", "R0")]).facts
    none = replace(
        facts,
        orders=facts.orders.clear(),
        pieces=facts.pieces.clear(),
        rejected_in_cycles={"rows": 3},
    )
    assert dq(none) == (0.75, "")
    assert dq(replace(none, rejected_in_cycles={})) == (0.0, "")


def test_money_that_a_cycle_rejected_counts(tmp_path: Path) -> None:
    facts = say("DQ-001", tmp_path, **with_lines(sale("A", "D1", "90.00"))).facts
    value, why = dq(replace(facts, rejected_in_cycles={"CNY": 1000, "rows": 3}))
    assert value == pytest.approx(0.1)
    assert not why


def test_orders_in_and_below_a_cycle_count(tmp_path: Path) -> None:
    facts = say("DQ-001", tmp_path, **with_lines(sale("A", "D1"), sale("B", "R0"))).facts
    below = facts.columns.distributors["id"] == "D1"
    in_cycle = replace(facts, accounts=facts.accounts.with_columns(below.alias("orders_in_cycle")))
    assert dq(in_cycle)[0] == 0.5


def test_a_cycle_never_hangs() -> None:
    network = analytics.network.of(np.array([1, 2, 0, 0], np.int32))
    assert network.faults and (network.depth < 0).all()
