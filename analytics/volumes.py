"""Who moved how much: sales by seller, by the downline under him, by month and currency.

Volume is the paid base (quantity × unit price − discount) of commissionable lines, else the amount
of an order without lines, in whole minor units: a line with a fraction of one is rounded half up.
A sale counts in the company's month of its paid time; what came back (refunds, cancellations whose
original is unknown) counts in the month it came back, as `returned`. Currencies stay apart.
"""

from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from analytics.columns import Columns
from analytics.network import Ints, Network
from graph.errors import Conflict
from graph.model import BUYER_KIND, NOBODY, ORDER_KIND, ORDER_STATUS

MEASURES = ("sold", "retail", "own", "returned")
FITS = 2.0**62


def work_out(columns: Columns, network: Network, zone: ZoneInfo) -> pl.DataFrame:
    """By period, currency and distributor_row: `sold` (all sales), `retail` (of them to outside or
    unknown buyers), `own` (bought by the seller himself), `returned` (negative), and the same with
    `group_`: his own and his downline's as the network stands. Only rows with something in them.
    """
    events = _events(columns, network.at_ms)
    _hold_to_64_bits(events)
    own = (
        events.with_columns(period("at", zone).alias("period"))
        .group_by("period", "currency", "seller_row")
        .agg(pl.col(MEASURES).sum())
        .sort("period", "currency", "seller_row")
    )
    months = own.partition_by("period", "currency", maintain_order=True)
    return pl.concat([_grouped(own.clear(), network), *(_grouped(one, network) for one in months)])


def _grouped(own: pl.DataFrame, network: Network) -> pl.DataFrame:
    """One month and currency: every distributor with something in his downline."""
    mine = {name: _dense(own, name, len(network.position)) for name in MEASURES}
    groups = {f"group_{name}": network.sums(values) for name, values in mine.items()}
    frame = pl.DataFrame({**mine, **groups}).with_row_index("distributor_row")
    something = pl.any_horizontal(pl.all().exclude("distributor_row") != 0)
    return frame.filter(something).select(
        pl.lit(own["period"].first(), pl.String).alias("period"),
        pl.lit(own["currency"].first(), pl.String).alias("currency"),
        pl.col("distributor_row").cast(pl.Int32),
        pl.all().exclude("distributor_row"),
    )


def _dense(own: pl.DataFrame, name: str, length: int) -> Ints:
    values = np.zeros(length, np.int64)
    values[own["seller_row"].to_numpy()] = own[name].to_numpy()
    return values


def _hold_to_64_bits(events: pl.DataFrame) -> None:
    """Sums of all rows together bound every sum that follows; int64 would wrap without a word."""
    for name in MEASURES:
        if float(events[name].cast(pl.Float64).abs().sum()) > FITS:
            raise Conflict(f"the volumes ({name}) add up to more than 64 bits hold")


def period(time: str, zone: ZoneInfo) -> pl.Expr:
    """The company's month (YYYY-MM) of a column of ms UTC."""
    local = pl.from_epoch(time, time_unit="ms").dt.replace_time_zone("UTC")
    return local.dt.convert_time_zone(zone.key).dt.strftime("%Y-%m")


def _events(columns: Columns, as_of_ms: int) -> pl.DataFrame:
    """Sales and what came back up to as-of, each with its seller, time and measures."""
    orders = _with_volume(columns)
    sales = orders.filter(pl.col("kind") == ORDER_KIND.index("sale"), pl.col("paid_at") <= as_of_ms)
    parts = [
        sales.select(*_at("paid_at"), *_sold()),
        sales.filter(pl.col("status") == ORDER_STATUS.index("cancelled")).select(
            *_at(pl.coalesce("cancelled_at", "paid_at")), *_returned(-pl.col("volume"))
        ),
        _cancellations(orders).select(*_at("ordered_at"), *_returned(pl.col("volume"))),
        _refunds(columns).select(*_at("refunded_at"), *_returned(-pl.col("amount"))),
    ]
    return pl.concat(parts).filter(pl.col("seller_row") != NOBODY, pl.col("at") <= as_of_ms)


def _with_volume(columns: Columns) -> pl.DataFrame:
    """Orders with `order_row` and `volume`: commissionable lines, else the order's own amount."""
    milli = pl.col("quantity_milli") * pl.col("unit_price")
    paid = milli.sign() * ((milli.abs() + 500) // 1000) - pl.col("discount")
    lines = columns.lines.group_by("order_row").agg(
        pl.when("commissionable").then(paid).otherwise(0).sum().alias("of_lines")
    )
    return (
        columns.orders.with_row_index("order_row")
        .with_columns(pl.col("order_row").cast(pl.Int32))
        .join(lines, on="order_row", how="left", maintain_order="left")
        .with_columns(pl.coalesce("of_lines", "amount", pl.lit(0)).alias("volume"))
    )


def _cancellations(orders: pl.DataFrame) -> pl.DataFrame:
    """Cancellations; the seller of the original, where it is known, takes it back."""
    original = orders.select("order_row", pl.col("seller_row").alias("first_seller_row"))
    found = orders.filter(pl.col("kind") == ORDER_KIND.index("cancellation")).join(
        original, left_on="cancels_row", right_on="order_row", how="left", maintain_order="left"
    )
    return found.with_columns(pl.coalesce("first_seller_row", "seller_row").alias("seller_row"))


def _refunds(columns: Columns) -> pl.DataFrame:
    sellers = columns.orders.select("seller_row").with_row_index("order_row")
    return columns.refunds.join(
        sellers.with_columns(pl.col("order_row").cast(pl.Int32)),
        on="order_row",
        maintain_order="left",
    )


def _at(time: str | pl.Expr) -> tuple[pl.Expr, ...]:
    moment = pl.col(time) if isinstance(time, str) else time
    return pl.col("seller_row"), moment.alias("at"), pl.col("currency")


def _sold() -> tuple[pl.Expr, ...]:
    volume, zero = pl.col("volume"), pl.lit(0, pl.Int64)
    by_distributor = pl.col("buyer_kind") == BUYER_KIND.index("distributor")
    himself = by_distributor & (pl.col("buyer_row") == pl.col("seller_row"))
    return (
        volume.alias("sold"),
        pl.when(by_distributor).then(zero).otherwise(volume).alias("retail"),
        pl.when(himself).then(volume).otherwise(zero).alias("own"),
        zero.alias("returned"),
    )


def _returned(amount: pl.Expr) -> tuple[pl.Expr, ...]:
    nothing = (pl.lit(0, pl.Int64).alias(name) for name in ("sold", "retail", "own"))
    return *nothing, amount.alias("returned")
