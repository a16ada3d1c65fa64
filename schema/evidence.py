"""What a finding rests on, opened down to the orders, their paths, the entries and the people."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import strawberry
from strawberry import relay

import graph.buybacks
import graph.payouts
import schema.commissions
import schema.distributors
import schema.orders
import schema.products
from graph.connection import Database
from graph.keys import Row
from schema.connections import After, Connection, First, Number, page, sliced
from schema.context import Info
from schema.fields import field
from schema.links import DistributorLink, OrderLink
from schema.money import Money, money
from schema.nodes import in_order
from schema.scalars import Moment

NODES = ("order", "entry", "distributor", "product")
"""Kinds of evidence that are nodes of their own."""


@strawberry.type(description="A commission that another system has paid.")
class Payout:
    """A payout as loaded."""

    payout_id: str = strawberry.field(description="Its own id, as in files.")
    beneficiary_id: str | None = strawberry.field(description="Who was paid.")
    basis: str | None = strawberry.field(description="order_line, recruit_event or other.")
    order_id: str | None = strawberry.field(description="On which order.")
    recruit_id: str | None = strawberry.field(description="For whose joining.")
    level: int | None = strawberry.field(description="The level, as given.")
    amount: Money | None = strawberry.field(description="What was paid.")
    earned_at: Moment | None = strawberry.field(description="When it was earned.")
    reason: str | None = strawberry.field(description="Why, where it is neither.")
    approved_by: str | None = strawberry.field(description="Who approved it.")

    @field("The order that it was paid on.", gives=OrderLink | None)
    def order(self, info: Info) -> Awaitable["schema.orders.Order | None"] | None:
        """None where it names none, or none that is known."""
        if self.order_id is None:
            return None
        return info.context.batches.load(schema.orders.by_ids, self.order_id)

    @field("Who was paid.", gives=DistributorLink | None)
    def beneficiary(self, info: Info) -> Awaitable["schema.distributors.Distributor | None"] | None:
        """None where he is unknown."""
        return schema.distributors.load(info, self.beneficiary_id)


@strawberry.type(description="A request to take goods back.")
class BuybackRequest:
    """A request as loaded."""

    request_id: str = strawberry.field(description="Its own id, as in files.")
    distributor_id: str | None = strawberry.field(description="Who asked.")
    order_id: str | None = strawberry.field(description="For which order.")
    requested_at: Moment | None = strawberry.field(description="When.")
    paid_at: Moment | None = strawberry.field(description="When it was paid; null: not yet.")
    amount: Money | None = strawberry.field(description="What was asked for.")
    paid: Money | None = strawberry.field(description="What was paid.")


@strawberry.type(description="One thing that a finding rests on.")
class EvidenceItem:
    """Its id, and what there is to see of it."""

    item_id: str = strawberry.field(description="Its own id.")
    kind: strawberry.Private[str]

    @field("The order, entry, distributor or product itself.", gives=relay.Node | None)
    def node(self, info: Info) -> Awaitable[Any] | None:
        """None for kinds that are no nodes."""
        if self.kind not in NODES:
            return None
        return info.context.batches.load(_reader(self.kind), self.item_id)

    @field("The payout, where it is one.", gives=Payout | None)
    def payout(self, info: Info) -> Awaitable[Payout | None] | None:
        """None for other kinds."""
        return info.context.batches.load(_payouts, self.item_id) if self.kind == "payout" else None

    @field("The request to take goods back, where it is one.", gives=BuybackRequest | None)
    def request(self, info: Info) -> Awaitable[BuybackRequest | None] | None:
        """None for other kinds."""
        if self.kind != "request":
            return None
        return info.context.batches.load(_requests, self.item_id)


@strawberry.type(description="What makes a value: the first by weight, and a seal of all of them.")
class Evidence:
    """Evidence of one kind."""

    kind: str = strawberry.field(
        description="order, entry, payout, distributor, product or request."
    )
    count: int = strawberry.field(description="How many there are in all.")
    sha256: str = strawberry.field(description="Of all ids, sorted, one to a line.")
    ids: strawberry.Private[tuple[str, ...]]

    @field("The first of them by weight.")
    async def items(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[EvidenceItem]:
        """A page of those that are kept by id."""
        rows = [{"place": place, "id": id} for place, id in enumerate(self.ids)]
        return sliced(
            rows,
            page(first, after, tuple[Number]),
            lambda row: (row["place"],),
            lambda row: EvidenceItem(item_id=row["id"], kind=self.kind),
        )


def _reader(kind: str) -> Callable[..., Sequence[Any]]:
    readers: dict[str, Callable[..., Sequence[Any]]] = {
        "order": schema.orders.by_ids,
        "entry": schema.commissions.by_ids,
        "distributor": schema.distributors.by_ids,
        "product": schema.products.by_ids,
    }
    return readers[kind]


def evidence(row: Row | None) -> Evidence | None:
    """Evidence as a finding keeps it; None where there is none."""
    if row is None:
        return None
    return Evidence(
        kind=row["kind"], count=row["count"], sha256=row["sha256"], ids=tuple(row["ids"])
    )


def _payouts(db: Database, ids: Sequence[str]) -> list[Payout | None]:
    rows = graph.payouts.by_ids(db, ids)
    return in_order(ids, ((row["id"], _payout(row)) for row in rows))


def _payout(row: Row) -> Payout:
    names = "beneficiary_id basis order_id recruit_id level reason approved_by".split()
    return Payout(
        payout_id=row["id"],
        amount=money(row["amount_minor"], row["currency"]),
        earned_at=row["earned_at_ms"],
        **{name: row[name] for name in names},
    )


def _requests(db: Database, ids: Sequence[str]) -> list[BuybackRequest | None]:
    rows = graph.buybacks.by_ids(db, ids)
    return in_order(ids, ((row["id"], _request(row)) for row in rows))


def _request(row: Row) -> BuybackRequest:
    return BuybackRequest(
        request_id=row["id"],
        distributor_id=row["distributor_id"],
        order_id=row["order_id"],
        requested_at=row["requested_at_ms"],
        paid_at=row["paid_at_ms"],
        amount=money(row["amount_minor"], row["currency"]),
        paid=money(row["paid_amount_minor"], row["currency"]),
    )
