"""What a night found, written to the graph: orders with what they give, then what happened to them.

One transaction holds a few thousand orders, each frozen with its own entries or neither, so that
whoever is killed leaves only orders that are done and orders that are not.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import polars as pl

import analytics.ledger_rows
import graph.commissions
from graph.commissions import Booked
from graph.connection import Database

WRITERS = 2
"""Transactions at once: one alone keeps one core of the server busy and the rest idle."""

ROWS_OF_ORDER = 3
"""About so many entries and frozen paths an order adds to a transaction."""


class Batch(NamedTuple):
    """One transaction: orders to freeze with all entries of theirs, or entries of frozen ones."""

    frozen: pl.DataFrame
    entries: pl.DataFrame


def book(
    db: Database,
    parts: Iterator[Mapping[str, pl.DataFrame]],
    run_id: str,
    *,
    seq: int,
    batch_rows: int,
    done: Callable[[int], None],
) -> Booked:
    """Write frames as `analytics.night_work` keeps them, by WRITERS at once; what was new.

    `done` is told how many entries each batch had, after it is written.
    """
    frozen = created = 0
    write = partial(_write, db, run_id, seq)
    pool = ThreadPoolExecutor(WRITERS)
    try:
        for part in parts:
            found = list(batches(part["frozen"], part["entries"], batch_rows))
            for batch, booked in zip(found, pool.map(write, found), strict=True):
                frozen, created = frozen + booked.frozen, created + booked.created
                done(batch.entries.height)
    finally:
        pool.shutdown(cancel_futures=True)
    return Booked(frozen, created)


def batches(frozen: pl.DataFrame, entries: pl.DataFrame, rows: int) -> Iterator[Batch]:
    """Both frames, by order, cut into transactions of about so many rows."""
    first = entries["order_key"].is_in(frozen["order_key"].implode())
    own, later = entries.filter(first), entries.filter(~first)
    size = max(1, rows // ROWS_OF_ORDER)
    for at in range(0, frozen.height, size):
        some = frozen[at : at + size]
        begin = own["order_key"].search_sorted(some["order_key"][0], "left")
        end = own["order_key"].search_sorted(some["order_key"][-1], "right")
        yield Batch(some, own[begin:end])
    for at in range(0, later.height, rows):
        yield Batch(frozen.clear(), later[at : at + rows])


def _write(db: Database, run_id: str, seq: int, batch: Batch) -> Booked:
    first, rest = analytics.ledger_rows.first(batch.frozen, batch.entries)
    return graph.commissions.book(db, first.rows(), rest.to_dicts(), run_id, seq=seq)
