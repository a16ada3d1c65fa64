"""Compiled loops of `loaders.cycles`: no recursion, one pass over nodes and edges."""

import numba
import numpy as np
import numpy.typing as npt

Nodes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@numba.njit(cache=True)
def peeled(source: Nodes, target: Nodes, size: int) -> Mask:  # pragma: no cover
    """Nodes left when those that no left node points at are taken away again and again.

    Both ends of every edge are nodes: a negative one would write before the arrays.
    """
    start = np.zeros(size + 1, np.int64)
    into = np.zeros(size, np.int64)
    for i in range(len(source)):
        if not (0 <= source[i] < size and 0 <= target[i] < size):
            raise ValueError("an edge leads to no node")
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
def put_in_place(
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
