"""The facts as typed columns: what every rule of `analytics.rules` reads, and nothing else.

Days are local calendar days of the company's time zone, counted from 1970-01-01; months are year x
12 + month - 1. Money is int64 minor units of the row's currency. `*_row` points into the frame of
that noun in `Columns`, `order` into ORDERS here; NOBODY where there is none. A *place* is the
distributor in whose subtree money or a person counts (seller of a customer's order, buyer of a
distributor's, beneficiary of what has no order); house orders have no place.

A line's final-use class is a set of bits: one bit where it is known, several where it is not
(an unknown buyer: any; a purchase whose allowance is unknown: own use or not). So a fact is unknown
for a rule only where its possible values fall on both sides of that rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from analytics.columns import Columns, Schema
from analytics.network import Network
from graph.model import NOBODY

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

R, P, S, J, W = 1, 2, 4, 8, 16
"""Real retail, own use, stock, entry-linked, linked outside order (rules.md 1)."""
ANY = R | P | S | J | W
"""The class of a purchase whose buyer is unknown."""
CLASSES = {"R": R, "P": P, "S": S, "J": J, "W": W}

IDENTIFIER_KINDS = ("person", "card", "bank", "phone", "address", "device")
"""Their positions are the bits of `linked`."""

ACCOUNTS: Schema = {  # one row per distributor, by distributor row
    "joined_day": pl.Int32,
    "left_day": pl.Int32,  # the first day on which he is none (left or terminated); null: he is one
    "is_root": pl.Boolean,  # no sponsor at as-of
    "joined": pl.Boolean,  # joined by as-of
    "person": pl.Int32,  # number of the person; accounts of one person share it
    "sanctioned_day": pl.Int32,
    "orders_in_cycle": pl.Boolean,  # he stands in or below a sponsor cycle
}
ORDERS: Schema = {  # money orders known by as-of, by order_row
    "order_row": pl.Int32,
    "day": pl.Int32,  # of ordered_at
    "month": pl.Int32,
    "currency": pl.UInt8,  # position in Facts.currencies
    "seller_row": pl.Int32,
    "place_row": pl.Int32,
    "buyer": pl.UInt8,  # BUYER_KIND as found on the day, rules.md 1.2
    "buyer_row": pl.Int32,  # in customers or distributors, by the id's own noun
    "customer": pl.Int32,  # number of an outside buyer (his person where known); NOBODY otherwise
    "linked": pl.UInt8,  # bits of IDENTIFIER_KINDS that equal a distributor's; 0: not linked
    "prejoin": pl.Boolean,  # outside buyer who joins 0-30 days later
    "identified": pl.Boolean,  # the order or its customer carries an identifier
    "gross": pl.Int64,  # paid base of all lines before refunds; negative on unmatched cancellations
    "net": pl.Int64,  # after refunds and cancellations known by as-of
    "returned_late": pl.Int64,  # of gross: refunded or cancelled after the earliest release
    "release_day": pl.Int32,  # earliest release of its commission; none: ordered + freeze
}
PIECES: Schema = {  # lines of ORDERS, split where the allowance splits them; by (order, line_row)
    "order": pl.Int32,  # row in ORDERS
    "line_row": pl.Int32,  # NOBODY: the amount of an order without lines
    "product_row": pl.Int32,  # NOBODY: no row for it
    "product_kind": pl.UInt8,  # PRODUCT_KIND; `product` where unknown
    "kind_known": pl.Boolean,
    "classes": pl.UInt8,
    "gross": pl.Int64,
    "net": pl.Int64,
}
COMMISSION: Schema = {  # unreversed commission known by as-of, payouts or own entries
    "source_row": pl.Int32,  # in Facts.payouts, or in the entries it was made of
    "beneficiary_row": pl.Int32,
    "basis": pl.UInt8,  # PAYOUT_BASIS
    "order": pl.Int32,  # row in ORDERS; NOBODY: blank or unknown
    "recruit_row": pl.Int32,
    "level": pl.Int32,  # 1 is the seller's own (rules.md 2); 0: none
    "currency": pl.UInt8,
    "earned_day": pl.Int32,
    "earned_month": pl.Int32,
    "order_month": pl.Int32,  # of its order; the earned month where there is none
    "amount": pl.Int64,  # net of reversals
    "explained": pl.Boolean,  # `other` with reason and approved_by; true for all else
    "place_row": pl.Int32,
}
PAYOUT_BASIS = ("order_line", "recruit_event", "other")
ORDER_LINE, RECRUIT_EVENT, OTHER = range(3)


@dataclass(frozen=True)
class Given:
    """What was there to look at: an absent file is unknown, never "there was none"."""

    identifiers: bool = False  # rows of identifiers, or a person_id on any account or customer
    order_identifiers: bool = False
    refunds: bool = False
    resales: bool = False
    buybacks: bool = False
    payouts: bool = False
    products: bool = False
    mixed_kinds: frozenset[str] = frozenset()  # identifier kinds given both hashed and clear


@dataclass(frozen=True)
class Facts:
    """All facts of one moment. Frames as above; `places` = number of distributors."""

    as_of_ms: int
    as_of_day: int
    as_of_month: int
    zone: str
    columns: Columns
    network: Network
    currencies: tuple[str, ...]
    accounts: pl.DataFrame
    orders: pl.DataFrame
    pieces: pl.DataFrame
    commission: pl.DataFrame
    identifiers: pl.DataFrame  # analytics.facts.identities: owners' values valid at as-of
    given: Given
    allowance: Mapping[str, int | None]  # by currency, minor units a person and month
    freeze_days: int = 7
    own_purchase: Mapping[str, int] = field(default_factory=dict)  # plan threshold by currency
    plan_levels: int = 0  # the plan's levels with a rate or amount above 0
    rejected_in_cycles: Mapping[str, int] = field(default_factory=dict)  # money by currency; rows

    @property
    def places(self) -> int:
        """Number of distributors; index `places` of a by-place array holds what has no place."""
        return self.accounts.height

    def by_place(self, place: pl.Series, values: pl.Series | npt.NDArray[np.generic]) -> Floats:
        """Sum of `values` by place: places + 1 numbers, the last for NOBODY. float64 is exact for
        whole minor units below 2**53.
        """
        rows = place.to_numpy()
        at = np.where(rows == NOBODY, self.places, rows)
        weights = np.asarray(values, np.float64)
        return np.bincount(at, weights, minlength=self.places + 1)

    @cached_property
    def persons(self) -> int:
        """Number of persons."""
        numbers = self.accounts["person"]
        return 0 if numbers.is_empty() else int(numbers.max()) + 1  # type: ignore[arg-type]
