"""Depth, downlines, recruits and volumes against what a person counts."""

from collections import Counter
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import networkx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import analytics.network
import analytics.structure
import analytics.volumes
from analytics.columns import Columns
from graph.errors import Conflict
from graph.model import BUYER_KIND, DAY_MS, NOBODY, ORDER_KIND, ORDER_STATUS
from tests.analytics.drawn import chain, forest, frame

trees = st.integers(1, 25).flatmap(
    lambda n: st.tuples(*(st.none() | st.integers(0, max(row - 1, 0)) for row in range(1, n)))
)
TAIPEI = ZoneInfo("Asia/Taipei")
NOON_31_JANUARY = 1_769_832_000_000


@settings(deadline=None)
@given(trees, st.data())
def test_structure_as_networkx_counts_it(
    above: tuple[int | None, ...], data: st.DataObject
) -> None:
    parents = [None, *above]
    joined = [data.draw(st.integers(0, 400)) * DAY_MS for _ in parents]
    columns = forest(parents, joined=joined)
    as_of = 400 * DAY_MS
    found = analytics.structure.work_out(columns, analytics.network.at(columns, as_of)).to_dicts()
    graph = networkx.DiGraph([(up, down) for down, up in enumerate(parents) if up is not None])
    graph.add_nodes_from(range(len(parents)))
    for row, got in enumerate(found):
        below = networkx.descendants(graph, row)
        lengths = networkx.single_source_shortest_path_length(graph, row)
        recent = {one for one in below if joined[one] > as_of - 90 * DAY_MS}
        assert got["depth"] == len(networkx.ancestors(graph, row))
        assert (got["downline"], got["height"]) == (len(below), max(lengths.values()))
        assert got["children"] == graph.out_degree(row)
        assert got["recruits_below_90"] == len(recent)
        assert got["recruits_90"] == len(recent & set(graph.successors(row)))


def test_structure_of_a_chain_of_a_million() -> None:
    columns = chain(1_000_000)
    found = analytics.structure.work_out(columns, analytics.network.at(columns, 0))
    assert found["height"].to_numpy().tolist() == list(range(999_999, -1, -1))


def order(row: int, seller: int, **given: Any) -> dict[str, Any]:
    """A received sale of order O{row} to a customer, unless said otherwise."""
    return {
        "id": f"O{row}",
        "key": row,
        "seller_row": seller,
        "buyer_kind": BUYER_KIND.index("customer"),
        "buyer_row": 0,
        "ordered_at": NOON_31_JANUARY,
        "paid_at": NOON_31_JANUARY,
        "status": ORDER_STATUS.index("received"),
        "kind": ORDER_KIND.index("sale"),
        "currency": "CNY",
        "cancels_row": NOBODY,
        "seq": 0,
    } | given


def volumes(columns: Columns) -> dict[tuple[str, str, int], dict[str, int]]:
    network = analytics.network.at(columns, NOON_31_JANUARY + 40 * DAY_MS)
    found = analytics.volumes.work_out(columns, network, TAIPEI).to_dicts()
    return {(one["period"], one["currency"], one["distributor_row"]): one for one in found}


def test_volumes_roll_up_by_month_and_currency() -> None:
    """0 ── 1 ── 2, who sells a line of 3 × 9.99 − 1.00 and a fee that earns nothing."""
    lines = [
        {"order_row": 0, "line_no": 1, "product_row": 0, "quantity_milli": 3000}
        | {"unit_price": 999, "discount": 100, "tax": 0, "commissionable": True, "seq": 0},
        {"order_row": 0, "line_no": 2, "product_row": 0, "quantity_milli": 1000}
        | {"unit_price": 5000, "discount": 0, "tax": 0, "commissionable": False, "seq": 0},
    ]
    herself = {"buyer_kind": BUYER_KIND.index("distributor"), "buyer_row": 1}
    evening = NOON_31_JANUARY + DAY_MS // 2  # the first of February in Taipei
    columns = replace(
        forest([None, 0, 1]),
        orders=frame(
            "orders",
            [
                order(0, 2),
                order(1, 1, amount=700, **herself),
                order(2, 1, amount=50, currency="JPY", paid_at=evening),
                order(3, NOBODY, amount=99),
            ],
        ),
        lines=frame("lines", lines),
    )
    found = volumes(columns)
    assert {key: (one["sold"], one["group_sold"]) for key, one in found.items()} == {
        ("2026-01", "CNY", 0): (0, 3597),
        ("2026-01", "CNY", 1): (700, 3597),
        ("2026-01", "CNY", 2): (2897, 2897),
        ("2026-02", "JPY", 0): (0, 50),
        ("2026-02", "JPY", 1): (50, 50),
    }
    seller = found["2026-01", "CNY", 1]
    assert (seller["own"], seller["retail"], seller["group_retail"]) == (700, 0, 2897)


def test_what_came_back_counts_in_the_month_it_came() -> None:
    later = NOON_31_JANUARY + 10 * DAY_MS
    cancelled = {"status": ORDER_STATUS.index("cancelled"), "cancelled_at": later}
    back = {"kind": ORDER_KIND.index("cancellation"), "ordered_at": later, "amount": -30}
    refund = {"id": "R0", "order_row": 0, "amount": 20, "currency": "CNY"}
    columns = replace(
        forest([None]),
        orders=frame(
            "orders",
            [
                order(0, 0, amount=100),
                order(1, 0, amount=500, **cancelled),
                order(2, NOBODY, cancels_row=0, **back),
            ],
        ),
        refunds=frame("refunds", [refund | {"refunded_at": later, "seq": 0}]),
    )
    found = volumes(columns)
    assert found["2026-01", "CNY", 0]["sold"] == 600
    assert found["2026-02", "CNY", 0]["returned"] == -(20 + 500 + 30)


def test_volumes_beyond_64_bits_are_refused_not_wrapped() -> None:
    orders = frame("orders", [order(row, 0, amount=2**62) for row in range(3)])
    with pytest.raises(Conflict, match="64 bits"):
        volumes(replace(forest([None]), orders=orders))


@settings(deadline=None)
@given(trees, st.lists(st.tuples(st.integers(0, 24), st.integers(-99, 99)), max_size=30))
def test_groups_are_the_sum_of_their_members(
    above: tuple[int | None, ...], sales: list[tuple[int, int]]
) -> None:
    parents = [None, *above]
    rows = [order(i, row % len(parents), amount=sum_) for i, (row, sum_) in enumerate(sales)]
    columns = replace(forest(parents), orders=frame("orders", rows))
    found = volumes(columns)
    expected: Counter[int] = Counter()
    for i in range(len(rows)):
        row: int | None = rows[i]["seller_row"]
        while row is not None:
            expected[row] += rows[i]["amount"]
            row = parents[row]
    groups = {row: one["group_sold"] for (_, _, row), one in found.items()}
    assert {row: value for row, value in groups.items() if value} == {
        row: value for row, value in expected.items() if value
    }
