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

from analytics.columns import NOT_GIVEN
from analytics.kernels import compiled, inner, whole
from analytics.network import History, Ints, Rows
from analytics.plan import COMPRESSIONS, SELF_PURCHASES, Plan
from analytics.qualification import Standing
from graph.model import NOBODY, OUTCOME

Bytes = npt.NDArray[np.uint8]

SHOWN_MAX = 256
"""How many passed over ancestors one path shows; the qualified ones beyond are all found."""
STRIDE = 16
"""Jumps are remembered at every 16th row: a sixteenth of the memory for at most some more steps."""
FAR_FUTURE, FAR_PAST = 2**62, -(2**62)
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

    dated: History
    standing: Standing
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
    """The path of every order, in the given order."""
    places = len(dated.child_start) // STRIDE + 1
    keys = rules.levels * rules.steps if rules.compression == DYNAMIC else 0
    jumps = Jumps(
        row=np.empty(keys * places, np.int32),
        hops=np.empty(keys * places, np.int32),
        since=np.full(keys * places, FAR_FUTURE, np.int64),
        until=np.full(keys * places, FAR_PAST, np.int64),
        noted=np.empty((places, 4), np.int64),
    )
    return Steps(*_walk(sales, Ground(dated, standing, rules, jumps)))


@compiled
def _walk(
    sales: Sales, ground: Ground
) -> tuple[Ints, Rows, Rows, Bytes, Bytes, Bytes, Rows, npt.NDArray[np.bool_]]:
    """Room for the paths is made twice as large whenever it is used up."""
    count, most = len(sales.seller), ground.rules.levels + SHOWN_MAX + 3
    start = np.zeros(count + 1, np.int64)
    unfinished = np.zeros(count, np.bool_)
    out = np.empty((6, count * (ground.rules.levels + 2) + most), np.int32)
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
        end, last = _climb(out, used, sale, ground)
        unfinished[i] = last == NOT_GIVEN
        if himself and ground.rules.self_purchase == SELF_NOBODY:
            for row in range(used, end):
                out[3, row] = SELF_PURCHASE
        used = end
        start[i + 1] = used
    return len(sales.seller)


@inner
def _climb(out: Rows, used: int, sale: Sale, ground: Ground) -> tuple[int, int]:
    """Write one path from `out[:, used]` on. Returns where it ends and where the climb stopped."""
    dated, standing, rules = ground.dated, ground.standing, ground.rules
    row, position, taken, highest = sale.seller, 0, 0, 0
    shown, broken = 0, False
    unpaid = rules.first_is_sponsor and not (sale.himself and rules.self_purchase == BUYER_EARNS)
    while row >= 0 and taken < rules.levels:
        step = last_at(standing.since, standing.start[row], standing.start[row + 1], sale.at)
        rank = standing.rank[step]
        failed = whole(standing.failed[step])
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
            wanted = Wanted(taken, highest, sale.at)
            row, hops = _jump(row, wanted, ground)
            position += hops
            continue
        takes = takes and not passed
        taken += takes
        shown += passed
        out[0, used], out[1, used], out[2, used] = position, row, taken if takes else 0
        out[3, used], out[4, used], out[5, used] = gate, failed, rank
        used += 1
        row = _sponsor(dated, row, sale.at)
        position += 1
    return _finish(out, Place(used, position, row, taken), sale.at, ground), row


@inner
def _finish(out: Rows, place: Place, at: int, ground: Ground) -> int:
    """The ancestor beyond the paid levels, or the levels that nobody stands for."""
    standing, used = ground.standing, place.used
    if place.row >= 0:
        begin, end = standing.start[place.row], standing.start[place.row + 1]
        out[0, used], out[1, used], out[2, used] = place.position, place.row, 0
        out[3, used], out[4, used] = BEYOND, 0
        out[5, used] = standing.rank[last_at(standing.since, begin, end, at)]
        used += 1
    elif not ground.rules.differential:
        for level in range(place.taken + 1, ground.rules.levels + 1):
            out[0, used], out[1, used], out[2, used] = NOBODY, NOBODY, level
            out[3, used], out[4, used], out[5, used] = NO_ANCESTOR, 0, 0
            used += 1
    return used


@inner
def _jump(row: int, wanted: Wanted, ground: Ground) -> tuple[int, int]:
    """The next ancestor from `row` on who passes for the next level, and how far up he stands.

    On the way every remembered place is noted with the interval for which what was seen between it
    and the next place holds; the way back gives each of them the jump to what was found.
    """
    standing, rules, jumps = ground.standing, ground.rules, ground.jumps
    places = len(jumps.noted)
    first = (wanted.taken * rules.steps + wanted.highest) * places
    hops, noted, since, until = 0, 0, FAR_PAST, FAR_FUTURE
    while row >= 0:
        step, begun, over = _standing_at(standing, row, wanted.at)
        since, until = max(since, begun), min(until, over)
        if _passes(standing.failed[step], standing.rank[step], wanted, rules):
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
            jumps.noted[noted, 0], jumps.noted[noted, 1] = place, hops
            noted += 1
            since, until = begun, over
        row, begun, over = _sponsor_while(ground.dated, row, wanted.at)
        since, until = max(since, begun), min(until, over)
        hops += 1
        if hops > len(ground.dated.child_start) or noted == places:
            row = NOBODY  # only a cycle is longer than all distributors
    for i in range(noted - 1, -1, -1):
        if i < noted - 1:
            since, until = max(since, jumps.noted[i, 2]), min(until, jumps.noted[i, 3])
        place = jumps.noted[i, 0]
        jumps.row[place], jumps.hops[place] = row, hops - jumps.noted[i, 1]
        jumps.since[place], jumps.until[place] = since, until
    return row, hops


@inner
def _passes(failed: int, rank: int, wanted: Wanted, rules: Gates) -> bool:
    if failed != 0 or rules.opens[rank] <= wanted.taken:
        return False
    return not rules.differential or rules.step[rank] > wanted.highest


@inner
def _standing_at(standing: Standing, row: int, at: int) -> tuple[int, int, int]:
    """The step that holds for a distributor at a moment, and from when until when it does."""
    begin, end = standing.start[row], standing.start[row + 1]
    step = last_at(standing.since, begin, end, at)
    return step, standing.since[step], standing.since[step + 1] if step + 1 < end else FAR_FUTURE


@inner
def _sponsor_while(dated: History, row: int, at: int) -> tuple[int, int, int]:
    """The sponsor at a moment (NOBODY for a root), and from when until when he is."""
    begin, end = dated.child_start[row], dated.child_start[row + 1]
    edge = last_at(dated.since, begin, end, at)
    until = dated.since[edge + 1] if edge + 1 < end else FAR_FUTURE
    if edge < begin:
        return NOBODY, FAR_PAST, until
    if dated.until[edge] <= at:
        return NOBODY, dated.until[edge], until
    return whole(dated.sponsor[edge]), dated.since[edge], dated.until[edge]


@inner
def _sponsor(dated: History, row: int, at: int) -> int:
    begin = dated.child_start[row]
    edge = last_at(dated.since, begin, dated.child_start[row + 1], at)
    if edge < begin or dated.until[edge] <= at:
        return NOBODY
    return whole(dated.sponsor[edge])


@inner
def _lowest_bit(bits: int) -> int:
    bit = 0
    while not (bits >> bit) & 1:
        bit += 1
    return bit


@inner
def last_at(times: Ints, begin: int, end: int, at: int) -> int:
    """Index of the last of `times[begin:end]`, ascending, not after `at`; else begin - 1."""
    while begin < end:
        middle = (begin + end) >> 1
        if times[middle] <= at:
            begin = middle + 1
        else:
            end = middle
    return begin - 1
