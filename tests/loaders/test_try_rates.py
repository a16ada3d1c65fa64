"""What a level is worth: rates and their sources, bases, rounding, windows, ranks."""

from typing import Any

import pytest

from tests.loaders.trying import BEYOND_D2, CHAIN, D4_SUSPENDED, RATES, Row, Tried, line, sale


def test_zero_rate_and_below_one_minor_unit(tried: Any) -> None:
    found = tried('rates = ["0.10", "0", "0.03"]', orders=[sale(seller="D5", amount="0.04")])
    assert found.outcomes() == [
        ("D5", "1", "0.00", "below_one_minor_unit"),
        ("D4", "2", "0.00", "zero_rate"),
        ("D3", "3", "0.00", "below_one_minor_unit"),
        BEYOND_D2,
    ]
    assert found.entries == []
    assert found.conservation["CNY"]["rounding"] == "13/25"


@pytest.mark.parametrize(
    ("rounding", "amount"), [("half_up", "0.03"), ("half_even", "0.02"), ("floor", "0.02")]
)
def test_rounding(tried: Any, rounding: str, amount: str) -> None:
    plan = f'rounding = "{rounding}"\nrates = ["0.10"]'
    assert tried(plan, orders=[sale(seller="D5", amount="0.25")]).outcomes()[0][2] == amount


@pytest.mark.parametrize(
    ("round_at", "amount"), [("entry", "0.03"), ("line", "0.02"), ("unit", "0.03")]
)
def test_what_is_rounded(tried: Any, round_at: str, amount: str) -> None:
    """10 % of 2 x 0.07 and of 1 x 0.13: 1.4 + 1.3 fen; lines give 1 + 1, units 2 x 1 + 1."""
    plan = f'round_at = "{round_at}"\nrates = ["0.10"]'
    lines = [line("O1", 1, "P1", "2", "0.07"), line("O1", 2, "P2", "1", "0.13")]
    found = tried(plan, orders=[sale(seller="D5")], order_lines=lines)
    assert found.outcomes()[0][2] == amount
    assert found.conservation["CNY"]["check"]


def test_a_fraction_of_a_unit_is_rounded_once_more(tried: Any) -> None:
    """10 % of 0.15 is 1.5, rounded 2 fen; of 1.25 units 2.5, rounded 3."""
    plan = 'round_at = "unit"\nrates = ["0.10"]'
    lines = [line("O1", 1, "P1", "1.25", "0.15")]
    found = tried(plan, orders=[sale(seller="D5")], order_lines=lines)
    assert found.outcomes()[0][2] == "0.03"
    assert found.paths[0]["base"] == "0.1875"
    assert found.paths[0]["exact_share"] == "15/8"


def test_the_base_is_paid_list_or_margin(tried: Any) -> None:
    """3 x 10.00 less 6.00 discount, tax 1.00 not counted; cost 5.00 each."""
    lines = [line("O1", 1, "P1", "3", "10.00", discount="6.00", tax="1.00")]
    products = [{"product_id": "P1", "cost": "5.00"}]
    tables = {"orders": [sale(seller="D5")], "order_lines": lines, "products": products}
    for base, wanted in (("paid", "24.00"), ("list", "30.00"), ("margin", "9.00")):
        assert tried(f'base = "{base}"', **tables).paths[0]["base"] == wanted


def test_a_margin_is_never_below_zero_and_without_cost_it_is_zero_and_named(tried: Any) -> None:
    lines = [line("O1", 1, "P1", "1", "10.00"), line("O2", 1, "P2", "1", "10.00")]
    products = [{"product_id": "P1", "cost": "12.00"}, {"product_id": "P2", "cost": ""}]
    found = tried(
        'base = "margin"',
        orders=[sale("O1", "D5"), sale("O2", "D5")],
        order_lines=lines,
        products=products,
    )
    assert {row["base"] for row in found.paths} == {"0.00"}
    assert "O2" in found.said


def test_what_is_not_commissionable_has_no_base(tried: Any) -> None:
    """The line's own word first, else the product's."""
    lines = [
        line("O1", 1, "P1", "1", "10.00"),
        line("O1", 2, "P2", "1", "10.00"),
        line("O1", 3, "P2", "1", "10.00", commissionable="1"),
        line("O1", 4, "P1", "1", "10.00", commissionable="0"),
    ]
    products = [
        {"product_id": "P1", "commissionable": ""},
        {"product_id": "P2", "commissionable": "0"},
    ]
    found = tried(orders=[sale(seller="D5")], order_lines=lines, products=products)
    assert found.paths[0]["base"] == "20.00"


def sources(found: Tried, order: str) -> list[tuple[str, str]]:
    return [
        (row["rate"], row["rate_source"])
        for row in found.paths
        if row["order_id"] == order and row["level"]
    ]


def test_rates_fall_through_from_distributor_to_product_to_category_to_plan(tried: Any) -> None:
    products = [
        {"product_id": "P0", "category": "wine"},
        {"product_id": "P1", "category": "wine"},
        {"product_id": "P2", "category": "wine"},
        {"product_id": "P3", "category": "tea"},
    ]
    ids = [row["product_id"] for row in products]
    found = tried(
        RATES,
        orders=[sale(id, "D5") for id in ids],
        order_lines=[line(id, 1, id, "1", "100.00") for id in ids],
        products=products,
    )
    assert sources(found, "P0") == [
        ("0", "product:P0"),
        ("0.07", "distributor:D4"),
        ("0.03", "plan"),
    ]
    assert sources(found, "P1") == [
        ("0.2", "product:P1"),
        ("0.07", "distributor:D4"),
        ("0.03", "plan"),
    ]
    assert sources(found, "P2") == [
        ("0.04", "category:wine"),
        ("0.07", "distributor:D4"),
        ("0.03", "plan"),
    ]
    assert sources(found, "P3") == [("0.1", "plan"), ("0.07", "distributor:D4"), ("0.03", "plan")]


def test_an_order_without_lines_has_the_rates_of_plan_and_distributor(tried: Any) -> None:
    assert sources(tried(RATES), "O1") == [
        ("0.1", "plan"),
        ("0.07", "distributor:D4"),
        ("0.03", "plan"),
    ]


def test_an_unpaid_level_is_promised_at_the_own_rate_of_who_consumes_it(tried: Any) -> None:
    found = tried(RATES, tree=D4_SUSPENDED)
    assert found.conservation["CNY"]["breakage"] == "700/1"


def test_lines_that_differ_are_mixed_and_stand_in_path_lines(tried: Any) -> None:
    lines = [line("O1", 1, "P1", "1", "100.00"), line("O1", 2, "P2", "2", "5.00")]
    found = tried(RATES, orders=[sale(seller="D5")], order_lines=lines)
    first = found.paths[0]
    assert (first["rate"], first["rate_source"], first["base"]) == ("", "mixed", "110.00")
    assert (first["exact_share"], first["amount"]) == ("2100/1", "21.00")
    assert found.path_lines is not None
    assert list(found.path_lines[0]) == [
        "order_id",
        "line_no",
        "beneficiary_id",
        "level",
        "rate",
        "rate_source",
        "base",
        "exact_share",
    ]
    of_d5 = [tuple(row.values()) for row in found.path_lines if row["beneficiary_id"] == "D5"]
    assert of_d5 == [
        ("O1", "1", "D5", "1", "0.2", "product:P1", "100.00", "2000/1"),
        ("O1", "2", "D5", "1", "0.1", "plan", "10.00", "100/1"),
    ]


def test_fixed_amounts_are_per_unit_and_level(tried: Any) -> None:
    plan = '[[product_rates]]\nproduct_id = "P1"\namounts = ["2.00", "1.00"]\n'
    lines = [line("O1", 1, "P1", "3", "100.00")]
    found = tried(plan, orders=[sale(seller="D5")], order_lines=lines)
    assert sources(found, "O1") == [("", "product:P1"), ("", "product:P1"), ("0.03", "plan")]
    assert [row[2] for row in found.outcomes()] == ["6.00", "3.00", "9.00", "0.00"]


def test_amounts_fall_through_in_another_currency(tried: Any) -> None:
    plan = '[[product_rates]]\nproduct_id = "P1"\namounts = ["2.00"]\n'
    found = tried(
        plan,
        orders=[sale(seller="D5", currency="GBP")],
        order_lines=[line("O1", 1, "P1", "1", "100.00")],
        products=[{"product_id": "P1", "currency": "CNY"}],
    )
    assert sources(found, "O1")[0] == ("0.1", "plan")
    assert found.conservation.keys() == {"GBP"}


def test_a_currency_without_decimals(tried: Any) -> None:
    found = tried(orders=[sale(seller="D5", amount="1005", currency="JPY")])
    assert [row[2] for row in found.outcomes()] == ["101", "50", "30", "0"]
    assert found.paths[0]["base"] == "1005"
    assert found.paths[0]["exact_share"] == "201/2"


WINDOW = 'rates = ["0.2", "0.1"]\nwindow = [{level = 1, days = 10, then = "0.05"}]\n'


def bound(at: str, to: str = "D5") -> list[Row]:
    return [{"customer_id": "C1", "distributor_id": to, "bound_at": at}]


def by_c1(id: str, at: str) -> Row:
    return sale(id, "D5", "100.00", buyer_kind="customer", buyer_id="C1", ordered_at=at)


def test_a_window_ends_to_the_second(tried: Any) -> None:
    orders = [by_c1("O1", "2026-02-11T00:00:00Z"), by_c1("O2", "2026-02-11T00:00:01Z")]
    found = tried(WINDOW, orders=orders, customers=bound("2026-02-01T00:00:00Z"))
    assert sources(found, "O1") == [("0.2", "plan"), ("0.1", "plan")]
    assert sources(found, "O2") == [("0.05", "window"), ("0.1", "plan")]


@pytest.mark.parametrize("to", ["D5", "D1", ""])
def test_without_a_binding_time_the_first_paid_order_counts(tried: Any, to: str) -> None:
    """Bound to D5 without a time, bound to another, or to nobody."""
    at = "" if to == "D5" else "2026-01-02T00:00:00Z"
    orders = [by_c1("O1", "2026-02-01T00:00:00Z"), by_c1("O2", "2026-02-12T00:00:00Z")]
    found = tried(WINDOW, orders=orders, customers=bound(at, to))
    assert sources(found, "O1")[0] == ("0.2", "plan")
    assert sources(found, "O2")[0] == ("0.05", "window")


def test_a_distributor_may_ignore_the_window_and_amounts_always_do(tried: Any) -> None:
    exempt = (
        '[[distributor_rates]]\ndistributor_id = "D5"\nrates = ["0.3"]\nignores_window = true\n'
    )
    kept = '[[distributor_rates]]\ndistributor_id = "D5"\nrates = ["0.3"]\n'
    fixed = '[[product_rates]]\nproduct_id = "P1"\namounts = ["2.00"]\n'
    late, bindings = by_c1("O1", "2026-03-01T00:00:00Z"), bound("2026-02-01T00:00:00Z")
    assert sources(tried(WINDOW + exempt, orders=[late], customers=bindings), "O1")[0] == (
        "0.3",
        "distributor:D5",
    )
    assert sources(tried(WINDOW + kept, orders=[late], customers=bindings), "O1")[0] == (
        "0.05",
        "window",
    )
    lines = [line("O1", 1, "P1", "1", "100.00")]
    found = tried(
        WINDOW + fixed, orders=[late | {"amount": ""}], customers=bindings, order_lines=lines
    )
    assert sources(found, "O1")[0] == ("", "product:P1")


RANKS = 'kind = "differential"\nrank_rates = {bronze = "0.05", silver = "0.08", gold = "0.12"}\n'


def test_differential(tried: Any) -> None:
    """D5 bronze, D4 bronze (nothing left), D3 no rank, D2 silver suspended, D1 gold."""
    drawn = """
    D1 gold
      D2 silver suspended
        D3
          D4 bronze
            D5 bronze
    """
    found = tried(RANKS, tree=drawn)
    assert found.outcomes() == [
        ("D5", "1", "5.00", "paid"),
        ("D4", "", "0.00", "zero_rate"),
        ("D3", "", "0.00", "zero_rate"),
        ("D2", "", "0.00", "unqualified:status"),
        ("D1", "2", "7.00", "paid"),
    ]
    assert found.paths[0]["rate_source"] == "rank:bronze"
    assert (found.paths[4]["rate"], found.paths[4]["rate_source"]) == ("0.07", "rank:gold")
    assert found.conservation["CNY"]["promised"] == "1200/1"
    assert found.conservation["CNY"]["breakage"] == "0/1"


def test_differential_leaves_to_breakage_what_no_rank_claims(tried: Any) -> None:
    found = tried(RANKS, tree=CHAIN.replace("D5", "D5 bronze"))
    assert found.conservation["CNY"]["breakage"] == "700/1"
    assert "no_ancestor" not in {row[3] for row in found.outcomes()}
