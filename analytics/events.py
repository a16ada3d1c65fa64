"""What happened to orders after they were paid, and the state of their lines after each event.

An event has a time, a cause (the text that makes its entries unique) and a change cursor. Refunds,
cancellations whose original is known, the cancelling of the order itself, and lines that arrived
after the order was frozen. They are applied in time order; those that the ledger already holds come
first, so that what is new is always a difference against all that was granted.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import polars as pl

import analytics.bases
from analytics.bases import MILLI, NO_LINE
from analytics.columns import Columns
from analytics.commission_schema import Booked, Note
from analytics.exact import Left
from analytics.network import Ints, Rows
from analytics.remains import Line, Remains
from graph.model import NOBODY, ORDER_KIND, ORDER_STATUS

OrderLines = dict[int, list[Line]]
LATE_LINE, REFUND, CANCELLATION, CANCELLED = range(4)
CANCELLATION_KIND = ORDER_KIND.index("cancellation")
IS_CANCELLED = pl.col("status") == ORDER_STATUS.index("cancelled")
COUNTS = ~pl.col("status").is_in([ORDER_STATUS.index("created"), ORDER_STATUS.index("cancelled")])

EVENTS: dict[str, pl.DataType | type[pl.DataType]] = {
    "at": pl.Int32,  # order of the batch
    "kind": pl.UInt8,
    "booked_at": pl.Int64,
    "cause": pl.String,
    "ref": pl.Int32,  # row in lines, refunds or orders
    "booked": pl.Boolean,  # a finished night has seen it
    "known": pl.Boolean,  # the ledger has entries with this cause
}


@dataclass
class States:
    """One state after each event, in the order of the events."""

    at: list[int] = field(default_factory=list)  # order of the batch
    lines: list[list[tuple[int, Left]]] = field(default_factory=list)  # product and what is left
    notes: list[Note] = field(default_factory=list)


class Batch(NamedTuple):
    """Orders of one plan version; `frozen_seq` only of those that a night has frozen before."""

    rows: Rows
    frozen_seq: Ints | None


def of(columns: Columns, batch: Batch, as_of_ms: int, booked: Booked | None) -> pl.DataFrame:
    """The events of a batch up to as-of, in the order in which they are applied."""
    place = np.full(columns.orders.height + 1, NOBODY, np.int32)
    place[batch.rows] = np.arange(len(batch.rows), dtype=np.int32)
    parts = [
        _refunds(columns, place),
        _cancellations(columns, place),
        _cancelled(columns, batch),
        _late_lines(columns, batch, place),
    ]
    found = pl.concat(parts).filter(pl.col("booked_at") <= as_of_ms, pl.col("at") >= 0)
    if batch.frozen_seq is None or not found.height:
        never = pl.lit(False)
        marked = found.with_columns(never.alias("booked"), never.alias("known"))
    else:
        marked = _marked(columns, batch, found, booked)
    late = (pl.col("kind") != LATE_LINE).alias("late")
    return marked.sort(
        "at", ~pl.col("booked"), ~pl.col("known"), late, "booked_at", "cause"
    ).select(list(EVENTS))


def _marked(
    columns: Columns, batch: Batch, found: pl.DataFrame, booked: Booked | None
) -> pl.DataFrame:
    entries = columns.entries.select(
        pl.col("order_row"), "cause", pl.lit(True).alias("known")
    ).unique()
    rows = pl.Series("order_row", batch.rows[found["at"].to_numpy()])
    seen = pl.lit(False)
    if booked is not None:
        seen = (pl.col("seq") <= booked.seq) & (pl.col("booked_at") <= booked.as_of_ms)
    joined = found.with_columns(rows).join(
        entries, on=["order_row", "cause"], how="left", maintain_order="left"
    )
    return joined.with_columns(seen.alias("booked"), pl.col("known").fill_null(False))


def _event(kind: int, booked_at: pl.Expr, cause: pl.Expr, ref: pl.Expr) -> list[pl.Expr]:
    return [
        pl.col("at"),
        pl.lit(kind, pl.UInt8).alias("kind"),
        booked_at.alias("booked_at"),
        cause.alias("cause"),
        ref.cast(pl.Int32).alias("ref"),
        pl.col("seq"),
    ]


def _refunds(columns: Columns, place: Rows) -> pl.DataFrame:
    """Refunds of these orders in their own currency; row NOBODY is the last of `place`."""
    refunds = columns.refunds.with_row_index("ref").filter(pl.col("order_row") >= 0)
    at = pl.Series("at", place[refunds["order_row"].to_numpy()])
    same = refunds["currency"] == columns.orders["currency"].gather(refunds["order_row"])
    mine = refunds.with_columns(at).filter(same)
    return mine.select(_event(REFUND, pl.col("refunded_at"), pl.col("id"), pl.col("ref")))


def _cancellations(columns: Columns, place: Rows) -> pl.DataFrame:
    cancelling = columns.orders.with_row_index("ref").filter(
        pl.col("kind") == CANCELLATION_KIND, pl.col("cancels_row") >= 0, COUNTS
    )
    at = pl.Series("at", place[cancelling["cancels_row"].to_numpy()])
    when = pl.col("ordered_at")
    return cancelling.with_columns(at).select(
        _event(CANCELLATION, when, pl.col("id"), pl.col("ref"))
    )


def _cancelled(columns: Columns, batch: Batch) -> pl.DataFrame:
    orders = columns.orders[batch.rows].with_row_index("at")
    when = pl.coalesce("cancelled_at", "paid_at", "ordered_at")
    gone = orders.with_columns(pl.col("at").cast(pl.Int32)).filter(IS_CANCELLED)
    return gone.select(_event(CANCELLED, when, pl.col("id") + ":cancelled", pl.lit(NOBODY)))


def _late_lines(columns: Columns, batch: Batch, place: Rows) -> pl.DataFrame:
    if batch.frozen_seq is None:
        return pl.DataFrame(schema=_refunds(columns, place).schema)
    lines = columns.lines.with_row_index("ref")
    at = pl.Series("at", place[lines["order_row"].to_numpy()])
    mine = lines.with_columns(at).filter(pl.col("at") >= 0)
    late = mine.filter(pl.Series(mine["seq"].to_numpy() > batch.frozen_seq[mine["at"].to_numpy()]))
    orders = columns.orders[late["order_row"]]
    timed = late.with_columns(orders["id"], orders.select(when_of_accrual()).to_series())
    # Not pl.format: it fails where a filter has left a part of the columns without rows.
    cause = pl.concat_str("id", pl.lit(":line:"), "line_no")
    return timed.select(_event(LATE_LINE, pl.col("when"), cause, pl.col("ref")))


def when_of_accrual() -> pl.Expr:
    """When an order's own entries are booked: its paid time, of a cancellation when it was made."""
    made = pl.col("kind") == CANCELLATION_KIND
    paid = pl.coalesce("paid_at", "ordered_at")
    return pl.when(made).then("ordered_at").otherwise(paid).alias("when")


def applied(columns: Columns, batch: Batch, events: pl.DataFrame, base: str) -> States:
    """Apply every event to its order, in the given order; a state after each."""
    states = States()
    cancelling = events.filter(pl.col("kind") == CANCELLATION)["ref"].to_numpy()
    concerned = np.unique(batch.rows[events["at"].to_numpy()])
    lines = lines_by_order(columns, np.union1d(concerned, cancelling).astype(np.int64), base)
    late = set(events.filter(pl.col("kind") == LATE_LINE)["ref"].to_list())
    source, ids = Source(columns, lines), columns.orders["id"]
    current, order, remains = NOBODY, NOBODY, Remains([])
    for at, kind, _, cause, ref, _, _ in events.iter_rows():
        if at != current:
            current, order = at, int(batch.rows[at])
            remains = Remains([line for line in lines[order] if line.row not in late])
        excess = _apply(remains, kind, ref, source, order)
        if excess:
            facts = {"order_id": ids[order], "beyond_minor": excess}
            states.notes.append(Note("refund_beyond_order", cause, facts))
        elif kind == LATE_LINE:
            states.notes.append(Note("late_line", cause))
        states.at.append(at)
        states.lines.append(remains.remaining())
    return states


class Source(NamedTuple):
    """What events refer to."""

    columns: Columns
    lines: OrderLines


def _apply(remains: Remains, kind: int, ref: int, source: Source, order: int) -> int:
    """Apply one event; returns by how many minor units it goes beyond the order."""
    if kind == REFUND:
        refund = source.columns.refunds.row(ref, named=True)
        return remains.refund(refund["amount"], refund["line_no"], refund["quantity_milli"])
    if kind == CANCELLATION:
        return remains.cancel(source.lines[ref])
    if kind == CANCELLED:
        remains.void()
    else:
        remains.add(next(line for line in source.lines[order] if line.row == ref))
    return 0


def lines_by_order(columns: Columns, rows: Ints, base: str) -> OrderLines:
    """The lines of the orders at `rows`, fresh; an order without lines has one with its amount."""
    wanted = np.zeros(columns.orders.height, np.bool_)
    wanted[rows] = True
    mine = columns.lines.with_row_index("row").filter(wanted[columns.lines["order_row"].to_numpy()])
    found: OrderLines = {order: [] for order in rows.tolist()}
    if mine.height:
        priced = analytics.bases.with_products(columns, mine)
        for order, *line in priced.select(
            "order_row",
            "row",
            "line_no",
            "product_row",
            analytics.bases.paid_of(columns).alias("paid"),
            analytics.bases.base_of(columns, base).alias("base"),
            "quantity_milli",
            "commissionable",
        ).iter_rows():
            found[order].append(Line(*line))
    for order in [order for order, own in found.items() if not own]:
        amount = MILLI * (columns.orders["amount"][order] or 0)
        whole = 0 if base == "margin" else amount
        found[order] = [Line(NOBODY, None, NO_LINE, amount, whole, 0, True)]
    return found
