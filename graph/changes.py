"""Changes of rules, thresholds and settings: proposed by one person, in force once another agrees.

Stored: (:Change {id, kind: rule | threshold | setting, subject, before, after, reason, state:
PROPOSED | APPROVED | REJECTED, proposed_by, proposed_ms, decided_by, decided_ms}); before and after
are text, for a rule VERSION or VERSION:SHA256. Until it is APPROVED what it says runs beside the
live one, without alerting.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import graph.audit
import graph.keys
import graph.queries
from graph.connection import Database, Statements
from graph.keys import Row
from graph.reviews import DONE, By, Step

QUERIES = graph.queries.load("changes")

PROPOSED, APPROVED, REJECTED = "PROPOSED", "APPROVED", "REJECTED"
STATES = (PROPOSED, APPROVED, REJECTED)
RULE, THRESHOLD, SETTING = "rule", "threshold", "setting"
KINDS = (RULE, THRESHOLD, SETTING)

R = TypeVar("R")


def subject(id: str) -> str:
    """How the audit names a change."""
    return f"change:{id}"


def propose(db: Database, facts: Row, by: By) -> str:
    """The id of a new change {kind, subject, before, after, reason}."""
    return db.together(lambda tx: _proposed(tx, facts, by))


def _proposed(tx: Statements, facts: Row, by: By) -> str:
    id = by.key
    given = {**facts, "proposed_by": by.actor, "proposed_ms": by.at_ms}
    _propose(tx, id, given)
    step = Step("propose_change", {}, facts["before"], facts["after"], facts["reason"])
    graph.audit.append(tx, [by.act(step, subject(id))])
    return id


def _propose(tx: Statements, id: str, facts: Row) -> None:
    tx.run(QUERIES["propose"], id=id, facts=facts)


def decide(db: Database, id: str, decision: Callable[[Row], Step | R], by: By) -> Step | R | None:
    """Let `decision` look at a change, held, and do what it says; as graph.reviews.act."""
    return db.together(lambda tx: _decided(tx, id, decision, by))


def _decided(
    tx: Statements, id: str, decision: Callable[[Row], Step | R], by: By
) -> Step | R | None:
    rows = _hold(tx, id)
    if not rows:
        return None
    if graph.audit.holds(tx, by.key):
        return DONE
    step = decision(rows[0]["facts"])
    if isinstance(step, Step):
        _decide(tx, id, dict(step.facts))
        graph.audit.append(tx, [by.act(step, subject(id))])
    return step


def _hold(tx: Statements, id: str) -> list[Row]:
    return tx.run(QUERIES["hold"], id=id)


def _decide(tx: Statements, id: str, facts: Row) -> None:
    tx.run(QUERIES["decide"], id=id, facts=facts)


def by_state(db: Database, state: str) -> list[Row]:
    """Changes in one of STATES, oldest first."""
    return [row["facts"] for row in db.read(QUERIES["by_state"], state=state)]


def by_ids(db: Database, ids: Sequence[str]) -> list[Row]:
    """Changes of the ids that exist, by id."""
    return [row["facts"] for row in db.read(QUERIES["by_ids"], ids=list(ids))]


def in_force(db: Database) -> dict[tuple[str, str], str]:
    """What was approved last by (kind, subject): the text of `after`."""
    rows = sorted(by_state(db, APPROVED), key=lambda row: (row["decided_ms"], row["id"]))
    return {(row["kind"], row["subject"]): row["after"] for row in rows}
