"""Entitlement where 64 bits do not hold it, or where what remains of a line is a fraction.

The same steps as the kernel of `analytics.amounts`, on whole numbers and fractions of any size. The
rate of a line is asked of the very function that the kernel asks.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

import analytics.amounts
from analytics.amounts import ENTRY, MILLI, UNIT, Entitled, Term, Work
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
    for state in np.flatnonzero(~work.fits).tolist():
        shares |= _state(found, work, state, odd.get(state) or _left(work, state))
    return shares


def _left(work: Work, state: int) -> list[Left]:
    lines = slice(int(work.pieces.start[state]), int(work.pieces.start[state + 1]))
    base, units = work.pieces.base[lines].tolist(), work.pieces.units[lines].tolist()
    return [Left(Exact(one), Exact(quantity)) for one, quantity in zip(base, units, strict=True)]


def _state(found: Entitled, work: Work, state: int, left: Sequence[Left]) -> dict[int, Exact]:
    order = int(work.pieces.order[state])
    room = cap(sum((line.base for line in left), Exact(0)), work.terms)
    shares: dict[int, Exact] = {}
    highest, at = 0, int(found.start[state])
    for row in range(int(work.steps.start[order]), int(work.steps.start[order + 1])):
        if work.steps.level[row] != 0 or work.steps.gate[row] == ZERO_RATE:
            parts = _parts(work, state, row, left, highest)
            shares[at] = sum(parts, Exact(0))
            rounded = _round(parts, left, work.terms) if work.steps.gate[row] == PAID else 0
            granted = rounded if room is None else max(-room, min(room, rounded))
            room = None if room is None else room - abs(granted)
            found.rounded[at], found.granted[at] = rounded, granted
            if work.terms.differential:
                highest = max(highest, int(work.terms.of_rank[work.steps.rank[row]]))
        at += 1
    return shares


def cap(base_milli: Exact, terms: Terms) -> int | None:
    """What an order on this base pays at most, floored to a minor unit; None without a cap."""
    if not terms.cap_scale:
        return None
    return int(abs(base_milli) * terms.cap // (MILLI * terms.cap_scale))


def _parts(work: Work, state: int, row: int, left: Sequence[Left], highest: int) -> list[Exact]:
    """The exact share of each line, in minor units."""
    order, first = int(work.pieces.order[state]), int(work.pieces.start[state])
    elapsed = int(work.orders.elapsed[order])
    place = analytics.amounts.place_of(work.steps, row, elapsed, highest)
    major = int(work.orders.major[order])
    parts = []
    for at, line in enumerate(left):
        which = analytics.amounts.line_of(work.pieces, first + at)
        parts.append(_part(analytics.amounts.term_of(work.terms, place, which), line, major, work))
    return parts


def _part(term: Term, line: Left, major: int, work: Work) -> Exact:
    of = line.units * major if term.fixed else line.base
    return Exact(int(term.number), MILLI * int(work.terms.scale)) * of


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
