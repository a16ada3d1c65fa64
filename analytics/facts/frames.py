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

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
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
    "buyer_row": pl.Int32,  # of a distributor in distributors, of all others in customers
    "account_row": pl.Int32,  # the distributor with the buyer's id, whatever he was that day
    "customer": pl.Int32,  # number of an outside buyer (his person where known); NOBODY otherwise
    "linked": pl.UInt8,  # bits of IDENTIFIER_KINDS that equal a distributor's; 0: not linked
    "prejoin": pl.Boolean,  # outside buyer who joins 0-30 days later
    "identified": pl.Boolean,  # the order or its customer carries an identifier
    "gross": pl.Int64,  # paid base of all lines before refunds; negative on unmatched cancellations
    "net": pl.Int64,  # after refunds and cancellations known by as-of
    "returned_late": pl.Int64,  # of gross: refunded or cancelled after the earliest release
    "release_day": pl.Int32,  # earliest release of its commission; none: ordered + freeze
}
IDENTIFIERS: Schema = {  # of accounts and customers, valid at as-of, not shared
    "owner_kind": pl.UInt8,  # OWNER_KIND
    "owner_row": pl.Int32,
    "kind": pl.UInt8,  # IDENTIFIER_KINDS; person_id counts as `person`
    "value": pl.Int64,  # equal codes of a kind are equal values
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
    identifiers: pl.DataFrame
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
        # Of no rows at all numpy counts in whole numbers.
        return np.bincount(at, weights, minlength=self.places + 1).astype(np.float64)

    @cached_property
    def persons(self) -> int:
        """Number of persons of accounts that joined by as-of; they have the first numbers."""
        numbers = self.accounts.filter("joined")["person"]
        return 0 if numbers.is_empty() else int(numbers.max()) + 1  # type: ignore[arg-type]

    def window(self, days: pl.Series, n: int) -> pl.Series:
        """Which days lie in (as-of - n days, as-of]; n = 0: all up to as-of. Null is no day."""
        inside = days <= self.as_of_day
        return (inside & (days > self.as_of_day - n) if n else inside).fill_null(False)

    def money(self, classes: int, kinds: Collection[int] | None = None) -> tuple[Ints, Ints]:
        """By piece the net money that surely is of `classes` (bits), and what may be; only of
        products of `kinds` (PRODUCT_KIND positions), if given.
        """
        mine, net = self.pieces["classes"].to_numpy(), self.pieces["net"].to_numpy()
        counts = np.ones(len(mine), np.bool_)
        if kinds is not None:
            counts = np.isin(self.pieces["product_kind"].to_numpy(), list(kinds))
        surely = (mine & ~np.uint8(classes)) == 0
        maybe = ((mine & np.uint8(classes)) != 0) & ~surely
        return np.where(counts & surely, net, 0), np.where(counts & maybe, net, 0)

    def commission_on(self, classes: int) -> tuple[Floats, Floats]:
        """By commission row the amount that surely lies on lines of `classes` (bits), and what may.
        An order_line without its order may be on any line; all but order_line is on none.
        """
        if classes not in self._commission_on:
            self._commission_on[classes] = self._spread(classes)
        return self._commission_on[classes]

    @cached_property
    def _commission_on(self) -> dict[int, tuple[Floats, Floats]]:
        return {}

    def _spread(self, classes: int) -> tuple[Floats, Floats]:
        amount = self.commission["amount"].to_numpy().astype(np.float64)
        on_lines = self.commission["basis"].to_numpy() == ORDER_LINE
        order = self.commission["order"].to_numpy()
        surely, maybe = self._shares(classes)
        sure = np.where(on_lines & (order >= 0), amount * np.append(surely, 0.0)[order], 0.0)
        may = np.where(on_lines, amount * np.append(maybe, 1.0)[order], 0.0)
        return sure, may

    def _shares(self, classes: int) -> tuple[Floats, Floats]:
        """By order the shares of its commission that surely, and that may, lie on `classes`."""
        mine, order = self.pieces["classes"].to_numpy(), self.pieces["order"].to_numpy()
        surely = (mine & ~np.uint8(classes)) == 0
        maybe = ((mine & np.uint8(classes)) != 0) & ~surely
        weights, whole = self._weights
        count = self.orders.height
        whole = np.where(whole > 0, whole, 1.0)
        of_sure: Floats = np.bincount(order[surely], weights[surely], minlength=count) / whole
        of_may: Floats = np.bincount(order[maybe], weights[maybe], minlength=count) / whole
        return of_sure, of_may

    @cached_property
    def _weights(self) -> tuple[Floats, Floats]:
        """By piece what its order's commission is spread by, and by order the sum of it: gross of
        commissionable lines, else of all, else every line alike.
        """
        order, count = self.pieces["order"].to_numpy(), self.orders.height
        gross = np.abs(self.pieces["gross"].to_numpy()).astype(np.float64)
        earns = np.append(self.columns.lines["commissionable"].to_numpy(), True)
        weights: Floats = np.where(earns[self.pieces["line_row"].to_numpy()], gross, 0.0)
        for other in (gross, np.ones(len(gross))):
            whole = np.bincount(order, weights, minlength=count).astype(np.float64)
            weights = np.where(whole[order] > 0, weights, other)
        return weights, np.bincount(order, weights, minlength=count).astype(np.float64)

    def of_currency(self, code: str) -> "Facts":
        """The same with money of one currency only: orders, pieces and commission, rows numbered
        anew. Commission on an order in another currency is on no known order there.
        """
        if self.currencies == (code,):
            return self
        if code not in self._by_currency:
            self._by_currency[code] = self._narrowed(code)
        return self._by_currency[code]

    @cached_property
    def _by_currency(self) -> "dict[str, Facts]":
        return {}

    def _narrowed(self, code: str) -> "Facts":
        number = self.currencies.index(code) if code in self.currencies else NO_CURRENCY
        kept = (self.orders["currency"] == number).to_numpy()
        place = np.append(np.where(kept, np.cumsum(kept) - 1, NOBODY), NOBODY).astype(np.int32)
        pieces = self.pieces.filter(kept[self.pieces["order"].to_numpy()])
        commission = self.commission.filter(pl.col("currency") == number)
        return replace(
            self,
            currencies=(code,),
            orders=self.orders.filter(kept).with_columns(currency=pl.lit(0, pl.UInt8)),
            pieces=_moved(pieces, place),
            commission=_moved(commission, place).with_columns(currency=pl.lit(0, pl.UInt8)),
            allowance={code: self.allowance.get(code)},
        )


NO_CURRENCY = 255


def _moved(frame: pl.DataFrame, place: npt.NDArray[np.int32]) -> pl.DataFrame:
    return frame.with_columns(pl.Series("order", place[frame["order"].to_numpy()]))
