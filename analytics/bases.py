"""What commissions are taken of: the base of every line, in thousandths of a minor unit.

A quantity has three decimals, so quantity x price is a whole number of thousandths, exactly. Where
the numbers of a batch could leave 64 bits, the same expressions run on 128.

Readings: the amount of an order without lines is its paid and its list base; its margin is not
known, so that base is 0 and named, like that of a line whose cost is blank or in another currency.
On a cancellation a margin is mirrored: never above 0.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from analytics.columns import Columns
from analytics.commission_schema import Note
from analytics.network import Ints, Rows
from graph.model import NOBODY

Number = TypeVar("Number", int, pl.Expr)
FITS = 2**62
MILLI = 1000
NO_LINE = -2
"""As the product of an order without lines: no product, no units, no amounts per unit."""


@dataclass(frozen=True)
class Lines:
    """The lines that earn, of a batch of orders: those of order i are `start[i] : start[i + 1]`.

    An order without lines has one with its amount, whose `line` is NOBODY. `wide` holds, by order,
    the bases that 64 bits do not; `base` is 0 there.
    """

    start: Ints
    line: Rows  # row in columns.lines
    product: Rows  # row in columns.products, NOBODY or NO_LINE
    base: Ints  # milli minor units
    units: Ints  # milli; 0 where there is no quantity
    wide: dict[int, list[int]]


def paid_milli(columns: Columns) -> pl.Series:
    """The paid base of every order by row: all its lines, else its amount, else 0."""
    lines = columns.lines.select("order_row", paid_of(columns).cast(pl.Int128).alias("paid"))
    of_lines = lines.group_by("order_row").agg(pl.col("paid").sum())
    orders = columns.orders.select("amount").with_row_index("order_row")
    joined = orders.with_columns(pl.col("order_row").cast(pl.Int32)).join(
        of_lines, on="order_row", how="left", maintain_order="left"
    )
    amount = pl.col("amount").cast(pl.Int128) * MILLI
    return joined.select(pl.coalesce("paid", amount, pl.lit(0, pl.Int128))).to_series()


def lines_of(columns: Columns, rows: Rows, upto_seq: Ints | None, base: str) -> Lines:
    """The earning lines of the orders at `rows` (ascending). `upto_seq`, by order of the batch,
    leaves out lines written later; `base` is `paid`, `list` or `margin`.
    """
    place = np.full(columns.orders.height, NOBODY, np.int32)
    place[rows] = np.arange(len(rows), dtype=np.int32)
    found = _earning(columns, place, upto_seq, base)
    bare = _amounts(columns, rows, place, base)
    if bare.height:
        found = pl.concat([found, bare], how="vertical_relaxed").sort("at", maintain_order=True)
    at = found["at"].to_numpy()
    start = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(np.bincount(at, minlength=len(rows)), out=start[1:])
    narrow, wide = narrowed(found["base"], at, start)
    return Lines(
        start=start,
        line=found["line"].to_numpy(),
        product=found["product_row"].to_numpy(),
        base=narrow,
        units=found["quantity_milli"].to_numpy(),
        wide=wide,
    )


def base_of(columns: Columns, base: str) -> pl.Expr:
    """The base of each of `columns.lines` with `with_products`, whether it earns or not."""
    return line_base(base, wide=_is_wide(columns))


def line_base(base: str, *, wide: bool) -> pl.Expr:
    """The same of any lines; `wide`: on 128 bits."""
    if base == "paid":
        return _paid(wide=wide)
    quantity = _number("quantity_milli", wide=wide)
    if base == "list":
        return listed_at(quantity, pl.col("unit_price"), pl.col("discount"))
    margin = _paid(wide=wide) - quantity * pl.col("cost")
    zero = pl.lit(0, pl.Int128 if wide else pl.Int64)
    sold = pl.col("quantity_milli") > 0
    bounded = pl.when(sold).then(pl.max_horizontal(margin, zero))
    return bounded.otherwise(pl.min_horizontal(margin, zero)).fill_null(zero)


def with_products(columns: Columns, lines: pl.DataFrame) -> pl.DataFrame:
    """`lines` with `cost` of the product; null where it is blank or in another currency."""
    products = columns.products.select("cost", pl.col("currency").alias("cost_currency"))
    index = pl.when(pl.col("product_row") >= 0).then("product_row")
    product = products.select(pl.all().gather(lines.select(index).to_series()))
    currency = columns.orders["currency"].gather(lines["order_row"])
    same = product["cost_currency"].is_null() | (product["cost_currency"] == currency)
    return lines.with_columns(product.select(pl.when(same).then("cost").alias("cost")).to_series())


def notes(columns: Columns, rows: Rows, base: str) -> list[Note]:
    """Orders with neither lines nor amount, and lines whose margin is not known."""
    place = np.zeros(columns.orders.height, np.bool_)
    place[rows] = True
    chosen = columns.orders.with_row_index("order_row").filter(place)
    lineless = chosen.join(
        columns.lines.select(pl.col("order_row").cast(pl.UInt32)), on="order_row", how="anti"
    )
    bare = lineless.filter(pl.col("amount").is_null())
    found = [Note("no_amount", order) for order in bare["id"].to_list()]
    if base == "margin":
        known = lineless.filter(pl.col("amount").is_not_null())
        found += [Note("no_cost", order) for order in known["id"].to_list()]
        lines = columns.lines.filter(place[columns.lines["order_row"].to_numpy()])
        blank = with_products(columns, lines).filter("commissionable", pl.col("cost").is_null())
        ids = columns.orders["id"].gather(blank["order_row"])
        found += [
            Note("no_cost", order, {"line_no": line_no})
            for order, line_no in zip(ids.to_list(), blank["line_no"].to_list(), strict=True)
        ]
    return found


def _is_wide(columns: Columns) -> bool:
    """Whether quantity x price of some line could leave 64 bits."""
    lines, most = columns.lines, 1
    if not lines.height:
        return False
    price = max(_most(lines["unit_price"]), _most(columns.products["cost"]))
    most = _most(lines["quantity_milli"]) * price + MILLI * _most(lines["discount"])
    return most >= FITS


def _most(values: pl.Series) -> int:
    low, high = values.min(), values.max()
    return max(abs(int(low or 0)), abs(int(high or 0)))  # type: ignore[arg-type]


def _number(name: str, *, wide: bool) -> pl.Expr:
    return pl.col(name).cast(pl.Int128) if wide else pl.col(name)


def paid_of(columns: Columns) -> pl.Expr:
    """The paid base of each of `columns.lines`: quantity x unit price - discount."""
    return _paid(wide=_is_wide(columns))


def _paid(*, wide: bool) -> pl.Expr:
    quantity, discount = (_number(name, wide=wide) for name in ("quantity_milli", "discount"))
    return paid_for(quantity, pl.col("unit_price"), discount)


def paid_for(quantity_milli: Number, unit_price: Number, discount: Number) -> Number:
    """What was paid for a line, in thousandths: of columns or of whole numbers."""
    return quantity_milli * unit_price - MILLI * discount


def listed_at(quantity_milli: Number, unit_price: Number, _discount: Number) -> Number:
    """The same without the discount."""
    return quantity_milli * unit_price


def _earning(columns: Columns, place: Rows, upto_seq: Ints | None, base: str) -> pl.DataFrame:
    lines = columns.lines.with_row_index("line").with_columns(
        pl.Series("at", place[columns.lines["order_row"].to_numpy()])
    )
    chosen = lines.filter(pl.col("at") >= 0, "commissionable")
    if upto_seq is not None:
        chosen = chosen.filter(chosen["seq"].to_numpy() <= upto_seq[chosen["at"].to_numpy()])
    if base == "margin":
        chosen = with_products(columns, chosen)
    return chosen.select(
        "at",
        pl.col("line").cast(pl.Int32),
        "product_row",
        base_of(columns, base).alias("base"),
        "quantity_milli",
    )


def _amounts(columns: Columns, rows: Rows, place: Rows, base: str) -> pl.DataFrame:
    """The amounts of orders without any line, as lines of their own."""
    has_lines = np.zeros(columns.orders.height, np.bool_)
    has_lines[columns.lines["order_row"].to_numpy()] = True
    bare = rows[~has_lines[rows]]
    amount = columns.orders.select(pl.col("amount").gather(bare).fill_null(0))
    times = pl.lit(0 if base == "margin" else MILLI, pl.Int128)
    return pl.DataFrame(
        {
            "at": place[bare],
            "line": np.full(len(bare), NOBODY, np.int32),
            "product_row": np.full(len(bare), NO_LINE, np.int32),
            "base": amount.select(pl.col("amount") * times).to_series(),
            "quantity_milli": np.zeros(len(bare), np.int64),
        }
    )


def narrowed(
    base: pl.Series, at: Rows, start: Ints
) -> tuple[npt.NDArray[np.int64], dict[int, list[int]]]:
    """64-bit bases, and those of the orders whose lines together do not fit."""
    rough = np.abs(base.cast(pl.Float64).to_numpy())
    per_order = np.bincount(at, weights=rough, minlength=len(start) - 1)
    too_wide = np.flatnonzero(per_order >= FITS)
    if not len(too_wide):
        return base.cast(pl.Int64).to_numpy(), {}
    wide = {
        order: base[int(start[order]) : int(start[order + 1])].to_list()
        for order in too_wide.tolist()
    }
    fits = ~np.isin(at, too_wide)
    narrow = base.to_frame("base").select(
        pl.when(pl.lit(pl.Series(fits))).then("base").otherwise(0)
    )
    return narrow.to_series().cast(pl.Int64).to_numpy(), wide
