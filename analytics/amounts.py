"""What each ancestor on a path is entitled to: rate, exact share, rounding, order cap.

A *state* is an order as it stands after one event: its lines with what remains of their bases. The
first state of an order is its accrual, each refund gives another; all of them are worked out by the
same kernel, so that a difference between two states is exact. Every kernel number is an int64 and
`fits` has made sure, state by state, that none of them wraps; the states that do not fit are worked
out with whole numbers of any size by `analytics.exact`.

Readings: under `round_at = unit` a line whose quantity is used up or unknown is rounded whole; an
order of which no line earns shows the rate of distributor or plan on a base of 0.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analytics.kernels import compiled, inner, whole
from analytics.network import Ints, Rows
from analytics.terms import AMOUNT, RATE, Terms
from analytics.walk import PAID, ZERO_RATE, Steps
from graph.model import NOBODY
from graph.money import FLOOR, HALF_UP

NONE, MIXED = -1, -2
"""Sources of a row without a level, and of one whose lines differ."""
ENTRY, LINE, UNIT = range(3)
LIMIT = 2.0**60
"""Where a float estimate says that a product may leave 64 bits; leaves room for its error."""
MILLI = 1000


class Orders(NamedTuple):
    """What the kernel needs of each order besides its path."""

    major: Ints  # minor units of one major unit of its currency
    elapsed: Ints  # ms from the window's anchor to the order; negative: no window runs


class Pieces(NamedTuple):
    """Lines of states: those of state s are `start[s] : start[s + 1]`."""

    order: Rows  # by state: the order
    start: Ints
    base: Ints  # milli minor units
    units: Ints  # milli
    product: Rows  # source of the product's override, 0 for none
    category: Rows
    priced: npt.NDArray[np.bool_]  # fixed amounts apply: the product's currency is the order's


class Entitled(NamedTuple):
    """By state and path row: row j of the path of a state's order is `start[s] + j`."""

    start: Ints
    share: Ints  # over 1000 x scale; promised, whether paid or not
    rounded: Ints  # what passed the gates, before the order cap
    granted: Ints  # after it
    rate: Ints  # over scale; NONE for a fixed amount, mixed lines or no level
    source: Rows
    zero: npt.NDArray[np.bool_]  # the rate (of every line) is zero


class Work(NamedTuple):
    """All that the kernel reads, and which states it may work out."""

    steps: Steps
    pieces: Pieces
    orders: Orders
    terms: Terms
    below: Ints  # by path row: the highest rate paid below it; empty unless differential
    start: Ints  # of Entitled
    fits: npt.NDArray[np.bool_]


class Term(NamedTuple):
    """A rate (or an amount per unit) and its source."""

    number: int
    source: int
    fixed: bool


class Place(NamedTuple):
    """A path row, as far as its rate depends on it; `highest` is what was paid below (by rank)."""

    level: int
    beneficiary: int
    rank: int
    elapsed: int
    highest: int


class Line(NamedTuple):
    """A line, as far as its rate depends on it."""

    product: int
    category: int
    priced: bool


def work(steps: Steps, pieces: Pieces, orders: Orders, terms: Terms, odd: Iterable[int]) -> Work:
    """The kernel's reading matter; the states in `odd` hold more than whole 64-bit numbers."""
    start = np.zeros(len(pieces.order) + 1, np.int64)
    np.cumsum(np.diff(steps.start)[pieces.order], out=start[1:])
    small = fits(pieces, orders, terms)
    small[list(odd)] = False
    below = _below(steps, terms) if terms.differential else np.empty(0, np.int64)
    return Work(steps, pieces, orders, terms, below, start, small)


def entitled(reading: Work) -> Entitled:
    """Entitlement in every state; states that do not fit are left at zero for `analytics.exact`."""
    return Entitled(reading.start, *_entitled(reading))


def fits(pieces: Pieces, orders: Orders, terms: Terms) -> npt.NDArray[np.bool_]:
    """By state: whether no number of the kernel leaves 64 bits, estimated from above."""
    numbers = (terms.number, terms.then, terms.of_rank)
    most = max(float(np.abs(known).max(initial=1)) for known in numbers)
    of_piece = np.repeat(np.arange(len(pieces.order)), np.diff(pieces.start))
    base, units = np.abs(pieces.base.astype(np.float64)), np.abs(pieces.units.astype(np.float64))
    major = orders.major[pieces.order][of_piece]
    product = ((base + units * major) * most + units * terms.scale).astype(np.float64)

    def total(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        summed = np.bincount(of_piece, weights=values, minlength=len(pieces.order))
        return summed.astype(np.float64)

    small = MILLI * max(float(terms.scale), float(terms.cap_scale)) < LIMIT
    return (total(product) < LIMIT) & (total(base) * float(terms.cap) < LIMIT) & small


@compiled
def _below(steps: Steps, terms: Terms) -> Ints:
    """The highest rate of a rank that is paid below each path row."""
    below = np.zeros(len(steps.rank), np.int64)
    for order in range(len(steps.start) - 1):
        highest = 0
        for row in range(steps.start[order], steps.start[order + 1]):
            below[row] = highest
            if steps.level[row] > 0:
                highest = max(highest, whole(terms.of_rank[steps.rank[row]]))
    return below


@compiled
def terms_of(
    reading: Work, order: Ints, step: Ints, piece: Ints
) -> tuple[Ints, Rows, npt.NDArray[np.bool_]]:
    """Numerator, source and whether it is an amount, of path rows and their lines, pair by pair."""
    number, source = np.empty(len(step), np.int64), np.empty(len(step), np.int32)
    fixed = np.empty(len(step), np.bool_)
    for i in range(len(step)):
        elapsed = whole(reading.orders.elapsed[order[i]])
        place = _place(reading, step[i], elapsed)
        term = _term(reading.terms, place, _line(reading.pieces, piece[i]))
        number[i], source[i], fixed[i] = term.number, term.source, term.fixed
    return number, source, fixed


@compiled
def _entitled(reading: Work) -> tuple[Ints, Ints, Ints, Ints, Rows, npt.NDArray[np.bool_]]:
    steps, pieces, terms = reading.steps, reading.pieces, reading.terms
    size = reading.start[-1]
    share, rounded = np.zeros(size, np.int64), np.zeros(size, np.int64)
    granted, rate = np.zeros(size, np.int64), np.full(size, NONE, np.int64)
    source, zero = np.full(size, NONE, np.int32), np.zeros(size, np.bool_)
    by_plan, inverse = _knows_levels_only(terms), 1.0 / (MILLI * terms.scale)
    for state in range(len(pieces.order)):
        order = pieces.order[state]
        first, last = pieces.start[state], pieces.start[state + 1]
        at = reading.start[state]
        base = pieces.base[first:last].sum()
        room = cap_of(base, terms.cap, terms.cap_scale)
        for row in range(steps.start[order], steps.start[order + 1]):
            if steps.level[row] == 0 and steps.gate[row] != ZERO_RATE:
                at += 1
                continue
            if by_plan and last == first + 1:
                found = _by_plan(terms, base, steps.level[row] - 1, inverse)
            else:
                found = _lines(reading, state, row)
            share[at], rounded[at], rate[at], source[at], zero[at] = found
            if not reading.fits[state]:
                share[at], rounded[at] = 0, 0
            if steps.gate[row] != PAID:
                rounded[at] = 0
            granted[at] = rounded[at]
            if terms.cap_scale > 0:
                granted[at] = within(whole(rounded[at]), room)
                room -= abs(whole(granted[at]))
            at += 1
    return share, rounded, granted, rate, source, zero


@inner
def cap_of(base: int, cap: int, cap_scale: int) -> int:
    """What an order on this base (milli) pays at most, floored to a minor unit."""
    if cap_scale == 0:
        return 0
    return abs(base) * cap // (MILLI * cap_scale)


@inner
def within(amount: int, room: int) -> int:
    """`amount` cut to the room that is left, whatever its sign."""
    if abs(amount) <= room:
        return amount
    return room if amount > 0 else -room


@inner
def _knows_levels_only(terms: Terms) -> bool:
    """Whether a rate depends on nothing but the level, and is rounded once."""
    window = False
    for level in range(terms.levels):
        window |= terms.window_ms[level] >= 0
    return len(terms.exempt) == 1 and not (window or terms.differential or terms.round_at != ENTRY)


@inner
def _by_plan(
    terms: Terms, base: int, level: int, inverse: float
) -> tuple[int, int, int, int, bool]:
    """`_lines` of one line where a rate depends on nothing but the level."""
    number = whole(terms.number[0, level])
    share = number * base
    rounded = round_by(share, MILLI * terms.scale, inverse, terms.rounding)
    return share, rounded, number, 0, number == 0


@inner
def _lines(reading: Work, state: int, row: int) -> tuple[int, int, int, int, bool]:
    """Share, rounded amount, rate, source and whether all rates are zero, of one path row."""
    pieces, terms = reading.pieces, reading.terms
    first, last = pieces.start[state], pieces.start[state + 1]
    order = pieces.order[state]
    place = _place(reading, row, whole(reading.orders.elapsed[order]))
    share, rounded, zero = 0, 0, True
    head = _term(terms, place, _line(pieces, first if first < last else NOBODY))
    mixed = False
    for piece in range(first, last):
        term = _term(terms, place, _line(pieces, piece))
        mixed = mixed or term != head
        zero = zero and term.number == 0
        part = term.number * pieces.base[piece]
        if term.fixed:
            part = term.number * reading.orders.major[order] * pieces.units[piece]
        share += part
        if terms.round_at == LINE:
            rounded += round_ratio(part, MILLI * terms.scale, terms.rounding)
        elif terms.round_at == UNIT:
            rounded += _by_unit(part, pieces.units[piece], terms)
    if terms.round_at == ENTRY:
        rounded = round_ratio(share, MILLI * terms.scale, terms.rounding)
    zero = zero and (last > first or head.number == 0)
    rate = NONE if mixed or head.fixed else head.number
    return share, rounded, rate, MIXED if mixed else head.source, zero


@inner
def _place(reading: Work, row: int, elapsed: int) -> Place:
    """Row `row` of the paths as `_term` wants it."""
    steps = reading.steps
    highest = whole(reading.below[row]) if reading.terms.differential else 0
    level, beneficiary = whole(steps.level[row]), whole(steps.beneficiary[row])
    return Place(level, beneficiary, whole(steps.rank[row]), elapsed, highest)


@inner
def _line(pieces: Pieces, piece: int) -> Line:
    """Line `piece` as `_term` wants it; NOBODY: what holds without a line."""
    if piece < 0:
        return Line(0, 0, False)
    priced = bool(pieces.priced[piece])
    return Line(whole(pieces.product[piece]), whole(pieces.category[piece]), priced)


@inner
def _term(terms: Terms, place: Place, line: Line) -> Term:
    """The rate or fixed amount of a line for one path row.

    Precedence: distributor, product, category, plan; a window replaces a rate that is not exempt.
    """
    window = len(terms.exempt)  # the source of what holds afterwards; the ranks follow it
    if terms.differential:
        number = terms.of_rank[place.rank] - place.highest
        return Term(max(0, number), whole(window + 1 + place.rank), False)
    level = place.level - 1
    source = whole(terms.of_distributor[place.beneficiary]) if place.beneficiary >= 0 else 0
    if not _is_set(terms, source, level, line.priced):
        source = line.product
    if not _is_set(terms, source, level, line.priced):
        source = line.category
    if not _is_set(terms, source, level, line.priced):
        source = 0
    if terms.kind[source, level] == AMOUNT:
        return Term(terms.number[source, level], source, True)
    over = terms.window_ms[level] >= 0 and place.elapsed > terms.window_ms[level]
    if over and not terms.exempt[source]:
        return Term(terms.then[level], window, False)
    return Term(terms.number[source, level], source, False)


@inner
def _is_set(terms: Terms, source: int, level: int, priced: bool) -> bool:
    """Whether an override (source 0 is none) says something about a level."""
    kind = terms.kind[source, level]
    return source > 0 and (kind == RATE or (kind == AMOUNT and priced))


@inner
def _by_unit(part: int, units: int, terms: Terms) -> int:
    """A line's exact part rounded for one unit, times the quantity; a fraction of one once more."""
    if units == 0:
        return round_ratio(part, MILLI * terms.scale, terms.rounding)
    one = round_ratio(abs(part), terms.scale * abs(units), terms.rounding)
    whole = round_ratio(one * abs(units), MILLI, terms.rounding)
    return whole if part >= 0 else -whole


@inner
def round_ratio(numerator: int, denominator: int, mode: int) -> int:
    """`graph.money.round_ratio` on int64: twice the denominator must fit."""
    return round_by(numerator, denominator, 1.0 / denominator, mode)


@inner
def round_by(numerator: int, denominator: int, inverse: float, mode: int) -> int:
    """`round_ratio` with 1 / denominator at hand. A float product is a few units off the quotient
    at most; what is left over says by how many, so that the result is exact.
    """
    size = abs(numerator)
    quotient = int(size * inverse)
    rest = size - quotient * denominator
    while rest < 0:
        quotient -= 1
        rest += denominator
    while rest >= denominator:
        quotient += 1
        rest -= denominator
    if mode == HALF_UP:
        quotient += 2 * rest >= denominator
    elif mode != FLOOR:
        quotient += 2 * rest > denominator or (2 * rest == denominator and quotient % 2 == 1)
    return quotient if numerator >= 0 else -quotient
