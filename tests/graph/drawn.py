"""Drawn networks, saved through the nouns, for tests that read; no test by itself."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import graph.buybacks
import graph.commissions
import graph.complaints
import graph.customers
import graph.distributors
import graph.identifiers
import graph.keys
import graph.orders
import graph.payouts
import graph.products
import graph.refunds
import graph.resales
from graph.connection import Database
from graph.model import OPEN_MS

Row = dict[str, Any]
DAY_MS = 86_400_000
START_MS = 1_700_000_000_000


@dataclass(frozen=True)
class Drawn:
    """The rows as they were given to the nouns."""

    distributors: list[Row]
    sponsors: list[Row]
    changes: list[Row]
    customers: list[Row]
    products: list[Row]
    orders: list[Row]
    lines: list[Row]
    refunds: list[Row]


def draw(size: int, *, seed: int = 7) -> Drawn:
    """A forest of `size` distributors, a third as many customers, one and a half times orders."""
    rng = random.Random(seed)
    orders = [order(rng, i, size) for i in range(size + size // 2)]
    return Drawn(
        distributors=[distributor(rng, i) for i in range(size)],
        sponsors=[sponsor(rng, i) for i in range(3, size)],
        changes=[status_change(i) for i in range(0, size, 100)],
        customers=[
            {"id": f"C{i}", "distributor_id": f"D{rng.randrange(size)}", "bound_at_ms": START_MS}
            for i in range(size // 3)
        ],
        products=[{"id": f"P{i}", "kind": "product", "currency": "CNY"} for i in range(50)],
        orders=orders,
        lines=[line(rng, row["id"], line_no) for row in orders for line_no in (1, 2)],
        refunds=[refund(i) for i in range(0, size, 20)],
    )


def joined_at_ms(i: int) -> int:
    return START_MS + i * 60_000


def distributor(rng: random.Random, i: int) -> Row:
    return {
        "id": f"D{i}",
        "joined_at_ms": joined_at_ms(i),
        "status": "active",
        "rank": rng.choice([None, "bronze", "gold"]),
        "name": f"name {i}" if i % 50 == 0 else None,
    }


def sponsor(rng: random.Random, i: int) -> Row:
    return {
        "child_id": f"D{i}",
        "sponsor_id": f"D{rng.randrange(max(0, i - 200), i)}",
        "since_ms": joined_at_ms(i),
        "until_ms": OPEN_MS,
        "reason": None,
    }


def status_change(i: int) -> Row:
    at_ms = joined_at_ms(i) + DAY_MS
    return {"distributor_id": f"D{i}", "valid_from_ms": at_ms, "status": "suspended"}


def order(rng: random.Random, i: int, size: int) -> Row:
    at_ms = START_MS + rng.randrange(100) * DAY_MS
    return {
        "id": f"O{i}",
        "seller_id": f"D{rng.randrange(size)}",
        "buyer_kind": "customer",
        "buyer_id": f"C{rng.randrange(size // 3)}",
        "ordered_at_ms": at_ms,
        "paid_time_ms": at_ms,
        "received_time_ms": at_ms + DAY_MS,
        "status": "received",
        "kind": "sale",
        "currency": "CNY",
        "period": "2023-11",
    }


def line(rng: random.Random, order_id: str, line_no: int) -> Row:
    return {
        "order_id": order_id,
        "line_no": line_no,
        "product_id": f"P{rng.randrange(50)}",
        "quantity_milli": 1000,
        "unit_price_minor": rng.randrange(100, 9000),
    }


def refund(i: int) -> Row:
    return {
        "id": f"R{i}",
        "order_id": f"O{i}",
        "amount_minor": 50,
        "currency": "CNY",
        "refunded_at_ms": START_MS + 200 * DAY_MS,
    }


def save(db: Database, drawn: Drawn, *, seq: int) -> dict[str, graph.keys.Saved]:
    """Everything drawn, in the order in which it refers to one another."""
    return {
        "distributors": graph.distributors.save_all(db, drawn.distributors, seq=seq),
        "sponsors": graph.distributors.save_sponsors(db, drawn.sponsors, seq=seq),
        "changes": graph.distributors.save_status_changes(db, drawn.changes, seq=seq),
        "customers": graph.customers.save_all(db, drawn.customers, seq=seq),
        "products": graph.products.save_all(db, drawn.products, seq=seq),
        "orders": graph.orders.save_all(db, drawn.orders, seq=seq),
        "lines": graph.orders.save_lines(db, drawn.lines, seq=seq),
        "refunds": graph.refunds.save_all(db, drawn.refunds, seq=seq),
    }


def side_rows(count: int = 300) -> dict[ModuleType, list[Row]]:
    """Rows of the nouns that stand beside the orders, by module."""
    return {
        graph.identifiers: [
            {
                "id": f"I{i}",
                "owner_kind": "customer",
                "owner_id": f"C{i}",
                "kind": "phone",
                "value": f"{i:064x}",
                "hashed": True,
            }
            for i in range(count)
        ],
        graph.resales: [
            {"id": f"S{i}", "distributor_id": f"D{i}", "period": "2023-11", "amount_minor": 100}
            for i in range(count)
        ],
        graph.payouts: [
            {
                "id": f"Y{i}",
                "beneficiary_id": f"D{i}",
                "basis": "other",
                "amount_minor": 100,
                "currency": "CNY",
                "earned_at_ms": START_MS,
            }
            for i in range(count)
        ],
        graph.buybacks: [
            {"id": f"B{i}", "distributor_id": f"D{i}", "requested_at_ms": START_MS}
            for i in range(count)
        ],
        graph.complaints: [
            {"id": f"M{i}", "about_distributor_id": f"D{i}", "received_at_ms": START_MS}
            for i in range(count)
        ],
    }


def entries(db: Database, drawn: Drawn, *, every: int = 1) -> list[Row]:
    """One accrual of level 1 for the seller of every so many orders."""
    rows = drawn.orders[::every]
    sellers = graph.distributors.by_ids(db, [order["seller_id"] for order in rows])
    seller_keys = {row["id"]: row["key"] for row in sellers}
    found = graph.orders.by_ids(db, [order["id"] for order in rows])
    order_keys = {row["id"]: row["key"] for row in found}
    return [
        entry(order, order_keys[order["id"]], seller_keys[order["seller_id"]]) for order in rows
    ]


def entry(order: Row, order_key: int, seller_key: int) -> Row:
    """An accrual of level 1 for the seller."""
    return {
        "order_id": order["id"],
        "order_key": order_key,
        "beneficiary_id": order["seller_id"],
        "beneficiary_key": seller_key,
        "level": 1,
        "kind": "accrual",
        "cause": order["id"],
        "amount_minor": 100,
        "currency": "CNY",
        "booked_at_ms": order["paid_time_ms"],
        "period": order["period"],
        "plan": "three-tier@2026-01",
        "trigger": "received",
        "freeze_ms": 7 * DAY_MS,
    }


def first(frozen: Row, shares: Sequence[tuple[int, int, int]] = (), **common: Any) -> list[Any]:
    """An order worked out for the first time, as graph.commissions.book takes it: order_key, plan,
    anchor_ms, self, keys, levels, gates, ranks; (beneficiary_key, level, amount_minor) of each
    accrual.
    """
    alike = {
        "kind": "accrual",
        "currency": "CNY",
        "booked_at_ms": 10,
        "period": "2023-11",
        "trigger": "received",
        "freeze_ms": 7 * DAY_MS,
    }
    row = {**frozen, **alike, **common, "shares": list(map(list, shares))}
    return [row[name] for name in graph.commissions.FIRST]
