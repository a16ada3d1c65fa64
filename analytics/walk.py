"""The upline path of each order, as the sponsors stood when it was paid, and who passes the gates.

From the seller upward: each ancestor passes, is named with the gate that stopped him, or is passed
over; so many levels as the plan pays are taken, then one more ancestor is shown. Under dynamic
compression (and in a differential plan) nothing bounds how many are passed over: the first
`SHOWN_MAX` of a path are shown, beyond them the next qualified ancestor is found through remembered
jumps that hold for an interval of time, so that a chain of 100,000 costs no path 100,000 steps.
The jumps change what is visited, never what is found.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

import analytics.upline
from analytics.columns import NOT_GIVEN
from analytics.kernels import compiled, inner, whole
from analytics.network import ALWAYS, FAR_FUTURE, History, Ints, Rows
from analytics.plan import COMPRESSIONS, SELF_PURCHASES, Plan
from analytics.qualification import Standing
from analytics.upline import Upline, above
from graph.model import NOBODY, OUTCOME

Bytes = npt.NDArray[np.uint8]

SHOWN_MAX = 256
"""How many passed over ancestors one path shows; the qualified ones beyond are all found."""
STRIDE = 16
"""Jumps are remembered at every 16th row: a sixteenth of the memory for at most some more steps."""
UNLOCK_BIT = 64

SELF_PURCHASE = OUTCOME.index("self_purchase")
SELLER_UNPAID = OUTCOME.index("seller_unpaid")
PATH_BROKEN = OUTCOME.index("path_broken")
UNQUALIFIED = OUTCOME.index("unqualified:status")
ZERO_RATE = OUTCOME.index("zero_rate")
PAID = OUTCOME.index("paid")
NO_ANCESTOR = OUTCOME.index("no_ancestor")
BEYOND = OUTCOME.index("beyond_paid_levels")
CONSUME, DYNAMIC, BREAK, PAY_ANYWAY = range(len(COMPRESSIONS))
UPLINE_ONLY, BUYER_EARNS, SELF_NOBODY = range(len(SELF_PURCHASES))


class Gates(NamedTuple):
    """What a plan says about who passes, as numbers for the kernel."""

    levels: int
    first_is_sponsor: bool
    compression: int
    self_purchase: int
    differential: bool
    opens: Rows  # by rank: the deepest level it opens
    step: Rows  # by rank: position of its rate among the different rank rates, 0 for no rate
    steps: int  # how many different rates there are, with zero; 1 in a unilevel plan


class Sales(NamedTuple):
    """The orders to walk; `at` is the moment as of which everything is asked."""

    seller: Rows
    at: Ints
    buyer_is_seller: npt.NDArray[np.bool_]


class Steps(NamedTuple):
    """The rows of paths: those of order i are `start[i] : start[i + 1]`, nearest first.

    Levels that nobody stands for follow with position and beneficiary NOBODY.
    """

    start: Ints
    position: Rows
    beneficiary: Rows
    level: Bytes
    gate: Bytes
    failed: Bytes
    rank: Rows
    unfinished: npt.NDArray[np.bool_]  # by order: an ancestor's sponsor was not given


class Jumps(NamedTuple):
    """Remembered jumps by (key, row // STRIDE): the next who passes, how far, and when it holds."""

    row: Rows
    hops: Rows
    since: Ints
    until: Ints
    noted: Ints  # room for the places of one climb


class Ground(NamedTuple):
    """All that stays the same from order to order."""

    upline: Upline
    rules: Gates
    jumps: Jumps


class Trip(NamedTuple):
    """The orders to walk and all that stays the same."""

    sales: Sales
    ground: Ground


class Sale(NamedTuple):
    """One order to walk."""

    seller: int
    at: int
    himself: bool


class Wanted(NamedTuple):
    """Who is looked for: one who passes for level `taken` + 1 with a rank step above `highest`."""

    taken: int
    highest: int
    at: int


class Climbed(NamedTuple):
    """Where a path ends in `out`, where the climb stopped, and from when until when it holds."""

    end: int
    last: int
    since: int
    until: int


class Jumped(NamedTuple):
    """Who was found, how many steps up, and from when until when he would be."""

    row: int
    hops: int
    since: int
    until: int


class Place(NamedTuple):
    """Where a climb stopped: rows written, position, ancestor and levels taken."""

    used: int
    position: int
    row: int
    taken: int


def gates(plan: Plan, ranks: list[str | None]) -> Gates:
    """`plan` as numbers; `ranks` gives each rank its position."""
    differential = plan.kind == "differential"
    opens = [
        plan.unlock.get(rank or "", 0) if plan.unlock else plan.max_paid_levels for rank in ranks
    ]
    rates = [plan.rank_rates.get(rank or "", 0) if differential else 0 for rank in ranks]
    different = sorted({0, *rates})
    return Gates(
        levels=plan.max_paid_levels,
        first_is_sponsor=plan.first_level == "sponsor",
        compression=DYNAMIC if differential else COMPRESSIONS.index(plan.compression),
        self_purchase=SELF_PURCHASES.index(plan.self_purchase),
        differential=differential,
        opens=np.array(opens, np.int32),
        step=np.array([different.index(rate) for rate in rates], np.int32),
        steps=len(different),
    )


def walk(sales: Sales, dated: History, standing: Standing, rules: Gates) -> Steps:
    """The path of every order, in the given order.

    The memory is numpy's, which asks for large pages; most often it is enough.
    """
    longest = rules.levels + SHOWN_MAX + 3
    room = np.empty((6, len(sales.seller) * (rules.levels + 2) + longest), np.int32)
    return Steps(*_walk(sales, ground(dated, standing, rules), room))


def ground(dated: History, standing: Standing, rules: Gates) -> Ground:
    """What climbs share; nothing is remembered yet."""
    places = (len(dated.child_start) - 1) // STRIDE + 1
    keys = rules.levels * rules.steps if rules.compression == DYNAMIC else 0
    jumps = Jumps(
        row=np.empty(keys * places, np.int32),
        hops=np.empty(keys * places, np.int32),
        since=np.full(keys * places, FAR_FUTURE, np.int64),
        until=np.full(keys * places, ALWAYS, np.int64),
        noted=np.empty((places, 4), np.int64),
    )
    return Ground(analytics.upline.upline(dated, standing), rules, jumps)


@compiled
def _walk(
    sales: Sales, ground: Ground, out: Rows
) -> tuple[Ints, Rows, Rows, Bytes, Bytes, Bytes, Rows, npt.NDArray[np.bool_]]:
    """Room for the paths is made twice as large whenever it is used up."""
    count = len(sales.seller)
    start = np.zeros(count + 1, np.int64)
    unfinished = np.zeros(count, np.bool_)
    done = _walk_on(out, start, unfinished, 0, Trip(sales, ground))
    while done < count:
        grown = np.empty((6, 2 * out.shape[1]), np.int32)
        grown[:, : start[done]] = out[:, : start[done]]
        out = grown
        done = _walk_on(out, start, unfinished, done, Trip(sales, ground))
    used = start[count]
    return (
        start,
        out[0, :used],
        out[1, :used],
        out[2, :used].astype(np.uint8),
        out[3, :used].astype(np.uint8),
        out[4, :used].astype(np.uint8),
        out[5, :used],
        unfinished,
    )


@inner
def _walk_on(
    out: Rows, start: Ints, unfinished: npt.NDArray[np.bool_], done: int, trip: Trip
) -> int:
    """Walk from order `done` on while a longest path still fits; returns the first one left."""
    sales, ground = trip.sales, trip.ground
    most = ground.rules.levels + SHOWN_MAX + 3
    used = start[done]
    for i in range(done, len(sales.seller)):
        if used + most > out.shape[1]:
            return i
        himself = sales.buyer_is_seller[i]
        sale = Sale(whole(sales.seller[i]), sales.at[i], himself)
        climbed = climb(out, used, sale, ground)
        unfinished[i] = climbed.last == NOT_GIVEN
        if himself and ground.rules.self_purchase == SELF_NOBODY:
            for row in range(used, climbed.end):
                out[3, row] = SELF_PURCHASE
        used = climbed.end
        start[i + 1] = used
    return len(sales.seller)


@inner
def climb(out: Rows, used: int, sale: Sale, ground: Ground) -> Climbed:
    """Write one path from `out[:, used]` on."""
    rules = ground.rules
    row, position, taken, highest = sale.seller, 0, 0, 0
    shown, broken = 0, False
    since, until = ALWAYS, FAR_FUTURE
    unpaid = rules.first_is_sponsor and not (sale.himself and rules.self_purchase == BUYER_EARNS)
    while row >= 0 and taken < rules.levels:
        here = above(ground.upline, row, sale.at)
        since, until = max(since, here.since), min(until, here.until)
        rank, failed = here.rank, here.failed
        if rules.opens[rank] <= taken:
            failed |= UNLOCK_BIT
        gate, takes, passed = PAID, True, False
        if position == 0 and sale.himself and rules.self_purchase == UPLINE_ONLY:
            gate, takes, failed = SELF_PURCHASE, not (unpaid or rules.differential), 0
        elif position == 0 and unpaid:
            gate, takes, failed = SELLER_UNPAID, False, 0
        elif broken:
            gate = PATH_BROKEN
        elif failed != 0 and rules.compression != PAY_ANYWAY:
            gate = UNQUALIFIED + _lowest_bit(failed)
            passed = rules.compression == DYNAMIC
            broken = rules.compression == BREAK
        elif rules.differential and rules.step[rank] <= highest:
            gate, passed = ZERO_RATE, True
        elif rules.differential:
            highest = whole(rules.step[rank])
        if passed and shown == SHOWN_MAX:
            jumped = _jump(row, Wanted(taken, highest, sale.at), ground)
            since, until = max(since, jumped.since), min(until, jumped.until)
            row = jumped.row
            position += jumped.hops
            continue
        takes = takes and not passed
        taken += takes
        shown += passed
        out[0, used], out[1, used], out[2, used] = position, row, taken if takes else 0
        out[3, used], out[4, used], out[5, used] = gate, failed, rank
        used += 1
        row = here.sponsor
        position += 1
    end = _finish(out, Place(used, position, row, taken), sale.at, ground)
    return Climbed(end, row, since, until)


@inner
def _finish(out: Rows, place: Place, at: int, ground: Ground) -> int:
    """The ancestor beyond the paid levels, or the levels that nobody stands for."""
    used = place.used
    if place.row >= 0:
        out[0, used], out[1, used], out[2, used] = place.position, place.row, 0
        out[3, used], out[4, used] = BEYOND, 0
        out[5, used] = above(ground.upline, place.row, at).rank
        used += 1
    elif not ground.rules.differential:
        for level in range(place.taken + 1, ground.rules.levels + 1):
            out[0, used], out[1, used], out[2, used] = NOBODY, NOBODY, level
            out[3, used], out[4, used], out[5, used] = NO_ANCESTOR, 0, 0
            used += 1
    return used


@inner
def _jump(row: int, wanted: Wanted, ground: Ground) -> Jumped:
    """The next ancestor from `row` on who passes for the next level, and how far up he stands.

    On the way every remembered place is noted with the interval for which what was seen between it
    and the next place holds; the way back gives each of them the jump to what was found.
    """
    rules, jumps = ground.rules, ground.jumps
    places = len(jumps.noted)
    first = (wanted.taken * rules.steps + wanted.highest) * places
    hops, noted = 0, 0
    since, until, first_since, first_until = ALWAYS, FAR_FUTURE, ALWAYS, FAR_FUTURE
    while row >= 0:
        here = above(ground.upline, row, wanted.at)
        since, until = max(since, here.since), min(until, here.until)
        if _passes(here.failed, here.rank, wanted, rules):
            break
        place = first + row // STRIDE
        if row % STRIDE == 0:
            if jumps.since[place] <= wanted.at and wanted.at < jumps.until[place]:
                hops += jumps.hops[place]
                since, until = max(since, jumps.since[place]), min(until, jumps.until[place])
                row = whole(jumps.row[place])
                break
            if noted > 0:
                jumps.noted[noted - 1, 2], jumps.noted[noted - 1, 3] = since, until
            else:
                first_since, first_until = since, until
            jumps.noted[noted, 0], jumps.noted[noted, 1] = place, hops
            noted += 1
            since, until = here.since, here.until
        row = here.sponsor
        hops += 1
        if hops >= len(ground.upline.times) or noted == places:
            row = NOBODY  # only a cycle is longer than all distributors
    for i in range(noted - 1, -1, -1):
        if i < noted - 1:
            since, until = max(since, jumps.noted[i, 2]), min(until, jumps.noted[i, 3])
        place = jumps.noted[i, 0]
        jumps.row[place], jumps.hops[place] = row, hops - jumps.noted[i, 1]
        jumps.since[place], jumps.until[place] = since, until
    return Jumped(row, hops, max(since, first_since), min(until, first_until))


@inner
def _passes(failed: int, rank: int, wanted: Wanted, rules: Gates) -> bool:
    if failed != 0 or rules.opens[rank] <= wanted.taken:
        return False
    return not rules.differential or rules.step[rank] > wanted.highest


@inner
def _lowest_bit(bits: int) -> int:
    bit = 0
    while not (bits >> bit) & 1:
        bit += 1
    return bit
