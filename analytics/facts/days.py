"""Local calendar days and months of the company's time zone, of many moments at once.

A day is the number of days since 1970-01-01 on the company's calendar, a month is
year x 12 + month - 1.
"""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl

from graph.model import DAY_MS

Ints = npt.NDArray[np.int64]
Days = npt.NDArray[np.int32]

FIRST_MONTH = 1970 * 12
LAST_DAY = 84_400
"""A few days into 2201; the years of every moment are 1970 to 2200."""
NEVER = 2**31 - 1
"""After every day."""


class Calendar(NamedTuple):
    """The offsets of a time zone: from `since` (ms UTC) on, local time is UTC + `offset` (ms)."""

    since: Ints
    offset: Ints

    def days(self, ms: Ints) -> Days:
        """The local day of each moment."""
        if not len(ms) or ms.min() >= self.since[-1]:  # no change of offset among them
            shift = self.offset[-1]
        else:
            shift = self.offset[np.searchsorted(self.since, ms, side="right") - 1]
        found: Days = ((ms + shift) // DAY_MS).astype(np.int32)
        return found

    def day(self, ms: int) -> int:
        """The local day of one moment."""
        return int(self.days(np.array([ms], np.int64))[0])

    def of(self, times: pl.Series) -> pl.Series:
        """`days` of a column that may have nulls, which stay."""
        days = pl.Series(times.name, self.days(times.fill_null(0).to_numpy()))
        return days if not times.null_count() else days.set(times.is_null(), None)


def months(days: Days) -> Days:
    """The month of each local day."""
    whole = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int32)
    return whole + np.int32(FIRST_MONTH)


def calendar(zone: ZoneInfo) -> Calendar:
    """Every change of offset of a zone between 1970 and 2200, to the second."""
    return _calendar(zone.key)


@lru_cache(maxsize=16)
def _calendar(key: str) -> Calendar:
    zone = ZoneInfo(key)
    daily = [_offset(zone, day * 86_400) for day in range(-1, LAST_DAY)]
    since, offsets = [-(2**62)], [daily[0]]
    for day, (before, after) in enumerate(zip(daily, daily[1:], strict=False), -1):
        if before != after:
            since.append(1000 * _change(zone, day * 86_400, (day + 1) * 86_400))
            offsets.append(after)
    return Calendar(np.array(since, np.int64), np.array(offsets, np.int64))


def _offset(zone: ZoneInfo, second: int) -> int:
    """ms by which local time is ahead of UTC at a second since 1970."""
    moment = datetime.fromtimestamp(second, zone)
    ahead = moment.utcoffset() or timedelta(0)
    return ahead // timedelta(milliseconds=1)


def _change(zone: ZoneInfo, low: int, high: int) -> int:
    """The first second after `low` with the offset of `high`."""
    after = _offset(zone, high)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, middle) == after:
            high = middle
        else:
            low = middle
    return high
