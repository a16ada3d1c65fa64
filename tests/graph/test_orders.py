from typing import Any

import pytest

import graph.commissions
import graph.customers
import graph.distributors
import graph.orders
import graph.products
import tests.graph.drawn
from graph.connection import Database
from graph.errors import Conflict
from graph.keys import Saved

Row = dict[str, Any]


@pytest.fixture
def db(empty_database: Database) -> Database:
    """Two distributors, two customers, one product."""
    people = [{"id": "D1", "joined_at_ms": 0}, {"id": "D2", "joined_at_ms": 0}]
    graph.distributors.save_all(empty_database, people, seq=1)
    graph.customers.save_all(empty_database, [{"id": "C1"}, {"id": "C2"}], seq=1)
    graph.products.save_all(empty_database, [{"id": "P1"}], seq=1)
    return empty_database


def order(id: str, **facts: Any) -> Row:
    return {
        "id": id,
        "seller_id": "D1",
        "buyer_kind": "customer",
        "buyer_id": "C1",
        "ordered_at_ms": 10,
        "paid_time_ms": 10,
        "kind": "sale",
        "status": "paid",
        "currency": "CNY",
        **facts,
    }


def test_an_order_is_tied_to_its_seller_and_buyer_once(db: Database) -> None:
    rows = [
        order("O1"),
        order("O2", buyer_kind="distributor", buyer_id="D2"),
        order("O3", seller_id=None),
    ]
    assert graph.orders.save_all(db, rows, seq=1) == Saved(3, 0)
    assert graph.orders.save_all(db, rows, seq=2) == Saved(0, 0)
    columns = graph.orders.columns(db, after=-1, upto=graph.orders.last_key(db), seq_max=1)
    assert columns["seller_key"] == [0, 0, -1] and columns["buyer_key"] == [0, 1, 0]
    assert columns["paid_at"] == [10, 10, 10] and columns["received_at"] == [None] * 3
    assert graph.orders.columns_of(db, [0, 1, 2]) == columns
    found = graph.orders.by_ids(db, ["O1", "O2", "O3"])
    assert [row["seller_id"] for row in found] == ["D1", "D1", None]


def test_a_later_load_advances_what_lives(db: Database) -> None:
    graph.orders.save_all(db, [order("O1"), order("O2")], seq=1)
    later = order("O1", status="received", received_time_ms=20, region=None)
    assert graph.orders.save_all(db, [later], seq=2) == Saved(0, 1)
    assert graph.orders.changed(db, since=1, upto=2, first=9) == [0]
    assert graph.orders.changed(db, since=0, upto=1, first=9) == [1]
    assert graph.orders.by_ids(db, ["O1"])[0]["status"] == "received"


def test_an_unknown_seller_is_a_conflict_an_unknown_buyer_is_none(db: Database) -> None:
    with pytest.raises(Conflict, match="1 of 1"):
        graph.orders.save_all(db, [order("O1", seller_id="D9")], seq=1)
    graph.orders.save_all(db, [order("O1", buyer_id="C9")], seq=1)
    assert graph.orders.columns_of(db, [0])["buyer_key"] == [-1]
    assert graph.orders.columns_of(db, [0])["buyer_id"] == ["C9"]
    graph.orders.save_all(db, [{"id": "O1", "region": "x"}], seq=2)
    assert graph.customers.save_all(db, [{"id": "C9"}], seq=3).created == 1
    assert graph.orders.columns_of(db, [0])["buyer_key"] == [2]


def test_a_cancellation_finds_its_order_wherever_it_stands(db: Database) -> None:
    rows = [
        order("X1", kind="cancellation", cancels_id="O1"),
        order("O1"),
        order("X2", cancels_id="gone"),
    ]
    graph.orders.save_all(db, rows, seq=1)
    columns = graph.orders.columns_of(db, [0, 1, 2])
    assert columns["cancels_key"] == [1, -1, -1]
    assert columns["cancels_id"] == ["O1", None, "gone"]


def test_lines(db: Database) -> None:
    graph.orders.save_all(db, [order("O1"), order("O2")], seq=1)
    line = {"product_id": "P1", "quantity_milli": 1000, "unit_price_minor": 100}
    rows = [
        {"order_id": "O2", "line_no": 2, **line, "commissionable": False},
        {"order_id": "O2", "line_no": 1, **line, "product_id": "P9"},
        {"order_id": "O1", "line_no": 1, **line, "tax_minor": 7},
    ]
    assert graph.orders.save_lines(db, rows, seq=1) == Saved(3, 0)
    assert graph.orders.save_lines(db, rows, seq=2) == Saved(0, 0)
    columns = graph.orders.line_columns(db, after=-1, upto=9, seq_max=1)
    assert columns["order_key"] == [0, 1, 1] and columns["line_no"] == [1, 1, 2]
    assert columns["product_key"] == [0, -1, 0] and columns["tax"] == [7, None, None]
    assert columns["commissionable"] == [None, None, False]
    assert graph.orders.line_columns_of(db, [0, 1]) == columns
    assert [row["line_no"] for row in graph.orders.lines_of(db, ["O2"])] == [1, 2]
    assert graph.orders.save_lines(
        db, [{"order_id": "O1", "line_no": 1, "discount_minor": 5}], seq=2
    ) == Saved(0, 1)
    assert graph.orders.line_columns_of(db, [0])["product_key"] == [0]
    late = {"order_id": "O1", "line_no": 3, **line}
    assert graph.orders.save_lines(db, [late], seq=3) == Saved(1, 0)
    assert graph.orders.changed_lines(db, since=2, upto=3, first=9) == [0]
    assert graph.orders.changed(db, since=2, upto=3, first=9) == []
    with pytest.raises(Conflict):
        graph.orders.save_lines(db, [{**late, "order_id": "O9"}], seq=3)


def frozen(order_key: int, **facts: Any) -> Row:
    return {
        "order_key": order_key,
        "plan": "three-tier@1",
        "anchor_ms": None,
        "seq": 1,
        "self": False,
        "keys": [0, 1],
        "levels": [1, 2],
        "gates": [13, 3],
        "ranks": ["gold", ""],
        **facts,
    }


def test_what_is_frozen_stays(db: Database) -> None:
    graph.orders.save_all(db, [order("O1"), order("O2"), order("O3")], seq=1)
    empty: Row = {"plan": "", "keys": [], "levels": [], "gates": [], "ranks": []}

    def freeze(run: str, *rows: Row) -> int:
        first = [tests.graph.drawn.first(row) for row in rows]
        return graph.commissions.book(db, first, [], run, seq=1).frozen

    assert freeze("2023-11-30#1", frozen(0), frozen(2, **empty)) == 2
    assert freeze("2023-12-01#1", frozen(0, plan="other@1"), frozen(1)) == 1
    columns = graph.orders.frozen_columns(db, after=-1, upto=9)
    assert columns["order_key"] == [0, 1, 2]
    assert columns["plan"] == ["three-tier@1", "three-tier@1", None]
    assert columns["keys"] == [[0, 1], [0, 1], []] and columns["ranks"][0] == ["gold", ""]
    assert columns["run_id"] == ["2023-11-30#1", "2023-12-01#1", "2023-11-30#1"]
    assert graph.orders.frozen_columns_of(db, [0, 1, 2]) == columns
    assert graph.orders.by_ids(db, ["O1"])[0]["frozen_plan"] == "three-tier@1"
    assert graph.orders.save_all(db, [order("O1", status="received")], seq=5) == Saved(0, 1)
    assert graph.orders.frozen_columns(db, after=-1, upto=9) == columns


def test_pages_of_a_seller_go_through_equal_times(db: Database) -> None:
    times = [30, 10, 10, 10, 20]
    rows = [order(f"O{i}", ordered_at_ms=at) for i, at in enumerate(times)]
    graph.orders.save_all(db, [*rows, order("other", seller_id="D2")], seq=1)
    seen: list[str] = []
    after = None
    while True:
        page = graph.orders.page_of_seller(db, "D1", after=after, first=2)
        seen += [row["id"] for row in page[:2]]
        if len(page) <= 2:
            break
        after = (page[1]["ordered_at_ms"], page[1]["key"])
    assert seen == ["O1", "O2", "O3", "O4", "O0"]
    assert [graph.orders.count_of_seller(db, id) for id in ("D1", "D2", "D9")] == [5, 1, 0]


def test_keys_by_seller_and_by_buyer_within_a_time(db: Database) -> None:
    own = {"buyer_kind": "distributor", "buyer_id": "D2"}
    rows = [
        order("O0"),
        order("O1", paid_time_ms=11, **own),
        order("O2", paid_time_ms=12),
        order("O3", paid_time_ms=None),
    ]
    graph.orders.save_all(db, rows, seq=1)
    assert graph.orders.sold_keys(db, [0, 1], after_ms=10, upto_ms=12) == [1, 2]
    assert graph.orders.bought_keys(db, [1], after_ms=0, upto_ms=99) == [1]


def test_first_paid_order_of_a_buyer_with_a_seller(db: Database) -> None:
    rows = [
        order("O0", paid_time_ms=30),
        order("O1", paid_time_ms=20),
        order("O2", paid_time_ms=5, kind="cancellation"),
        order("O3", paid_time_ms=1, seller_id="D2"),
        order("O4", paid_time_ms=7, buyer_kind="distributor", buyer_id="D2"),
    ]
    graph.orders.save_all(db, rows, seq=1)
    pairs = [
        {"buyer_kind": "customer", "buyer_id": "C1", "seller_id": "D1"},
        {"buyer_kind": "customer", "buyer_id": "C2", "seller_id": "D1"},
        {"buyer_kind": "distributor", "buyer_id": "D2", "seller_id": "D1"},
    ]
    found = graph.orders.first_paid(db, pairs)
    assert [(row["buyer_id"], row["first_paid_ms"], row["order_key"]) for row in found] == [
        ("C1", 20, 1),
        ("D2", 7, 4),
    ]
