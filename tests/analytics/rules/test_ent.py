"""The rules on entry at their edges."""

from pathlib import Path
from typing import Any

import pytest

import analytics.rules.ent_002
from tests.analytics.rules.small_networks import (
    ROOT,
    Row,
    Said,
    line,
    member,
    own,
    sale,
    say,
    unknown,
)

KIT = {"product_id": "K", "kind": "kit", "list_price": "100.00"}
GOODS = {"product_id": "G", "kind": "product", "reference_price": "100.00"}
JOINED = "2026-05-01"


def bought(id: str, buyer: str, at: str, product: str = "K", price: str = "100.00") -> Row:
    """An order with its line beside it."""
    order = own(id, buyer, at=at)
    del order["amount"]
    return {"order": order, "line": line(id, product, price)}


def sold(id: str, buyer: str, at: str, product: str = "K", price: str = "100.00") -> Row:
    order = sale(id, "R0", at=at, buyer_id=buyer)
    del order["amount"]
    return {"order": order, "line": line(id, product, price)}


def tables(*orders: Row, people: int = 1, joined: str = JOINED, **more: Any) -> dict[str, Any]:
    return {
        "distributors": [ROOT, *(member(f"J{i}", joined=joined) for i in range(people))],
        "products": [KIT],
        "orders": [one["order"] for one in orders],
        "order_lines": [one["line"] for one in orders],
        **more,
    }


class TestPayingToJoin:
    """ENT-001."""

    @pytest.mark.parametrize(
        ("day", "value"), [("2026-05-01", 1), ("2026-05-31", 1), ("2026-06-01", 0)]
    )
    def test_thirty_days_after_joining_count(self, tmp_path: Path, day: str, value: int) -> None:
        assert say("ENT-001", tmp_path, **tables(bought("A", "J0", day))).value == value

    @pytest.mark.parametrize(("day", "value"), [("2026-04-01", 1), ("2026-03-31", 0)])
    def test_the_same_person_may_have_paid_before(
        self, tmp_path: Path, day: str, value: int
    ) -> None:
        before = sale("A", "R0", at=day, buyer_id="C1")
        customers = [{"customer_id": "C1", "became_distributor_id": "J0"}]
        found = tables(customers=customers) | {"orders": [before]}
        assert say("ENT-001", tmp_path, **found).value == value

    def test_linked_orders_of_the_same_person_before_joining_count(self, tmp_path: Path) -> None:
        before = sale("A", "R0", at="2026-04-20", buyer_id="C1")
        card = {"kind": "card", "value": "card-1"}
        found = tables(customers=[{"customer_id": "C1", "became_distributor_id": "J0"}])
        found["identifiers"] = [
            {"owner_kind": "distributor", "owner_id": "R0"} | card,
            {"owner_kind": "order", "owner_id": "A"} | card,
        ]
        assert say("ENT-001", tmp_path, **found | {"orders": [before]}).value == 1

    def test_goods_count_only_beyond_own_use(self, tmp_path: Path) -> None:
        within = tables() | {"orders": [own("A", "J0", "500.00", at="2026-05-10")]}
        beyond = tables() | {"orders": [own("A", "J0", "500.01", at="2026-05-10")]}
        assert say("ENT-001", tmp_path / "1", **within).value == 0
        assert say("ENT-001", tmp_path / "2", **beyond).value == 1

    def test_what_was_sent_back_was_not_paid(self, tmp_path: Path) -> None:
        back = {"refund_id": "F", "order_id": "A", "amount": "100.00", "refunded_at": "2026-05-20"}
        found = tables(bought("A", "J0", "2026-05-02"), refunds=[back])
        assert say("ENT-001", tmp_path, **found).value == 0

    @pytest.mark.parametrize(
        ("joined", "n"), [("2026-01-02", 1), ("2026-01-01", 0), ("2026-06-30", 1)]
    )
    def test_joined_in_180_days(self, tmp_path: Path, joined: str, n: int) -> None:
        assert say("ENT-001", tmp_path, **tables(joined=joined)).values.n[0] == n

    def test_roots_do_not_join(self, tmp_path: Path) -> None:
        found = tables(bought("A", "R0", "2026-05-02"))
        found["distributors"][0] = ROOT | {"joined_at": JOINED}
        assert say("ENT-001", tmp_path, **found).values.n[0] == 1

    @pytest.mark.parametrize(
        ("paying", "band"), [(2, "none"), (3, "low"), (5, "low"), (6, "medium"), (10, "medium")]
    )
    def test_its_edges(self, tmp_path: Path, paying: int, band: str) -> None:
        orders = [bought(f"A{i}", f"J{i}", "2026-05-02") for i in range(paying)]
        said = say("ENT-001", tmp_path, gate=True, **tables(*orders, people=10))
        assert (said.band, said.evidence.count) == (band, paying)

    @pytest.mark.parametrize(("people", "band"), [(20, "high"), (21, "none")])
    def test_what_must_be_bought_is_high_from_five_percent_on(
        self, tmp_path: Path, people: int, band: str
    ) -> None:
        found = tables(bought("A", "J0", "2026-05-02"), people=people)
        found["products"] = [KIT | {"mandatory_to_join": "1"}]
        assert say("ENT-001", tmp_path, **found).band == band

    @pytest.mark.parametrize(
        ("product", "price", "mandatory"),
        [
            ({"list_price": "0.00"}, "0.00", False),
            ({"list_price": "0.01"}, "0.00", True),
            ({"list_price": ""}, "0.00", False),
            ({"list_price": ""}, "9.00", True),
        ],
    )
    def test_mandatory_is_what_has_a_price(
        self, tmp_path: Path, product: Row, price: str, mandatory: bool
    ) -> None:
        found = tables(bought("A", "J0", "2026-05-02", price=price))
        found["products"] = [KIT | {"mandatory_to_join": "1"} | product]
        assert say("ENT-001", tmp_path, **found).shown("mandatory") == mandatory

    def test_unknown_buyers_leave_it_open_unless_it_is_mandatory(self, tmp_path: Path) -> None:
        found = tables(bought("A", "J0", "2026-05-02"), people=2)
        found["orders"].append(unknown("U", "R0", "50.00", at="2026-05-20"))
        assert say("ENT-001", tmp_path / "1", **found).why == "unknown_money"
        found["products"] = [KIT | {"mandatory_to_join": "1"}]
        assert say("ENT-001", tmp_path / "2", **found).band == "high"

    def test_below_ten_joiners_there_is_no_answer(self, tmp_path: Path) -> None:
        found = tables(bought("A", "J0", "2026-05-02"), people=9)
        found["products"] = [KIT | {"mandatory_to_join": "1"}]
        said = say("ENT-001", tmp_path, gate=True, **found)
        assert (said.band, said.why) == ("NE", "gate")


GB: dict[str, Any] = {"currency": "GBP", "cap": "200", "days": 7}
KR: dict[str, Any] = {"currency": "KRW", "cap": "50000", "days": 365}


def burden(folder: Path, law: dict[str, Any], *orders: Row, **more: Any) -> Said:
    found = tables(*orders, currency=law.get("currency", "CNY"), arguments=law, **more)
    found["products"] = [{"product_id": "K", "kind": "fee"}]
    return say("ENT-002", folder, **found)


class TestLegalAmount:
    """ENT-002."""

    @pytest.mark.parametrize(("price", "band"), [("200.00", "none"), ("200.01", "high")])
    def test_the_amount_itself_is_allowed(self, tmp_path: Path, price: str, band: str) -> None:
        said = burden(tmp_path, GB, bought("A", "J0", "2026-05-01", price=price))
        assert (said.band, said.values.denominator[0]) == (band, 20000)

    @pytest.mark.parametrize(("day", "counted"), [("2026-05-07", 1), ("2026-05-08", 0)])
    def test_seven_days_with_the_first(self, tmp_path: Path, day: str, counted: int) -> None:
        said = burden(tmp_path, GB, bought("A", "J0", day, price="200.00"))
        assert said.value == counted

    def test_twelve_parts_of_a_fee_are_one_burden(self, tmp_path: Path) -> None:
        orders = [bought(f"A{i}", "J0", f"2026-05-{i + 1:02}", price="5000") for i in range(12)]
        said = burden(tmp_path, KR, *orders)
        assert (said.value, said.band, said.values.denominator[0]) == (1.2, "high", 50000)

    def test_the_most_of_one_person_counts_not_the_sum(self, tmp_path: Path) -> None:
        orders = [bought(f"A{i}", f"J{i}", "2026-05-02", price="150.00") for i in range(3)]
        said = burden(tmp_path, GB, *orders, people=3)
        assert (said.value, said.values.n[0], said.evidence.count) == (0.75, 3, 3)

    def test_only_in_the_currency_of_the_law(self, tmp_path: Path) -> None:
        order = bought("A", "J0", "2026-05-02", price="900.00")
        said = say("ENT-002", tmp_path / "1", **tables(order, arguments=GB))
        assert (said.band, said.why) == ("NE", "currency")
        assert say("ENT-002", tmp_path / "2", **tables(order)).why == "currency"

    def test_unknown_buyers_hide_no_breach(self, tmp_path: Path) -> None:
        strange = unknown("U", "R0", "900.00", at="2026-05-20")
        found = tables(bought("A", "J0", "2026-05-02", price="100.00"))
        found["orders"].append(strange)
        said = say("ENT-002", tmp_path / "1", currency="GBP", arguments=GB, **found)
        assert said.why == "unknown_money"
        found["order_lines"] = [line("A", "K", "300.00")]
        said = say("ENT-002", tmp_path / "2", currency="GBP", arguments=GB, **found)
        assert said.band == "high"

    def test_every_joiner_has_a_value(self, tmp_path: Path) -> None:
        orders = [bought("A", "J0", "2026-05-02", price="300.00")]
        facts = burden(tmp_path, GB, *orders, people=2).facts
        rows, values = analytics.rules.ent_002.by_distributor(facts, **GB)
        assert facts.columns.distributors["id"].gather(rows).to_list() == ["J0"]
        assert values.value.tolist() == [1.5]


class TestPrice:
    """ENT-003."""

    @pytest.mark.parametrize(
        ("price", "band"),
        [("129.99", "none"), ("130.00", "low"), ("200.00", "medium"), ("400.00", "high")],
    )
    def test_its_edges(self, tmp_path: Path, price: str, band: str) -> None:
        found = tables(sold("A", "C1", "2026-05-02", "G", price)) | {"products": [GOODS]}
        assert say("ENT-003", tmp_path, **found).band == band

    def test_the_larger_of_entry_and_price_list(self, tmp_path: Path) -> None:
        orders = [bought("A", "J0", "2026-05-02", "K", "300.00"), sold("B", "C", JOINED, "G")]
        found = tables(*orders) | {"products": [KIT | {"reference_price": "100.00"}, GOODS]}
        said = say("ENT-003", tmp_path, **found)
        assert (said.value, said.shown("entry"), said.shown("price_list")) == (3, 3, 1)
        assert said.evidence.ids == ("K", "G")

    def test_the_median_of_the_goods(self, tmp_path: Path) -> None:
        goods = [GOODS | {"product_id": f"G{i}"} for i in range(3)]
        prices = ("100.00", "150.00", "900.00")
        orders = [sold(f"A{i}", "C", JOINED, f"G{i}", price) for i, price in enumerate(prices)]
        assert say("ENT-003", tmp_path, **tables(*orders) | {"products": goods}).value == 1.5

    def test_only_the_twenty_best_sellers(self, tmp_path: Path) -> None:
        goods = [GOODS | {"product_id": f"G{i:02}"} for i in range(25)]
        orders = [
            sold(f"A{i}", "C", JOINED, f"G{i:02}", "110.00" if i < 20 else "109.00")
            for i in range(25)
        ]
        said = say("ENT-003", tmp_path, **tables(*orders) | {"products": goods})
        assert (said.value, said.values.n[0]) == (pytest.approx(1.1), 20)

    def test_worth_nothing_is_high_and_unknown_is_left_out(self, tmp_path: Path) -> None:
        order = bought("A", "J0", "2026-05-02", "K", "300.00")
        found = tables(order, sold("B", "C", JOINED, "G"))
        nothing = found | {"products": [KIT | {"reference_price": "0"}, GOODS]}
        assert say("ENT-003", tmp_path / "1", **nothing).band == "high"
        blank = found | {"products": [KIT, GOODS]}
        assert say("ENT-003", tmp_path / "2", **blank).value == 1
        said = say("ENT-003", tmp_path / "3", **tables(order))
        assert (said.band, said.why) == ("NE", "no_reference")

    @pytest.mark.parametrize(("people", "value"), [(10, 5.0), (9, 1.0)])
    def test_a_bundle_is_what_ten_buy_on_joining(
        self, tmp_path: Path, people: int, value: float
    ) -> None:
        products = [GOODS, GOODS | {"product_id": "B"}, GOODS | {"product_id": "H"}]
        orders = [bought(f"A{i}", f"J{i}", "2026-05-02", "B", "500.00") for i in range(people)]
        orders += [sold(f"S{x}", "C", JOINED, x, "100.00") for x in ("G", "H")]
        said = say("ENT-003", tmp_path, **tables(*orders, people=people) | {"products": products})
        assert said.value == value

    def test_a_bundle_that_is_bought_later_too_is_none(self, tmp_path: Path) -> None:
        products = [GOODS, GOODS | {"product_id": "B"}, GOODS | {"product_id": "H"}]
        orders = [bought(f"A{i}", f"J{i}", "2026-05-02", "B", "500.00") for i in range(10)]
        orders += [bought(f"L{i}", f"J{i}", "2026-06-20", "B", "500.00") for i in range(3)]
        orders += [sold(f"S{x}", "C", JOINED, x, "100.00") for x in ("G", "H")]
        said = say("ENT-003", tmp_path, **tables(*orders, people=10) | {"products": products})
        assert said.value == 1

    def test_kits_of_those_who_joined_long_ago_are_not_entry(self, tmp_path: Path) -> None:
        found = tables(bought("A", "J0", "2026-05-02", "K", "900.00"), joined="2025-06-30")
        found["products"] = [KIT | {"reference_price": "100.00"}]
        assert say("ENT-003", tmp_path, **found).why == "no_reference"
