"""What was paid: reversals, levels, places, and on which lines it lies."""

from typing import Any

import pytest

import analytics.plan
from analytics.facts.frames import ANY, J, P, R
from graph.model import NOBODY
from tests.analytics.facts.drawing import distributor, facts, order, payout, product
from tests.loaders.trying import Row, line, sale

CHAIN = [distributor("D1"), distributor("D2", "D1"), distributor("D3", "D2"), distributor("D9")]
ORDER = order("O1", "D3", "C1", "customer", "2026-03-01", "100.00")


def paid(*payouts: Row, **more: Any) -> list[dict[str, Any]]:
    tables: dict[str, Any] = {"distributors": CHAIN, "orders": [ORDER]} | more
    found = facts(payouts=list(payouts), **tables)
    assert found.given.payouts
    return found.commission.rows(named=True)


def test_a_reversal_is_netted_into_what_it_reverses_at_that_one_s_date() -> None:
    rows = [
        payout("Y1", "D3", "10.00", "2026-03-01", order_id="O1"),
        payout("Y2", "D3", "3.00", "2026-05-01", reverses="Y1"),
        payout("Y3", "D3", "-2.00", "2026-05-02", reverses="Y2"),
        payout("Y4", "D2", "5.00", "2026-03-01", order_id="O1"),
        payout("Y5", "D2", "5.00", "2026-05-01", reverses="Y4"),
        payout("Y6", "D1", "-1.00", "2026-05-01"),
    ]
    found = [(row["source_row"], row["amount"], row["earned_day"]) for row in paid(*rows)]
    assert found == [(0, 500, 20513), (5, -100, 20574)]
    known = paid(*rows, as_of="2026-04-30")
    assert [row["amount"] for row in known] == [1000, 500]


def test_a_blank_level_is_the_position_on_the_chain_from_the_seller() -> None:
    rows = [
        payout(f"Y{n}", to, "1.00", "2026-03-01", order_id="O1", level=level)
        for n, (to, level) in enumerate(
            [("D3", ""), ("D2", ""), ("D1", ""), ("D9", ""), ("D2", "7")]
        )
    ]
    assert [row["level"] for row in paid(*rows)] == [1, 2, 3, 0, 7]


def test_of_a_recruit_it_starts_at_his_sponsor_and_counts_where_he_stands() -> None:
    rows = [
        payout(
            f"Y{n}", to, "1.00", "2026-03-01", basis="recruit_event", recruit_id="D3", order_id="O1"
        )
        for n, to in enumerate(["D2", "D1", "D3"])
    ]
    found = paid(*rows)
    assert [row["level"] for row in found] == [1, 2, 0]
    assert [row["place_row"] for row in found] == [2, 2, 2]


def test_places() -> None:
    orders = [
        ORDER,
        order("O2", "D3", "D2", "distributor", "2026-03-01", "100.00"),
        order("O3", "", "C1", "customer", "2026-03-01", "100.00"),
        order("O4", "", "D2", "distributor", "2026-03-01", "100.00"),
    ]
    rows = [payout(f"Y{n}", "D1", "1.00", "2026-03-01", order_id=f"O{n}") for n in (1, 2, 3, 4)]
    rows += [
        payout("Y5", "D1", "1.00", "2026-03-01"),
        payout("Y6", "D2", "1.00", "2026-03-01", basis="other", order_id="O1"),
    ]
    found = paid(*rows, orders=orders)
    assert [row["place_row"] for row in found] == [2, 1, NOBODY, 1, 0, 1]
    assert [row["order"] for row in found] == [0, 1, 2, 3, NOBODY, 0]


def test_only_other_needs_an_explanation() -> None:
    rows = [
        payout("Y1", "D1", "1.00", "2026-03-01"),
        payout("Y2", "D1", "1.00", "2026-03-01", basis="other", reason="x"),
        payout("Y3", "D1", "1.00", "2026-03-01", basis="other", reason="x", approved_by="y"),
    ]
    assert [row["explained"] for row in paid(*rows)] == [True, False, True]


def test_months_of_order_and_earning() -> None:
    (row,) = paid(payout("Y1", "D3", "1.00", "2026-04-02", order_id="O1"))
    assert row["order_month"] % 12 == 2 and row["earned_month"] % 12 == 3
    (row,) = paid(payout("Y1", "D3", "1.00", "2026-04-02", basis="recruit_event", recruit_id="D3"))
    assert row["order_month"] % 12 == 3


def spread(**more: Any) -> Any:
    """10.00 on an order of D3's own: a kit of 60, goods of 600 of which 500 are own use."""
    tables: dict[str, Any] = {
        "distributors": CHAIN,
        "products": [product("K", "kit"), product("P1")],
        "orders": [order("O1", "D3", "D3", "distributor", "2026-03-01")],
        "order_lines": [
            line("O1", 1, "K", "1", "60.00"),
            line("O1", 2, "P1", "1", "600.00"),
        ],
        "payouts": [payout("Y1", "D3", "6.60", "2026-03-01", order_id="O1")],
    } | more
    return facts(**tables)


def test_spread_over_lines_and_split_classes_by_commissionable_base() -> None:
    found = spread()
    assert [found.commission_on(bits)[0][0] for bits in (J, P, R)] == pytest.approx([60, 500, 0])
    goods = [
        line("O1", 1, "K", "1", "60.00", commissionable="0"),
        line("O1", 2, "P1", "1", "600.00"),
    ]
    assert spread(order_lines=goods).commission_on(P)[0][0] == pytest.approx(550)
    none = [{**row, "commissionable": "0"} for row in goods]
    assert spread(order_lines=none).commission_on(P)[0][0] == pytest.approx(500)


def test_a_refund_does_not_move_it() -> None:
    back = [
        {
            "refund_id": "R1",
            "order_id": "O1",
            "amount": "60.00",
            "line_no": "1",
            "refunded_at": "2026-03-02",
        }
    ]
    assert spread(refunds=back).commission_on(J)[0][0] == pytest.approx(60)


def test_what_may_lie_on_a_class() -> None:
    orders = [order("O1", "D3", "", "", "2026-03-01", "100.00")]
    rows = [
        payout("Y1", "D3", "10.00", "2026-03-01", order_id="O1"),
        payout("Y2", "D3", "5.00", "2026-03-01"),
        payout("Y3", "D3", "3.00", "2026-03-01", basis="recruit_event", recruit_id="D3"),
        payout("Y4", "D3", "2.00", "2026-03-01", basis="other", order_id="O1"),
    ]
    found = facts(distributors=CHAIN, orders=orders, payouts=rows)
    sure, may = found.commission_on(R)
    assert sure.tolist() == [0, 0, 0, 0] and may.tolist() == [1000, 500, 0, 0]
    sure, may = found.commission_on(ANY)
    assert sure.tolist() == [1000, 0, 0, 0] and may.tolist() == [0, 500, 0, 0]


def test_our_own_entries_by_order_beneficiary_and_level() -> None:
    orders = [
        sale("O1", "D3", "100.00", buyer_id="C1", buyer_kind="customer"),
        sale("O2", "D3", "100.00", buyer_id="C1", buyer_kind="customer", status="paid"),
        sale(
            "O3",
            "D3",
            "100.00",
            status="cancelled",
            paid_at="2026-03-02",
            cancelled_at="2026-03-04",
        ),
    ]
    back = [{"refund_id": "R1", "order_id": "O1", "amount": "40.00", "refunded_at": "2026-06-01"}]
    found = facts(distributors=CHAIN, orders=orders, refunds=back, pays=True)
    rows = found.commission.select("order", "beneficiary_row", "level", "amount").rows()
    assert rows == [
        (0, 2, 1, 600),
        (0, 1, 2, 300),
        (0, 0, 3, 180),
        (1, 2, 1, 1000),
        (1, 1, 2, 500),
        (1, 0, 3, 300),
    ]
    assert not found.given.payouts and found.plan_levels == 3


def test_levels_of_a_plan_that_begins_at_the_sponsor_are_moved_by_one() -> None:
    plan = analytics.plan.parse('name = "x"\nversion = "1"\nfirst_level = "sponsor"\n', source="x")
    orders = [sale("O1", "D3", "100.00", buyer_id="C1", buyer_kind="customer")]
    found = facts(distributors=CHAIN, orders=orders, plan=plan, pays=True)
    assert found.commission.select("beneficiary_row", "level").rows() == [(1, 2), (0, 3)]


def test_payouts_are_the_commission_where_they_are_given() -> None:
    rows = [payout("Y1", "D1", "1.00", "2026-03-01")]
    found = facts(distributors=CHAIN, orders=[ORDER], payouts=rows, pays=True)
    assert found.commission["amount"].to_list() == [100]
    assert facts(distributors=CHAIN, orders=[ORDER]).commission.is_empty()


def test_one_currency_at_a_time_with_rows_numbered_anew() -> None:
    orders = [
        {**ORDER, "order_id": f"O{n}", "currency": c} for n, c in enumerate(["USD", "CNY", "USD"])
    ]
    rows = [
        payout(f"Y{n}", "D3", "1.00", "2026-03-01", order_id=f"O{n}", currency=o["currency"])
        for n, o in enumerate(orders)
    ]
    found = facts(distributors=CHAIN, orders=orders, payouts=rows)
    assert found.currencies == ("CNY", "USD")
    dollars = found.of_currency("USD")
    assert dollars.orders["order_row"].to_list() == [0, 2] and dollars.pieces[
        "order"
    ].to_list() == [0, 1]
    assert dollars.commission.select("source_row", "order").rows() == [(0, 0), (2, 1)]
    assert dollars.commission_on(R)[0].tolist() == [100, 100]
    assert found.of_currency("USD") is dollars and dollars.of_currency("USD") is dollars
    assert found.of_currency("EUR").orders.is_empty()
