"""What came back: spread, capped, by line, late or not."""

from typing import Any

import pytest

from analytics.facts.remains import muldiv
from tests.analytics.facts.drawing import classes, distributor, facts, one, order, payout, product
from tests.loaders.trying import Row, line

D1 = distributor("D1")
LINES = [
    line("O1", 1, "P1", "1", "60.00"),
    line("O1", 2, "P2", "1", "40.00"),
    line("O1", 3, "P1", "0.5", "0.01"),
]


def refund(id: str, at: str, amount: str, **more: Any) -> Row:
    return {"refund_id": id, "order_id": "O1", "amount": amount, "refunded_at": at, **more}


def net(*events: Row, orders: tuple[Row, ...] = (), more: tuple[Row, ...] = ()) -> list[int]:
    tables: dict[str, Any] = {"refunds": list(events)} if events else {}
    found = facts(
        distributors=[D1],
        products=[product("P1"), product("P2")],
        orders=[order("O1", "D1", "C1", "customer", "2026-03-01"), *orders],
        order_lines=[*LINES, *more],
        **tables,
    )
    assert sum(left for _, left in classes(found)) == one(found)["net"]
    return [left for _, left in classes(found)]


@pytest.mark.parametrize(
    ("events", "left"),
    [
        ([], [6000, 4000, 1]),
        ([("R1", "20.00", "")], [4800, 3200, 1]),
        ([("R1", "50.00", "2")], [5000, 0, 1]),
        ([("R1", "40.00", "2"), ("R2", "10.00", "2")], [5000, 0, 1]),
        ([("R1", "100.01", "")], [0, 0, 0]),
        ([("R1", "500.00", "1")], [0, 0, 0]),
    ],
)
def test_refunds_take_from_their_line_then_from_all(events: list[Any], left: list[int]) -> None:
    rows = [refund(id, f"2026-03-0{n}", a, line_no=no) for n, (id, a, no) in enumerate(events, 2)]
    assert net(*rows) == left


def test_a_cancellation_takes_from_its_products_then_from_all() -> None:
    gone = order(
        "X1", "D1", "C1", "customer", "2026-03-05", kind="cancellation", cancels_order_id="O1"
    )
    assert net(orders=(gone,), more=(line("X1", 1, "P2", "-1", "50.00"),)) == [5000, 0, 1]
    assert net(orders=(gone,), more=(line("X1", 1, "P1", "-1", "50.00"),)) == [1000, 4000, 1]
    assert net(orders=({**gone, "amount": "-20.00"},)) == [4800, 3200, 1]
    assert net(orders=({**gone, "amount": "-200.00"},)) == [0, 0, 0]


def test_a_cancellation_that_is_itself_off_takes_nothing() -> None:
    gone = order(
        "X1",
        "D1",
        "C1",
        "customer",
        "2026-03-05",
        "-50.00",
        kind="cancellation",
        cancels_order_id="O1",
        status="cancelled",
    )
    assert net(orders=(gone,)) == [6000, 4000, 1]


def late(refunded: str, **payouts: Any) -> int:
    found = facts(
        distributors=[D1],
        orders=[order("O1", "D1", "C1", "customer", "2026-03-01T10:00:00Z", "100.00")],
        refunds=[refund("R1", refunded, "30.00")],
        **payouts,
    )
    row = one(found)
    assert row["net"] == 7000
    return int(row["returned_late"])


def test_late_is_after_the_earliest_release_else_after_the_freeze() -> None:
    assert late("2026-03-08T10:00:00Z") == 0
    assert late("2026-03-08T10:00:01Z") == 3000
    paid = [
        payout("Y1", "D1", "5.00", "2026-03-01", order_id="O1", released_at="2026-03-20T00:00:00Z"),
        payout("Y2", "D1", "5.00", "2026-03-01", order_id="O1", released_at="2026-03-18T00:00:00Z"),
    ]
    assert late("2026-03-18T00:00:00Z", payouts=paid) == 0
    assert late("2026-03-18T00:00:01Z", payouts=paid) == 3000
    unreleased = [{**row, "released_at": ""} for row in paid]
    assert late("2026-03-08T10:00:01Z", payouts=unreleased) == 3000


def test_muldiv_is_exact_where_64_bits_are_not() -> None:
    part, times, whole = 2**60 - 7, 2**59 + 11, 2**61 - 1
    assert muldiv(part, times, whole) == divmod(part * times, whole)
