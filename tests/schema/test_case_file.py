"""A case file holds what was found, by what law, who decided, and the head of the audit."""

import hashlib
import json

import pytest

import analytics.case_file
import graph.audit
import graph.cases
import graph.findings
import graph.reviews
from graph.connection import Database
from graph.errors import Missing
from graph.reviews import By, Step
from tests.graph.test_findings import NOW, found
from tests.schema.asking import Asking

ORDERS = {"kind": "order", "ids": ("HO-late",), "count": 1, "sha256": "s"}
RULE = "RET-003"
ID = f"{RULE}|organiser|H1|"


@pytest.fixture(scope="module")
def case(service: Asking, database: Database) -> str:
    """A case with one finding that somebody has looked at."""
    facts = {"scope_kind": "organiser", "scope_id": "H1", "path": ("H1",), "evidence": ORDERS}
    row = found(RULE, "medium", value=0.4, currency="CNY", n=200.0, **facts)
    as_of = "2024-07-01"
    graph.findings.save_all(database, [row], run_id=f"{as_of}#9", as_of=as_of, now_ms=NOW)
    about = {"title": "<H1>", "organiser_id": "H1", "due_ms": None, "assignee": None}
    id = graph.cases.open_case(database, about, By("anna", NOW, "r", "case-file-1"))

    def join(_: object) -> Step:
        return Step("into_case", {"case_id": id}, None, id, "belongs here")

    graph.reviews.act(database, ID, join, By("anna", NOW, "r", "case-file-2"))
    return id


def test_it_holds_facts_law_review_and_audit(case: str, database: Database) -> None:
    collected = analytics.case_file.collect(database, case, made_at_ms=NOW)
    body = analytics.case_file.as_json(collected)
    again = analytics.case_file.as_json(analytics.case_file.collect(database, case, made_at_ms=NOW))
    assert body == again
    kept = json.loads(body)
    one = kept["findings"][0]
    assert (one["id"], one["band"], one["path"]) == (ID, "medium", ["H1"])
    assert one["orders"][0]["id"] == "HO-late" and one["orders"][0]["entries"]
    assert one["says"].keys() == {"en", "zh-Hant", "zh-Hans"}
    assert kept["law"][0]["rule"] == RULE
    assert {source["status"] for source in kept["law"][0]["sources"]}
    actions = [entry["action"] for entry in kept["audit"]]
    assert {"open_case", "into_case"} <= set(actions)
    for entry in kept["audit"]:
        assert graph.audit.seal(entry) == entry["hash"]
    assert kept["audit_head"] == graph.audit.end(database)


def test_the_page_needs_nothing_else(case: str, database: Database) -> None:
    collected = analytics.case_file.collect(database, case, made_at_ms=NOW)
    sealed = hashlib.sha256(analytics.case_file.as_json(collected)).hexdigest()
    for lang, title in {"en": "Case file", "zh-Hant": "案卷", "zh-Hans": "案卷"}.items():
        page = analytics.case_file.as_html(collected, lang).decode()
        assert title in page and sealed in page and "&lt;H1&gt;" in page
        assert collected["audit_head"]["hash"] in page
        assert "<script" not in page and 'src="' not in page


def test_handing_it_over_is_told_to_the_audit(case: str, database: Database) -> None:
    analytics.case_file.handed_over(database, case, b"body", By("anna", NOW, "r", "case-file-3"))
    last = graph.audit.page_of_subject(database, graph.cases.subject(case))[-1]
    assert last["action"] == "handed_over"
    assert json.loads(last["new"]) == {"sha256": hashlib.sha256(b"body").hexdigest()}
    assert graph.audit.verify(database).faults == ()


def test_a_case_that_is_not_there(database: Database) -> None:
    with pytest.raises(Missing, match="no case C999"):
        analytics.case_file.collect(database, "C999", made_at_ms=NOW)


def test_reports_come_as_typed_tables(service: Asking) -> None:
    query = """query ($kind: ReportKind!) { report(kind: $kind) { reportId asOf title
      tables { code title columns { heading kind } rows(first: 3) { totalCount
      nodes { cells { text number } } } } } }"""
    for kind in ("DEPTH", "RECRUITMENT", "MONEY"):
        one = service.ask(query, kind=kind)["report"]
        assert one["asOf"] == "2024-06-30" and len(one["reportId"]) == 64
        for table in one["tables"]:
            for row in table["rows"]["nodes"]:
                assert len(row["cells"]) == len(table["columns"])
        assert service.ask(query, kind=kind)["report"] == one
    assert service.ask('{ report(kind: MONEY, asOf: "2020-01-01") { asOf } }')["report"] is None
