"""The rules on retail at their edges."""

from pathlib import Path
from typing import Any

import pytest

import analytics.rules.ret_006
import analytics.rules.ret_007
from tests.analytics.rules.small_networks import (
    ROOT,
    Row,
    line,
    member,
    nothing,
    own,
    paid,
    sale,
    say,
    unknown,
)

KIT = {"product_id": "K", "kind": "kit"}


def entry(id: str, buyer: str, price: str, at: str = "2026-06-10") -> tuple[Row, Row]:
    order = own(id, buyer, at=at)
    del order["amount"]
    return order, line(id, "K", price)


def money(retail: str, personal: str, other: str) -> dict[str, Any]:
    order, of_kit = entry("O", "D1", other)
    return {
        "distributors": [ROOT, member("D1")],
        "products": [KIT],
        "orders": [sale("R", "D1", retail), own("P", "D1", personal), order],
        "order_lines": [of_kit],
    }


@pytest.mark.parametrize(
    ("retail", "personal", "other", "share", "band"),
    [
        ("450.00", "250.00", "300.00", 0.70, "low"),
        ("500.00", "300.00", "200.00", 0.80, "none"),
        ("499.99", "300.00", "200.01", 0.79999, "low"),
        ("400.00", "250.00", "350.00", 0.65, "low"),
        ("250.00", "250.00", "500.00", 0.50, "medium"),
        ("249.99", "250.00", "500.01", 0.49999, "high"),
    ],
)
def test_end_users_share_of_the_fixture_and_at_every_edge(
    tmp_path: Path, retail: str, personal: str, other: str, share: float, band: str
) -> None:
    said = say("RET-003", tmp_path, **money(retail, personal, other))
    assert (said.value, said.band) == (pytest.approx(share), band)


def test_the_fiscal_year_is_the_calendar_year_up_to_as_of(tmp_path: Path) -> None:
    order, of_kit = entry("O", "D1", "100.00", "2025-12-31")
    orders = [sale("A", "D1", at="2026-01-01"), order]
    tables: dict[str, Any] = {"distributors": [ROOT, member("D1")], "products": [KIT]}
    tables |= {"orders": orders, "order_lines": [of_kit]}
    assert say("RET-003", tmp_path / "365", **tables).value == 0.5
    year = say("RET-003", tmp_path / "year", arguments={"fiscal_year": True}, **tables)
    assert (year.value, year.values.denominator[0]) == (1.0, 10000)


@pytest.mark.parametrize(
    ("retail", "band"),
    [("70.00", "none"), ("69.99", "low"), ("50.00", "low"), ("49.99", "medium")]
    + [("20.00", "medium"), ("19.99", "high")],
)
def test_outside_share_at_its_edges(tmp_path: Path, retail: str, band: str) -> None:
    rest = f"{100 - float(retail):.2f}"
    orders = [sale("A", "D1", retail), own("B", "D1", rest)]
    assert say("RET-001", tmp_path, distributors=[ROOT, member("D1")], orders=orders).band == band


def test_the_window_is_365_days_as_of_included(tmp_path: Path) -> None:
    orders = [
        sale("A", "D1", at="2026-06-30T23:59:59Z"),
        sale("B", "D1", at="2025-07-01"),
        sale("C", "D1", at="2025-06-30"),
    ]
    said = say("RET-001", tmp_path, distributors=[ROOT, member("D1")], orders=orders)
    assert said.values.denominator[0] == 20000


def test_unknown_buyers_stand_once_on_each_side(tmp_path: Path) -> None:
    orders = [sale("A", "D1", "60.00"), own("B", "D1", "30.00"), unknown("C", "D1", "10.00")]
    said = say("RET-001", tmp_path, distributors=[ROOT, member("D1")], orders=orders)
    assert said.value == pytest.approx(60 / 90)
    assert said.bounds == (pytest.approx(0.6), pytest.approx(0.7))
    assert (said.band, said.why) == ("NE", "unknown_money")
    assert said.evidence.ids == ("B",)


def test_money_that_changes_no_band_is_not_in_the_way(tmp_path: Path) -> None:
    orders = [sale("A", "D1", "55.00"), own("B", "D1", "40.00"), unknown("C", "D1", "5.00")]
    said = say("RET-001", tmp_path, distributors=[ROOT, member("D1")], orders=orders)
    assert (said.band, said.why) == ("low", "")


def test_refunds_are_taken_off(tmp_path: Path) -> None:
    orders = [sale("A", "D1"), own("B", "D1")]
    back = [{"refund_id": "X", "order_id": "A", "amount": "50.00", "refunded_at": "2026-06-20"}]
    said = say("RET-001", tmp_path, distributors=[ROOT, member("D1")], orders=orders, refunds=back)
    assert said.value == pytest.approx(50 / 150)


class TestMajority:
    """RET-002."""

    def said(self, folder: Path, orders: list[Row], payouts: list[Row], **more: Any) -> Any:
        people = [ROOT, member("D1"), member("D2", "D1")]
        return say("RET-002", folder, distributors=people, orders=orders, payouts=payouts, **more)

    def test_half_is_no_majority(self, tmp_path: Path) -> None:
        orders = [sale("A", "D1"), own("B", "D1")]
        assert self.said(tmp_path / "1", orders, [paid("P", "D1", "A")]).value == 1
        orders = [sale("A", "D1", "100.01"), own("B", "D1")]
        assert self.said(tmp_path / "2", orders, [paid("P", "D1", "A")]).value == 0

    def test_the_downline_counts_with_him(self, tmp_path: Path) -> None:
        orders = [sale("A", "D2", "200.00"), own("B", "D1")]
        said = self.said(tmp_path, orders, [paid("P", "D1", "A"), paid("Q", "D2", "A")])
        assert said.value == 0
        orders = [sale("A", "D1", "200.00"), own("B", "D2")]
        said = self.said(tmp_path / "2", orders, [paid("P", "D1", "A"), paid("Q", "D2", "B")])
        assert (said.value, said.evidence.ids) == (0.5, ("Q",))

    def test_a_month_without_revenue_fails(self, tmp_path: Path) -> None:
        head = paid("P", "D2", basis="recruit_event", recruit_id="D2", earned_at="2026-05-10")
        said = self.said(tmp_path, [sale("A", "D2")], [head | {"beneficiary_id": "D1"}])
        assert said.value == 1

    def test_commission_stands_in_the_month_of_its_order(self, tmp_path: Path) -> None:
        orders = [sale("A", "D1", at="2026-05-31"), own("B", "D1", at="2026-06-01")]
        pay = paid("P", "D1", "A", earned_at="2026-06-15")
        assert self.said(tmp_path, orders, [pay]).value == 0

    def test_six_months_are_that_of_as_of_and_five_before(self, tmp_path: Path) -> None:
        orders = [sale("A", "D1", at="2025-12-31"), sale("B", "D1", at="2026-01-01")]
        pays = [paid("P", "D1", "A", earned_at="2026-01-15"), paid("Q", "D1", "B", "30.00")]
        assert self.said(tmp_path, orders, pays).values.denominator[0] == 3000

    def test_five_percent_of_unknown_money_is_too_much(self, tmp_path: Path) -> None:
        orders = [sale("A", "D1", "95.00"), unknown("U", "D1", "5.00")]
        said = self.said(tmp_path / "1", orders, [paid("P", "D1", "A")])
        assert (said.band, said.why) == ("NE", "unknown_money")
        orders = [sale("A", "D1", "95.01"), unknown("U", "D1", "4.99")]
        assert self.said(tmp_path / "2", orders, [paid("P", "D1", "A")]).band == "none"

    def test_pay_on_an_unknown_order_counts_for_nobody(self, tmp_path: Path) -> None:
        pays = [paid("P", "D1", "A", "99.00"), paid("Q", "D1", "", "1.00")]
        said = self.said(tmp_path / "1", [sale("A", "D1")], pays)
        assert (said.value, said.values.denominator[0], said.why) == (0, 9900, "")
        pays = [paid("P", "D1", "A", "95.00"), paid("Q", "D1", "", "5.00")]
        assert self.said(tmp_path / "2", [sale("A", "D1")], pays).why == "unknown_money"

    def test_twenty_people_paid_are_the_gate(self, tmp_path: Path) -> None:
        for many, why in ((19, "gate"), (20, "")):
            people = [ROOT] + [member(f"D{i}") for i in range(many)]
            orders = [sale(f"O{i}", f"D{i}") for i in range(many)]
            pays = [paid(f"P{i}", f"D{i}", f"O{i}") for i in range(many)]
            tables: dict[str, Any] = {"distributors": people, "orders": orders, "payouts": pays}
            assert say("RET-002", tmp_path / str(many), gate=True, **tables).why == why


@pytest.mark.parametrize(
    ("of_own_use", "band"),
    [("100.00", "none"), ("100.01", "medium"), ("150.00", "medium"), ("150.01", "high")],
)
def test_reward_on_own_use_is_closed_above(tmp_path: Path, of_own_use: str, band: str) -> None:
    rest = f"{300 - float(of_own_use):.2f}"
    said = say(
        "RET-004",
        tmp_path,
        distributors=[ROOT, member("D1")],
        orders=[own("A", "D1"), sale("B", "D1")],
        payouts=[paid("P", "R0", "A", of_own_use), paid("Q", "D1", "B", rest)],
    )
    assert (said.band, said.evidence.ids) == (band, ("P",))


def test_pay_for_heads_is_in_the_denominator_of_own_use(tmp_path: Path) -> None:
    head = paid("H", "R0", basis="recruit_event", recruit_id="D1", amount="30.00")
    orders, pays = [own("A", "D1")], [paid("P", "R0", "A"), head]
    said = say("RET-004", tmp_path, distributors=[ROOT, member("D1")], orders=orders, payouts=pays)
    assert said.value == 0.25


def test_pay_on_an_unknown_order_may_be_on_own_use(tmp_path: Path) -> None:
    orders, pays = [sale("A", "D1")], [paid("P", "D1", "A", "60.00"), paid("Q", "D1", "", "40.00")]
    said = say("RET-004", tmp_path, distributors=[ROOT, member("D1")], orders=orders, payouts=pays)
    assert (said.value, said.bounds, said.why) == (0, (0, pytest.approx(0.4)), "unknown_money")


class TestOverride:
    """RET-005."""

    def said(self, folder: Path, orders: list[Row], payouts: list[Row], **more: Any) -> Any:
        people = [ROOT, member("D1"), member("D2", "D1")]
        return say("RET-005", folder, distributors=people, orders=orders, payouts=payouts, **more)

    @pytest.mark.parametrize(("persons", "share"), [(9, 1.0), (10, 0.0)])
    def test_ten_orders_of_nine_people_are_nine_customers(
        self, tmp_path: Path, persons: int, share: float
    ) -> None:
        orders = [sale(f"O{i}", "D1", buyer_id=f"C{i % persons}") for i in range(10)]
        pays = [paid("P", "D1", "X", level="2")]
        orders.append(sale("X", "D2"))
        ten = self.said(tmp_path / "10", orders, pays, arguments={"customers": 10})
        assert (ten.value, self.said(tmp_path / "1", orders, pays).value) == (share, 0.0)

    def test_a_customer_who_sent_all_back_is_none(self, tmp_path: Path) -> None:
        orders = [sale("A", "D1"), sale("X", "D2")]
        back = {"refund_id": "F", "order_id": "A", "refunded_at": "2026-06-20"}
        pays = [paid("P", "D1", "X", level="2")]
        all_back = self.said(tmp_path / "1", orders, pays, refunds=[back | {"amount": "100.00"}])
        some = self.said(tmp_path / "2", orders, pays, refunds=[back | {"amount": "99.99"}])
        assert (all_back.value, some.value) == (1, 0)

    def test_customers_of_another_month_do_not_help(self, tmp_path: Path) -> None:
        orders = [sale("A", "D1", at="2026-05-31"), sale("X", "D2", at="2026-06-01")]
        assert self.said(tmp_path, orders, [paid("P", "D1", "X", level="2")]).value == 1

    def test_level_one_is_not_looked_at_and_heads_are(self, tmp_path: Path) -> None:
        head = paid("H", "D1", basis="recruit_event", recruit_id="D2", level="2", amount="5.00")
        first = paid("P", "D2", "X")
        said = self.said(tmp_path, [sale("X", "D2")], [first, head])
        assert (said.value, said.values.denominator[0], said.evidence.ids) == (1, 500, ("H",))

    @pytest.mark.parametrize(
        ("without", "band"),
        [("34.99", "none"), ("35.00", "low"), ("60.00", "medium"), ("85.00", "high")],
    )
    def test_its_edges(self, tmp_path: Path, without: str, band: str) -> None:
        rest = f"{100 - float(without):.2f}"
        orders = [sale("X", "D2"), sale("A", "R0")]
        pays = [paid("P", "D1", "X", without, level="2"), paid("Q", "R0", "X", rest, level="3")]
        assert self.said(tmp_path, orders, pays).band == band


def linked_to(kind: str, orders: int, cards: int = 40) -> dict[str, Any]:
    """40 outside orders of 100.00 of one seller, the first `orders` with his identifier."""
    values = {"card": "card-d1", "phone": "+8613800138000", "address": "road 1"}
    others = {"card": "card-{}", "phone": "+861390013{:04}", "address": "road 9{}"}
    mine = {"owner_kind": "distributor", "owner_id": "D1", "kind": kind, "value": values[kind]}
    root = {"owner_kind": "distributor", "owner_id": "R0", "kind": "card", "value": "card-r0"}
    rows = [mine, root]
    for i in range(cards):
        value = values[kind] if i < orders else others[kind].format(i)
        rows.append({"owner_kind": "order", "owner_id": f"O{i}", "kind": kind, "value": value})
    people = [ROOT, member("D1")]
    sales = [sale(f"O{i}", "D1") for i in range(40)]
    return {"distributors": people, "orders": sales, "identifiers": rows}


@pytest.mark.parametrize(
    ("kind", "orders", "band"),
    [
        ("card", 1, "none"),
        ("card", 2, "low"),
        ("card", 4, "medium"),
        ("card", 9, "medium"),
        ("card", 10, "high"),
        ("phone", 10, "medium"),
        ("address", 40, "medium"),
        ("phone", 2, "low"),
    ],
)
def test_linked_orders_and_the_cap_of_weak_matches(
    tmp_path: Path, kind: str, orders: int, band: str
) -> None:
    said = say("RET-006", tmp_path, gate=True, **linked_to(kind, orders))
    assert (said.band, said.value, said.evidence.count) == (band, orders / 40, orders)


def test_two_weak_matches_on_one_order_are_strong(tmp_path: Path) -> None:
    tables = linked_to("phone", 10)
    address = {"kind": "address", "value": "road 1"}
    tables["identifiers"] += [{"owner_kind": "distributor", "owner_id": "D1"} | address]
    tables["identifiers"] += [
        {"owner_kind": "order", "owner_id": f"O{i}"} | address for i in range(10)
    ]
    assert say("RET-006", tmp_path, **tables).band == "high"


@pytest.mark.parametrize(("cards", "why"), [(32, ""), (31, "gate")])
def test_eighty_percent_of_outside_money_must_carry_something(
    tmp_path: Path, cards: int, why: str
) -> None:
    assert say("RET-006", tmp_path, **linked_to("card", 1, cards)).why == why


def test_eighty_percent_of_distributors_must_carry_something(tmp_path: Path) -> None:
    tables = linked_to("card", 1)
    tables["distributors"] += [member(f"E{i}") for i in range(2)]
    assert say("RET-006", tmp_path / "1", **tables).why == "gate"
    for i in range(2):
        owner = {"owner_kind": "distributor", "owner_id": f"E{i}"}
        tables["identifiers"].append(owner | {"kind": "card", "value": f"card-e{i}"})
    assert say("RET-006", tmp_path / "2", **tables).why == ""


def test_without_identifiers_or_with_mixed_forms_there_is_no_answer(tmp_path: Path) -> None:
    tables = linked_to("card", 10)
    mixed = [
        row | ({"hashed": "1", "value": f"{i:064x}"} if i % 2 else {"hashed": "0"})
        for i, row in enumerate(tables["identifiers"])
    ]
    del tables["identifiers"]
    assert say("RET-006", tmp_path / "1", **tables).why == "no_file"
    assert say("RET-006", tmp_path / "2", identifiers=mixed, **tables).why == "no_file"


def test_refunded_and_entry_linked_orders_are_outside_money(tmp_path: Path) -> None:
    tables = linked_to("card", 10)
    tables["refunds"] = [
        {"refund_id": "F", "order_id": "O0", "amount": "100.00", "refunded_at": "2026-06-20"}
    ]
    assert say("RET-006", tmp_path, **tables).values.denominator[0] == 400000


def test_unknown_buyers_may_be_linked_or_outside(tmp_path: Path) -> None:
    tables = linked_to("card", 8)
    tables["orders"].append(unknown("U", "D1", "1000.00"))
    said = say("RET-006", tmp_path, **tables)
    assert said.value == pytest.approx(0.2)
    assert said.bounds == (pytest.approx(800 / 5000), pytest.approx(1800 / 5000))
    assert said.why == "unknown_money"


def test_a_seller_is_drawn_to_the_others_and_needs_two_kinds_for_high(tmp_path: Path) -> None:
    tables = linked_to("card", 40)
    tables["distributors"].append(member("D2"))
    tables["orders"] += [sale(f"Q{i}", "D2") for i in range(40)]
    rows = tables["identifiers"]
    rows.append({"owner_kind": "distributor", "owner_id": "D2", "kind": "card", "value": "card-2"})
    for i in range(40):
        owner = {"owner_kind": "order", "owner_id": f"Q{i}", "kind": "card"}
        rows.append(owner | {"value": f"card-q{i}"})
    facts = say("RET-006", tmp_path, **tables).facts
    sellers, values = analytics.rules.ret_006.by_distributor(facts)
    assert values.severity is not None
    assert facts.columns.distributors["id"].gather(sellers).to_list() == ["D1", "D2"]
    assert values.value.tolist() == pytest.approx([40 / 50, 10 / 50])
    assert values.severity.tolist() == ["medium", "none"]


def test_nothing_sold_is_no_number(tmp_path: Path) -> None:
    said = say("RET-001", tmp_path, distributors=[ROOT], orders=[])
    assert nothing(said.value)
    assert (said.band, said.why) == ("NE", "gate")
