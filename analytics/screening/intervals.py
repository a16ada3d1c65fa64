"""Intervals by resampling: root trees drawn anew 1,000 times, of one root its children.

Trees, not orders: what a leader does to a line is done to all of it at once. The draws of a rule
on a scope and a day are the same on every machine.
"""

from hashlib import sha256

import numpy as np

from analytics.facts.frames import Floats, Ints
from analytics.measures import Scopes, Share, ratio

DRAWS = 1_000
TREES_MOST = 2_000
"""With more trees than this the delta method, which every value has already, says the same."""
LOW, HIGH = 2.5, 97.5
MIN_TREES = 2


def seed(rule: str, scope: str, as_of: str) -> int:
    """The first 8 bytes of SHA-256 of rule, scope and day."""
    return int.from_bytes(sha256(f"{rule}|{scope}|{as_of}".encode()).digest()[:8], "big")


def bootstrap(
    share: Share, scopes: Scopes, tops: tuple[int, ...], seeded: int
) -> tuple[float, float] | None:
    """The 95 % interval of a share in the scope of `tops` (() for the network); None where there
    are too few trees, or so many that nothing is gained.
    """
    trees = _trees(scopes, tops)
    if not MIN_TREES <= len(trees) <= TREES_MOST:
        return None
    known = share.den if share.num_maybe is None else share.den - share.num_maybe
    num, den = scopes.below(share.num)[trees], scopes.below(known)[trees]
    times = _drawn(len(trees), seeded)
    values = ratio(times @ num, times @ den)
    kept = values[np.isfinite(values)]
    if not len(kept):
        return None
    low, high = np.percentile(kept, [LOW, HIGH])
    return float(low), float(high)


def _drawn(trees: int, seeded: int) -> Floats:
    """[draw, tree]: how often each tree is in a draw."""
    even = np.full(trees, 1.0 / trees)
    return np.random.default_rng(seeded).multinomial(trees, even, DRAWS).astype(np.float64)


def _trees(scopes: Scopes, tops: tuple[int, ...]) -> Ints:
    """Rows of the roots of the trees to draw."""
    network = scopes.network
    rows = np.array(tops, np.int64) if tops else np.flatnonzero(network.depth == 0)
    if len(rows) != 1:
        return rows
    return np.flatnonzero(network.parent == rows[0])
