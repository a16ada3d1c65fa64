"""Cycles and cascades among sponsors, by position; no recursion, whatever the depth.

A forest is an array `sponsor`: the position of each node's sponsor, -1 for none. With dated edges
a cycle is one that stands at some moment: edges are put in place in time order, each replacing the
child's edge before it, and every new edge is climbed from.
"""

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

Nodes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Edges:
    """Dated edges; sorted by `since` they say who stands under whom at any moment."""

    child: Nodes
    sponsor: Nodes
    since: Nodes


@dataclass(frozen=True)
class Cycle:
    """Members from one to its sponsor and so on round, each with the edge that leads on."""

    nodes: Nodes
    edges: Nodes


def nearest(sponsor: Nodes, stop: Mask) -> Nodes:
    """The first node at or above each that is a stop; -1 where the climb ends without one.

    Every cycle must hold a stop. By pointer doubling: a chain of a million takes twenty rounds.
    """
    size = len(sponsor)
    ahead = np.append(np.where(sponsor < 0, size, sponsor), size)
    ahead[:-1][stop] = np.flatnonzero(stop)
    while True:
        further = ahead[ahead]
        if np.array_equal(further, ahead):
            break
        ahead = further
    found = ahead[:-1]
    return np.where(np.append(stop, False)[found], found, -1)


def standing(sponsor: Nodes) -> list[Cycle]:
    """The cycles of undated sponsors; edge i is the one of node i."""
    size = len(sponsor)
    ahead = np.append(np.where(sponsor < 0, size, sponsor), size)
    for _ in range(max(size, 1).bit_length()):
        ahead = ahead[ahead]
    on_cycle = np.zeros(size + 1, np.bool_)
    on_cycle[ahead] = True
    cycles: list[Cycle] = []
    for start in np.flatnonzero(on_cycle[:-1]).tolist():
        if on_cycle[start]:
            members = _round(sponsor, start)
            on_cycle[members] = False
            cycles.append(Cycle(members, members))
    return cycles


def _round(sponsor: Nodes, start: int) -> Nodes:
    members, node = [start], int(sponsor[start])
    while node != start:
        members.append(node)
        node = int(sponsor[node])
    return np.array(members, np.int64)


def dated(edges: Edges, size: int) -> list[Cycle]:
    """The cycles that stand at any moment among `size` nodes; a found one is taken apart."""
    possible = _on_some_cycle(edges.child, edges.sponsor, size)
    if not possible.any():
        return []
    order = np.argsort(edges.since, kind="stable")
    order = order[possible[edges.child[order]]]
    sponsor = np.where(possible[edges.sponsor[order]], edges.sponsor[order], -1)
    nodes, places, ends = _put_in_place(edges.child[order], sponsor, edges.since[order], size)
    starts = np.append(0, ends)[: len(ends)]
    return [Cycle(nodes[a:b], order[places[a:b]]) for a, b in zip(starts, ends, strict=True)]


def _on_some_cycle(child: Nodes, sponsor: Nodes, size: int) -> Mask:
    """Nodes between cycles of all edges ever; only these can stand on one at a moment."""
    return np.asarray(_peeled(child, sponsor, size) & _peeled(sponsor, child, size))


@numba.njit(cache=True)
def _peeled(source: Nodes, target: Nodes, size: int) -> Mask:  # pragma: no cover
    """Nodes left when those that no left node points at are taken away again and again."""
    start = np.zeros(size + 1, np.int64)
    into = np.zeros(size, np.int64)
    for i in range(len(source)):
        start[source[i] + 1] += 1
        into[target[i]] += 1
    for node in range(size):
        start[node + 1] += start[node]
    at, out = start[:-1].copy(), np.empty(len(source), np.int64)
    for i in range(len(source)):
        out[at[source[i]]] = target[i]
        at[source[i]] += 1
    left = np.ones(size, np.bool_)
    due = np.flatnonzero(into == 0)
    stack = np.empty(size, np.int64)
    stack[: len(due)] = due
    top = len(due)
    while top:
        top -= 1
        node = stack[top]
        left[node] = False
        for i in range(start[node], start[node + 1]):
            into[out[i]] -= 1
            if into[out[i]] == 0:
                stack[top] = out[i]
                top += 1
    return left


@numba.njit(cache=True)
def _put_in_place(
    child: Nodes, sponsor: Nodes, since: Nodes, size: int
) -> tuple[Nodes, Nodes, Nodes]:  # pragma: no cover
    """Members of the cycles found, the edge of each, and where each cycle ends."""
    above, edge = np.full(size, -1, np.int64), np.full(size, -1, np.int64)
    below, seen = np.zeros(size, np.int64), np.full(size, -1, np.int64)
    # An edge leads on in one cycle at most: then it is taken away.
    nodes, places = np.empty(len(child), np.int64), np.empty(len(child), np.int64)
    ends, count, cycles = np.empty(len(child), np.int64), 0, 0
    first = 0
    while first < len(child):
        last = first
        while last < len(child) and since[last] == since[first]:
            node = child[last]
            if above[node] >= 0:
                below[above[node]] -= 1
            above[node], edge[node] = sponsor[last], last
            if sponsor[last] >= 0:
                below[sponsor[last]] += 1
            last += 1
        for i in range(first, last):
            # Whoever has nobody below cannot close a cycle: a recruit costs nothing.
            node = child[i] if below[child[i]] else np.int64(-1)
            while node >= 0 and seen[node] < first:
                seen[node] = i
                node = above[node]
            if node >= 0 and seen[node] == i and above[node] >= 0:
                while above[node] >= 0:
                    nodes[count], places[count] = node, edge[node]
                    count += 1
                    following = above[node]
                    below[following] -= 1
                    above[node] = -1
                    node = following
                ends[cycles] = count
                cycles += 1
        first = last
    return nodes[:count], places[:count], ends[:cycles]
