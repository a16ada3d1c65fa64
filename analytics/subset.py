"""Some orders cut out of the columns, with all that working them out looks at: a small `Columns`.

Orders are renumbered; distributors, customers and products keep their rows. Beside the orders asked
for stand those that cancel them or that they cancel, as context. What depends on all orders comes
from `analytics.whole`, so that an order gives the same rows in whichever cut it stands.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from analytics.columns import Columns
from analytics.network import Ints, Rows
from graph.model import NOBODY


class Subset(NamedTuple):
    """The cut, and where in it the orders stand that were asked for."""

    columns: Columns
    orders: Rows


def of(columns: Columns, rows: Rows) -> Subset:
    """The orders at `rows` (ascending) and what belongs to them."""
    taken = _with_cancelled(columns, rows)
    place = np.full(columns.orders.height + 1, NOBODY, np.int32)  # the last: NOBODY's place
    place[taken] = np.arange(len(taken), dtype=np.int32)
    orders = columns.orders[taken]
    orders = orders.with_columns(_moved(orders["cancels_row"], place))
    cut = replace(
        columns,
        orders=orders,
        lines=_of_orders(columns.lines, taken, place),
        refunds=_refunds(columns.refunds, place),
        entries=_of_orders(columns.entries, taken, place),
        frozen=_of_orders(columns.frozen, taken, place),
        frozen_paths=_of_orders(columns.frozen_paths, taken, place),
    )
    return Subset(cut, place[rows])


def _with_cancelled(columns: Columns, rows: Rows) -> Rows:
    """The orders, those that cancel one of them, and those that one of them cancels."""
    cancels = columns.orders["cancels_row"].to_numpy()
    wanted = np.zeros(len(cancels) + 1, np.bool_)
    wanted[rows] = True
    cancelling = np.flatnonzero(cancels != NOBODY)
    wanted[cancelling[wanted[cancels[cancelling]]]] = True
    cancelled = cancels[np.flatnonzero(wanted[:-1])]
    wanted[cancelled[cancelled != NOBODY]] = True
    return np.flatnonzero(wanted[:-1]).astype(np.int32)


def _of_orders(frame: pl.DataFrame, taken: Rows, place: Rows) -> pl.DataFrame:
    """The rows of the orders taken, renumbered, of a frame that is sorted by order."""
    rows = frame["order_row"].to_numpy()
    start, end = (np.searchsorted(rows, taken, side) for side in ("left", "right"))
    lengths = end - start
    mine: Ints = np.arange(lengths.sum()) + np.repeat(start - np.cumsum(lengths) + lengths, lengths)
    found: pl.DataFrame = frame[mine]
    return found.with_columns(_moved(found["order_row"], place))


def _refunds(refunds: pl.DataFrame, place: Rows) -> pl.DataFrame:
    mine = refunds.filter(place[refunds["order_row"].to_numpy()] != NOBODY)
    return mine.with_columns(_moved(mine["order_row"], place))


def _moved(rows: pl.Series, place: Rows) -> pl.Series:
    moved: npt.NDArray[np.int32] = place[rows.to_numpy()]
    return pl.Series(rows.name, moved)
