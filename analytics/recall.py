"""Orders that a night has frozen, worked out again by the kernels of the engine, without frames.

For a handful of orders the columns of `analytics.commission` cost far more than the money: here
rows of `graph.around` become the arrays of the kernels at once. What is fixed, what is multiplied
and what is rounded are the functions that a night calls; tests hold the answers of both to each
other.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

import analytics.bases
import analytics.batches
import analytics.paths
import analytics.pieces
import analytics.terms
import graph.money
from analytics.amounts import MILLI, MIXED, NONE, Orders
from analytics.bases import FITS, NO_LINE, Lines
from analytics.batches import EARNS, Said
from analytics.columns import ORDERS
from analytics.commission_schema import Note
from analytics.events import States
from analytics.network import Ints
from analytics.paths import MIXED_WORD, Kept, Part
from analytics.pieces import Currencies, Reading
from analytics.plan import Plan
from analytics.terms import Terms, Words
from analytics.walk import Steps
from graph.keys import Row
from graph.model import NOBODY, ORDER_KIND, ORDER_STATUS

Ranks = tuple[str | None, ...]
PRICED = ("quantity_milli", "unit_price", "discount")


@dataclass(frozen=True, eq=False)
class Version:
    """A plan version, and what the kernels make of it: kept from one call to the next."""

    plan: Plan
    _terms: dict[Ranks, tuple[Terms, Words]] = field(default_factory=dict)

    def terms(self, ranks: Ranks) -> tuple[Terms, Words]:
        """`analytics.terms.of_nobody`, once for the same ranks."""
        if ranks not in self._terms:
            self._terms[ranks] = analytics.terms.of_nobody(self.plan, list(ranks))
        return self._terms[ranks]


class Recalled(NamedTuple):
    """One order: rows with the columns of PATHS and PATH_LINES, `beneficiary` (an id or None) in
    the place of `beneficiary_row`, and what there is to say.
    """

    path: list[Row]
    lines: list[Row]
    notes: list[Note]


def work_out(orders: Sequence[Row], version: Version, currency: str) -> list[Recalled]:
    """Frozen orders of one plan version; `currency` is the company's, for products without one."""
    people = dict(pair for order in orders for pair in order["people"])
    part = _part(orders, list(people), list(people.values()), version, currency)
    ids = [*people.values(), None]  # NOBODY is the last
    paths, lines = _by_order(_path_rows(part), ids), _by_order(_line_rows(orders, part), ids)
    return [
        Recalled(paths.get(at, []), lines.get(at, []), list(_notes(order, version.plan.base)))
        for at, order in enumerate(orders)
    ]


def when(order: Row) -> int:
    """When the own entries of an order are booked, as `analytics.events.when_of_accrual`."""
    paid_at: int | None = order["paid_at"]
    ordered_at: int = order["ordered_at"]
    return ordered_at if paid_at is None or order["kind"] == "cancellation" else paid_at


def earning(orders: Sequence[Row], as_of_ms: int) -> set[str]:
    """The ids of those orders that anybody earns on by as-of, frozen or not."""
    columns = {
        "kind": [ORDER_KIND.index(order["kind"]) for order in orders],
        "status": [ORDER_STATUS.index(order["status"]) for order in orders],
        "cancels_row": [0 if order["cancels_known"] else NOBODY for order in orders],
        "paid_at": [order["paid_at"] for order in orders],
        "in_time": [when(order) <= as_of_ms for order in orders],
    }
    types = {name: ORDERS.get(name, pl.Boolean) for name in columns}
    found = pl.DataFrame(columns, schema=types).select(EARNS & pl.col("in_time"))
    return {order["id"] for order, (earns,) in zip(orders, found.iter_rows(), strict=True) if earns}


def _part(
    orders: Sequence[Row], keys: list[int], ids: list[str], version: Version, currency: str
) -> Part:
    plan = version.plan
    ranks: Ranks = (None, *sorted({rank for order in orders for rank in order["ranks"]} - {""}))
    products = _products(orders)
    terms, words = version.terms(ranks)
    categories = [line["category"] for line in products.values()]
    terms = analytics.terms.placed(terms, plan, ids, list(products), categories)
    reading = Reading(plan, terms, currency)
    currencies = Currencies(
        pl.Series([order["currency"] for order in orders], dtype=pl.String),
        pl.Series([line["product_currency"] for line in products.values()], dtype=pl.String),
    )
    lines = _lines(orders, {id: row for row, id in enumerate(products)}, plan.base)
    cut = analytics.pieces.cut(currencies, lines, States(), reading)
    rows = np.arange(len(orders), dtype=np.int32)
    steps = _steps(orders, keys, ranks, plan)
    return analytics.batches.paid(
        rows, steps, cut, _kernel_orders(orders), Said(reading, words, list(ranks))
    )


def _kernel_orders(orders: Sequence[Row]) -> Orders:
    elapsed = [0 if order["anchor"] is None else when(order) - order["anchor"] for order in orders]
    major = [10 ** graph.money.exponent(order["currency"]) for order in orders]
    return Orders(np.array(major, np.int64), np.array(elapsed, np.int64))


def _products(orders: Sequence[Row]) -> dict[str, Row]:
    """A line of each product that is known, by the product's id."""
    lines = (line for order in orders for line in order["lines"])
    return {line["product_id"]: line for line in lines if line["product_id"] is not None}


def _steps(orders: Sequence[Row], keys: list[int], ranks: Ranks, plan: Plan) -> Steps:
    row_of, code = {key: row for row, key in enumerate(keys)}, {"": 0}
    code |= {rank: number for number, rank in enumerate(ranks) if rank}

    def column(values: Iterator[int], dtype: type[np.integer[Any]]) -> npt.NDArray[Any]:
        return np.array(list(values), dtype)

    kept = Kept(
        column((at for at, order in enumerate(orders) for _ in order["keys"]), np.int64),
        column((hops for order in orders for hops in range(len(order["keys"]))), np.int32),
        column((row_of.get(key, NOBODY) for order in orders for key in order["keys"]), np.int32),
        column((level for order in orders for level in order["levels"]), np.uint8),
        column((gate for order in orders for gate in order["gates"]), np.uint8),
        column((code[rank] for order in orders for rank in order["ranks"]), np.int32),
    )
    return analytics.paths.completed(kept, np.array([*map(_himself, orders)], np.bool_), plan)


def _himself(order: Row) -> bool:
    """`analytics.paths.BUYER_IS_SELLER`."""
    same: bool = order["buyer_key"] == order["seller_key"] != NOBODY
    return same and order["buyer_kind"] == "distributor"


def _lines(orders: Sequence[Row], product_row: Mapping[str, int], base: str) -> Lines:
    """As `analytics.bases.lines_of`: what earns and was there when the order was frozen."""
    numbers = itertools.accumulate((len(order["lines"]) for order in orders), initial=0)
    found = [[*_earning(*one)] for one in zip(orders, numbers, strict=False)]
    bases = [_bases(order, own, base) for order, own in zip(orders, found, strict=True)]
    wide = {at: own for at, own in enumerate(bases) if sum(map(abs, own)) >= FITS}
    lines = [line for own in found for _, line in own]
    return Lines(
        start=np.cumsum([0, *map(len, found)], dtype=np.int64),
        line=np.array([number for own in found for number, _ in own], np.int32),
        product=np.array([_product(line, product_row) for line in lines], np.int32),
        base=np.array(
            [0 if at in wide else b for at, own in enumerate(bases) for b in own], np.int64
        ),
        units=np.array([line["quantity_milli"] if line else 0 for line in lines], np.int64),
        wide=wide,
    )


def _earning(order: Row, first: int) -> Iterator[tuple[int, Row | None]]:
    """Number among the lines of all orders, and line: none for the amount of an order without."""
    if not order["lines"]:
        yield NOBODY, None
    for number, line in enumerate(order["lines"], first):
        if line["commissionable"] and line["seq"] <= order["frozen_seq"]:
            yield number, line


def _product(line: Row | None, product_row: Mapping[str, int]) -> int:
    return NO_LINE if line is None else product_row.get(line["product_id"], NOBODY)


def _bases(order: Row, lines: Sequence[tuple[int, Row | None]], base: str) -> list[int]:
    """The base of each line in thousandths."""
    if base == "margin":
        return _margins(order, [line for _, line in lines if line])
    amount = MILLI * (order["amount"] or 0)
    of = analytics.bases.paid_for if base == "paid" else analytics.bases.listed_at
    return [amount if line is None else of(*(line[name] for name in PRICED)) for _, line in lines]


def _margins(order: Row, lines: Sequence[Row]) -> list[int]:
    if not order["lines"]:
        return [0]
    numbers = {name: [line[name] for line in lines] for name in PRICED}
    numbers["cost"] = [_cost(line, order["currency"]) for line in lines]
    frame = pl.DataFrame(numbers, schema=dict.fromkeys(numbers, pl.Int64))
    found = frame.select(analytics.bases.line_base("margin", wide=True))
    return found.to_series().to_list()


def _cost(line: Row, currency: str) -> int | None:
    """What a product costs; None where that is blank or in another currency."""
    known: int | None = line["cost"]
    return known if line["product_currency"] in (None, currency) else None


def _path_rows(part: Part) -> Iterator[Row]:
    steps, found, words = part.work.steps, part.entitled, part.words
    size, over = int(steps.start[-1]), MILLI * part.work.terms.scale
    amount = found.granted[:size]
    cut = found.rounded[:size] - amount
    bases, at = part.base_milli.to_list(), np.repeat(part.rows, np.diff(steps.start)).tolist()
    columns = (
        at,
        part.share.to_list(),
        *_lists(steps.position, steps.beneficiary, steps.level, steps.gate, steps.failed),
        *_lists(steps.rank, found.rate[:size], found.source[:size], amount, cut),
        analytics.paths.outcomes(part, amount).tolist(),
    )
    for row in zip(*columns, strict=True):
        order, share, hops, who, level, gate, failed, rank, rate, source, paid, taken, why = row
        yield {
            "order_row": order,
            "position": None if hops < 0 else hops,
            "beneficiary_row": who,
            "level": level,
            "gate": gate,
            "failed": failed,
            "outcome": why,
            "rate": None if rate == NONE else words.rate(rate),
            "rate_source": _source(source, words),
            "base_milli": bases[order],
            "share_num": share,
            "share_den": over,
            "amount": paid,
            "cut": taken,
            "rank": part.ranks[rank],
        }


def _lists(*columns: Ints | npt.NDArray[Any]) -> Iterator[list[int]]:
    return (column.tolist() for column in columns)


def _source(source: int, words: Words) -> str | None:
    if source < 0:
        return MIXED_WORD if source == MIXED else None
    return words.sources[source]


def _line_rows(orders: Sequence[Row], part: Part) -> list[Row]:
    if not (part.entitled.source == MIXED).any():
        return []
    numbers = [line["line_no"] for order in orders for line in order["lines"]]
    return analytics.paths.lines(pl.Series(numbers, dtype=pl.Int64), part).to_dicts()


def _by_order(rows: Iterator[Row] | list[Row], ids: list[str | None]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        row["beneficiary"] = ids[row.pop("beneficiary_row")]
        found.setdefault(row.pop("order_row"), []).append(row)
    return found


def _notes(order: Row, base: str) -> Iterator[Note]:
    """As `analytics.bases.notes`."""
    margin = base == "margin"
    if not order["lines"] and order["amount"] is None:
        yield Note("no_amount", order["id"])
    elif not order["lines"] and margin:
        yield Note("no_cost", order["id"])
    for line in order["lines"] if margin else ():
        if line["commissionable"] and _cost(line, order["currency"]) is None:
            yield Note("no_cost", order["id"], {"line_no": line["line_no"]})
