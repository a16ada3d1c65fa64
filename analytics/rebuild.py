"""A snapshot read whole: every noun page by page, handed on part by part as it becomes complete.

Only one part of one noun is in memory at a time beside the keys, and the orders until the last of
them has come: an order may cancel one with a greater key.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

import analytics.assembly
import analytics.pages
import analytics.parts
from analytics.assembly import KEYED, PAGED, POINTS_AT, Keys
from analytics.columns import empty
from analytics.pages import Tick
from analytics.parts import OWNER
from graph.connection import Database
from graph.model import NOBODY

ALONE = ("identifiers", "resales", "buybacks")
"""Nouns that no row points at, not even one of their own: as many rows as there are orders pass
through a part at a time.
"""


class Piece(NamedTuple):
    """One part of one noun, resolved and sorted."""

    noun: str
    number: int
    rows: pl.DataFrame


def whole(db: Database, *, seq: int, without_run: str, tick: Tick | None) -> Iterator[Piece]:
    """Every part of every noun up to change `seq`, without what `without_run` wrote itself."""
    keys: dict[str, npt.NDArray[np.int64]] = {}
    products = empty("products")
    for noun in sorted(PAGED, key=lambda noun: noun not in KEYED):
        pages = analytics.pages.all_of(db, noun, seq=seq, without_run=without_run, tick=tick)
        if noun in OWNER:
            yield from of_owners(noun, pages, keys, products)
            continue
        if noun in ALONE:
            yield from _alone(noun, pages, keys)
            continue
        frame = pl.concat([analytics.assembly.no_rows(noun), *pages])
        if noun in KEYED:
            keys[noun] = np.sort(frame["key"].to_numpy())
        found = analytics.assembly.resolved(noun, frame, keys, products)[noun]
        if noun == "products":
            products = found
        yield from (Piece(noun, *part) for part in analytics.parts.split(noun, found).items())


def _alone(noun: str, pages: Iterator[pl.DataFrame], keys: Keys) -> Iterator[Piece]:
    """Parts of a noun of ALONE, each as soon as its rows have come."""
    number, waiting, size = 0, analytics.assembly.no_rows(noun), analytics.parts.PART_ROWS
    for page in pages:
        waiting = pl.concat([waiting, page])
        while waiting.height >= size:
            yield from _pieces(noun, number, [waiting[:size]], keys, empty("products"))
            number, waiting = number + 1, waiting[size:]
    yield from _pieces(noun, number, [waiting], keys, empty("products"))


def of_owners(
    noun: str, pages: Iterator[pl.DataFrame], keys: Keys, products: pl.DataFrame
) -> Iterator[Piece]:
    """Parts of a noun whose rows belong to others; its pages come in the order of those."""
    held, waiting = -1, [analytics.assembly.no_rows(noun)]
    for page in pages:
        rows = owner_rows(noun, page, keys)
        for number, begin, end in analytics.parts.stretches(rows // analytics.parts.PART_ROWS):
            if number != held:
                yield from _pieces(noun, held, waiting, keys, products)
                held, waiting = number, []
            waiting.append(page[begin:end])
    yield from _pieces(noun, held, waiting, keys, products)


def owner_rows(noun: str, frame: pl.DataFrame, keys: Keys) -> npt.NDArray[np.int32]:
    """The row of whom each unresolved row belongs to; NOBODY where he is not among the keys."""
    owner = OWNER[noun]
    column = frame[f"{owner.removesuffix('_row')}_key"]
    return analytics.assembly.rows_of(column, keys[POINTS_AT[owner]]).to_numpy()


def _pieces(
    noun: str, number: int, waiting: list[pl.DataFrame], keys: Keys, products: pl.DataFrame
) -> Iterator[Piece]:
    if number > NOBODY:
        found = analytics.assembly.resolved(noun, pl.concat(waiting), keys, products)
        yield from (Piece(name, number, rows) for name, rows in found.items() if rows.height)
