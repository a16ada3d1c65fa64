"""Reviews: what people decide about findings, each decision and its audit entry in one transaction.

On (:Finding): review_state, review_version (grows with every decision), outcome, assignee,
proposed_by, proposed_ms, proposed_outcome, decided_ms, snoozed_until_ms, snoozed_by,
snooze_asked_until_ms, snooze_asked_by, quiet_band (the band at which it was put to rest), case_id.
Which decisions are possible: analytics.reviewing. Comments stand in the audit, under the finding.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import graph.audit
import graph.findings
import graph.queries
from graph.audit import Act
from graph.connection import Database, Statements
from graph.keys import Row

QUERIES = graph.queries.load("reviews")

R = TypeVar("R")


class Step(NamedTuple):
    """A decision: what it is called, what it writes, and old, new and reason for the audit."""

    action: str
    facts: Mapping[str, Any]
    old: Any
    new: Any
    reason: str


DONE = Step("done", {}, None, None, "")
"""A decision that was written by an earlier try."""


class By(NamedTuple):
    """Who decides, when, in which request; `key` is unique for this decision."""

    actor: str
    at_ms: int
    request_id: str
    key: str

    def act(self, step: Step, subject: str) -> Act:
        """The audit's entry of a decision about `subject`."""
        return Act(
            key=self.key,
            at_ms=self.at_ms,
            actor=self.actor,
            action=step.action,
            subject=subject,
            old=step.old,
            new=step.new,
            reason=step.reason,
            request_id=self.request_id,
        )


def act(db: Database, id: str, decide: Callable[[Row], Step | R], by: By) -> Step | R | None:
    """Let `decide` look at a finding, held, and do what it says; what is no Step is only handed on.

    None where there is no such finding. Tried again, a decision that was written stays one.
    """
    return db.together(lambda tx: _decided(tx, id, decide, by))


def _decided(tx: Statements, id: str, decide: Callable[[Row], Step | R], by: By) -> Step | R | None:
    rows = _hold(tx, id)
    if not rows:
        return None
    if graph.audit.holds(tx, by.key):
        return DONE
    step = decide(graph.findings.parsed(rows[0]))
    if isinstance(step, Step):
        _change(tx, id, step.facts)
        graph.audit.append(tx, [by.act(step, id)])
    return step


def _hold(tx: Statements, id: str) -> list[Row]:
    return tx.run(QUERIES["hold"], id=id)


def _change(tx: Statements, id: str, facts: Mapping[str, Any]) -> None:
    tx.run(QUERIES["change"], id=id, facts=dict(facts))


def outcomes(db: Database, *, now_ms: int) -> list[Row]:
    """Rows {rule, state, review_state, outcome, snoozed, findings}: how findings of each rule have
    ended, for the performance of rules.
    """
    return db.read(QUERIES["outcomes"], now_ms=now_ms)
