"""A small world of distributors, orders and refunds: as the oracle reads it, and as columns.

Things point at each other by list position. Money is whole minor units, quantities are thousandths.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from analytics.columns import Columns
from graph.model import (
    BUYER_KIND,
    DISTRIBUTOR_STATUS,
    NOBODY,
    ORDER_KIND,
    ORDER_STATUS,
    STATUS_UNCHANGED,
)
from tests.analytics.drawn import frame


@dataclass
class Person:
    id: str
    joined_at: int = 0
    left_at: int | None = None
    status: str = "active"
    rank: str | None = None
    verified_at: int | None = None
    certified_until: int | None = None
    sponsors: list[tuple[int, int, int]] = field(default_factory=list)  # since, until, sponsor
    changes: list[tuple[int, str | None, str | None]] = field(default_factory=list)


@dataclass
class Customer:
    id: str
    bound_to: int | None = None
    bound_at: int | None = None


@dataclass
class Product:
    id: str
    category: str | None = None
    cost: int | None = None
    currency: str | None = None


@dataclass
class OrderLine:
    line_no: int
    product: int | None
    milli: int  # quantity
    price: int
    discount: int = 0
    earns: bool = True
    seq: int = 0

    @property
    def quantity(self) -> Fraction:
        return Fraction(self.milli, 1000)

    @property
    def paid(self) -> Fraction:
        return self.quantity * self.price - self.discount


@dataclass
class Order:
    id: str
    seller: int | None
    paid_at: int | None
    ordered_at: int = 0
    buyer_kind: str = "customer"
    buyer: int | None = None
    buyer_id: str | None = None
    received_at: int | None = None
    cancelled_at: int | None = None
    status: str = "received"
    kind: str = "sale"
    currency: str = "CNY"
    amount: int | None = None
    cancels: int | None = None
    lines: list[OrderLine] = field(default_factory=list)
    seq: int = 0

    @property
    def paid(self) -> Fraction:
        return sum((line.paid for line in self.lines), Fraction(0)) or Fraction(
            0 if self.lines else self.amount or 0
        )

    @property
    def time(self) -> int:
        return self.ordered_at if self.kind == "cancellation" else self.paid_at or self.ordered_at


@dataclass
class Refund:
    id: str
    order: int
    amount: int
    refunded_at: int
    line_no: int | None = None
    milli: int | None = None
    seq: int = 0


@dataclass
class World:
    people: list[Person]
    orders: list[Order] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    customers: list[Customer] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)


def columns_of(world: World) -> Columns:
    """The world as the engine reads it."""
    return Columns(
        distributors=frame("distributors", (_person(*one) for one in enumerate(world.people))),
        sponsor_edges=frame(
            "sponsor_edges",
            (
                {"child_row": child, "sponsor_row": sponsor, "since": since, "until": until}
                for child, person in enumerate(world.people)
                for since, until, sponsor in person.sponsors
            ),
        ),
        status_changes=frame(
            "status_changes",
            (
                {
                    "distributor_row": row,
                    "valid_from": since,
                    "status": DISTRIBUTOR_STATUS.index(status) if status else STATUS_UNCHANGED,
                    "rank": rank,
                }
                for row, person in enumerate(world.people)
                for since, status, rank in sorted(person.changes, key=lambda change: change[0])
            ),
        ),
        customers=frame(
            "customers",
            (
                {
                    "id": c.id,
                    "key": row,
                    "distributor_row": _row(c.bound_to),
                    "bound_at": c.bound_at,
                }
                for row, c in enumerate(world.customers)
            ),
        ),
        products=frame(
            "products",
            (
                {"id": p.id, "key": row, "category": p.category, "kind": 0, "cost": p.cost}
                | {"currency": p.currency, "commissionable": True}
                for row, p in enumerate(world.products)
            ),
        ),
        orders=frame("orders", (_order(*one) for one in enumerate(world.orders))),
        lines=frame("lines", (line for one in enumerate(world.orders) for line in _lines(*one))),
        refunds=frame("refunds", (_refund(world, one) for one in _by_time(world.refunds))),
    )


def _row(at: int | None) -> int:
    return NOBODY if at is None else at


def _person(row: int, person: Person) -> dict[str, Any]:
    known = {name: getattr(person, name) for name in ("id", "joined_at", "left_at", "rank")}
    times = {name: getattr(person, name) for name in ("verified_at", "certified_until")}
    return known | times | {"key": row, "status": DISTRIBUTOR_STATUS.index(person.status)}


def _order(row: int, order: Order) -> dict[str, Any]:
    same = ("id", "buyer_id", "ordered_at", "paid_at", "received_at", "cancelled_at")
    return {name: getattr(order, name) for name in (*same, "currency", "amount", "seq")} | {
        "key": row,
        "seller_row": _row(order.seller),
        "buyer_kind": BUYER_KIND.index(order.buyer_kind),
        "buyer_row": _row(order.buyer),
        "status": ORDER_STATUS.index(order.status),
        "kind": ORDER_KIND.index(order.kind),
        "cancels_row": _row(order.cancels),
    }


def _lines(row: int, order: Order) -> Iterator[dict[str, Any]]:
    for line in sorted(order.lines, key=lambda line: line.line_no):
        yield {
            "order_row": row,
            "line_no": line.line_no,
            "product_row": _row(line.product),
            "quantity_milli": line.milli,
            "unit_price": line.price,
            "discount": line.discount,
            "tax": 0,
            "commissionable": line.earns,
            "seq": line.seq,
        }


def _refund(world: World, one: Refund) -> dict[str, Any]:
    return {
        "id": one.id,
        "order_row": one.order,
        "line_no": one.line_no,
        "quantity_milli": one.milli,
        "amount": one.amount,
        "currency": world.orders[one.order].currency,
        "refunded_at": one.refunded_at,
        "seq": one.seq,
    }


def _by_time(refunds: list[Refund]) -> list[Refund]:
    return sorted(refunds, key=lambda one: (one.refunded_at, one.id))
