"""polars: the network level by level, one join for each; the orders in one join and one pass."""

from pathlib import Path
from typing import NamedTuple

import polars as pl

from benchmarks.engine_input import read_orders, read_people
from benchmarks.peers.figures import LEVELS, PERCENT, Figures
from graph.model import NOBODY

EARNERS = [f"earner_{level + 1}" for level in range(LEVELS)]
ABOVE = [f"above_{level + 1}" for level in range(LEVELS)]


class Given(NamedTuple):
    """Two frames."""

    people: pl.DataFrame
    orders: pl.DataFrame


class Result(NamedTuple):
    """Two frames: entries, and everyone by row."""

    entries: pl.DataFrame
    people: pl.DataFrame


def load(folder: Path) -> Given:
    """Frames of the columns."""
    people, orders = read_people(folder), read_orders(folder)
    return Given(
        pl.DataFrame(people._asdict())
        .with_row_index("row")
        .with_columns(pl.col("row").cast(pl.Int32), pl.col("sponsor").replace(NOBODY, None)),
        pl.DataFrame(orders._asdict()).with_row_index("order"),
    )


def work(given: Given) -> Result:
    """The job."""
    levels = _levels(given.people)
    network = pl.concat(levels)
    entries = _entries(given.orders, network)
    sold = given.orders.group_by("seller").agg(
        pl.len().cast(pl.Int64).alias("orders"), pl.col("base").sum().alias("volume")
    )
    sums = _summed(levels, sold)
    earned = entries.group_by("beneficiary").agg(
        pl.col("amount").filter(pl.col("level") == level).sum().alias(f"earned_{level}")
        for level in range(1, LEVELS + 1)
    )
    people = (
        sums.join(earned, left_on="row", right_on="beneficiary", how="left")
        .with_columns(pl.all().exclude("row").fill_null(0))
        .sort("row")
    )
    return Result(entries, people)


def _levels(people: pl.DataFrame) -> list[pl.DataFrame]:
    """Roots, their children, …, each with his depth and the first active ones upward."""
    nobody = [pl.lit(None, pl.Int32).alias(name) for name in ABOVE]
    found = people.filter(pl.col("sponsor").is_null()).select("row", "sponsor", "active", *nobody)
    levels: list[pl.DataFrame] = []
    while found.height:
        level = found.with_columns(
            pl.lit(len(levels), pl.Int32).alias("depth"),
            *(
                pl.when("active").then(mine).otherwise(above).alias(earner)
                for mine, above, earner in zip(["row", *ABOVE], ABOVE, EARNERS, strict=False)
            ),
        )
        levels.append(level)
        upline = level.select(
            pl.col("row").alias("sponsor"),
            *(pl.col(e).alias(a) for e, a in zip(EARNERS, ABOVE, strict=True)),
        )
        found = people.join(upline, on="sponsor").select("row", "sponsor", "active", *ABOVE)
    return levels


def _entries(orders: pl.DataFrame, network: pl.DataFrame) -> pl.DataFrame:
    """One entry for each level that is paid."""
    upline = network.select("row", *EARNERS, *ABOVE)
    sold = orders.join(upline, left_on="seller", right_on="row", how="left")
    levels = []
    for level, percent in enumerate(PERCENT):
        passed = pl.col(ABOVE[level - 1]) if level else pl.lit(None, pl.Int32)
        levels.append(
            sold.select(
                "order",
                pl.when("himself").then(passed).otherwise(EARNERS[level]).alias("beneficiary"),
                pl.lit(level + 1, pl.UInt8).alias("level"),
                ((pl.col("base") * percent + 50) // 100).alias("amount"),
            ).filter(pl.col("beneficiary").is_not_null(), pl.col("amount") > 0)
        )
    return pl.concat(levels)


def _summed(levels: list[pl.DataFrame], sold: pl.DataFrame) -> pl.DataFrame:
    """Sums of downlines, from the deepest level upward."""
    of_children = pl.DataFrame(
        schema={
            "sponsor": pl.Int32,
            "children": pl.Int64,
            "below": pl.Int64,
            "deepest": pl.Int32,
            "group_below": pl.Int64,
        }
    )
    done = []
    for level in reversed(levels):
        summed = (
            level.select("row", "sponsor", "depth")
            .join(sold, left_on="row", right_on="seller", how="left")
            .join(of_children, left_on="row", right_on="sponsor", how="left")
            .with_columns(pl.all().exclude("row", "sponsor").fill_null(0))
            .select(
                *("row", "sponsor", "depth", "children", "orders", "volume"),
                pl.col("below").alias("downline"),
                pl.col("deepest").alias("height"),
                (pl.col("volume") + pl.col("group_below")).alias("group_volume"),
            )
        )
        done.append(summed)
        of_children = summed.group_by("sponsor").agg(
            pl.len().cast(pl.Int64).alias("children"),
            (pl.col("downline") + 1).sum().alias("below"),
            (pl.col("height") + 1).max().alias("deepest"),
            pl.col("group_volume").sum().alias("group_below"),
        )
    return pl.concat(done).drop("sponsor")


def figures(given: Given, result: Result) -> Figures:
    """Columns of the frames."""
    return Figures(
        {name: result.entries[name].to_numpy() for name in result.entries.columns},
        {name: result.people[name].to_numpy() for name in result.people.columns},
    )
