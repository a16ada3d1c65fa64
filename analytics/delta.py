"""Which orders a night has to work out: what happened that no finished night has booked.

Everything else is left alone: its path is frozen and its entries stand in the ledger. A finished
night has booked what the graph held at its change cursor and what had happened by its as-of; an
event dated after that falls due on a later night, whenever it was loaded.
"""

from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl

from analytics.batches import EARNS
from analytics.caps import period
from analytics.columns import Columns
from analytics.commission_schema import Booked
from analytics.events import CANCELLATION_KIND, COUNTS, IS_CANCELLED, when_of_accrual
from analytics.network import Ints, Rows
from graph.model import NOBODY

Flags = npt.NDArray[np.bool_]


class Delta(NamedTuple):
    """Rows of orders, ascending."""

    new: Rows  # their own entries are not booked
    changed: Rows  # booked, and something has happened to them since


def of(columns: Columns, as_of_ms: int, booked: Booked | None) -> Delta:
    """What a night has to work out."""
    when = columns.orders.select(when_of_accrual()).to_series().to_numpy()
    seq = np.full(columns.orders.height, NOBODY, np.int64)
    seq[columns.frozen["order_row"].to_numpy()] = columns.frozen["seq"].to_numpy()
    frozen = seq != NOBODY
    happened = _happened(columns, as_of_ms)
    if booked is None:
        return Delta(_rows(happened), _rows(np.zeros(len(happened), np.bool_)))
    settled = frozen & (seq <= booked.seq) & (when <= booked.as_of_ms)
    touched = np.zeros(len(happened), np.bool_)
    for rows in (
        _refunded(columns, as_of_ms, booked),
        _cancelled(columns, as_of_ms, booked),
        _with_late_lines(columns, seq, booked),
    ):
        touched[rows] = True
    return Delta(_rows(happened & ~settled), _rows(happened & settled & touched))


def of_months(columns: Columns, delta: Delta, as_of_ms: int, zone: ZoneInfo) -> list[Rows]:
    """All orders that happened in each of the months that `delta` has orders of, by month."""
    happened = _happened(columns, as_of_ms)
    months = columns.orders.select(when_of_accrual()).select(period(zone)).to_series()
    concerned = months.gather(np.concatenate(delta)).unique().sort()
    return [_rows(happened & (months == month).to_numpy()) for month in concerned.to_list()]


def _happened(columns: Columns, as_of_ms: int) -> Flags:
    """What earns, and what a night has frozen whatever has become of it since, by as-of."""
    happened = columns.orders.select(EARNS).to_series().to_numpy().copy()
    happened[columns.frozen["order_row"].to_numpy()] = True
    when = columns.orders.select(when_of_accrual()).to_series().to_numpy()
    return happened & (when <= as_of_ms)


def _rows(flags: Flags) -> Rows:
    return np.flatnonzero(flags).astype(np.int32)


def _news(booked_at: pl.Expr, as_of_ms: int, booked: Booked) -> pl.Expr:
    """Events that have happened and that no finished night has seen."""
    seen = (pl.col("seq") <= booked.seq) & (booked_at <= booked.as_of_ms)
    return (booked_at <= as_of_ms) & ~seen


def _refunded(columns: Columns, as_of_ms: int, booked: Booked) -> Rows:
    news = columns.refunds.filter(
        pl.col("order_row") != NOBODY, _news(pl.col("refunded_at"), as_of_ms, booked)
    )
    return news["order_row"].to_numpy()


def _cancelled(columns: Columns, as_of_ms: int, booked: Booked) -> Rows:
    """Orders that another one cancels, or that were cancelled themselves."""
    cancelling = columns.orders.filter(
        pl.col("kind") == CANCELLATION_KIND,
        pl.col("cancels_row") != NOBODY,
        COUNTS,
        _news(pl.col("ordered_at"), as_of_ms, booked),
    )
    when = pl.coalesce("cancelled_at", "paid_at", "ordered_at")
    gone = columns.orders.select(IS_CANCELLED & _news(when, as_of_ms, booked)).to_series()
    itself = np.flatnonzero(gone.fill_null(False).to_numpy()).astype(np.int32)
    return np.concatenate([cancelling["cancels_row"].to_numpy(), itself])


def _with_late_lines(columns: Columns, frozen_seq: Ints, booked: Booked) -> Rows:
    """Orders with a line written after they were frozen; their own time is what counts."""
    written = columns.lines.filter(pl.col("seq") > booked.seq)
    rows: Rows = written["order_row"].to_numpy()
    late: Rows = rows[written["seq"].to_numpy() > frozen_seq[rows]]
    return late
