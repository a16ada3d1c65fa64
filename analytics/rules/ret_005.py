"""RET-005: pay on other people's sales to those who sold to nobody themselves that month.

Source: In re Amway, the ten-customer rule; ret_005.toml.
"""

import numpy as np
import polars as pl

from analytics.facts.frames import Facts, R
from analytics.measures import Evidence, Scopes, Share, Values, at_places, once, rolled
from analytics.rules.paid import commission_evidence
from analytics.rules.selling import (
    CUSTOMER,
    by_month,
    commission_of_months,
    is_one_of,
    paid_beneficiaries,
    recent_pieces,
    unknown_retail,
    unless_unknown,
    unordered,
)
from graph.model import NOBODY

READ = ("seller_row", "buyer", "customer")
ENOUGH = 1
"""Customers a month; ten in the pack of the Amway decision."""


def work_out(facts: Facts, scopes: Scopes, *, customers: int = ENOUGH) -> Values:
    """Commission of level 2 and deeper to those with fewer than `customers` different retail
    customers of their own in that month, over all commission of level 2 and deeper, six months.
    """
    pieces, rows = recent_pieces(facts, *READ), _overrides(facts)
    known = _lacking(facts, pieces, rows.filter(~pl.col("no_order")), customers)
    failed = known.filter("lacks")
    share = Share(
        num=facts.by_place(failed["place_row"], failed["amount"]),
        den=facts.by_place(known["place_row"], known["amount"]),
    )
    values = rolled(share, scopes, {"beneficiaries": paid_beneficiaries(scopes, known)})
    unless_unknown(values, scopes, *unknown_retail(facts, pieces))
    return unless_unknown(values, scopes, *unordered(facts, rows))


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """What was paid for months without a customer."""
    failed = once(facts, "evidence of RET-005", lambda: _failed(facts))
    inside = failed.filter(at_places(facts.network, tops, failed["place_row"]))
    return commission_evidence(facts, inside)


def _failed(facts: Facts) -> pl.DataFrame:
    rows = _overrides(facts).filter(~pl.col("no_order"))
    return _lacking(facts, recent_pieces(facts, *READ), rows, ENOUGH).filter("lacks")


def _overrides(facts: Facts) -> pl.DataFrame:
    """Commission of level 2 and deeper, and what may be: paid on an order that nobody knows."""
    rows = commission_of_months(facts)
    return rows.filter((pl.col("level") >= 2) | (pl.col("no_order") & (pl.col("level") != 1)))


def _lacking(
    facts: Facts, pieces: pl.DataFrame, rows: pl.DataFrame, customers: int
) -> pl.DataFrame:
    """`rows` with `lacks`: whether the beneficiary had too few customers in that month."""
    met = _customers(pieces)
    count = by_month(facts, met["seller_row"], met["back"], pl.Series(np.ones(met.height)))
    mine = count[rows["back"].to_numpy().astype(np.int64), rows["beneficiary_row"].to_numpy()]
    return rows.with_columns(pl.Series("lacks", mine < customers, dtype=pl.Boolean))


def _customers(pieces: pl.DataFrame) -> pl.DataFrame:
    """One row for each seller, month and different person with something bought and kept."""
    kept = pieces.filter(
        is_one_of(pieces["classes"], R)
        & (pl.col("net") > 0)
        & (pl.col("buyer") == CUSTOMER)
        & (pl.col("customer") != NOBODY)
    )
    return kept.select("seller_row", "back", "customer").unique()
