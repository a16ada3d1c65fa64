"""Typed rows of files in the form in which the graph stores them: names, identities, derived times.

What goes over Bolt and what goes through the import tool both pass here, so that the same files
give the same graph. A stored frame has `file`, `row`, `id`, the references of the noun
(`seller_id`, `order_id`, ...) and its facts under the names of `graph.NOUN.FACTS`; blanks are null.
"""

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

import polars as pl

import graph.buybacks
import graph.complaints
import graph.customers
import graph.distributors
import graph.identifiers
import graph.orders
import graph.payouts
import graph.products
import graph.refunds
import graph.resales
import loaders.nouns
import loaders.order_times

SUFFIX = {"time": "_ms", "money": "_minor", "quantity": "_milli"}
RENAMED = {
    "joined_at_bare": "joined_bare",
    "ordered_at_bare": "ordered_bare",
    "cancels_order_id": "cancels_id",
    "reverses": "reverses_id",
}
OWN_ID = {
    "distributors": "distributor_id",
    "customers": "customer_id",
    "products": "product_id",
    "orders": "order_id",
    "refunds": "refund_id",
    "payouts": "payout_id",
    "buybacks": "request_id",
    "complaints": "complaint_id",
}
MADE_ID: Mapping[str, tuple[str, ...]] = {
    "status_changes": ("distributor_id", "valid_from_ms"),
    "sponsor_changes": ("distributor_id", "valid_from_ms"),
    "order_lines": ("order_id", "line_no"),
    "identifiers": graph.identifiers.IDENTITY,
    "resales": graph.resales.IDENTITY,
}
FACTS: Mapping[str, tuple[str, ...]] = {
    "distributors": graph.distributors.FACTS,
    "status_changes": ("valid_from_ms", "status", "rank"),
    "customers": graph.customers.FACTS,
    "products": graph.products.FACTS,
    "orders": graph.orders.FACTS,
    "order_lines": graph.orders.LINE_FACTS,
    "refunds": graph.refunds.FACTS,
    "resales": graph.resales.FACTS,
    "payouts": graph.payouts.FACTS,
    "buybacks": graph.buybacks.FACTS,
    "complaints": graph.complaints.FACTS,
    "identifiers": graph.identifiers.FACTS,
}
REFERENCES: Mapping[str, tuple[str, ...]] = {
    "distributors": ("name",),
    "status_changes": ("distributor_id",),
    "customers": ("distributor_id", "name"),
    "orders": ("seller_id",),
    "order_lines": ("order_id", "line_no"),
    "refunds": ("order_id",),
}
DERIVED = ("paid_time_ms", "received_time_ms", "period")


def frame(noun: str, typed: pl.DataFrame) -> pl.DataFrame:
    """The rows of a noun under the names of the graph, blanks as they were."""
    names = {old: _name(noun, old) for old in typed.columns}
    renamed = typed.rename({old: new for old, new in names.items() if old != new})
    if noun == "order_lines":
        renamed = renamed.drop("currency")  # the order's
    if noun in MADE_ID:
        renamed = renamed.with_columns(identity(MADE_ID[noun]).alias("id"))
    return renamed


def _name(noun: str, name: str) -> str:
    if name == OWN_ID.get(noun):
        return "id"
    columns = {column.name: column.kind for column in loaders.nouns.NOUNS[noun].columns}
    return RENAMED.get(name, name + SUFFIX.get(columns.get(name, ""), ""))


def file_column(noun: str, name: str) -> str:
    """The column of the file behind a stored name."""
    for column in loaders.nouns.NOUNS[noun].columns:
        if name in (_name(noun, column.name), _name(noun, f"{column.name}_bare")):
            return column.name
    raise KeyError(name)


def identity(names: Iterable[str]) -> pl.Expr:
    """`graph.keys.identity` of columns, row by row."""
    parts = [
        pl.col(name)
        .cast(pl.String)
        .fill_null("None")
        .str.replace_all("\\", "\\\\", literal=True)
        .str.replace_all("|", "\\|", literal=True)
        for name in names
    ]
    return pl.concat_str(parts, separator="|")


def complete(noun: str, stored: pl.DataFrame) -> pl.DataFrame:
    """New rows with the defaults of files.md where the file was blank."""
    filled = loaders.nouns.filled(noun, stored)
    return filled.drop("currency_bare", strict=False)


def with_times(orders: pl.DataFrame, zone: ZoneInfo) -> pl.DataFrame:
    """Orders with the times that follow from theirs (files.md "Times of an order").

    `period` is the month of the paid time in the company's zone; null where it was not paid.
    """
    raw = orders.rename({f"{name}_ms": name for name in ("paid_at", "ordered_at", "received_at")})
    paid, received = loaders.order_times.paid_time(), loaders.order_times.received_time()
    times = raw.select(paid.alias("paid_time_ms"), received.alias("received_time_ms"))
    utc = pl.from_epoch("paid_time_ms", time_unit="ms").dt.replace_time_zone("UTC")
    period = utc.dt.convert_time_zone(zone.key).dt.strftime("%Y-%m").alias("period")
    return orders.with_columns(times).with_columns(period)


def columns(noun: str) -> list[str]:
    """What `graph.NOUN.save_all` (`save_lines`, ...) takes of a stored row."""
    references = REFERENCES.get(noun, ())
    own = () if noun in ("order_lines", "status_changes") else ("id",)
    return [*own, *references, *FACTS[noun]]
