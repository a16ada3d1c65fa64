"""Which branches get a finding of their own: those that say more than what stands above them.

A branch counts where its band is worse than that of everything around it. Of each line only the
topmost such branch and the worst one below it are kept: the leader, and where it is thickest.
"""

import numpy as np
import numpy.typing as npt

from analytics.kernels import compiled
from analytics.measures import BRANCH, Scopes
from analytics.screening.bands import Codes
from analytics.screening.rulebook import SEVERITIES

LOW = SEVERITIES.index("low")
MOST = 2_000
"""Findings of one rule and one kind of scope; the rest is counted."""

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]


def branches(scopes: Scopes, band: Codes) -> Ints:
    """Indices of the branches that get a finding, worst first."""
    at = np.array([i for i, kind in enumerate(scopes.kinds) if kind == BRANCH], np.int64)
    if not len(at) or band[at].max() < LOW:
        return np.empty(0, np.int64)
    rows = np.array([scopes.tops[i][0] for i in at], np.int64)
    around = _around(scopes, band)[rows]
    telling = (band[at] >= LOW) & (band[at] > around)
    return _of_lines(scopes, at[telling], rows[telling], band)


def worst_first(chosen: Ints, band: Codes, size: npt.NDArray[np.float64]) -> Ints:
    """`chosen` by band, then size, both descending."""
    weight = np.nan_to_num(np.abs(size), nan=0.0, posinf=np.inf)
    return chosen[np.lexsort((-weight[chosen], -band[chosen].astype(np.int64)))]


def _around(scopes: Scopes, band: Codes) -> Codes:
    """By row the worst band of the scopes that enclose it, its own not among them."""
    own = np.full(len(scopes.network.position), -1, np.int8)
    for i, tops in enumerate(scopes.tops):
        for row in tops:
            own[row] = max(own[row], band[i])
    layout = scopes.layout
    whole = max((int(band[i]) for i, tops in enumerate(scopes.tops) if not tops), default=-1)
    found = np.full(len(own), -1, np.int8)
    found[layout.order] = _passed_down(layout.above, own[layout.order], whole)
    return found


@compiled
def _passed_down(above: Rows, own: Codes, whole: int) -> Codes:
    around = np.full(len(own), whole, np.int8)
    for at in range(len(own)):
        if above[at] >= 0:
            around[at] = max(around[above[at]], own[above[at]])
    return around


def _of_lines(scopes: Scopes, at: Ints, rows: Ints, band: Codes) -> Ints:
    """Topmost and worst of each line; `at` and `rows` in preorder."""
    if not len(at):
        return at
    first, end = scopes.network.position[rows], scopes.network.end[rows]
    reach = np.maximum.accumulate(end)
    topmost = np.append(True, first[1:] >= reach[:-1])
    line = np.cumsum(topmost)
    order = np.lexsort((first, -band[at].astype(np.int64), line))
    worst = order[np.append(True, line[order][1:] != line[order][:-1])]
    return np.unique(np.concatenate([at[topmost], at[worst]]))
