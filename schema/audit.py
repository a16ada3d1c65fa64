"""The audit as the API shows it: who did what, when, why; each entry sealed by the one before."""

from collections.abc import Awaitable

import strawberry

import graph.audit
from graph.keys import Row
from schema.connections import Connection, Number, connection, page
from schema.context import Info
from schema.scalars import BigInt, Moment

LAST = 2**62


@strawberry.type(description="One act, never changed and never deleted.")
class AuditEntry:
    """An entry of the chain."""

    seq: BigInt = strawberry.field(description="Its place in the chain, from 1, without gaps.")
    at: Moment = strawberry.field(description="When.")
    actor: str = strawberry.field(description="Who.")
    action: str = strawberry.field(description="What was done.")
    subject: str = strawberry.field(description="To what: a finding, case:ID, change:ID, ...")
    old: str = strawberry.field(description="What was, as JSON.")
    new: str = strawberry.field(description="What is, as JSON.")
    reason: str = strawberry.field(description="Why, in the words of who did it.")
    request_id: str = strawberry.field(description="The request that it came with.")
    prev: str = strawberry.field(description="The hash of the entry before it.")
    hash: str = strawberry.field(description="The sha256 of this entry and of prev.")


@strawberry.type(description="Where the audit's chain ends.")
class AuditHead:
    """Keep it outside: it proves later that nothing was cut off."""

    seq: BigInt = strawberry.field(description="How many entries there are.")
    hash: str = strawberry.field(description="The hash of the last one.")


async def head(info: Info) -> AuditHead:
    """The end of the chain."""
    row = await info.context.read(graph.audit.end)
    return AuditHead(seq=BigInt(row["seq"]), hash=row["hash"])


async def latest(info: Info, first: int | None, after: str | None) -> Connection[AuditEntry]:
    """A page of all entries, newest first."""
    asked = page(first, after, tuple[Number])
    before = asked.after[0] if asked.after else LAST
    rows = await info.context.read(graph.audit.latest, before=before, first=asked.rows)

    async def count() -> int:
        return int((await info.context.read(graph.audit.end))["seq"])

    return connection(rows, asked, lambda row: (row["seq"],), entry, count)


async def of_subject(
    info: Info, subject: str, first: int | None, after: str | None
) -> Connection[AuditEntry]:
    """A page of what was done to one thing, oldest first."""
    asked = page(first, after, tuple[Number])
    behind = asked.after[0] if asked.after else 0
    rows = await info.context.read(
        graph.audit.page_of_subject, subject, after=behind, first=asked.rows
    )

    def count() -> Awaitable[int]:
        return info.context.read(graph.audit.count_of_subject, subject)

    return connection(rows, asked, lambda row: (row["seq"],), entry, count)


def entry(row: Row) -> AuditEntry:
    """An entry as stored."""
    return AuditEntry(
        seq=BigInt(row["seq"]),
        at=Moment(row["at_ms"]),
        **{
            name: row[name]
            for name in "actor action subject old new reason request_id prev hash".split()
        },
    )
