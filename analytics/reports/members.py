"""The members of the network as the reports count them: places in the forest, and persons.

A *person* is all accounts that facts hold to be one; he stands where his uppermost account stands
and joined when his first account joined. Levels are counted as the law counts them: an organiser's
own level is 1.
"""

import numpy as np
import polars as pl

from analytics.facts.frames import Facts
from graph.model import NOBODY


def month_of(day: str) -> pl.Expr:
    """The month (year x 12 + month - 1) of a column of days since 1970-01-01."""
    date = pl.col(day).cast(pl.Date)
    return date.dt.year() * 12 + date.dt.month().cast(pl.Int32) - 1


def ids(facts: Facts) -> pl.Series:
    """The id of every distributor, by row."""
    return facts.columns.distributors["id"]


def named(facts: Facts, rows: pl.Series) -> pl.Series:
    """The ids of these distributor rows; null for NOBODY and null."""
    known = rows.cast(pl.Int64).replace(NOBODY, None)
    return ids(facts).gather(known).alias(rows.name)


def placed(facts: Facts) -> pl.DataFrame:
    """Everybody with a place in the forest: `row`, `root_row`, `branch_row` (the organiser's direct
    recruit above or at him; NOBODY for the organiser), `level` from 1, `person`, `month` he joined.
    """
    network = facts.network
    rows = network.order.astype(np.int32)
    depth = network.depth[rows]
    at = np.arange(len(rows))
    root = np.maximum.accumulate(np.where(depth == 0, at, 0)) if len(rows) else at
    branch = np.maximum.accumulate(np.where(depth <= 1, at, 0)) if len(rows) else at
    whole = facts.accounts.select("person", month=month_of("joined_day"))[rows]
    return pl.DataFrame(
        {
            "row": rows,
            "root_row": rows[root],
            "branch_row": np.where(depth == 0, NOBODY, rows[branch]).astype(np.int32),
            "level": (depth + 1).astype(np.int32),
            "person": whole["person"],
            "month": whole["month"].cast(pl.Int32),
        }
    )


def persons(facts: Facts) -> pl.DataFrame:
    """One row a person who has joined by as-of: `person`, `row` of his first account, `joined_day`,
    `month` of joining, `recruited` (no account of his is a root), `stays` (some account remains).
    """
    here = facts.accounts.with_row_index("row").filter("joined").sort("joined_day", "row")
    stays = pl.col("left_day").is_null() | (pl.col("left_day") > facts.as_of_day)
    return (
        here.group_by("person", maintain_order=True)
        .agg(
            pl.col("row").first().cast(pl.Int32),
            pl.col("joined_day").first(),
            month_of("joined_day").first().cast(pl.Int32).alias("month"),
            (~pl.col("is_root")).all().alias("recruited"),
            stays.any().alias("stays"),
        )
        .sort("person")
    )


def recruits(facts: Facts) -> pl.DataFrame:
    """One row a recruited person: `person`, `sponsor_person` (of his first account's sponsor; null
    where that sponsor has no place or is himself), `joined_day`, `month`.
    """
    recruited = persons(facts).filter("recruited")
    above = facts.network.parent[recruited["row"].to_numpy()]
    person = facts.accounts["person"].gather(pl.Series(above, dtype=pl.Int64).replace(NOBODY, None))
    return recruited.select("person", "joined_day", "month").with_columns(
        sponsor_person=pl.when(person != recruited["person"]).then(person)
    )
