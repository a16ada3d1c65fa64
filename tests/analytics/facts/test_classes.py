"""The class of every line, sentence by sentence of rules.md 1."""

from typing import Any

import pytest

from analytics.facts.frames import IDENTIFIER_KINDS, J, W
from tests.analytics.facts.drawing import (
    classes,
    distributor,
    facts,
    identifier,
    one,
    order,
    product,
)
from tests.loaders.trying import Row, line

D1 = distributor("D1")
PRODUCTS = [
    product("P1"),
    product("A", "sales_aid"),
    product("K", "kit"),
    product("T", "training"),
    product("F", "fee"),
    product("M", mandatory_to_join="1"),
    product("B", ""),
]


def bought(
    buyer: str, kind: str, at: str = "2026-06-10", amount: str = "100.00", **more: Any
) -> Row:
    return order("O1", "D1", buyer, kind, at, amount, **more)


def test_created_cancelled_and_adjustments_are_no_money() -> None:
    orders = [
        order("O1", "D1", "C1", "customer", "2026-06-01", "10.00", status="created"),
        order("O2", "D1", "C1", "customer", "2026-06-01", "10.00", status="cancelled"),
        order("O3", "D1", "C1", "customer", "2026-06-01", "10.00", kind="adjustment"),
        order("O4", "D1", "C1", "customer", "2026-06-01", "10.00"),
    ]
    found = facts(distributors=[D1], orders=orders)
    assert found.columns.orders["id"].gather(found.orders["order_row"]).to_list() == ["O4"]


def test_an_order_cancelled_after_as_of_is_money() -> None:
    times = {"status": "cancelled", "paid_at": "2026-06-10", "cancelled_at": "2026-07-10"}
    orders = [bought("C1", "customer", **times)]
    assert classes(facts(distributors=[D1], orders=orders, as_of="2026-07-09")) == [("R", 10000)]
    assert classes(facts(distributors=[D1], orders=orders, as_of="2026-07-10")) == []


def test_a_cancellation_reduces_its_original_and_is_unknown_money_without_one() -> None:
    orders = [
        bought("C1", "customer"),
        order(
            "X1",
            "D1",
            "C1",
            "customer",
            "2026-06-12",
            "-30.00",
            kind="cancellation",
            cancels_order_id="O1",
        ),
        order("X2", "D1", "C1", "customer", "2026-07-12", "-40.00", kind="cancellation"),
    ]
    found = facts(distributors=[D1], orders=orders)
    assert classes(found) == [("R", 7000)]
    assert classes(found, "X1") == []
    assert classes(found, "X2") == [("R|P|S|J|W", -4000)]
    assert one(found, "X2")["day"] - one(found)["day"] == 32


@pytest.mark.parametrize(
    ("buyer", "kind", "at", "is_a"),
    [
        ("", "", "2026-06-10", "R|P|S|J|W"),
        ("", "customer", "2026-06-10", "R|P|S|J|W"),
        ("", "distributor", "2026-06-10", "R|P|S|J|W"),
        ("C1", "customer", "2026-06-10", "R"),
        ("C9", "customer", "2026-06-10", "R"),
        ("D2", "customer", "2026-06-10", "P"),
        ("D2", "distributor", "2026-06-10", "P"),
        ("D2", "distributor", "2026-05-01", "P"),
        ("D2", "distributor", "2026-03-30", "R"),
        ("D2", "distributor", "2026-04-30", "J"),
        ("D2", "distributor", "2026-07-01", "R"),
        ("D2", "customer", "2026-07-01", "R"),
        ("D9", "distributor", "2026-06-10", "P"),
        ("C1", "", "2026-06-10", "R"),
        ("D2", "", "2026-06-10", "P"),
        ("D2", "", "2026-07-01", "R"),
        ("C9", "", "2026-06-10", "R|P|S|J|W"),
    ],
)
def test_who_bought(buyer: str, kind: str, at: str, is_a: str) -> None:
    """D2 is a distributor from 1 May to 30 June."""
    found = facts(
        distributors=[D1, distributor("D2", "D1", "2026-05-01", left_at="2026-07-01")],
        customers=[{"customer_id": "C1"}],
        orders=[bought(buyer, kind, at)],
    )
    assert [name for name, _ in classes(found)] == [is_a]


def test_terminated_is_no_distributor_until_it_is_lifted() -> None:
    changes = [
        {"distributor_id": "D2", "valid_from": "2026-05-10", "status": "terminated"},
        {"distributor_id": "D2", "valid_from": "2026-06-10", "status": "active"},
        {"distributor_id": "D2", "valid_from": "2026-08-10", "status": "terminated"},
        {"distributor_id": "D2", "valid_from": "2026-09-10", "status": "", "rank": "gold"},
    ]
    days = [
        "2026-05-09",
        "2026-05-10",
        "2026-06-09",
        "2026-06-10",
        "2026-08-09",
        "2026-08-10",
        "2026-10-01",
    ]
    orders = [order(f"O{n}", "D1", "D2", "", day, "10.00") for n, day in enumerate(days)]
    found = facts(distributors=[D1, distributor("D2")], status_changes=changes, orders=orders)
    assert found.orders["buyer"].to_list() == [2, 1, 1, 2, 2, 1, 1]
    assert found.accounts["left_day"].to_list() == [None, 20675]


def test_applied_and_suspended_are_distributors() -> None:
    people = [
        distributor("D1", status="applied"),
        distributor("D2", status="suspended"),
        distributor("D3", status="terminated"),
    ]
    orders = [order(f"O{n}", "", f"D{n}", "", "2026-06-01", "10.00") for n in (1, 2, 3)]
    assert facts(distributors=people, orders=orders).orders["buyer"].to_list() == [2, 2, 1]


def test_days_are_those_of_the_company() -> None:
    """Joined at 00:30 in Shanghai: on that day he is one, at 23:59 of the day before he is not."""
    people = [D1, distributor("D2", "D1", "2026-05-31T16:30:00Z")]
    orders = [
        order("O1", "", "D2", "distributor", "2026-05-31T16:00:00Z", "10.00"),
        order("O2", "", "D2", "distributor", "2026-05-31T15:59:59.999Z", "10.00"),
    ]
    found = facts(distributors=people, orders=orders, zone="Asia/Shanghai")
    assert found.orders["buyer"].to_list() == [2, 1]
    assert classes(found, "O2") == [("J", 1000)]


@pytest.mark.parametrize(
    ("product_id", "customer", "member", "nobody"),
    [
        ("P1", "R", "P", "R|P|S|J|W"),
        ("A", "R", "P", "R|P|S|J|W"),
        ("B", "R", "P", "R|P|S|J|W"),
        ("K", "R", "J", "R|J|W"),
        ("T", "R", "J", "R|J|W"),
        ("F", "J", "J", "J"),
        ("M", "J", "J", "J"),
    ],
)
def test_what_was_bought(product_id: str, customer: str, member: str, nobody: str) -> None:
    buyers = [("O1", "C1", "customer"), ("O2", "D1", "distributor"), ("O3", "", "")]
    found = facts(
        distributors=[D1],
        products=PRODUCTS,
        orders=[order(id, "D1", buyer, kind, "2026-06-10") for id, buyer, kind in buyers],
        order_lines=[line(id, 1, product_id, "1", "10.00") for id, _, _ in buyers],
    )
    assert [classes(found, id) for id, _, _ in buyers] == [
        [(customer, 1000)],
        [(member, 1000)],
        [(nobody, 1000)],
    ]
    assert found.pieces["kind_known"].all()


def test_a_fee_is_asked_for_before_links_and_joining() -> None:
    found = facts(
        distributors=[D1],
        customers=[{"customer_id": "C1", "became_distributor_id": "D1"}],
        products=PRODUCTS,
        orders=[order("O1", "D1", "C1", "customer", "2026-06-10")],
        order_lines=[line("O1", 1, "F", "1", "10.00"), line("O1", 2, "P1", "1", "10.00")],
    )
    assert classes(found) == [("J", 1000), ("W", 1000)]


def test_without_lines_or_product_rows_it_is_a_product_of_unknown_kind() -> None:
    found = facts(
        distributors=[D1],
        orders=[bought("D1", "distributor"), order("O2", "D1", "C1", "customer", "2026-06-10")],
        order_lines=[line("O2", 1, "P7", "2", "10.00")],
    )
    assert classes(found) == [("P", 10000)] and classes(found, "O2") == [("R", 2000)]
    assert not found.pieces["kind_known"].any()


def linked(at: str, *, owner: str = "customer", kind: str = "card", **more: Any) -> Row:
    """An order of C1 at a day; D2, a distributor from 1 May to 30 June, has the same identifier."""
    mine = more.pop("mine", {})
    theirs = more.pop("theirs", {})
    owned = identifier(owner, "C1" if owner == "customer" else "O1", kind, "X", **mine)
    return one(
        facts(
            distributors=[D1, distributor("D2", "D1", "2026-05-01", left_at="2026-07-01")],
            customers=[{"customer_id": "C1"}],
            identifiers=[owned, identifier("distributor", "D2", kind, "X", **theirs)],
            orders=[bought("C1", "customer", at)],
        )
    )


@pytest.mark.parametrize("owner", ["customer", "order"])
@pytest.mark.parametrize("kind", ["card", "bank", "phone", "address", "device"])
def test_any_kind_of_identifier_of_order_or_customer_links(owner: str, kind: str) -> None:
    found = linked("2026-06-10", owner=owner, kind=kind)
    assert found["linked"] == 1 << IDENTIFIER_KINDS.index(kind)
    assert found["identified"]


@pytest.mark.parametrize(
    ("at", "is_linked"),
    [("2026-04-30", 0), ("2026-05-01", 2), ("2026-06-30", 2), ("2026-07-01", 0)],
)
def test_the_other_must_be_a_distributor_that_day(at: str, is_linked: int) -> None:
    assert linked(at)["linked"] == is_linked


@pytest.mark.parametrize("side", ["mine", "theirs"])
def test_valid_that_day_and_not_shared(side: str) -> None:
    to: dict[str, Any] = {side: {"valid_to": "2026-06-10"}}
    begin: dict[str, Any] = {side: {"valid_from": "2026-06-10"}}
    shared: dict[str, Any] = {side: {"shared": "1"}}
    assert linked("2026-06-10", **to)["linked"] and not linked("2026-06-11", **to)["linked"]
    assert linked("2026-06-10", **begin)["linked"] and not linked("2026-06-09", **begin)["linked"]
    assert not linked("2026-06-10", **shared)["linked"]


def test_a_shared_or_expired_identifier_is_none_to_go_by() -> None:
    assert not linked("2026-06-10", mine={"shared": "1"})["identified"]
    assert not linked("2026-06-10", mine={"valid_to": "2026-06-09"})["identified"]
    assert linked("2026-06-10", theirs={"shared": "1"})["identified"]


def test_the_seller_is_included() -> None:
    found = facts(
        distributors=[D1],
        customers=[{"customer_id": "C1"}],
        identifiers=[
            identifier("order", "O1", "card", "X"),
            identifier("distributor", "D1", "card", "x "),
        ],
        orders=[bought("C1", "customer")],
    )
    assert classes(found) == [("W", 10000)]


def of_a_joiner(at: str, **more: Any) -> list[tuple[str, int]]:
    """An order of C1, who joins as D2 on 10 June 2026."""
    became = [{"customer_id": "C1", "became_distributor_id": "D2"}]
    tables: dict[str, Any] = {"customers": became} | more
    people = [D1, distributor("D2", "D1", "2026-06-10", person_id="N7")]
    return classes(facts(distributors=people, orders=[bought("C1", "customer", at)], **tables))


@pytest.mark.parametrize(
    ("at", "is_a"),
    [
        ("2026-05-10", "R"),
        ("2026-05-11", "J"),
        ("2026-05-31", "J"),
        ("2026-06-10", "J"),
        ("2026-06-11", "W"),
        ("2026-12-01", "W"),
    ],
)
@pytest.mark.parametrize("how", ["became", "person", "order"])
def test_31_30_10_and_0_days_before_joining_and_after(at: str, is_a: str, how: str) -> None:
    """FX25, by each way to be one person; his own card does not make it W on the day either."""
    owner = ("order", "O1") if how == "order" else ("customer", "C1")
    said = [identifier(*owner, "person", "n 7")] if how != "became" else []
    card = [identifier("customer", "C1", "card", "X"), identifier("distributor", "D2", "card", "X")]
    customer = {"customer_id": "C1"} | ({"became_distributor_id": "D2"} if how == "became" else {})
    assert of_a_joiner(at, customers=[customer], identifiers=said + card) == [(is_a, 10000)]


def test_a_joining_after_as_of_is_not_known() -> None:
    found = facts(
        distributors=[D1, distributor("D2", "D1", "2026-06-10")],
        customers=[{"customer_id": "C1", "became_distributor_id": "D2"}],
        orders=[bought("C1", "customer", "2026-06-01")],
        as_of="2026-06-09",
    )
    assert classes(found) == [("R", 10000)]
    assert found.persons == 1


def test_his_own_card_before_joining_is_no_link_but_another_s_is() -> None:
    card = [identifier("customer", "C1", "card", "X"), identifier("distributor", "D2", "card", "X")]
    assert of_a_joiner("2026-05-31", identifiers=card) == [("J", 10000)]
    others = [*card, identifier("distributor", "D1", "card", "X")]
    assert of_a_joiner("2026-05-31", identifiers=others) == [("W", 10000)]
    assert of_a_joiner("2026-06-10", identifiers=others) == [("W", 10000)]


def test_a_former_member_buys_retail_and_joins_again_by_another_account() -> None:
    people = [
        D1,
        distributor("D2", "D1", "2025-02-01", left_at="2026-03-01", person_id="N7"),
        distributor("D3", "D1", "2026-06-10", person_id="N7"),
    ]
    days = ["2026-03-05", "2026-05-20", "2026-06-11"]
    orders = [order(f"O{n}", "D1", "D2", "customer", day, "10.00") for n, day in enumerate(days)]
    found = facts(distributors=people, orders=orders)
    assert [classes(found, f"O{n}") for n in range(3)] == [
        [("R", 1000)],
        [("J", 1000)],
        [("W", 1000)],
    ]
    assert found.orders["account_row"].to_list() == [1, 1, 1]
    assert found.orders["customer"].n_unique() == 1 and found.orders["customer"][0] < found.persons


def test_refunds_reduce_the_class_at_the_order_s_date() -> None:
    found = facts(
        distributors=[D1],
        orders=[bought("C1", "customer")],
        refunds=[
            {"refund_id": "R1", "order_id": "O1", "amount": "100.00", "refunded_at": "2026-09-01"}
        ],
    )
    assert classes(found) == [("R", 0)] and one(found)["gross"] == 10000


def test_linked_stands_before_joining() -> None:
    found = facts(distributors=[D1], orders=[bought("C1", "customer")])
    assert found.orders.select("linked", "prejoin").row(0) == (0, False)
    assert (J, W) == (8, 16)
