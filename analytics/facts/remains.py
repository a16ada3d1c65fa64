"""What remains of every line after refunds and cancellations, and what came back only after the
commission of its order had been released. Linear, exact, in whole minor units of each line.

    O1: P1 60.00, P2 40.00      refund 20.00            P1 -12.00, P2 -8.00
                                refund 50.00 of line 2  P2 -32.00, P1 -18.00
                                cancellation of P1      what is left of P1, the rest spread

As `analytics.remains` does it for commission, line by line: a refund takes from the line it names,
then from all by what remains of them; a cancellation from the lines of its products, then likewise;
never more than remains. A line with a fraction of a minor unit is rounded half up first.

Readings: events go by time, refunds before cancellations at one time, then by id; what came back is
late where its time is after the release, not at it. A refund without its order is nowhere.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

import analytics.bases
from analytics.columns import Columns
from analytics.events import CANCELLATION_KIND, COUNTS
from analytics.kernels import compiled, inner, whole
from graph.errors import Conflict
from graph.model import NOBODY, ORDER_KIND

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]

SALE = ORDER_KIND.index("sale")
FITS = 2.0**62
REFUND, CANCELLATION = 0, 1
NO_LINE_NO = -(2**62)


class Lines(NamedTuple):
    """Lines of the money orders: those of order o are start[o] : start[o + 1]; an order without
    lines has one with its amount.
    """

    start: Ints
    order: Rows
    line_row: Rows  # NOBODY for an amount
    product_row: Rows
    gross: Ints


class Events(NamedTuple):
    """What came back, by (order, time)."""

    order: Rows
    time: Ints
    kind: npt.NDArray[np.int8]
    amount: Ints  # of a refund
    line_no: Ints  # NO_LINE_NO: none named
    cancel: Ints  # of a cancellation: its lines are cancel : cancel_end of `Cancelled`
    cancel_end: Ints


class Cancelled(NamedTuple):
    """Lines of cancellations whose original is known."""

    product_row: Rows
    amount: Ints  # positive


def money_rows(orders: pl.DataFrame) -> Rows:
    """Rows of the orders that are money: sales, and cancellations whose original is not known."""
    unmatched = (pl.col("kind") == CANCELLATION_KIND) & (pl.col("cancels_row") < 0)
    is_money = COUNTS & ((pl.col("kind") == SALE) | unmatched)
    mask = orders.select(is_money).to_series().to_numpy()
    return np.flatnonzero(mask).astype(np.int32)


def line_gross(columns: Columns) -> Ints:
    """The paid base of every line, in whole minor units, half up on the magnitude."""
    milli = columns.lines.select(analytics.bases.paid_of(columns).alias("m"))
    paid = pl.col("m").sign() * ((pl.col("m").abs() + 500) // 1000)
    return milli.select(paid.cast(pl.Int64)).to_series().to_numpy()


def lines(columns: Columns, rows: Rows, of_lines: Ints) -> Lines:
    """The lines of the orders at `rows` (ascending)."""
    each = np.bincount(columns.lines["order_row"].to_numpy(), minlength=columns.orders.height)
    first = (np.cumsum(each) - each)[rows]
    each = each[rows]
    start = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(np.maximum(each, 1), out=start[1:])
    order = np.repeat(np.arange(len(rows), dtype=np.int32), np.maximum(each, 1))
    line = first[order] + np.arange(len(order)) - start[order]
    line = np.where((each > 0)[order], line, NOBODY).astype(np.int32)
    amount = columns.orders["amount"].fill_null(0).to_numpy()[rows]
    gross = np.where(line >= 0, np.append(of_lines, 0)[line], amount[order])
    is_sale = (columns.orders["kind"].to_numpy()[rows] == SALE)[order]
    product = np.append(columns.lines["product_row"].to_numpy(), np.int32(NOBODY))[line]
    found = Lines(start, order, line, product, np.where(is_sale, gross, np.minimum(gross, 0)))
    if float(np.abs(found.gross.astype(np.float64)).sum()) > FITS:
        raise Conflict("the money of all orders adds up to more than 64 bits hold")
    return found


def taken(
    columns: Columns, rows: Rows, mine: Lines, of_lines: Ints, release_ms: Ints
) -> tuple[Ints, Ints]:
    """By line what came back of it; by order what of that came back after its release."""
    place = np.full(columns.orders.height, NOBODY, np.int32)
    place[rows] = np.arange(len(rows), dtype=np.int32)
    events, cancelled = _events(columns, place, of_lines)
    numbers = np.append(columns.lines["line_no"].fill_null(NO_LINE_NO).to_numpy(), NO_LINE_NO)
    return _applied(mine, events, cancelled, numbers, release_ms)


def _events(columns: Columns, place: Rows, of_lines: Ints) -> tuple[Events, Cancelled]:
    refunds = _refunds(columns, place)
    cancelling, cancelled = _cancellations(columns, place, of_lines)
    whole = pl.concat([refunds, cancelling]).sort("order", "time", "kind", "tie")
    return Events(*(whole[name].to_numpy() for name in Events._fields)), cancelled


def _refunds(columns: Columns, place: Rows) -> pl.DataFrame:
    refunds = columns.refunds.with_row_index("tie").filter(pl.col("order_row") >= 0)
    order = pl.Series("order", place[refunds["order_row"].to_numpy()])
    same = refunds["currency"] == columns.orders["currency"].gather(refunds["order_row"])
    return (
        refunds.with_columns(order)
        .filter(same & (order >= 0))
        .select(
            "order",
            pl.col("refunded_at").alias("time"),
            pl.lit(REFUND, pl.Int8).alias("kind"),
            pl.col("amount").abs(),
            pl.col("line_no").fill_null(NO_LINE_NO),
            pl.lit(0, pl.Int64).alias("cancel"),
            pl.lit(0, pl.Int64).alias("cancel_end"),
            pl.col("tie").cast(pl.Int64),
        )
    )


def _cancellations(columns: Columns, place: Rows, of_lines: Ints) -> tuple[pl.DataFrame, Cancelled]:
    """Cancellations of money orders, each with its lines or its amount."""
    matched = (pl.col("kind") == CANCELLATION_KIND) & (pl.col("cancels_row") >= 0) & COUNTS
    mask = columns.orders.select(matched).to_series().to_numpy()
    rows = np.flatnonzero(mask).astype(np.int32)
    rows = rows[place[columns.orders["cancels_row"].to_numpy()[rows]] >= 0]
    mine = lines(columns, rows, of_lines)
    cancelled = Cancelled(mine.product_row, -np.minimum(mine.gross, 0))
    some = columns.orders[rows].select("id", "cancels_row", "ordered_at")
    zero = np.zeros(len(rows), np.int64)
    frame = pl.DataFrame(
        {
            "order": place[some["cancels_row"].to_numpy()],
            "time": some["ordered_at"],
            "kind": np.full(len(rows), CANCELLATION, np.int8),
            "amount": zero,
            "line_no": zero + NO_LINE_NO,
            "cancel": mine.start[:-1],
            "cancel_end": mine.start[1:],
            "tie": some["id"].rank("ordinal").cast(pl.Int64),
        }
    )
    return frame, cancelled


@compiled
def _applied(
    mine: Lines, events: Events, cancelled: Cancelled, line_no: Ints, release_ms: Ints
) -> tuple[Ints, Ints]:
    """Every event in turn, each on what the ones before it left."""
    left = np.maximum(mine.gross, 0)
    late = np.zeros(len(release_ms), np.int64)
    for event in range(len(events.order)):
        order = events.order[event]
        begin, end = whole(mine.start[order]), whole(mine.start[order + 1])
        before = left[begin:end].sum()
        if events.kind[event] == REFUND:
            rest = _named(mine, left, line_no, begin, end, events, event, before)
        else:
            rest = _matched(mine, left, cancelled, begin, end, events, event, before)
        _spread(left, begin, end, rest)
        if events.time[event] > release_ms[order]:
            late[order] += before - left[begin:end].sum()
    return np.maximum(mine.gross, 0) - left, late


@inner
def _named(
    mine: Lines, left: Ints, line_no: Ints, begin: int, end: int, events: Events, at: int, all_: int
) -> int:
    """Take a refund from the line that it names; what is to be spread."""
    rest: int = events.amount[at]
    if rest < all_ and events.line_no[at] != NO_LINE_NO:
        for i in range(begin, end):
            if line_no[mine.line_row[i]] == events.line_no[at]:
                part = min(rest, left[i])
                left[i] -= part
                rest -= part
    return rest


@inner
def _matched(
    mine: Lines,
    left: Ints,
    gone: Cancelled,
    begin: int,
    end: int,
    events: Events,
    at: int,
    all_: int,
) -> int:
    """Take a cancellation from the lines of its products; what is to be spread."""
    amount = 0
    for line in range(events.cancel[at], events.cancel_end[at]):
        amount += gone.amount[line]
    if amount >= all_:
        return amount
    rest = 0
    for line in range(events.cancel[at], events.cancel_end[at]):
        amount = gone.amount[line]
        if gone.product_row[line] >= 0:
            for i in range(begin, end):
                if mine.product_row[i] == gone.product_row[line]:
                    part = min(amount, left[i])
                    left[i] -= part
                    amount -= part
        rest += amount
    return rest


@compiled
def _spread(left: Ints, begin: int, end: int, amount: int) -> None:
    """Take `amount` from lines by what is left: floors, then one by one to the largest rests."""
    whole = left[begin:end].sum()
    if amount >= whole:
        left[begin:end] = 0
        return
    if amount <= 0:
        return
    rests = np.empty(end - begin, np.int64)
    missing = amount
    for i in range(begin, end):
        part, rests[i - begin] = muldiv(amount, left[i], whole)
        left[i] -= part
        missing -= part
    order = np.argsort(-rests, kind="mergesort")
    for i in order[:missing]:
        left[begin + i] -= 1


@inner
def muldiv(part: int, times: int, whole: int) -> tuple[int, int]:
    """part x times / whole and its rest, exactly, for 0 <= part <= whole < 2**62, times >= 0."""
    quotient, rest = 0, 0
    for bit in range(61, -1, -1):
        quotient, rest = 2 * quotient, 2 * rest
        if rest >= whole:
            rest -= whole
            quotient += 1
        if (times >> bit) & 1:
            rest += part
            if rest >= whole:
                rest -= whole
                quotient += 1
    return quotient, rest
