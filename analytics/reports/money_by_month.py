"""Money as more than one report needs it: pieces by class and month, commission by class.

What is not surely of one class stands under UNKNOWN, so that the classes of a month always add up to
its money.
"""

import numpy as np
import polars as pl

from analytics.facts.frames import ANY, CLASSES, ORDER_LINE, OTHER, RECRUIT_EVENT, Facts, J, P, R

UNKNOWN, HEAD, OUTSIDE_LINES = "unknown", "head", "other"
"""Of commission besides the classes of lines: head pay, and what is on no order."""
CLASS_ORDER = (*CLASSES, HEAD, OUTSIDE_LINES, UNKNOWN)
NOISE = 1e-6
"""Minor units that are left where fractions were added up."""


def currency_names(facts: Facts, column: str = "currency") -> pl.Expr:
    """The code of a column of positions in `Facts.currencies`."""
    positions = dict(enumerate(facts.currencies))
    return pl.col(column).replace_strict(positions, default="", return_dtype=pl.String)


def pieces(facts: Facts) -> pl.DataFrame:
    """Every piece with its order's `day`, `month`, `currency`, `place_row`, `buyer_row`, `buyer`,
    `customer`, `seller_row`, and its `class` in words.
    """
    orders = facts.orders.select(
        "day", "month", "currency", "place_row", "seller_row", "buyer", "buyer_row", "customer"
    )
    found = facts.pieces.hstack(orders[facts.pieces["order"].to_numpy()])
    return found.with_columns(class_names(), currency_names(facts))


def class_names() -> pl.Expr:
    """`class`: the letter of one bit, UNKNOWN where several are possible."""
    letters = {bit: letter for letter, bit in CLASSES.items()}
    return (
        pl.col("classes")
        .cast(pl.Int32)
        .replace_strict(letters, default=UNKNOWN, return_dtype=pl.String)
        .alias("class")
    )


def commission(facts: Facts) -> pl.DataFrame:
    """Commission rows by class, long: `month` (earned), `day`, `currency`, `level`, `class`,
    `beneficiary_row`, `amount` (float minor units). The classes of a row add up to its amount.
    """
    rows = facts.commission
    whole = rows["amount"].cast(pl.Float64).to_numpy()
    on_lines = (rows["basis"] == ORDER_LINE).to_numpy()
    parts = {name: np.where(on_lines, facts.commission_on(b)[0], 0) for name, b in CLASSES.items()}
    parts[HEAD] = np.where((rows["basis"] == RECRUIT_EVENT).to_numpy(), whole, 0)
    parts[OUTSIDE_LINES] = np.where((rows["basis"] == OTHER).to_numpy(), whole, 0)
    rest = whole - np.sum(list(parts.values()), axis=0)
    parts[UNKNOWN] = np.where(np.abs(rest) < NOISE, 0, rest)
    kept = rows.select(
        month="earned_month",
        day="earned_day",
        currency=currency_names(facts),
        level="level",
        beneficiary_row="beneficiary_row",
    )
    long = [
        kept.with_columns(pl.lit(name).alias("class"), pl.Series("amount", part))
        for name, part in parts.items()
    ]
    return pl.concat(long).filter(pl.col("amount") != 0)


def on_recruiting(facts: Facts) -> pl.DataFrame:
    """By earned `month` and `currency`: `amount` of all commission, `on_recruiting` what is surely
    tied to recruiting (head pay, entry-linked lines, unexplained other), `unknown` what may be.
    """
    rows = facts.commission
    sure, maybe = facts.commission_on(J)
    whole = rows["amount"].cast(pl.Float64).to_numpy()
    head = (rows["basis"] == RECRUIT_EVENT) | ((rows["basis"] == OTHER) & ~rows["explained"])
    tied = np.where(head.to_numpy(), whole, np.where((rows["basis"] == ORDER_LINE), sure, 0))
    unsure = np.where((rows["basis"] == ORDER_LINE).to_numpy(), maybe, 0)
    return (
        rows.select("amount", month="earned_month", currency=currency_names(facts))
        .with_columns(on_recruiting=tied, unknown=unsure)
        .group_by("month", "currency")
        .agg(pl.col("amount", "on_recruiting", "unknown").sum())
        .sort("currency", "month")
    )


def money_of(classes: int) -> pl.Expr:
    """Whether a piece is surely of these classes."""
    return (pl.col("classes") & (ANY & ~classes)) == 0


END_USER = R | P
