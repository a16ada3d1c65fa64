"""The nouns of the graph as unresolved frames: all rows by pages of keys, or the rows of some keys.

What may be told apart by the change cursor is in `CHANGED`; the ledger and the frozen paths are
written by nights alone and have no cursor.
"""

from collections.abc import Callable, Iterator, Sequence

import polars as pl

import analytics.assembly
import graph.buybacks
import graph.commissions
import graph.customers
import graph.distributors
import graph.identifiers
import graph.orders
import graph.payouts
import graph.products
import graph.refunds
import graph.resales
from graph.connection import Database
from graph.keys import PAGE_KEYS_MAX
from graph.keys import Columns as Page

ROWS_WANTED = 50_000
"""Rows in one page, about: orders with many lines come in shorter ranges of keys."""
KEYS_WANTED = 5_000
"""Keys in one question for the rows of some keys."""

Tick = Callable[[str, int, int], None]
"""Told after each page: the noun, keys done, keys in all."""
Read = Callable[..., Page]
"""read(db, after=, upto=, seq_max=): the rows whose keys are in (after, upto]."""


def _entries(db: Database, *, after: int, upto: int, seq_max: int) -> Page:
    return graph.commissions.columns(db, after=after, upto=upto)


def _frozen(db: Database, *, after: int, upto: int, seq_max: int) -> Page:
    return graph.orders.frozen_columns(db, after=after, upto=upto)


LAST: dict[str, Callable[[Database], int]] = {
    "distributors": graph.distributors.last_key,
    "sponsor_edges": graph.distributors.last_key,
    "status_changes": graph.distributors.last_key,
    "customers": graph.customers.last_key,
    "products": graph.products.last_key,
    "orders": graph.orders.last_key,
    "lines": graph.orders.last_key,
    "refunds": graph.refunds.last_key,
    "identifiers": graph.identifiers.last_key,
    "payouts": graph.payouts.last_key,
    "resales": graph.resales.last_key,
    "buybacks": graph.buybacks.last_key,
    "entries": graph.orders.last_key,
    "frozen": graph.orders.last_key,
}
PAGES: dict[str, Read] = {
    "distributors": graph.distributors.columns,
    "sponsor_edges": graph.distributors.sponsor_columns,
    "status_changes": graph.distributors.status_columns,
    "customers": graph.customers.columns,
    "products": graph.products.columns,
    "orders": graph.orders.columns,
    "lines": graph.orders.line_columns,
    "refunds": graph.refunds.columns,
    "identifiers": graph.identifiers.columns,
    "payouts": graph.payouts.columns,
    "resales": graph.resales.columns,
    "buybacks": graph.buybacks.columns,
    "entries": _entries,
    "frozen": _frozen,
}
OF_KEYS: dict[str, Callable[[Database, Sequence[int]], Page]] = {
    "distributors": graph.distributors.columns_of,
    "sponsor_edges": graph.distributors.sponsor_columns_of,
    "status_changes": graph.distributors.status_columns_of,
    "customers": graph.customers.columns_of,
    "products": graph.products.columns_of,
    "orders": graph.orders.columns_of,
    "lines": graph.orders.line_columns_of,
    "refunds": graph.refunds.columns_of_keys,
    "identifiers": graph.identifiers.columns_of,
    "payouts": graph.payouts.columns_of,
    "resales": graph.resales.columns_of,
    "buybacks": graph.buybacks.columns_of,
    "entries": graph.commissions.columns_of,
    "frozen": graph.orders.frozen_columns_of,
}
CHANGED: dict[str, Callable[..., list[int]]] = {
    "distributors": graph.distributors.changed,
    "customers": graph.customers.changed,
    "products": graph.products.changed,
    "orders": graph.orders.changed,
    "lines": graph.orders.changed_lines,
    "refunds": graph.refunds.changed,
    "identifiers": graph.identifiers.changed,
    "payouts": graph.payouts.changed,
    "resales": graph.resales.changed,
    "buybacks": graph.buybacks.changed,
}
"""changed(db, since=, upto=, first=): keys of what changed; of lines the keys of their orders."""


def all_of(
    db: Database, noun: str, *, seq: int, without_run: str, tick: Tick | None
) -> Iterator[pl.DataFrame]:
    """Every row up to change `seq`, a page at a time, by key; not what `without_run` wrote."""
    last, after, size = LAST[noun](db), -1, ROWS_WANTED // 10
    while after < last:
        upto = min(after + size, last)
        page = PAGES[noun](db, after=after, upto=upto, seq_max=seq)
        yield analytics.assembly.frame_of(noun, _without(page, without_run))
        rows = max(len(next(iter(page.values()))), 1)
        size = max(min(size * ROWS_WANTED // rows, size * 10, PAGE_KEYS_MAX), 1)
        after = upto
        if tick:
            tick(noun, after + 1, last + 1)


def of_keys(db: Database, noun: str, keys: Sequence[int], tick: Tick | None) -> pl.DataFrame:
    """The rows of a list of keys, as OF_KEYS takes them."""
    frames = [analytics.assembly.no_rows(noun)]
    for begin in range(0, len(keys), KEYS_WANTED):
        some = keys[begin : begin + KEYS_WANTED]
        frames.append(analytics.assembly.frame_of(noun, OF_KEYS[noun](db, some)))
        if tick:
            tick(noun, begin + len(some), len(keys))
    return pl.concat(frames)


def _without(page: Page, run_id: str) -> Page:
    """A run that goes on after a kill must not read back as settled what it wrote itself."""
    runs = page.get("run_id")
    if not run_id or runs is None or run_id not in runs:
        return page
    kept = [i for i, one in enumerate(runs) if one != run_id]
    return {name: [values[i] for i in kept] for name, values in page.items()}
