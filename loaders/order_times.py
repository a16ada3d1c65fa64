"""When an order was paid and received, from its blanks and its status, and as of which moment.

Paid time: paid_at, or ordered_at where that is blank and the status is paid, shipped or received.
Received time: received_at, or the paid time where that is blank and the status is received.
A `created` order is neither.
"""

import polars as pl

PAID = ("paid", "shipped", "received")


def paid_time() -> pl.Expr:
    """ms UTC, null where the order was not paid; reads paid_at, ordered_at and status (a word)."""
    implied = pl.when(pl.col("status").is_in(PAID)).then("ordered_at")
    return pl.when(pl.col("status") != "created").then(pl.coalesce("paid_at", implied))


def received_time() -> pl.Expr:
    """ms UTC, null where the order was not received."""
    implied = pl.when(pl.col("status") == "received").then(paid_time())
    return pl.when(pl.col("status") != "created").then(pl.coalesce("received_at", implied))


def as_of(orders: pl.DataFrame, as_of_ms: int) -> pl.DataFrame:
    """Orders placed by then, their times derived and their status as it stood.

    A cancellation of an order that was placed later is left out with it.
    """
    derived = orders.with_columns(paid_at=paid_time(), received_at=received_time())
    placed = derived.filter(pl.col("ordered_at") <= as_of_ms)
    gone = derived.filter(pl.col("ordered_at") > as_of_ms)["order_id"]
    kept = placed.filter(
        pl.col("cancels_order_id").is_null() | ~pl.col("cancels_order_id").is_in(gone.implode())
    )
    times = ("paid_at", "received_at", "cancelled_at")
    standing = kept.with_columns(_cancelled_later(as_of_ms).alias("revived")).with_columns(
        pl.when(pl.col(name) <= as_of_ms).then(pl.col(name)).alias(name) for name in times
    )
    return standing.with_columns(_status()).drop("revived")


def _cancelled_later(as_of_ms: int) -> pl.Expr:
    return (pl.col("status") == "cancelled") & (pl.col("cancelled_at") > as_of_ms).fill_null(False)


def _status() -> pl.Expr:
    """The status at that moment: the file's, unless what it says came later."""
    reached = (
        pl.when(pl.col("received_at").is_not_null())
        .then(pl.lit("received"))
        .when(pl.col("paid_at").is_not_null())
        .then(pl.lit("paid"))
        .otherwise(pl.lit("created"))
    )
    back = (
        pl.col("revived")
        | (pl.col("status").is_in(PAID) & pl.col("paid_at").is_null())
        | ((pl.col("status") == "received") & pl.col("received_at").is_null())
    )
    return pl.when(back).then(reached).otherwise("status").alias("status")
