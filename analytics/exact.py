"""Entitlement where 64 bits do not hold it, or where what remains of a line is a fraction.

The same steps as the kernel of `analytics.amounts`, on whole numbers and fractions of any size. The
rate of a line is asked of the very function that the kernel asks.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

import analytics.amounts
from analytics.amounts import ENTRY, MILLI, UNIT, Entitled, Work
from analytics.terms import Terms
from analytics.walk import PAID, ZERO_RATE
from graph import money
from graph.money import Exact


class Left(NamedTuple):
    """What is left of one line, in thousandths."""

    base: Exact
    units: Exact


Odd = Mapping[int, Sequence[Left]]
"""By state what is left of its lines, where whole 64-bit numbers do not say it."""


def fill(found: Entitled, work: Work, odd: Odd) -> dict[int, Exact]:
    """Put into `found` what the kernel left out, in place. Returns the exact shares, by row of
    `found`, in minor units: they may not fit `found.share`.
    """
    shares: dict[int, Exact] = {}
    states = np.flatnonzero(~work.fits).tolist()
    terms = _terms(work, [(state, row) for state in states for row in _rows(work, state)])
    for state in states:
        shares |= _state(found, State(work, state, odd.get(state) or _left(work, state)), terms)
    return shares


class State(NamedTuple):
    """One state and what is left of its lines."""

    work: Work
    number: int
    left: Sequence[Left]


def _rows(work: Work, state: int) -> list[int]:
    """The rows of the path of a state's order that a rate belongs to."""
    order = work.pieces.order[state]
    first, last = int(work.steps.start[order]), int(work.steps.start[order + 1])
    level, gate = work.steps.level[first:last], work.steps.gate[first:last]
    return [first + int(row) for row in np.flatnonzero((level != 0) | (gate == ZERO_RATE))]


def _terms(work: Work, rows: Sequence[tuple[int, int]]) -> Iterator[tuple[int, bool]]:
    """Rate (or amount) and whether it is an amount, of every line of every row, in their order."""
    start = work.pieces.start.tolist()
    triples = [
        (int(work.pieces.order[state]), row, piece)
        for state, row in rows
        for piece in range(start[state], start[state + 1])
    ]
    columns = np.array(triples, np.int64).reshape(-1, 3).T.copy()
    number, _, fixed = analytics.amounts.terms_of(work, columns[0], columns[1], columns[2])
    return zip(number.tolist(), fixed.tolist(), strict=True)


def _left(work: Work, state: int) -> list[Left]:
    lines = slice(int(work.pieces.start[state]), int(work.pieces.start[state + 1]))
    base, units = work.pieces.base[lines].tolist(), work.pieces.units[lines].tolist()
    return [Left(Exact(one), Exact(quantity)) for one, quantity in zip(base, units, strict=True)]


def _state(found: Entitled, state: State, terms: Iterator[tuple[int, bool]]) -> dict[int, Exact]:
    work, left = state.work, state.left
    room = cap(sum((line.base for line in left), Exact(0)), work.terms)
    order = work.pieces.order[state.number]
    first = int(found.start[state.number]) - int(work.steps.start[order])
    major, over = int(work.orders.major[order]), MILLI * int(work.terms.scale)
    shares: dict[int, Exact] = {}
    for row in _rows(work, state.number):
        parts = [
            Exact(number, over) * (line.units * major if fixed else line.base)
            for line, (number, fixed) in zip(left, terms, strict=False)
        ]
        shares[first + row] = sum(parts, Exact(0))
        rounded = _round(parts, left, work.terms) if work.steps.gate[row] == PAID else 0
        granted = rounded if room is None else max(-room, min(room, rounded))
        room = None if room is None else room - abs(granted)
        found.rounded[first + row], found.granted[first + row] = rounded, granted
    return shares


def cap(base_milli: Exact, terms: Terms) -> int | None:
    """What an order on this base pays at most, floored to a minor unit; None without a cap."""
    if not terms.cap_scale:
        return None
    return int(abs(base_milli) * terms.cap // (MILLI * terms.cap_scale))


def _round(parts: Sequence[Exact], left: Sequence[Left], terms: Terms) -> int:
    if terms.round_at == ENTRY:
        return money.round_exact(sum(parts, Exact(0)), terms.rounding)
    if terms.round_at == UNIT:
        pairs = zip(parts, left, strict=True)
        return sum(_by_unit(part, line.units, terms.rounding) for part, line in pairs)
    return sum(money.round_exact(part, terms.rounding) for part in parts)


def _by_unit(part: Exact, units_milli: Exact, mode: int) -> int:
    if not units_milli:
        return money.round_exact(part, mode)
    units = abs(units_milli) / MILLI
    return money.round_exact(money.round_exact(part / units, mode) * units, mode)
