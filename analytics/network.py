"""The sponsor forest as arrays: dated edges (`History`) and the forest of one moment (`Network`).

A distributor is a row number, the sponsor an index, and the *preorder layout* puts every downline
into one contiguous slice: the downline of row r is `order[position[r] + 1 : end[r]]`, a sum over it
the difference of two prefix sums, a step up one gather. Everything is a loop over arrays, nothing
recurses, so a chain of a million is no special case. What cannot stand in a forest (a cycle and all
below it, a distributor with two sponsors at once) is left out and named, never repaired.
"""

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from analytics.columns import Columns
from analytics.kernels import compiled, inner, whole
from graph.model import NOBODY

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

ABSENT = -1
"""Depth of a distributor who had not joined at that moment."""
QUARANTINED = -2
"""Depth of a distributor on or below a cycle or a double sponsor: no place in the forest."""
ALWAYS, FAR_FUTURE = -(2**62), 2**62
"""Before and after every moment."""


class History(NamedTuple):
    """Dated edges, child by child: those of row r are `child_start[r] : child_start[r + 1]`.

    An edge that began when its child joined answers for every earlier moment too: a bare date lets
    an order stand hours before its seller's joining on the same day.
    """

    child_start: Ints  # n + 1
    since: Ints
    until: Ints  # exclusive
    sponsor: Rows


class Fault(NamedTuple):
    """What cannot stand in a forest, by name; `path` goes from child to sponsor."""

    code: Literal["cycle", "self_sponsoring", "two_sponsors", "unknown_sponsor"]
    path: tuple[str, ...]


@dataclass(frozen=True)
class Network:
    """The forest at `at_ms`. Arrays are by distributor row, `order` is by position."""

    at_ms: int
    parent: Rows  # NOBODY for a root and for whoever has no place
    depth: Rows  # 0 for a root; ABSENT, QUARANTINED
    position: Rows  # in preorder; NOBODY for whoever has no place
    end: Rows  # position after the last of the downline; NOBODY likewise
    order: Rows  # row at each position
    faults: tuple[Fault, ...]

    def downline(self, row: int) -> Rows:
        """Rows below `row`, in preorder, without `row` itself."""
        return self.order[self.position[row] + 1 : self.end[row]]

    def sizes(self) -> Rows:
        """How many stand below each row; 0 for whoever has no place."""
        return np.where(self.position >= 0, self.end - self.position - 1, 0).astype(np.int32)

    def sums(self, values: Ints) -> Ints:
        """Sum of `values` (by row) over each row and its downline; 0 for whoever has no place."""
        prefix = np.zeros(len(self.order) + 1, values.dtype)
        np.cumsum(values[self.order], out=prefix[1:])
        placed = self.position >= 0
        total = np.zeros(len(self.position), values.dtype)
        total[placed] = prefix[self.end[placed]] - prefix[self.position[placed]]
        return total


def history(columns: Columns) -> History:
    """The dated edges of `columns`, ready for `sponsor_while`."""
    edges = columns.sponsor_edges
    return dated(
        edges["child_row"].to_numpy(),
        edges["sponsor_row"].to_numpy(),
        edges["since"].to_numpy(),
        edges["until"].to_numpy(),
        columns.distributors["joined_at"].to_numpy(),
    )


def dated(child: Rows, sponsor: Rows, since: Ints, until: Ints, joined: Ints) -> History:
    """Edges by (child, since), with the joining of every distributor by row."""
    start = np.zeros(len(joined) + 1, np.int64)
    np.cumsum(np.bincount(child, minlength=len(joined)), out=start[1:])
    begun = np.where(since <= joined[child], ALWAYS, since).astype(np.int64)
    return History(child_start=start, since=begun, until=until, sponsor=sponsor)


def undated(sponsor: Rows) -> History:
    """One edge that always held for everyone whose sponsor (by row) is not NOBODY."""
    has_one = sponsor >= 0
    start = np.zeros(len(sponsor) + 1, np.int64)
    np.cumsum(has_one, out=start[1:])
    edges = int(start[-1])
    always, forever = np.full(edges, ALWAYS, np.int64), np.full(edges, FAR_FUTURE, np.int64)
    return History(child_start=start, since=always, until=forever, sponsor=sponsor[has_one])


@inner
def sponsor_while(dated: History, row: int, at_ms: int) -> tuple[int, int, int]:
    """Row of the sponsor of `row` at a moment, NOBODY for a root, and from when until when."""
    begin, end = dated.child_start[row], dated.child_start[row + 1]
    edge = last_at(dated.since, begin, end, at_ms)
    until = dated.since[edge + 1] if edge + 1 < end else FAR_FUTURE
    if edge < begin:
        return NOBODY, ALWAYS, until
    if dated.until[edge] <= at_ms:
        return NOBODY, dated.until[edge], until
    return whole(dated.sponsor[edge]), dated.since[edge], dated.until[edge]


@inner
def last_at(times: Ints, begin: int, end: int, at_ms: int) -> int:
    """Index of the last of `times[begin:end]`, ascending, not after `at_ms`; else begin - 1."""
    while begin < end:
        middle = (begin + end) >> 1
        if times[middle] <= at_ms:
            begin = middle + 1
        else:
            end = middle
    return begin - 1


def at(columns: Columns, at_ms: int) -> Network:
    """The forest as it stood at `at_ms`, laid out in preorder, with what had no place in it."""
    ids = columns.distributors["id"]
    edges = columns.sponsor_edges.filter((pl.col("since") <= at_ms) & (pl.col("until") > at_ms))
    child, sponsor = edges["child_row"].to_numpy(), edges["sponsor_row"].to_numpy()
    parent = np.full(len(ids), NOBODY, np.int32)
    parent[child] = sponsor
    doubled = _doubled(child)
    parent[doubled] = NOBODY
    present = columns.distributors["joined_at"].to_numpy() <= at_ms
    present[child] = present[sponsor[sponsor >= 0]] = True
    rooted = present & (parent < 0)
    rooted[doubled] = False
    found, looped = _laid_out(parent, rooted, at_ms)
    found.depth[~present] = ABSENT
    faults = (
        *_two_sponsors(ids, doubled, child, sponsor),
        *(Fault("unknown_sponsor", (ids[row],)) for row in np.sort(child[sponsor < 0]).tolist()),
        *_cycles(ids, parent, looped),
    )
    parent[found.depth < 0] = NOBODY
    return replace(found, faults=faults)


def of(sponsor: Rows, at_ms: int = 0) -> Network:
    """The forest of undated edges, everyone present; a fault names rows."""
    parent = sponsor.copy()
    found, looped = _laid_out(parent, parent < 0, at_ms)
    if not looped.any():
        return found
    faults = tuple(_cycles(pl.Series(np.arange(len(parent))).cast(pl.String), parent, looped))
    parent[found.depth < 0] = NOBODY
    return replace(found, faults=faults)


def _laid_out(parent: Rows, rooted: Flags, at_ms: int) -> tuple[Network, Flags]:
    """The forest, faults not yet named, and who stands on a cycle."""
    peeled, size, looped = _peel(parent)
    depth, position, end, order = _place(parent, rooted, peeled, size)
    return Network(at_ms, parent, depth, position, end, order, ()), looped


def _doubled(child: Rows) -> Rows:
    rows, counts = np.unique(child, return_counts=True)
    return rows[counts > 1]


def _two_sponsors(ids: pl.Series, doubled: Rows, child: Rows, sponsor: Rows) -> list[Fault]:
    def named(rows: Rows) -> list[str]:
        return sorted(ids[row] if row >= 0 else "" for row in rows.tolist())

    return [
        Fault("two_sponsors", (ids[row], *named(sponsor[child == row]))) for row in doubled.tolist()
    ]


def _cycles(ids: pl.Series, parent: Rows, looped: Flags) -> list[Fault]:
    """Each cycle once, from its first row on; the sponsor of the last one closes it."""
    faults: list[Fault] = []
    seen: set[int] = set()
    for row in np.flatnonzero(looped).tolist():
        if row in seen:
            continue
        path = [row]
        while (above := int(parent[path[-1]])) != row:
            path.append(above)
        seen.update(path)
        code: Literal["cycle", "self_sponsoring"] = "cycle" if len(path) > 1 else "self_sponsoring"
        faults.append(Fault(code, tuple(ids.gather(path + [row]).to_list())))
    return faults


@compiled
def _peel(parent: Rows) -> tuple[Rows, Rows, Flags]:
    """Rows with every child before its sponsor, sizes with oneself, and who stands on a cycle.

    Peeling leaf after leaf takes one pass and never reaches a cycle.
    """
    n = len(parent)
    waiting = np.zeros(n, np.int32)
    for row in range(n):
        if parent[row] >= 0:
            waiting[parent[row]] += 1
    peeled = np.empty(n, np.int32)
    count = 0
    for row in range(n):
        if waiting[row] == 0:
            peeled[count] = row
            count += 1
    size = np.ones(n, np.int32)
    done = 0
    while done < count:
        row = peeled[done]
        done += 1
        above = parent[row]
        if above >= 0:
            size[above] += size[row]
            waiting[above] -= 1
            if waiting[above] == 0:
                peeled[count] = above
                count += 1
    return peeled[:count], size, waiting > 0


@compiled
def _place(parent: Rows, rooted: Flags, peeled: Rows, size: Rows) -> tuple[Rows, Rows, Rows, Rows]:
    """Depth, preorder position and end by row, and the row at each position.

    `peeled` backwards meets every sponsor before his children, each of whom takes the next slice.
    """
    n = len(parent)
    depth = np.full(n, QUARANTINED, np.int32)
    position = np.full(n, NOBODY, np.int32)
    end = np.full(n, NOBODY, np.int32)
    order = np.empty(n, np.int32)
    free = np.zeros(n, np.int32)
    placed = 0
    for i in range(len(peeled) - 1, -1, -1):
        row = peeled[i]
        above = parent[row]
        if above >= 0 and depth[above] >= 0:
            depth[row] = depth[above] + 1
            position[row] = free[above]
            free[above] += size[row]
        elif rooted[row]:
            depth[row] = 0
            position[row] = placed
            placed += size[row]
        else:
            continue
        free[row] = position[row] + 1
        end[row] = position[row] + size[row]
        order[position[row]] = row
    return depth, position, end, order[:placed]
