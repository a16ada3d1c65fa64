"""Small counts that several rules make alike, and results that a rule and its evidence share."""

import weakref
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import polars as pl

from analytics.facts.frames import Facts, Floats
from analytics.measures import Flags
from analytics.rules.selling import is_one_of, may_be

Found = TypeVar("Found")
Kept = list[tuple["weakref.ref[Facts]", Any]]


def remembered(kept: Kept, facts: Facts, work: Callable[[Facts], Found]) -> Found:
    """`work(facts)`, worked out once as long as the same facts are asked about.

    A rule and its evidence for a thousand scopes ask for the same thing. `kept` belongs to the
    caller; it holds one result and no facts.
    """
    if not kept or kept[0][0]() is not facts:
        kept[:] = [(weakref.ref(facts), work(facts))]
    found: Found = kept[0][1]
    return found


def sides(classes: pl.Series, wanted: int) -> tuple[Flags, Flags]:
    """By piece: whether its class is surely one of `wanted`, and whether it only may be."""
    surely = is_one_of(classes, wanted).to_numpy()
    return surely, may_be(classes, wanted).to_numpy() & ~surely


def of_order(facts: Facts, name: str) -> pl.Series:
    """Column `name` of the order of each piece."""
    return facts.orders[name].gather(facts.pieces["order"])


def rows_at(facts: Facts, place: pl.Series) -> Floats:
    """How many rows stand at each place."""
    return facts.by_place(place, np.ones(len(place)))
