"""Rates, bases, windows, rounding and caps, in numbers that one can check by hand."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

import analytics.commission
from analytics.plan import Caps, Override, Plans, Window
from graph.model import DAY_MS, ORDER_KIND
from tests.analytics.whiteboard import PAID_AT, UTC, line, path, plan, sold, tree, worked
from tests.analytics.worlds import Customer, Product, World, columns_of

TWO = "D1\n  D2"


def shop() -> World:
    """Wine at cost 6.00, tea without a known cost."""
    world = tree(TWO)
    world.products = [Product("P0", "wine", 600, "CNY"), Product("P1", "tea", None, "CNY")]
    return world


def first(world: World, terms: Any, order: int = 0, **how: Any) -> dict[str, Any]:
    """The row of the seller."""
    rows = worked(world, terms, **how).paths.to_dicts()
    return next(row for row in rows if row["order_row"] == order)


@pytest.mark.parametrize(
    ("base", "milli"), [("paid", 1_800_000), ("list", 2_000_000), ("margin", 600_000)]
)
def test_base(base: str, milli: int) -> None:
    world = sold(shop(), "D2", lines=[line(1, "2", 1000, 0, discount=200)])
    assert first(world, plan(base=base))["base_milli"] == milli


def test_a_margin_is_never_below_zero_and_a_blank_cost_is_named() -> None:
    world = sold(shop(), "D2", lines=[line(1, "1", 500, 0), line(2, "1", 5000, 1)])
    found = worked(world, plan(base="margin"))
    assert set(found.paths["base_milli"]) == {0}
    assert [(note.code, note.id, note.facts) for note in found.notes] == [
        ("no_cost", "O1", {"line_no": 2})
    ]


def test_lines_that_earn_nothing_have_no_base() -> None:
    world = sold(shop(), "D2", lines=[line(1, "1", 10_000), line(2, "1", 20_000, earns=False)])
    assert path(world, plan()) == ["D2 1 paid 1000", "D1 2 paid 500", "- 3 no_ancestor 0"]


def test_an_order_with_neither_lines_nor_amount_is_named() -> None:
    found = worked(sold(tree("D1"), "D1", None), plan())
    assert [(note.code, note.id) for note in found.notes] == [("no_amount", "O1")]


def test_precedence_and_fixed_amounts_over_mixed_lines() -> None:
    """Tea at a fixed 2.00 a unit for level 1, wine at 8 % by category, but 50 % for P0."""
    terms = plan(
        rates=["0.1", "0.05"],
        product_rates=(
            Override("P1", amounts=(Fraction(2),)),
            Override("P0", rates=(Fraction("0.5"),)),
        ),
        category_rates=(Override("wine", rates=(Fraction("0.08"), Fraction("0.04"))),),
    )
    lines = [line(1, "1", 1000, 0), line(2, "3", 1000, 1)]
    found = worked(sold(shop(), "D2", lines=lines), terms)
    rows = found.paths.to_dicts()
    assert [(row["rate"], row["rate_source"], row["amount"]) for row in rows] == [
        (None, "mixed", 500 + 600),
        (None, "mixed", 40 + 150),
    ]
    assert [
        (row["line_no"], row["level"], row["rate"], row["rate_source"], int(row["share_num"]))
        for row in found.path_lines.to_dicts()
    ] == [
        (1, 1, "0.5", "product:P0", 500),
        (1, 2, "0.04", "category:wine", 40),
        (2, 1, None, "product:P1", 600),
        (2, 2, "0.05", "plan", 150),
    ]


def test_a_fixed_amount_in_another_currency_falls_through() -> None:
    terms = plan(rates=["0.1"], product_rates=(Override("P1", amounts=(Fraction(2),)),))
    world = sold(shop(), "D2", currency="JPY", lines=[line(1, "1", 1000, 1)])
    assert first(world, terms)["rate_source"] == "plan"


@pytest.mark.parametrize(
    ("days", "rate", "source"), [(365, "0.1", "plan"), (366, "0.02", "window")]
)
def test_the_window_ends_after_its_last_day(days: int, rate: str, source: str) -> None:
    world = tree(TWO)
    world.customers = [Customer("C1", 1, PAID_AT - days * DAY_MS)]
    terms = plan(window=(Window(1, 365, Fraction("0.02")),))
    row = first(sold(world, "D2", buyer=0, buyer_id="C1"), terms)
    assert (row["rate"], row["rate_source"]) == (rate, source)


def test_without_a_binding_to_the_seller_the_first_paid_order_counts() -> None:
    """C1 is bound to D1, but buys of D2, for the first time 40 days before."""
    world = tree(TWO)
    world.customers = [Customer("C1", 0, PAID_AT)]
    sold(world, "D2", buyer=0, buyer_id="C1", paid_at=PAID_AT - 40 * DAY_MS)
    sold(world, "D2", buyer=0, buyer_id="C1")
    terms = plan(window=(Window(1, 30, Fraction(0)),))
    assert [first(world, terms, order)["rate"] for order in (0, 1)] == ["0.1", "0"]
    assert path(world, terms, 1)[0] == "D2 1 zero_rate 0"


def test_an_override_can_be_exempt_from_the_window() -> None:
    world = tree(TWO)
    world.customers = [Customer("C1", 1, 0)]
    sold(world, "D2", buyer=0, buyer_id="C1")
    override = Override("D2", rates=(Fraction("0.3"),), ignores_window=True)
    terms = plan(window=(Window(1, 30, Fraction(0)),), distributor_rates=(override,))
    assert first(world, terms)["rate_source"] == "distributor:D2"


@pytest.mark.parametrize(
    ("rounding", "amounts"),
    [("half_up", [3, 2, 1]), ("half_even", [2, 2, 1]), ("floor", [2, 1, 0])],
)
def test_rounding(rounding: str, amounts: list[int]) -> None:
    """2.5, 1.5 and 0.75 minor units."""
    world = sold(tree("D1\n  D2\n    D3"), "D3", 25)
    terms = plan(rates=["0.10", "0.06", "0.03"], rounding=rounding)
    assert worked(world, terms).paths["amount"].to_list() == amounts


@pytest.mark.parametrize(
    ("rounding", "round_at", "amount"),
    [
        ("floor", "line", 149),
        ("floor", "unit", 147),
        ("half_up", "line", 150),
        ("half_up", "unit", 150),
    ],
)
def test_round_at_line_or_unit(rounding: str, round_at: str, amount: int) -> None:
    """9.99 x 3 at 5 %: 149.85 on the line, 49.95 on the unit."""
    world = sold(tree("D1"), "D1", lines=[line(1, "3", 999)])
    terms = plan(rates=["0.05"], rounding=rounding, round_at=round_at)
    assert first(world, terms)["amount"] == amount


def test_a_fraction_of_a_unit_is_rounded_once_more() -> None:
    """4.995 a unit rounds to 5, times 2.5 = 12.5, rounds to 13."""
    world = sold(tree("D1"), "D1", lines=[line(1, "2.5", 999)])
    terms = plan(rates=["0.005"], round_at="unit")
    assert first(world, terms)["amount"] == 13


def test_the_order_cap_is_used_up_from_level_one() -> None:
    """12 % of 100.05 is 12.006, floored to 12.00: 10.01, 1.99 of 5.00, nothing of 3.00."""
    world = sold(tree("D1\n  D2\n    D3"), "D3", 10_005)
    found = worked(world, plan(caps=Caps(order=Fraction("0.12"))))
    rows = found.paths.to_dicts()
    assert [(row["amount"], row["cut"]) for row in rows] == [(1001, 0), (199, 301), (0, 300)]
    kept = found.conservation["CNY"]
    assert (kept.paid, kept.capped) == (1200, 601)
    assert not kept.breakage and kept.check


def test_beneficiary_cap_by_month_in_the_order_of_payment() -> None:
    terms = plan(rates=["0.1"], caps=Caps(beneficiary={"CNY": 2500}))
    world = tree("D1")
    for day in (0, 1, 2, 40):
        sold(world, "D1", paid_at=PAID_AT + day * DAY_MS, ordered_at=PAID_AT)
    assert worked(world, terms).entries["amount"].to_list() == [1000] * 4
    closed = worked(world, terms, months_close=True)
    assert closed.entries["amount"].to_list() == [1000, 1000, 500, 1000]
    assert closed.would_cut.select("order_row", "period", "beneficiary_cut").rows() == [
        (2, "1970-04", 500)
    ]


def test_company_cap_pro_rata_with_the_largest_remainders() -> None:
    """10 % of 300.00 is 30.00 for 15.00, 15.00 and 15.01: 9.99, 9.99 and a unit left over twice."""
    terms = plan(rates=["0.15"], caps=Caps(company=Fraction("0.1")))
    world = tree("D1")
    for amount in (10_000, 10_000, 10_007):
        sold(world, "D1", amount)
    closed = worked(world, terms, months_close=True)
    assert closed.entries["amount"].to_list() == [1000, 1000, 1000]
    assert closed.would_cut["company_cut"].to_list() == [500, 500, 501]


def test_conservation_of_each_currency_by_itself() -> None:
    world = sold(tree("D1 suspended\n  D2"), "D2", 9_999)
    sold(world, "D2", 333, currency="JPY")
    kept = worked(world, plan()).conservation
    assert list(kept) == ["CNY", "JPY"]
    cny = kept["CNY"]
    assert cny.promised == Fraction(9_999 * 18, 100) and cny.paid == 1000
    assert cny.breakage == Fraction(9_999 * 8, 100) and cny.rounding == Fraction(-1, 10)


def test_the_version_in_force_when_it_was_paid_and_none_before_the_first() -> None:
    world = tree("D1")
    for day in (0, 10, 20):
        sold(world, "D1", paid_at=day * DAY_MS, ordered_at=day * DAY_MS)

    early = replace(plan(rates=["0.1"]), version="a", valid_from_ms=10 * DAY_MS)
    later = replace(plan(rates=["0.2"]), version="b", valid_from_ms=20 * DAY_MS)
    found = analytics.commission.work_out(
        columns_of(world), Plans([later, early]), as_of_ms=100 * DAY_MS, zone=UTC
    )
    assert found.entries.select("order_row", "plan", "amount").rows() == [
        (1, "plan@a", 1000),
        (2, "plan@b", 2000),
    ]
    assert [(note.code, note.id) for note in found.notes] == [("no_plan", "O1")]
    assert found.frozen["plan"].to_list() == [None, "plan@a", "plan@b"]


def test_an_adjustment_earns_nothing() -> None:
    found = worked(sold(tree("D1"), "D1", kind="adjustment"), plan())
    assert not found.paths.height and not found.entries.height and not found.conservation
    assert "adjustment" in ORDER_KIND
