"""Kernels of `analytics.stream`: one record per seller, and what is added up in it.

Who earns on an order depends on the seller, the moment and whether he bought himself; so a seller's
record remembers whom the climb of his path found, with the interval for which it holds, and adds up
what his orders gave each level. Only when the interval is over, and once at the end, is that spread
to the beneficiaries: an order touches one record, however many levels it pays.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analytics.amounts import cap_of, round_by, within
from analytics.kernels import called, compiled, inner, no, prefetch, whole
from analytics.network import Ints, Rows
from analytics.upline import above
from analytics.walk import PAID, Bytes, Ground, Sale, climb
from graph.model import NOBODY

Flags = npt.NDArray[np.bool_]

SINCE, UNTIL, VOLUME, FIRST_SUM = range(4)
"""Words of a record: the interval, the base sold, then a sum by level; then, in halves, the
beneficiary of each level and the number of orders."""
GROUP, ABOVE, HEIGHT, CHILDREN = range(4)
SUM_WORDS = 4
"""Half a cache line for what a sponsor is asked for in `roll_up`."""
NEVER, IF_PASSED_OVER, EVERY_TIME = range(3)
AHEAD = 24
"""How many orders ahead a record is called for."""


class Sales(NamedTuple):
    """Orders as columns, in the order in which they are worked out."""

    seller: Rows  # NOBODY: a house order
    at: Ints  # ms UTC, as of which everything is asked
    base: Ints  # milli minor units
    himself: Flags  # the buyer is the seller


class Entries(NamedTuple):
    """What is paid, never 0."""

    order: Rows  # number of the order, counted from the first of all sales
    beneficiary: Rows
    level: Bytes
    amount: Ints  # minor units


class Rates(NamedTuple):
    """The money of a plain plan, and what it does to a seller who buys himself."""

    number: Ints  # by level; times milli minor units it is an amount over `over`
    over: int
    rounding: int
    cap: int
    cap_scale: int
    unpaid: int  # how many first levels he leaves unpaid
    apart: int  # whether his own order may have another path: NEVER, IF_PASSED_OVER, EVERY_TIME
    largest: int  # a base beyond it would leave 64 bits


class Tally(NamedTuple):
    """What one thread has remembered and added up; not to be shared."""

    words: Ints  # [row, words]: the records; one more at the end for a path of its own
    halves: Rows  # the same memory
    earned: Ints  # [row, level]: what was spread
    path: Rows  # room for one path
    ground: Ground


class Paid(NamedTuple):
    """How many entries a stretch of orders gave, its bases added up roughly, and the order (of the
    stretch) whose base is too large, or NOBODY."""

    entries: int
    volume: float
    misfit: int


@compiled
def remember_all(tally: Tally, order: Rows, at: int) -> None:
    """The paths of the rows of a preorder at a moment: whom they meet was met just before."""
    for row in range(len(tally.words) - 1):
        above(tally.ground.upline, row, at)
    for i in range(len(order)):
        if i + AHEAD < len(order):
            prefetch(tally.words, order[i + AHEAD])
            prefetch(tally.ground.upline.times, order[i + AHEAD])
        _keep(tally, whole(order[i]), Sale(whole(order[i]), at, False))


@called
def _remember(tally: Tally, row: int, sale: Sale) -> None:
    """`_keep`, not copied into its caller."""
    _keep(tally, row, sale)


@inner
def _keep(tally: Tally, row: int, sale: Sale) -> None:
    """Climb, and keep in record `row` who earns at each level."""
    words, halves, path, levels = tally.words, tally.halves, tally.path, tally.earned.shape[1]
    first = 2 * (FIRST_SUM + levels)
    climbed = climb(path, 0, sale, tally.ground)
    words[row, SINCE], words[row, UNTIL] = climbed.since, climbed.until
    for level in range(levels):
        halves[row, first + level] = NOBODY
    for step in range(climbed.end):
        if path[2, step] > 0 and path[3, step] == PAID:
            halves[row, first + path[2, step] - 1] = path[1, step]


@inner
def _spread(tally: Tally, row: int) -> None:
    """Hand what is in record `row` to those who earned it, and begin anew."""
    levels = tally.earned.shape[1]
    first = 2 * (FIRST_SUM + levels)
    for level in range(levels):
        to = tally.halves[row, first + level]
        if to >= 0:
            tally.earned[to, level] += tally.words[row, FIRST_SUM + level]
        tally.words[row, FIRST_SUM + level] = 0


@compiled
def spread_all(tally: Tally, volume: Ints, orders: Ints) -> None:
    """All that is still in the records; bases and numbers of orders are added by row."""
    levels = tally.earned.shape[1]
    first = 2 * (FIRST_SUM + levels)
    for row in range(len(volume)):
        if row + AHEAD < len(volume):
            for level in range(1, levels):
                prefetch(tally.earned, tally.halves[row + AHEAD, first + level])
        _spread(tally, row)
        volume[row] += tally.words[row, VOLUME]
        orders[row] += tally.halves[row, first + levels]


@compiled
def pay(sales: Sales, number: int, tally: Tally, rates: Rates, entries: Entries) -> Paid:
    """Entries of a stretch of orders, the first of which has `number`; they fit `entries`.

    `no` spares the test for an index from the end; an entry of nothing is written and then written
    over, because a processor guesses badly who earns.
    """
    words, halves, levels = tally.words, tally.halves, tally.earned.shape[1]
    first = 2 * (FIRST_SUM + levels)
    inverse, own_path = 1.0 / rates.over, len(words) - 1
    used, volume, size = 0, 0.0, len(sales.seller)
    for i in range(size):
        if i + AHEAD < size:
            prefetch(words, sales.seller[no(i + AHEAD)])
        seller, at, base = whole(sales.seller[no(i)]), sales.at[no(i)], sales.base[no(i)]
        if base > rates.largest or base < -rates.largest:
            return Paid(used, volume, i)
        if seller < 0:
            continue
        volume += abs(base)
        if not (words[no(seller), SINCE] <= at and at < words[no(seller), UNTIL]):
            _spread(tally, seller)
            _remember(tally, seller, Sale(seller, at, False))
        words[no(seller), VOLUME] += base
        halves[no(seller), no(first + levels)] += 1
        row, unpaid = seller, 0
        if sales.himself[no(i)]:
            unpaid = rates.unpaid
            passed_over = rates.apart == IF_PASSED_OVER and halves[seller, first] != seller
            if passed_over or rates.apart == EVERY_TIME:
                row = own_path
                _remember(tally, row, Sale(seller, at, True))
        room = cap_of(base, rates.cap, rates.cap_scale)
        for level in range(unpaid, levels):
            to = halves[no(row), no(first + level)]
            share = rates.number[no(level)] * base
            amount = round_by(share, rates.over, inverse, rates.rounding)
            amount = amount if to >= 0 else 0
            if rates.cap_scale > 0:
                amount = within(amount, room)
                room -= abs(amount)
            words[no(row), no(FIRST_SUM + level)] += amount
            entries.order[no(used)], entries.beneficiary[no(used)] = number + i, to
            entries.level[no(used)], entries.amount[no(used)] = level + 1, amount
            used += amount != 0
        if row == own_path:
            _spread(tally, row)
    return Paid(used, volume, NOBODY)


@compiled
def roll_up(order: Rows, sums: Ints) -> None:
    """Add every row of `sums` [row, SUM_WORDS] to its sponsor's, with levels and children below.

    Preorder backwards meets every child before its sponsor.
    """
    for i in range(len(order) - 1, -1, -1):
        if i >= AHEAD:
            prefetch(sums, order[no(i - AHEAD)])
        row = order[no(i)]
        above = sums[no(row), ABOVE]
        if above >= 0:
            sums[no(above), GROUP] += sums[no(row), GROUP]
            sums[no(above), HEIGHT] = max(sums[no(above), HEIGHT], sums[no(row), HEIGHT] + 1)
            sums[no(above), CHILDREN] += 1
