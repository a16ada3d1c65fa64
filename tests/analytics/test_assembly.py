"""Pages with keys become columns with rows, whatever part of the graph they hold."""

from typing import Any

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

import analytics.assembly
from analytics.columns import NOT_GIVEN, SCHEMAS, Columns
from graph.model import NOBODY, ORDER_STATUS, STATUS_UNCHANGED


def frame(noun: str, *rows: dict[str, Any]) -> pl.DataFrame:
    blank = analytics.assembly.no_rows(noun)
    page = {name: [row.get(name) for row in rows] for name in blank.columns}
    return analytics.assembly.frame_of(noun, page)


def person(key: int, **given: Any) -> dict[str, Any]:
    return {"id": f"D{key}", "key": key, "joined_at": 0, "status": "active"} | given


def order(key: int, **given: Any) -> dict[str, Any]:
    return {"id": f"O{key}", "key": key, "seller_key": 7, "status": "received", "kind": "sale"} | {
        "buyer_key": NOBODY,
        "cancels_key": NOBODY,
        "currency": "CNY",
        "seq": 1,
        **given,
    }


def built(**frames: pl.DataFrame) -> Columns:
    return analytics.assembly.columns_of(frames, frozenset(frames))


def test_keys_become_rows_and_words_positions() -> None:
    columns = built(
        distributors=frame("distributors", person(9), person(7)),
        sponsor_edges=frame(
            "sponsor_edges", {"child_key": 9, "sponsor_key": 7, "since": 0, "until": 5}
        ),
        status_changes=frame("status_changes", {"distributor_key": 9, "valid_from": 3}),
        orders=frame("orders", order(4, status="paid"), order(2, seller_key=9, cancels_key=4)),
    )
    assert columns.distributors["id"].to_list() == ["D7", "D9"]
    assert columns.sponsor_edges.rows() == [(1, 0, 0, 5)]
    assert columns.status_changes["status"].to_list() == [STATUS_UNCHANGED]
    assert columns.orders["seller_row"].to_list() == [1, 0]
    assert columns.orders["cancels_row"].to_list() == [1, NOBODY]
    assert columns.orders["status"].to_list() == [
        ORDER_STATUS.index(w) for w in ("received", "paid")
    ]


def test_a_buyer_is_looked_for_among_his_kind() -> None:
    columns = built(
        distributors=frame("distributors", person(7), person(8)),
        customers=frame("customers", {"id": "C8", "key": 8, "distributor_key": 7}),
        orders=frame(
            "orders",
            order(0, buyer_kind="distributor", buyer_key=8),
            order(1, buyer_kind="customer", buyer_key=8),
            order(2, buyer_kind=None, buyer_key=8),
            order(3, buyer_kind="customer", buyer_key=NOBODY),
        ),
    )
    assert columns.orders["buyer_row"].to_list() == [1, 0, NOBODY, NOBODY]
    assert columns.customers["distributor_row"].to_list() == [0]


def test_a_blank_commissionable_is_the_products_and_else_true() -> None:
    own = (None, None, None, False)
    lines = [
        {"order_key": 4, "line_no": i, "product_key": key, "commissionable": flag, "seq": 1}
        | {"quantity_milli": 1000, "unit_price": 5}
        for i, (key, flag) in enumerate(zip((0, 1, NOBODY, 1), own, strict=True))
    ]
    columns = built(
        products=frame(
            "products",
            {"id": "P0", "key": 0, "commissionable": False, "kind": "kit"},
            {"id": "P1", "key": 1, "commissionable": None, "kind": "product"},
        ),
        orders=frame("orders", order(4)),
        lines=frame("lines", *lines),
    )
    assert columns.lines["commissionable"].to_list() == [False, True, True, False]
    assert columns.lines["discount"].to_list() == [0, 0, 0, 0]


def test_rows_whose_owner_is_not_there_are_left_out() -> None:
    columns = built(
        distributors=frame("distributors", person(7)),
        sponsor_edges=frame(
            "sponsor_edges",
            {"child_key": 7, "sponsor_key": 3, "since": 0, "until": 5},
            {"child_key": 3, "sponsor_key": 7, "since": 0, "until": 5},
        ),
        lines=frame("lines", {"order_key": 4, "line_no": 1, "product_key": NOBODY, "seq": 1}),
    )
    assert columns.sponsor_edges.rows() == [(0, NOT_GIVEN, 0, 5)]
    assert columns.lines.height == 0


def test_frozen_lists_become_one_row_per_position() -> None:
    lists = {"keys": [7, 9], "levels": [1, 0], "gates": [13, 3], "ranks": ["gold", ""]}
    house: dict[str, Any] = {name: [] for name in lists}
    columns = built(
        distributors=frame("distributors", person(7), person(9)),
        orders=frame("orders", order(4), order(5)),
        frozen=frame(
            "frozen",
            {"order_key": 5, "seq": 3, "buyer_is_seller": False, **house},
            {
                "order_key": 4,
                "plan": "p@1",
                "anchor": 8,
                "seq": 3,
                "buyer_is_seller": True,
                **lists,
            },
            {"order_key": 6, "seq": 3, "buyer_is_seller": False, **house},
        ),
    )
    assert columns.frozen.rows() == [(0, "p@1", 8, 3, True), (1, None, None, 3, False)]
    assert columns.frozen_paths.rows() == [(0, 0, 0, 1, 13, "gold"), (0, 1, 1, 0, 3, None)]


def test_nothing_at_all_is_sound() -> None:
    columns = built()
    assert all(getattr(columns, noun).height == 0 for noun in SCHEMAS)


@given(st.sets(st.integers(0, 50)), st.lists(st.none() | st.integers(-1, 60)))
def test_rows_of_any_keys(keys: set[int], wanted: list[int | None]) -> None:
    known = sorted(keys)
    found = analytics.assembly.rows_of(pl.Series(wanted, dtype=pl.Int64), np.array(known, np.int64))
    assert found.to_list() == [known.index(one) if one in keys else NOBODY for one in wanted]
