"""Generated columns for the engine and its peers: the same numbers from the same seed, on any day.

The network is heavy-tailed (half of the recruits follow a friend to that friend's sponsor) and some
a dozen levels deep; everyone stands below someone who came before him. Sellers are skewed: a tenth
of them sells about half. Orders come in the order of their paid time. Columns lie on disk as `.npy`
files, so that a process takes them as it likes, whole or in stretches.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from numpy.lib.format import open_memmap

from analytics.columns import DISTRIBUTORS, SPONSOR_EDGES, Columns, Schema
from analytics.kernels import compiled
from graph.model import DAY_MS, NOBODY, OPEN_MS

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

CHUNK = 1_000_000
"""Orders drawn, and streamed, at once."""
FIRST_MS, JOINING_DAYS, SELLING_DAYS = 1_420_070_400_000, 3_650, 365
FOLLOWS = 0.5
RECENT = 0.55
"""Exponent below 1: sponsors are rather recent than old, which makes the network deeper."""
ROOTS = 0.0001
ACTIVE, OWN_PURCHASE = 0.85, 0.08
SKEW = 3.0
MEAN_BASE = 20_000.0


class People(NamedTuple):
    """Everyone, by row."""

    sponsor: Rows  # NOBODY for a root
    joined: Ints  # ms UTC, ascending
    active: Flags


class Orders(NamedTuple):
    """Sales, by paid time."""

    seller: Rows
    paid_at: Ints  # ms UTC
    base: Ints  # minor units
    himself: Flags  # the buyer is the seller


DTYPES = {"seller": np.int32, "paid_at": np.int64, "base": np.int64, "himself": np.bool_}


def people(count: int, seed: int) -> People:
    """A network of `count` distributors."""
    rng = np.random.default_rng(seed)
    met = (np.arange(count) * rng.random(count) ** RECENT).astype(np.int32)
    met[rng.random(count) < ROOTS] = NOBODY
    met[0] = NOBODY
    sponsor = _followed(met, rng.random(count) < FOLLOWS)
    joined = FIRST_MS + np.arange(count, dtype=np.int64) * (JOINING_DAYS * DAY_MS) // count
    return People(sponsor, joined, rng.random(count) < ACTIVE)


@compiled
def _followed(met: Rows, follows: Flags) -> Rows:
    """Whoever follows joins the sponsor of the one he met, where there is one."""
    sponsor = met.copy()
    for row in range(len(met)):
        if met[row] >= 0 and follows[row] and sponsor[met[row]] >= 0:
            sponsor[row] = sponsor[met[row]]
    return sponsor


def chain(count: int) -> People:
    """Everyone the sponsor of the next."""
    rows = np.arange(count, dtype=np.int32)
    return People(rows - 1, np.full(count, FIRST_MS), np.ones(count, np.bool_))


def columns(sponsor: Rows, joined: Ints) -> Columns:
    """The network as everything in `analytics` reads it; edges hold since joining."""
    placed = sponsor >= 0
    edges = {
        "child_row": np.flatnonzero(placed),
        "sponsor_row": sponsor[placed],
        "since": joined[placed],
        "until": np.full(int(placed.sum()), OPEN_MS),
    }
    people = pl.DataFrame({"key": np.arange(len(sponsor)), "joined_at": joined})
    return Columns(
        distributors=_frame(people.with_columns(pl.format("D{}", "key").alias("id")), DISTRIBUTORS),
        sponsor_edges=_frame(pl.DataFrame(edges), SPONSOR_EDGES),
    )


def _frame(given: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """`given` as a whole frame of a noun: its other columns are unknown."""
    return given.select(
        (pl.col(name) if name in given.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in schema.items()
    )


def drawn(distributors: int, count: int, seed: int) -> Iterator[Orders]:
    """`count` orders of the year after the last joining, CHUNK by CHUNK."""
    begin, length = FIRST_MS + JOINING_DAYS * DAY_MS, SELLING_DAYS * DAY_MS
    by_rank = np.random.default_rng([seed, 1]).permutation(distributors).astype(np.int32)
    for first in range(0, count, CHUNK):
        rng = np.random.default_rng([seed, 2, first])
        rows = np.arange(first, min(first + CHUNK, count), dtype=np.int64)
        rank = (distributors * rng.random(len(rows)) ** SKEW).astype(np.int64)
        base = (rng.standard_exponential(len(rows)) * MEAN_BASE).astype(np.int64) + 1
        paid_at = begin + rows * length // count
        yield Orders(by_rank[rank], paid_at, base, rng.random(len(rows)) < OWN_PURCHASE)


def write(folder: Path, network: People, orders: int, seed: int) -> Path:
    """Keep a network and its orders in `folder`, which is made."""
    folder.mkdir(parents=True)
    for name, column in network._asdict().items():
        np.save(folder / f"{name}.npy", column)
    columns = {
        name: open_memmap(folder / f"{name}.npy", "w+", dtype, (orders,))
        for name, dtype in DTYPES.items()
    }
    done = 0
    for chunk in drawn(len(network.sponsor), orders, seed):
        for name, column in chunk._asdict().items():
            columns[name][done : done + len(column)] = column
        done += len(chunk.seller)
    for column in columns.values():
        column.flush()
    return folder


def read_people(folder: Path) -> People:
    """The network of a folder."""
    return People(*(np.load(folder / f"{name}.npy") for name in People._fields))


def read_orders(folder: Path, *, whole: bool = True) -> Orders:
    """The orders of a folder, in memory or (not `whole`) mapped from disk."""
    paths = [folder / f"{name}.npy" for name in Orders._fields]
    return Orders(*(np.load(path, mmap_mode=None if whole else "r") for path in paths))
