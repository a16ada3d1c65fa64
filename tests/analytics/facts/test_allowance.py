"""The allowance: how large it is, in which order it is used, and what lies beyond it."""

from typing import Any

import pytest

from tests.analytics.facts.drawing import classes, distributor, facts, order, product
from tests.loaders.trying import Row, line

D1 = distributor("D1", joined="2025-01-01")


def own(id: str, at: str, amount: str, buyer: str = "D1", **more: Any) -> Row:
    return order(id, "D1", buyer, "distributor", at, amount, **more)


@pytest.mark.parametrize(
    ("joined", "beyond"),
    [("2026-03-03", "S"), ("2026-05-02", "S"), ("2026-05-03", "J"), ("2026-05-12", "J")],
)
def test_fx27_an_order_of_600_with_440(joined: str, beyond: str) -> None:
    """Day 90 after joining, 31, 30 and 21."""
    people = [D1, distributor("D2", "D1", joined)]
    found = facts(
        distributors=people,
        orders=[own("O1", "2026-06-02", "600.00", "D2")],
        allowance={"CNY": 44_000},
    )
    assert classes(found) == [("P", 44_000), (beyond, 16_000)]


def test_the_month_begins_on_the_company_s_calendar() -> None:
    orders = [
        own("O1", "2026-05-31T15:59:59Z", "440.00"),
        own("O2", "2026-05-31T16:00:00Z", "440.00"),
        own("O3", "2026-06-30T15:59:59Z", "1.00"),
    ]
    found = facts(distributors=[D1], orders=orders, allowance={"CNY": 44_000}, zone="Asia/Shanghai")
    assert [classes(found, f"O{n}") for n in (1, 2, 3)] == [
        [("P", 44_000)],
        [("P", 44_000)],
        [("S", 100)],
    ]


def test_used_by_time_then_order_id_then_line_on_net_money() -> None:
    orders = [
        own("O3", "2026-06-01", "300.00"),
        own("O2", "2026-06-02", ""),
        own("O10", "2026-06-02", "100.00"),
        own("O1", "2026-06-03", "300.00"),
    ]
    lines = [line("O2", 2, "P1", "1", "50.00"), line("O2", 1, "P1", "1", "40.00")]
    back = [{"refund_id": "R1", "order_id": "O3", "amount": "100.00", "refunded_at": "2026-07-01"}]
    found = facts(
        distributors=[D1],
        products=[product("P1")],
        orders=orders,
        order_lines=lines,
        refunds=back,
        allowance={"CNY": 36_000},
    )
    assert classes(found, "O3") == [("P", 20_000)]
    assert classes(found, "O10") == [("P", 10_000)]
    assert classes(found, "O2") == [("P", 4_000), ("P", 2_000), ("S", 3_000)]
    assert classes(found, "O1") == [("S", 30_000)]


def test_one_allowance_for_all_accounts_of_a_person() -> None:
    people = [
        distributor("D1", person_id="N1"),
        distributor("D2", "D1", person_id="n1"),
        distributor("D3", "D1"),
    ]
    orders = [own(f"O{n}", f"2026-06-0{n}", "500.00", f"D{n}") for n in (1, 2, 3)]
    found = facts(distributors=people, orders=orders)
    assert [classes(found, f"O{n}")[0][0] for n in (1, 2, 3)] == ["P", "S", "P"]


def test_kits_do_not_use_it_up() -> None:
    orders = [own("O1", "2026-06-01", ""), own("O2", "2026-06-02", "500.00")]
    found = facts(
        distributors=[D1],
        products=[product("K", "kit")],
        orders=orders,
        order_lines=[line("O1", 1, "K", "1", "500.00")],
    )
    assert classes(found) == [("J", 50_000)] and classes(found, "O2") == [("P", 50_000)]


def retail(amounts: list[str], currency: str = "CNY") -> list[Row]:
    """An order of a customer of its own for each amount, and 600.00 of D1's own."""
    found = [
        order(f"C{n:03}", "D1", f"C{n}", "customer", "2026-03-05", amount, currency=currency)
        for n, amount in enumerate(amounts)
    ]
    return [*found, own("O1", "2026-06-01", "600.00", currency=currency)]


def test_three_times_the_median_from_60_orders_on() -> None:
    amounts = ["10.00"] * 30 + ["20.00"] * 30
    assert facts(distributors=[D1], orders=retail(amounts)).allowance == {"CNY": 4_500}
    assert facts(distributors=[D1], orders=retail(amounts[1:])).allowance == {"CNY": 50_000}
    odd = [*amounts, "15.01"]
    assert facts(distributors=[D1], orders=retail(odd)).allowance == {"CNY": 4_503}
    half = ["10.00"] * 30 + ["10.01"] * 30
    assert facts(distributors=[D1], orders=retail(half)).allowance == {"CNY": 3_002}


def test_the_median_is_of_customers_months_gross_and_real_retail_only() -> None:
    """60 orders of 20 customers: 3 in one month are one month; refunds change nothing."""
    orders = [
        order(f"O{n:02}", "D1", f"C{n % 20}", "customer", "2026-03-05", "10.00") for n in range(60)
    ]
    back = [{"refund_id": "R1", "order_id": "O00", "amount": "10.00", "refunded_at": "2026-04-01"}]
    assert facts(distributors=[D1], orders=orders, refunds=back).allowance == {"CNY": 9_000}
    fees = [line(f"O{n:02}", 1, "F", "1", "10.00") for n in range(30)]
    orders = [{**row, "amount": "" if n < 30 else "10.00"} for n, row in enumerate(orders)]
    found = facts(
        distributors=[D1], products=[product("F", "fee")], orders=orders, order_lines=fees
    )
    assert found.allowance == {"CNY": 50_000}


def test_another_currency_without_a_setting_leaves_own_use_open() -> None:
    people = [D1, distributor("D2", "D1", "2026-05-25")]
    orders = [
        own("O1", "2026-06-01", "600.00", currency="USD"),
        own("O2", "2026-06-01", "600.00", "D2", currency="USD"),
    ]
    found = facts(distributors=people, orders=orders)
    assert found.allowance == {"CNY": 50_000, "USD": None}
    assert classes(found) == [("P|S", 60_000)] and classes(found, "O2") == [("P|J", 60_000)]
    assert classes(facts(distributors=people, orders=orders, allowance={"USD": 10_000})) == [
        ("P", 10_000),
        ("S", 50_000),
    ]


def test_each_currency_has_its_own() -> None:
    orders = [own("O1", "2026-06-01", "500.00"), own("O2", "2026-06-02", "500.00", currency="USD")]
    found = facts(distributors=[D1], orders=orders, allowance={"CNY": 50_000, "USD": 40_000})
    assert classes(found) == [("P", 50_000)]
    assert classes(found, "O2") == [("P", 40_000), ("S", 10_000)]


def test_of_a_distributor_listed_nowhere_only_the_age_is_open() -> None:
    found = facts(distributors=[D1], orders=[own("O1", "2026-06-01", "600.00", "D9")])
    assert classes(found) == [("P", 50_000), ("S|J", 10_000)]


def test_gross_is_split_as_net() -> None:
    back = [{"refund_id": "R1", "order_id": "O1", "amount": "100.00", "refunded_at": "2026-07-01"}]
    found = facts(
        distributors=[D1],
        orders=[own("O1", "2026-06-01", "600.00")],
        refunds=back,
        allowance={"CNY": 40_000},
    )
    assert found.pieces.select("net", "gross").rows() == [(40_000, 48_000), (10_000, 12_000)]
