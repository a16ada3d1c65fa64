"""Money as more than one report needs it: pieces by class and month, commission by class.

What is not surely of one class stands under UNKNOWN, so that the classes of a month always add up
to its money.
"""

from collections.abc import Iterator

import numpy as np
import polars as pl

from analytics.facts.frames import (
    ANY,
    CLASSES,
    OTHER,
    RECRUIT_EVENT,
    Facts,
    Ints,
    J,
    P,
    R,
)

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


def commission(facts: Facts, days: int) -> pl.DataFrame:
    """Commission earned in the last `days` by `currency`, `level` and `class`: `amount` in
    thousandths of a minor unit, whole, nothing left out.
    """
    inside = facts.window(facts.commission["earned_day"], days)
    rows = facts.commission.filter(inside)
    kept = rows.select("level", currency_names(facts))
    parts = [
        kept.with_columns(amount=part[inside.to_numpy()])
        .group_by("currency", "level")
        .agg(pl.col("amount").sum(), pl.lit(name).alias("class").first())
        .filter(pl.col("amount") != 0)
        for name, part in _parts(facts)
    ]
    return pl.concat(parts)


def _parts(facts: Facts) -> Iterator[tuple[str, Ints]]:
    """By commission row what of it lies on each class; together the whole of it."""
    rows = facts.commission
    whole = rows["amount"].to_numpy() * FINE
    rest = whole.copy()
    for name, bit in CLASSES.items():
        part = np.rint(facts.commission_on(bit)[0] * FINE).astype(np.int64)
        rest -= part
        yield name, part
    for name, basis in ((HEAD, RECRUIT_EVENT), (OUTSIDE_LINES, OTHER)):
        part = np.where((rows["basis"] == basis).to_numpy(), whole, 0)
        rest -= part
        yield name, part
    rest[np.abs(rest) <= len(CLASSES)] = 0  # no more than the roundings
    yield UNKNOWN, rest


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
