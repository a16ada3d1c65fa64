"""Loops over a forest in preorder: sums and maxima of everything below, and where two rows meet.

Positions instead of rows keep the loops on contiguous memory: a sponsor always stands before his
downline, so that one pass backwards meets every child before its sponsor.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analytics.kernels import compiled
from analytics.network import Network
from graph.model import NOBODY

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]

BLOCK = 64
"""Positions to a block of the table that `meeting_rows` looks into."""


class Layout(NamedTuple):
    """A forest by preorder position."""

    order: Rows  # row at each position
    position: Rows  # position of each row; NOBODY
    above: Rows  # position of the sponsor; NOBODY for a root
    depth: Rows  # by position

    def position_of(self, rows: Rows) -> Rows:
        """Positions of `rows`; NOBODY for NOBODY and for whoever has no place."""
        if not len(self.position):
            return np.full(len(rows), NOBODY, np.int32)
        return np.where(rows >= 0, self.position[rows], NOBODY).astype(np.int32)


def laid_out(network: Network) -> Layout:
    """The layout of `network`."""
    above = network.parent[network.order]
    at = np.where(above >= 0, network.position[above] if len(above) else above, NOBODY)
    depth = network.depth[network.order]
    return Layout(network.order, network.position, at.astype(np.int32), depth)


def below(layout: Layout, by_row: Floats) -> Floats:
    """By row: `by_row` summed over it and its downline; 0 for whoever has no place."""
    total = np.zeros(len(by_row))
    total[layout.order] = _summed(layout.above, by_row[layout.order])
    return total


def most_below(layout: Layout, by_row: Floats) -> Floats:
    """By row: the largest of `by_row` over it and its downline; its own if it has no place."""
    total = by_row.copy()
    total[layout.order] = _largest(layout.above, by_row[layout.order])
    return total


def meeting_rows(layout: Layout, first: Ints, second: Ints) -> Rows:
    """Row of the lowest one above or at both of two positions, first < second; NOBODY: none."""
    if not len(first):
        return np.empty(0, np.int32)
    return _meeting(layout, _table(layout.depth), first.astype(np.int64), second.astype(np.int64))


@compiled
def _summed(above: Rows, values: Floats) -> Floats:
    for at in range(len(above) - 1, -1, -1):
        if above[at] >= 0:
            values[above[at]] += values[at]
    return values


@compiled
def _largest(above: Rows, values: Floats) -> Floats:
    for at in range(len(above) - 1, -1, -1):
        if above[at] >= 0 and values[above[at]] < values[at]:
            values[above[at]] = values[at]
    return values


@compiled
def _table(depth: Rows) -> Rows:
    """Position of the shallowest one in 2**k blocks from each block on: [k, block]."""
    blocks = (len(depth) + BLOCK - 1) // BLOCK
    levels = 1
    while (1 << levels) <= blocks:
        levels += 1
    table = np.zeros((levels, blocks), np.int32)
    for block in range(blocks):
        table[0, block] = _shallowest(depth, block * BLOCK, min(len(depth), (block + 1) * BLOCK))
    for k in range(1, levels):
        for block in range(blocks - (1 << k) + 1):
            left, right = table[k - 1, block], table[k - 1, block + (1 << (k - 1))]
            table[k, block] = left if depth[left] <= depth[right] else right
    return table


@compiled
def _shallowest(depth: Rows, begin: int, end: int) -> int:
    best = begin
    for at in range(begin + 1, end):
        if depth[at] < depth[best]:
            best = at
    return best


@compiled
def _between(depth: Rows, table: Rows, begin: int, end: int) -> int:
    """Position of the shallowest one of begin : end."""
    from_block, to_block = begin // BLOCK + 1, end // BLOCK
    if from_block >= to_block:
        return _shallowest(depth, begin, end)
    left = _shallowest(depth, begin, from_block * BLOCK)
    right = left if to_block * BLOCK == end else _shallowest(depth, to_block * BLOCK, end)
    k = 0
    while (2 << k) <= to_block - from_block:
        k += 1
    best = left if depth[left] <= depth[right] else right
    for at in (table[k, from_block], table[k, to_block - (1 << k)]):
        if depth[at] < depth[best]:
            best = at
    return best


@compiled
def _meeting(layout: Layout, table: Rows, first: Ints, second: Ints) -> Rows:
    found = np.empty(len(first), np.int32)
    for i in range(len(first)):
        shallowest = _between(layout.depth, table, first[i] + 1, second[i] + 1)
        over = layout.above[shallowest]
        found[i] = layout.order[over] if over >= 0 else NOBODY
    return found
