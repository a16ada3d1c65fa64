"""Findings as the API shows them: numbers with their bounds, evidence, life, and the review."""

import enum
from collections.abc import Awaitable, Sequence
from typing import Any

import strawberry
from strawberry import relay

import analytics.case_file
import graph.complaints
import graph.findings
import graph.life
import schema.audit
import schema.cases
import schema.distributors
import schema.evidence
import schema.finding_numbers
import schema.rules
import schema.runs
import schema.verdicts
from graph.connection import Database
from graph.keys import Row
from schema.audit import AuditEntry
from schema.coded import Coded, judged, judged_or_none
from schema.connections import After, Connection, First, Number, connection, page, sliced
from schema.context import Info
from schema.evidence import Evidence
from schema.fields import field
from schema.finding_numbers import Evaluation, Measured, ShownFigure
from schema.links import CaseLink, DistributorLink, RunLink, VerdictLink
from schema.nodes import in_order
from schema.scalars import Day, Moment
from schema.verdicts import ScopeKind


@strawberry.enum(description="How findings are sorted.")
class FindingSort(enum.Enum):
    """Worst first, or newest first."""

    SEVERITY = graph.findings.SEVERITY
    LAST_SEEN = graph.findings.LAST_SEEN
    FIRST_SEEN = graph.findings.FIRST_SEEN


@strawberry.enum(description="How bad a value is; NE: not evaluable.")
class Severity(enum.Enum):
    """Words of the bands."""

    NONE = "none"
    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"
    NE = "NE"


@strawberry.enum(description="Whether a finding stands.")
class FindingState(enum.Enum):
    """Words of the states."""

    OPEN = "open"
    SUBSIDED = "subsided"


@strawberry.enum(description="How far the review of a finding has come.")
class ReviewState(enum.Enum):
    """Words of the review."""

    NEW = "NEW"
    TRIAGED = "TRIAGED"
    INVESTIGATING = "INVESTIGATING"
    AWAITING_INFO = "AWAITING_INFO"
    PROPOSED_CLOSE = "PROPOSED_CLOSE"
    PROPOSED_ESCALATION = "PROPOSED_ESCALATION"
    CLOSED = "CLOSED"
    ESCALATED = "ESCALATED"


@strawberry.input(description="Which findings; what is left out does not narrow.")
class FindingFilter:
    """Each list means any of its words; everything given must hold."""

    rules: list[str] | None = strawberry.field(default=None, description="Ids of rules.")
    scope_kinds: list[ScopeKind] | None = strawberry.field(
        default=None, description="What they are about."
    )
    scope_id: str | None = strawberry.field(
        default=None, description="A distributor that they are about, alone or in a group."
    )
    packs: list[str] | None = strawberry.field(
        default=None, description="Packs; an empty name: findings of no pack."
    )
    states: list[FindingState] | None = strawberry.field(
        default=None, description="Open, subsided."
    )
    review_states: list[ReviewState] | None = strawberry.field(
        default=None, description="How far the review has come."
    )
    severities: list[Severity] | None = strawberry.field(
        default=None, description="The band of the last night."
    )
    assignee: str | None = strawberry.field(default=None, description="Who works on them.")
    case_id: str | None = strawberry.field(default=None, description="The case they belong to.")
    snoozed: bool | None = strawberry.field(
        default=None, description="Whether they rest at this moment."
    )


@strawberry.type(description="A complaint about a distributor.")
class Complaint:
    """As loaded."""

    complaint_id: str = strawberry.field(description="Its own id, as in files.")
    about_distributor_id: str = strawberry.field(description="About whom.")
    received_at: Moment | None = strawberry.field(description="When it came in.")
    kind: str | None = strawberry.field(description="What about, as recorded.")
    order_id: str | None = strawberry.field(description="On which order.")


@strawberry.type(description="What people have made of a finding.")
class Review:
    """The state of the review, apart from its outcome."""

    version: int = strawberry.field(description="Grows with every decision: give it back with one.")
    assignee: str | None = strawberry.field(description="Who works on it.")
    proposed_by: str | None = strawberry.field(description="Who proposed what waits for approval.")
    proposed_at: Moment | None = strawberry.field(description="When.")
    decided_at: Moment | None = strawberry.field(description="When it was closed or escalated.")
    snoozed_until: Moment | None = strawberry.field(
        description="Rests until then, unless it gets worse; null: it does not rest."
    )
    snooze_asked_until: Moment | None = strawberry.field(
        description="A long rest that waits for a second person."
    )
    snooze_asked_by: str | None = strawberry.field(description="Who asked for it.")
    row: strawberry.Private[Row]

    @field("How far it has come.")
    def state(self, info: Info) -> Coded:
        """A word of the review."""
        return judged("review", self.row["review_state"], info.context.lang)

    @field("What was found; null: nothing decided yet.")
    def outcome(self, info: Info) -> Coded | None:
        """A word of the outcomes."""
        return judged_or_none("outcome", self.row.get("outcome"), info.context.lang)

    @field("The outcome that was proposed.")
    def proposed_outcome(self, info: Info) -> Coded | None:
        """A word of the outcomes."""
        return judged_or_none("outcome", self.row.get("proposed_outcome"), info.context.lang)


@strawberry.type(description="One rule on one scope, as it stands after the last night.")
class Finding(relay.Node):
    """One per rule, scope and pack, brought up to date every night."""

    finding_id: str = strawberry.field(description="RULE|KIND|SCOPE|PACK.")
    rule_id: str = strawberry.field(description="The rule.")
    pack: str = strawberry.field(description="The pack whose limit it breaks; empty: none.")
    scope_id: str = strawberry.field(
        description='Ids of distributors joined by "+"; empty for the network.'
    )
    scope_ids: list[str] = strawberry.field(description="The same, one by one.")
    measured: Measured = strawberry.field(description="What the last night measured.")
    evidence: Evidence | None = strawberry.field(description="What it rests on.")
    first_seen: Day = strawberry.field(description="The first day at low or above.")
    last_seen: Day = strawberry.field(description="The last day at low or above.")
    opened: Day = strawberry.field(description="Since when it is open, this time.")
    times_seen: int = strawberry.field(description="Nights at low or above.")
    nights_below: int = strawberry.field(description="Nights below low since then.")
    row: strawberry.Private[Row]

    @classmethod
    def resolve_id(cls, root: Any, *, info: Info) -> str:
        """The identity within the global id."""
        return str(root.finding_id)

    @field("What was measured, or why nothing could be, as one sentence.")
    def sentence(self, info: Info) -> str | None:
        """None where the rulebook of today does not have its rule."""
        return analytics.case_file.sentences(self.row).get(info.context.lang)

    @field("What it is about.")
    def scope_kind(self, info: Info) -> Coded:
        """A word of the scopes."""
        return judged("scope", self.row["scope_kind"], info.context.lang)

    @field("Open, or subsided after thirty nights below low.")
    def state(self, info: Info) -> Coded:
        """A word of the states."""
        return judged("state", self.row["state"], info.context.lang)

    @field("The band before the one of the last night.")
    def severity_before(self, info: Info) -> Coded:
        """The last one that was another."""
        return judged("band", self.row["life"].band_before, info.context.lang)

    @field("The worst band since it is open.")
    def severity_peak(self, info: Info) -> Coded:
        """Closing takes two people from high up."""
        return judged("band", self.row["life"].peak, info.context.lang)

    @field("The rule in words, with its sources.")
    def rule(self) -> schema.rules.Rule | None:
        """None where the rulebook of today does not have it."""
        return schema.rules.by_id(self.rule_id)

    @field("What has been noted of it, oldest first: band, version, state, each with its night.")
    async def history(self, info: Info) -> list[Evaluation]:
        """Never rewritten."""
        rows = await info.context.batches.load(_histories, self.finding_id)
        return [schema.finding_numbers.evaluation(row) for row in rows]

    @field("The review.")
    def review(self) -> Review:
        """What people have made of it."""
        return _review(self.row)

    @field("Further figures, for people: never banded.")
    def shown(self) -> list[ShownFigure]:
        """By name."""
        return schema.finding_numbers.figures(self.row["shown"])

    @field("The way from a root down to it.")
    async def path(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[DistributorLink]:
        """Distributors, the root first."""
        return await _people(info, self.row["path"] or (), first, after)

    @field("Those whom it is about; none for the network.")
    async def distributors(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[DistributorLink]:
        """With their sanctions."""
        return await _people(info, self.scope_ids, first, after)

    @field("Complaints about those whom it is about, oldest first.")
    async def complaints(self, info: Info) -> list[Complaint]:
        """Beside the finding, never part of its value."""
        found = await info.context.batches.load_known(complaints_about, self.scope_ids)
        return [one for id in self.scope_ids for one in found.get(id, [])]

    @field("The night that measured it.", gives=RunLink | None)
    def run(self, info: Info) -> Awaitable[Any]:
        """Its snapshot gives the same value again."""
        return info.context.batches.load(schema.runs.by_ids, self.measured.run_id)

    @field("The verdict of its scope.")
    async def verdict(self, info: Info) -> VerdictLink | None:
        """As it stands now."""
        kind = ScopeKind(self.row["scope_kind"])
        return await schema.verdicts.of_scope(info, kind, self.scope_id, None)

    @field("The case that it belongs to.", gives=CaseLink | None)
    def case(self, info: Info) -> Awaitable["schema.cases.Case | None"] | None:
        """None where it belongs to none."""
        id = self.row.get("case_id")
        return None if id is None else info.context.batches.load(schema.cases.by_ids, id)

    @field("What people and nights did to it, oldest first, comments included.")
    async def audit(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[AuditEntry]:
        """A page of its part of the chain."""
        return await schema.audit.of_subject(info, self.finding_id, first, after)


def by_ids(db: Database, ids: Sequence[str]) -> list[Finding | None]:
    """Findings in the order of `ids`."""
    return in_order(ids, ((row["id"], finding(row)) for row in graph.findings.by_ids(db, ids)))


PLACES: dict[FindingSort, tuple[type[tuple[Any, ...]], str]] = {
    FindingSort.SEVERITY: (tuple[Number, str], "calm"),
    FindingSort.LAST_SEEN: (tuple[str, str], "last_seen"),
    FindingSort.FIRST_SEEN: (tuple[str, str], "first_seen"),
}


async def found(
    info: Info,
    wanted: FindingFilter | None,
    sort: FindingSort,
    first: int | None,
    after: str | None,
) -> Connection[Finding]:
    """A page of findings."""
    shape, name = PLACES[sort]
    asked, given = page(first, after, shape), narrowed(wanted)
    now_ms = info.context.now_ms
    rows = await info.context.read(
        graph.findings.page,
        sort.value,
        given,
        now_ms=now_ms,
        after=asked.after,
        first=asked.rows,
    )

    def count() -> Awaitable[int]:
        return info.context.read(graph.findings.count, given, now_ms=now_ms)

    return connection(rows, asked, lambda row: (row[name], row["id"]), finding, count)


async def about(
    info: Info, distributor_id: str, first: int | None, after: str | None
) -> Connection[Finding]:
    """A page of the findings about one distributor, worst first."""
    wanted = FindingFilter(scope_id=distributor_id)
    return await found(info, wanted, FindingSort.SEVERITY, first, after)


def narrowed(wanted: FindingFilter | None) -> Row:
    """A filter as graph.findings takes it."""
    if wanted is None:
        return {}
    given = {name: getattr(wanted, name) for name in graph.findings.FILTERS}
    return {name: _plain(value) for name, value in given.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [one.value if isinstance(one, enum.Enum) else one for one in value]
    return value


def complaints_about(db: Database, ids: Sequence[str]) -> list[list[Complaint]]:
    """Complaints about each distributor."""
    found: dict[str, list[Complaint]] = {id: [] for id in ids}
    for row in graph.complaints.about(db, ids):
        found[row["about_distributor_id"]].append(_complaint(row))
    return [found[id] for id in ids]


def _complaint(row: Row) -> Complaint:
    return Complaint(
        complaint_id=row["id"],
        about_distributor_id=row["about_distributor_id"],
        received_at=row["received_at_ms"],
        kind=row["kind"],
        order_id=row["order_id"],
    )


async def _people(
    info: Info, ids: Sequence[str], first: int | None, after: str | None
) -> Connection["schema.distributors.Distributor"]:
    asked = page(first, after, tuple[Number])
    behind = asked.after[0] + 1 if asked.after else 0
    shown = ids[behind : behind + asked.rows + 1]
    known = await info.context.batches.load_known(schema.distributors.by_ids, shown)
    rows = [{"place": place, "id": id} for place, id in enumerate(ids) if id in known]
    return sliced(rows, asked, lambda row: (row["place"],), lambda row: known[row["id"]])


def _histories(db: Database, ids: Sequence[str]) -> list[list[Row]]:
    found: dict[str, list[Row]] = {id: [] for id in ids}
    for row in graph.findings.history(db, ids):
        found[row["finding_id"]].append(row)
    return [found[id] for id in ids]


def finding(row: Row) -> Finding:
    """A finding as stored."""
    life: graph.life.Life = row["life"]
    return Finding(
        finding_id=row["id"],
        rule_id=row["rule"],
        pack=row["pack"],
        scope_id=row["scope_id"],
        scope_ids=row["scope_ids"],
        measured=schema.finding_numbers.measured(row),
        evidence=schema.evidence.evidence(row["evidence"]),
        first_seen=Day(life.first_seen),
        last_seen=Day(life.last_seen),
        opened=Day(life.opened),
        times_seen=life.seen,
        nights_below=life.below,
        row=row,
    )


def _review(row: Row) -> Review:
    return Review(
        version=row["review_version"],
        assignee=row.get("assignee"),
        proposed_by=row.get("proposed_by"),
        proposed_at=row.get("proposed_ms"),
        decided_at=row.get("decided_ms"),
        snoozed_until=row.get("snoozed_until_ms"),
        snooze_asked_until=row.get("snooze_asked_until_ms"),
        snooze_asked_by=row.get("snooze_asked_by"),
        row=row,
    )
