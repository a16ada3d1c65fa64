"""The rules on structure: fixtures FX01, FX03, FX05, FX13, and twins against a slow search."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy as np
import polars as pl
import pytest

import analytics.network
import analytics.rules.str_001
import analytics.rules.str_003
import analytics.rules.str_004
import analytics.screening.scopes
from analytics.measures import BRANCH, Scopes
from tests.analytics.rules.examples import of_example
from tests.analytics.rules.small_networks import ROOT, Row, member, paid, sale, say


def tree(five: int, below: int) -> list[Row]:
    """R0, `five` directly below, `below` spread under these."""
    first = [member(f"B{i}") for i in range(five)]
    return [ROOT, *first, *(member(f"E{i}", f"B{i % five}") for i in range(below))]


@pytest.mark.parametrize(
    ("five", "below", "persons", "levels", "code"),
    [(5, 24, 30, 3, 1), (5, 23, 29, 3, 0), (29, 0, 30, 2, 0), (5, 114, 120, 3, 2)],
)
def test_fx01_thirty_persons_in_three_levels(
    tmp_path: Path, five: int, below: int, persons: int, levels: int, code: int
) -> None:
    said = say("STR-001", tmp_path, distributors=tree(five, below), orders=[sale("O", "R0")])
    assert (said.values.numerator[0], said.values.denominator[0]) == (persons, levels)
    assert said.value == code


def two_networks(second_levels: int) -> list[Row]:
    """X with 18 persons, Y with 12 others, one leader of both."""
    x = [member("X1", "X0"), *(member(f"XX{i}", "X1") for i in range(16))]
    above = "Y1" if second_levels == 3 else "Y0"
    y = [member("Y1", "Y0"), *(member(f"YY{i}", above) for i in range(11))]
    leader = [{"distributor_id": d, "joined_at": "2024-01-01", "person_id": "L"} for d in "XY"]
    for row in leader:
        row["distributor_id"] += "0"
    return [*leader, *x, *y]


def test_fx03_networks_of_one_leader_are_added_up(tmp_path: Path) -> None:
    facts = of_example({"distributors": two_networks(3), "orders": [sale("O", "X0")]}, tmp_path)
    scopes = analytics.screening.scopes.of(facts)
    values = analytics.rules.str_001.work_out(facts, scopes)
    merged = next(i for i, tops in enumerate(scopes.tops) if len(tops) == 2)
    assert (values.numerator[merged], values.value[merged], values.value[0]) == (30, 1, 1)
    assert values.value[scopes.tops.index((0,))] == 0


def test_only_networks_of_three_levels_are_added_up(tmp_path: Path) -> None:
    facts = of_example({"distributors": two_networks(2), "orders": [sale("O", "X0")]}, tmp_path)
    scopes = analytics.screening.scopes.of(facts)
    assert analytics.rules.str_001.work_out(facts, scopes).value[0] == 0


def test_fx05_two_paid_tiers_are_three_levels(tmp_path: Path) -> None:
    chain = [ROOT, member("B"), member("C", "B")]
    own = sale("O", "B") | {"buyer_kind": "distributor", "buyer_id": "C"}
    parts: dict[str, Any] = {
        "distributors": chain,
        "orders": [own],
        "payouts": [paid("P1", "B", "O"), paid("P2", "R0", "O")],
    }
    assert say("STR-001", tmp_path / "levels", **parts).values.denominator[0] == 3
    assert say("STR-002", tmp_path / "tiers", **parts).value == 2


def test_serious_by_entry_money(tmp_path: Path) -> None:
    kit = {"product_id": "K", "kind": "kit"}
    order = sale("O", "R0") | {"buyer_kind": "distributor", "buyer_id": "B0"}
    del order["amount"]
    parts: dict[str, Any] = {"distributors": tree(5, 24), "products": [kit], "orders": [order]}
    for price, code in (("2499999.99", 1), ("2500000.00", 2)):
        line = {"order_id": "O", "line_no": "1", "product_id": "K", "quantity": "1"}
        said = say("STR-001", tmp_path / price, **parts, order_lines=[line | {"unit_price": price}])
        assert said.value == code


def test_fx13_three_tiers(tmp_path: Path) -> None:
    chain = [ROOT, member("B"), member("C", "B"), member("X")]
    payouts = [
        paid("P1", "C", "O", "10.00"),
        paid("P2", "B", "O", "5.00"),
        paid("P3", "R0", "O", "3.00"),
        paid("P4", "X", "O", "3.00"),  # not on the seller's chain
        paid("P5", "C", "O", "1.00"),  # paid twice, one tier
    ]
    said = say("STR-002", tmp_path, distributors=chain, orders=[sale("O", "C")], payouts=payouts)
    assert (said.value, said.band, said.evidence.ids) == (3, "medium", ("O",))


PLAN = """
name = "p"
version = "1"
valid_from = "2020-01-01T00:00:00Z"
rates = ["0.10", "0", "0.03"]
"""


def test_a_plan_counts_as_it_promises(tmp_path: Path) -> None:
    parts: dict[str, Any] = {
        "distributors": [ROOT],
        "orders": [sale("O", "R0")],
        "options": {"plan": PLAN},
    }
    assert say("STR-002", tmp_path, **parts).value == 2


def test_nobody_says_who_is_paid(tmp_path: Path) -> None:
    said = say("STR-002", tmp_path, distributors=[ROOT], orders=[sale("O", "R0")])
    assert (said.band, said.why) == ("NE", "no_file")


def test_depth_of_a_branch_is_counted_from_its_top(tmp_path: Path) -> None:
    chain = [ROOT, *(member(f"D{i}", f"D{i - 1}" if i else "R0") for i in range(9))]
    said = say("STR-003", tmp_path, distributors=chain, orders=[sale("O", "R0")])
    assert said.value == pytest.approx(4.5 / (sum(1 / k for k in range(1, 11)) - 1))
    rows = said.facts.columns.distributors["id"].to_list()
    scopes = Scopes(said.facts.network, (BRANCH,), ((rows.index("D3"),),))
    branch = analytics.rules.str_003.work_out(said.facts, scopes)
    assert branch.value[0] == pytest.approx(2.5 / (sum(1 / k for k in range(1, 7)) - 1))


@st.composite
def held(draw: st.DrawFn) -> tuple[list[int], list[tuple[int, int]]]:
    """Sponsors (the first is a root) and (value, row) pairs."""
    n = draw(st.integers(2, 14))
    sponsor = [-1, *(draw(st.integers(-1, i - 1)) for i in range(1, n))]
    pair = st.tuples(st.integers(0, 3), st.integers(0, n - 1))
    return sponsor, draw(st.lists(pair, max_size=20, unique=True))


def ways(sponsor: list[int], row: int) -> Iterator[int]:
    while row >= 0:
        yield row
        row = sponsor[row]


def steps(sponsor: list[int], one: int, other: int) -> float:
    mine, his = list(ways(sponsor, one)), list(ways(sponsor, other))
    common = [mine.index(a) + his.index(a) for a in mine if a in his]
    return min(common, default=float("inf"))


@hypothesis.given(held())
@hypothesis.settings(deadline=None, max_examples=60)
def test_twins_are_found_as_a_slow_search_finds_them(
    world: tuple[list[int], list[tuple[int, int]]],
) -> None:
    sponsor, pairs = world
    network = analytics.network.of(np.array(sponsor, np.int32))
    frame = pl.DataFrame(
        {"value": [v for v, _ in pairs], "row": [r for _, r in pairs]},
        schema={"value": pl.Int64, "row": pl.Int32},
    ).with_columns(pl.lit(2, pl.UInt8).alias("kind"))
    expected = np.zeros(len(sponsor), bool)
    for (v, a), (w, b) in combinations(pairs, 2):
        if v == w and a != b and steps(sponsor, a, b) <= 3:
            expected[[a, b]] = True
    found = analytics.rules.str_004._close(network, frame, len(sponsor))
    assert found.tolist() == expected.tolist()


def test_two_adults_under_one_roof_are_shown_not_counted(tmp_path: Path) -> None:
    home = {"owner_kind": "distributor", "kind": "address", "value": "1 long road"}
    said = say(
        "STR-004",
        tmp_path,
        distributors=[ROOT, member("A"), member("B")],
        orders=[sale("O", "A")],
        identifiers=[home | {"owner_id": one} for one in "AB"],
    )
    assert (said.value, said.shown("one_address_only")) == (0, 2)


def test_values_given_hashed_and_clear_cannot_be_compared(tmp_path: Path) -> None:
    bank = {"owner_kind": "distributor", "kind": "bank"}
    rows = [
        bank | {"owner_id": "A", "value": "1", "hashed": "0"},
        bank | {"owner_id": "B", "value": "ab" * 32, "hashed": "1"},
    ]
    said = say(
        "STR-004",
        tmp_path,
        distributors=[ROOT, member("A"), member("B")],
        orders=[sale("O", "A")],
        identifiers=rows,
    )
    assert said.band == "NE"
