"""The lines of every state as arrays: what `analytics.amounts` multiplies rates with.

Where a plan's rates do not depend on the line and nothing is rounded by line, the lines of a state
become one: the sum of their bases.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from analytics.amounts import Orders, Pieces
from analytics.bases import FITS, NO_LINE, Lines
from analytics.events import States
from analytics.exact import Left
from analytics.network import Ints, Rows
from analytics.plan import Plan
from analytics.terms import Terms
from graph import money
from graph.model import NOBODY
from graph.money import Exact


class Cut(NamedTuple):
    """Lines cut into pieces."""

    pieces: Pieces
    odd: dict[int, list[Left]]  # by state, where whole 64-bit numbers do not say what is left
    line: Rows  # by piece of the first states: row in columns.lines


def by_line(plan: Plan) -> bool:
    """Whether it matters on which line a base stands."""
    return (
        bool(plan.product_rates or plan.category_rates) or plan.round_at != "entry" or priced(plan)
    )


def priced(plan: Plan) -> bool:
    """Whether the plan has amounts per unit."""
    overrides = (*plan.product_rates, *plan.category_rates, *plan.distributor_rates)
    return any(override.amounts for override in overrides)


class Reading(NamedTuple):
    """A plan, the same for the kernels, and the company's currency."""

    plan: Plan
    terms: Terms
    currency: str


class Currencies(NamedTuple):
    """Of the orders of a batch, and of all products (null: the company's)."""

    orders: pl.Series
    products: pl.Series


def cut(currencies: Currencies, lines: Lines, states: States, reading: Reading) -> Cut:
    """The pieces of the own states of the orders of a batch and of the states after events."""
    plan, terms, company = reading
    count = len(lines.start) - 1
    after = _after(states, plan)
    first = _first(lines) if by_line(plan) else _first(_as_one(lines))
    product = np.concatenate([first.product, after.product])
    order = np.concatenate([np.arange(count), np.array(states.at, np.int64)]).astype(np.int32)
    start = np.concatenate([first.start, first.start[-1] + after.start[1:]])
    pieces = Pieces(
        order=order,
        start=start,
        base=np.concatenate([first.base, after.base]),
        units=np.concatenate([first.units, after.units]),
        product=terms.of_product[np.maximum(product, NOBODY)],
        category=terms.of_category[np.maximum(product, NOBODY)],
        priced=np.zeros(len(product), np.bool_),
    )
    if priced(plan):
        of_piece = np.repeat(order, np.diff(start))
        pieces = pieces._replace(priced=_priced(currencies, of_piece, product, company))
    odd = first.odd | {count + state: left for state, left in after.odd.items()}
    return Cut(pieces, odd, first.line)


def orders_of(currency: pl.Series, elapsed: Ints) -> Orders:
    """What the kernel needs of each order."""
    major = {word: 10 ** money.exponent(word) for word in currency.unique().to_list()}
    minor = currency.replace_strict(major, return_dtype=pl.Int64) if major else currency
    return Orders(minor.cast(pl.Int64).to_numpy(), elapsed)


class Raw(NamedTuple):
    """Pieces before the plan has said what their products are to it."""

    start: Ints
    line: Rows
    product: Rows
    base: Ints
    units: Ints
    odd: dict[int, list[Left]]


_NO_ROWS, _NO_INTS = np.empty(0, np.int32), np.empty(0, np.int64)
NOTHING_AFTER = Raw(np.zeros(1, np.int64), _NO_ROWS, _NO_ROWS, _NO_INTS, _NO_INTS, {})
"""Of a batch in which nothing happened after the sale."""


def _first(lines: Lines) -> Raw:
    odd = {}
    for order, bases in lines.wide.items():
        units = lines.units[lines.start[order] : lines.start[order + 1]].tolist()
        odd[order] = [Left(Exact(b), Exact(u)) for b, u in zip(bases, units, strict=True)]
    return Raw(lines.start, lines.line, lines.product, lines.base, lines.units, odd)


def _as_one(lines: Lines) -> Lines:
    """One line for each order, of no product; sums in int64 are exact modulo 2^64, and fit."""
    upto = np.zeros(len(lines.base) + 1, np.int64)
    np.cumsum(lines.base, out=upto[1:])
    orders = len(lines.start) - 1
    nobody = np.full(orders, NOBODY, np.int32)
    return Lines(
        start=np.arange(orders + 1),
        line=nobody,
        product=nobody,
        base=upto[lines.start[1:]] - upto[lines.start[:-1]],
        units=np.zeros(orders, np.int64),
        wide={order: [sum(bases)] for order, bases in lines.wide.items()},
    )


def _after(states: States, plan: Plan) -> Raw:
    if not states.lines:
        return NOTHING_AFTER
    with_units = priced(plan) or plan.round_at == "unit"
    products: list[int] = []
    left: list[Left] = []
    lengths, odd = [0], {}
    for state, lines in enumerate(states.lines):
        own = [(product, _without_units(one, with_units)) for product, one in lines]
        if not by_line(plan) and own:
            own = [(NOBODY, Left(sum((one.base for _, one in own), Exact(0)), Exact(0)))]
        remaining = [one for _, one in own]
        if not all(map(_whole, remaining)):
            odd[state] = remaining
            own = [(product, Left(Exact(0), Exact(0))) for product, _ in own]
        products += [product for product, _ in own]
        left += [one for _, one in own]
        lengths.append(len(own))
    numbers = np.array([(int(one.base), int(one.units)) for one in left], np.int64).reshape(-1, 2)
    nowhere = np.full(len(products), NOBODY, np.int32)
    start = np.cumsum(lengths, dtype=np.int64)
    product = np.array(products, np.int32)
    return Raw(start, nowhere, product, numbers[:, 0], numbers[:, 1], odd)


def _without_units(left: Left, keep: bool) -> Left:
    return left if keep else Left(left.base, Exact(0))


def _whole(left: Left) -> bool:
    return all(part.denominator == 1 and abs(part.numerator) < FITS for part in left)


def _priced(
    currencies: Currencies, orders: Rows, products: Rows, company: str
) -> npt.NDArray[np.bool_]:
    """By piece: a line whose product has the order's currency (blank: the company's)."""
    own = currencies.products.fill_null(company)
    blank = pl.Series(products).set(pl.Series(products) < 0, None)
    of_product = own.gather(blank).fill_null(company)
    same = (of_product == currencies.orders.gather(orders)).to_numpy()
    found: npt.NDArray[np.bool_] = same & (products != NO_LINE)
    return found


def bases(found: Cut, orders: int) -> tuple[pl.Series, pl.Series]:
    """The bases (milli minor units, Int128) of the orders and of the pieces of their own states."""
    pieces = found.pieces
    size = int(pieces.start[orders])
    upto = np.zeros(size + 1, np.int64)
    np.cumsum(pieces.base[:size], out=upto[1:])
    by_order = upto[pieces.start[1 : orders + 1]] - upto[pieces.start[:orders]]
    whole, single = (
        pl.Series(by_order).cast(pl.Int128),
        pl.Series(pieces.base[:size]).cast(pl.Int128),
    )
    for order, left in found.odd.items():
        if order < orders:
            first = int(pieces.start[order])
            numbers = [int(one.base) for one in left]
            at = pl.Series(range(first, first + len(numbers)), dtype=pl.UInt32)
            single = single.scatter(at, pl.Series(numbers, dtype=pl.Int128))
            whole = whole.scatter(order, pl.Series([sum(numbers)], dtype=pl.Int128))
    return whole, single
