"""Customers as the API shows them."""

from collections.abc import Awaitable, Sequence
from typing import Any

import strawberry
from strawberry import relay

import graph.audit
import graph.customers
import schema.distributors
from graph.audit import Seer
from graph.connection import Database
from graph.keys import Row
from schema.context import Info
from schema.fields import field
from schema.links import DistributorLink
from schema.nodes import in_order
from schema.scalars import Moment


@strawberry.type(description="An outside buyer, bound to one distributor or to none.")
class Customer(relay.Node):
    """A customer as stored; the name is personal and stands apart."""

    customer_id: str = strawberry.field(description="Its own id, as in files.")
    bound_at: Moment | None = strawberry.field(description="Since when the customer is bound.")
    region: str | None = strawberry.field(description="The customer's region.")
    bound_to: strawberry.Private[str | None]
    became: strawberry.Private[str | None]

    @classmethod
    def resolve_id(cls, root: Any, *, info: Info) -> str:
        """The own id within the global one."""
        return str(root.customer_id)

    @field("The customer's name (personal data).", gives=str | None)
    def name(self, info: Info) -> Awaitable[str | None]:
        """Read apart from the customer."""
        return info.context.batches.load(_names, self.customer_id, info.context.seer())

    @field(
        "The distributor to whom the customer is bound.",
        gives=DistributorLink | None,
    )
    def distributor(self, info: Info) -> Awaitable["schema.distributors.Distributor | None"] | None:
        """None where the customer is bound to nobody."""
        return schema.distributors.load(info, self.bound_to)

    @field(
        "The distributor that the customer has become.",
        gives=DistributorLink | None,
    )
    def became_distributor(
        self, info: Info
    ) -> Awaitable["schema.distributors.Distributor | None"] | None:
        """None where the customer is one still."""
        return schema.distributors.load(info, self.became)


def by_ids(db: Database, ids: Sequence[str]) -> list[Customer | None]:
    """Customers in the order of `ids`."""
    return in_order(ids, ((row["id"], _customer(row)) for row in graph.customers.by_ids(db, ids)))


def _names(db: Database, ids: Sequence[str], seer: Seer) -> list[str | None]:
    """Names, and that somebody was shown them."""
    rows = graph.customers.names_of(db, ids)
    graph.audit.viewed(db, "customers", [row["id"] for row in rows], seer)
    return in_order(ids, ((row["id"], row["name"]) for row in rows))


def _customer(row: Row) -> Customer:
    return Customer(
        customer_id=row["id"],
        bound_at=row["bound_at_ms"],
        region=row["region"],
        bound_to=row["distributor_id"],
        became=row["became_distributor_id"],
    )
