"""The depth report: how many stand on which level, and which organisers pass the legal gates.

Source: the filing standard of 30 persons and 3 levels, own level and leavers counted, and the
serious case of 120 persons. Passing a gate is no finding by itself.
"""

import numpy as np
import polars as pl

import analytics.reports.members as members
from analytics.columns import Schema
from analytics.facts.frames import ORDER_LINE, Facts
from analytics.reports.tables import (
    COUNT_UNIT,
    DEPTH,
    NUMBER_UNIT,
    RATIO_UNIT,
    Across,
    Chart,
    Report,
    Table,
    fitted,
    totals,
)
from graph.model import NOBODY

PERSONS_GATE, LEVELS_GATE, SERIOUS_GATE, DEEP_LEVEL = 30, 3, 120, 3
ORGANISERS_BY_LEVEL = 20
LEVELS_SHOWN = 12
"""Joins on deeper levels are added to level LEVELS_SHOWN + 1."""
JOIN_MONTHS = 24
TIER_DAYS = 90

ORGANISERS: Schema = {  # most persons first
    "organiser": pl.String,
    "persons": pl.Int64,
    "accounts": pl.Int64,
    "levels": pl.Int32,
    "share_deep": pl.Float64,  # of the persons, on level 3 and deeper
    "thirty_three": pl.Boolean,
    "one_twenty": pl.Boolean,
    "paid_tiers": pl.Int32,  # the most on one order of the last 90 days; null: nothing was paid
    "widest_branch": pl.String,  # direct recruit below whom most persons stand on one level
    "width": pl.Int64,
    "deepest_branch": pl.String,
    "branch_levels": pl.Int32,
}
LEVELS: Schema = {  # organiser "": the whole network
    "organiser": pl.String,
    "level": pl.Int32,
    "accounts": pl.Int64,
    "persons": pl.Int64,
    "share": pl.Float64,
}
JOINS: Schema = {"month": pl.Int32, "level": pl.Int32, "accounts": pl.Int64}
TIERS: Schema = {"tiers": pl.Int32, "orders": pl.Int64, "share": pl.Float64}


def work_out(facts: Facts, as_of: str) -> Report:
    """The report of these facts; `as_of` is their last day."""
    placed = members.placed(facts)
    tiers = _tiers(facts)
    organisers = _organisers(facts, placed, tiers)
    return Report(
        DEPTH,
        as_of,
        (
            Table("depth_totals", _totals(facts, placed, organisers)),
            Table("organisers", organisers),
            Table(
                "levels",
                _levels(facts, placed, organisers),
                {"organisers": ORGANISERS_BY_LEVEL},
                chart=Chart("bars", "level", "persons", only=("organiser", "")),
            ),
            Table(
                "joins",
                _joins(facts, placed),
                {"months": JOIN_MONTHS},
                across=Across(("month",), "level", "accounts"),
                chart=Chart("stack", "month", "accounts", by="level"),
            ),
            Table("tiers", _by_tiers(tiers), {"days": TIER_DAYS}),
        ),
    )


def _uppermost(placed: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """One row a person of each key, on the level where he stands uppermost."""
    return placed.group_by(*keys, "person").agg(pl.col("level").min())


def _organisers(facts: Facts, placed: pl.DataFrame, tiers: pl.DataFrame) -> pl.DataFrame:
    deep = (pl.col("level") >= DEEP_LEVEL).mean().alias("share_deep")
    by_person = _uppermost(placed, "root_row").group_by("root_row").agg(persons=pl.len(), mean=deep)
    by_account = placed.group_by("root_row").agg(accounts=pl.len(), levels=pl.col("level").max())
    found = by_account.join(by_person.rename({"mean": "share_deep"}), on="root_row")
    for branch in (_widest(placed), _deepest(placed), _most_tiers(facts, placed, tiers)):
        found = found.join(branch, on="root_row", how="left")
    found = found.with_columns(
        organiser=members.named(facts, found["root_row"]),
        widest_branch=members.named(facts, found["widest_branch"]),
        deepest_branch=members.named(facts, found["deepest_branch"]),
        thirty_three=(pl.col("persons") >= PERSONS_GATE) & (pl.col("levels") >= LEVELS_GATE),
        one_twenty=(pl.col("persons") >= SERIOUS_GATE) & (pl.col("levels") >= LEVELS_GATE),
    )
    return fitted(found.sort(["persons", "organiser"], descending=[True, False]), ORGANISERS)


def _widest(placed: pl.DataFrame) -> pl.DataFrame:
    """By organiser: the direct recruit below whom (himself included) one level is fullest."""
    below = placed.filter(pl.col("branch_row") != NOBODY)
    width = (
        _uppermost(below, "root_row", "branch_row")
        .group_by("root_row", "branch_row", "level")
        .agg(width=pl.len())
        .sort(["root_row", "width", "branch_row"], descending=[False, True, False])
    )
    return width.group_by("root_row", maintain_order=True).agg(
        pl.col("branch_row").first().alias("widest_branch"), pl.col("width").first()
    )


def _deepest(placed: pl.DataFrame) -> pl.DataFrame:
    """By organiser: the direct recruit with the longest chain; his own level counts as one."""
    below = placed.filter(pl.col("branch_row") != NOBODY)
    deep = (
        below.group_by("root_row", "branch_row")
        .agg(branch_levels=pl.col("level").max() - 1)
        .sort(["root_row", "branch_levels", "branch_row"], descending=[False, True, False])
    )
    return deep.group_by("root_row", maintain_order=True).agg(
        pl.col("branch_row").first().alias("deepest_branch"), pl.col("branch_levels").first()
    )


def _tiers(facts: Facts) -> pl.DataFrame:
    """Orders of the last 90 days with pay: `place_row`, `tiers` = different paid beneficiaries on
    the seller's chain, himself included.
    """
    paid = facts.commission.filter((pl.col("basis") == ORDER_LINE) & (pl.col("order") != NOBODY))
    orders = facts.orders.select("day", "seller_row", "place_row").with_row_index("order")
    joined = paid.select(pl.col("order").cast(pl.UInt32), "beneficiary_row", "amount").join(
        orders.filter(pl.col("day") > facts.as_of_day - TIER_DAYS), on="order"
    )
    chained = joined.filter(_on_chain(facts, joined))
    each = chained.group_by("order", "beneficiary_row", "place_row").agg(pl.col("amount").sum())
    return each.filter(pl.col("amount") > 0).group_by("order", "place_row").agg(tiers=pl.len())


def _on_chain(facts: Facts, joined: pl.DataFrame) -> pl.Series:
    """Whether the beneficiary of each row is its seller or stands above him."""
    network = facts.network
    who, seller = joined["beneficiary_row"].to_numpy(), joined["seller_row"].to_numpy()
    at = network.position[seller]
    inside = (network.position[who] <= at) & (at < network.end[who])
    known = (who >= 0) & (seller >= 0) & (at >= 0)
    return pl.Series(known & (inside | (who == seller)))


def _most_tiers(facts: Facts, placed: pl.DataFrame, tiers: pl.DataFrame) -> pl.DataFrame:
    root = np.full(facts.places, NOBODY, np.int32)
    root[placed["row"].to_numpy()] = placed["root_row"].to_numpy()
    rooted = tiers.filter(pl.col("place_row") != NOBODY)
    return (
        rooted.with_columns(root_row=pl.Series(root[rooted["place_row"].to_numpy()]))
        .group_by("root_row")
        .agg(paid_tiers=pl.col("tiers").max())
    )


def _by_tiers(tiers: pl.DataFrame) -> pl.DataFrame:
    found = tiers.group_by("tiers").agg(orders=pl.len()).sort("tiers")
    return fitted(found.with_columns(share=pl.col("orders") / pl.col("orders").sum()), TIERS)


def _levels(facts: Facts, placed: pl.DataFrame, organisers: pl.DataFrame) -> pl.DataFrame:
    """Of the whole network, then of the largest organisers."""
    largest = organisers["organiser"].head(ORGANISERS_BY_LEVEL)
    each = placed.with_columns(organiser=members.named(facts, placed["root_row"]))
    whole = placed.with_columns(organiser=pl.lit(""))
    mine = each.filter(pl.col("organiser").is_in(largest.implode()))
    found = pl.concat([_of_levels(whole), _of_levels(mine)])
    rank = pl.DataFrame({"organiser": ["", *largest]}).with_row_index("rank")
    return fitted(found.join(rank, on="organiser").sort("rank", "level"), LEVELS)


def _of_levels(placed: pl.DataFrame) -> pl.DataFrame:
    keys = ["organiser", "level"]
    by_account = placed.group_by(keys).agg(accounts=pl.len())
    by_person = _uppermost(placed, "organiser").group_by(keys).agg(persons=pl.len())
    found = by_account.join(by_person, on=keys, how="left").with_columns(
        pl.col("persons").fill_null(0)
    )
    return found.with_columns(share=pl.col("persons") / pl.col("persons").sum().over("organiser"))


def _joins(facts: Facts, placed: pl.DataFrame) -> pl.DataFrame:
    """Accounts that joined in each of the last months, by the level on which they now stand."""
    recent = placed.filter(
        (pl.col("month") > facts.as_of_month - JOIN_MONTHS) & (pl.col("level") > 1)
    )
    shown = pl.col("level").clip(upper_bound=LEVELS_SHOWN + 1)
    return fitted(
        recent.group_by("month", level=shown).agg(accounts=pl.len()).sort("month", "level"), JOINS
    )


def _totals(facts: Facts, placed: pl.DataFrame, organisers: pl.DataFrame) -> pl.DataFrame:
    levels = _uppermost(placed)["level"]
    joined = int(facts.accounts["joined"].sum())
    deep = None if levels.is_empty() else float((levels >= DEEP_LEVEL).sum() / len(levels))
    deepest = placed["level"].max()
    return totals(
        [
            ("persons", float(len(levels)), COUNT_UNIT, None),
            ("accounts", float(joined), COUNT_UNIT, None),
            ("without_place", float(joined - placed.height), COUNT_UNIT, None),
            ("organisers", float(organisers.height), COUNT_UNIT, None),
            ("levels", None if deepest is None else float(str(deepest)), COUNT_UNIT, None),
            ("mean_level", levels.mean(), NUMBER_UNIT, None),  # type: ignore[list-item]
            ("share_deep", deep, RATIO_UNIT, None),
            ("thirty_three", float(organisers["thirty_three"].sum()), COUNT_UNIT, None),
            ("one_twenty", float(organisers["one_twenty"].sum()), COUNT_UNIT, None),
        ]
    )
