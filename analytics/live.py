"""The network as events change it: structure, volumes and earnings kept right from event to event.

A night lays the forest out anew; between two nights this form follows every order, joining, move
and change of standing, in batches, each in microseconds, and gives at any moment what a recompute
would: the columns of `analytics.structure`, and volumes on the relation as it stands. What was
earned is the exception, on purpose: an order pays the uplines of its own moment, and a later move
takes nothing back. What cannot be done (a move that would close a cycle, a row that nobody has) is
an outcome of its event; the others of the batch go on.

One `Live` holds the volumes of one currency. Whoever stood on a cycle when it was made has no place
in it until the next one is made.
"""

import math
from collections.abc import Sequence

import numpy as np
import polars as pl

import analytics.live_kernels
from analytics.columns import Columns
from analytics.live_kernels import JOIN, ORDER, PERSON, Events, Forest, Outcomes, Rules
from analytics.network import Flags, Ints, Network
from analytics.plan import DEFAULT_RATES
from analytics.structure import RECRUITED_DAYS
from analytics.volumes import FITS
from graph.errors import Conflict
from graph.model import DAY_MS, NOBODY
from graph.money import Exact

CACHE_LINE = 64


class Live:
    """The forest of `network`, from now on changed by `apply`; `at_ms` is its moment.

    The plan is plain: the seller is level 1 and `rates` are those of the levels; whoever does not
    qualify uses his level up unpaid; a share is rounded half up to the minor unit.
    """

    def __init__(
        self, forest: Forest, count: int, at_ms: int, rates: Sequence[Exact], volume: float
    ) -> None:
        scale = math.lcm(*(rate.denominator for rate in rates))
        self._forest, self._volume = forest, volume
        self._rates = np.array([int(rate * scale) for rate in rates], np.int64), scale
        self.count, self.at_ms = count, at_ms

    @classmethod
    def of(
        cls,
        network: Network,
        columns: Columns,
        *,
        qualified: Flags,
        own: Ints,
        rates: Sequence[Exact] = DEFAULT_RATES,
    ) -> "Live":
        """By distributor row of `columns`: who qualifies, and his own volume so far in minor units.

        Nothing counts as earned yet. Conflict where the volumes do not fit 64 bits.
        """
        count = len(network.parent)
        forest = _room(count, len(rates))
        forest.people["parent"][:count] = network.parent
        forest.people["depth"][:count] = network.depth
        forest.people["own"][:count] = own
        forest.joined[:count] = columns.distributors["joined_at"].to_numpy()
        forest.qualified[:count] = qualified
        made = cls(forest, count, network.at_ms, rates, 0.0)
        made._hold_to_64_bits(own)
        analytics.live_kernels.build(forest, network.order, _windows(network.at_ms))
        return made

    def apply(self, events: Events) -> Outcomes:
        """Work a batch in, event after event; what became of each, in the same order.

        A joining takes the row after the last one, or one that had not joined. Conflict, with
        nothing changed, where the volumes would no longer fit 64 bits.
        """
        self._hold_to_64_bits(events.value[events.kind == ORDER])
        self._make_room(int(np.count_nonzero(events.kind == JOIN)))
        numbers, scale = self._rates
        rules = Rules(numbers, scale, _windows(self.at_ms))
        entries = (len(events.kind), len(numbers))
        out = Outcomes(
            code=np.empty(len(events.kind), np.uint8),
            beneficiary=np.full(entries, NOBODY, np.int32),
            amount=np.zeros(entries, np.int64),
        )
        self.count = analytics.live_kernels.apply(self._forest, self.count, events, rules, out)
        return out

    def advance(self, at_ms: int) -> None:
        """Let time pass: recruits grow older than the windows. Conflict for an earlier moment."""
        if at_ms < self.at_ms:
            raise Conflict(f"the live network stands at {self.at_ms}, which is after {at_ms}")
        before, since = _windows(self.at_ms), _windows(at_ms)
        joined = self._forest.joined[: self.count]
        aged = [(joined > old) & (joined <= new) for old, new in zip(before, since, strict=True)]
        rows = np.flatnonzero(np.logical_or.reduce(aged))
        analytics.live_kernels.expire(self._forest, rows, before, since)
        self.at_ms = at_ms

    def structure(self) -> pl.DataFrame:
        """What `analytics.structure.work_out` gives for the relation as it stands."""
        people = self._forest.people[: self.count]
        depth = pl.Series(people["depth"])
        frame = {
            "distributor_row": np.arange(self.count, dtype=np.int32),
            "depth": depth.set(depth < 0, None),
            **{name: people[name].copy() for name in ("downline", "height", "children")},
        }
        for window, days in enumerate(RECRUITED_DAYS):
            frame[f"recruits_{days}"] = self._forest.recruits[: self.count, window].copy()
            frame[f"recruits_below_{days}"] = people["below"][:, window].copy()
        return pl.DataFrame(frame)

    def volumes(self) -> pl.DataFrame:
        """By distributor_row, in minor units: `own`, `group` (his own and his downline's), and what
        each level earned him from the orders since this form was made (`earned_1`, ...).
        """
        people, earned = self._forest.people[: self.count], self._forest.earned[: self.count]
        return pl.DataFrame(
            {
                "distributor_row": np.arange(self.count, dtype=np.int32),
                "own": people["own"].copy(),
                "group": people["group"].copy(),
                **{f"earned_{at + 1}": earned[:, at].copy() for at in range(earned.shape[1])},
            }
        )

    def _hold_to_64_bits(self, amounts: Ints) -> None:
        """The sizes of all amounts together bound every sum; int64 would wrap without a word."""
        volume = self._volume + float(np.abs(amounts.astype(np.float64)).sum())
        if volume > FITS:
            raise Conflict("the volumes add up to more than 64 bits hold")
        self._volume = volume

    def _make_room(self, more: int) -> None:
        """Room for `more` distributors; twice as much whenever it is used up."""
        old, needed = self._forest, self.count + more
        if needed <= len(old.joined):
            return
        grown = _room(max(needed, 2 * self.count), old.earned.shape[1])
        for now, then in zip(grown, old, strict=True):
            now[: self.count] = then[: self.count]
        self._forest = grown


def _windows(at_ms: int) -> Ints:
    return np.array([at_ms - days * DAY_MS for days in RECRUITED_DAYS], np.int64)


def _room(capacity: int, levels: int) -> Forest:
    """Room for so many distributors, each on a cache line of his own; nobody has come yet."""
    room = np.zeros((capacity + 1) * CACHE_LINE, np.uint8)
    begin = -room.ctypes.data % CACHE_LINE
    people = room[begin : begin + capacity * CACHE_LINE].view(PERSON)
    for name in ("parent", "first_child", "next_child", "previous_child"):
        people[name] = NOBODY
    return Forest(
        people=people,
        recruits=np.zeros((capacity, len(RECRUITED_DAYS)), np.int32),
        joined=np.zeros(capacity, np.int64),
        qualified=np.ones(capacity, np.bool_),
        earned=np.zeros((capacity, levels), np.int64),
    )
