"""Hidden branches: who is tested, against whom, how often chance is taken for one."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import analytics.rules.sub_001
import analytics.statistics
from analytics.measures import BRANCH, NETWORK, Scopes
from tests.analytics.rules.small_networks import ROOT, Row, line, member, sale, say

PRODUCTS = [{"product_id": "K", "kind": "kit"}, {"product_id": "T", "kind": "product"}]


def bought(count: int, name: str, seller: str, product: str, **more: str) -> tuple[Row, Row]:
    order = sale(name + "{i}", seller, at="2026-05-01") | more
    del order["amount"]
    of_order = {"count": count, **line(name + "{i}", product, "100.00")}
    return {"count": count, **order}, of_order


def world(recruits: int = 30, customers: int = 100, kits: bool = True) -> dict[str, Any]:
    """Ten sellers beside a branch B that recruits."""
    sellers = {"count": 10, **member("S{i}")}
    joined = {"count": recruits, **member("Q{i}", "B", joined="2026-03-01")}
    retail = bought(customers, "O", "S{i%10}", "T")
    entry = (
        bought(recruits, "E", "B", "K", buyer_kind="distributor", buyer_id="Q{i}")
        if kits
        else bought(recruits, "E", "B", "T", buyer_kind="", buyer_id="")
    )
    return {
        "distributors": [ROOT, sellers, member("B"), joined],
        "products": PRODUCTS,
        "orders": [retail[0], entry[0]],
        "order_lines": [retail[1], entry[1]],
    }


def test_the_branch_is_found_and_named(tmp_path: Path) -> None:
    said = say("SUB-001", tmp_path, **world())
    assert (said.value, said.band, said.evidence.ids) == (1, "high", ("B",))
    (found,) = said.values.shown["branches"][0]
    assert (found["branch"], found["worst"], found["down_the_tree"]) == ("B", "B", True)
    assert (found["recruits"], found["events"]) == (30, 30)
    assert said.values.p_adjusted is not None and said.values.p_adjusted[0] < 0.001


@pytest.mark.parametrize(
    ("recruits", "customers", "value"),
    [(14, 100, 0), (15, 100, 1), (15, 50, 1), (15, 49, 0)],
)
def test_gates_of_events(tmp_path: Path, recruits: int, customers: int, value: float) -> None:
    assert say("SUB-001", tmp_path, **world(recruits, customers)).value == value


def test_unknown_money_that_decides_is_said(tmp_path: Path) -> None:
    said = say("SUB-001", tmp_path, **world(kits=False))
    assert (said.band, said.why) == ("NE", "unknown_money")


def test_every_scope_counts_its_own_branches(tmp_path: Path) -> None:
    facts = say("SUB-001", tmp_path, **world()).facts
    ids = facts.columns.distributors["id"].to_list()
    rows = [ids.index(name) for name in ("R0", "B", "S0")]
    scopes = Scopes(facts.network, (NETWORK, *(BRANCH,) * 3), ((), *((row,) for row in rows)))
    values = analytics.rules.sub_001.work_out(facts, scopes)
    assert values.value.tolist() == [1, 1, 1, 0]
    assert list(values.why) == ["", "", "", "gate"]


def test_test_and_shrinkage_are_those_of_the_statistics(tmp_path: Path) -> None:
    facts = say("SUB-001", tmp_path, **world()).facts
    found = analytics.rules.sub_001.tested(facts)
    z = analytics.statistics.pooled_z(30, 30, 0, 100)
    assert found.z.tolist() == [pytest.approx(float(z))]
    assert (found.share.tolist(), found.rest.tolist(), found.phi) == ([0.75], [0.0], 1.0)


def test_nodes_one_below_the_other(tmp_path: Path) -> None:
    """A is above B: both fail; the highest is named with its worst descendant."""
    parts = world()
    parts["distributors"] = [ROOT, member("A"), *parts["distributors"][1:]]
    parts["distributors"][3] = member("B", "A")
    said = say("SUB-001", tmp_path, **parts)
    (found,) = said.values.shown["branches"][0]
    assert (said.value, found["branch"]) == (2, "A")
    assert said.evidence.count == 2


def test_lawful_networks_of_chance_are_left_alone() -> None:
    """Branches that differ by chance alone, by the test and by the test with its effect."""
    rng = np.random.default_rng(2)
    tests = effects = 0
    for _ in range(200):
        n = rng.integers(15, 80, 30)
        k = rng.binomial(n, 0.2)
        rest_k, rest_n = k.sum() - k, n.sum() - n
        z = analytics.statistics.pooled_z(k, n, rest_k, rest_n)
        adjusted = analytics.statistics.benjamini_hochberg(analytics.statistics.upper_tail(z))
        share = analytics.statistics.beta_binomial(k, n, rest_k / rest_n).mean
        tests += bool((adjusted <= 0.05).any())
        effects += bool(((adjusted <= 0.05) & (share - rest_k / rest_n >= 0.25)).any())
    assert tests / 200 < 0.1
    assert effects / 200 < 0.02
