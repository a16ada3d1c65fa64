"""The graph as columns: read by pages of collected lists, kept on disk as one generation a night.

Nothing is read row by row and no text is mapped: the graph hands out dense keys and
`analytics.assembly` turns them into row numbers. The same graph gives the same bytes. Rows carry
the change cursor (`seq`) of the write that last touched them, and a snapshot says up to which one
it reads, so that it can later be brought up to date from what changed since.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl

import analytics.assembly
import analytics.generations
import graph.commissions
import graph.customers
import graph.distributors
import graph.orders
import graph.products
import graph.refunds
from analytics.columns import SCHEMAS, Columns
from analytics.generations import Manifest
from graph.connection import Database
from graph.keys import PAGE_KEYS_MAX
from graph.keys import Columns as Page

ROWS_WANTED = 50_000
"""Rows in one page, about: orders with many lines come in shorter ranges of keys."""

Tick = Callable[[str, int, int], None]
"""Told after each page: the noun, keys done, keys in all."""


Read = Callable[..., Page]
"""read(db, after=, upto=, seq_max=): the rows whose keys are in (after, upto]."""


def _entries(db: Database, *, after: int, upto: int, seq_max: int) -> Page:
    return graph.commissions.columns(db, after=after, upto=upto)


def _frozen(db: Database, *, after: int, upto: int, seq_max: int) -> Page:
    return graph.orders.frozen_columns(db, after=after, upto=upto)


PAGES: dict[str, tuple[Callable[[Database], int], Read]] = {
    "distributors": (graph.distributors.last_key, graph.distributors.columns),
    "sponsor_edges": (graph.distributors.last_key, graph.distributors.sponsor_columns),
    "status_changes": (graph.distributors.last_key, graph.distributors.status_columns),
    "customers": (graph.customers.last_key, graph.customers.columns),
    "products": (graph.products.last_key, graph.products.columns),
    "orders": (graph.orders.last_key, graph.orders.columns),
    "lines": (graph.orders.last_key, graph.orders.line_columns),
    "refunds": (graph.refunds.last_key, graph.refunds.columns),
    "entries": (graph.orders.last_key, _entries),
    "frozen": (graph.orders.last_key, _frozen),
}


def gather(db: Database, *, seq: int, without_run: str = "", tick: Tick | None = None) -> Columns:
    """The whole graph up to change `seq`, without what the run `without_run` has written itself."""
    frames = {
        noun: pl.concat(
            [
                analytics.assembly.no_rows(noun),
                *(
                    analytics.assembly.frame_of(noun, _without(page, without_run))
                    for page in _pages(db, noun, seq, tick)
                ),
            ],
            rechunk=True,
        )
        for noun in PAGES
    }
    given = frozenset(noun for noun, frame in frames.items() if frame.height)
    return analytics.assembly.columns_of(frames, given)


def _pages(db: Database, noun: str, seq: int, tick: Tick | None) -> Iterator[Page]:
    last_key, read = PAGES[noun]
    last, after, size = last_key(db), -1, ROWS_WANTED // 10
    while after < last:
        upto = min(after + size, last)
        page = read(db, after=after, upto=upto, seq_max=seq)
        yield page
        rows = max(len(next(iter(page.values()))), 1)
        size = max(min(size * ROWS_WANTED // rows, size * 10, PAGE_KEYS_MAX), 1)
        after = upto
        if tick:
            tick(noun, after + 1, last + 1)


def _without(page: Page, run_id: str) -> Page:
    """A run that goes on after a kill must not read back as settled what it wrote itself."""
    runs = page.get("run_id")
    if not run_id or runs is None or run_id not in runs:
        return page
    kept = [i for i, one in enumerate(runs) if one != run_id]
    return {name: [values[i] for i in kept] for name, values in page.items()}


def keep(columns: Columns, folder: Path, *, seq: int, as_of: str) -> Manifest:
    """Write a snapshot as the generation `folder`; the same columns give the same bytes."""
    frames = {noun: getattr(columns, noun) for noun in SCHEMAS}
    files: list[str] = sorted(columns.files)
    return analytics.generations.write(frames, folder, {"seq": seq, "as_of": as_of, "files": files})


def read(folder: Path) -> tuple[Columns, Manifest]:
    """A kept snapshot and its manifest; Conflict where it is damaged."""
    frames, manifest = analytics.generations.read(folder)
    files = manifest.facts["files"]
    assert isinstance(files, list)
    return Columns(**frames, files=frozenset(files)), manifest
