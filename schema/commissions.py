"""Commission entries as the API shows them: the ledger, and what it adds up to.

An entry never changes; its state follows from its order's times and the moment asked about.
"""

from collections.abc import Awaitable, Sequence
from typing import Annotated, Any

import strawberry
from strawberry import relay

import graph.commissions
import schema.distributors
import schema.orders
import schema.plans
import schema.runs
from graph.connection import Database
from graph.keys import Row
from schema.coded import Coded, listed
from schema.connections import Connection, Number, connection, page
from schema.context import Info
from schema.fields import field
from schema.links import DistributorLink, OrderLink, PlanLink, RunLink
from schema.money import Money, known
from schema.nodes import in_order
from schema.scalars import Currency, Moment, Period

Place = tuple[int, str]


@strawberry.type(description="One entry of the ledger: it is never changed and never deleted.")
class Entry(relay.Node):
    """A commission entry; identity: order, beneficiary, level, kind, cause."""

    entry_id: str = strawberry.field(description="order|beneficiary|level|kind|cause.")
    order_id: str = strawberry.field(description="The own id of the order.")
    beneficiary_id: str = strawberry.field(description="The own id of the beneficiary.")
    level: int = strawberry.field(description="The paid level, from 1.")
    cause: str = strawberry.field(
        description="The event behind it: an order, a refund, a cancellation."
    )
    amount: Money = strawberry.field(description="Signed; a reversal is negative.")
    booked_at: Moment = strawberry.field(description="The event's own time.")
    period: Period = strawberry.field(description="The company's month that it belongs to.")
    plan_id: str = strawberry.field(description="NAME@VERSION of the plan.")
    run_id: str = strawberry.field(description="The run that booked it.")
    row: strawberry.Private[Row]

    @classmethod
    def resolve_id(cls, root: Any, *, info: Info) -> str:
        """The entry's identity within the global id."""
        return str(root.entry_id)

    @field("Accrual, reversal, release, withdrawal or adjustment.")
    def kind(self, info: Info) -> Coded:
        """A word of ENTRY_KIND."""
        return listed("entry_kind", self.row["kind"], info.context.lang)

    @field("Pending, frozen or available at a moment.")
    def state(
        self,
        info: Info,
        as_of: Annotated[
            Moment | None,
            strawberry.argument(description="The moment asked about; now if left out."),
        ] = None,
    ) -> Coded:
        """A word of ENTRY_STATE."""
        word = graph.commissions.state_at(self.row, info.context.as_of(as_of))
        return listed("entry_state", word, info.context.lang)

    @field("When it becomes available; null while its trigger is awaited.")
    def available_at(self) -> Moment | None:
        """Trigger time and freeze days."""
        at_ms = graph.commissions.available_at_ms(self.row)
        return None if at_ms is None else Moment(at_ms)

    @field("The order.", gives=OrderLink | None)
    def order(self, info: Info) -> Awaitable["schema.orders.Order | None"]:
        """Read with all others of its level."""
        return info.context.batches.load(schema.orders.by_ids, self.order_id)

    @field("Who earned it.", gives=DistributorLink | None)
    def beneficiary(self, info: Info) -> Awaitable["schema.distributors.Distributor | None"]:
        """Read with all others of its level."""
        return info.context.batches.load(schema.distributors.by_ids, self.beneficiary_id)

    @field("The plan version that gave it.", gives=PlanLink | None)
    def plan(self, info: Info) -> Awaitable["schema.plans.PlanVersion | None"]:
        """Read with all others of its level."""
        return info.context.batches.load(schema.plans.by_ids, self.plan_id)

    @field("The run that booked it.", gives=RunLink | None)
    def run(self, info: Info) -> Awaitable["schema.runs.Run | None"]:
        """Read with all others of its level."""
        return info.context.batches.load(schema.runs.by_ids, self.run_id)


@strawberry.type(description="The entries of one kind and level.")
class EntryTotal:
    """A part of a currency's total."""

    level: int = strawberry.field(description="The paid level.")
    amount: Money = strawberry.field(description="Their sum, signed.")
    entries: int = strawberry.field(description="How many there are.")
    word: strawberry.Private[str]

    @field("Their kind.")
    def kind(self, info: Info) -> Coded:
        """A word of ENTRY_KIND."""
        return listed("entry_kind", self.word, info.context.lang)


@strawberry.type(description="What entries add up to in one currency.")
class CurrencyTotal:
    """One currency by itself."""

    currency: Currency = strawberry.field(description="The currency.")
    amount: Money = strawberry.field(description="The sum of all its entries, reversals included.")
    entries: int = strawberry.field(description="How many entries there are.")
    parts: list[EntryTotal] = strawberry.field(description="The same by kind and level.")


def by_ids(db: Database, ids: Sequence[str]) -> list[Entry | None]:
    """Entries in the order of `ids`."""
    return in_order(ids, ((row["id"], entry(row)) for row in graph.commissions.by_ids(db, ids)))


def of_orders(db: Database, order_ids: Sequence[str]) -> list[list[Entry]]:
    """The entries of each order, in the ledger's order."""
    found: dict[str, list[Entry]] = {id: [] for id in order_ids}
    for row in graph.commissions.of_orders(db, order_ids):
        found[row["order_id"]].append(entry(row))
    return [found[id] for id in order_ids]


def totals_of(db: Database, ids: Sequence[str], period: str | None) -> list[list[Row]]:
    """The totals of each beneficiary, by currency, kind and level."""
    found: dict[str, list[Row]] = {id: [] for id in ids}
    for row in graph.commissions.totals(db, ids, period):
        found[row["beneficiary_id"]].append(row)
    return [found[id] for id in ids]


async def of_beneficiary(
    info: Info, id: str, period: str | None, first: int | None, after: str | None
) -> Connection[Entry]:
    """A page of a beneficiary's entries, oldest first."""
    asked = page(first, after, tuple[Number, str])
    rows = await info.context.batches.load(_pages, id, asked.after, asked.rows, period)

    async def count() -> int:
        parts = await info.context.batches.load(totals_of, id, period)
        return sum(row["entries"] for row in parts)

    return connection(rows, asked, lambda row: (row["booked_at_ms"], row["id"]), entry, count)


def _pages(
    db: Database, ids: Sequence[str], after: Place | None, rows: int, period: str | None
) -> list[list[Row]]:
    """One page for each beneficiary, together, so that what hangs on the entries is too."""
    page_of = graph.commissions.page_of_beneficiary
    return [page_of(db, id, after=after, first=rows, period=period) for id in ids]


def by_currency(rows: Sequence[Row]) -> list[CurrencyTotal]:
    """Rows {currency, kind, level, amount_minor, entries} as totals, one for each currency."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["currency"], []).append(row)
    return [_total(currency, parts) for currency, parts in sorted(found.items())]


def _total(currency: str, parts: list[Row]) -> CurrencyTotal:
    return CurrencyTotal(
        currency=Currency(currency),
        amount=known(sum(row["amount_minor"] for row in parts), currency),
        entries=sum(row["entries"] for row in parts),
        parts=[
            EntryTotal(
                level=row["level"],
                amount=known(row["amount_minor"], currency),
                entries=row["entries"],
                word=row["kind"],
            )
            for row in parts
        ],
    )


def entry(row: Row) -> Entry:
    """An entry of a stored row."""
    return Entry(
        entry_id=row["id"],
        order_id=row["order_id"],
        beneficiary_id=row["beneficiary_id"],
        level=row["level"],
        cause=row["cause"],
        amount=known(row["amount_minor"], row["currency"]),
        booked_at=Moment(row["booked_at_ms"]),
        period=Period(row["period"]),
        plan_id=row["plan"],
        run_id=row["run_id"],
        row=row,
    )
