"""The digest of a graph: one sha256 per label over natural ids and business properties.

Left out is what may differ between two ways to the same graph: dense keys, change cursors, runs,
loads, locks and counters. What an edge says stands in the row of the node it belongs to, by natural
id: a distributor's sponsors and name, an order's seller and frozen path. Rows are read in the order
of their ids, a page at a time, so memory stays bounded at any size.
"""

import hashlib
import json
from collections.abc import Callable, Iterator

import graph.queries
from graph.connection import Database
from graph.keys import Row

QUERIES = graph.queries.load("digest")

PAGE_ROWS = 5_000

NOT_BUSINESS = frozenset(
    {
        "key",
        "seq",
        "order_key",
        "seller_key",
        "buyer_key",
        "product_key",
        "beneficiary_key",
        "buyer_unknown",
        "product_unknown",
        "run_id",
        "frozen_run",
        "frozen_seq",
        "frozen_keys",
    }
)
"""Properties that a digest leaves out; the queries add the natural ids behind them."""

Page = Callable[[Database, str], list[Row]]


def of(db: Database) -> dict[str, str]:
    """sha256 (hex) by label; a label without nodes has the digest of nothing."""
    return {label: _sha256(db, page) for label, page in PAGES.items()}


def _sha256(db: Database, page: Page) -> str:
    digest = hashlib.sha256()
    for row in _rows(db, page):
        digest.update(canonical(row))
        digest.update(b"\n")
    return digest.hexdigest()


def _rows(db: Database, page: Page) -> Iterator[Row]:
    after = ""
    while rows := page(db, after):
        yield from rows
        after = rows[-1]["id"]


def canonical(row: Row) -> bytes:
    """One row of a page as JSON: business properties and what its edges say, sorted by name."""
    facts = {name: value for name, value in row["facts"].items() if name not in NOT_BUSINESS}
    said = {name: value for name, value in row.items() if name not in ("id", "facts")}
    return json.dumps({**facts, **said}, sort_keys=True, ensure_ascii=False).encode()


def distributors(db: Database, after: str) -> list[Row]:
    """One page of distributors with their names and sponsor edges, by id."""
    return db.read(QUERIES["distributors"], after=after, limit=PAGE_ROWS)


def status_changes(db: Database, after: str) -> list[Row]:
    """One page of status changes with the distributor, by id."""
    return db.read(QUERIES["status_changes"], after=after, limit=PAGE_ROWS)


def customers(db: Database, after: str) -> list[Row]:
    """One page of customers with their names and whom they are bound to, by id."""
    return db.read(QUERIES["customers"], after=after, limit=PAGE_ROWS)


def products(db: Database, after: str) -> list[Row]:
    """One page of products, by id."""
    return db.read(QUERIES["products"], after=after, limit=PAGE_ROWS)


def orders(db: Database, after: str) -> list[Row]:
    """One page of orders with seller, buyer and frozen path, by id."""
    return db.read(QUERIES["orders"], after=after, limit=PAGE_ROWS)


def lines(db: Database, after: str) -> list[Row]:
    """One page of lines with the order that holds them, by id."""
    return db.read(QUERIES["lines"], after=after, limit=PAGE_ROWS)


def refunds(db: Database, after: str) -> list[Row]:
    """One page of refunds with their order, by id."""
    return db.read(QUERIES["refunds"], after=after, limit=PAGE_ROWS)


def identifiers(db: Database, after: str) -> list[Row]:
    """One page of identifiers, by id."""
    return db.read(QUERIES["identifiers"], after=after, limit=PAGE_ROWS)


def resales(db: Database, after: str) -> list[Row]:
    """One page of resales, by id."""
    return db.read(QUERIES["resales"], after=after, limit=PAGE_ROWS)


def payouts(db: Database, after: str) -> list[Row]:
    """One page of payouts, by id."""
    return db.read(QUERIES["payouts"], after=after, limit=PAGE_ROWS)


def buybacks(db: Database, after: str) -> list[Row]:
    """One page of buyback requests, by id."""
    return db.read(QUERIES["buybacks"], after=after, limit=PAGE_ROWS)


def complaints(db: Database, after: str) -> list[Row]:
    """One page of complaints, by id."""
    return db.read(QUERIES["complaints"], after=after, limit=PAGE_ROWS)


def commissions(db: Database, after: str) -> list[Row]:
    """One page of entries with who earned them on which order, by id."""
    return db.read(QUERIES["commissions"], after=after, limit=PAGE_ROWS)


def plans(db: Database, after: str) -> list[Row]:
    """One page of plan versions, by id."""
    return db.read(QUERIES["plans"], after=after, limit=PAGE_ROWS)


PAGES: dict[str, Page] = {
    "Distributor": distributors,
    "StatusChange": status_changes,
    "Customer": customers,
    "Product": products,
    "Order": orders,
    "OrderLine": lines,
    "Refund": refunds,
    "Identifier": identifiers,
    "Resale": resales,
    "Payout": payouts,
    "Buyback": buybacks,
    "Complaint": complaints,
    "CommissionEntry": commissions,
    "PlanVersion": plans,
}
