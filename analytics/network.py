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
from analytics.kernels import compiled, inner, no, prefetch, whole
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

SIZE, WAITING, DEPTH, FIRST, FREE = range(5)
"""Of a node: himself and all below; children not yet peeled; depth; his position in preorder; the
next free one in his slice."""
NODE_WORDS = 8
"""Half a cache line, of 32 bits each: what is asked of a node is called for at once."""
AHEAD = 16
"""How many rows ahead a node is called for."""


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


class Places(NamedTuple):
    """The preorder while it is laid out."""

    nodes: Rows  # [row, NODE_WORDS]
    order: Rows  # row at each position


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
    """The forest, faults not yet named, and who stands on a cycle.

    The memory is numpy's, which asks for large pages: random access to small ones takes twice as
    long.
    """
    rows = len(parent)
    peeled, nodes = np.empty(rows, np.int32), np.zeros((rows, NODE_WORDS), np.int32)
    count = _peel(parent, peeled, nodes)
    looped = nodes[:, WAITING] > 0
    nodes[:, DEPTH] = QUARANTINED
    order = np.empty(rows, np.int32)
    placed = _place(parent, rooted, peeled[:count], Places(nodes, order))
    depth, position = nodes[:, DEPTH].copy(), np.full(rows, NOBODY, np.int32)
    end = np.full(rows, NOBODY, np.int32)
    has_place = depth >= 0
    position[has_place] = nodes[has_place, FIRST]
    end[has_place] = nodes[has_place, FIRST] + nodes[has_place, SIZE]
    return Network(at_ms, parent, depth, position, end, order[:placed], ()), looped


def _doubled(child: Rows) -> Rows:
    return np.flatnonzero(np.bincount(child) > 1).astype(np.int32)


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
def _peel(parent: Rows, peeled: Rows, nodes: Rows) -> int:
    """Fill `peeled` with rows, every child before its sponsor, and nodes with their sizes; returns
    how many. Peeling leaf after leaf takes one pass and never reaches a cycle.
    """
    for row in range(len(parent)):
        nodes[no(row), SIZE] = 1
        if parent[no(row)] >= 0:
            nodes[no(parent[no(row)]), WAITING] += 1
    count = 0
    for row in range(len(parent)):
        if nodes[no(row), WAITING] == 0:
            peeled[no(count)] = row
            count += 1
    done = 0
    while done < count:
        if done + AHEAD < count:
            prefetch(nodes, parent[no(peeled[no(done + AHEAD)])])
        row = peeled[no(done)]
        done += 1
        above = parent[no(row)]
        if above >= 0:
            nodes[no(above), SIZE] += nodes[no(row), SIZE]
            nodes[no(above), WAITING] -= 1
            if nodes[no(above), WAITING] == 0:
                peeled[no(count)] = above
                count += 1
    return count


@compiled
def _place(parent: Rows, rooted: Flags, peeled: Rows, places: Places) -> int:
    """Depth and preorder position of the nodes, and the row at each position; returns how many.

    `peeled` backwards meets every sponsor before his children, each of whom takes the next slice.
    """
    nodes, order = places.nodes, places.order
    placed = 0
    for i in range(len(peeled) - 1, -1, -1):
        if i >= AHEAD:
            prefetch(nodes, peeled[no(i - AHEAD)])
            prefetch(nodes, parent[no(peeled[no(i - AHEAD)])])
        row = peeled[no(i)]
        above = parent[no(row)]
        if above >= 0 and nodes[no(above), DEPTH] >= 0:
            nodes[no(row), DEPTH] = nodes[no(above), DEPTH] + 1
            first = nodes[no(above), FREE]
            nodes[no(above), FREE] += nodes[no(row), SIZE]
        elif rooted[no(row)]:
            nodes[no(row), DEPTH] = 0
            first = placed
            placed += nodes[no(row), SIZE]
        else:
            continue
        nodes[no(row), FIRST], nodes[no(row), FREE] = first, first + 1
        order[no(first)] = row
    return placed
