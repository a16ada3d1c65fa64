"""Columns that hold more than was known at as-of give the facts of those that do not."""

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from polars.testing import assert_frame_equal

import analytics.as_of
import analytics.facts.days
import analytics.facts.known
from analytics.facts.frames import Facts
from graph.model import DAY_MS
from tests.analytics.facts.drawing import distributor, facts, identifier, order, payout
from tests.loaders.trying import Row, line

AS_OF = "2026-06-30"
LATER = "2026-07-10"


def payouts() -> list[Row]:
    return [
        payout("Y1", "D1", "2.00", LATER, order_id="B4"),
        payout("Y2", "D1", "1.00", "2026-06-05", order_id="B4", released_at=LATER),
        payout("Y3", "D1", "0.40", LATER, reverses="Y2"),
        payout("Y4", "D1", "0.10", "2026-06-06", reverses="Y2"),
        payout("Y5", "D1", "0.50", "2026-06-06", order_id="B6"),
    ]


def buybacks() -> list[Row]:
    return [
        {
            "request_id": f"Q{n}",
            "distributor_id": "D2",
            "order_id": "B3",
            "requested_at": at,
            "amount": "1.00",
            "paid_at": LATER,
            "paid_amount": "1.00",
        }
        for n, at in enumerate(["2026-06-20", LATER])
    ]


def tables() -> dict[str, Any]:
    """Something of every noun before as-of and after it."""
    orders = [
        order("A1", "D1", "C1", "customer", LATER, "10.00"),
        order("B1", "D1", "C1", "customer", "2026-06-01", paid_at=LATER),
        order(
            "B2",
            "D1",
            "C1",
            "customer",
            "2026-06-01",
            "10.00",
            paid_at="2026-06-02",
            status="cancelled",
            cancelled_at=LATER,
        ),
        order("B3", "D1", "D2", "distributor", "2026-06-01", "900.00", received_at=LATER),
        order("B4", "D1", "C2", "customer", "2026-06-02", "50.00"),
        order(
            "B5", "D1", "C2", "customer", LATER, "-5.00", kind="cancellation", cancels_order_id="B4"
        ),
        order("B6", "D1", "C3", "customer", "2026-06-03", "50.00"),
    ]
    return {
        "distributors": [
            distributor("D1"),
            distributor("D2", "D1", "2026-05-25", left_at=LATER, sanctioned_at=LATER),
            distributor("D3", "D1", "2026-07-05", person_id="N"),
        ],
        "status_changes": [{"distributor_id": "D2", "valid_from": LATER, "status": "terminated"}],
        "customers": [
            {"customer_id": "C1", "distributor_id": "D1", "bound_at": LATER},
            {"customer_id": "C3", "became_distributor_id": "D3"},
        ],
        "orders": orders,
        "order_lines": [line("B1", 1, "P1", "1", "30.00"), line("A1", 1, "P1", "1", "30.00")],
        "refunds": [
            {"refund_id": f"R{n}", "order_id": "B4", "amount": "3.00", "refunded_at": at}
            for n, at in enumerate(["2026-06-20", LATER])
        ],
        "identifiers": [
            identifier("distributor", "D1", "card", "X"),
            identifier("customer", "C1", "card", "X", valid_from="2026-07-01"),
            identifier("order", "A1", "card", "X"),
            identifier("order", "B6", "card", "X"),
        ],
        "payouts": payouts(),
        "resales": [
            {"distributor_id": "D2", "period": period, "amount": "1.00", "sold_for": "2.00"}
            for period in ("2026-06", "2026-07")
        ],
        "buybacks": buybacks(),
    }


def same(one: Facts, other: Facts) -> None:
    for name in ("accounts", "orders", "pieces", "commission", "identifiers"):
        assert_frame_equal(getattr(one, name), getattr(other, name))
    for noun in ("orders", "lines", "refunds", "payouts", "resales", "buybacks", "status_changes"):
        mine, theirs = getattr(one.columns, noun), getattr(other.columns, noun)
        assert_frame_equal(mine.drop("key", strict=False), theirs.drop("key", strict=False))
    assert (one.network.parent == other.network.parent).all() and one.given == other.given


def test_what_came_later_changes_nothing() -> None:
    drawn: dict[str, Any] = tables()
    cut = facts(as_of=AS_OF, **drawn)
    whole = facts(as_of=AS_OF, at=analytics.as_of.moment_ms("2027-01-01", UTC), **drawn)
    same(cut, whole)
    assert cut.orders.height == 4 and cut.columns.buybacks["paid_amount"].to_list() == [None]
    assert cut.commission["amount"].to_list() == [90, 50]


def test_cutting_twice_is_cutting_once() -> None:
    whole = facts(as_of="2027-01-01", **tables())
    as_of_ms = analytics.as_of.moment_ms(AS_OF, UTC)
    moment = analytics.facts.known.Moment(as_of_ms, analytics.facts.days.calendar(_utc()))
    once, _ = analytics.facts.known.as_of(whole.columns, None, moment)
    twice, _ = analytics.facts.known.as_of(once, None, moment)
    for noun in ("orders", "lines", "payouts", "identifiers", "sponsor_edges", "distributors"):
        assert_frame_equal(getattr(once, noun), getattr(twice, noun))


def _utc() -> Any:
    return ZoneInfo("UTC")


def test_days_and_months_of_a_zone_with_summer_time_and_of_leap_years() -> None:
    days = analytics.facts.days
    berlin = days.calendar(ZoneInfo("Europe/Berlin"))
    utc = UTC
    for text, day in [
        ("2026-03-28T22:59:59.999+00:00", "2026-03-28"),
        ("2026-03-28T23:00:00+00:00", "2026-03-29"),
        ("2026-03-29T21:59:59+00:00", "2026-03-29"),
        ("2026-03-29T22:00:00+00:00", "2026-03-30"),
        ("2024-02-29T22:59:59+00:00", "2024-02-29"),
        ("2024-02-29T23:00:00+00:00", "2024-03-01"),
    ]:
        wanted = analytics.as_of.moment_ms(f"{day}T00:00:00+00:00", utc) // DAY_MS
        assert berlin.day(analytics.as_of.moment_ms(text, utc)) == wanted
        (month,) = days.months(np.array([wanted], np.int32))
        assert (month // 12, month % 12 + 1) == (int(day[:4]), int(day[5:7]))


def test_a_window_is_of_whole_local_days() -> None:
    orders = [
        order(f"O{n}", "D1", "C1", "customer", at, "1.00")
        for n, at in enumerate(["2026-05-31", "2026-06-01", "2026-06-30"])
    ]
    found = facts(distributors=[distributor("D1")], orders=orders, as_of="2026-06-30")
    day = found.orders["day"]
    assert found.window(day, 30).to_list() == [False, True, True]
    assert found.window(day, 31).to_list() == [True, True, True]
    assert found.window(day, 0).to_list() == [True, True, True]
    assert found.window(day, 1).to_list() == [False, False, True]
