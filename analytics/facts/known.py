"""Columns as they were known at as-of: what happened later has not happened.

Columns of a night come from a graph that may hold more than was known at the night's as-of; those
of a dry run are cut already. Both come out of here alike: `as_of` of what it gave changes nothing.
Orders placed later go, with everything that belongs to them, so rows of orders are numbered anew.

What carries no time of its own stays: a region, a product, the note that a customer became a
distributor (it links two people only once the distributor has joined). A resale counts from the
first day of its period.
"""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

import analytics.facts.days
from analytics.columns import Columns
from analytics.facts.days import Calendar
from graph.model import NOBODY, OPEN_MS, ORDER_STATUS

Rows = npt.NDArray[np.int32]
PAID = [ORDER_STATUS.index(word) for word in ("paid", "shipped", "received")]
CREATED, PAID_ONLY, RECEIVED, CANCELLED = (
    ORDER_STATUS.index(word) for word in ("created", "paid", "received", "cancelled")
)
BY_ORDER = ("lines", "refunds", "entries", "frozen", "frozen_paths")
"""Nouns whose rows are nothing without their order; others only point at it."""


@dataclass(frozen=True)
class Moment:
    """As-of, and the company's calendar."""

    ms: int
    calendar: Calendar

    @property
    def day(self) -> int:
        """The local day of as-of."""
        return self.calendar.day(self.ms)

    @property
    def month(self) -> int:
        """Its month."""
        return int(analytics.facts.days.months(np.array([self.day], np.int32))[0])


def as_of(
    columns: Columns, entries: pl.DataFrame | None, moment: Moment
) -> tuple[Columns, pl.DataFrame | None]:
    """Columns and ledger entries as known at as-of, entries by the new rows of orders."""
    kept = _placed(columns.orders, moment.ms)
    cut: dict[str, Any] = {
        "distributors": _distributors(columns.distributors, moment.ms),
        "sponsor_edges": _sponsor_edges(columns.sponsor_edges, moment.ms),
        "status_changes": _until(columns.status_changes, "valid_from", moment.ms),
        "customers": _customers(columns.customers, moment.ms),
        "refunds": _until(columns.refunds, "refunded_at", moment.ms),
        "identifiers": _until(columns.identifiers, "valid_from", moment.ms),
        "payouts": _payouts(columns.payouts, moment.ms),
        "buybacks": _buybacks(columns.buybacks, moment.ms),
        "resales": _resales(columns.resales, moment.month),
    }
    known = replace(columns, **cut)
    if entries is not None:
        entries = _until(entries, "booked_at", moment.ms)
    if not kept.all():
        known, entries = _renumbered(known, entries, kept)
    return replace(known, orders=_orders(known.orders, moment.ms)), entries


def _until(frame: pl.DataFrame, time: str, ms: int) -> pl.DataFrame:
    """Rows of that time or without one."""
    later = frame[time] > ms
    return frame.filter(~later.fill_null(False)) if later.any() else frame


def _blanked(frame: pl.DataFrame, time: str, ms: int, *others: str) -> pl.DataFrame:
    """A time that is still to come is blank, and so is what came with it."""
    if not (frame[time] > ms).any():
        return frame
    known = pl.col(time) <= ms
    names = (*others, time)
    return frame.with_columns(pl.when(known).then(pl.col(name)).alias(name) for name in names)


def _placed(orders: pl.DataFrame, ms: int) -> npt.NDArray[np.bool_]:
    """Orders placed by then, without cancellations of what was placed later."""
    placed = (orders["ordered_at"] <= ms).to_numpy()
    if placed.all():
        return placed
    cancels = orders["cancels_row"].to_numpy()
    known: npt.NDArray[np.bool_] = placed & ((cancels < 0) | placed[cancels])
    return known


def _renumbered(
    columns: Columns, entries: pl.DataFrame | None, kept: npt.NDArray[np.bool_]
) -> tuple[Columns, pl.DataFrame | None]:
    """Without the orders that are not kept."""
    row_of = np.where(kept, np.cumsum(kept) - 1, NOBODY).astype(np.int32)
    row_of = np.append(row_of, np.int32(NOBODY))  # what points at nobody goes on doing so
    cut: dict[str, Any] = {"orders": _pointed(columns.orders.filter(kept), "cancels_row", row_of)}
    for one in fields(columns):
        frame = getattr(columns, one.name)
        if isinstance(frame, pl.DataFrame) and "order_row" in frame.columns:
            cut[one.name] = _of_known_orders(one.name, frame, row_of)
    owners = columns.identifiers
    by_order = owners["owner_kind"] == ORDER_OWNER
    cut["identifiers"] = _owners(owners, by_order, row_of)
    known = None if entries is None else _of_known_orders("entries", entries, row_of)
    return replace(columns, **cut), known


def _of_known_orders(noun: str, frame: pl.DataFrame, row_of: Rows) -> pl.DataFrame:
    pointed = _pointed(frame, "order_row", row_of)
    if noun not in BY_ORDER:
        return pointed
    gone = (pointed["order_row"] == NOBODY) & (frame["order_row"] != NOBODY)
    return pointed.filter(~gone)


def _pointed(frame: pl.DataFrame, name: str, row_of: Rows) -> pl.DataFrame:
    return frame.with_columns(pl.Series(name, row_of[frame[name].to_numpy()]))


ORDER_OWNER = 2
"""Position of `order` in OWNER_KIND."""


def _owners(frame: pl.DataFrame, by_order: pl.Series, row_of: Rows) -> pl.DataFrame:
    """Identifiers of orders by their new rows; those of orders placed later are gone."""
    rows = frame["owner_row"].to_numpy()
    is_order = by_order.to_numpy()
    at = np.where(is_order, row_of[np.where(is_order, rows, NOBODY)], rows).astype(np.int32)
    moved = frame.with_columns(pl.Series("owner_row", at))
    return moved.filter(pl.Series(~is_order | (at != NOBODY) | (rows == NOBODY)))


def _distributors(frame: pl.DataFrame, ms: int) -> pl.DataFrame:
    for time in ("left_at", "verified_at", "sanctioned_at"):
        frame = _blanked(frame, time, ms)
    return frame


def _sponsor_edges(frame: pl.DataFrame, ms: int) -> pl.DataFrame:
    begun = _until(frame, "since", ms)
    lasts = pl.when(pl.col("until") <= ms).then("until").otherwise(OPEN_MS)
    return begun.with_columns(lasts.alias("until"))


def _customers(frame: pl.DataFrame, ms: int) -> pl.DataFrame:
    later = (frame["bound_at"] > ms).fill_null(False)
    if not later.any():
        return frame
    nobody = pl.when(later).then(NOBODY).otherwise("distributor_row").cast(pl.Int32)
    return _blanked(frame.with_columns(nobody.alias("distributor_row")), "bound_at", ms)


def _payouts(frame: pl.DataFrame, ms: int) -> pl.DataFrame:
    """Reversals point at rows of the frame, so these are numbered anew too."""
    kept = (frame["earned_at"] <= ms).fill_null(True).to_numpy()
    if not kept.all():
        row_of = np.append(np.where(kept, np.cumsum(kept) - 1, NOBODY), NOBODY).astype(np.int32)
        frame = _pointed(frame.filter(kept), "reverses_row", row_of)
    return _blanked(frame, "released_at", ms)


def _buybacks(frame: pl.DataFrame, ms: int) -> pl.DataFrame:
    return _blanked(_until(frame, "requested_at", ms), "paid_at", ms, "paid_amount")


def _resales(frame: pl.DataFrame, month: int) -> pl.DataFrame:
    last = f"{month // 12:04}-{month % 12 + 1:02}"
    later = (frame["period"] > last).fill_null(False)
    return frame.filter(~later) if later.any() else frame


def _orders(frame: pl.DataFrame, ms: int) -> pl.DataFrame:
    """Times still to come are blank, and the status is as it stood."""
    times = ("paid_at", "received_at", "cancelled_at")
    if not any((frame[name] > ms).any() for name in times):
        return frame
    revived = ((pl.col("status") == CANCELLED) & (pl.col("cancelled_at") > ms)).fill_null(False)
    marked = frame.with_columns(revived.alias("revived")).with_columns(
        pl.when(pl.col(name) <= ms).then(pl.col(name)).alias(name) for name in times
    )
    return marked.with_columns(_status().alias("status")).drop("revived")


def _status() -> pl.Expr:
    """The status at that moment: the later one's, unless what it says came later."""
    paid, received = pl.col("paid_at").is_not_null(), pl.col("received_at").is_not_null()
    reached = pl.when(received).then(RECEIVED).when(paid).then(PAID_ONLY).otherwise(CREATED)
    back = (
        pl.col("revived")
        | (pl.col("status").is_in(PAID) & ~paid)
        | ((pl.col("status") == RECEIVED) & ~received)
    )
    return pl.when(back).then(reached).otherwise("status").cast(pl.UInt8)
