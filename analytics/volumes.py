"""Who moved how much: sales by seller, by the downline under him, by month and currency.

Volume is the paid base (quantity × unit price − discount) of commissionable lines, else the amount
of an order without lines, in whole minor units: a line with a fraction of one is rounded half up.
A sale counts in the company's month of its paid time; what came back (refunds, cancellations whose
original is unknown) counts in the month it came back, as `returned`. Currencies stay apart.
"""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from analytics.columns import Columns
from analytics.kernels import compiled, readonly
from analytics.network import Ints, Network, Rows
from graph.errors import Conflict
from graph.model import BUYER_KIND, NOBODY, ORDER_KIND, ORDER_STATUS

MEASURES = ("sold", "retail", "own", "returned")
ORDER_FACTS = (
    "seller_row",
    "buyer_kind",
    "buyer_row",
    "ordered_at",
    "paid_at",
    "cancelled_at",
    "status",
    "kind",
    "currency",
    "amount",
    "cancels_row",
)
FITS = 2.0**62


def work_out(columns: Columns, network: Network, zone: ZoneInfo) -> pl.DataFrame:
    """By period, currency and distributor_row: `sold` (all sales), `retail` (of them to outside or
    unknown buyers), `own` (bought by the seller himself), `returned` (negative), and the same with
    `group_`: his own and his downline's as the network stands. Only rows with something in them.
    """
    events = _events(columns, network.at_ms)
    _hold_to_64_bits(events)
    months = [_grouped(*month, network) for month in _by_month_and_currency(events, zone)]
    return pl.concat(months or [_grouped("", "", events, network)])


def _by_month_and_currency(
    events: pl.DataFrame, zone: ZoneInfo
) -> Iterator[tuple[str, str | None, pl.DataFrame]]:
    """(period, currency, its events), in that order; by numbers, as texts are dear to group by."""
    local = _local("at", zone)
    currencies = events["currency"].drop_nulls().unique().sort()
    code = events["currency"].cast(pl.Enum(currencies)).to_physical().cast(pl.Int64)
    months = events.select(local.dt.year().cast(pl.Int64) * 12 + local.dt.month() - 1).to_series()
    numbers = (months * (len(currencies) + 1) + code.fill_null(-1) + 1).to_numpy()
    order = np.argsort(numbers, kind="stable")
    events, numbers = events[order], numbers[order]
    edges = np.flatnonzero(np.diff(numbers, prepend=-1, append=-1))
    for begin, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        month, currency = divmod(int(numbers[begin]), len(currencies) + 1)
        period = f"{month // 12:04}-{month % 12 + 1:02}"
        yield period, currencies[currency - 1] if currency else None, events[begin:end]


def _grouped(
    period: str, currency: str | None, events: pl.DataFrame, network: Network
) -> pl.DataFrame:
    """One month and currency: every distributor with something in his downline."""
    sellers = readonly(events["seller_row"].to_numpy())
    mine = {
        name: _added(sellers, readonly(events[name].to_numpy()), len(network.position))
        for name in MEASURES
    }
    groups = {f"group_{name}": network.sums(values) for name, values in mine.items()}
    frame = pl.DataFrame({**mine, **groups}).with_row_index("distributor_row")
    something = pl.any_horizontal(pl.all().exclude("distributor_row") != 0)
    return frame.filter(something).select(
        pl.lit(period, pl.String).alias("period"),
        pl.lit(currency, pl.String).alias("currency"),
        pl.col("distributor_row").cast(pl.Int32),
        pl.all().exclude("distributor_row"),
    )


@compiled
def _added(rows: Rows, values: Ints, length: int) -> Ints:
    """The sum of the values of each row."""
    total = np.zeros(length, np.int64)
    for i in range(len(rows)):
        total[rows[i]] += values[i]
    return total


def _hold_to_64_bits(events: pl.DataFrame) -> None:
    """Sums of all rows together bound every sum that follows; int64 would wrap without a word."""
    for name in MEASURES:
        if float(events[name].cast(pl.Float64).abs().sum()) > FITS:
            raise Conflict(f"the volumes ({name}) add up to more than 64 bits hold")


def period(time: str, zone: ZoneInfo) -> pl.Expr:
    """The company's month (YYYY-MM) of a column of ms UTC."""
    return _local(time, zone).dt.strftime("%Y-%m")


def _local(time: str, zone: ZoneInfo) -> pl.Expr:
    moment = pl.from_epoch(time, time_unit="ms").dt.replace_time_zone("UTC")
    return moment.dt.convert_time_zone(zone.key)


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
    """Orders, what counts here of them, with `order_row` and `volume`: their commissionable lines,
    else the order's own amount.
    """
    lines = np.bincount(columns.lines["order_row"].to_numpy(), minlength=columns.orders.height)
    of_lines, own = pl.Series(_sums_by_order(columns, lines)), pl.col("amount").fill_null(0)
    orders = columns.orders.select(ORDER_FACTS).with_row_index("order_row")
    return orders.with_columns(
        pl.col("order_row").cast(pl.Int32),
        pl.when(pl.Series(lines > 0)).then(of_lines).otherwise(own).alias("volume"),
    )


def _sums_by_order(columns: Columns, lines: Ints) -> Ints:
    """The paid base of each order's commissionable lines; `lines` counts them. They lie in the
    order of their orders, so it is the difference of two prefix sums, exact even where one wraps.
    """
    milli = pl.col("quantity_milli") * pl.col("unit_price")
    paid = milli.sign() * ((milli.abs() + 500) // 1000) - pl.col("discount")
    counted = pl.when("commissionable").then(paid).otherwise(0).fill_null(0)
    prefix = np.append(0, np.cumsum(columns.lines.select(counted).to_series().to_numpy()))
    sums: Ints = np.diff(prefix[np.append(0, np.cumsum(lines))])
    return sums


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
