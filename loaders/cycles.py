"""Cycles and cascades among sponsors, by position; no recursion, whatever the depth.

A forest is an array `sponsor`: the position of each node's sponsor, -1 for none. With dated edges
a cycle is one that stands at some moment: edges are put in place in time order, each replacing the
child's edge before it, and every new edge is climbed from.
"""

from dataclasses import dataclass

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
    # Numba takes a second to import, and most folders have no changes of sponsor.
    import loaders.cycle_kernels as kernels

    # Only nodes between cycles of all edges ever can stand on one at a moment.
    above = kernels.peeled(edges.child, edges.sponsor, size)
    possible = above & kernels.peeled(edges.sponsor, edges.child, size)
    if not possible.any():
        return []
    order = np.argsort(edges.since, kind="stable")
    order = order[possible[edges.child[order]]]
    sponsor = np.where(possible[edges.sponsor[order]], edges.sponsor[order], -1)
    nodes, places, ends = kernels.put_in_place(
        edges.child[order], sponsor, edges.since[order], size
    )
    starts = np.append(0, ends)[: len(ends)]
    return [Cycle(nodes[a:b], order[places[a:b]]) for a, b in zip(starts, ends, strict=True)]
