"""A network small enough to know by heart, beside a drawn one, after one night; no test by itself.

H1 ── H2 ── H3 ── H4        H3 was under H5 until MOVED_MS; H2 is suspended from MOVED_MS on
   └─ H5
"""

from typing import Any

import analytics.nightly
import graph.customers
import graph.distributors
import graph.loads
import graph.orders
import graph.products
import graph.refunds
import tests.graph.drawn
from analytics.watch import Watch
from graph.connection import Database
from graph.model import OPEN_MS
from graph.settings import Settings
from tests.analytics import one_night
from tests.graph.drawn import DAY_MS, START_MS, Drawn

Row = dict[str, Any]
AS_OF = "2024-06-30"
MOVED_MS = START_MS + 50 * DAY_MS
EARLY_MS, LATE_MS = START_MS + 10 * DAY_MS, START_MS + 60 * DAY_MS
DRAWN = 200


def order(id: str, seller: str | None, at_ms: int, **facts: Any) -> Row:
    """A paid and received sale to customer HC."""
    return {
        "id": id,
        "seller_id": seller,
        "buyer_kind": "customer",
        "buyer_id": "HC",
        "ordered_at_ms": at_ms,
        "paid_time_ms": at_ms,
        "received_time_ms": at_ms,
        "status": "received",
        "kind": "sale",
        "currency": "CNY",
        "period": "2024-01" if at_ms == LATE_MS else "2023-11",
        **facts,
    }


def line(order_id: str, line_no: int, quantity_milli: int, unit_price_minor: int) -> Row:
    """A line of product HP."""
    return {
        "order_id": order_id,
        "line_no": line_no,
        "product_id": "HP",
        "quantity_milli": quantity_milli,
        "unit_price_minor": unit_price_minor,
    }


def edge(child: str, sponsor: str, since: int = START_MS, until: int = OPEN_MS) -> Row:
    """A dated sponsor edge."""
    return {
        "child_id": child,
        "sponsor_id": sponsor,
        "since_ms": since,
        "until_ms": until,
        "reason": "moved" if since == MOVED_MS else None,
    }


def _people(db: Database, seq: int) -> None:
    graph.distributors.save_all(
        db,
        [
            {
                "id": f"H{number}",
                "joined_at_ms": START_MS,
                "status": "active",
                "rank": "bronze",
                "name": f"name of H{number}",
            }
            for number in range(1, 6)
        ],
        seq=seq,
    )
    edges = [
        edge("H2", "H1"),
        edge("H5", "H1"),
        edge("H4", "H3"),
        edge("H3", "H5", until=MOVED_MS),
        edge("H3", "H2", since=MOVED_MS),
    ]
    graph.distributors.save_sponsors(db, edges, seq=seq)
    change = {"distributor_id": "H2", "valid_from_ms": MOVED_MS, "status": "suspended"}
    graph.distributors.save_status_changes(db, [change], seq=seq)
    customer = {"id": "HC", "distributor_id": "H4", "bound_at_ms": START_MS, "name": "name of HC"}
    graph.customers.save_all(db, [customer], seq=seq)
    product = {"id": "HP", "kind": "product", "currency": "CNY", "list_price_minor": 10_000}
    graph.products.save_all(db, [{**product, "name": "tea", "category": "tea"}], seq=seq)


def _orders(db: Database, seq: int) -> None:
    unpaid = {"status": "created", "paid_time_ms": None, "received_time_ms": None, "period": None}
    orders = [
        order("HO-early", "H4", EARLY_MS),
        order("HO-late", "H4", LATE_MS),
        order("HO-self", "H4", LATE_MS, buyer_kind="distributor", buyer_id="H4"),
        order("HO-yen", "H4", LATE_MS, currency="JPY", amount_minor=1005),
        order("HO-house", None, LATE_MS, amount_minor=500),
        order("HO-refunded", "H4", LATE_MS, amount_minor=10_000),
        order("HO-unpaid", "H4", LATE_MS, amount_minor=100, **unpaid),
    ]
    graph.orders.save_all(db, orders, seq=seq)
    lines = [line("HO-early", 1, 1000, 10_000), line("HO-late", 1, 2000, 10_000)]
    lines += [line("HO-late", 2, 500, 10_001), line("HO-self", 1, 1000, 10_000)]
    graph.orders.save_lines(db, lines, seq=seq)
    refund = {
        "id": "HR",
        "order_id": "HO-refunded",
        "amount_minor": 10_000,
        "currency": "CNY",
        "refunded_at_ms": LATE_MS + DAY_MS,
        "reason": "came back",
    }
    graph.refunds.save_all(db, [refund], seq=seq)


def is_there(db: Database) -> bool:
    """Whether the graph still holds what `load` made of it."""
    rows = graph.orders.by_ids(db, ["HO-early"])
    return bool(rows and rows[0]["frozen_run"]) and graph.orders.last_key(db) == rows[0]["key"] + 6


def load(db: Database, settings: Settings) -> Drawn:
    """Fill an empty graph and run its night; what was drawn beside H1 .. H5."""
    seq = graph.loads.next_seq(db)
    drawn = tests.graph.drawn.draw(DRAWN)
    tests.graph.drawn.save(db, drawn, seq=seq)
    _people(db, seq)
    _orders(db, seq)
    analytics.nightly.run(db, settings, AS_OF, who=one_night.who(), watch=Watch())
    return drawn
