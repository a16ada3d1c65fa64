"""Money as more than one report needs it: pieces by class and month, commission by class.

What is not surely of one class stands under UNKNOWN, so that the classes of a month always add up
to its money.
"""

import numpy as np
import polars as pl

from analytics.facts.frames import ANY, CLASSES, ORDER_LINE, OTHER, RECRUIT_EVENT, Facts, J, P, R

UNKNOWN, HEAD, OUTSIDE_LINES = "unknown", "head", "other"
"""Of commission besides the classes of lines: head pay, and what is on no order."""
CLASS_ORDER = (*CLASSES, HEAD, OUTSIDE_LINES, UNKNOWN)
FINE = 1000
"""Parts of a minor unit in which commission on classes is counted: whole numbers, so that sums are
the same in whatever order they are added up.
"""


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
    `beneficiary_row`, `amount` (thousandths of a minor unit, whole).
    """
    rows = facts.commission
    whole = rows["amount"].cast(pl.Float64).to_numpy()
    on_lines = (rows["basis"] == ORDER_LINE).to_numpy()
    parts = {
        name: np.where(on_lines, facts.commission_on(bit)[0], 0) for name, bit in CLASSES.items()
    }
    parts[HEAD] = np.where((rows["basis"] == RECRUIT_EVENT).to_numpy(), whole, 0)
    parts[OUTSIDE_LINES] = np.where((rows["basis"] == OTHER).to_numpy(), whole, 0)
    fine = {name: np.rint(part * FINE).astype(np.int64) for name, part in parts.items()}
    fine[UNKNOWN] = np.rint(whole * FINE).astype(np.int64) - sum(fine.values())
    fine[UNKNOWN][np.abs(fine[UNKNOWN]) <= len(CLASSES)] = 0  # no more than the roundings
    kept = rows.select(
        month="earned_month",
        day="earned_day",
        currency=currency_names(facts),
        level="level",
        beneficiary_row="beneficiary_row",
    )
    long = [
        kept.with_columns(pl.lit(name).alias("class"), pl.Series("amount", part))
        for name, part in fine.items()
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
    tied = np.rint(np.where(head.to_numpy(), whole, sure) * FINE).astype(np.int64)
    unsure = np.rint(maybe * FINE).astype(np.int64)
    return (
        rows.select("amount", month="earned_month", currency=currency_names(facts))
        .with_columns(on_recruiting=tied, unknown=unsure)
        .group_by("month", "currency")
        .agg(
            pl.col("amount").sum(),
            pl.col("on_recruiting", "unknown").sum() / FINE,
        )
        .sort("currency", "month")
    )


def money_of(classes: int) -> pl.Expr:
    """Whether a piece is surely of these classes."""
    return (pl.col("classes") & (ANY & ~classes)) == 0


END_USER = R | P
