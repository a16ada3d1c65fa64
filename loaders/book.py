"""The good rows of a folder as the columns that `analytics` reads, as of one moment.

Rows are numbered by id, so that row order is id order whatever order the files came in. What
happened after the moment has not happened: an order paid later is not paid, one received later not
received, one cancelled later not cancelled; later changes, refunds and bindings are left out.
"""

from collections.abc import Mapping

import polars as pl

import analytics.assembly
import loaders.nouns
import loaders.order_times
import loaders.stored
from analytics.columns import SCHEMAS, Columns
from graph.model import (
    BUYER_KIND,
    DISTRIBUTOR_STATUS,
    IDENTIFIER_KIND,
    NOBODY,
    OPEN_MS,
    ORDER_KIND,
    ORDER_STATUS,
    OWNER_KIND,
    PAYOUT_BASIS,
    PRODUCT_KIND,
    STATUS_UNCHANGED,
)
from loaders.intake import Intake

Frames = Mapping[str, pl.DataFrame]

ID_OF = {
    "distributors": "distributor_id",
    "customers": "customer_id",
    "products": "product_id",
    "orders": "order_id",
    "payouts": "payout_id",
}
BESIDE = ("identifiers", "resales", "buybacks")
"""Nouns that nothing points at."""


def columns(intake: Intake, *, as_of_ms: int) -> Columns:
    """All frames of the folder as of a moment."""
    given = {
        noun: loaders.nouns.filled(noun, intake.tables[noun].frame())
        for noun in (*ID_OF, *BESIDE, "status_changes", "order_lines", "refunds")
    }
    given["sponsor_edges"] = intake.tables["sponsor_edges"].frame()
    given["payouts"] = given["payouts"].filter(pl.col("earned_at") <= as_of_ms)
    given["orders"] = loaders.order_times.as_of(given["orders"], as_of_ms)
    if "products" not in intake.nouns:
        given["products"] = _seen(given["order_lines"])
    numbers = {noun: _numbers(given[noun], name) for noun, name in ID_OF.items()}
    found = {
        "distributors": _distributors(given["distributors"]),
        "sponsor_edges": _sponsor_edges(given["sponsor_edges"], numbers, as_of_ms),
        "status_changes": _status_changes(given["status_changes"], numbers, as_of_ms),
        "customers": _customers(given["customers"], numbers, as_of_ms),
        "products": _products(given["products"]),
        "orders": _orders(given["orders"], numbers),
        "lines": _lines(given, numbers),
        "refunds": _refunds(given["refunds"], numbers, as_of_ms),
        "identifiers": _identifiers(given["identifiers"], numbers),
        "payouts": _payouts(given["payouts"], numbers),
        "resales": _resales(given["resales"], numbers),
        "buybacks": _buybacks(given["buybacks"], numbers, as_of_ms),
    }
    held = {noun: _held(noun, frame) for noun, frame in found.items()}
    return Columns(**held, files=intake.nouns)


def _numbers(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Row numbers by id: columns `id`, `number`."""
    sorted_ids = frame.select(pl.col(name).alias("id")).sort("id")
    return sorted_ids.with_row_index("number").select("id", pl.col("number").cast(pl.Int32))


def _pointed(frame: pl.DataFrame, name: str, numbers: pl.DataFrame, row: str) -> pl.DataFrame:
    """`frame` with a column `row`: the row number of the id in `name`, NOBODY where unknown."""
    found = frame.join(
        numbers.rename({"id": name, "number": row}), on=name, how="left", maintain_order="left"
    )
    return found.with_columns(pl.col(row).fill_null(NOBODY))


def _held(noun: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Exactly the columns of a noun, in their types."""
    return frame.select(pl.col(name).cast(dtype) for name, dtype in SCHEMAS[noun].items())


def _keyed(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    ordered = frame.sort(name).with_row_index("key")
    return ordered.rename({name: "id"})


def _position(column: str, words: tuple[str, ...]) -> pl.Expr:
    """The position of each word in its closed list; null stays null."""
    return pl.col(column).replace_strict(
        list(words), list(range(len(words))), return_dtype=pl.UInt8, default=None
    )


def _distributors(frame: pl.DataFrame) -> pl.DataFrame:
    return _keyed(frame, "distributor_id").with_columns(_position("status", DISTRIBUTOR_STATUS))


def _sponsor_edges(frame: pl.DataFrame, numbers: Frames, as_of_ms: int) -> pl.DataFrame:
    held = frame.filter(pl.col("since") <= as_of_ms)
    held = _pointed(held, "child_id", numbers["distributors"], "child_row")
    held = _pointed(held, "sponsor_id", numbers["distributors"], "sponsor_row")
    ended = pl.when(pl.col("until") <= as_of_ms).then("until").otherwise(OPEN_MS)
    return held.with_columns(ended.alias("until")).sort("child_row", "since")


def _status_changes(frame: pl.DataFrame, numbers: Frames, as_of_ms: int) -> pl.DataFrame:
    held = frame.filter(pl.col("valid_from") <= as_of_ms)
    pointed = _pointed(held, "distributor_id", numbers["distributors"], "distributor_row")
    status = _position("status", DISTRIBUTOR_STATUS).fill_null(STATUS_UNCHANGED)
    return pointed.with_columns(status).sort("distributor_row", "valid_from")


def _customers(frame: pl.DataFrame, numbers: Frames, as_of_ms: int) -> pl.DataFrame:
    bound = (pl.col("bound_at") <= as_of_ms) | pl.col("bound_at").is_null()
    held = frame.with_columns(
        pl.when(bound).then(pl.col(name)).alias(name) for name in ("distributor_id", "bound_at")
    )
    pointed = _pointed(held, "distributor_id", numbers["distributors"], "distributor_row")
    return _keyed(pointed, "customer_id")


def _seen(lines: pl.DataFrame) -> pl.DataFrame:
    """Without a products file every product that a line names is accepted and commissionable."""
    named = lines.select("product_id").unique()
    blank = loaders.nouns.PRODUCTS.schema
    return loaders.nouns.filled(
        "products",
        named.with_columns(
            pl.lit(None, dtype).alias(name) for name, dtype in blank.items() if name != "product_id"
        ),
    )


def _products(frame: pl.DataFrame) -> pl.DataFrame:
    return _keyed(frame, "product_id").with_columns(_position("kind", PRODUCT_KIND))


def _orders(frame: pl.DataFrame, numbers: Frames) -> pl.DataFrame:
    found = _pointed(frame, "seller_id", numbers["distributors"], "seller_row")
    found = _pointed(found, "buyer_id", numbers["distributors"], "as_distributor")
    found = _pointed(found, "buyer_id", numbers["customers"], "as_customer")
    found = _keyed(found, "order_id").with_columns(
        _position("status", ORDER_STATUS),
        _position("kind", ORDER_KIND),
        _position("buyer_kind", BUYER_KIND).fill_null(_as_found()),
        seq=pl.lit(0),
    )
    by_kind = (
        pl.when(pl.col("buyer_kind") == BUYER_KIND.index("distributor"))
        .then("as_distributor")
        .otherwise("as_customer")
    )
    return _pointed(
        found.with_columns(
            by_kind.alias("buyer_row"), pl.col("cancels_order_id").alias("cancels_id")
        ),
        "cancels_order_id",
        numbers["orders"],
        "cancels_row",
    )


def _as_found() -> pl.Expr:
    """The kind of a buyer whose kind is blank: as the id is found, else unknown."""
    member = pl.when(pl.col("as_distributor") != NOBODY).then(BUYER_KIND.index("distributor"))
    outside = member.when(pl.col("as_customer") != NOBODY).then(BUYER_KIND.index("customer"))
    return outside.otherwise(BUYER_KIND.index("unknown")).cast(pl.UInt8)


def _lines(given: Frames, numbers: Frames) -> pl.DataFrame:
    found = _pointed(given["order_lines"], "order_id", numbers["orders"], "order_row")
    found = _pointed(found, "product_id", numbers["products"], "product_row")
    own = given["products"].select("product_id", pl.col("commissionable").alias("of_product"))
    found = found.join(own, on="product_id", how="left", maintain_order="left")
    return (
        found.filter(pl.col("order_row") != NOBODY)
        .with_columns(
            pl.col("quantity").alias("quantity_milli"),
            pl.col("discount", "tax").fill_null(0),
            pl.coalesce("commissionable", "of_product", pl.lit(True)).alias("commissionable"),
            seq=pl.lit(0),
        )
        .sort("order_row", "line_no")
    )


def _refunds(frame: pl.DataFrame, numbers: Frames, as_of_ms: int) -> pl.DataFrame:
    held = frame.filter(pl.col("refunded_at") <= as_of_ms)
    found = _pointed(held, "order_id", numbers["orders"], "order_row").with_columns(
        pl.col("refund_id").alias("id"),
        pl.col("quantity").alias("quantity_milli"),
        seq=pl.lit(0),
    )
    return found.sort("refunded_at", "id")


def _identifiers(frame: pl.DataFrame, numbers: Frames) -> pl.DataFrame:
    """All of them, whenever they were valid: their own times say when."""
    made = loaders.stored.identity(loaders.nouns.IDENTIFIERS.key).alias("id")
    found = frame.with_columns(made, owner_row=pl.lit(NOBODY, pl.Int32), seq=pl.lit(0))
    for kind in OWNER_KIND:
        found = _pointed(found, "owner_id", numbers[f"{kind}s"], kind).with_columns(
            owner_row=pl.when(pl.col("owner_kind") == kind).then(kind).otherwise("owner_row")
        )
    return _keyed(found, "id").with_columns(
        _position("owner_kind", OWNER_KIND),
        _position("kind", IDENTIFIER_KIND),
        pl.col("value").map_batches(analytics.assembly.codes, return_dtype=pl.Int64),
    )


def _payouts(frame: pl.DataFrame, numbers: Frames) -> pl.DataFrame:
    found = frame.rename({"reverses": "reverses_id"}).with_columns(seq=pl.lit(0))
    people = numbers["distributors"]
    found = _pointed(found, "beneficiary_id", people, "beneficiary_row")
    found = _pointed(found, "recruit_id", people, "recruit_row")
    found = _pointed(found, "order_id", numbers["orders"], "order_row")
    found = _pointed(found, "reverses_id", numbers["payouts"], "reverses_row")
    return _keyed(found.with_columns(_position("basis", PAYOUT_BASIS)), "payout_id")


def _resales(frame: pl.DataFrame, numbers: Frames) -> pl.DataFrame:
    made = loaders.stored.identity(loaders.nouns.RESALES.key).alias("id")
    return _keyed(_of_stock(frame.with_columns(made), numbers), "id")


def _buybacks(frame: pl.DataFrame, numbers: Frames, as_of_ms: int) -> pl.DataFrame:
    held = frame.filter(pl.col("requested_at") <= as_of_ms)
    paid = pl.col("paid_at") <= as_of_ms
    held = held.with_columns(
        pl.when(paid | pl.col("paid_at").is_null()).then("paid_amount").alias("paid_amount"),
        pl.when(paid).then("paid_at").alias("paid_at"),
    )
    return _keyed(_of_stock(held, numbers), "request_id")


def _of_stock(frame: pl.DataFrame, numbers: Frames) -> pl.DataFrame:
    """Rows about what a distributor had bought himself."""
    found = _pointed(frame, "distributor_id", numbers["distributors"], "distributor_row")
    found = _pointed(found, "order_id", numbers["orders"], "order_row")
    return found.with_columns(seq=pl.lit(0))
