"""Pages of the sponsor tree at one moment: upline, children, downline, counts.

The upline is paged by climbing on from the last ancestor shown, so that a page costs its own hops
however deep the tree is. Children and downline are paged by the distributors' load order.
"""

from collections.abc import Awaitable, Sequence

import strawberry
from strawberry import relay

import graph.distributors
import schema.distributors
from graph.connection import Database
from graph.keys import Row
from schema.connections import (
    Connection,
    Count,
    Number,
    Page,
    connection,
    cursor_of,
    info_of,
    page,
)
from schema.context import Info
from schema.fields import field
from schema.links import DistributorLink
from schema.refusals import BadInput

LEVELS_MAX = 64


@strawberry.type(description="Somebody above, with the number of hops up to him.")
class UplineEdge:
    """An ancestor and his position."""

    cursor: str = strawberry.field(description="The place of this row; opaque.")
    position: int = strawberry.field(description="Hops up: 1 is the sponsor.")
    ancestor_id: strawberry.Private[str]

    @field(
        "The ancestor; null for a viewer who may not see who it is.", gives=DistributorLink | None
    )
    def node(self, info: Info) -> Awaitable["schema.distributors.Distributor | None"]:
        """Read with all others of the page."""
        return info.context.batches.load(schema.distributors.by_ids, self.ancestor_id)


@strawberry.type(description="A page of an upline, nearest first.")
class UplineConnection:
    """Those above; there is no count, because it would climb the whole upline."""

    page_info: relay.PageInfo = strawberry.field(description="Where the page lies.")
    edges: list[UplineEdge] = strawberry.field(description="The ancestors, nearest first.")


@strawberry.type(description="How many distributors stand on one level below.")
class LevelCount:
    """One level of a downline."""

    level: int = strawberry.field(description="Levels below: 1 is the children.")
    distributors: int = strawberry.field(description="How many stand there.")


async def upline(
    info: Info, id: str, at_ms: int, first: int | None, after: str | None
) -> UplineConnection:
    """A page of those above `id`; the cursor is (position, id) of an ancestor."""
    asked = page(first, after, tuple[Number, str])
    position, start = asked.after or (0, id)
    ids = await info.context.batches.load(_above, start, at_ms, asked.rows + 1)
    edges = [
        UplineEdge(cursor=cursor_of((place, ancestor_id)), position=place, ancestor_id=ancestor_id)
        for place, ancestor_id in enumerate(ids[: asked.rows], position + 1)
    ]
    where = info_of([edge.cursor for edge in edges], asked, more=len(ids) > asked.rows)
    return UplineConnection(page_info=where, edges=edges)


async def children(
    info: Info, id: str, at_ms: int, first: int | None, after: str | None
) -> Connection["schema.distributors.Distributor"]:
    """A page of those whom `id` sponsors; first pages of one level are read together."""
    asked = page(first, after, tuple[Number])
    if asked.after is None:
        rows = await info.context.batches.load(_first_children, id, at_ms, asked.rows)
    else:
        rows = await info.context.read(
            graph.distributors.children_page, id, at_ms, after=asked.after[0], first=asked.rows
        )
    return await _connected(info, rows, asked, _level_count(info, id, 1, at_ms))


async def downline(
    info: Info, place: tuple[str, int, int], first: int | None, after: str | None
) -> Connection["schema.distributors.Distributor"]:
    """A page of one level; `place` is (id, level, moment in ms)."""
    id, level, at_ms = place
    _check_levels("level", level)
    asked = page(first, after, tuple[Number])
    rows = await info.context.read(
        graph.distributors.downline_page,
        id,
        at_ms,
        level,
        after=asked.after[0] if asked.after else -1,
        first=asked.rows,
    )
    return await _connected(info, rows, asked, _level_count(info, id, level, at_ms))


async def count_by_level(info: Info, id: str, at_ms: int, levels: int) -> list[LevelCount]:
    """Counts of the levels that have anybody."""
    _check_levels("levels", levels)
    counts = await info.context.read(graph.distributors.count_by_level, id, at_ms, levels)
    return [LevelCount(level=level, distributors=count) for level, count in enumerate(counts, 1)]


async def everybody(
    info: Info, first: int | None, after: str | None
) -> Connection["schema.distributors.Distributor"]:
    """A page of all distributors; keys have no gaps, so a page is a range of them."""
    asked = page(first, after, tuple[Number])
    start = asked.after[0] + 1 if asked.after else 0
    keys = range(max(0, start), max(0, start) + asked.rows + 1)
    rows = await info.context.read(graph.distributors.by_keys, keys)

    async def count() -> int:
        return await info.context.read(graph.distributors.last_key) + 1

    return await _connected(info, rows, asked, count)


async def _connected(
    info: Info, rows: list[Row], asked: Page, counting: Count
) -> Connection["schema.distributors.Distributor"]:
    """A connection of distributors from rows {id, key}, read together with those of its level."""
    known = await info.context.batches.load_known(
        schema.distributors.by_ids, [row["id"] for row in rows]
    )
    return connection(
        [row for row in rows if row["id"] in known],
        asked,
        lambda row: (row["key"],),
        lambda row: known[row["id"]],
        counting,
    )


def _level_count(info: Info, id: str, level: int, at_ms: int) -> Count:
    """How many stand on one level below."""

    async def count() -> int:
        counts = await info.context.read(graph.distributors.count_by_level, id, at_ms, level)
        return counts[level - 1] if len(counts) == level else 0

    return count


def _check_levels(name: str, levels: int) -> None:
    if not 1 <= levels <= LEVELS_MAX:
        raise BadInput(f"{name} is {levels}; it may be 1 to {LEVELS_MAX}")


def _above(db: Database, ids: Sequence[str], at_ms: int, hops_max: int) -> list[list[str]]:
    rows = graph.distributors.uplines_of(db, ids, at_ms, hops_max=hops_max)
    found = {row["id"]: row["upline"] for row in rows}
    return [found.get(id, []) for id in ids]


def _first_children(db: Database, ids: Sequence[str], at_ms: int, rows: int) -> list[list[Row]]:
    found: dict[str, list[Row]] = {id: [] for id in ids}
    for row in graph.distributors.children_of(db, ids, at_ms, first=rows):
        found[row["sponsor_id"]].append(row)
    return [found[id] for id in ids]
