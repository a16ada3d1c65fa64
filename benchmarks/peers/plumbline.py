"""Our own engine: `analytics.network` and `analytics.stream` on the columns of the snapshot."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import analytics.network
import analytics.plan
import analytics.qualification
import analytics.stream
import benchmarks.engine_input
from analytics.columns import Columns
from analytics.stream import Entries, RollUps, Sales
from benchmarks.engine_input import CHUNK, Flags, Orders, read_orders, read_people
from benchmarks.peers.figures import LEVELS, Column, Figures, Fingerprint
from graph.model import DISTRIBUTOR_STATUS

MILLI = 1_000
ACTIVE, NOT = (np.uint8(DISTRIBUTOR_STATUS.index(word)) for word in ("active", "suspended"))
RULES = analytics.stream.rules(replace(analytics.plan.shipped(), compression="dynamic"))
"""The plan that comes with Plumbline, but whoever is not active is passed over."""

Take = Callable[[Entries], None]


class Given(NamedTuple):
    """The columns of a snapshot, who is active, and the orders stretch by stretch."""

    columns: Columns
    active: Flags
    sales: Callable[[], Iterator[Sales]]


class Seen:
    """What the timed job does with its entries: reads each, keeps none."""

    def __init__(self) -> None:
        self.number, self.paid = 0, 0

    def take(self, entries: Entries) -> None:
        """Count a stretch."""
        self.number += len(entries.order)
        self.paid += int(entries.amount.sum())


def load(folder: Path, *, whole: bool = True) -> Given:
    """The frames of `analytics.columns`; orders in memory, or (not `whole`) mapped from disk."""
    people, orders = read_people(folder), read_orders(folder, whole=whole)
    columns = benchmarks.engine_input.columns(people.sponsor, people.joined)
    if whole:
        sales = _sales(orders, slice(None))
        return Given(columns, people.active, lambda: iter([sales]))
    return Given(columns, people.active, lambda: _stretches(orders))


def _sales(orders: Orders, rows: slice) -> Sales:
    return Sales(
        orders.seller[rows], orders.paid_at[rows], orders.base[rows] * MILLI, orders.himself[rows]
    )


def _stretches(orders: Orders) -> Iterator[Sales]:
    for first in range(0, len(orders.seller), CHUNK):
        yield _sales(orders, slice(first, first + CHUNK))


def work(given: Given, take: Take | None = None, threads: int = 1) -> RollUps:
    """The job: forest, standings, entries and sums."""
    columns = given.columns
    last = columns.distributors["joined_at"].item(-1)
    return analytics.stream.work(
        analytics.network.at(columns, last),
        analytics.network.history(columns),
        analytics.qualification.of_status(np.where(given.active, ACTIVE, NOT), ["active"]),
        RULES,
        given.sales(),
        take or Seen().take,
        threads,
    )


def figures(given: Given, sums: RollUps) -> Figures:
    """All entries of the job done once more, kept this time."""
    kept: list[dict[str, Column]] = []

    def keep(entries: Entries) -> None:
        kept.append({name: column.copy() for name, column in entries._asdict().items()})

    work(given, keep)
    return Figures(
        {name: np.concatenate([one[name] for one in kept]) for name in Entries._fields},
        roll_ups(sums),
    )


def fingerprint(given: Given, threads: int) -> dict[str, str]:
    """Of entries that are too many to be kept: the job done once more."""
    entries = Fingerprint()
    work(given, lambda some: entries.add(**some._asdict()), threads)
    return entries.said()


def roll_ups(sums: RollUps) -> dict[str, Any]:
    """By the names of `figures.ROLL_UPS`."""
    same = ("depth", "downline", "height", "children", "orders")
    return (
        {name: getattr(sums, name) for name in same}
        | {name: getattr(sums, name) // MILLI for name in ("volume", "group_volume")}
        | {f"earned_{level + 1}": sums.earned[:, level] for level in range(LEVELS)}
    )
