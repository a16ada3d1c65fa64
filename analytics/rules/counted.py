"""Small counts that several rules make alike."""

import numpy as np
import polars as pl

from analytics.facts.frames import Facts, Floats
from analytics.measures import Flags
from analytics.rules.selling import is_one_of, may_be


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
