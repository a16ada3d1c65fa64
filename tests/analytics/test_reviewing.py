"""The review desk: what may be done, by whom; every refusal has its words."""

from typing import Any

import pytest

import analytics.reviewing
import graph.words
from analytics.reviewing import Asked, Refused, Reviewer
from graph.keys import Row
from graph.life import Life
from graph.model import DAY_MS
from graph.reviews import Step

MOVES = (
    "triage",
    "investigate",
    "await_info",
    "propose_close",
    "propose_escalation",
    "approve",
    "reject",
    "reopen",
)

NOW = 1_700_000_000_000
ANNA = Reviewer("anna", frozenset({"compliance"}))
BO = Reviewer("bo", frozenset({"compliance"}))


def finding(state: str = "NEW", band: str = "high", peak: str = "", **facts: Any) -> Row:
    life = Life("open", band, "none", "1", peak or band, "d", "d", "d", 1, 0)
    return {
        "id": "F",
        "band": band,
        "life": life,
        "review_state": state,
        "review_version": 0,
        **facts,
    }


def decide(row: Row, what: str, who: Reviewer = ANNA, **asked: Any) -> Step | Refused:
    given = {"reason": "because", "outcome": "false_positive", **asked}
    return analytics.reviewing.decide(row, Asked(what, **given), who, NOW)


def after(row: Row, what: str, who: Reviewer = ANNA, **asked: Any) -> Row:
    step = decide(row, what, who, **asked)
    assert isinstance(step, Step), step
    return {**row, **step.facts, "review_version": row["review_version"] + 1}


def code(answer: Step | Refused) -> str:
    assert isinstance(answer, Refused), answer
    return answer.code


def test_the_long_way_to_closed() -> None:
    row = finding()
    for what in ("triage", "investigate", "await_info", "investigate", "propose_close"):
        row = after(row, what)
    assert (row["review_state"], row["proposed_by"], row.get("outcome")) == (
        "PROPOSED_CLOSE",
        "anna",
        None,
    )
    row = after(row, "approve", BO)
    assert (row["review_state"], row["outcome"], row["quiet_band"], row["proposed_by"]) == (
        "CLOSED",
        "false_positive",
        "high",
        None,
    )
    row = after(row, "reopen")
    assert (row["review_state"], row["outcome"], row["quiet_band"]) == (
        "INVESTIGATING",
        None,
        None,
    )
    assert after(after(row, "propose_escalation"), "approve")["review_state"] == "ESCALATED"
    assert after(after(row, "propose_escalation"), "reject")["review_state"] == "INVESTIGATING"


ALLOWED = {
    "triage": {"NEW"},
    "investigate": {"TRIAGED", "AWAITING_INFO"},
    "await_info": {"INVESTIGATING"},
    "propose_close": {"INVESTIGATING", "AWAITING_INFO"},
    "propose_escalation": {"INVESTIGATING", "AWAITING_INFO"},
    "approve": {"PROPOSED_CLOSE", "PROPOSED_ESCALATION"},
    "reject": {"PROPOSED_CLOSE", "PROPOSED_ESCALATION"},
    "reopen": {"CLOSED", "ESCALATED"},
}


@pytest.mark.parametrize("what", MOVES)
@pytest.mark.parametrize("state", analytics.reviewing.STATES)
def test_every_move_from_every_state(what: str, state: str) -> None:
    answer = decide(finding(state, "low", proposed_by="bo"), what)
    if state in ALLOWED[what]:
        assert isinstance(answer, Step) and answer.old["review_state"] == state
    else:
        assert code(answer) == "wrong_state"


@pytest.mark.parametrize(
    ("band", "peak", "alone"),
    [
        ("low", "low", True),
        ("medium", "medium", True),
        ("high", "high", False),
        ("critical", "critical", False),
        ("none", "high", False),
        ("NE", "critical", False),
    ],
)
def test_four_eyes_close_what_is_or_was_high(band: str, peak: str, alone: bool) -> None:
    row = finding("PROPOSED_CLOSE", band, peak, proposed_by="anna")
    answer = decide(row, "approve")
    assert isinstance(answer, Step) if alone else code(answer) == "four_eyes"
    assert isinstance(decide(row, "approve", BO), Step)


def test_nobody_reviews_his_own_line_nor_without_the_role() -> None:
    own = Reviewer("anna", frozenset({"compliance"}), own_line=True)
    other = Reviewer("carl", frozenset({"finance", "auditor"}))
    for what in (*MOVES, "assign", "comment", "snooze", "wake"):
        assert code(decide(finding(), what, own)) == "own_line"
        assert code(decide(finding(), what, other)) == "not_a_reviewer"


def test_a_long_snooze_takes_two() -> None:
    short, long = NOW + 30 * DAY_MS, NOW + 30 * DAY_MS + 1
    row = after(finding(band="medium"), "snooze", until_ms=short)
    assert (row["snoozed_until_ms"], row["snoozed_by"], row["quiet_band"]) == (
        short,
        "anna",
        "medium",
    )
    assert after(row, "wake")["snoozed_until_ms"] is None
    row = after(finding(), "snooze", until_ms=long)
    assert row.get("snoozed_until_ms") is None
    assert code(decide(row, "approve_snooze")) == "four_eyes"
    assert after(row, "approve_snooze", BO)["snoozed_until_ms"] == long
    assert after(row, "reject_snooze")["snooze_asked_by"] is None
    assert code(decide(finding(), "snooze", until_ms=NOW)) == "snooze_past"
    assert code(decide(finding(), "snooze", until_ms=NOW + 400 * DAY_MS)) == "snooze_too_long"
    assert code(decide(finding(), "wake")) == "nothing_asked"
    assert code(decide(finding("CLOSED"), "snooze", until_ms=short)) == "wrong_state"


def test_what_has_to_be_said() -> None:
    row = finding("INVESTIGATING")
    assert code(decide(row, "propose_close", reason="  ")) == "reason_missing"
    assert code(decide(row, "comment", reason="x" * 4001)) == "reason_too_long"
    assert code(decide(row, "propose_close", outcome=None)) == "outcome_missing"
    assert code(decide(row, "propose_close", outcome="fine")) == "outcome_unknown"
    assert code(decide(row, "assign")) == "assignee_missing"
    assert code(decide(row, "assign", assignee="bo", version=3)) == "stale"
    assert after(row, "assign", assignee="bo")["assignee"] == "bo"


def test_cases_take_findings_and_close_when_they_are_decided() -> None:
    case: Row = {"id": "C1", "state": "open", "undecided": 1}
    step = analytics.reviewing.into_case(finding(), case, Asked("into_case"), ANNA)
    assert isinstance(step, Step) and step.facts == {"case_id": "C1"}
    elsewhere = finding(case_id="C2")
    assert (
        code(analytics.reviewing.into_case(elsewhere, case, Asked("into_case"), ANNA))
        == "case_elsewhere"
    )
    closing = Asked("close_case")
    assert code(analytics.reviewing.of_case(case, closing, ANNA, NOW)) == "case_open_findings"
    done = analytics.reviewing.of_case({**case, "undecided": 0}, closing, ANNA, NOW)
    assert isinstance(done, Step) and done.facts["state"] == "closed"
    due = analytics.reviewing.of_case(case, Asked("set_due", until_ms=NOW), ANNA, NOW)
    assert code(due) == "due_past"


def test_a_change_of_rules_takes_two() -> None:
    change: Row = {"id": "X", "state": "PROPOSED", "proposed_by": "anna"}
    asked = Asked("approve_change")
    assert code(analytics.reviewing.of_change(change, asked, ANNA, NOW)) == "four_eyes"
    step = analytics.reviewing.of_change(change, asked, BO, NOW)
    assert isinstance(step, Step) and step.facts["state"] == "APPROVED"
    assert code(analytics.reviewing.of_change({**change, **step.facts}, asked, BO, NOW)) == (
        "wrong_state"
    )


def test_every_refusal_and_every_word_of_the_lists_is_said_in_three_languages() -> None:
    words = graph.words.family("reviews")
    assert set(analytics.reviewing.REFUSALS) <= words.keys()
    lists = graph.words.family("findings")
    assert {f"review.{state}" for state in analytics.reviewing.STATES} <= lists.keys()
    assert {f"outcome.{one}" for one in analytics.reviewing.OUTCOMES} <= lists.keys()
    for one in (*words.values(), *lists.values()):
        assert set(one) == {"en", "zh-Hant", "zh-Hans"} and all(one.values())
