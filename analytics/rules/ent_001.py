"""ENT-001: how many of those who joined paid something that belongs to joining.

Sources: 禁止传销条例 art. 7, 4finance, Koscot; ent_001.toml has them all with their status.
"""

import numpy as np
import polars as pl

from analytics.facts.frames import ANY, Facts, Floats, J, W
from analytics.measures import Evidence, Scopes, Share, Values, rolled
from analytics.network import Flags
from analytics.rules.selling import (
    CUSTOMER,
    DISTRIBUTOR,
    MONEY,
    distributors_in,
    is_one_of,
    lately,
    may_be,
    pieces_of,
    recent_orders,
    unknown_buyers,
    unless_unknown,
    with_nobody,
)
from analytics.statistics import wilson
from graph.model import NOBODY

DAYS, AROUND = 180, 30
"""Joined this long ago at most; paid at most this many days before or after joining."""
READ = (*MONEY, "day", "buyer", "buyer_row", "customer")
NOT_ONLY_CHANCE = 0.05
"""From this share on a purchase that one must make to join is high."""


def work_out(facts: Facts, scopes: Scopes) -> Values:
    """Joiners of 180 days with entry money within 30 days of joining over all of them.

    High, whatever the band, where a product that must be bought to join has a price and 5 % or
    more paid: money of unknown buyers could only raise it.
    """
    joiners = _joiners(facts)
    paid, perhaps = _paid(facts, joiners)
    share = Share(
        num=with_nobody(paid),
        den=with_nobody(joiners),
        num_maybe=with_nobody(perhaps & ~paid),
        sizes={"joiners": with_nobody(joiners)},
    )
    values = rolled(share, scopes)
    values.ci_lower, values.ci_upper = wilson(values.numerator, values.denominator)
    mandatory = has_mandatory(facts)
    high = (ratio_of(values) >= NOT_ONLY_CHANCE) & mandatory
    around = pieces_of(facts, recent_orders(facts, DAYS + AROUND), (*MONEY, "buyer"))
    unless_unknown(values, scopes, *unknown_buyers(facts, around))
    values.why[high] = ""
    values.severity = np.where(high, "high", "").astype(object)
    values.lower[high] = values.upper[high] = values.value[high]
    values.shown["mandatory"] = np.full(len(scopes), mandatory)
    return values


def ratio_of(values: Values) -> Floats:
    """Share that surely paid, of all joiners: what is unknown counts for nobody."""
    return np.nan_to_num(values.numerator / np.maximum(values.n, 1.0))


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """The joiners who paid."""
    return distributors_in(facts, tops, _paid(facts, _joiners(facts))[0].astype(np.float64))


def has_mandatory(facts: Facts) -> bool:
    """Whether a product that must be bought to join has a price; without one in the list, whether
    anything was ever asked for it.
    """
    products = facts.columns.products
    must = products.with_row_index("row").filter("mandatory_to_join")
    if (must["list_price"] > 0).any():
        return True
    unpriced = must.filter(pl.col("list_price").is_null())["row"].cast(pl.Int32)
    lines = facts.columns.lines
    return bool((lines["product_row"].is_in(unpriced.implode()) & (lines["unit_price"] > 0)).any())


def _joiners(facts: Facts) -> Flags:
    """By row: joined in the last 180 days below somebody."""
    accounts = facts.accounts
    recent = lately(accounts["joined_day"], facts.as_of_day, DAYS).fill_null(False)
    return np.asarray((recent & accounts["joined"] & ~accounts["is_root"]).to_numpy())


def _paid(facts: Facts, joiners: Flags) -> tuple[Flags, Flags]:
    """By row: who surely, and who perhaps, paid around joining."""
    chosen = recent_orders(facts, DAYS + AROUND)
    pieces = pieces_of(facts, chosen & (facts.orders["buyer"] > 0), READ).filter(pl.col("net") > 0)
    pieces = pieces.filter(may_be(pieces["classes"], J | W))
    own, before = _as_distributor(facts, pieces), _as_customer(facts, pieces, joiners)
    found = pl.concat([own, before])
    sure = np.zeros(facts.places, np.bool_)
    perhaps = np.zeros(facts.places, np.bool_)
    perhaps[found["row"].to_numpy()] = True
    sure[found.filter("sure")["row"].to_numpy()] = True
    return sure & joiners, perhaps & joiners


def _as_distributor(facts: Facts, pieces: pl.DataFrame) -> pl.DataFrame:
    """row, sure: entry-linked purchases of the account itself."""
    mine = pieces.filter((pl.col("buyer") == DISTRIBUTOR) & (pl.col("buyer_row") != NOBODY))
    mine = mine.filter(may_be(mine["classes"], J))
    after = mine["day"] - facts.accounts["joined_day"].gather(mine["buyer_row"])
    near = mine.filter((after.abs() <= AROUND).fill_null(False))
    return near.select(
        pl.col("buyer_row").alias("row"), is_one_of(near["classes"], J).alias("sure")
    )


def _as_customer(facts: Facts, pieces: pl.DataFrame, joiners: Flags) -> pl.DataFrame:
    """row, sure: entry-linked purchases of the same person under another name, and linked ones
    before joining.
    """
    people = facts.accounts.select("person", "joined_day").with_row_index("row")
    people = people.filter(pl.Series(joiners)).with_columns(pl.col("row").cast(pl.Int32))
    outside = pieces.filter((pl.col("buyer") == CUSTOMER) & (pl.col("customer") != NOBODY))
    met = outside.join(people, left_on="customer", right_on="person")
    ahead = met["joined_day"] - met["day"]
    near = met.filter((ahead.abs() <= AROUND) & ((ahead >= 0) | ~may_be(met["classes"], ANY - J)))
    return near.select("row", is_one_of(near["classes"], J | W).alias("sure"))
