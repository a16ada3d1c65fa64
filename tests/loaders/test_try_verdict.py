"""The judgement of a dry run: verdict.json, what is printed, payouts, a refused plan, packs."""

import json
from pathlib import Path
from typing import Any

import pytest

import loaders.dry_run
import loaders.verdict_file
import tests.loaders.trying
from graph.errors import Misconfigured
from tests.analytics.rules.examples import write
from tests.loaders.trying import CHAIN, Tried, sale, tree

RULE_KEYS = {
    "band",
    "value",
    "lower",
    "upper",
    "ci_lower",
    "ci_upper",
    "numerator",
    "denominator",
    "n",
    "why",
    "evidence",
}
KEYS = {
    "verdict",
    "as_of",
    "pack",
    "rulebook",
    "typologies",
    "packs",
    "reasons",
    "rules",
    "findings",
}
HEADS: dict[str, Any] = {
    "distributors": [
        {"distributor_id": "D0", "joined_at": "2025-01-01"},
        {
            "count": 39,
            "distributor_id": "D{i+1}",
            "sponsor_id": "D0",
            "joined_at": "2026-05-01+{i%28}d",
        },
    ],
    "orders": [
        {
            "count": 10,
            "order_id": "O{i}",
            "seller_id": "D0",
            "buyer_kind": "customer",
            "buyer_id": "C{i}",
            "ordered_at": "2026-05-01+{i}d",
            "amount": "100.00",
        }
    ],
    "payouts": [
        {
            "count": 39,
            "payout_id": "H{i}",
            "beneficiary_id": "D0",
            "basis": "recruit_event",
            "recruit_id": "D{i+1}",
            "amount": "50.00",
            "earned_at": "2026-05-05+{i%28}d",
        },
        {
            "count": 11,
            "payout_id": "P{i}",
            "beneficiary_id": "D0",
            "basis": "order_line",
            "order_id": "O{i%10}",
            "level": "1",
            "amount": "5.00",
            "earned_at": "2026-05-05+{i}d",
        },
    ],
}
"""Whoever joins is paid for, by the head."""
FOUR_LEVELS = 'rates = ["0.10", "0.05", "0.03", "0.02"]\nmax_paid_levels = 4\n'


def judged(tmp: Path, tables: dict[str, Any], plan: str | None = None, **more: Any) -> Any:
    folder = write(tmp / "folder", tables)
    code, said = tests.loaders.trying.attempt(folder, plan, tmp / "out", as_of="2026-06-30", **more)
    found = json.loads((tmp / "out" / "verdict.json").read_text("utf-8"))
    return code, said, found


def test_a_dry_run_writes_a_verdict_in_the_form_of_the_files(tried: Any, tmp_path: Path) -> None:
    ran: Tried = tried()
    found = json.loads((tmp_path / "out" / "verdict.json").read_text("utf-8"))
    assert set(found) >= KEYS
    assert (found["verdict"], found["pack"]) == ("INSUFFICIENT", "generic")
    assert len(found["rules"]) == 30
    assert all(set(rule) >= RULE_KEYS for rule in found["rules"].values())
    assert "INSUFFICIENT" in ran.said


def test_pay_for_heads_is_escalated_and_says_why_first(tmp_path: Path) -> None:
    code, said, found = judged(tmp_path, HEADS)
    assert code == 0
    assert found["verdict"] == "ESCALATE"
    assert "T1" in found["typologies"]
    assert found["rules"]["REC-002"]["band"] == "high"
    assert found["rules"]["REC-002"]["value"] == 195_000
    assert set(found["rules"]["REC-002"]["evidence"]) == {f"H{i}" for i in range(39)}
    assert found["rules"]["REC-001"]["band"] == "critical"
    assert found["reasons"][0].startswith("REC-001")
    assert "1. REC-001" in said
    assert "2. REC-002" in said


@pytest.mark.parametrize(
    ("lang", "word"),
    [("en", "Pay for a head"), ("zh-Hant", "按人頭計酬"), ("zh-Hans", "按人头计酬")],
)
def test_reasons_are_in_the_language_of_the_reader(tmp_path: Path, lang: str, word: str) -> None:
    settings = tests.loaders.trying.settings(tmp_path, lang=lang)
    _, said, found = judged(tmp_path, HEADS, settings=settings)
    assert any(word in reason for reason in found["reasons"])
    assert word in said


def test_a_refused_plan_is_judged_all_the_same(tmp_path: Path) -> None:
    folder = write(tmp_path / "folder", HEADS)
    with pytest.raises(Misconfigured):
        tests.loaders.trying.attempt(folder, FOUR_LEVELS, tmp_path / "out", as_of="2026-06-30")
    out = tmp_path / "out"
    found = json.loads((out / "verdict.json").read_text("utf-8"))
    assert "refused" in found["reasons"][0]
    assert found["verdict"] == "ESCALATE"
    assert found["rules"]["STR-002"]["value"] == 4
    assert not (out / "paths.csv").exists()


def test_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    judged(tmp_path, HEADS)
    first = (tmp_path / "out" / "verdict.json").read_bytes()
    judged(tmp_path, HEADS)
    assert (tmp_path / "out" / "verdict.json").read_bytes() == first


def test_all_packs_are_listed_whatever_is_active(tmp_path: Path) -> None:
    _, _, found = judged(tmp_path, HEADS, pack="in")
    assert found["pack"] == "in"
    assert found["packs"]["in"] == {"REC-002": "breach"}
    assert found["packs"]["sg"]["REC-002"] == "breach"
    assert found["packs"]["kr"]["ENT-002"] == "NE"
    assert "T8" not in found["typologies"]


def test_a_pack_of_one_paid_level_is_broken_by_three_but_its_source_is_from_memory(
    tmp_path: Path,
) -> None:
    folder = tests.loaders.trying.write(
        tmp_path / "folder",
        distributors=tree(CHAIN),
        orders=[sale(seller="D5", amount="100.00", buyer_kind="customer", buyer_id="C1")],
    )
    lines = {}
    for pack in ("cn-wechat", "cn-direct-selling"):
        out = tmp_path / pack
        tests.loaders.trying.attempt(folder, "", out, as_of="2026-03-31", pack=pack)
        found = json.loads((out / "verdict.json").read_text("utf-8"))
        lines[pack] = (found["packs"][pack]["STR-002"], "T8" in found["typologies"])
    assert lines == {"cn-wechat": ("breach", True), "cn-direct-selling": ("breach", False)}


def test_the_verdict_of_an_earlier_run_does_not_stay(tmp_path: Path) -> None:
    judged(tmp_path, HEADS)
    (tmp_path / "folder" / "orders.csv").unlink()
    with pytest.raises(Misconfigured):
        tests.loaders.trying.attempt(tmp_path / "folder", None, tmp_path / "out")
    assert not (tmp_path / "out" / loaders.verdict_file.VERDICT).exists()
