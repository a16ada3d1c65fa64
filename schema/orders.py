"""Orders as the API shows them: who sold and bought, lines, refunds, entries."""

from collections.abc import Awaitable, Sequence
from typing import Any

import strawberry
from strawberry import relay

import graph.orders
import graph.refunds
import schema.commissions
import schema.customers
import schema.distributors
import schema.explanations
import schema.plans
import schema.products
from graph.connection import Database
from graph.keys import Row
from graph.money import Exact, format_exact
from schema.coded import Coded, listed, listed_or_none
from schema.connections import After, Connection, First, Number, connection, page, sliced
from schema.context import Info
from schema.fields import field, fields_asked
from schema.links import (
    BuyerLink,
    DistributorLink,
    EntryLink,
    OrderLink,
    PathLink,
    PlanLink,
    ProductLink,
)
from schema.money import Money, money
from schema.nodes import in_order
from schema.scalars import Currency, Decimal, Moment, Period

Place = tuple[int, int]


@strawberry.type(description="One line of an order.")
class OrderLine:
    """A product, its quantity and what it cost."""

    line_no: int = strawberry.field(description="The line's number within its order.")
    product_id: str = strawberry.field(description="The own id of the product.")
    quantity: Decimal = strawberry.field(
        description="At most three decimals; negative on a cancellation or adjustment."
    )
    unit_price: Money | None = strawberry.field(description="Before discount, without tax.")
    discount: Money | None = strawberry.field(description="Of the whole line.")
    tax: Money | None = strawberry.field(description="Of the whole line.")
    commissionable: bool | None = strawberry.field(
        description="Whether it earns commission; null: as its product says."
    )

    @field("The product, where it is known.", gives=ProductLink | None)
    def product(self, info: Info) -> Awaitable["schema.products.Product | None"]:
        """Read with all others of its level."""
        return info.context.batches.load(schema.products.by_ids, self.product_id)


@strawberry.type(description="Money given back on an order.")
class Refund:
    """A refund as stored."""

    refund_id: str = strawberry.field(description="Its own id, as in files.")
    line_no: int | None = strawberry.field(description="The line; null: the whole order.")
    quantity: Decimal | None = strawberry.field(description="The quantity that came back.")
    amount: Money | None = strawberry.field(description="What was given back, without tax.")
    refunded_at: Moment | None = strawberry.field(description="When.")
    reason: str | None = strawberry.field(description="Why, as recorded.")


@strawberry.type(description="A sale, a cancellation or an adjustment.")
class Order(relay.Node):
    """An order as stored; buyer and seller are what held when it was ordered."""

    order_id: str = strawberry.field(description="Its own id, as in files.")
    seller_id: str | None = strawberry.field(description="The seller's own id; null: the house.")
    buyer_id: str | None = strawberry.field(description="The buyer's own id; null: unknown.")
    ordered_at: Moment | None = strawberry.field(description="When it was ordered.")
    paid_at: Moment | None = strawberry.field(
        description="Its paid time: the sponsors of this moment earn. Null: not paid."
    )
    received_at: Moment | None = strawberry.field(description="Its received time.")
    cancelled_at: Moment | None = strawberry.field(description="When it was cancelled.")
    period: Period | None = strawberry.field(description="The company's month of its paid time.")
    currency: Currency = strawberry.field(description="The currency of all its amounts.")
    amount: Money | None = strawberry.field(description="Its paid base, where it has no lines.")
    region: str | None = strawberry.field(description="Where it was sold.")
    channel: str | None = strawberry.field(description="How it was sold.")
    cancels_id: str | None = strawberry.field(description="The own id of the order it cancels.")
    plan_id: str | None = strawberry.field(
        description="NAME@VERSION of the plan that a night fixed for it; null: none yet, or none."
    )
    row: strawberry.Private[Row]

    @classmethod
    def resolve_id(cls, root: Any, *, info: Info) -> str:
        """The own id within the global one."""
        return str(root.order_id)

    @field("How far it has come.")
    def status(self, info: Info) -> Coded | None:
        """A word of ORDER_STATUS."""
        return listed_or_none("order_status", self.row["status"], info.context.lang)

    @field("Sale, cancellation or adjustment.")
    def kind(self, info: Info) -> Coded | None:
        """A word of ORDER_KIND."""
        return listed_or_none("order_kind", self.row["kind"], info.context.lang)

    @field("The buyer's role when it was ordered; it is never read again.")
    def buyer_kind(self, info: Info) -> Coded:
        """A word of BUYER_KIND."""
        return listed("buyer_kind", self.row["buyer_kind"] or "unknown", info.context.lang)

    @field("Who sold it.", gives=DistributorLink | None)
    def seller(self, info: Info) -> Awaitable["schema.distributors.Distributor | None"] | None:
        """None for a house order."""
        return schema.distributors.load(info, self.seller_id)

    @field("Who bought it, where that is known.", gives=BuyerLink | None)
    def buyer(
        self, info: Info
    ) -> Awaitable["schema.customers.Customer | schema.distributors.Distributor | None"] | None:
        """By the frozen role."""
        if self.buyer_id is None:
            return None
        if self.row["buyer_kind"] == "distributor":
            return info.context.batches.load(schema.distributors.by_ids, self.buyer_id)
        return info.context.batches.load(schema.customers.by_ids, self.buyer_id)

    @field("The order that this one cancels.", gives=OrderLink | None)
    def cancels(self, info: Info) -> Awaitable["Order | None"] | None:
        """None where it cancels nothing, or nothing known."""
        if self.cancels_id is None:
            return None
        return info.context.batches.load(by_ids, self.cancels_id)

    @field("Its lines by number.")
    async def lines(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[OrderLine]:
        """A page of them."""
        asked = page(first, after, tuple[Number])
        rows = await info.context.batches.load(_lines, self.order_id)
        return sliced(rows, asked, lambda row: (row["line_no"],), self._line)

    @field("Its refunds, oldest first.")
    async def refunds(self, info: Info) -> list[Refund]:
        """All of them."""
        rows = await info.context.batches.load(_refunds, self.order_id)
        return [_refund(row) for row in rows]

    @field("The ledger's entries on it, oldest first.", gives=list[EntryLink])
    def entries(self, info: Info) -> Awaitable[list["schema.commissions.Entry"]]:
        """All of them."""
        return info.context.batches.load(schema.commissions.of_orders, self.order_id)

    @field("The plan version fixed for it.", gives=PlanLink | None)
    def plan(self, info: Info) -> Awaitable["schema.plans.PlanVersion | None"] | None:
        """None before its first night."""
        if self.plan_id is None:
            return None
        return info.context.batches.load(schema.plans.by_ids, self.plan_id)

    @field("Who earns what on it and why, and why the others do not.")
    async def commission_path(self, info: Info) -> PathLink:
        """Worked out by the engine, as the night does it."""
        found = await schema.explanations.of_order(info, self.order_id)
        assert found is not None, "orders are never deleted"
        return found

    def _line(self, row: Row) -> OrderLine:
        return OrderLine(
            line_no=row["line_no"],
            product_id=row["product_id"],
            quantity=quantity(row["quantity_milli"]),
            unit_price=money(row["unit_price_minor"], self.currency),
            discount=money(row["discount_minor"], self.currency),
            tax=money(row["tax_minor"], self.currency),
            commissionable=row["commissionable"],
        )


def read_ahead(info: Info, id: str) -> None:
    """Begin to read what is asked of one order by its id alone, while the order itself is read."""
    batches = info.context.batches
    asked = fields_asked(info)
    if "commissionPath" in asked:
        batches.ahead(schema.explanations.of_order(info, id))
    if "entries" in asked:
        batches.ahead(batches.load(schema.commissions.of_orders, id))
    if "lines" in asked:
        batches.ahead(batches.load(_lines, id))


def by_ids(db: Database, ids: Sequence[str]) -> list[Order | None]:
    """Orders in the order of `ids`."""
    return in_order(ids, ((row["id"], _order(row)) for row in graph.orders.by_ids(db, ids)))


async def of_seller(info: Info, id: str, first: int | None, after: str | None) -> Connection[Order]:
    """A page of a seller's orders, oldest first."""
    asked = page(first, after, tuple[Number, Number])
    rows = await info.context.batches.load(_pages, id, asked.after, asked.rows)
    known = await info.context.batches.load_known(by_ids, [row["id"] for row in rows])

    def count() -> Awaitable[int]:
        return info.context.read(graph.orders.count_of_seller, id)

    return connection(
        [row for row in rows if row["id"] in known],
        asked,
        lambda row: (row["ordered_at_ms"], row["key"]),
        lambda row: known[row["id"]],
        count,
    )


def _pages(db: Database, ids: Sequence[str], after: Place | None, rows: int) -> list[list[Row]]:
    """One page for each seller, together, so that what hangs on the orders is read together too."""
    return [graph.orders.page_of_seller(db, id, after=after, first=rows) for id in ids]


def quantity(milli: int) -> Decimal:
    """Thousandths of a unit as a decimal string."""
    return Decimal(format_exact(Exact(milli, 1000)))


def _lines(db: Database, ids: Sequence[str]) -> list[list[Row]]:
    return _grouped(ids, graph.orders.lines_of(db, ids))


def _refunds(db: Database, ids: Sequence[str]) -> list[list[Row]]:
    return _grouped(ids, graph.refunds.of_orders(db, ids))


def _grouped(ids: Sequence[str], rows: list[Row]) -> list[list[Row]]:
    found: dict[str, list[Row]] = {id: [] for id in ids}
    for row in rows:
        found[row["order_id"]].append(row)
    return [found[id] for id in ids]


def _order(row: Row) -> Order:
    return Order(
        order_id=row["id"],
        seller_id=row["seller_id"],
        buyer_id=row["buyer_id"],
        ordered_at=row["ordered_at_ms"],
        paid_at=row["paid_time_ms"],
        received_at=row["received_time_ms"],
        cancelled_at=row["cancelled_at_ms"],
        period=row["period"],
        currency=row["currency"],
        amount=money(row["amount_minor"], row["currency"]),
        region=row["region"],
        channel=row["channel"],
        cancels_id=row["cancels_id"],
        plan_id=row["frozen_plan"] or None,
        row=row,
    )


def _refund(row: Row) -> Refund:
    milli = row["quantity_milli"]
    return Refund(
        refund_id=row["id"],
        line_no=row["line_no"],
        quantity=None if milli is None else quantity(milli),
        amount=money(row["amount_minor"], row["currency"]),
        refunded_at=row["refunded_at_ms"],
        reason=row["reason"],
    )
