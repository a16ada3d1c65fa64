"""Decisions, cases, changes and the audit in the graph: both written or neither, in one chain."""

from concurrent.futures import ThreadPoolExecutor

import pytest

import graph.audit
import graph.cases
import graph.changes
import graph.distributors
import graph.findings
import graph.identifiers
import graph.lines
import graph.reviews
from graph.audit import Act
from graph.connection import Database
from graph.keys import Row
from graph.model import OPEN_MS
from graph.queries import Query
from graph.reviews import By, Step
from tests.graph.test_findings import NOW, branch, night, one

WRITERS, EACH = 8, 12
TAMPER = Query("tests.tamper", "MATCH (e:AuditEntry {seq: $seq}) SET e.actor = 'nobody'")
DROP = Query("tests.drop", "MATCH (e:AuditEntry {seq: $seq}) DELETE e")
CUT = Query(
    "tests.cut",
    "MATCH (e:AuditEntry {seq: $seq}) WITH e, e.prev AS prev DELETE e"
    " WITH prev MATCH (head:Lock {id: 'audit'}) SET head.seq = $seq - 1, head.hash = prev",
)


@pytest.fixture
def db(empty_database: Database) -> Database:
    return empty_database


def by(key: str, actor: str = "anna") -> By:
    return By(actor, NOW, "request", key)


def closing(row: Row) -> Step:
    facts = {"review_state": "CLOSED", "quiet_band": row["band"]}
    return Step("close", facts, {"review_state": row["review_state"]}, facts, "why")


def test_a_decision_and_its_entry_are_written_once(db: Database) -> None:
    night(db, 0, branch("low"))
    id = graph.findings.identity(branch("low"))
    assert graph.reviews.act(db, "nothing", closing, by("k0")) is None
    assert graph.reviews.act(db, id, lambda row: "no", by("k0")) == "no"
    assert graph.audit.end(db)["seq"] == 0
    graph.reviews.act(db, id, closing, by("k1"))
    graph.reviews.act(db, id, closing, by("k1"))
    kept = one(db, branch("low"))
    assert (kept["review_state"], kept["review_version"]) == ("CLOSED", 1)
    entries = graph.audit.page_of_subject(db, id)
    assert [(row["actor"], row["action"], row["reason"]) for row in entries] == [
        ("anna", "close", "why")
    ]


def test_a_night_wakes_what_was_closed_at_a_lower_band_and_says_so(db: Database) -> None:
    night(db, 0, branch("low"))
    id = graph.findings.identity(branch("low"))
    graph.reviews.act(db, id, closing, by("k1"))
    night(db, 1, branch("low"))
    assert one(db, branch("low"))["review_state"] == "CLOSED"
    assert night(db, 2, branch("medium"))["woken"] == 1
    kept = one(db, branch("low"))
    assert (kept["review_state"], "quiet_band" in kept) == ("NEW", False)
    assert [row["action"] for row in graph.audit.page_of_subject(db, id)] == ["close", "woken"]
    assert graph.audit.verify(db).faults == ()


def test_eight_writers_make_one_chain(db: Database) -> None:
    def write(writer: int) -> None:
        for number in range(EACH):
            act = Act(f"{writer}-{number}", NOW, f"w{writer}", "viewed", f"D{number % 3}")
            graph.audit.record(db, [act])
            graph.audit.record(db, [act])  # tried again

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    check = graph.audit.verify(db)
    assert (check.entries, check.faults) == (WRITERS * EACH, ())
    entries = graph.audit.page(db)
    assert [row["seq"] for row in entries] == list(range(1, WRITERS * EACH + 1))
    for writer in range(WRITERS):
        mine = [row["key"] for row in entries if row["actor"] == f"w{writer}"]
        assert mine == [f"{writer}-{number}" for number in range(EACH)]


def acts(db: Database, count: int) -> list[Row]:
    graph.audit.record(db, [Act(f"k{i}", NOW, "anna", "comment", "F") for i in range(count)])
    return graph.audit.page(db)


def test_whatever_is_changed_dropped_or_cut_off_is_found(db: Database) -> None:
    rows = acts(db, 6)
    assert graph.audit.verify(db, head=rows[3]["hash"]).faults == ()
    db.write(CUT, seq=6)
    assert graph.audit.verify(db).faults == ()
    assert len(graph.audit.verify(db, head=rows[5]["hash"]).faults) == 1
    db.write(TAMPER, seq=2)
    assert graph.audit.verify(db).faults == ("entry 2 is not what was written",)
    db.write(DROP, seq=4)
    found = graph.audit.verify(db).faults
    assert "entry 5 stands where entry 4 should" in found and len(found) == 4


def test_a_case_groups_findings(db: Database) -> None:
    night(db, 0, branch("low"), branch("high", "D8"))
    facts: Row = {"title": "t", "organiser_id": "D1", "due_ms": None, "assignee": None}
    id = graph.cases.open_case(db, facts, by("c1"))
    assert graph.cases.open_case(db, facts, by("c1")) == id == "C1"
    for row in (branch("low"), branch("high", "D8")):

        def join(_: Row) -> Step:
            return Step("into_case", {"case_id": id}, None, id, "")

        graph.reviews.act(db, graph.findings.identity(row), join, by(row["scope_id"]))
    assert len(graph.cases.findings_of(db, id)) == 2
    held: list[Row] = []

    def due(case: Row) -> Step:
        held.append(case)
        return Step("set_due", {"due_ms": NOW + 1}, case["due_ms"], NOW + 1, "")

    graph.cases.act(db, id, due, by("c2"))
    assert (held[0]["findings"], held[0]["undecided"], held[0]["due_ms"]) == (2, 2, OPEN_MS)
    later = graph.cases.open_case(db, {**facts, "due_ms": NOW}, by("c3"))
    assert [row["id"] for row in graph.cases.by_due(db, "open")] == [later, id]
    assert [row["id"] for row in graph.cases.by_due(db, "open", after=(NOW, later))] == [id]
    assert graph.cases.count(db, "open") == 2
    assert graph.audit.verify(db).faults == ()


def test_a_change_is_in_force_once_decided(db: Database) -> None:
    facts = {"kind": "rule", "subject": "REC-001", "before": "1.0.0", "after": "2.0.0"}
    id = graph.changes.propose(db, {**facts, "reason": "new law"}, by("x1"))
    assert graph.changes.in_force(db) == {}
    assert [row["id"] for row in graph.changes.by_state(db, "PROPOSED")] == [id]
    decided = {"state": "APPROVED", "decided_by": "bo", "decided_ms": NOW}
    graph.changes.decide(
        db, id, lambda row: Step("approve_change", decided, None, None, ""), by("x2", "bo")
    )
    assert graph.changes.in_force(db) == {("rule", "REC-001"): "2.0.0"}
    assert [row["action"] for row in graph.audit.page_of_subject(db, f"change:{id}")] == [
        "propose_change",
        "approve_change",
    ]


def test_a_line_is_of_persons(db: Database) -> None:
    """D1 ── D2 ── D3 and D9; X1 is D1's person by person_id, Y1 is D3's by an identifier."""
    people = [{"id": f"D{i}"} for i in (1, 2, 3, 9)] + [{"id": "X1"}, {"id": "Y1"}]
    for row in people:
        row |= {"person_id": "p1"} if row["id"] in ("D1", "X1") else {}
    graph.distributors.save_all(db, people, seq=1)
    edges = [("D2", "D1"), ("D3", "D2"), ("D9", "D1")]
    graph.distributors.save_sponsors(
        db,
        [
            {"child_id": child, "sponsor_id": sponsor, "since_ms": 0, "until_ms": OPEN_MS}
            | {"reason": None}
            for child, sponsor in edges
        ],
        seq=1,
    )
    rows = [
        {"owner_kind": "distributor", "owner_id": id, "kind": "person", "value": "h"}
        for id in ("D3", "Y1")
    ]
    graph.identifiers.save_all(
        db, [{**row, "id": graph.identifiers.identity(row)} for row in rows], seq=1
    )
    own = {
        ("D2", "D2"): True,
        ("D3", "D1"): True,
        ("D1", "D3"): True,
        ("D9", "D3"): False,
        ("X1", "D3"): True,
        ("D3", "X1"): True,
        ("Y1", "D3"): True,
        ("Y1", "D9"): False,
        ("nobody", "D1"): False,
    }
    for (mine, other), expected in own.items():
        assert graph.lines.is_own(db, mine, [other], NOW) is expected, (mine, other)
