"""Verdicts as the API shows them: what a scope came to, since when, and by which reasons."""

import enum
from collections.abc import Awaitable, Sequence

import strawberry

import analytics.screening.typologies
import graph.keys
import graph.verdicts
import schema.findings
import schema.rules
from graph.connection import Database
from graph.keys import Row
from schema.coded import Coded, judged
from schema.context import Info
from schema.fields import field
from schema.links import FindingLink
from schema.scalars import Day

ALWAYS = "9999-12-31"


@strawberry.enum(description="Where a rule is evaluated: what a verdict or a finding is about.")
class ScopeKind(enum.Enum):
    """Words of the scopes."""

    NETWORK = "network"
    ORGANISER = "organiser"
    BRANCH = "branch"
    DISTRIBUTOR = "distributor"
    ORDER = "order"


LOOKED_UP = {
    ScopeKind.ORGANISER: ("organiser", "branch"),
    ScopeKind.DISTRIBUTOR: ("distributor", "branch", "organiser"),
}
"""Kinds under which a distributor's own verdict may stand, nearest to what was asked first."""


@strawberry.type(description="A kind of scheme that the bands add up to.")
class Typology:
    """One of the typologies of the rulebook."""

    code: str = strawberry.field(description="Its code, such as T1.")

    @field("Its name.")
    def name(self, info: Info) -> str:
        """In the viewer's language."""
        known = analytics.screening.typologies.known()
        return str(known[self.code].name[info.context.lang]) if self.code in known else self.code

    @field("What it says.")
    def says(self, info: Info) -> str:
        """In the viewer's language."""
        known = analytics.screening.typologies.known()
        return str(known[self.code].says[info.context.lang]) if self.code in known else self.code


@strawberry.type(description="What one rule of a jurisdiction's pack came to.")
class PackLine:
    """A line of a pack."""

    pack: str = strawberry.field(description="The pack.")
    rule_id: str = strawberry.field(description="The rule.")
    outcome: str = strawberry.field(description="ok, breach, or NE: not evaluable.")


@strawberry.type(description="One of the reasons of a verdict, the strongest first.")
class VerdictReason:
    """A rule, and its finding where there is one."""

    rule_id: str = strawberry.field(description="The rule.")
    finding_id: strawberry.Private[str]

    @field("The rule in words.")
    def rule(self) -> schema.rules.Rule | None:
        """None where the rulebook of today does not have it."""
        return schema.rules.by_id(self.rule_id)

    @field("The finding of this scope, where there is one.", gives=FindingLink | None)
    def finding(self, info: Info) -> Awaitable["schema.findings.Finding | None"]:
        """As it stands now."""
        return info.context.batches.load(schema.findings.by_ids, self.finding_id)


@strawberry.type(description="What a network, organiser, branch or distributor came to.")
class Verdict:
    """One verdict, and since when it stands."""

    scope_id: str = strawberry.field(
        description='Ids of distributors joined by "+"; empty for the network.'
    )
    since: Day = strawberry.field(description="The as-of day of the night that first said so.")
    run_id: str = strawberry.field(description="That night.")
    packs: list[PackLine] = strawberry.field(description="What jurisdictions hold against it.")
    typologies: list[Typology] = strawberry.field(description="Kinds of schemes that it fits.")
    row: strawberry.Private[Row]

    @field("Clear, review, escalate or insufficient.")
    def verdict(self, info: Info) -> Coded:
        """A word of the verdicts."""
        return judged("verdict", self.row["verdict"], info.context.lang)

    @field("What it is about.")
    def scope_kind(self, info: Info) -> Coded:
        """A word of the scopes."""
        return judged("scope", self.row["scope_kind"], info.context.lang)

    @field("Why, the strongest first.")
    def reasons(self) -> list[VerdictReason]:
        """By rule."""
        kind, id = self.row["scope_kind"], self.row["scope_id"]
        return [
            VerdictReason(rule_id=rule, finding_id=graph.keys.identity(rule, kind, id, ""))
            for rule in self.row["reasons"]
        ]

    @field("Every verdict that this scope has had, oldest first.")
    async def history(self, info: Info) -> list["Verdict"]:
        """One for each change."""
        rows = await info.context.read(graph.verdicts.history, self.row["scope"])
        return [_verdict(row) for row in rows]


async def of_scope(info: Info, kind: ScopeKind, id: str, as_of: str | None) -> Verdict | None:
    """The verdict that stood on a day, today's without one; None where nothing was judged."""
    for word in LOOKED_UP.get(kind, (kind.value,)):
        scope = graph.verdicts.scope_of(word, id)
        found: Verdict | None = await info.context.batches.load(_at, scope, as_of or ALWAYS)
        if found is not None:
            return found
    return None


def _at(db: Database, scopes: Sequence[str], as_of: str) -> list[Verdict | None]:
    rows = {row["scope"]: row for row in graph.verdicts.at(db, scopes, as_of)}
    return [_verdict(rows[scope]) if scope in rows else None for scope in scopes]


def _verdict(row: Row) -> Verdict:
    return Verdict(
        scope_id=row["scope_id"],
        since=Day(row["as_of"]),
        run_id=row["run_id"],
        packs=[
            PackLine(pack=pack, rule_id=rule, outcome=outcome)
            for pack, lines in sorted(row["packs"].items())
            for rule, outcome in sorted(lines.items())
        ],
        typologies=[Typology(code=code) for code in row["typologies"]],
        row=row,
    )
