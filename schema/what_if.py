"""What an order that nobody has saved would give: the same engine, nothing written.

What is wrong with the question is said as a value: NotFound for who or what is not there, Invalid
for what contradicts itself, each with a stable code of words/api.toml.
"""

import dataclasses
from collections.abc import Sequence
from typing import Annotated

import strawberry

import analytics.explain
import analytics.plan_store
import analytics.unsaved
import graph.money
import schema.customers
import schema.distributors
import schema.products
from analytics.unsaved import Line
from graph.connection import Database
from graph.errors import Missing
from graph.money import MINOR_UNITS_MAX
from graph.settings import Settings
from schema.context import Info
from schema.explanations import CommissionPath, path_of
from schema.products import Product
from schema.refusals import Invalid, NotFound, invalid, not_found
from schema.scalars import Currency, Decimal, Moment

LINES_MAX = 200
MILLI = 1000


@strawberry.input(description="A line of an order that is not saved.")
class WhatIfLine:
    """A product and how many of it."""

    product_id: str = strawberry.field(description="The own id of the product.")
    quantity: Decimal = strawberry.field(description="Above zero, at most three decimals.")
    unit_price: Decimal | None = strawberry.field(
        default=None, description="Before discount, without tax; the list price if left out."
    )
    discount: Decimal | None = strawberry.field(
        default=None, description="Of the whole line; none if left out."
    )


@strawberry.input(description="An order that is not saved: lines, or an amount.")
class WhatIfOrder:
    """Who sells what to whom, and when."""

    seller_id: str = strawberry.field(description="The seller's own id.")
    customer_id: str | None = strawberry.field(
        default=None, description="The customer who buys; nobody known if left out."
    )
    buyer_distributor_id: str | None = strawberry.field(
        default=None, description="The distributor who buys, in place of a customer."
    )
    lines: list[WhatIfLine] | None = strawberry.field(default=None, description="Its lines.")
    amount: Decimal | None = strawberry.field(
        default=None, description="Its paid base in major units, in place of lines."
    )
    currency: Currency | None = strawberry.field(
        default=None, description="Its currency; the company's if left out."
    )
    at: Moment | None = strawberry.field(
        default=None, description="When it would be paid; now if left out."
    )
    plan: str | None = strawberry.field(
        default=None, description="The plan's name; the company's plan if left out."
    )


WhatIf = Annotated[
    CommissionPath | NotFound | Invalid,
    strawberry.union("WhatIf", description="The path that an order would have, or why not."),
]


class _Refused(Exception):
    """Ends the reading of a question with its refusal."""

    def __init__(self, refusal: NotFound | Invalid) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


async def what_if(info: Info, order: WhatIfOrder) -> CommissionPath | NotFound | Invalid:
    """The path of an unsaved order, or the refusal."""
    try:
        products = await _parties(info, order)
        unsaved = _Question(order, products, info).unsaved()
    except _Refused as problem:
        return problem.refusal
    context = info.context
    plan = context.settings.plan if order.plan is None else order.plan
    settings = dataclasses.replace(context.settings, plan=plan)
    found = await context.read(_worked_out, unsaved, settings, context.now_ms)
    return not_found(context.lang, "plan", plan) if found is None else found


def _worked_out(
    db: Database, unsaved: analytics.unsaved.Order, settings: Settings, now_ms: int
) -> CommissionPath | None:
    """None where there is no plan of that name."""
    try:
        analytics.plan_store.versions(db, settings.plan)
    except Missing:
        return None
    return path_of(analytics.explain.what_if(db, unsaved, settings=settings, now_ms=now_ms))


async def _parties(info: Info, order: WhatIfOrder) -> dict[str, Product]:
    """The products by id; refused where seller, buyer or a product is not there."""
    load = info.context.batches.load_known
    lines = order.lines or []
    if len(lines) > LINES_MAX:
        raise _Refused(invalid(info.context.lang, "too_many_lines", ["lines"], limit=LINES_MAX))
    buyers = [order.customer_id] if order.customer_id else []
    people = [id for id in (order.seller_id, order.buyer_distributor_id) if id is not None]
    distributors = await load(schema.distributors.by_ids, people)
    customers = await load(
        schema.customers.by_ids, [order.customer_id] if order.customer_id else []
    )
    products = await load(schema.products.by_ids, sorted({line.product_id for line in lines}))
    asked: list[tuple[str, Sequence[str], dict[str, object]]] = [
        ("distributor", people, dict(distributors)),
        ("customer", buyers, dict(customers)),
        ("product", [line.product_id for line in lines], dict(products)),
    ]
    for noun, ids, there in asked:
        for id in ids:
            if id not in there:
                raise _Refused(not_found(info.context.lang, noun, id))
    return products


class _Question:
    """An order as somebody typed it, read into what the engine takes."""

    def __init__(self, order: WhatIfOrder, products: dict[str, Product], info: Info) -> None:
        self._order, self._products = order, products
        self._lang, self._context = info.context.lang, info.context
        self._currency = order.currency or info.context.settings.currency

    def unsaved(self) -> analytics.unsaved.Order:
        """The order; refused where it contradicts itself."""
        order = self._order
        if self._currency not in graph.money.known_currencies():
            raise self._refused("unknown_currency", ["currency"], currency=self._currency)
        if bool(order.lines) == (order.amount is not None):
            raise self._refused("lines_or_amount", ["lines"])
        if order.customer_id is not None and order.buyer_distributor_id is not None:
            raise self._refused("two_buyers", ["customerId"])
        return analytics.unsaved.Order(
            seller_id=order.seller_id,
            paid_at_ms=self._context.as_of(order.at),
            currency=self._currency,
            lines=[self._line(place, line) for place, line in enumerate(order.lines or [])],
            amount=None if order.amount is None else self._money(order.amount, ["amount"]),
            buyer_kind="customer" if order.buyer_distributor_id is None else "distributor",
            buyer_id=order.buyer_distributor_id or order.customer_id,
        )

    def _line(self, place: int, line: WhatIfLine) -> Line:
        path = ["lines", str(place)]
        product = self._products[line.product_id]
        quantity = graph.money.parse_exact(line.quantity) * MILLI
        if quantity <= 0 or quantity.denominator != 1:
            raise self._refused("bad_quantity", [*path, "quantity"], value=line.quantity)
        price = self._price(line, product, path)
        discount = 0 if line.discount is None else self._money(line.discount, [*path, "discount"])
        if discount * MILLI > price * int(quantity):
            raise self._refused("discount_too_large", [*path, "discount"], value=line.discount)
        if price * int(quantity) > MINOR_UNITS_MAX * MILLI:
            raise self._refused("too_large", [*path, "quantity"], value=line.quantity)
        return Line(line.product_id, int(quantity), price, discount)

    def _price(self, line: WhatIfLine, product: Product, path: list[str]) -> int:
        if line.unit_price is not None:
            return self._money(line.unit_price, [*path, "unitPrice"])
        if product.list_price is None:
            raise self._refused("no_price", [*path, "unitPrice"], id=line.product_id)
        if product.list_price.currency != self._currency:
            facts = {"id": line.product_id, "currency": product.list_price.currency}
            raise self._refused("currency_differs", [*path, "productId"], **facts)
        return product.list_price.minor

    def _money(self, text: Decimal, path: list[str]) -> int:
        """Minor units of an amount from zero up; refused otherwise."""
        try:
            minor = graph.money.parse_minor(text, self._currency)
        except ValueError:
            minor = -1
        if minor < 0:
            raise self._refused("bad_amount", path, value=text, currency=self._currency)
        if minor > MINOR_UNITS_MAX:
            raise self._refused("too_large", path, value=text)
        return minor

    def _refused(self, code: str, path: list[str], **facts: object) -> _Refused:
        return _Refused(invalid(self._lang, code, path, **facts))
