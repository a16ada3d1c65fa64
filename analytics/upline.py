"""Who stands above whom, with which standing, at a moment and for how long around it.

History and standing are searched by moment, which costs a cache line for each of their arrays. What
a search found is remembered in one half line per distributor, with the interval of time for which
it holds, and searched again only outside of it. What is remembered changes what is visited, never
what is found.
"""

from typing import NamedTuple

import numpy as np

from analytics.kernels import inner, whole
from analytics.network import FAR_FUTURE, History, Ints, Rows, last_at, sponsor_while
from analytics.qualification import Standing

WORDS = 4
"""Of 64 bits for each distributor: since, until, then sponsor, rank, failed in halves."""
SINCE, UNTIL = 0, 1
SPONSOR, RANK, FAILED = 4, 5, 6


class Upline(NamedTuple):
    """Sponsors and standings by moment, and what was asked last; not to be shared by threads."""

    dated: History
    standing: Standing
    times: Ints  # [row, WORDS]: what holds since when and until when
    found: Rows  # the same memory in halves


class Here(NamedTuple):
    """A distributor at a moment: who is above him and what stops him, from when until when."""

    sponsor: int  # NOBODY for a root, columns.NOT_GIVEN
    rank: int
    failed: int
    since: int
    until: int  # exclusive


def upline(dated: History, standing: Standing) -> Upline:
    """Nothing remembered yet: an interval that holds at no moment."""
    times = np.zeros((len(dated.child_start) - 1, WORDS), np.int64)
    times[:, SINCE] = FAR_FUTURE
    return Upline(dated, standing, times, times.view(np.int32))


@inner
def above(upline: Upline, row: int, at: int) -> Here:
    """How `row` stood at a moment."""
    times, found = upline.times, upline.found
    if not (times[row, SINCE] <= at and at < times[row, UNTIL]):
        _look(upline, row, at)
    return Here(
        whole(found[row, SPONSOR]),
        whole(found[row, RANK]),
        whole(found[row, FAILED]),
        times[row, SINCE],
        times[row, UNTIL],
    )


@inner
def _look(upline: Upline, row: int, at: int) -> None:
    """Search and remember: the interval is common to the sponsor and the standing."""
    standing, times, found = upline.standing, upline.times, upline.found
    begin, end = standing.start[row], standing.start[row + 1]
    step = last_at(standing.since, begin, end, at)
    until = standing.since[step + 1] if step + 1 < end else FAR_FUTURE
    sponsor, begun, over = sponsor_while(upline.dated, row, at)
    times[row, SINCE] = max(standing.since[step], begun)
    times[row, UNTIL] = min(until, over)
    found[row, SPONSOR] = sponsor
    found[row, RANK], found[row, FAILED] = standing.rank[step], standing.failed[step]
