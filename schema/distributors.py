"""Distributors as the API shows them: who they are, what held when, and the links to their network.

Every field that depends on time takes `asOf` and means the sponsor tree or the status as it stood
at that moment; without it: now. Pages of the network are in schema/network.py.
"""

from collections.abc import Awaitable, Sequence
from typing import Annotated, Any

import strawberry
from strawberry import relay

import graph.audit
import graph.commissions
import graph.distributors
import schema.commissions
import schema.findings
import schema.network
import schema.orders
import schema.verdicts
from graph.audit import Seer
from graph.connection import Database
from graph.keys import Row
from graph.model import OPEN_MS
from schema.coded import Coded, listed, listed_or_none
from schema.connections import After, Connection, First
from schema.context import Info
from schema.fields import field
from schema.links import (
    ComplaintLink,
    CurrencyTotalLink,
    DistributorLink,
    EntryLink,
    FindingLink,
    LevelCountLink,
    OrderLink,
    UplineLink,
    VerdictLink,
)
from schema.nodes import in_order
from schema.scalars import Day, Moment, Period

AsOf = Annotated[
    Moment | None, strawberry.argument(description="The moment asked about; now if left out.")
]
InPeriod = Annotated[
    Period | None, strawberry.argument(description="Only this month; all months if left out.")
]


@strawberry.type(description="A stretch of time with one sponsor.")
class SponsorPeriod:
    """One dated sponsor edge."""

    since: Moment = strawberry.field(description="From this moment on.")
    until: Moment | None = strawberry.field(description="Up to this moment; null while it lasts.")
    reason: str | None = strawberry.field(description="Why it changed, as recorded.")
    sponsor_id: str = strawberry.field(description="The sponsor's own id.")

    @field("The sponsor.", gives=DistributorLink | None)
    def sponsor(self, info: Info) -> Awaitable["Distributor | None"] | None:
        """The sponsor of this stretch."""
        return load(info, self.sponsor_id)


@strawberry.type(description="A change of status or rank.")
class StatusChange:
    """One dated change; what it leaves as it was is null."""

    valid_from: Moment = strawberry.field(description="From this moment on.")
    rank: str | None = strawberry.field(description="The new rank; null: unchanged.")
    word: strawberry.Private[str | None]

    @field("The new status; null: unchanged.")
    def status(self, info: Info) -> Coded | None:
        """A word of DISTRIBUTOR_STATUS."""
        return listed_or_none("distributor_status", self.word, info.context.lang)


@strawberry.type(description="Status and rank at one moment.")
class Standing:
    """What held at the moment that was asked about."""

    rank: str | None = strawberry.field(description="The rank.")
    word: strawberry.Private[str]

    @field("The status.")
    def status(self, info: Info) -> Coded:
        """A word of DISTRIBUTOR_STATUS."""
        return listed("distributor_status", self.word, info.context.lang)


@strawberry.type(description="A member of the network, who sells and may sponsor others.")
class Distributor(relay.Node):
    """A distributor as stored; the name is personal and stands apart."""

    distributor_id: str = strawberry.field(description="Its own id, as in files.")
    joined_at: Moment | None = strawberry.field(description="When the distributor joined.")
    left_at: Moment | None = strawberry.field(description="When the distributor left for good.")
    region: str | None = strawberry.field(description="The distributor's region.")
    verified_at: Moment | None = strawberry.field(description="When the identity was verified.")
    certified_until: Moment | None = strawberry.field(description="Until when a certificate holds.")
    sanctioned_at: Moment | None = strawberry.field(description="When a sanction was imposed.")
    at_joining: strawberry.Private[tuple[str, str | None]]

    @classmethod
    def resolve_id(cls, root: Any, *, info: Info) -> str:
        """The own id within the global one."""
        return str(root.distributor_id)

    @field("The distributor's name (personal data).", gives=str | None)
    def name(self, info: Info) -> Awaitable[str | None]:
        """Read apart from the distributor."""
        return info.context.batches.load(_names, self.distributor_id, info.context.seer())

    @field("Status and rank at a moment.")
    async def standing(self, info: Info, as_of: AsOf = None) -> Standing:
        """From the dated changes."""
        changes = await info.context.batches.load(_changes, self.distributor_id)
        return _standing(self, changes, info.context.as_of(as_of))

    @field("All changes of status and rank, oldest first.")
    async def status_history(self, info: Info) -> list[StatusChange]:
        """Without what held at joining."""
        changes = await info.context.batches.load(_changes, self.distributor_id)
        return [
            StatusChange(valid_from=row["valid_from_ms"], rank=row["rank"], word=row["status"])
            for row in changes
        ]

    @field("The sponsor at a moment.", gives=DistributorLink | None)
    async def sponsor(self, info: Info, as_of: AsOf = None) -> "Distributor | None":
        """One hop up; null for a root."""
        at_ms = info.context.as_of(as_of)
        sponsor_id = await info.context.batches.load(_sponsors, self.distributor_id, at_ms)
        return await info.context.batches.load(by_ids, sponsor_id) if sponsor_id else None

    @field("All sponsors ever, oldest first.")
    async def sponsor_history(self, info: Info) -> list[SponsorPeriod]:
        """The dated edges."""
        edges = await info.context.batches.load(_sponsor_history, self.distributor_id)
        return [_sponsor_period(row) for row in edges]

    @field("The upline at a moment, nearest first, up to a root.")
    async def upline(
        self, info: Info, as_of: AsOf = None, first: First = None, after: After = None
    ) -> UplineLink:
        """A page of those above."""
        at_ms = info.context.as_of(as_of)
        return await schema.network.upline(info, self.distributor_id, at_ms, first, after)

    @field("Those whom this distributor sponsored directly at a moment.")
    async def children(
        self, info: Info, as_of: AsOf = None, first: First = None, after: After = None
    ) -> Connection[DistributorLink]:
        """A page of the first level below."""
        at_ms = info.context.as_of(as_of)
        return await schema.network.children(info, self.distributor_id, at_ms, first, after)

    @field("Those who stood a number of levels below at a moment.")
    async def downline(
        self,
        info: Info,
        level: Annotated[int, strawberry.argument(description="Levels below: 1 is the children.")],
        as_of: AsOf = None,
        first: First = None,
        after: After = None,
    ) -> Connection[DistributorLink]:
        """A page of one level."""
        place = (self.distributor_id, level, info.context.as_of(as_of))
        return await schema.network.downline(info, place, first, after)

    @field("How many stood on each level below at a moment.")
    async def count_by_level(
        self,
        info: Info,
        levels: Annotated[int, strawberry.argument(description="Levels to count, 1 to 64.")] = 10,
        as_of: AsOf = None,
    ) -> list[LevelCountLink]:
        """Levels without anybody are left out."""
        at_ms = info.context.as_of(as_of)
        return await schema.network.count_by_level(info, self.distributor_id, at_ms, levels)

    @field("The orders that this distributor sold, oldest first.")
    async def orders(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[OrderLink]:
        """A page by (ordered time, load order)."""
        return await schema.orders.of_seller(info, self.distributor_id, first, after)

    @field("The commission entries of this distributor, oldest first.")
    async def entries(
        self, info: Info, period: InPeriod = None, first: First = None, after: After = None
    ) -> Connection[EntryLink]:
        """A page by (booked time, id)."""
        return await schema.commissions.of_beneficiary(
            info, self.distributor_id, period, first, after
        )

    @field("What the entries add up to, each currency by itself.")
    async def totals(self, info: Info, period: InPeriod = None) -> list[CurrencyTotalLink]:
        """By currency; two are never added together."""
        rows = await info.context.batches.load(
            schema.commissions.totals_of, self.distributor_id, period
        )
        return schema.commissions.by_currency(rows)

    @field("What this distributor, with everybody below, came to, as of a day.")
    async def verdict(
        self,
        info: Info,
        as_of: Annotated[
            Day | None, strawberry.argument(description="The day; the last night if left out.")
        ] = None,
    ) -> VerdictLink | None:
        """As organiser or branch; null where he was not judged by himself."""
        kind = schema.verdicts.ScopeKind.DISTRIBUTOR
        return await schema.verdicts.of_scope(info, kind, self.distributor_id, as_of)

    @field("Findings about this distributor, worst first.")
    async def findings(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[FindingLink]:
        """A page of them."""
        return await schema.findings.about(info, self.distributor_id, first, after)

    @field("Complaints about this distributor, oldest first.")
    async def complaints(self, info: Info) -> list[ComplaintLink]:
        """As loaded."""
        return await info.context.batches.load(
            schema.findings.complaints_about, self.distributor_id
        )


def load(info: Info, id: str | None) -> Awaitable[Distributor | None] | None:
    """The distributor of an id, read with all others of its level; None for no id."""
    return None if id is None else info.context.batches.load(by_ids, id)


def by_ids(db: Database, ids: Sequence[str]) -> list[Distributor | None]:
    """Distributors in the order of `ids`."""
    rows = graph.distributors.by_ids(db, ids)
    return in_order(ids, ((row["id"], _distributor(row)) for row in rows))


def _distributor(row: Row) -> Distributor:
    return Distributor(
        distributor_id=row["id"],
        joined_at=row["joined_at_ms"],
        left_at=row["left_at_ms"],
        region=row["region"],
        verified_at=row["verified_at_ms"],
        certified_until=row["certified_until_ms"],
        sanctioned_at=row["sanctioned_at_ms"],
        at_joining=(row["status"] or "active", row["rank"]),
    )


def _names(db: Database, ids: Sequence[str], seer: Seer) -> list[str | None]:
    """Names, and that somebody was shown them."""
    rows = graph.distributors.names_of(db, ids)
    graph.audit.viewed(db, "distributors", [row["id"] for row in rows], seer)
    return in_order(ids, ((row["id"], row["name"]) for row in rows))


def _changes(db: Database, ids: Sequence[str]) -> list[list[Row]]:
    return _grouped(ids, "distributor_id", graph.distributors.status_changes_of(db, ids))


def _sponsor_history(db: Database, ids: Sequence[str]) -> list[list[Row]]:
    return _grouped(ids, "id", graph.distributors.sponsor_history_of(db, ids))


def _sponsors(db: Database, ids: Sequence[str], at_ms: int) -> list[str | None]:
    rows = graph.distributors.sponsors_of(db, ids, at_ms)
    return in_order(ids, ((row["id"], row["sponsor_id"]) for row in rows))


def _grouped(ids: Sequence[str], name: str, rows: list[Row]) -> list[list[Row]]:
    found: dict[str, list[Row]] = {id: [] for id in ids}
    for row in rows:
        found[row[name]].append(row)
    return [found[id] for id in ids]


def _standing(distributor: Distributor, changes: list[Row], at_ms: int) -> Standing:
    """What held at a moment; `left_at` ends a status for good."""
    status, rank = distributor.at_joining
    for change in changes:
        if change["valid_from_ms"] <= at_ms:
            status, rank = change["status"] or status, change["rank"] or rank
    if distributor.left_at is not None and distributor.left_at < at_ms:
        status = "terminated"
    return Standing(rank=rank, word=status)


def _sponsor_period(row: Row) -> SponsorPeriod:
    until = None if row["until_ms"] >= OPEN_MS else Moment(row["until_ms"])
    return SponsorPeriod(
        since=Moment(row["since_ms"]),
        until=until,
        reason=row["reason"],
        sponsor_id=row["sponsor_id"],
    )
