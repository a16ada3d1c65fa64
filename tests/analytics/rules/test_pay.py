"""The rules on payouts: FX31, caps closed above, and the lifetime result of a member."""

from pathlib import Path
from typing import Any

import pytest

import analytics.rules.pay_002
import analytics.rules.pay_003
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
)

KIT = {"product_id": "K", "kind": "kit"}


@pytest.mark.parametrize(
    ("payout", "band"),
    [
        ("30.00", "none"),
        ("30.01", "low"),
        ("35.00", "low"),
        ("35.01", "medium"),
        ("40.00", "medium"),
        ("40.01", "high"),
    ],
)
def test_exactly_the_cap_is_lawful(tmp_path: Path, payout: str, band: str) -> None:
    said = say(
        "PAY-001",
        tmp_path,
        distributors=[ROOT],
        orders=[sale("O", "R0")],
        payouts=[paid("P", "R0", "O", payout)],
    )
    assert said.band == band


def test_all_benefits_count_and_a_reversal_takes_away(tmp_path: Path) -> None:
    said = say(
        "PAY-001",
        tmp_path,
        distributors=[ROOT, member("D1")],
        orders=[sale("O", "R0"), sale("OLD", "R0", at="2025-02-01")],
        payouts=[
            paid("P", "R0", "O", "10.00"),
            paid("H", "R0", amount="20.00", basis="recruit_event", recruit_id="D1"),
            paid("X", "R0", amount="5.00", basis="other"),
            paid("Q", "R0", "O", "9.00"),
            paid("Q-", "R0", "O", "9.00", reverses="Q"),
        ],
    )
    assert said.value == pytest.approx(0.35)
    assert said.shown("calendar_year") == pytest.approx(0.35)


def by_hand(each: str, reason: str = "", approved_by: str = "") -> list[Row]:
    more = {"basis": "other", "reason": reason, "approved_by": approved_by}
    return [paid("X", "R0", amount=each, **more)]


@pytest.mark.parametrize(
    ("reason", "approved_by", "value"),
    [("", "", 0.08), ("support", "", 0.08), ("", "A1", 0.08), ("support", "A1", 0.0)],
)
def test_fx31_unlinked_payouts(tmp_path: Path, reason: str, approved_by: str, value: float) -> None:
    said = say(
        "PAY-002",
        tmp_path,
        distributors=[ROOT],
        orders=[sale("O", "R0", "1000.00")],
        payouts=[paid("P", "R0", "O", "92.00"), *by_hand("8.00", reason, approved_by)],
    )
    assert said.value == pytest.approx(value)
    assert said.band == ("medium" if value else "none")
    assert said.evidence.ids == (("X",) if value else ())


def test_fx31_counts_as_recruiting_until_explained(tmp_path: Path) -> None:
    parts: dict[str, Any] = {
        "distributors": [ROOT],
        "orders": [sale("O", "R0", "1000.00")],
        "payouts": [paid("P", "R0", "O", "92.00"), *by_hand("8.00")],
    }
    assert say("REC-001", tmp_path, **parts).value == pytest.approx(0.08)


def test_an_order_line_without_its_order_counts_and_a_head_does_not(tmp_path: Path) -> None:
    said = say(
        "PAY-002",
        tmp_path,
        distributors=[ROOT, member("D1")],
        orders=[sale("O", "R0", "1000.00")],
        payouts=[
            paid("P", "R0", "O", "50.00"),
            paid("N", "R0", "", "10.00"),
            paid("H", "R0", amount="40.00", basis="recruit_event", recruit_id="D1"),
        ],
    )
    assert (said.value, said.evidence.ids) == (pytest.approx(0.1), ("N",))


def test_beneficiaries_with_enough_entries_have_values_of_their_own(tmp_path: Path) -> None:
    said = say(
        "PAY-002",
        tmp_path,
        distributors=[ROOT, member("D1")],
        orders=[sale("O", "R0", "1000.00")],
        payouts=[
            {"count": 49, **paid("P{i}", "D1", "O", "1.00")},
            paid("N", "D1", "", "1.00"),
            {"count": 49, **paid("Q{i}", "R0", "O", "1.00")},
        ],
    )
    rows, values = analytics.rules.pay_002.by_distributor(said.facts)
    assert said.facts.columns.distributors["id"].gather(rows).to_list() == ["D1"]
    assert values.value.tolist() == [pytest.approx(0.02)]


def kit(id: str, buyer: str, price: str) -> tuple[Row, Row]:
    order = own(id, buyer)
    del order["amount"]
    return order, line(id, "K", price)


def results(folder: Path, **parts: Any) -> dict[str, float]:
    said = say("PAY-003", folder, **parts)
    ids = said.facts.columns.distributors["id"]
    return dict(zip(ids, (analytics.rules.pay_003.results(said.facts) / 100).tolist(), strict=True))


def test_the_result_of_a_member(tmp_path: Path) -> None:
    """Commission and sold_for, less stock, entry money and linked orders; own use not."""
    order, of_kit = kit("K1", "D1", "300.00")
    card = {"kind": "card", "value": "1", "owner_kind": "distributor", "owner_id": "D1"}
    found = results(
        tmp_path,
        distributors=[ROOT, member("D1", joined="2025-01-01")],
        products=[KIT],
        orders=[
            order,
            own("S1", "D1", "900.00", at="2026-05-10"),  # 500 own use, 400 stock
            sale("W1", "D1", "70.00"),
            sale("R1", "D1", "1000.00"),
        ],
        order_lines=[of_kit],
        identifiers=[card, card | {"owner_kind": "order", "owner_id": "W1"}],
        resales=[
            {"distributor_id": "D1", "period": "2026-05", "amount": "100.00", "sold_for": "120.00"}
        ],
        payouts=[paid("P", "D1", "R1", "100.00")],
    )
    assert found["D1"] == pytest.approx(100 + 120 - 400 - 300 - 70)


def test_what_a_member_bought_before_joining_is_his_money(tmp_path: Path) -> None:
    before = sale("B1", "R0", "80.00", at="2026-02-01") | {"buyer_id": "C1"}
    found = results(
        tmp_path,
        distributors=[ROOT, member("D1", joined="2026-02-20")],
        customers=[{"customer_id": "C1", "became_distributor_id": "D1"}],
        orders=[before, before | {"order_id": "B0", "ordered_at": "2026-01-01"}],
    )
    assert found["D1"] == pytest.approx(-80)


def members(joined: str, price: str) -> dict[str, Any]:
    order, of_kit = kit("K1", "D1", price)
    return {
        "distributors": [ROOT, member("D1", joined=joined)],
        "products": [KIT],
        "orders": [order],
        "order_lines": [of_kit],
    }


@pytest.mark.parametrize(("price", "value"), [("1.00", 0), ("1.01", 1)])
def test_one_unit_is_no_loss(tmp_path: Path, price: str, value: float) -> None:
    assert say("PAY-003", tmp_path, **members("2026-01-01", price)).value == value


@pytest.mark.parametrize(("joined", "tenured"), [("2026-04-01", 1), ("2026-04-02", 0)])
def test_ninety_days_and_all_members(tmp_path: Path, joined: str, tenured: int) -> None:
    said = say("PAY-003", tmp_path, **members(joined, "50.00"))
    assert said.values.denominator[0] == tenured
    assert nothing(said.value) == (tenured == 0)
    assert said.shown("all_members") == 1


def test_roots_that_are_most_accounts_get_a_figure_of_their_own(tmp_path: Path) -> None:
    roots = [{"distributor_id": f"R{i}", "joined_at": "2024-01-01"} for i in range(3)]
    parts = members("2025-01-01", "50.00")
    parts["distributors"] = [*roots, member("D1")]
    said = say("PAY-003", tmp_path, **parts)
    assert (said.value, said.shown("roots_included")) == (1, 0.25)
