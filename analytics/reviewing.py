"""The review desk's decisions: what may be done to a finding, by whom, and what it makes of it.

    NEW → TRIAGED → INVESTIGATING ⇄ AWAITING_INFO
    INVESTIGATING | AWAITING_INFO → PROPOSED_CLOSE → CLOSED
                                  → PROPOSED_ESCALATION → ESCALATED
    a rejected proposal, and whatever is reopened, is INVESTIGATING again

Outcomes stand apart from states: what was found, not how far it has come. Four eyes: who proposed
to close a finding that is, or has been since it opened, high or critical does not approve it; the
same for a snooze beyond SNOOZE_ALONE_MS and for every change of rules, thresholds and settings.
Nobody reviews a finding of his own line. Pure: no database, no clock; a refusal is a value.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import graph.life
from graph.keys import Row
from graph.model import DAY_MS
from graph.reviews import Step

STATES = (
    "NEW",
    "TRIAGED",
    "INVESTIGATING",
    "AWAITING_INFO",
    "PROPOSED_CLOSE",
    "PROPOSED_ESCALATION",
    "CLOSED",
    "ESCALATED",
)
NEW, TRIAGED, INVESTIGATING, AWAITING_INFO, PROPOSED_CLOSE, PROPOSED_ESCALATION = STATES[:6]
CLOSED, ESCALATED = STATES[6:]
OUTCOMES = ("confirmed", "useful_alert", "false_positive", "insufficient")

REVIEWERS = frozenset({"compliance", "admin"})
SNOOZE_ALONE_MS = 30 * DAY_MS
SNOOZE_MAX_MS = 366 * DAY_MS
TEXT_MAX = 4_000

FOUR_EYES_FROM = "high"

REFUSALS = (
    "not_a_reviewer",
    "own_line",
    "stale",
    "wrong_state",
    "four_eyes",
    "reason_missing",
    "reason_too_long",
    "outcome_missing",
    "outcome_unknown",
    "snooze_past",
    "snooze_too_long",
    "nothing_asked",
    "assignee_missing",
    "case_closed",
    "case_open_findings",
    "case_elsewhere",
    "due_past",
)


@dataclass(frozen=True)
class Reviewer:
    """Who acts: `own_line` where the finding lies in the line of his person, up or down."""

    subject: str
    roles: frozenset[str]
    own_line: bool = False


@dataclass(frozen=True)
class Asked:
    """What he wants; `version`: the review version that he has seen, None: whatever it is."""

    what: str
    reason: str = ""
    outcome: str | None = None
    until_ms: int | None = None
    assignee: str | None = None
    version: int | None = None


@dataclass(frozen=True)
class Refused:
    """Why not: a code of REFUSALS and its facts, for the words in words/reviews.toml."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


Answer = Step | Refused


def decide(finding: Row, asked: Asked, who: Reviewer, now_ms: int) -> Answer:
    """What becomes of a finding, as graph.findings reads it, or why nothing does."""
    refused = _may_not(finding, asked, who) or _ill_said(asked)
    if refused:
        return refused
    if asked.what in _ONE_STEP:
        return _moved(finding, asked, *_ONE_STEP[asked.what])
    return _OTHERS[asked.what](finding, asked, who, now_ms)


def may_decide(proposed_by: str, who: Reviewer) -> Refused | None:
    """Why somebody may not decide what another proposed: a change of rules or settings."""
    if not who.roles & REVIEWERS:
        return Refused("not_a_reviewer")
    return Refused("four_eyes") if proposed_by == who.subject else None


def severity(finding: Row) -> str:
    """The worst band of a finding since it opened last."""
    return graph.life.worse(finding["life"].peak, finding["band"])


def needs_second(finding: Row) -> bool:
    """Whether closing it takes two people."""
    return graph.life.rank(severity(finding)) >= graph.life.rank(FOUR_EYES_FROM)


def reason_missing(reason: str) -> Refused | None:
    """Why a text does not do as a reason."""
    if not reason.strip():
        return Refused("reason_missing")
    return Refused("reason_too_long", {"most": TEXT_MAX}) if len(reason) > TEXT_MAX else None


def _may_not(finding: Row, asked: Asked, who: Reviewer) -> Refused | None:
    if not who.roles & REVIEWERS:
        return Refused("not_a_reviewer")
    if who.own_line:
        return Refused("own_line")
    if asked.version is not None and asked.version != finding["review_version"]:
        return Refused("stale", {"version": finding["review_version"]})
    return None


_REASONED = frozenset(
    "propose_close propose_escalation reject reopen snooze comment reject_snooze".split()
)


def _ill_said(asked: Asked) -> Refused | None:
    if asked.what in _REASONED and (refused := reason_missing(asked.reason)):
        return refused
    if len(asked.reason) > TEXT_MAX:
        return Refused("reason_too_long", {"most": TEXT_MAX})
    if asked.outcome is not None and asked.outcome not in OUTCOMES:
        return Refused("outcome_unknown", {"outcome": asked.outcome})
    return None


_ONE_STEP: Mapping[str, tuple[tuple[str, ...], str]] = {
    "triage": ((NEW,), TRIAGED),
    "investigate": ((TRIAGED, AWAITING_INFO), INVESTIGATING),
    "await_info": ((INVESTIGATING,), AWAITING_INFO),
}


def _moved(
    finding: Row, asked: Asked, allowed: tuple[str, ...], state: str, **facts: Any
) -> Answer:
    if finding["review_state"] not in allowed:
        return Refused("wrong_state", {"state": finding["review_state"], "move": asked.what})
    return _step(finding, asked, review_state=state, **facts)


def _step(finding: Row, asked: Asked, **facts: Any) -> Step:
    """What changes, beside what it was."""
    old = {name: finding.get(name) for name in facts}
    return Step(asked.what, facts, old, dict(facts), asked.reason.strip())


def _propose(finding: Row, asked: Asked, who: Reviewer, now_ms: int) -> Answer:
    if asked.outcome is None:
        return Refused("outcome_missing")
    state = PROPOSED_CLOSE if asked.what == "propose_close" else PROPOSED_ESCALATION
    proposed = {"proposed_by": who.subject, "proposed_ms": now_ms}
    return _moved(
        finding,
        asked,
        (INVESTIGATING, AWAITING_INFO),
        state,
        proposed_outcome=asked.outcome,
        **proposed,
    )


_NO_PROPOSAL = dict.fromkeys(("proposed_by", "proposed_ms", "proposed_outcome"))


def _approve(finding: Row, asked: Asked, who: Reviewer, now_ms: int) -> Answer:
    closing = finding["review_state"] == PROPOSED_CLOSE
    if closing and needs_second(finding) and finding["proposed_by"] == who.subject:
        return Refused("four_eyes")
    facts = {
        **_NO_PROPOSAL,
        "outcome": finding.get("proposed_outcome"),
        "decided_ms": now_ms,
        "quiet_band": _quiet(finding) if closing else None,
    }
    state = CLOSED if closing else ESCALATED
    return _moved(finding, asked, (PROPOSED_CLOSE, PROPOSED_ESCALATION), state, **facts)


def _reject(finding: Row, asked: Asked, who: Reviewer, now_ms: int) -> Answer:
    allowed = (PROPOSED_CLOSE, PROPOSED_ESCALATION)
    return _moved(finding, asked, allowed, INVESTIGATING, **_NO_PROPOSAL)


def _reopen(finding: Row, asked: Asked, who: Reviewer, now_ms: int) -> Answer:
    facts = dict.fromkeys(("outcome", "decided_ms", "quiet_band"))
    return _moved(finding, asked, (CLOSED, ESCALATED), INVESTIGATING, **facts)


def _assign(finding: Row, asked: Asked, who: Reviewer, now_ms: int) -> Answer:
    """To somebody, or to nobody by an empty name."""
    if asked.assignee is None:
        return Refused("assignee_missing")
    return _step(finding, asked, assignee=asked.assignee.strip() or None)


def _comment(finding: Row, asked: Asked, who: Reviewer, now_ms: int) -> Answer:
    return Step("comment", {}, None, None, asked.reason.strip())


_SNOOZE = dict.fromkeys(("snooze_asked_until_ms", "snooze_asked_by"))


def _snooze(finding: Row, asked: Asked, who: Reviewer, now_ms: int) -> Answer:
    """Sleep until a moment; for long only once a second person has agreed."""
    if finding["review_state"] in (CLOSED, ESCALATED):
        return Refused("wrong_state", {"state": finding["review_state"], "move": asked.what})
    if asked.until_ms is None or asked.until_ms <= now_ms:
        return Refused("snooze_past")
    if asked.until_ms - now_ms > SNOOZE_MAX_MS:
        return Refused("snooze_too_long", {"days": SNOOZE_MAX_MS // DAY_MS})
    if asked.until_ms - now_ms > SNOOZE_ALONE_MS:
        asking = {"snooze_asked_until_ms": asked.until_ms, "snooze_asked_by": who.subject}
        return _step(finding, asked, **asking)
    return _asleep(finding, asked, asked.until_ms, who.subject)


def _asleep(finding: Row, asked: Asked, until_ms: int, by: str) -> Step:
    facts = {"snoozed_until_ms": until_ms, "snoozed_by": by, "quiet_band": _quiet(finding)}
    return _step(finding, asked, **facts, **_SNOOZE)


def _approve_snooze(finding: Row, asked: Asked, who: Reviewer, now_ms: int) -> Answer:
    until_ms = finding.get("snooze_asked_until_ms")
    if until_ms is None:
        return Refused("nothing_asked")
    if finding["snooze_asked_by"] == who.subject:
        return Refused("four_eyes")
    if until_ms <= now_ms:
        return Refused("snooze_past")
    return _asleep(finding, asked, until_ms, finding["snooze_asked_by"])


def _reject_snooze(finding: Row, asked: Asked, who: Reviewer, now_ms: int) -> Answer:
    if finding.get("snooze_asked_until_ms") is None:
        return Refused("nothing_asked")
    return _step(finding, asked, **_SNOOZE)


def _wake(finding: Row, asked: Asked, who: Reviewer, now_ms: int) -> Answer:
    if finding.get("snoozed_until_ms") is None:
        return Refused("nothing_asked")
    facts = dict.fromkeys(("snoozed_until_ms", "snoozed_by"))
    kept = {} if finding["review_state"] == CLOSED else {"quiet_band": None}
    return _step(finding, asked, **facts, **kept)


def _quiet(finding: Row) -> str:
    """The band that it is put to rest at; one that cannot be told is as bad as it was."""
    band = str(finding["band"])
    return band if graph.life.rank(band) >= 0 else str(finding["life"].peak)


_OTHERS: Mapping[str, Callable[[Row, Asked, Reviewer, int], Answer]] = {
    "propose_close": _propose,
    "propose_escalation": _propose,
    "approve": _approve,
    "reject": _reject,
    "reopen": _reopen,
    "assign": _assign,
    "comment": _comment,
    "snooze": _snooze,
    "approve_snooze": _approve_snooze,
    "reject_snooze": _reject_snooze,
    "wake": _wake,
}


def into_case(finding: Row, case: Row | None, asked: Asked, who: Reviewer) -> Answer:
    """A finding joins an open case; None: it leaves the one that it is in."""
    refused = _may_not(finding, asked, who)
    if refused:
        return refused
    if case is None:
        return _step(finding, asked, case_id=None)
    if case["state"] != "open":
        return Refused("case_closed", {"case": case["id"]})
    if finding.get("case_id") not in (None, case["id"]):
        return Refused("case_elsewhere", {"case": finding["case_id"]})
    return _step(finding, asked, case_id=case["id"])


def of_case(case: Row, asked: Asked, who: Reviewer, now_ms: int) -> Answer:
    """A case gets another date or person, a comment, or is closed once its findings are decided."""
    if not who.roles & REVIEWERS:
        return Refused("not_a_reviewer")
    if who.own_line:
        return Refused("own_line")
    if refused := _ill_said(asked):
        return refused
    if asked.what == "comment":
        return _comment(case, asked, who, now_ms)
    if case["state"] != "open":
        return Refused("case_closed", {"case": case["id"]})
    return _CASE[asked.what](case, asked, who, now_ms)


def _set_due(case: Row, asked: Asked, who: Reviewer, now_ms: int) -> Answer:
    if asked.until_ms is None or asked.until_ms <= now_ms:
        return Refused("due_past")
    return _step(case, asked, due_ms=asked.until_ms)


def _close_case(case: Row, asked: Asked, who: Reviewer, now_ms: int) -> Answer:
    if case["undecided"]:
        return Refused("case_open_findings", {"count": case["undecided"]})
    return _step(case, asked, state="closed", closed_by=who.subject, closed_ms=now_ms)


_CASE: Mapping[str, Callable[[Row, Asked, Reviewer, int], Answer]] = {
    "set_due": _set_due,
    "assign": _assign,
    "close_case": _close_case,
}


def of_change(change: Row, asked: Asked, who: Reviewer, now_ms: int) -> Answer:
    """A proposed change of a rule, a threshold or a setting is approved by another, or rejected."""
    if change["state"] != "PROPOSED":
        return Refused("wrong_state", {"state": change["state"], "move": asked.what})
    if asked.what == "reject_change" and (refused := reason_missing(asked.reason)):
        return refused
    by = change["proposed_by"] if asked.what == "approve_change" else ""
    if refused := may_decide(by, who):
        return refused
    state = "APPROVED" if asked.what == "approve_change" else "REJECTED"
    return _step(change, asked, state=state, decided_by=who.subject, decided_ms=now_ms)
