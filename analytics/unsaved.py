"""An order that nobody has saved, as the pages that the graph would give, had it been."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import graph.customers
import graph.distributors
import graph.products
from analytics.around import UNSAVED_KEY, Asked
from graph.connection import Database
from graph.errors import Missing
from graph.keys import Row
from graph.model import NOBODY


@dataclass(frozen=True)
class Line:
    """One line; money in minor units, quantity in thousandths."""

    product_id: str
    quantity_milli: int
    unit_price: int
    discount: int = 0


@dataclass(frozen=True)
class Order:
    """A sale that somebody thinks of: lines, or an amount in minor units; received when paid."""

    seller_id: str
    paid_at_ms: int
    currency: str
    lines: Sequence[Line] = ()
    amount: int | None = None
    buyer_kind: str = "customer"
    buyer_id: str | None = None


def asked(db: Database, order: Order) -> Asked:
    """The order with its lines; Missing for a seller, buyer or product that nobody knows."""
    page = {
        **_times(order.paid_at_ms),
        "id": "",
        "key": UNSAVED_KEY,
        "seller_key": _key_of("distributor", order.seller_id, graph.distributors.by_ids, db),
        "buyer_kind": order.buyer_kind,
        "buyer_key": _buyer(db, order),
        "buyer_id": order.buyer_id,
        "status": "received",
        "kind": "sale",
        "currency": order.currency,
        "amount": order.amount,
        "cancels_key": NOBODY,
        **dict.fromkeys(("cancels_id", "region", "channel")),
        "seq": 0,
    }
    lines = _lines(db, order.lines)
    return Asked({name: [value] for name, value in page.items()}, lines)


def _times(paid_at_ms: int) -> dict[str, int | None]:
    names = ("ordered_at", "paid_at", "received_at")
    return {**dict.fromkeys(names, paid_at_ms), "cancelled_at": None}


def _buyer(db: Database, order: Order) -> int:
    if order.buyer_id is None:
        return NOBODY
    distributor = order.buyer_kind == "distributor"
    look = graph.distributors.by_ids if distributor else graph.customers.by_ids
    return _key_of(order.buyer_kind, order.buyer_id, look, db)


def _key_of(kind: str, id: str, look: Any, db: Database) -> int:
    rows: list[Row] = look(db, [id])
    if not rows:
        raise Missing(f"there is no {kind} {id!r}")
    return int(rows[0]["key"])


def _lines(db: Database, lines: Sequence[Line]) -> dict[str, list[Any]]:
    products = graph.products.by_ids(db, [line.product_id for line in lines])
    keys = {row["id"]: row["key"] for row in products}
    for line in lines:
        if line.product_id not in keys:
            raise Missing(f"there is no product {line.product_id!r}")
    count = len(lines)
    return {
        "order_key": [UNSAVED_KEY] * count,
        "line_no": list(range(1, count + 1)),
        "product_key": [keys[line.product_id] for line in lines],
        "quantity_milli": [line.quantity_milli for line in lines],
        "unit_price": [line.unit_price for line in lines],
        "discount": [line.discount for line in lines],
        "tax": [0] * count,
        "commissionable": [None] * count,
        "seq": [0] * count,
    }
