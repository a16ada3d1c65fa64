"""Verdicts, findings, rules and the review desk, as the API shows and changes them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import graph.audit
import graph.complaints
import graph.findings
import graph.verdicts
from graph.connection import Database
from schema.context import Viewer
from tests.graph.test_findings import found
from tests.schema.asking import Asking
from tests.schema.world import LATE_MS

AS_OF = "2024-07-01"
RUN = f"{AS_OF}#1"
ORDERS = {"kind": "order", "ids": ("HO-late", "HO-early"), "count": 2, "sha256": "s"}
BRANCH = "REC-001|branch|H2|"

As = Callable[..., None]


@pytest.fixture
def viewer(monkeypatch: pytest.MonkeyPatch) -> As:
    """Makes the next requests those of somebody."""

    def become(subject: str, *roles: str, distributor_id: str | None = None) -> None:
        seen = Viewer(subject, frozenset(roles or ("compliance",)), distributor_id)
        monkeypatch.setattr(Viewer, "unsigned", lambda: seen)

    return become


@pytest.fixture(scope="module")
def desk(service: Asking, database: Database) -> Iterator[Asking]:
    """The known network with findings, a verdict and a complaint."""
    rows = [
        found(band="medium", evidence=ORDERS),
        found(scope_kind="branch", scope_id="H2", path=("H1", "H2"), evidence=ORDERS),
        found("RET-001", "low", scope_kind="organiser", scope_id="H1", path=("H1",)),
        found("RET-006", "NE"),
    ]
    graph.findings.save_all(database, rows, run_id=RUN, as_of=AS_OF, now_ms=LATE_MS)
    verdict = {
        "scope_kind": "branch",
        "scope_id": "H2",
        "verdict": "ESCALATE",
        "typologies": ("T1",),
        "packs": {"generic": {"REC-001": "breach"}},
        "reasons": ("REC-001",),
    }
    graph.verdicts.save_all(database, [verdict], run_id=RUN, as_of=AS_OF)
    complaint = {"id": "K1", "about_distributor_id": "H2", "received_at_ms": LATE_MS}
    graph.complaints.save_all(database, [{**complaint, "kind": "pressure"}], seq=1)
    yield service


FINDING = """query ($id: String!) { finding(id: $id) {
  findingId ruleId scopeKind { code label } severityBefore { code }
  measured { value severity { code } runId asOf } firstSeen timesSeen
  evidence { kind count items { nodes { itemId node { ... on Order {
    orderId commissionPath { rows { nodes { beneficiaryId outcome { code } } } } } } } } }
  path { nodes { distributorId } } distributors { nodes { distributorId sanctionedAt } }
  complaints { complaintId kind } verdict { verdict { code } }
  history { number measured { severity { code } } }
  review { state { code } version outcome { code } assignee snoozedUntil }
  audit { nodes { actor action reason } }
} }"""
REVIEW = """mutation ($input: ReviewInput!) { reviewFinding(input: $input) {
  ... on Finding { review { state { code } version outcome { code } assignee } }
  ... on Refused { code message } ... on NotFound { code message } } }"""


def review(desk: Asking, move: str, id: str = BRANCH, **given: Any) -> Any:
    answer = desk.ask(REVIEW, input={"finding": id, "move": move, "reason": "because", **given})
    return answer["reviewFinding"]


def test_a_finding_opens_down_to_orders_and_their_paths(desk: Asking) -> None:
    one = desk.ask(FINDING, id=BRANCH)["finding"]
    assert one["measured"] == {
        "value": 0.6,
        "severity": {"code": "high"},
        "runId": RUN,
        "asOf": AS_OF,
    }
    items = one["evidence"]["items"]["nodes"]
    assert [item["node"]["orderId"] for item in items] == ["HO-late", "HO-early"]
    assert items[0]["node"]["commissionPath"]["rows"]["nodes"][0]["beneficiaryId"]
    assert [node["distributorId"] for node in one["path"]["nodes"]] == ["H1", "H2"]
    assert one["complaints"] == [{"complaintId": "K1", "kind": "pressure"}]
    assert one["verdict"] == {"verdict": {"code": "ESCALATE"}}
    assert one["history"] == [{"number": 1, "measured": {"severity": {"code": "high"}}}]


def test_findings_are_filtered_sorted_and_paged(desk: Asking) -> None:
    query = """query ($after: String, $filter: FindingFilter, $sort: FindingSort) {
      findings(filter: $filter, sort: $sort, first: 2, after: $after) { totalCount
        nodes { findingId } pageInfo { hasNextPage endCursor } } }"""
    wanted = {"rules": ["REC-001", "RET-001"], "severities": ["LOW", "MEDIUM", "HIGH"]}
    for sort in ("SEVERITY", "LAST_SEEN", "FIRST_SEEN"):
        one = desk.ask(query, filter=wanted, sort=sort)["findings"]
        assert one["totalCount"] == 3 and one["pageInfo"]["hasNextPage"]
        after = one["pageInfo"]["endCursor"]
        two = desk.ask(query, filter=wanted, sort=sort, after=after)["findings"]
        ids = [node["findingId"] for node in one["nodes"] + two["nodes"]]
        assert len(set(ids)) == 3
        if sort == "SEVERITY":
            assert ids == [BRANCH, "REC-001|network||", "RET-001|organiser|H1|"]
    about = '{ distributor(id: "H2") { findings { nodes { findingId } } verdict { since } } }'
    assert desk.ask(about)["distributor"] == {
        "findings": {"nodes": [{"findingId": BRANCH}]},
        "verdict": {"since": AS_OF},
    }


def test_a_verdict_is_asked_as_of_a_day(desk: Asking) -> None:
    query = """query ($day: Date) { verdict(scopeKind: BRANCH, scopeId: "H2", asOf: $day) {
      verdict { code label } since typologies { code name } packs { pack ruleId outcome }
      reasons { ruleId finding { findingId } } history { since } } }"""
    one = desk.ask(query)["verdict"]
    assert one["since"] == AS_OF and one["history"] == [{"since": AS_OF}]
    assert one["packs"] == [{"pack": "generic", "ruleId": "REC-001", "outcome": "breach"}]
    assert one["reasons"] == [{"ruleId": "REC-001", "finding": {"findingId": BRANCH}}]
    assert desk.ask(query, day="2024-06-30")["verdict"] is None


def test_rules_have_words_sources_and_edges(desk: Asking) -> None:
    query = """{ rules { ruleId version name question innocent triage gates { name least }
      legalWeight { label } bands { lower upper severity { code } }
      sources { cite status { code } } changes { changeId } } rule(id: "XXX-001") { name } }"""
    answer = desk.ask(query, {"accept-language": "zh-TW"})
    assert answer["rule"] is None and answer["rules"]
    assert all(one["name"] and one["sources"] is not None for one in answer["rules"])


def test_a_review_with_four_eyes(desk: Asking, viewer: As) -> None:
    viewer("anna")
    for move in ("TRIAGE", "INVESTIGATE"):
        assert review(desk, move)["review"]["version"]
    assert review(desk, "PROPOSE_CLOSE")["code"] == "outcome_missing"
    proposed = review(desk, "PROPOSE_CLOSE", outcome="FALSE_POSITIVE")["review"]
    assert proposed["state"] == {"code": "PROPOSED_CLOSE"} and proposed["version"] == 3
    assert review(desk, "APPROVE")["code"] == "four_eyes"
    viewer("bo")
    assert review(desk, "APPROVE", seenVersion=2)["code"] == "stale"
    closed = review(desk, "APPROVE", seenVersion=3)["review"]
    assert (closed["state"]["code"], closed["outcome"]["code"]) == ("CLOSED", "false_positive")
    audit = desk.ask(FINDING, id=BRANCH)["finding"]["audit"]["nodes"]
    assert [(one["actor"], one["action"]) for one in audit] == [
        ("anna", "triage"),
        ("anna", "investigate"),
        ("anna", "propose_close"),
        ("bo", "approve"),
    ]


def test_refusals_are_said_in_the_viewers_language(desk: Asking, viewer: As) -> None:
    viewer("carl", "auditor")
    body = {"finding": "RET-001|organiser|H1|", "move": "TRIAGE"}
    refused = desk.ask(REVIEW, {"accept-language": "zh-TW"}, input=body)["reviewFinding"]
    assert refused == {"code": "not_a_reviewer", "message": "只有合規人員可以處理此事項"}
    viewer("anna")
    assert review(desk, "TRIAGE", "nothing")["code"] == "not_found"


def test_nobody_reviews_his_own_line(desk: Asking, viewer: As) -> None:
    viewer("dora", distributor_id="H4")  # under H3 under H2 under H1
    assert review(desk, "REOPEN")["code"] == "own_line"
    assert review(desk, "TRIAGE", "RET-001|organiser|H1|")["code"] == "own_line"
    viewer("emil", distributor_id="H5")  # beside H2
    assert review(desk, "REOPEN")["review"]["state"]["code"] == "INVESTIGATING"


def test_a_case_from_opening_to_closing(desk: Asking, viewer: As) -> None:
    viewer("anna")
    opened = desk.ask(
        'mutation { openCase(input: {title: "H1", organiserId: "H1"})'
        " { ... on Case { caseId state { code } dueAt } } }"
    )["openCase"]
    assert opened["state"] == {"code": "open"} and opened["dueAt"] is None
    id = opened["caseId"]
    put = 'mutation { putIntoCase(finding: "RET-001|organiser|H1|", case: "%s") { ... on Finding'
    put += " { case { caseId findings { nodes { findingId } } } } } }"
    assert desk.ask(put % id)["putIntoCase"]["case"] == {
        "caseId": id,
        "findings": {"nodes": [{"findingId": "RET-001|organiser|H1|"}]},
    }
    case = "mutation ($input: CaseInput!) { reviewCase(input: $input) { ... on Case"
    case += " { dueAt state { code } } ... on Refused { code } } }"
    due = {"case": id, "move": "SET_DUE", "due": "2100-01-01T00:00:00Z"}
    assert desk.ask(case, input=due)["reviewCase"]["dueAt"] == "2100-01-01T00:00:00Z"
    closing = {"case": id, "move": "CLOSE"}
    assert desk.ask(case, input=closing)["reviewCase"] == {"code": "case_open_findings"}
    listed = desk.ask("{ cases { nodes { caseId audit { nodes { action } } } totalCount } }")
    assert id in [one["caseId"] for one in listed["cases"]["nodes"]]


def test_a_change_waits_for_a_second_person(desk: Asking, viewer: As) -> None:
    viewer("anna")
    propose = """mutation { proposeChange(input: {kind: THRESHOLD, subject: "REC-001:high",
      before: "1/2", after: "2/5", reason: "backtest"}) { ... on Change { changeId } } }"""
    id = desk.ask(propose)["proposeChange"]["changeId"]
    assert id in [
        one["changeId"] for one in desk.ask("{ changesWaiting { changeId } }")["changesWaiting"]
    ]
    decide = "mutation ($id: String!) { decideChange(id: $id, approve: true)"
    decide += " { ... on Change { state { code } decidedBy } ... on Refused { code } } }"
    assert desk.ask(decide, id=id)["decideChange"] == {"code": "four_eyes"}
    viewer("bo")
    assert desk.ask(decide, id=id)["decideChange"] == {
        "state": {"code": "APPROVED"},
        "decidedBy": "bo",
    }


def test_whoever_is_shown_a_name_stands_in_the_audit(desk: Asking, viewer: As) -> None:
    viewer("anna")
    assert desk.ask('{ distributor(id: "H1") { name } customer(id: "HC") { name } }')
    shown = desk.ask(
        "{ audit(first: 2) { nodes { actor action subject new } } auditHead { hash } }"
    )
    assert {(one["subject"], one["new"]) for one in shown["audit"]["nodes"]} == {
        ("personal:distributors", '["H1"]'),
        ("personal:customers", '["HC"]'),
    }
    head = shown["auditHead"]["hash"]
    assert graph.audit.verify(desk.database, head=head).faults == ()
