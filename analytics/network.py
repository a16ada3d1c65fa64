"""The sponsor forest as arrays: dated edges (`History`) and the forest of one moment (`Network`).

A distributor is a row number, the sponsor an index, and the *preorder layout* puts every downline
into one contiguous slice: the downline of row r is `order[position[r] + 1 : end[r]]`, a sum over it
the difference of two prefix sums, a step up one gather. Everything is a loop over arrays, nothing
recurses, so a chain of a million is no special case. What cannot stand in a forest (a cycle and all
below it, a distributor with two sponsors at once) is left out and named, never repaired.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from analytics.columns import Columns
from analytics.kernels import compiled
from graph.model import NOBODY

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

ABSENT = -1
"""Depth of a distributor who had not joined at that moment."""
QUARANTINED = -2
"""Depth of a distributor on or below a cycle or a double sponsor: no place in the forest."""
ALWAYS = -(2**62)


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
    """The dated edges of `columns`, ready for `sponsor_at`."""
    edges = columns.sponsor_edges
    child = edges["child_row"].to_numpy()
    counts = np.bincount(child, minlength=columns.distributors.height)
    start = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=start[1:])
    since = edges["since"].to_numpy()
    joined = columns.distributors["joined_at"].to_numpy()[child]
    return History(
        child_start=start,
        since=np.where(since <= joined, ALWAYS, since).astype(np.int64),
        until=edges["until"].to_numpy(),
        sponsor=edges["sponsor_row"].to_numpy(),
    )


@compiled
def sponsor_at(dated: History, row: int, at_ms: int) -> int:
    """Row of the sponsor of `row` at a moment, NOBODY for a root; a binary search, for kernels."""
    low, high = dated.child_start[row], dated.child_start[row + 1]
    first = low
    while low < high:
        middle = (low + high) >> 1
        if dated.since[middle] <= at_ms:
            low = middle + 1
        else:
            high = middle
    if low == first or dated.until[low - 1] <= at_ms:
        return NOBODY
    return int(dated.sponsor[low - 1])


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
    peeled, size, looped = _peel(parent)
    depth, position, end, order = _place(parent, rooted, peeled, size)
    depth[~present] = ABSENT
    faults = (
        *_two_sponsors(ids, doubled, child, sponsor),
        *(Fault("unknown_sponsor", (ids[row],)) for row in np.sort(child[sponsor < 0]).tolist()),
        *_cycles(ids, parent, looped),
    )
    parent[depth < 0] = NOBODY
    return Network(at_ms, parent, depth, position, end, order, faults)


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
