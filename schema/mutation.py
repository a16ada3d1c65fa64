"""Everything that can be changed: the review desk. Refusals are data; who acts is the viewer."""

from typing import Annotated

import strawberry

import schema.cases
import schema.desk
import schema.findings
import schema.rules
from schema.context import Info
from schema.desk import CaseReviewed, Changed, Reviewed
from schema.fields import field
from schema.refusals import NotFound, Refused

Finding = Annotated[
    str, strawberry.argument(description="The finding: its own id, or the global one.")
]


@strawberry.type(description="Everything that can be changed.")
class Mutation:
    """The root."""

    @field("Move a finding on, assign it, comment on it, let it rest, wake it.", gives=Reviewed)
    async def review_finding(
        self,
        info: Info,
        input: Annotated[schema.desk.ReviewInput, strawberry.argument(description="The decision.")],
    ) -> schema.findings.Finding | NotFound | Refused:
        """One decision."""
        return await schema.desk.review(info, input)

    @field("Open a case.", gives=CaseReviewed)
    async def open_case(
        self,
        info: Info,
        input: Annotated[schema.desk.NewCase, strawberry.argument(description="The case.")],
    ) -> schema.cases.Case | NotFound | Refused:
        """A new one."""
        return await schema.desk.open_case(info, input)

    @field("Put a finding into a case, or take it out.", gives=Reviewed)
    async def put_into_case(
        self,
        info: Info,
        finding: Finding,
        case: Annotated[
            str | None,
            strawberry.argument(description="The case; null takes the finding out of its own."),
        ] = None,
    ) -> schema.findings.Finding | NotFound | Refused:
        """One at a time."""
        return await schema.desk.into_case(info, finding, case)

    @field("Give a case a date or a person, comment on it, close it.", gives=CaseReviewed)
    async def review_case(
        self,
        info: Info,
        input: Annotated[schema.desk.CaseInput, strawberry.argument(description="The decision.")],
    ) -> schema.cases.Case | NotFound | Refused:
        """One decision."""
        return await schema.desk.review_case(info, input)

    @field("Propose a change of a rule, a threshold or a setting.", gives=Changed)
    async def propose_change(
        self,
        info: Info,
        input: Annotated[schema.desk.NewChange, strawberry.argument(description="The change.")],
    ) -> schema.rules.Change | NotFound | Refused:
        """It waits for a second person."""
        return await schema.desk.propose_change(info, input)

    @field("Approve or reject a change that somebody else proposed.", gives=Changed)
    async def decide_change(
        self,
        info: Info,
        id: Annotated[str, strawberry.argument(description="The change's own id.")],
        approve: Annotated[bool, strawberry.argument(description="False: reject.")],
        reason: Annotated[str, strawberry.argument(description="Why.")] = "",
    ) -> schema.rules.Change | NotFound | Refused:
        """Who proposed it may only reject it."""
        return await schema.desk.decide_change(info, id, approve, reason)
