"""The handful of rows around some orders, as columns: what the engine needs to explain them.

They are orders that no night has frozen, asked about today's data: the upline of the seller is
climbed 64 hops; where the engine wants to go higher, it says so (`Worked.unfinished`), and more is
gathered.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import analytics.assembly
import graph.customers
import graph.distributors
import graph.orders
import graph.products
from analytics.columns import Columns
from analytics.plan import Plan
from graph.connection import Database
from graph.keys import Columns as Page
from graph.model import DAY_MS, NOBODY

UNSAVED_KEY = 2**40
"""The key of an order that nobody has saved; no counter comes near it."""


class Asked(NamedTuple):
    """Orders to explain: pages of graph.orders, which may hold unsaved ones."""

    orders: Page
    lines: Page


def saved(db: Database, keys: Sequence[int]) -> Asked:
    """Orders of the graph by key, with the originals of cancellations."""
    orders = graph.orders.columns_of(db, keys)
    originals = _known(orders["cancels_key"]) - set(keys)
    if originals:
        orders = _appended(orders, graph.orders.columns_of(db, sorted(originals)))
    return Asked(orders, graph.orders.line_columns_of(db, orders["key"]))


@dataclass
class Around:
    """The rows around some orders, grown upwards as far as somebody needs them."""

    db: Database
    asked: Asked
    plans: Sequence[Plan]
    fresh: list[tuple[int, int]]
    people: set[int]

    @classmethod
    def of(cls, db: Database, asked: Asked, plans: Sequence[Plan]) -> "Around":
        """Begin with 64 hops above the sellers."""
        fresh = _fresh(asked.orders)
        found = cls(db, asked, plans, fresh, _named(asked.orders))
        found._climb({seller for seller, _ in fresh})
        return found

    def higher(self) -> None:
        """Add the sponsors who are named and not there yet, and up to 64 hops above them."""
        edges = graph.distributors.sponsor_columns_of(self.db, sorted(self.people))
        missing = _known(edges["sponsor_key"]) - self.people
        self.people |= missing
        self._climb(missing)

    def _climb(self, keys: set[int]) -> None:
        if keys:
            at_ms = max(at_ms for _, at_ms in self.fresh)
            rows = graph.distributors.climb(self.db, sorted(keys), at_ms)
            self.people |= {key for row in rows for key in row["upline_keys"]}

    def columns(self) -> Columns:
        """What the engine reads."""
        db, keys = self.db, sorted(self.people)
        asked = _with_reasons(db, self.asked, self.fresh, keys, self.plans)
        pages = {
            "distributors": graph.distributors.columns_of(db, keys),
            "status_changes": graph.distributors.status_columns_of(db, keys),
            "products": graph.products.columns_of(db, sorted(_known(asked.lines["product_key"]))),
            "orders": asked.orders,
            "lines": asked.lines,
            "sponsor_edges": graph.distributors.sponsor_columns_of(db, keys),
            "customers": graph.customers.columns_of(db, _buyers(asked.orders, "customer")),
        }
        frames = {noun: analytics.assembly.frame_of(noun, page) for noun, page in pages.items()}
        return analytics.assembly.columns_of(frames, frozenset(frames))


def _named(orders: Page) -> set[int]:
    """Sellers, and buyers who are distributors."""
    return _known(orders["seller_key"]) | set(_buyers(orders, "distributor"))


def _fresh(orders: Page) -> list[tuple[int, int]]:
    """Seller and time of every order; a cancellation has its own time."""
    timed = zip(orders["seller_key"], orders["paid_at"], orders["ordered_at"], strict=True)
    return sorted(
        {
            (seller, ordered if paid is None else paid)
            for seller, paid, ordered in timed
            if seller != NOBODY
        }
    )


def _with_reasons(
    db: Database,
    asked: Asked,
    fresh: list[tuple[int, int]],
    people: list[int],
    plans: Sequence[Plan],
) -> Asked:
    """Beside the asked orders those that decide about them: recent sales and purchases of the
    upline where a plan asks for them, and the buyer's first order with the seller.
    """
    days = max((_days(plan) for plan in plans), default=0)
    more = set(_first_orders(db, asked.orders, plans)) if fresh else set()
    if days and fresh:
        upto_ms = max(at_ms for _, at_ms in fresh)
        after_ms = min(at_ms for _, at_ms in fresh) - days * DAY_MS - 1
        within = {"after_ms": after_ms, "upto_ms": upto_ms}
        more |= set(graph.orders.sold_keys(db, people, **within))
        more |= set(graph.orders.bought_keys(db, people, **within))
    more -= set(asked.orders["key"])
    if not more:
        return asked
    keys = sorted(more)
    return Asked(
        _appended(asked.orders, graph.orders.columns_of(db, keys)),
        _appended(asked.lines, graph.orders.line_columns_of(db, keys)),
    )


def _days(plan: Plan) -> int:
    wanted = plan.qualification
    return max(
        (
            one.days
            for one in (wanted.own_retail, wanted.retail_customers, wanted.own_purchase)
            if one
        ),
        default=0,
    )


def _first_orders(db: Database, orders: Page, plans: Sequence[Plan]) -> Iterable[int]:
    """Where a window runs from the buyer's first paid order with this seller."""
    if not any(plan.window for plan in plans):
        return ()
    sellers = {
        row["key"]: row["id"]
        for row in graph.distributors.by_keys(db, sorted(_known(orders["seller_key"])))
    }
    pairs = {
        (kind, buyer, sellers[seller])
        for kind, buyer, seller in zip(
            orders["buyer_kind"], orders["buyer_id"], orders["seller_key"], strict=True
        )
        if buyer is not None and seller in sellers
    }
    names = ("buyer_kind", "buyer_id", "seller_id")
    rows = graph.orders.first_paid(
        db, [dict(zip(names, pair, strict=True)) for pair in sorted(pairs)]
    )
    return (int(row["order_key"]) for row in rows)


def _buyers(orders: Page, kind: str) -> list[int]:
    kinds = zip(orders["buyer_key"], orders["buyer_kind"], strict=True)
    return sorted(_known(key for key, of in kinds if of == kind))


def _known(keys: Iterable[int]) -> set[int]:
    return {key for key in keys if key != NOBODY}


def _appended(page: Page, more: Page) -> Page:
    return {name: [*values, *more[name]] for name, values in page.items()}
