"""Pages of the graph become `Columns`: keys become row numbers, words positions, blanks defaults.

A page is what the nouns of `graph` hand out (graph.keys): equally long lists by column name,
`*_key` where `Columns` has `*_row`. A whole night and the handful of rows around one order pass
through here alike. Keys are found by numpy in sorted keys; no text is ever looked up.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

import graph.keys
import graph.sealing
from analytics.columns import NOT_GIVEN, SCHEMAS, Columns, Schema
from graph.model import (
    BUYER_KIND,
    DISTRIBUTOR_STATUS,
    ENTRY_KIND,
    IDENTIFIER_KIND,
    NOBODY,
    ORDER_KIND,
    ORDER_STATUS,
    OWNER_KIND,
    PAYOUT_BASIS,
    PRODUCT_KIND,
    STATUS_UNCHANGED,
)

WORDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("distributors", "status"): DISTRIBUTOR_STATUS,
    ("status_changes", "status"): DISTRIBUTOR_STATUS,
    ("products", "kind"): PRODUCT_KIND,
    ("orders", "buyer_kind"): BUYER_KIND,
    ("orders", "status"): ORDER_STATUS,
    ("orders", "kind"): ORDER_KIND,
    ("identifiers", "owner_kind"): OWNER_KIND,
    ("identifiers", "kind"): IDENTIFIER_KIND,
    ("payouts", "basis"): PAYOUT_BASIS,
    ("entries", "kind"): ENTRY_KIND,
}
POINTS_AT = {
    "child_row": "distributors",
    "sponsor_row": "distributors",
    "distributor_row": "distributors",
    "beneficiary_row": "distributors",
    "seller_row": "distributors",
    "product_row": "products",
    "order_row": "orders",
    "cancels_row": "orders",
    "recruit_row": "distributors",
    "reverses_row": "payouts",
}
BLANK: dict[tuple[str, str], object] = {
    ("status_changes", "status"): STATUS_UNCHANGED,
    ("orders", "buyer_kind"): BUYER_KIND.index("unknown"),
    ("lines", "discount"): 0,
    ("lines", "tax"): 0,
}
SORTED_BY: dict[str, Sequence[str]] = {
    "distributors": ("key",),
    "sponsor_edges": ("child_row", "since"),
    "status_changes": ("distributor_row", "valid_from"),
    "customers": ("key",),
    "products": ("key",),
    "orders": ("key",),
    "lines": ("order_row", "line_no"),
    "refunds": ("refunded_at", "id"),
    "identifiers": ("key",),
    "payouts": ("key",),
    "resales": ("key",),
    "buybacks": ("key",),
    "entries": ("order_row", "booked_at", "cause", "level", "kind", "beneficiary_row"),
    "frozen": ("order_row",),
    "frozen_paths": ("order_row", "position"),
}


Frames = Mapping[str, pl.DataFrame]
Keys = Mapping[str, npt.NDArray[np.int64]]
FROZEN_LISTS: Schema = {
    "keys": pl.List(pl.Int64),
    "levels": pl.List(pl.UInt8),
    "gates": pl.List(pl.UInt8),
    "ranks": pl.List(pl.String),
}


def frame_of(noun: str, page: graph.keys.Columns) -> pl.DataFrame:
    """One page, typed but not yet resolved: keys and words as the graph gives them."""
    schema = _stored(noun)
    lists = {name: page[name] for name in schema}
    if noun == "identifiers":
        lists["value"] = codes(pl.Series(page["value"], dtype=pl.String)).to_list()
    return pl.DataFrame(lists, schema=schema)


def columns_of(frames: Frames, files: frozenset[str]) -> Columns:
    """`Columns` from the unresolved frames of all nouns; a noun left out has no rows.

    A row whose order or distributor is not among the frames is left out, so that any part of the
    graph gives sound columns; a sponsor who is not becomes NOT_GIVEN, any other key NOBODY.
    """
    whole = {noun: frames.get(noun, no_rows(noun)) for noun in PAGED}
    keys = {noun: np.sort(whole[noun]["key"].to_numpy()) for noun in KEYED}
    found: dict[str, pl.DataFrame] = {}
    for noun in PAGED:
        found |= resolved(noun, whole[noun], keys, found.get("products"))
    return Columns(**found, files=files)


def resolved(
    noun: str, frame: pl.DataFrame, keys: Keys, products: pl.DataFrame | None
) -> dict[str, pl.DataFrame]:
    """The frames of `Columns` that the unresolved rows of one noun make, sorted: its own, and of
    frozen orders their paths too. `keys` are those of KEYED, sorted; lines need the products.
    """
    if noun == "frozen":
        found = _frozen(frame, keys)
    else:
        found = {noun: _resolved(noun, frame, keys)}
    if noun == "lines":
        assert products is not None, "lines come after the products"
        found = {noun: _with_commissionable(found[noun], products)}
    return {name: one.sort(SORTED_BY[name]).rechunk() for name, one in found.items()}


_NOUNS = tuple(noun for noun in SCHEMAS if noun not in ("frozen", "frozen_paths"))
PAGED = (*_NOUNS, "frozen")
"""Nouns that come as pages; frozen paths come as lists inside `frozen`."""
BESIDE = ("identifiers", "payouts", "resales", "buybacks")
KEYED = ("distributors", "customers", "products", "orders", *BESIDE)
"""Nouns that have a key of their own, and are sorted by it; BESIDE come after what they name."""
_OWNED_BY = {
    "sponsor_edges": "child_row",
    "status_changes": "distributor_row",
    "lines": "order_row",
    "entries": "order_row",
}


def _stored(noun: str) -> Schema:
    """The names and types of a page: `*_key` for `*_row`, text for a closed list."""
    if noun == "frozen":
        paths = {"order_key": pl.Int64} | {
            name: dtype for name, dtype in SCHEMAS["frozen"].items() if name != "order_row"
        }
        return {**paths, **FROZEN_LISTS}
    return {
        f"{name.removesuffix('_row')}_key" if name.endswith("_row") else name: (
            pl.Int64 if name.endswith("_row") else pl.String if (noun, name) in WORDS else dtype
        )
        for name, dtype in SCHEMAS[noun].items()
    }


def no_rows(noun: str) -> pl.DataFrame:
    """The unresolved frame of a noun that has nothing."""
    return pl.DataFrame(schema=_stored(noun))


def _resolved(noun: str, frame: pl.DataFrame, keys: Keys) -> pl.DataFrame:
    if noun in keys:
        frame = frame.sort("key")
    found = frame.select(
        _column(noun, name, frame, keys).cast(dtype).alias(name)
        for name, dtype in SCHEMAS[noun].items()
    )
    owner = _OWNED_BY.get(noun)
    return found if owner is None else found.filter(pl.col(owner) != NOBODY)


def _column(noun: str, name: str, frame: pl.DataFrame, keys: Keys) -> pl.Series:
    if name == "buyer_row":
        return _buyers(frame, keys)
    if name == "owner_row":
        return _owners(frame, keys)
    if name == "sponsor_row":
        return _sponsors(frame["sponsor_key"], keys["distributors"])
    if name.endswith("_row"):
        return rows_of(frame[f"{name.removesuffix('_row')}_key"], keys[POINTS_AT[name]])
    column = frame[name]
    if (noun, name) in WORDS:
        column = column.cast(pl.Enum(WORDS[noun, name])).to_physical()
    blank = BLANK.get((noun, name))
    return column if blank is None else column.fill_null(pl.Series([blank], dtype=column.dtype)[0])


def codes(stored: pl.Series) -> pl.Series:
    """`graph.sealing.code_of` of every stored hash."""
    ours = stored.str.contains(f"^(?:{graph.sealing.OURS.pattern})$")
    digits = stored.set(~ours, None).str.slice(-graph.sealing.CODE_DIGITS)
    found = digits.str.to_integer(base=16, dtype=pl.Int64)
    strange = stored.filter(~ours).unique()
    made = [graph.sealing.code_of(one) for one in strange]
    other = stored.replace_strict(strange, pl.Series(made, dtype=pl.Int64), default=None)
    return found.fill_null(other) if made else found


def rows_of(wanted: pl.Series, keys: npt.NDArray[np.int64]) -> pl.Series:
    """Where each wanted key stands in the sorted `keys`; NOBODY where it does not."""
    asked = wanted.fill_null(NOBODY).to_numpy()
    if len(keys) == 0:
        return pl.Series(np.full(len(asked), NOBODY, np.int32))
    if keys[0] == 0 and keys[-1] == len(keys) - 1:  # no gap: a key is its row
        return pl.Series(np.where(asked < len(keys), asked, NOBODY).astype(np.int32))
    place = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    return pl.Series(np.where(keys[place] == asked, place, NOBODY).astype(np.int32))


def _sponsors(wanted: pl.Series, keys: npt.NDArray[np.int64]) -> pl.Series:
    """A sponsor who is named but not among the rows is one who was not given."""
    rows = rows_of(wanted, keys)
    missing = (wanted != NOBODY) & (rows == NOBODY)
    return rows.zip_with(~missing, pl.Series([NOT_GIVEN], dtype=pl.Int32))


def _buyers(frame: pl.DataFrame, keys: Keys) -> pl.Series:
    as_distributor = rows_of(frame["buyer_key"], keys["distributors"])
    as_customer = rows_of(frame["buyer_key"], keys["customers"])
    distributor = frame["buyer_kind"] == "distributor"
    customer = frame["buyer_kind"] == "customer"
    nobody = pl.Series([NOBODY], dtype=pl.Int32)
    return as_distributor.zip_with(
        distributor.fill_null(False), as_customer.zip_with(customer.fill_null(False), nobody)
    )


def _owners(frame: pl.DataFrame, keys: Keys) -> pl.Series:
    found = pl.Series([NOBODY], dtype=pl.Int32).new_from_index(0, frame.height)
    for kind in OWNER_KIND:
        rows = rows_of(frame["owner_key"], keys[f"{kind}s"])
        found = found.zip_with(frame["owner_kind"] != kind, rows)
    return found


def _with_commissionable(lines: pl.DataFrame, products: pl.DataFrame) -> pl.DataFrame:
    """Blank on the line: the product's; blank there too, or no such product: commissionable."""
    known = pl.Series(products["commissionable"]).extend(pl.Series([None], dtype=pl.Boolean))
    rows = lines["product_row"].to_numpy()
    of_product = known.gather(np.where(rows >= 0, rows, len(known) - 1))
    return lines.with_columns(
        pl.coalesce(pl.col("commissionable"), of_product, pl.lit(True)).alias("commissionable")
    )


def _frozen(frame: pl.DataFrame, keys: Keys) -> dict[str, pl.DataFrame]:
    """Frozen orders, and their lists unrolled into one row per position."""
    frozen = frame.select(
        rows_of(frame["order_key"], keys["orders"]).alias("order_row"),
        pl.col("plan").replace("", None),
        "anchor",
        "seq",
        "buyer_is_seller",
        *FROZEN_LISTS,
    ).filter(pl.col("order_row") != NOBODY)
    paths = (
        frozen.filter(pl.col("keys").list.len() > 0)
        .with_columns(pl.int_ranges(pl.col("keys").list.len()).alias("position"))
        .explode("position", *FROZEN_LISTS)
    )
    return {
        "frozen": frozen.select(
            pl.col(name).cast(dtype) for name, dtype in SCHEMAS["frozen"].items()
        ),
        "frozen_paths": paths.select(
            "order_row",
            pl.col("position").cast(pl.Int32),
            rows_of(paths["keys"], keys["distributors"]).alias("beneficiary_row"),
            pl.col("levels").alias("level"),
            pl.col("gates").alias("gate"),
            pl.col("ranks").replace("", None).alias("rank"),
        ),
    }
