"""All that was promised is accounted for, exactly, in every currency by itself.

    promised = paid + breakage (no or unqualified ancestor) + what caps cut + rounding

as orders accrued, before refunds, and without cancellations. Each term is summed by itself; that
they agree is asserted, order by order through the levels and currency by currency through the sums.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import polars as pl

from analytics.amounts import MILLI
from analytics.columns import Columns
from analytics.commission_schema import Conservation
from analytics.network import Ints
from analytics.paths import Part
from analytics.walk import PAID
from graph.model import ORDER_KIND
from graph.money import Exact

IS_SALE = pl.col("kind") == ORDER_KIND.index("sale")


def of(columns: Columns, part: Part, amount: Ints) -> dict[str, Conservation]:
    """By currency, of the sales of a part; `amount` is what is paid by path row, after all caps."""
    every_level_once(part)
    steps, size = part.work.steps, len(amount)
    at = np.repeat(np.arange(len(part.rows)), np.diff(steps.start))
    orders = columns.orders.select("kind", "currency").select(pl.all().gather(part.rows))
    rows = orders.select(pl.all().gather(at)).with_columns(
        part.share.alias("share"),
        pl.Series("rounded", part.entitled.rounded[:size]),
        pl.Series("amount", amount),
        pl.Series("passed", steps.gate == PAID),
    )
    sums = (
        rows.filter(IS_SALE)
        .group_by("currency")
        .agg(
            pl.col("share").sum().alias("promised"),
            pl.col("share").filter("passed").sum().alias("passed"),
            pl.col("rounded").cast(pl.Int128).sum(),
            pl.col("amount").cast(pl.Int128).sum(),
        )
    )
    if part.plan.kind == "differential":
        highest = pl.lit(part.work.terms.highest, pl.Int128)
        bases = orders.with_columns(part.base_milli.alias("base")).filter(IS_SALE)
        promised = bases.group_by("currency").agg(
            (pl.col("base") * highest).sum().alias("promised")
        )
        sums = promised.join(sums.drop("promised"), on="currency", how="left")
    over = MILLI * part.work.terms.scale
    return {row["currency"]: _terms(row, over) for row in sums.fill_null(0).iter_rows(named=True)}


def total(parts: Iterable[Mapping[str, Conservation]]) -> dict[str, Conservation]:
    """All parts together, by currency in order; asserts that nothing is unaccounted for."""
    whole: dict[str, Conservation] = {}
    for part in parts:
        for currency, kept in part.items():
            whole[currency] = whole.get(currency, Conservation()) + kept
    assert all(kept.check for kept in whole.values()), whole
    return dict(sorted(whole.items()))


def every_level_once(part: Part) -> None:
    """A unilevel path has a row for each paid level, neither less nor more."""
    steps = part.work.steps
    if part.plan.kind == "unilevel" and len(part.rows):
        upto = np.zeros(len(steps.level) + 1, np.int64)
        np.cumsum(steps.level > 0, out=upto[1:])
        counts = upto[steps.start[1:]] - upto[steps.start[:-1]]
        assert (counts == part.plan.max_paid_levels).all(), "a paid level is missing from a path"


def _terms(sums: dict[str, Any], over: int) -> Conservation:
    promised, passed = Exact(sums["promised"], over), Exact(sums["passed"], over)
    return Conservation(
        promised=promised,
        paid=sums["amount"],
        breakage=promised - passed,
        capped=sums["rounded"] - sums["amount"],
        rounding=passed - sums["rounded"],
    )
