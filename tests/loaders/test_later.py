"""A later load: what is new, the same, filled in, advanced, or settled and therefore rejected."""

from typing import Any

import polars as pl
import pytest

import loaders.later
import loaders.nouns
import loaders.stored

Row = dict[str, Any]


def stored(noun: str, **row: Any) -> pl.DataFrame:
    """One stored row; what is not given is blank."""
    shape = loaders.stored.frame(noun, pl.DataFrame(schema=loaders.nouns.NOUNS[noun].schema))
    return pl.DataFrame([{"file": 0, "row": 1, "id": "X", **row}], schema=shape.schema)


def old(noun: str, row: Row, **beside: Any) -> pl.DataFrame:
    """What the graph holds of it."""
    shape = stored(noun)
    names = loaders.later.old_columns(noun, shape.columns)
    kept = stored(noun, **row).select(name for name in names if name in shape.columns)
    others = {
        name: pl.Boolean if name in ("paid", "frozen") else pl.String
        for name in names
        if name not in shape.columns
    }
    return kept.with_columns(
        pl.lit(beside.get(name), dtype=kind).alias(name) for name, kind in others.items()
    )


def outcome(noun: str, before: Row, now: Row, derived: bool = False, **beside: Any) -> Any:
    """`new`, `same`, the facts that change, or (code, column)."""
    found = loaders.later.compared(
        noun, stored(noun, **now), old(noun, before, **beside), derived=derived
    )
    assert found.fresh.height + found.changes.height + found.same + found.faults.height == 1
    if found.faults.height:
        return tuple(found.faults.select("code", "column").row(0))
    if found.changes.height:
        row = found.changes.row(0, named=True)
        return {
            name: value
            for name, value in row.items()
            if value != before.get(name) and name not in loaders.later.BESIDE
        }
    return "same" if found.same else "new"


def test_an_id_that_the_graph_does_not_hold_is_new() -> None:
    nothing = old("orders", {}).clear()
    assert loaders.later.compared("orders", stored("orders"), nothing).fresh.height == 1
    other = old("orders", {"id": "Y"})
    assert loaders.later.compared("orders", stored("orders"), other).fresh.height == 1


def test_a_blank_says_nothing() -> None:
    assert outcome("orders", {"status": "paid", "region": "north"}, {}) == "same"


@pytest.mark.parametrize(
    ("noun", "facts"),
    [
        ("orders", {"seller_id": "D1"}),
        ("orders", {"buyer_id": "C1", "buyer_kind": "customer"}),
        ("orders", {"paid_at_ms": 5}),
        ("orders", {"amount_minor": 5}),
        ("customers", {"distributor_id": "D1", "bound_at_ms": 7}),
        ("distributors", {"rank": "gold"}),
        ("distributors", {"left_at_ms": 9, "name": "role"}),
        ("products", {"cost_minor": 3}),
        ("order_lines", {"discount_minor": 3}),
        ("payouts", {"released_at_ms": 3}),
    ],
)
def test_what_was_blank_is_filled_in(noun: str, facts: Row) -> None:
    assert outcome(noun, {}, facts) == facts


@pytest.mark.parametrize(
    ("noun", "before", "now"),
    [
        ("distributors", {"left_at_ms": 1}, {"left_at_ms": 2}),
        ("distributors", {"verified_at_ms": 1}, {"verified_at_ms": 2}),
        ("distributors", {"certified_until_ms": 2}, {"certified_until_ms": 1}),
        ("distributors", {"name": "one"}, {"name": "two"}),
        ("customers", {"name": "one"}, {"name": "two"}),
        ("products", {"name": "one"}, {"name": "two"}),
        ("orders", {"status": "created"}, {"status": "paid"}),
        ("orders", {"status": "received"}, {"status": "cancelled"}),
        ("orders", {"received_at_ms": 1}, {"received_at_ms": 2}),
        ("orders", {"cancelled_at_ms": 1}, {"cancelled_at_ms": 2}),
        ("orders", {"paid_at_ms": 1}, {"paid_at_ms": 2}),
        ("orders", {"amount_minor": 1}, {"amount_minor": 2}),
    ],
)
def test_what_lives_advances(noun: str, before: Row, now: Row) -> None:
    assert outcome(noun, before, now) == now


@pytest.mark.parametrize(
    ("noun", "before", "now"),
    [
        ("distributors", {"joined_at_ms": 1}, {"joined_at_ms": 2}),
        ("distributors", {"person_id": "one"}, {"person_id": "two"}),
        ("customers", {"distributor_id": "D1"}, {"distributor_id": "D2"}),
        ("products", {"list_price_minor": 1}, {"list_price_minor": 2}),
        ("orders", {"seller_id": "D1"}, {"seller_id": "D2"}),
        ("orders", {"buyer_id": "C1"}, {"buyer_id": "C2"}),
        ("orders", {"kind": "sale"}, {"kind": "adjustment"}),
        ("orders", {"currency": "CNY"}, {"currency": "JPY", "currency_bare": False}),
        ("orders", {"status": "received"}, {"status": "paid"}),
        ("orders", {"status": "cancelled"}, {"status": "received"}),
        ("order_lines", {"quantity_milli": 1000}, {"quantity_milli": 2000}),
        ("order_lines", {"product_id": "P1"}, {"product_id": "P2"}),
        ("refunds", {"amount_minor": 1}, {"amount_minor": 2}),
        ("status_changes", {"status": "active"}, {"status": "suspended"}),
    ],
)
def test_what_is_settled_is_rejected_by_its_column(noun: str, before: Row, now: Row) -> None:
    assert outcome(noun, before, now) == ("settled", next(iter(now)))


def test_the_amount_of_a_paid_order_is_settled() -> None:
    before, now = {"amount_minor": 1}, {"amount_minor": 2}
    assert outcome("orders", before, now, paid=True) == ("settled", "amount_minor")


def test_what_a_night_has_frozen_stays() -> None:
    paid = {"paid_at_ms": 1}, {"paid_at_ms": 2}
    assert outcome("orders", *paid, frozen=True) == ("settled", "paid_at_ms")
    fill = {"discount_minor": 2}
    assert outcome("order_lines", {}, fill, frozen=True) == ("settled", "discount_minor")


def test_a_currency_that_the_file_left_blank_contradicts_nothing() -> None:
    now = {"currency": "CNY", "currency_bare": True}
    assert outcome("orders", {"currency": "JPY"}, now) == "same"


@pytest.mark.parametrize("name", ["status", "rank", "sponsor_id"])
def test_status_rank_and_sponsor_change_by_their_own_files(name: str) -> None:
    first, other = {name: "a"}, {name: "c"}
    present: Row = {f"{name}:now": "b"}
    assert outcome("distributors", first, first, **present) == "same"
    assert outcome("distributors", first, {name: "b"}, **present) == "same"
    assert outcome("distributors", first, other, **present) == ("use_change_file", name)


def test_a_root_gets_a_sponsor_by_a_change_only() -> None:
    assert outcome("distributors", {}, {"sponsor_id": "D1"}) == ("use_change_file", "sponsor_id")


def test_a_derived_row_fills_blanks_and_contradicts_nothing() -> None:
    before, now = {"name": "one"}, {"name": "two", "category": "tea"}
    assert outcome("products", before, now, derived=True) == {"category": "tea"}


def test_the_fault_says_what_stands_and_what_was_given() -> None:
    found = loaders.later.compared(
        "orders", stored("orders", seller_id="D2"), old("orders", {"seller_id": "D1"})
    )
    assert found.faults.to_dicts() == [
        {
            "file": 0,
            "row": 1,
            "column": "seller_id",
            "code": "settled",
            "stored": "D1",
            "given": "D2",
        }
    ]


def test_a_customer_who_has_become_a_distributor_stays_one_in_his_old_orders() -> None:
    before = {"buyer_id": "X", "buyer_kind": "customer"}
    assert outcome("orders", before, {"buyer_id": "X", "buyer_kind": "distributor"}) == "same"
