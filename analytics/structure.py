"""Where everyone stands: depth, size and height of the downline, recruits lately; one row each.

A recruit counts where he stands at the moment asked: under the sponsor he has then, from the moment
he joined. Whoever has no place in the forest then (not joined, on a cycle) has a null depth and no
downline.
"""

import numpy as np
import polars as pl

from analytics.columns import Columns
from analytics.kernels import compiled
from analytics.network import Ints, Network, Rows
from graph.model import DAY_MS

RECRUITED_DAYS = (30, 90, 365)


def work_out(columns: Columns, network: Network) -> pl.DataFrame:
    """By distributor row: distributor_row, depth, downline, height, children, and for 30, 90 and
    365 days up to the network's moment `recruits_N` (own) and `recruits_below_N` (downline).
    """
    joined = columns.distributors["joined_at"].to_numpy()
    sponsored = network.parent >= 0
    placed = network.depth >= 0
    frame = {
        "distributor_row": np.arange(len(joined), dtype=np.int32),
        "depth": pl.Series(network.depth).set(pl.Series(~placed), None),
        "downline": network.sizes(),
        "height": _heights(network.parent, network.order),
        "children": _count(network.parent[sponsored], len(joined)).astype(np.int32),
    }
    for days in RECRUITED_DAYS:
        recent = placed & sponsored & (joined > network.at_ms - days * DAY_MS)
        own = _count(network.parent[recent], len(joined))
        frame[f"recruits_{days}"] = own.astype(np.int32)
        frame[f"recruits_below_{days}"] = network.sums(own).astype(np.int32)
    return pl.DataFrame(frame)


def _count(rows: Rows, length: int) -> Ints:
    return np.bincount(rows, minlength=length).astype(np.int64)


@compiled
def _heights(parent: Rows, order: Rows) -> Rows:
    """Levels below each row: preorder backwards meets every child before its sponsor."""
    height = np.zeros(len(parent), np.int32)
    for i in range(len(order) - 1, -1, -1):
        row = order[i]
        above = parent[row]
        if above >= 0 and height[above] < height[row] + 1:
            height[above] = height[row] + 1
    return height
