"""Nights screen what they have worked out; what they find can be worked out again later."""

import random
import shutil
from collections.abc import Mapping
from dataclasses import replace

import pytest

import analytics.night_changes
import analytics.night_findings
import analytics.nightly
import analytics.screening.rulebook
import graph.commissions
import graph.findings
import graph.loads
import graph.orders
import graph.payouts
import graph.verdicts
from analytics.watch import Watch
from graph.connection import Database
from graph.errors import Missing
from graph.keys import Row
from graph.settings import Settings
from tests.analytics import one_night
from tests.graph import drawn as graph_drawn
from tests.graph.drawn import DAY_MS, START_MS

AS_OF = "2024-06-30"
NETWORK = graph.verdicts.scope_of("network", "")


@pytest.fixture
def db(empty_database: Database, settings: Settings) -> Database:
    for name in ("snapshots", "nights"):
        shutil.rmtree(settings.data_folder / name, ignore_errors=True)
    drawn = graph_drawn.draw(400)
    graph_drawn.save(empty_database, drawn, seq=graph.loads.next_seq(empty_database))
    return empty_database


def night(db: Database, settings: Settings, as_of: str = AS_OF) -> Row:
    return analytics.nightly.run(db, settings, as_of, who=one_night.who(), watch=Watch()).run


def head_pay(db: Database, count: int) -> None:
    """Another system has paid for recruiting and for nothing else."""
    paid = {"basis": "recruit_event", "amount_minor": 90_000, "currency": "CNY"}
    rows = (
        {**paid, "id": f"Y{i}", "beneficiary_id": f"D{i % 40}", "recruit_id": f"D{i + 40}"}
        | {"earned_at_ms": START_MS + 200 * DAY_MS}
        for i in range(count)
    )
    graph.payouts.save_all(db, rows, seq=graph.loads.next_seq(db))


def standing(db: Database) -> Mapping[str, Row]:
    found = graph.findings.page(db, graph.findings.SEVERITY, {}, now_ms=1, first=900)
    return {row["id"]: row for row in found}


def test_a_night_screens_and_keeps_what_it_found(db: Database, settings: Settings) -> None:
    head_pay(db, 200)
    run = night(db, settings)
    told = run["totals"]["screening"]
    assert told["errors"] == {}
    assert told["verdict"] == "ESCALATE"
    verdict = graph.verdicts.at(db, [NETWORK], AS_OF)[0]
    assert (verdict["verdict"], verdict["run_id"]) == ("ESCALATE", run["id"])
    finding = standing(db)["REC-002|network||"]
    assert (finding["band"], finding["run_id"]) == ("high", run["id"])
    assert run["counts"]["findings"]["open"] == len(standing(db)) > 0


def test_the_same_night_again_finds_nothing_twice(db: Database, settings: Settings) -> None:
    head_pay(db, 200)
    night(db, settings)
    before = set(standing(db))
    graph.orders.save_all(db, [], seq=graph.loads.next_seq(db))
    again = night(db, settings)
    assert again["id"] == f"{AS_OF}#2"
    assert set(standing(db)) == before


def test_a_finding_is_worked_out_again_after_later_loads(db: Database, settings: Settings) -> None:
    head_pay(db, 200)
    first = night(db, settings)
    found = standing(db)
    later = graph_drawn.order(random.Random(3), 9_000, 400)
    graph.orders.save_all(db, [later], seq=graph.loads.next_seq(db))
    head_pay(db, 400)
    for id, finding in found.items():
        again = analytics.night_findings.recompute(db, settings, id)
        assert again.same and again.same_rule, (id, again.now)
        assert finding["run_id"] == first["id"]


def test_own_commission_is_judged_with_what_the_night_itself_booked(
    db: Database, settings: Settings
) -> None:
    run = night(db, settings)
    assert run["counts"]["commissions"]["entries"] > 0
    facts = analytics.night_findings.Kept(settings, run).facts(db)
    ids = graph.commissions.of_orders(db, facts.columns.orders["id"].to_list())
    assert facts.commission["amount"].sum() == sum(entry["amount_minor"] for entry in ids) > 0
    night(db, settings, "2024-07-01")
    for id in standing(db):
        assert analytics.night_findings.recompute(db, settings, id).same, id


def test_snapshots_that_open_findings_cite_stay(
    db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    head_pay(db, 200)
    first = night(db, settings)
    monkeypatch.setattr(graph.findings, "cited_runs", lambda _: [first["id"]])
    for day in (1, 2, 3):
        night(db, settings, f"2024-07-0{day}")
    folders = {path.name for path in (settings.data_folder / "snapshots").iterdir()}
    assert folders == {"2024-06-30.1", "2024-07-02.1", "2024-07-03.1"}
    monkeypatch.setattr(graph.findings, "cited_runs", lambda _: [])
    night(db, settings, "2024-07-04")
    folders = {path.name for path in (settings.data_folder / "nights" / "findings").iterdir()}
    assert folders == {"2024-07-03.1", "2024-07-04.1"}


def test_what_is_not_there_is_missing(db: Database, settings: Settings) -> None:
    with pytest.raises(Missing, match="no finding"):
        analytics.night_findings.recompute(db, settings, "REC-001|network||")
    head_pay(db, 200)
    night(db, settings)
    shutil.rmtree(settings.data_folder / "snapshots")
    with pytest.raises(Missing, match="no longer kept"):
        analytics.night_findings.recompute(db, settings, "REC-002|network||")


def test_a_rule_that_raises_is_told_and_the_others_stand(
    db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    head_pay(db, 200)
    module = analytics.screening.rulebook.all_rules()["RET-001"].module

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("of the test")

    monkeypatch.setattr(module, "work_out", broken)
    run = night(db, settings)
    assert set(run["totals"]["screening"]["errors"]) == {"RET-001"}
    assert run["counts"]["findings"]["failed"] == 1
    assert "REC-002|network||" in standing(db)
    assert run["totals"]["screening"]["verdict"] != "CLEAR"


def test_a_changed_rule_waits_for_a_second_person(settings: Settings) -> None:
    rules = analytics.screening.rulebook.all_rules()
    agreed = analytics.night_changes.agreed
    first = agreed(rules, settings, {}, {})
    assert (first.waiting, first.rules) == ((), rules)
    changed = {**rules, "RET-001": replace(rules["RET-001"], version="2.0.0")}
    second = agreed(changed, settings, first.kept, {})
    assert second.waiting == ("RET-001",)
    assert [name for name, rule in second.rules.items() if rule.draft] == ["RET-001"]
    assert second.kept == first.kept
    third = agreed(changed, settings, second.kept, {("rule", "RET-001"): "2.0.0"})
    assert third.waiting == () and third.kept != first.kept
    assert agreed(changed, settings, third.kept, {}).waiting == ()
    assert agreed(rules, settings, third.kept, {}).waiting == ("RET-001",), "the old one again too"


def test_a_changed_setting_waits_with_its_old_value(settings: Settings) -> None:
    agreed = analytics.night_changes.agreed
    first = agreed({}, settings, {}, {})
    other = replace(settings, allowance="CNY=1.00")
    second = agreed({}, other, first.kept, {})
    assert (second.waiting, second.settings.allowance) == (("allowance",), settings.allowance)
    third = agreed({}, other, second.kept, {("setting", "allowance"): "CNY=1.00"})
    assert (third.waiting, third.settings.allowance) == ((), "CNY=1.00")
