"""Cases: findings of one organiser that people look at together, with a date by which they must.

Stored: (:Case {id: C1, C2, ..., key, title, organiser_id, state: open | closed, due_ms, assignee,
opened_by, opened_ms, closed_by, closed_ms}); a finding names its case by case_id. A case without a
due date has due_ms OPEN_MS. The audit names a case as case:ID.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import graph.audit
import graph.keys
import graph.queries
from graph.connection import Database, Statements
from graph.keys import Row
from graph.model import OPEN_MS
from graph.reviews import DONE, By, Step

QUERIES = graph.queries.load("cases")

OPEN, CLOSED = "open", "closed"
STATES = (OPEN, CLOSED)

R = TypeVar("R")
Place = tuple[int, str]


def subject(id: str) -> str:
    """How the audit names a case."""
    return f"case:{id}"


def open_case(db: Database, facts: Row, by: By) -> str:
    """The id of a new case {title, organiser_id, due_ms or None, assignee or None}."""
    return db.together(lambda tx: _open_case(tx, facts, by))


def _open_case(tx: Statements, facts: Row, by: By) -> str:
    if written := graph.audit.subject_of(tx, by.key):
        return written.partition(":")[2]
    number = graph.keys.take_within(tx, "cases", 1) + 1
    id = f"C{number}"
    given = {name: value for name, value in facts.items() if value is not None}
    given = {"due_ms": OPEN_MS, **given, "state": OPEN, "opened_by": by.actor}
    tx.run(QUERIES["open_case"], id=id, facts={**given, "opened_ms": by.at_ms})
    step = Step("open_case", {}, None, given, "")
    graph.audit.append(tx, [by.act(step, subject(id))])
    return id


def act(db: Database, id: str, decide: Callable[[Row], Step | R], by: By) -> Step | R | None:
    """Let `decide` look at a case {... , findings, undecided}, held, and do what it says; as
    graph.reviews.act.
    """
    return db.together(lambda tx: _decided(tx, id, decide, by))


def _decided(tx: Statements, id: str, decide: Callable[[Row], Step | R], by: By) -> Step | R | None:
    rows = _hold(tx, id)
    if not rows:
        return None
    if graph.audit.holds(tx, by.key):
        return DONE
    held = {name: rows[0][name] for name in ("findings", "undecided")}
    step = decide({**rows[0]["facts"], **held})
    if isinstance(step, Step):
        _change(tx, id, dict(step.facts))
        graph.audit.append(tx, [by.act(step, subject(id))])
    return step


def _hold(tx: Statements, id: str) -> list[Row]:
    return tx.run(QUERIES["hold"], id=id)


def _change(tx: Statements, id: str, facts: Row) -> None:
    tx.run(QUERIES["change"], id=id, facts=facts)


def by_ids(db: Database, ids: Sequence[str]) -> list[Row]:
    """Cases {id, title, organiser_id, state, due_ms, ...} of the ids that exist, by id; what is
    not stored is not in the row.
    """
    return [row["facts"] for row in db.read(QUERIES["by_ids"], ids=list(ids))]


def by_due(db: Database, state: str, *, after: Place | None = None, first: int = 50) -> list[Row]:
    """A page of the cases of one state behind (due_ms, id), due first; first + 1 where there are
    more.
    """
    due_ms, id = after or (0, "")
    rows = db.read(QUERIES["by_due"], state=state, due_ms=due_ms, after=id, limit=first + 1)
    return [row["facts"] for row in rows]


def count(db: Database, state: str) -> int:
    """How many cases are in one state."""
    return int(db.read(QUERIES["count"], state=state)[0]["cases"])


def findings_of(db: Database, id: str) -> list[str]:
    """Ids of the findings of a case."""
    return [row["id"] for row in db.read(QUERIES["findings_of"], id=id)]
