"""The rules on recruiting where their examples do not reach: fixtures, branches, substance."""

from pathlib import Path
from typing import Any

import pytest

import analytics.screening.evaluate
import analytics.screening.rulebook
from analytics.screening.finding import Screening
from tests.analytics.rules.examples import facts, write

RULES = analytics.screening.rulebook.all_rules()


def screened(tmp: Path, tables: dict[str, Any], *rules: str) -> Screening:
    found = facts(write(tmp / "folder", tables), as_of="2026-06-30", spool=tmp / "spool")
    chosen = {rule: RULES[rule] for rule in rules}
    return analytics.screening.evaluate.screen(found, as_of="2026-06-30", rules=chosen)


def grown(before: int, now: int, orders_before: int, orders_now: int) -> dict[str, Any]:
    joined = {"sponsor_id": "A"}
    order = {"seller_id": "A", "buyer_kind": "customer", "amount": "100.00"}
    return {
        "distributors": [
            {"distributor_id": "A", "joined_at": "2024-01-01"},
            {"count": before, "distributor_id": "B{i}", "joined_at": "2026-02-01", **joined},
            {"count": now, "distributor_id": "N{i}", "joined_at": "2026-05-01", **joined},
        ],
        "orders": [
            {
                "count": orders_before,
                "order_id": "O{i}",
                "buyer_id": "C{i}",
                "ordered_at": "2026-02-01",
                **order,
            },
            {
                "count": orders_now,
                "order_id": "Q{i}",
                "buyer_id": "C{i}",
                "ordered_at": "2026-05-01",
                **order,
            },
        ],
        "payouts": [],
    }


def test_the_ratio_of_ratios_of_the_fixture(tmp_path: Path) -> None:
    """FX15: recruits 40 to 90, real orders 400 to 420."""
    found = screened(tmp_path, grown(40, 90, 400, 420), "REC-003").rules["REC-003"]
    assert found.value == pytest.approx(2.1429, abs=1e-4)
    assert found.ci_lower == pytest.approx(1.5359, abs=1e-4)
    assert found.shown["p"] == pytest.approx(7.871e-5, rel=1e-3)


def test_two_to_five_is_not_evaluable(tmp_path: Path) -> None:
    assert screened(tmp_path, grown(2, 5, 10, 10), "REC-003").rules["REC-003"].band == "NE"


def test_second_accounts_of_a_person_are_no_recruits(tmp_path: Path) -> None:
    tables = grown(40, 40, 40, 40)
    tables["distributors"].append(
        {
            "count": 40,
            "distributor_id": "X{i}",
            "sponsor_id": "A",
            "joined_at": "2026-05-02",
            "person_id": "P0",
        }
    )
    found = screened(tmp_path, tables, "REC-004").rules["REC-004"]
    assert found.shown["recruits"] == 81


def unexplained(day: str) -> dict[str, Any]:
    """FX31 and more: `other` without ground to a root, so many days after each joining."""
    return {
        "distributors": [
            {"distributor_id": "A", "joined_at": "2024-01-01"},
            {
                "count": 40,
                "distributor_id": "J{i}",
                "sponsor_id": "A",
                "joined_at": "2026-01-01+{i*3}d",
            },
        ],
        "orders": [
            {
                "count": 50,
                "order_id": "O{i}",
                "seller_id": "A",
                "buyer_kind": "customer",
                "buyer_id": "C{i}",
                "ordered_at": "2026-05-01",
                "amount": "100.00",
            }
        ],
        "payouts": [
            {
                "count": 50,
                "payout_id": "P{i}",
                "beneficiary_id": "A",
                "basis": "order_line",
                "order_id": "O{i}",
                "amount": "92.00",
                "earned_at": "2026-05-01",
            },
            {
                "count": 40,
                "payout_id": "X{i}",
                "beneficiary_id": "A",
                "basis": "other",
                "amount": "10.00",
                "earned_at": day,
            },
        ],
    }


def test_unexplained_pay_counts_as_pay_for_recruiting(tmp_path: Path) -> None:
    found = screened(tmp_path, unexplained("2026-05-01"), "REC-001", "REC-002").rules
    assert found["REC-001"].value == pytest.approx(400 / 5000)
    assert found["REC-002"].value == 0


def test_pay_without_ground_after_every_joining_is_said(tmp_path: Path) -> None:
    found = screened(tmp_path, unexplained("2026-01-05+{i*3}d"), "REC-002").rules["REC-002"]
    assert (found.band, found.shown["soon_after_joining"]) == ("info", 1.0)
    assert found.value == 0


def test_head_pay_is_high_for_the_branch_it_belongs_to_and_no_other(tmp_path: Path) -> None:
    tables = {
        "distributors": [
            {"distributor_id": "A", "joined_at": "2024-01-01"},
            {"count": 2, "distributor_id": "B{i}", "sponsor_id": "A", "joined_at": "2024-01-02"},
            {
                "count": 24,
                "distributor_id": "J{i}",
                "sponsor_id": "B{i%2}",
                "joined_at": "2026-05-01",
            },
        ],
        "orders": [],
        "payouts": [
            {
                "count": 12,
                "payout_id": "P{i}",
                "beneficiary_id": "B0",
                "basis": "recruit_event",
                "recruit_id": "J{i*2}",
                "amount": "5.00",
                "earned_at": "2026-05-02",
            }
        ],
    }
    screening = screened(tmp_path, tables, "REC-002")
    bands = {one.scope_id for one in screening.findings if one.scope_kind == "organiser"}
    assert bands == {"A"}
    assert screening.verdicts["branch", "B0"].verdict == "ESCALATE"
    assert screening.verdicts["branch", "B1"].verdict != "ESCALATE"
