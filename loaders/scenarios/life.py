"""What a simulated network has done so far: accounts, customers, orders, heads, as frames.

Days count from 1970-01-01, money is int64 fen. Distributors, customers and orders are numbered from
0 in the order in which they came to be; the ids of the files are made of these numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from analytics.columns import Schema
from analytics.facts.frames import Floats, Ints
from analytics.measures import Flags
from loaders.scenarios.parameters import Ways

FIRST_MONTH = np.datetime64("2025-01", "M")
NEVER = 1 << 30
"""A day that does not come."""
NOBODY = -1
RELEASE_DAYS = 15
HEAD_DAYS = 5
PRICE_FEN = 1_000
"""Of a piece of an ordinary product: a quantity of thousandths gives every amount exactly."""

CUSTOMER, DISTRIBUTOR, UNKNOWN = range(3)

ACCOUNTS: Schema = {
    "sponsor": pl.Int64,
    "joined": pl.Int64,
    "left": pl.Int64,  # the first day on which he is none
    "person": pl.Int64,
    "tree": pl.Int64,  # his root
    "in_branch": pl.Boolean,
    "ability": pl.Float64,
    "washer": pl.Boolean,
    "hugger": pl.Boolean,  # buys up to the threshold every month
    "dummy_of": pl.Int64,  # the account whose dummy he is
}
CUSTOMERS: Schema = {
    "seller": pl.Int64,
    "first_day": pl.Int64,
    "became": pl.Int64,  # the account he joined with; NOBODY
}
ORDERS: Schema = {
    "why": pl.String,  # the step that made it
    "day": pl.Int64,
    "buyer_kind": pl.Int64,
    "buyer": pl.Int64,
    "seller": pl.Int64,
    "product": pl.String,
    "fen": pl.Int64,
    "refund_day": pl.Int64,
    "card_of": pl.Int64,  # the account whose card it was paid with; NOBODY: the buyer's own
    "pays": pl.Boolean,
    "resold": pl.Float64,
}
HEADS: Schema = {"recruit": pl.Int64, "day": pl.Int64, "fen": pl.Int64}
IDENTIFIERS: Schema = {
    "owner_kind": pl.String,
    "owner": pl.Int64,
    "kind": pl.String,
    "value": pl.String,
    "shared": pl.Boolean,
}
PAYOUTS: Schema = {
    "beneficiary": pl.Int64,
    "basis": pl.String,
    "order": pl.Int64,
    "recruit": pl.Int64,
    "level": pl.Int64,
    "fen": pl.Int64,
    "earned": pl.Int64,
    "released": pl.Int64,
    "taken_back": pl.Int64,  # the day on which it was reversed; NEVER
    "reason": pl.String,
    "approved_by": pl.String,
}
BUYBACKS: Schema = {
    "distributor": pl.Int64,
    "order": pl.Int64,
    "requested": pl.Int64,
    "fen": pl.Int64,
    "paid": pl.Int64,
}


@dataclass(frozen=True)
class Product:
    """One product: price and reference in fen; no reference: unknown."""

    kind: str
    price: int
    reference: int | None
    mandatory: bool = False


def empty(schema: Schema) -> pl.DataFrame:
    """A frame without rows."""
    return pl.DataFrame(schema=schema)


@dataclass
class Life:
    """A network while it lives. Touches change it in place before it is written."""

    ways: Ways
    rng: np.random.Generator
    products: dict[str, Product]
    accounts: pl.DataFrame = field(default_factory=lambda: empty(ACCOUNTS))
    customers: pl.DataFrame = field(default_factory=lambda: empty(CUSTOMERS))
    orders: pl.DataFrame = field(default_factory=lambda: empty(ORDERS))
    heads: pl.DataFrame = field(default_factory=lambda: empty(HEADS))
    identifiers: pl.DataFrame = field(default_factory=lambda: empty(IDENTIFIERS))
    payouts: pl.DataFrame = field(default_factory=lambda: empty(PAYOUTS))
    buybacks: pl.DataFrame = field(default_factory=lambda: empty(BUYBACKS))
    blank_cancellations: bool = False  # returns of invented orders name no order
    stand_ins: dict[int, int] = field(default_factory=dict)  # customer -> the member he is

    @property
    def as_of(self) -> int:
        """The last day of the last month."""
        return first_day(int(self.ways["months"])) - 1

    def column(self, name: str) -> Ints:
        """A column of the accounts as numbers."""
        return self.accounts[name].to_numpy().astype(np.int64)

    def flag(self, name: str) -> Flags:
        """A column of the accounts as flags."""
        return self.accounts[name].to_numpy().astype(np.bool_)

    def number(self, name: str, rows: Ints) -> Floats:
        """The parameter `name` as it holds for each of these accounts."""
        return self.ways.of(name, self.flag("in_branch")[rows])

    def order(self, why: str, **columns: npt.ArrayLike) -> None:
        """Add orders; what is not given is an own purchase that nobody is paid for."""
        given: dict[str, Any] = {
            "why": why,
            "buyer_kind": DISTRIBUTOR,
            "refund_day": NEVER,
            "card_of": NOBODY,
            "pays": False,
            "resold": 0.0,
            **columns,
        }
        self.orders = pl.concat([self.orders, framed(ORDERS, given)])

    def customer(self, seller: Ints, first_day: Ints, became: npt.ArrayLike = NOBODY) -> Ints:
        """Add customers; their numbers."""
        given = {"seller": seller, "first_day": first_day, "became": became}
        known = self.customers.height
        self.customers = pl.concat([self.customers, framed(CUSTOMERS, given)])
        return np.arange(known, self.customers.height)


def framed(schema: Schema, given: Mapping[str, Any]) -> pl.DataFrame:
    """A frame of `schema`; what is one value stands in every row."""
    rows = max((len(value) for value in given.values() if np.ndim(value)), default=1)
    return pl.DataFrame(
        {name: _repeated(given[name], rows) for name in schema}, schema=schema, strict=False
    )


def _repeated(value: Any, rows: int) -> Any:
    return value if np.ndim(value) else [value] * rows


def first_day(month: int) -> int:
    """The first day of the m-th calendar month."""
    return int((FIRST_MONTH + month).astype("datetime64[D]").astype(np.int64))


def fen(amounts: Floats) -> Ints:
    """Money in major units as whole fen."""
    return np.rint(np.asarray(amounts) * 100).astype(np.int64)
