"""Refunds, cancellations, states and times: what stands in the ledger, by hand."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import polars as pl
import pytest

from analytics.columns import ENTRIES
from analytics.commission_schema import Booked
from analytics.plan import Override, Plan
from graph.errors import Missing
from graph.model import DAY_MS, ENTRY_KIND, ENTRY_STATE
from tests.analytics.test_commission_properties import after, work
from tests.analytics.whiteboard import AS_OF, PAID_AT, entries, line, plan, sold, tree, worked
from tests.analytics.worlds import Product, Refund, World, columns_of

TEN = plan(rates=["0.1"])
LATER = PAID_AT + 5 * DAY_MS


def refunded(world: World, amount: int, **given: Any) -> World:
    world.refunds.append(Refund(f"R{len(world.refunds) + 1}", 0, amount, LATER, **given))
    return world


def one(amount: int | None = 9_999, **given: Any) -> World:
    return sold(tree("D1"), "D1", amount, **given)


def test_repeated_partial_refunds_do_not_drift() -> None:
    """999.9 rounds to 1000; what is left decides, not a share of what was paid."""
    world = refunded(refunded(refunded(one(), 3_333), 3_333), 3_333)
    assert entries(world, TEN) == ["O1 D1 1 1000", "R1 D1 1 -333", "R2 D1 1 -334", "R3 D1 1 -333"]


def test_a_refund_beyond_the_order_takes_what_remains_and_is_named() -> None:
    found = worked(refunded(one(), 20_000), TEN)
    assert found.entries["amount"].to_list() == [1000, -1000]
    (note,) = found.notes
    assert (note.code, note.id) == ("refund_beyond_order", "R1")
    assert note.facts == {"order_id": "O1", "beyond_minor": 10_001}


def test_refund_of_a_line_takes_back_at_the_rate_of_the_line() -> None:
    terms = replace(TEN, product_rates=(Override("P0", rates=(Fraction("0.5"),)),))
    world = one(lines=[line(1, "2", 1000, 0), line(2, "1", 1000)])
    world.products = [Product("P0")]
    assert entries(refunded(world, 1000, line_no=1, milli=1000), terms)[1:] == ["R1 D1 1 -500"]
    world.refunds.clear()
    assert entries(refunded(world, 1000, line_no=2), terms)[1:] == ["R1 D1 1 -100"]
    world.refunds.clear()
    assert entries(refunded(world, 1000), terms)[1:] == ["R1 D1 1 -367"]


def test_the_quantity_reduces_fixed_amounts_and_the_amount_the_base() -> None:
    terms = replace(TEN, product_rates=(Override("P0", amounts=(Fraction(2),)),))
    world = one(lines=[line(1, "3", 1000, 0)])
    world.products = [Product("P0", currency="CNY")]
    assert entries(refunded(world, 100, line_no=1, milli=2000), terms) == [
        "O1 D1 1 600",
        "R1 D1 1 -400",
    ]


def test_a_cancelled_order_is_accrued_and_reversed() -> None:
    world = one(10_000, status="cancelled", received_at=None, cancelled_at=LATER)
    found = worked(world, TEN).entries.to_dicts()
    assert [(row["cause"], row["amount"], row["booked_at"]) for row in found] == [
        ("O1", 1000, PAID_AT),
        ("O1:cancelled", -1000, LATER),
    ]
    assert {ENTRY_STATE[row["state"]] for row in found} == {"pending"}


def test_cancelled_without_having_been_paid_gives_nothing() -> None:
    assert not entries(one(status="cancelled", paid_at=None, received_at=None), TEN)


def test_an_order_cancelled_after_a_night_that_took_it_as_paid() -> None:
    """Its paid time was ordered_at; now it never was paid."""
    columns = columns_of(one(10_000))
    night = after(columns, work(columns, TEN, AS_OF, seq=1))
    gone = columns_of(
        one(status="cancelled", paid_at=None, received_at=None, cancelled_at=LATER, seq=2)
    )
    second = work(replace(night, orders=gone.orders), TEN, AS_OF, booked=Booked(1, AS_OF), seq=2)
    assert second.entries.select("cause", "amount", "booked_at").rows() == [
        ("O1:cancelled", -1000, LATER)
    ]


def test_a_cancellation_of_a_known_order_is_its_refund_by_product() -> None:
    terms = replace(TEN, product_rates=(Override("P0", rates=(Fraction("0.5"),)),))
    world = one(lines=[line(1, "2", 1000, 0), line(2, "2", 1000, 1)])
    world.products = [Product("P0"), Product("P1")]
    back = [line(1, "-1", 1000, 0), line(2, "-3", 1000, 1)]
    sold(world, "D1", kind="cancellation", cancels=0, lines=back, ordered_at=LATER, paid_at=LATER)
    assert entries(world, terms) == ["O1 D1 1 1200", "O2 D1 1 -1200"]
    world.orders[1].lines = [line(1, "-1", 1000, 0)]
    assert entries(world, terms) == ["O1 D1 1 1200", "O2 D1 1 -500"]


def test_a_cancellation_without_its_original_is_a_negative_order() -> None:
    world = sold(tree("D1\n  D2"), "D2", -9_995, kind="cancellation")
    found = worked(world, plan()).entries.to_dicts()
    assert [(row["level"], row["amount"]) for row in found] == [(1, -1000), (2, -500)]
    for row in found:
        assert ENTRY_KIND[row["kind"]] == "reversal" and row["cause"] == "O1"
        assert ENTRY_STATE[row["state"]] == "available" and row["available_at"] == PAID_AT
    assert not worked(world, plan()).conservation


@pytest.mark.parametrize(
    ("days", "received", "state", "available_at"),
    [
        (1, None, "pending", None),
        (1, 2, "pending", None),
        (3, 2, "frozen", 9),
        (8, 2, "frozen", 9),
        (9, 2, "available", 9),
    ],
)
def test_states_at_a_moment(
    days: int, received: int | None, state: str, available_at: int | None
) -> None:
    """Days after payment; seven days of freeze after receipt."""
    world = one(received_at=None if received is None else PAID_AT + received * DAY_MS)
    (row,) = worked(world, TEN, as_of_ms=PAID_AT + days * DAY_MS).entries.to_dicts()
    expected = None if available_at is None else PAID_AT + available_at * DAY_MS
    assert (ENTRY_STATE[row["state"]], row["available_at"]) == (state, expected)


def test_what_happens_after_as_of_has_not_happened() -> None:
    world = refunded(one(), 9_999)
    sold(world, "D1", paid_at=LATER)
    assert entries(world, TEN, as_of_ms=LATER - 1) == ["O1 D1 1 1000"]


def test_a_line_that_arrives_late_is_an_entry_of_its_own() -> None:
    columns = columns_of(one(lines=[line(1, "1", 1000, seq=1)]))
    night = after(columns, work(columns, TEN, AS_OF, seq=1))
    both = columns_of(one(lines=[line(1, "1", 1000, seq=1), line(2, "1", 55, seq=2)]))
    second = work(replace(night, lines=both.lines), TEN, AS_OF, booked=Booked(1, AS_OF), seq=2)
    assert second.entries.select("cause", "kind", "amount", "booked_at").rows() == [
        ("O1:line:2", ENTRY_KIND.index("accrual"), 6, PAID_AT)
    ]
    assert [note.code for note in second.notes] == ["late_line"]


def test_a_frozen_path_is_never_walked_again() -> None:
    """D2 is suspended, and moved, and the plan has changed since."""
    columns = columns_of(sold(tree("D1\n  D2"), "D2", 10_000))
    night = after(columns, work(columns, plan(), AS_OF, seq=1))
    changed = columns_of(refunded(sold(tree("D1\nD2 suspended"), "D2", 10_000), 5_000))
    now = replace(
        changed, frozen=night.frozen, frozen_paths=night.frozen_paths, entries=night.entries
    )
    second = work(now, plan(), AS_OF, booked=Booked(1, LATER - 1), seq=2)
    assert second.entries.select("beneficiary_row", "amount").rows() == [(1, -500), (0, -250)]


def test_a_frozen_order_needs_the_plan_it_carries() -> None:
    columns = columns_of(one())
    night = after(columns, work(columns, TEN, AS_OF, seq=1))
    other = Plan(name="other", version="1")
    with pytest.raises(Missing, match="plan@1"):
        work(night, other, AS_OF)
    assert work(night, other, AS_OF, older=[TEN]).paths["amount"].to_list() == [1000]


def test_the_same_twice_is_nothing() -> None:
    columns = columns_of(refunded(one(), 5_000))
    first = work(columns, TEN, AS_OF)
    assert first.entries.height == 2
    known = replace(columns, entries=first.entries.select(*ENTRIES))
    assert not work(known, TEN, AS_OF).entries.height
    assert isinstance(first.entries, pl.DataFrame)
