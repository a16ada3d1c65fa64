"""INV-003: purchases that stop just above what the plan asks for.

Sources: FTC v. Vemma, order s. II(B); Omnitrition; inv_003.toml.
"""

import numpy as np
import polars as pl

from analytics.facts.frames import Facts, Floats
from analytics.measures import NO_REFERENCE, TWO_SIDED, Evidence, Scopes, Values, no_values
from analytics.rules.selling import (
    CUSTOMER,
    DISTRIBUTOR,
    MONEY,
    PRODUCT,
    distributors_in,
    pieces_of,
    recent_orders,
    unknown_buyers,
    unless_unknown,
)
from graph.model import NOBODY

NOTHING_KNOWN = 0.5
"""Added to both counts: a ratio of two small counts is no certainty."""

LAST_MONTH = 100_000
READ = (*MONEY, "product_kind", "month", "buyer", "buyer_row", "customer")


def work_out(facts: Facts, scopes: Scopes) -> Values:
    """(0.5 + months in [T, 1.1 T)) / (0.5 + months in [0.9 T, T)) of own product purchases, 365
    days, T the plan's own purchase. The same of outside customers is shown beside it.
    """
    threshold = _threshold(facts)
    if threshold is None:
        return no_values(len(scopes), NO_REFERENCE)
    pieces = pieces_of(facts, recent_orders(facts), READ)
    above, below = (
        scopes.sums(facts.by_place(some["place_row"], np.ones(some.height)))
        for some in _near(_own(pieces), threshold)
    )
    values = _ratio(above, below)
    control = _near(_of_customers(pieces), threshold)
    others = [
        scopes.sums(facts.by_place(some["place_row"], np.ones(some.height))) for some in control
    ]
    values.shown["control"] = (NOTHING_KNOWN + others[0]) / (NOTHING_KNOWN + others[1])
    values.shown["control_months"] = others[0] + others[1]
    return unless_unknown(values, scopes, *unknown_buyers(facts, pieces))


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """The distributors with months just above the threshold, most months first."""
    threshold = _threshold(facts)
    if threshold is None:
        return distributors_in(facts, tops, np.zeros(facts.places))
    above, _ = _near(_own(pieces_of(facts, recent_orders(facts), READ)), threshold)
    months = facts.by_place(above["place_row"], np.ones(above.height))
    return distributors_in(facts, tops, months[:-1])


def _threshold(facts: Facts) -> int | None:
    """T of the currency of the orders, in minor units; None: the plan has none."""
    known = [facts.own_purchase.get(code, 0) for code in facts.currencies]
    return known[0] if len(known) == 1 and known[0] > 0 else None


def _own(pieces: pl.DataFrame) -> pl.DataFrame:
    """place_row, net: what a distributor bought of products in a month, one row for each."""
    return _months(pieces, DISTRIBUTOR, "buyer_row")


def _of_customers(pieces: pl.DataFrame) -> pl.DataFrame:
    """place_row, net: what an outside customer bought of products in a month, at one seller's."""
    return _months(pieces, CUSTOMER, "customer")


def _months(pieces: pl.DataFrame, kind: int, who: str) -> pl.DataFrame:
    mine = pieces.filter(
        (pl.col("buyer") == kind) & (pl.col(who) != NOBODY) & (pl.col("product_kind") == PRODUCT)
    )
    month = pl.col(who).cast(pl.Int64) * LAST_MONTH + pl.col("month")
    months = mine.group_by(month.alias("of")).agg(pl.sum("net"), pl.min("place_row"))
    return months.select("place_row", "net")


def _near(months: pl.DataFrame, threshold: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Months in [T, 1.1 T), and in [0.9 T, T)."""
    tenths, net = pl.col("net") * 10, pl.col("net")
    return (
        months.filter((net >= threshold) & (tenths < 11 * threshold)),
        months.filter((net < threshold) & (tenths >= 9 * threshold)),
    )


def _ratio(above: Floats, below: Floats) -> Values:
    values = no_values(len(above))
    values.numerator, values.denominator = NOTHING_KNOWN + above, NOTHING_KNOWN + below
    values.value = values.numerator / values.denominator
    values.lower, values.upper = values.value.copy(), values.value.copy()
    wide = np.exp(TWO_SIDED * np.sqrt(1 / values.numerator + 1 / values.denominator))
    values.ci_lower, values.ci_upper = values.value / wide, values.value * wide
    values.n = above + below
    values.sizes = {"months_near": values.n}
    return values
