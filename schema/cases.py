"""Cases as the API shows them: an organiser's findings together, with a date and a file."""

import enum
from collections.abc import Awaitable, Sequence
from typing import Any

import strawberry
from strawberry import relay

import graph.cases
import schema.audit
import schema.distributors
import schema.findings
from graph.connection import Database
from graph.keys import Row
from graph.model import OPEN_MS
from schema.audit import AuditEntry
from schema.coded import Coded, judged
from schema.connections import After, Connection, First, Number, connection, page
from schema.context import Info
from schema.fields import field
from schema.findings import FindingFilter, FindingSort
from schema.links import DistributorLink, FindingLink
from schema.nodes import in_order
from schema.scalars import Moment


@strawberry.enum(description="Whether a case is worked on.")
class CaseState(enum.Enum):
    """Words of the states."""

    OPEN = "open"
    CLOSED = "closed"


@strawberry.type(description="Findings that people look at together.")
class Case(relay.Node):
    """A case."""

    case_id: str = strawberry.field(description="Its own id, such as C1.")
    title: str = strawberry.field(description="What it is called.")
    organiser_id: str | None = strawberry.field(description="The organiser it is about.")
    due_at: Moment | None = strawberry.field(description="When it must be decided.")
    assignee: str | None = strawberry.field(description="Who works on it.")
    opened_by: str = strawberry.field(description="Who opened it.")
    opened_at: Moment = strawberry.field(description="When.")
    closed_by: str | None = strawberry.field(description="Who closed it.")
    closed_at: Moment | None = strawberry.field(description="When.")
    word: strawberry.Private[str]

    @classmethod
    def resolve_id(cls, root: Any, *, info: Info) -> str:
        """The own id within the global one."""
        return str(root.case_id)

    @field("Open or closed.")
    def state(self, info: Info) -> Coded:
        """A word of the states."""
        return judged("case", self.word, info.context.lang)

    @field("The organiser.", gives=DistributorLink | None)
    def organiser(self, info: Info) -> Awaitable["schema.distributors.Distributor | None"] | None:
        """None where it is about nobody in particular."""
        return schema.distributors.load(info, self.organiser_id)

    @field("Its findings, worst first.")
    async def findings(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[FindingLink]:
        """A page of them."""
        wanted = FindingFilter(case_id=self.case_id)
        return await schema.findings.found(info, wanted, FindingSort.SEVERITY, first, after)

    @field("What people did to it, oldest first, comments included.")
    async def audit(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[AuditEntry]:
        """A page of its part of the chain."""
        subject = graph.cases.subject(self.case_id)
        return await schema.audit.of_subject(info, subject, first, after)


def by_ids(db: Database, ids: Sequence[str]) -> list[Case | None]:
    """Cases in the order of `ids`."""
    return in_order(ids, ((row["id"], case(row)) for row in graph.cases.by_ids(db, ids)))


async def by_due(
    info: Info, state: CaseState, first: int | None, after: str | None
) -> Connection[Case]:
    """A page of cases, due first."""
    asked = page(first, after, tuple[Number, str])
    rows = await info.context.read(
        graph.cases.by_due, state.value, after=asked.after, first=asked.rows
    )

    def count() -> Awaitable[int]:
        return info.context.read(graph.cases.count, state.value)

    return connection(rows, asked, lambda row: (row["due_ms"], row["id"]), case, count)


def case(row: Row) -> Case:
    """A case as stored."""
    return Case(
        case_id=row["id"],
        title=row["title"],
        organiser_id=row.get("organiser_id"),
        due_at=None if row["due_ms"] >= OPEN_MS else Moment(row["due_ms"]),
        assignee=row.get("assignee"),
        opened_by=row["opened_by"],
        opened_at=row["opened_ms"],
        closed_by=row.get("closed_by"),
        closed_at=row.get("closed_ms"),
        word=row["state"],
    )
