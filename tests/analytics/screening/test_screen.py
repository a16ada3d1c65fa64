"""Whole screenings of drawn networks: scopes, packs, what raises, intervals, backtests."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import analytics.rules.ret_001
import analytics.screening.backtest
import analytics.screening.evaluate
import analytics.screening.packs
import analytics.screening.rulebook
from analytics.facts.frames import Facts
from analytics.screening.finding import Screening
from graph.money import Exact
from tests.analytics.rules.examples import facts, write

AS_OF = "2026-06-30"
RULES = analytics.screening.rulebook.all_rules()


def network(tmp: Path, **tables: Any) -> Facts:
    folder = write(tmp / "folder", tables)
    return facts(folder, as_of=AS_OF, spool=tmp / "spool")


def entrants(fee: str, bonus: str) -> dict[str, Any]:
    """Sixty who pay a fee on joining, for each of whom one root is paid."""
    return {
        "distributors": [
            {"distributor_id": "A", "joined_at": "2025-01-01"},
            {
                "count": 60,
                "distributor_id": "J{i}",
                "sponsor_id": "A",
                "joined_at": "2026-05-01+{i%28}d",
            },
        ],
        "products": [{"product_id": "F", "name": "fee", "kind": "fee"}],
        "orders": [
            {
                "count": 60,
                "order_id": "O{i}",
                "seller_id": "A",
                "buyer_kind": "distributor",
                "buyer_id": "J{i}",
                "ordered_at": "2026-05-01+{i%28}d",
            }
        ],
        "order_lines": [
            {
                "count": 60,
                "order_id": "O{i}",
                "line_no": "1",
                "product_id": "F",
                "quantity": "1",
                "unit_price": fee,
            }
        ],
        "payouts": [
            {
                "count": 60,
                "payout_id": "P{i}",
                "beneficiary_id": "A",
                "basis": "recruit_event",
                "recruit_id": "J{i}",
                "amount": bonus,
                "earned_at": "2026-05-06+{i%28}d",
            }
        ],
    }


def screened(found: Facts, *packs: str) -> Screening:
    return analytics.screening.evaluate.screen(found, as_of=AS_OF, packs=packs or ("generic",))


def test_what_entrants_hardly_pay_for_is_medium_in_the_eu_only(tmp_path: Path) -> None:
    """FX11: a fee of 0.01 and a bonus of 10.00 per head."""
    found = network(tmp_path, **entrants("0.01", "10.00"))
    bands = {
        packs: screened(found, *packs).rules["REC-001"].band
        for packs in (("generic",), ("eu",), ("eu", "in"))
    }
    assert bands == {("generic",): "critical", ("eu",): "medium", ("eu", "in"): "critical"}


def test_entrants_who_pay_for_it_are_critical_in_the_eu_too(tmp_path: Path) -> None:
    found = network(tmp_path, **entrants("20.00", "10.00"))
    assert screened(found, "eu").rules["REC-001"].band == "critical"


def test_a_multiplier_shows_a_band_higher_and_moves_nothing(tmp_path: Path) -> None:
    tables = entrants("20.00", "10.00")
    tables["distributors"] += [
        {"count": 5, "distributor_id": "K{i}", "sponsor_id": "J{i}", "joined_at": "2026-06-01"}
    ]
    screening = screened(network(tmp_path, **tables), "cn-wechat")
    assert screening.rules["STR-001"].band == "info"
    assert (screening.rules["REC-002"].band, screening.rules["REC-002"].shown_band) == (
        "high",
        "critical",
    )


def test_a_rule_that_raises_is_alone_and_nothing_is_clear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("on purpose")

    monkeypatch.setattr(analytics.rules.ret_001, "work_out", broken)
    screening = screened(network(tmp_path, **entrants("20.00", "10.00")))
    assert screening.errors == {"RET-001": "ZeroDivisionError: on purpose"}
    assert (screening.rules["RET-001"].band, screening.rules["RET-001"].why) == ("NE", "failed")
    assert screening.verdict.verdict == "ESCALATE"
    assert all(one.verdict != "CLEAR" for one in screening.verdicts.values())


def test_roots_of_one_person_are_one_organiser(tmp_path: Path) -> None:
    chains: list[dict[str, Any]] = [
        {"distributor_id": root, "joined_at": "2025-01-01", "person_id": "X"} for root in "AB"
    ]
    for root in "AB":
        chains += [
            {"distributor_id": f"{root}1", "sponsor_id": root, "joined_at": "2025-01-02"},
            {
                "count": 14,
                "distributor_id": root + "2{i}",
                "sponsor_id": f"{root}1",
                "joined_at": "2025-01-03",
            },
        ]
    screening = screened(network(tmp_path, distributors=chains, orders=[], payouts=[]))
    organisers = {name for kind, name in screening.verdicts if kind == "organiser"}
    assert organisers == {"A", "B", "A+B"}


def test_same_facts_give_the_same_screening(tmp_path: Path) -> None:
    found = network(tmp_path, **entrants("20.00", "10.00"))
    assert screened(found) == screened(found)


def test_a_draft_alerts_nobody_and_says_what_it_would(tmp_path: Path) -> None:
    found = network(tmp_path, **entrants("20.00", "10.00"))
    book = RULES | {"REC-002": replace(RULES["REC-002"], draft=True)}
    screening = analytics.screening.evaluate.screen(found, as_of=AS_OF, rules=book)
    assert "REC-002" not in screening.rules
    assert [(one.rule, one.band) for one in screening.drafts] == [("REC-002", "high")]
    assert not [one for one in screening.findings if one.rule == "REC-002"]


def changed(rule: str, line: str) -> Any:
    """The rule with its alerting line moved."""
    old = RULES[rule]
    first, second, *rest = old.bands
    moved = (replace(first, upper=Exact(line)), replace(second, lower=Exact(line)), *rest)
    return replace(old, version="2.0.0", bands=moved)


def test_a_backtest_says_what_a_changed_line_changes(tmp_path: Path) -> None:
    found = network(tmp_path, **entrants("20.00", "10.00"))
    known = RULES["REC-006"]
    versions = [known, replace(known, version="2.0.0", gate={"orders": 50})]
    rows = analytics.screening.backtest.of_day(found, AS_OF, versions)
    difference = analytics.screening.backtest.difference(rows, "1.0.0", "2.0.0")
    network_row = difference.filter(difference["scope_kind"] == "network").to_dicts()
    assert [(row["band_before"], row["band_after"], row["change"]) for row in network_row] == [
        ("NE", "high", "new")
    ]
    assert analytics.screening.backtest.alerts(rows, "1.0.0").is_empty()


def test_samples_lie_on_both_sides_of_the_line(tmp_path: Path) -> None:
    found = network(tmp_path, **entrants("20.00", "10.00"))
    rule = replace(changed("REC-006", "0.2"), gate={"orders": 1})
    rows = analytics.screening.backtest.of_day(found, AS_OF, [rule])
    both = analytics.screening.backtest.sample(rows, rule, 1)
    assert both.above.height == 1
    assert set(both.above["band"]) == {"high"}
    assert both.below.is_empty()


@pytest.mark.parametrize(("first", "last"), [("x", "2026-01-01"), ("2026-02-01", "2026-01-01")])
def test_days_that_are_none_are_refused(first: str, last: str) -> None:
    with pytest.raises(Exception, match="--from"):
        analytics.screening.backtest.days(first, last)
