"""The review desk: inputs, what they ask of analytics.reviewing, and answers as data."""

import enum
from collections.abc import Callable, Sequence
from typing import Annotated

import strawberry

import analytics.reviewing
import graph.cases
import graph.changes
import graph.distributors
import graph.findings
import graph.lines
import graph.reviews
import schema.cases
import schema.findings
import schema.rules
from analytics.reviewing import Answer, Asked, Reviewer
from graph.connection import Database
from graph.keys import Row
from graph.reviews import Step
from schema.context import Info
from schema.nodes import type_and_own_id
from schema.refusals import NotFound, Refused, refused, unknown
from schema.scalars import Moment


@strawberry.enum(description="What is done to a finding.")
class ReviewMove(enum.Enum):
    """Words of analytics.reviewing."""

    TRIAGE = "triage"
    INVESTIGATE = "investigate"
    AWAIT_INFO = "await_info"
    PROPOSE_CLOSE = "propose_close"
    PROPOSE_ESCALATION = "propose_escalation"
    APPROVE = "approve"
    REJECT = "reject"
    REOPEN = "reopen"
    ASSIGN = "assign"
    COMMENT = "comment"
    SNOOZE = "snooze"
    APPROVE_SNOOZE = "approve_snooze"
    REJECT_SNOOZE = "reject_snooze"
    WAKE = "wake"


@strawberry.enum(description="What was found, apart from how far the review has come.")
class Outcome(enum.Enum):
    """Words of the outcomes."""

    CONFIRMED = "confirmed"
    USEFUL_ALERT = "useful_alert"
    FALSE_POSITIVE = "false_positive"
    INSUFFICIENT = "insufficient"


@strawberry.enum(description="What is done to a case.")
class CaseMove(enum.Enum):
    """Words of analytics.reviewing."""

    SET_DUE = "set_due"
    ASSIGN = "assign"
    COMMENT = "comment"
    CLOSE = "close_case"


@strawberry.enum(description="What a change is about.")
class ChangeKind(enum.Enum):
    """Words of the kinds."""

    RULE = "rule"
    THRESHOLD = "threshold"
    SETTING = "setting"


@strawberry.input(description="A decision about a finding.")
class ReviewInput:
    """What each move needs: analytics.reviewing says."""

    finding: str = strawberry.field(description="The finding: its own id, or the global one.")
    move: ReviewMove = strawberry.field(description="What to do.")
    reason: str = strawberry.field(
        default="", description="Why; a comment's text. Most moves do not go without."
    )
    outcome: Outcome | None = strawberry.field(
        default=None, description="With a proposal: what was found."
    )
    until: Moment | None = strawberry.field(default=None, description="With SNOOZE: until when.")
    assignee: str | None = strawberry.field(
        default=None, description="With ASSIGN: who; an empty name is nobody."
    )
    seen_version: int | None = strawberry.field(
        default=None, description="The review's version that was seen: refused if it has moved on."
    )


@strawberry.input(description="A new case.")
class NewCase:
    """With the findings that it begins with."""

    title: str = strawberry.field(description="What it is called.")
    organiser_id: str | None = strawberry.field(
        default=None, description="The own id of the organiser it is about."
    )
    due: Moment | None = strawberry.field(default=None, description="When it must be decided.")
    assignee: str | None = strawberry.field(default=None, description="Who works on it.")


@strawberry.input(description="A decision about a case.")
class CaseInput:
    """What each move needs: analytics.reviewing says."""

    case: str = strawberry.field(description="The case: its own id, or the global one.")
    move: CaseMove = strawberry.field(description="What to do.")
    reason: str = strawberry.field(default="", description="Why; a comment's text.")
    due: Moment | None = strawberry.field(default=None, description="With SET_DUE: until when.")
    assignee: str | None = strawberry.field(default=None, description="With ASSIGN: who.")


@strawberry.input(description="A change of a rule, a threshold or a setting, to be approved.")
class NewChange:
    """It waits for a second person."""

    kind: ChangeKind = strawberry.field(description="What it is about.")
    subject: str = strawberry.field(description="The rule's id, RULE:NAME, or the setting's name.")
    before: str = strawberry.field(description="What holds.")
    after: str = strawberry.field(description="What shall hold.")
    reason: str = strawberry.field(description="Why.")


Reviewed = Annotated[
    schema.findings.Finding | NotFound | Refused,
    strawberry.union("ReviewResult", description="The finding after the decision, or why not."),
]
CaseReviewed = Annotated[
    schema.cases.Case | NotFound | Refused,
    strawberry.union("CaseResult", description="The case after the decision, or why not."),
]
Changed = Annotated[
    schema.rules.Change | NotFound | Refused,
    strawberry.union("ChangeResult", description="The change after the decision, or why not."),
]


async def review(info: Info, given: ReviewInput) -> schema.findings.Finding | NotFound | Refused:
    """One decision about a finding."""
    asked = Asked(
        what=given.move.value,
        reason=given.reason,
        outcome=given.outcome.value if given.outcome else None,
        until_ms=given.until,
        assignee=given.assignee,
        version=given.seen_version,
    )
    now_ms = info.context.now_ms

    def decide(row: Row, who: Reviewer) -> Answer:
        return analytics.reviewing.decide(row, asked, who, now_ms)

    return await _of_finding(info, _own("Finding", given.finding), decide)


async def into_case(
    info: Info, finding: str, case: str | None
) -> schema.findings.Finding | NotFound | Refused:
    """A finding joins a case, or leaves its own."""
    into: Row | None = None
    if case is not None:
        rows = await info.context.read(graph.cases.by_ids, [_own("Case", case)])
        if not rows:
            return unknown(info.context.lang, "case", case)
        into = rows[0]

    def decide(row: Row, who: Reviewer) -> Answer:
        return analytics.reviewing.into_case(row, into, Asked("into_case"), who)

    return await _of_finding(info, _own("Finding", finding), decide)


async def open_case(info: Info, given: NewCase) -> schema.cases.Case | NotFound | Refused:
    """A new case."""
    lang, who = info.context.lang, await _reviewer(info, _ids(given.organiser_id))
    if not who.roles & analytics.reviewing.REVIEWERS:
        return refused(lang, "not_a_reviewer")
    if who.own_line:
        return refused(lang, "own_line")
    if not given.title.strip():
        return refused(lang, "reason_missing")
    if given.due is not None and given.due <= info.context.now_ms:
        return refused(lang, "due_past")
    if given.organiser_id is not None:
        ids = [given.organiser_id]
        if not await info.context.read(graph.distributors.by_ids, ids):
            return unknown(lang, "distributor", given.organiser_id)
    facts = {
        "title": given.title.strip(),
        "organiser_id": given.organiser_id,
        "due_ms": given.due,
        "assignee": given.assignee,
    }
    id = await info.context.write(graph.cases.open_case, facts, info.context.by())
    return await _case(info, id)


async def review_case(info: Info, given: CaseInput) -> schema.cases.Case | NotFound | Refused:
    """One decision about a case."""
    id, now_ms = _own("Case", given.case), info.context.now_ms
    rows = await info.context.read(graph.cases.by_ids, [id])
    if not rows:
        return unknown(info.context.lang, "case", given.case)
    who = await _reviewer(info, _ids(rows[0].get("organiser_id")))
    asked = Asked(given.move.value, given.reason, until_ms=given.due, assignee=given.assignee)

    def decide(row: Row) -> Answer:
        return analytics.reviewing.of_case(row, asked, who, now_ms)

    answer = await info.context.write(graph.cases.act, id, decide, info.context.by())
    return _why_not(info, answer) or await _case(info, id)


async def propose_change(info: Info, given: NewChange) -> schema.rules.Change | NotFound | Refused:
    """A change that waits for a second person."""
    who = await _reviewer(info, ())
    no = analytics.reviewing.may_decide("", who) or analytics.reviewing.reason_missing(given.reason)
    if no:
        return refused(info.context.lang, no.code, **no.facts)
    facts = {
        "kind": given.kind.value,
        "subject": given.subject,
        "before": given.before,
        "after": given.after,
        "reason": given.reason.strip(),
    }
    id = await info.context.write(graph.changes.propose, facts, info.context.by())
    return await _change(info, id)


async def decide_change(
    info: Info, id: str, approve: bool, reason: str
) -> schema.rules.Change | NotFound | Refused:
    """Approve or reject it."""
    who, now_ms = await _reviewer(info, ()), info.context.now_ms
    asked = Asked("approve_change" if approve else "reject_change", reason)

    def decide(row: Row) -> Answer:
        return analytics.reviewing.of_change(row, asked, who, now_ms)

    answer = await info.context.write(graph.changes.decide, id, decide, info.context.by())
    if answer is None:
        return unknown(info.context.lang, "change", id)
    return _why_not(info, answer) or await _change(info, id)


async def _of_finding(
    info: Info, id: str, decide: Callable[[Row, Reviewer], Answer]
) -> schema.findings.Finding | NotFound | Refused:
    rows = await info.context.read(graph.findings.by_ids, [id])
    if not rows:
        return unknown(info.context.lang, "finding", id)
    who = await _reviewer(info, rows[0]["scope_ids"])
    by = info.context.by()
    answer = await info.context.write(graph.reviews.act, id, lambda row: decide(row, who), by)
    if no := _why_not(info, answer):
        return no
    found = await info.context.read(schema.findings.by_ids, [id])
    return found[0] or unknown(info.context.lang, "finding", id)


async def _reviewer(info: Info, scope_ids: Sequence[str]) -> Reviewer:
    """The viewer, and whether those whom it is about stand in his own line."""
    viewer = info.context.viewer
    own = False
    if viewer.distributor_id is not None and scope_ids:
        own = await info.context.read(
            graph.lines.is_own, viewer.distributor_id, list(scope_ids), info.context.now_ms
        )
    return Reviewer(viewer.subject, viewer.roles, own)


def _why_not(info: Info, answer: Answer | None) -> Refused | None:
    if isinstance(answer, analytics.reviewing.Refused):
        return refused(info.context.lang, answer.code, **answer.facts)
    assert isinstance(answer, Step)
    return None


async def _case(info: Info, id: str) -> schema.cases.Case | NotFound:
    found = await info.context.read(schema.cases.by_ids, [id])
    return found[0] or unknown(info.context.lang, "case", id)


async def _change(info: Info, id: str) -> schema.rules.Change | NotFound:
    rows = await info.context.read(graph.changes.by_ids, [id])
    return schema.rules.change(rows[0]) if rows else unknown(info.context.lang, "change", id)


def _own(kind: str, id: str) -> str:
    """The own id of what is named by its own or its global id."""
    parts = type_and_own_id(id)
    return parts[1] if parts and parts[0] == kind else id


def _ids(id: str | None) -> tuple[str, ...]:
    return () if id is None else (id,)


def changes_in(db: Database, state: str) -> list[schema.rules.Change]:
    """Changes in one state, oldest first."""
    return [schema.rules.change(row) for row in graph.changes.by_state(db, state)]
