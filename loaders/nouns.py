"""The canonical nouns: one file each, their columns, and the types of the good rows (files.md).

The typed row of a noun has these columns, in this order: `file` (position in `Table.files`) and
`row` (1-based data row of that file), then for each column of the noun its value, null where the
file was blank (defaults are *not* filled in: a later load must see what was blank; `filled` does
it):

    id, text, word, currency, period   String (ids NFC and trimmed; currency never null)
    time                               Int64 ms UTC; + `<name>_bare` Boolean where `bare` is set:
                                       it was a date without a time
    money                              Int64 minor units of the row's currency (of the order's, for
                                       a line)
    quantity                           Int64 thousandths
    integer                            Int64
    flag                               Boolean

`currency_bare` is true where the currency was blank and is the company's. Lines carry the currency
of their order besides.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from graph import model

Schema = dict[str, pl.DataType | type[pl.DataType]]

TYPES: Mapping[str, type[pl.DataType]] = {
    "id": pl.String,
    "text": pl.String,
    "word": pl.String,
    "currency": pl.String,
    "period": pl.String,
    "time": pl.Int64,
    "money": pl.Int64,
    "quantity": pl.Int64,
    "integer": pl.Int64,
    "flag": pl.Boolean,
}


TEXT_CHARS_MAX = 4000
VALUE_CHARS_MAX = 512
"""Of an identifier, whose value may be a part of its key in the graph."""


@dataclass(frozen=True)
class Column:
    """One column of a file; `signed` money may be below zero, `personal` text is masked; a text
    has at most `most` characters.
    """

    name: str
    kind: str
    required: bool = False
    words: tuple[str, ...] = ()
    default: str | bool | None = None
    bare: bool = False
    signed: bool = False
    personal: bool = False
    most: int = TEXT_CHARS_MAX


@dataclass(frozen=True)
class Noun:
    """One file: its columns, and those that together are the id of a row."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    def column(self, name: str) -> Column:
        """The column of that name; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, as they stand in a header."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """The columns that no file may lack."""
        return tuple(column.name for column in self.columns if column.required)

    @property
    def personal(self) -> frozenset[str]:
        """The columns that no reject may show."""
        return frozenset(column.name for column in self.columns if column.personal)

    @property
    def schema(self) -> Schema:
        """The typed columns of a good row, in order."""
        schema: Schema = {"file": pl.Int32, "row": pl.Int64}
        for column in self.columns:
            schema[column.name] = TYPES[column.kind]
            if column.bare or column.kind == "currency":
                schema[f"{column.name}_bare"] = pl.Boolean
        if self.name == "order_lines":
            schema["currency"] = pl.String
        return schema


def _id(name: str, required: bool = False) -> Column:
    return Column(name, "id", required)


def _text(name: str, personal: bool = False) -> Column:
    return Column(name, "text", personal=personal)


def _time(name: str, required: bool = False, bare: bool = False) -> Column:
    return Column(name, "time", required, bare=bare)


def _money(name: str, required: bool = False, signed: bool = False) -> Column:
    return Column(name, "money", required, signed=signed)


def _word(
    name: str, words: tuple[str, ...], default: str | None = None, required: bool = False
) -> Column:
    return Column(name, "word", required, words, default)


def _flag(name: str, default: bool | None = None) -> Column:
    return Column(name, "flag", default=default)


def _integer(name: str, required: bool = False) -> Column:
    return Column(name, "integer", required)


CURRENCY = Column("currency", "currency")

DISTRIBUTORS = Noun(
    "distributors",
    (
        _id("distributor_id", True),
        _id("sponsor_id"),
        _time("joined_at", True, bare=True),
        _time("left_at"),
        _word("status", model.DISTRIBUTOR_STATUS, "active"),
        _text("rank"),
        _text("region"),
        _id("person_id"),
        _time("verified_at"),
        _time("certified_until"),
        _time("sanctioned_at"),
        _text("name", personal=True),
    ),
    ("distributor_id",),
)
SPONSOR_CHANGES = Noun(
    "sponsor_changes",
    (
        _id("distributor_id", True),
        _id("sponsor_id", True),
        _time("valid_from", True, bare=True),
        _text("reason"),
    ),
    ("distributor_id", "valid_from"),
)
STATUS_CHANGES = Noun(
    "status_changes",
    (
        _id("distributor_id", True),
        _time("valid_from", True),
        _word("status", model.DISTRIBUTOR_STATUS),
        _text("rank"),
    ),
    ("distributor_id", "valid_from"),
)
CUSTOMERS = Noun(
    "customers",
    (
        _id("customer_id", True),
        _id("distributor_id"),
        _time("bound_at"),
        _id("became_distributor_id"),
        _text("region"),
        _text("name", personal=True),
    ),
    ("customer_id",),
)
IDENTIFIERS = Noun(
    "identifiers",
    (
        _word("owner_kind", model.OWNER_KIND, required=True),
        _id("owner_id", True),
        _word("kind", model.IDENTIFIER_KIND, required=True),
        Column("value", "text", True, personal=True, most=VALUE_CHARS_MAX),
        _flag("hashed", False),
        _time("valid_from"),
        _time("valid_to"),
        _flag("shared", False),
    ),
    ("owner_kind", "owner_id", "kind", "value", "valid_from"),
)
PRODUCTS = Noun(
    "products",
    (
        _id("product_id", True),
        _text("name"),
        _text("category"),
        _word("kind", model.PRODUCT_KIND, "product"),
        _flag("mandatory_to_join"),
        _money("list_price"),
        _money("cost"),
        _money("reference_price"),
        CURRENCY,
        _flag("commissionable", True),
    ),
    ("product_id",),
)
ORDERS = Noun(
    "orders",
    (
        _id("order_id", True),
        _id("seller_id"),
        _word("buyer_kind", model.BUYER_KIND[1:]),
        _id("buyer_id"),
        _time("ordered_at", True, bare=True),
        _time("paid_at"),
        _time("received_at"),
        _time("cancelled_at"),
        _word("status", model.ORDER_STATUS, "received"),
        _word("kind", model.ORDER_KIND, "sale"),
        CURRENCY,
        _money("amount", signed=True),
        _text("region"),
        _text("channel"),
        _id("cancels_order_id"),
    ),
    ("order_id",),
)
ORDER_LINES = Noun(
    "order_lines",
    (
        _id("order_id", True),
        _integer("line_no", True),
        _id("product_id", True),
        Column("quantity", "quantity", True, signed=True),
        _money("unit_price", True),
        _money("discount", signed=True),
        _money("tax", signed=True),
        _flag("commissionable"),
    ),
    ("order_id", "line_no"),
)
REFUNDS = Noun(
    "refunds",
    (
        _id("refund_id", True),
        _id("order_id"),
        _integer("line_no"),
        Column("quantity", "quantity"),
        _money("amount", True),
        CURRENCY,
        _time("refunded_at", True),
        _text("reason"),
    ),
    ("refund_id",),
)
RESALES = Noun(
    "resales",
    (
        _id("distributor_id", True),
        _id("order_id"),
        _integer("line_no"),
        Column("period", "period"),
        _money("amount", True),
        _money("sold_for"),
        CURRENCY,
    ),
    ("distributor_id", "order_id", "line_no", "period", "amount", "sold_for", "currency"),
)
PAYOUTS = Noun(
    "payouts",
    (
        _id("payout_id", True),
        _id("beneficiary_id", True),
        _word("basis", model.PAYOUT_BASIS, required=True),
        _id("order_id"),
        _id("recruit_id"),
        _integer("level"),
        _money("amount", True, signed=True),
        CURRENCY,
        _time("earned_at", True),
        _time("released_at"),
        _id("reverses"),
        _text("reason"),
        _text("approved_by"),
    ),
    ("payout_id",),
)
BUYBACKS = Noun(
    "buybacks",
    (
        _id("request_id", True),
        _id("distributor_id"),
        _id("order_id"),
        _time("requested_at", True),
        _money("amount"),
        _flag("saleable"),
        _time("paid_at"),
        _money("paid_amount"),
        CURRENCY,
    ),
    ("request_id",),
)
COMPLAINTS = Noun(
    "complaints",
    (
        _id("complaint_id", True),
        _id("about_distributor_id"),
        _time("received_at", True),
        _text("kind"),
        _id("order_id"),
    ),
    ("complaint_id",),
)

# In the order in which they are read: whatever a row may name comes before it.
NOUNS: Mapping[str, Noun] = {
    noun.name: noun
    for noun in (
        DISTRIBUTORS,
        SPONSOR_CHANGES,
        STATUS_CHANGES,
        CUSTOMERS,
        PRODUCTS,
        ORDERS,
        ORDER_LINES,
        REFUNDS,
        RESALES,
        PAYOUTS,
        BUYBACKS,
        COMPLAINTS,
        IDENTIFIERS,
    )
}

SPONSOR_EDGES: Schema = {
    "child_id": pl.String,
    "sponsor_id": pl.String,
    "since": pl.Int64,  # ms
    "until": pl.Int64,  # exclusive; OPEN_MS while it lasts
    "reason": pl.String,
}


def filled(noun: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The same rows with the defaults of files.md where the file was blank."""
    return frame.with_columns(
        pl.col(column.name).fill_null(column.default)
        for column in NOUNS[noun].columns
        if column.default is not None and column.name in frame.columns
    )
