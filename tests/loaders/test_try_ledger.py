"""Caps and entries: what is cut, what is booked when, what is taken back."""

from typing import Any

import pytest

from tests.loaders.trying import BEYOND_D2, PAID, RATES, Tried, line, refund, sale


def test_an_order_cap_is_used_up_level_by_level(tried: Any) -> None:
    found = tried('caps = {order = "0.12"}')
    assert found.outcomes() == [
        ("D5", "1", "10.00", "paid"),
        ("D4", "2", "2.00", "paid"),
        ("D3", "3", "0.00", "capped"),
        BEYOND_D2,
    ]
    assert found.conservation["CNY"] == {
        "promised": "1800/1",
        "paid": "1200/1",
        "breakage": "0/1",
        "capped": "600/1",
        "rounding": "0/1",
        "check": True,
    }


def test_a_beneficiary_cap_takes_orders_as_they_were_paid(tried: Any) -> None:
    orders = [
        sale("O2", "D5", "100.00", ordered_at="2026-03-02T00:00:00Z"),
        sale("O1", "D5", "100.00", ordered_at="2026-03-03T00:00:00Z"),
        sale("O3", "D5", "100.00", ordered_at="2026-04-01T00:00:00Z"),
    ]
    found = tried(
        'caps = {beneficiary = {amount = {CNY = "12.00"}, period = "month"}}', orders=orders
    )
    assert [found.outcomes(order)[0] for order in ("O2", "O1", "O3")] == [
        ("D5", "1", "10.00", "paid"),
        ("D5", "1", "2.00", "paid"),
        ("D5", "1", "10.00", "paid"),
    ]
    assert found.outcomes("O1")[1] == ("D4", "2", "5.00", "paid")
    assert found.conservation["CNY"]["capped"] == "800/1"
    assert sum(row["amount"] == "2.00" for row in found.entries) == 1


def test_a_company_cap_is_cut_pro_rata_and_to_the_last_minor_unit(tried: Any) -> None:
    """15.00 for 18.00: 8.333, 4.166, 2.50; the unit left over goes to the largest remainder."""
    found = tried('caps = {company = {share = "0.15", period = "month"}}')
    amounts = [row[2] for row in found.outcomes()][:3]
    assert amounts == ["8.33", "4.17", "2.50"]
    assert found.conservation["CNY"]["capped"] == "300/1"


def test_period_caps_work_on_what_remains_after_refunds(tried: Any) -> None:
    """Of 100.00 half is refunded: 10 % of the 50.00 that remain may be paid, 9.00 are due."""
    refunds = [
        {"refund_id": "R1", "order_id": "O1", "amount": "50.00", "refunded_at": "2026-03-05"}
    ]
    found = tried('caps = {company = {share = "0.10", period = "month"}}', refunds=refunds)
    assert sum(round(float(row["amount"]) * 100) for row in found.entries) == 500


@pytest.mark.parametrize(
    ("as_of", "state", "available"),
    [
        ("2026-03-01T12:00:00Z", "pending", ""),
        ("2026-03-02T00:00:00Z", "frozen", "2026-03-09T00:00:00Z"),
        ("2026-03-08T23:59:59Z", "frozen", "2026-03-09T00:00:00Z"),
        ("2026-03-09T00:00:00Z", "available", "2026-03-09T00:00:00Z"),
    ],
)
def test_an_entry_is_pending_then_frozen_then_available(
    tried: Any, as_of: str, state: str, available: str
) -> None:
    """Paid on the 1st at noon, received on the 2nd, free seven days later."""
    order = sale(seller="D5", amount="100.00", paid_at=PAID, received_at="2026-03-02T00:00:00Z")
    entry = tried(orders=[order], as_of=as_of).entries[0]
    assert (entry["state"], entry["available_at"]) == (state, available)
    assert entry["booked_at"] == PAID


def test_the_trigger_may_be_payment_and_the_freeze_zero(tried: Any) -> None:
    order = sale(seller="D5", amount="100.00", status="paid")
    waiting = tried(orders=[order]).entries[0]
    assert (waiting["state"], waiting["available_at"]) == ("pending", "")
    found = tried('trigger = "paid"\nfreeze_days = 0', orders=[order]).entries[0]
    assert (found["state"], found["available_at"]) == ("available", PAID)


def reversals(found: Tried) -> list[tuple[str, str, str]]:
    return [
        (row["beneficiary_id"], row["cause"], row["amount"])
        for row in found.entries
        if row["kind"] == "reversal"
    ]


def test_partial_refunds_never_drift_and_a_whole_one_leaves_zero(tried: Any) -> None:
    """10 % of 0.99 is 10 fen; thirds of it go back as 3, 4 and 3."""
    refunds = [refund(f"R{day}", f"2026-04-0{day}T00:00:00Z", "0.33") for day in (1, 2, 3)]
    found = tried('rates = ["0.10"]', orders=[sale(seller="D5", amount="0.99")], refunds=refunds)
    assert reversals(found) == [("D5", "R1", "-0.03"), ("D5", "R2", "-0.04"), ("D5", "R3", "-0.03")]
    assert sum(round(float(row["amount"]) * 100) for row in found.entries) == 0
    assert found.conservation["CNY"]["paid"] == "10/1"


def test_a_reversal_has_the_state_of_what_it_reduces(tried: Any) -> None:
    order = sale(seller="D5", amount="100.00", paid_at=PAID, received_at="2026-03-02T00:00:00Z")
    refunds = [refund("R1", "2026-03-03T00:00:00Z", "50.00")]
    found = tried(orders=[order], refunds=refunds, as_of="2026-03-04T00:00:00Z")
    assert {(row["state"], row["available_at"]) for row in found.entries} == {
        ("frozen", "2026-03-09T00:00:00Z")
    }
    assert [row["booked_at"] for row in found.entries][-1] == "2026-03-03T00:00:00Z"


def test_a_refund_of_a_line_takes_back_at_the_rates_of_that_line(tried: Any) -> None:
    lines = [line("O1", 1, "P1", "1", "100.00"), line("O1", 2, "P2", "1", "100.00")]
    refunds = [refund("R1", "2026-04-01T00:00:00Z", "50.00", line_no=1)]
    found = tried(RATES, orders=[sale(seller="D5")], order_lines=lines, refunds=refunds)
    assert reversals(found)[0] == ("D5", "R1", "-10.00")


def test_a_quantity_refunded_reduces_fixed_amounts(tried: Any) -> None:
    plan = '[[product_rates]]\nproduct_id = "P1"\namounts = ["2.00"]\n'
    lines = [line("O1", 1, "P1", "3", "100.00")]
    refunds = [refund("R1", "2026-04-01T00:00:00Z", "100.00", line_no=1, quantity="1")]
    found = tried(plan, orders=[sale(seller="D5")], order_lines=lines, refunds=refunds)
    assert reversals(found)[0] == ("D5", "R1", "-2.00")


def test_more_refunded_than_remains_is_named(tried: Any) -> None:
    found = tried(refunds=[refund("R1", "2026-04-01T00:00:00Z", "130.00")])
    assert [row[2] for row in reversals(found)] == ["-10.00", "-5.00", "-3.00"]
    assert "R1" in found.said


def test_a_cancelled_order_is_accrued_and_taken_back_whole(tried: Any) -> None:
    order = sale(
        seller="D5",
        amount="100.00",
        status="cancelled",
        paid_at=PAID,
        cancelled_at="2026-03-03T00:00:00Z",
    )
    found = tried(orders=[order])
    assert reversals(found) == [
        ("D5", "O1:cancelled", "-10.00"),
        ("D4", "O1:cancelled", "-5.00"),
        ("D3", "O1:cancelled", "-3.00"),
    ]
    assert {row["booked_at"] for row in found.entries} == {PAID, "2026-03-03T00:00:00Z"}


@pytest.mark.parametrize("status", ["created", "cancelled"])
def test_what_was_never_paid_gives_nothing(tried: Any, status: str) -> None:
    found = tried(orders=[sale(seller="D5", amount="100.00", status=status)])
    assert (found.paths, found.entries, found.conservation) == ([], [], {})


def test_a_cancellation_of_an_unknown_order_is_an_order_of_its_own_below_zero(tried: Any) -> None:
    order = sale(seller="D5", kind="cancellation")
    found = tried(orders=[order], order_lines=[line("O1", 1, "P1", "-1", "0.25")])
    assert found.outcomes()[0] == ("D5", "1", "-0.03", "paid")
    assert reversals(found) == [("D5", "O1", "-0.03"), ("D4", "O1", "-0.01"), ("D3", "O1", "-0.01")]
    assert {(row["state"], row["available_at"]) for row in found.entries} == {
        ("available", "2026-03-01T12:00:00Z")
    }


def test_a_cancellation_of_a_known_order_is_a_refund_of_it(tried: Any) -> None:
    lines = [
        line("O1", 1, "P1", "2", "50.00"),
        line("O1", 2, "P2", "1", "100.00"),
        line("O2", 1, "P1", "-1", "50.00"),
    ]
    cancels = sale("O2", "D5", kind="cancellation", cancels_order_id="O1", ordered_at="2026-04-01")
    found = tried(RATES, orders=[sale("O1", "D5"), cancels], order_lines=lines)
    assert {row["order_id"] for row in found.paths} == {"O1"}
    assert reversals(found) == [
        ("D5", "O2", "-10.00"),
        ("D4", "O2", "-3.50"),
        ("D3", "O2", "-1.50"),
    ]


def test_an_adjustment_earns_nothing(tried: Any) -> None:
    order = sale(seller="D5", kind="adjustment", amount="-10.00")
    found = tried(orders=[order])
    assert (found.entries, [row for row in found.paths if row["amount"] != "0.00"]) == ([], [])


def test_an_order_without_amount_or_lines_has_base_zero_and_is_named(tried: Any) -> None:
    found = tried(orders=[sale(seller="D5")])
    assert found.paths[0]["base"] == "0.00"
    assert "O1" in found.said
