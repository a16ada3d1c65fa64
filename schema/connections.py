"""Connections by key: a page starts behind the place of its cursor, never at a count of rows.

A cursor is base64url of the JSON list of a row's sort values, the last of them unique. It is
opaque, and so are its faults: whatever is not a cursor of this connection is BAD_USER_INPUT. A page
is read with one row more than asked for, which says whether there is a next one. `totalCount` is a
statement of its own, run only where it is selected.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import msgspec
import strawberry
from strawberry import relay

from schema.fields import field
from schema.refusals import BadInput

PAGE_DEFAULT = 50
PAGE_MAX = 200
CURSOR_CHARACTERS_MAX = 1024

Number = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""A number within a cursor: no greater than the database's own."""

N = TypeVar("N")
Row = dict[str, Any]
Count = Callable[[], Awaitable[int]]

First = Annotated[
    int | None,
    strawberry.argument(description=f"Rows at most, 1 to {PAGE_MAX}; {PAGE_DEFAULT} if left out."),
]
After = Annotated[
    str | None,
    strawberry.argument(description="A cursor of this connection; the page starts behind it."),
]


@strawberry.type(description="One row of a page with its place.")
class Edge(Generic[N]):
    """A row and its cursor."""

    cursor: str = strawberry.field(description="The place of this row; opaque.")
    node: N = strawberry.field(description="The row.")


@strawberry.type(description="A page of rows, found by key.")
class Connection(Generic[N]):
    """One page; `counting` runs only where totalCount is selected."""

    page_info: relay.PageInfo = strawberry.field(description="Where the page lies.")
    edges: list[Edge[N]] = strawberry.field(description="The rows with their places, in order.")
    counting: strawberry.Private[Count]

    @field("The rows.")
    def nodes(self) -> list[N]:
        """The rows without their places."""
        return [edge.node for edge in self.edges]

    @field(
        "How many rows there are without paging; a statement of its own.",
        gives=int,
    )
    def total_count(self) -> Awaitable[int]:
        """The count, asked for when selected."""
        return self.counting()


@dataclass(frozen=True)
class Page:
    """What a resolver asks the store for: at most `rows` rows behind `after` (sort values)."""

    rows: int
    after: tuple[Any, ...] | None


def page(first: int | None, after: str | None, shape: type[tuple[Any, ...]]) -> Page:
    """The page that the arguments ask for; `shape` types the cursor, such as tuple[Number, str].

    BadInput for a size out of range or what is no cursor of this shape.
    """
    rows = PAGE_DEFAULT if first is None else first
    if not 1 <= rows <= PAGE_MAX:
        raise BadInput(f"first is {rows}; it may be 1 to {PAGE_MAX}")
    return Page(rows, None if after is None else place_of(after, shape))


def cursor_of(place: Sequence[Any]) -> str:
    """The cursor of a row by its sort values."""
    return base64.urlsafe_b64encode(msgspec.json.encode(list(place))).decode().rstrip("=")


def place_of(cursor: str, shape: type[tuple[Any, ...]]) -> tuple[Any, ...]:
    """The sort values of a cursor; BadInput for anything that is not one of this shape."""
    if len(cursor) > CURSOR_CHARACTERS_MAX:
        raise BadInput("after is no cursor of this connection")
    padded = cursor.encode("utf-8", "replace") + b"=" * (-len(cursor) % 4)
    try:
        text = base64.b64decode(padded, b"-_", validate=True)
        place: tuple[Any, ...] = msgspec.json.decode(text, type=shape)
    except (binascii.Error, msgspec.MsgspecError, ValueError):
        raise BadInput("after is no cursor of this connection") from None
    return place


def info_of(cursors: Sequence[str], asked: Page, *, more: bool) -> relay.PageInfo:
    """Where a page lies; a page behind a cursor has a page before it."""
    return relay.PageInfo(
        has_next_page=more,
        has_previous_page=asked.after is not None,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )


def connection(
    rows: Sequence[Row],
    asked: Page,
    place: Callable[[Row], Sequence[Any]],
    node: Callable[[Row], N],
    counting: Count,
) -> Connection[N]:
    """A connection of the rows that were read: one more than asked for means a next page."""
    shown = rows[: asked.rows]
    edges = [Edge(cursor=cursor_of(place(row)), node=node(row)) for row in shown]
    info = info_of([edge.cursor for edge in edges], asked, more=len(rows) > asked.rows)
    return Connection(page_info=info, edges=edges, counting=counting)


def sliced(
    rows: Sequence[Row],
    asked: Page,
    place: Callable[[Row], tuple[Any, ...]],
    node: Callable[[Row], N],
) -> Connection[N]:
    """A connection of rows that are all at hand, sorted by their place."""

    async def count() -> int:
        return len(rows)

    behind = [row for row in rows if asked.after is None or place(row) > asked.after]
    return connection(behind[: asked.rows + 1], asked, place, node, count)
