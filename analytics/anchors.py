"""From when the window of an order counts: when its buyer was bound, else his first paid order.

The binding counts only with the seller of the order. A buyer who is bound to another distributor or
to nobody, or without a date, counts from his first paid order with this seller; a buyer without an
id from the order itself.
"""

import polars as pl

from analytics.columns import Columns
from analytics.events import when_of_accrual
from analytics.network import Ints, Rows
from graph.model import BUYER_KIND, NOBODY, ORDER_KIND

BUYER = ["seller_row", "buyer_kind", "buyer_id"]


def first_paid(orders: pl.DataFrame) -> pl.DataFrame:
    """When each buyer first paid an order of a seller: BUYER, `first` (ms UTC)."""
    sold = orders.filter(
        pl.col("kind") == ORDER_KIND.index("sale"),
        pl.col("paid_at").is_not_null(),
        pl.col("buyer_id").is_not_null(),
        pl.col("seller_row") != NOBODY,
    )
    return sold.group_by(BUYER).agg(pl.col("paid_at").min().alias("first"))


def of(columns: Columns, rows: Rows, first: pl.DataFrame) -> Ints:
    """The anchor (ms UTC) of each order at `rows`; `first` as from `first_paid`, of all orders."""
    mine = columns.orders[rows].with_columns(when_of_accrual())
    mine = mine.join(first, on=BUYER, how="left", maintain_order="left")
    customer = pl.col("buyer_kind") == BUYER_KIND.index("customer")
    index = mine.select(pl.when(customer & (pl.col("buyer_row") >= 0)).then("buyer_row"))
    bound = columns.customers.select("distributor_row", "bound_at").select(
        pl.all().gather(index.to_series())
    )
    sold = mine["seller_row"] != NOBODY  # unbound and sold by nobody is not bound to the seller
    with_seller = sold & (bound["distributor_row"] == mine["seller_row"])
    bound_at = bound.select(pl.when(with_seller.fill_null(False)).then("bound_at")).to_series()
    own = pl.min_horizontal("first", "when")
    return mine.select(pl.coalesce(bound_at, own)).to_series().to_numpy()
