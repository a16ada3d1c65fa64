"""Products as the API shows them."""

from collections.abc import Sequence
from typing import Any

import strawberry
from strawberry import relay

import graph.products
from graph.connection import Database
from graph.keys import Row
from schema.coded import Coded, listed_or_none
from schema.context import Info
from schema.fields import field
from schema.money import Money, money
from schema.nodes import in_order


@strawberry.type(description="What is sold, its prices, and whether it earns commission.")
class Product(relay.Node):
    """A product as stored."""

    product_id: str = strawberry.field(description="Its own id, as in files.")
    name: str | None = strawberry.field(description="Its name.")
    category: str | None = strawberry.field(
        description="Its category; plans may have rates for it."
    )
    mandatory_to_join: bool | None = strawberry.field(
        description="Whether a recruit must buy it to join."
    )
    commissionable: bool | None = strawberry.field(
        description="Whether it earns commission; null means yes."
    )
    list_price: Money | None = strawberry.field(
        description="The price before discount, without tax."
    )
    cost: Money | None = strawberry.field(description="What a unit costs the company.")
    reference_price: Money | None = strawberry.field(
        description="Its fair market price; null is unknown, zero is worth nothing."
    )
    word: strawberry.Private[str | None]

    @classmethod
    def resolve_id(cls, root: Any, *, info: Info) -> str:
        """The own id within the global one."""
        return str(root.product_id)

    @field("Product, starter kit, fee, training or sales aid.")
    def kind(self, info: Info) -> Coded | None:
        """A word of PRODUCT_KIND."""
        return listed_or_none("product_kind", self.word, info.context.lang)


def by_ids(db: Database, ids: Sequence[str]) -> list[Product | None]:
    """Products in the order of `ids`."""
    return in_order(ids, ((row["id"], _product(row)) for row in graph.products.by_ids(db, ids)))


def _product(row: Row) -> Product:
    currency = row["currency"]
    return Product(
        product_id=row["id"],
        name=row["name"],
        category=row["category"],
        mandatory_to_join=row["mandatory_to_join"],
        commissionable=row["commissionable"],
        list_price=money(row["list_price_minor"], currency),
        cost=money(row["cost_minor"], currency),
        reference_price=money(row["reference_price_minor"], currency),
        word=row["kind"],
    )
