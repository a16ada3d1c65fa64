"""Findings and verdicts in the graph: one per identity, night by night, none twice."""

from typing import Any

import pytest

import graph.audit
import graph.findings
import graph.verdicts
from graph.connection import Database
from graph.keys import Row

NOW = 1_700_000_000_000


def found(rule: str = "REC-001", band: str = "high", **facts: Any) -> Row:
    """A row as the screening hands it over."""
    numbers = dict.fromkeys(graph.findings.NUMBERS)
    return {
        **numbers,
        "rule": rule,
        "version": "1.0.0",
        "rulebook": "1.0.0",
        "pack": "",
        "scope_kind": "network",
        "scope_id": "",
        "band": band,
        "shown_band": band,
        "value": 0.6,
        "why": "gate" if band == "NE" else "",
        "path": (),
        "evidence": {"kind": "order", "ids": ("O1", "O2"), "count": 2, "sha256": "s"},
        "shown": {"peak": 0.7},
        **facts,
    }


def branch(band: str, id: str = "D7", **facts: Any) -> Row:
    return found(band=band, scope_kind="branch", scope_id=id, path=("D1", "D7"), **facts)


def night(db: Database, day: int, *rows: Row, attempt: int = 1) -> dict[str, int]:
    as_of = f"2026-{1 + day // 28:02d}-{1 + day % 28:02d}"
    return graph.findings.save_all(
        db, rows, run_id=f"{as_of}#{attempt}", as_of=as_of, now_ms=NOW + day
    )


def one(db: Database, row: Row) -> Row:
    return graph.findings.by_ids(db, [graph.findings.identity(row)])[0]


@pytest.fixture
def db(empty_database: Database) -> Database:
    return empty_database


def test_a_finding_is_one_node_over_many_nights(db: Database) -> None:
    assert night(db, 0, found(band="none"), branch("info"))["opened"] == 0
    assert graph.findings.count(db, {}, now_ms=NOW) == 0
    assert night(db, 1, found(band="none"), branch("low")) == {
        "opened": 1,
        "open": 1,
        "noted": 1,
        "subsided": 0,
        "woken": 0,
    }
    for day in range(2, 5):
        night(db, day, found(band="none"), branch("high"))
    kept = one(db, branch("high"))
    assert (kept["band"], kept["life"].band_before, kept["life"].seen) == ("high", "low", 4)
    assert (kept["first_seen"], kept["last_seen"]) == ("2026-01-02", "2026-01-05")
    assert kept["path"] == ["D1", "D7"] and kept["review_state"] == "NEW"
    assert kept["evidence"]["ids"] == ["O1", "O2"] and kept["shown"] == {"peak": 0.7}
    noted = graph.findings.history(db, [kept["id"]])
    assert [(row["as_of"], row["band"]) for row in noted] == [
        ("2026-01-02", "low"),
        ("2026-01-03", "high"),
    ]
    assert graph.findings.cited_runs(db) == ["2026-01-03#1", "2026-01-05#1"]


def test_the_same_night_again_counts_once(db: Database) -> None:
    night(db, 0, branch("low"))
    for attempt in (1, 1, 2, 2):
        night(db, 1, branch("high"), attempt=attempt)
    assert one(db, branch("high"))["life"].seen == 2
    night(db, 1, found(band="none"), attempt=3)
    kept = one(db, branch("high"))
    assert (kept["band"], kept["life"].seen, kept["life"].below, kept["why"]) == (
        "none",
        1,
        1,
        "absent",
    )


def test_what_is_silent_never_opens_and_what_cannot_tell_keeps_it_open(db: Database) -> None:
    night(db, 0, branch("high"), found("STR-001", "critical"), found("STR-003", "low"))
    assert graph.findings.count(db, {}, now_ms=NOW) == 1
    night(db, 1, found(band="NE"))
    assert one(db, branch("high"))["why"] == "gate"
    night(db, 2)
    assert one(db, branch("high"))["why"] == "failed"
    life = one(db, branch("high"))["life"]
    assert (life.state, life.below, life.band) == ("open", 0, "NE")
    for day in range(3, 33):
        night(db, day, found(band="none"))
    assert one(db, branch("high"))["state"] == "subsided"
    assert graph.findings.cited_runs(db) == []
    assert night(db, 33, branch("low"))["open"] == 1
    assert one(db, branch("low"))["life"].opened == "2026-02-06"


def test_another_version_is_another_evaluation_and_rewrites_nothing(db: Database) -> None:
    night(db, 0, branch("high", value=0.6))
    night(db, 1, branch("high", version="2.0.0", value=0.9))
    noted = graph.findings.history(db, [graph.findings.identity(branch("high"))])
    assert [(row["version"], row["value"], row["run_id"]) for row in noted] == [
        ("1.0.0", 0.6, "2026-01-01#1"),
        ("2.0.0", 0.9, "2026-01-02#1"),
    ]


def test_pages_filter_and_sort(db: Database) -> None:
    rows = [branch(band, f"D{i}") for i, band in enumerate(["low", "high", "medium"] * 3)]
    night(db, 0, *rows)
    worst = graph.findings.page(db, "severity", {}, now_ms=NOW, first=4)
    assert [row["band"] for row in worst] == ["high"] * 3 + ["medium"] * 2
    behind = graph.findings.page(
        db, "severity", {}, now_ms=NOW, after=(worst[3]["calm"], worst[3]["id"])
    )
    assert [row["id"] for row in [*worst[:4], *behind]] == [
        row["id"] for row in graph.findings.page(db, "severity", {}, now_ms=NOW)
    ]
    wanted = {"severities": ["low"], "scope_id": "D3"}
    for sort in ("severity", "last_seen", "first_seen"):
        page = graph.findings.page(db, sort, wanted, now_ms=NOW)
        assert [row["scope_id"] for row in page] == ["D3"]
    assert graph.findings.count(db, {"severities": ["high"]}, now_ms=NOW) == 3


def verdict(word: str, *reasons: str) -> Row:
    return {
        "scope_kind": "network",
        "scope_id": "",
        "verdict": word,
        "typologies": ("T1",) if word == "ESCALATE" else (),
        "packs": {"generic": {"REC-001": "ok"}},
        "reasons": reasons,
    }


def test_a_verdict_is_kept_where_it_changes(db: Database) -> None:
    days = {"01": "CLEAR", "02": "CLEAR", "03": "ESCALATE", "04": "ESCALATE", "05": "REVIEW"}
    for day, word in days.items():
        run = {"run_id": f"2026-01-{day}#1", "as_of": f"2026-01-{day}"}
        graph.verdicts.save_all(db, [verdict(word, "REC-001")], **run)
        graph.verdicts.save_all(db, [verdict(word, "REC-001")], **run)
    scope = graph.verdicts.scope_of("network", "")
    assert [(row["as_of"], row["verdict"]) for row in graph.verdicts.history(db, scope)] == [
        ("2026-01-01", "CLEAR"),
        ("2026-01-03", "ESCALATE"),
        ("2026-01-05", "REVIEW"),
    ]
    stood = graph.verdicts.at(db, [scope], "2026-01-04")
    assert stood[0]["typologies"] == ["T1"] and stood[0]["packs"] == verdict("X")["packs"]
    assert graph.verdicts.at(db, [scope], "2025-12-31") == []
    assert graph.verdicts.at(db, [scope], "2030-01-01")[0]["verdict"] == "REVIEW"


def test_nights_leave_the_audit_alone_unless_they_wake_something(db: Database) -> None:
    night(db, 0, branch("high"))
    assert graph.audit.end(db)["seq"] == 0
