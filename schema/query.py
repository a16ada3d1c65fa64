"""The index of what can be asked: every root field of the API, one after the other.

A lookup takes `id`, the own id as in files, or `nodeId`, the global id of an `id` field; what is
unknown, or outside the viewer's scope, is null. Lists are connections by key.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, TypeVar

import strawberry
from strawberry import relay

import schema.audit
import schema.cases
import schema.commissions
import schema.customers
import schema.desk
import schema.distributors
import schema.findings
import schema.network
import schema.orders
import schema.plans
import schema.products
import schema.reports
import schema.rules
import schema.runs
import schema.verdicts
import schema.what_if
from schema.cases import CaseState
from schema.connections import After, Connection, First
from schema.context import Info
from schema.fields import field
from schema.findings import FindingFilter, FindingSort
from schema.limits import NODES_MAX
from schema.nodes import own_id, type_and_own_id
from schema.refusals import BadInput
from schema.reports import ReportKind
from schema.scalars import Day, Moment
from schema.verdicts import ScopeKind

OwnId = Annotated[str | None, strawberry.argument(description="The own id, as in files: D7, O1.")]
NodeId = Annotated[
    strawberry.ID | None, strawberry.argument(description="The global id, as `id` fields give it.")
]
GlobalId = Annotated[
    strawberry.ID, strawberry.argument(description="A global id, as `id` fields give it.")
]

V = TypeVar("V")

LOADS: dict[str, Callable[..., Sequence[Any]]] = {
    "Distributor": schema.distributors.by_ids,
    "Customer": schema.customers.by_ids,
    "Product": schema.products.by_ids,
    "Order": schema.orders.by_ids,
    "Entry": schema.commissions.by_ids,
    "PlanVersion": schema.plans.by_ids,
    "Run": schema.runs.by_ids,
    "Finding": schema.findings.by_ids,
    "Case": schema.cases.by_ids,
}
"""How a node of each type is read."""


@strawberry.type(description="Everything that can be asked.")
class Query:
    """The root."""

    @field("Anything with a global id; null where there is no such thing.")
    async def node(self, info: Info, id: GlobalId) -> relay.Node | None:
        """By the type in the global id."""
        found: relay.Node | None = await _node(info, id)
        return found

    @field(
        f"Up to {NODES_MAX} things by global id, in the order asked for, null where"
        " there is no such thing."
    )
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="Global ids.")],
    ) -> list[relay.Node | None]:
        """Those of one type are read together."""
        if len(ids) > NODES_MAX:
            raise BadInput(f"{len(ids)} ids; at most {NODES_MAX} at once")
        return list(await asyncio.gather(*(_node(info, id) for id in ids)))

    @field("One distributor.")
    async def distributor(
        self, info: Info, id: OwnId = None, node_id: NodeId = None
    ) -> schema.distributors.Distributor | None:
        """By own or global id."""
        return await _one(info, schema.distributors.by_ids, id, node_id)

    @field("All distributors in the order in which they were loaded.")
    async def distributors(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[schema.distributors.Distributor]:
        """A page of them."""
        return await schema.network.everybody(info, first, after)

    @field("One customer.")
    async def customer(
        self, info: Info, id: OwnId = None, node_id: NodeId = None
    ) -> schema.customers.Customer | None:
        """By own or global id."""
        return await _one(info, schema.customers.by_ids, id, node_id)

    @field("One product.")
    async def product(
        self, info: Info, id: OwnId = None, node_id: NodeId = None
    ) -> schema.products.Product | None:
        """By own or global id."""
        return await _one(info, schema.products.by_ids, id, node_id)

    @field("One order.")
    async def order(
        self, info: Info, id: OwnId = None, node_id: NodeId = None
    ) -> schema.orders.Order | None:
        """By own or global id."""
        own = own_id("Order", id, node_id)
        if own is None:
            return None
        schema.orders.read_ahead(info, own)
        return await info.context.batches.load(schema.orders.by_ids, own)

    @field("One entry of the ledger, by order|beneficiary|level|kind|cause.")
    async def entry(
        self, info: Info, id: OwnId = None, node_id: NodeId = None
    ) -> schema.commissions.Entry | None:
        """By own or global id."""
        return await _one(info, schema.commissions.by_ids, id, node_id)

    @field(
        "Who would earn what on an order that is not saved, and why the others would"
        " not. Nothing is written."
    )
    async def what_if(
        self,
        info: Info,
        order: Annotated[schema.what_if.WhatIfOrder, strawberry.argument(description="The order.")],
    ) -> schema.what_if.WhatIf:
        """Worked out by the engine of the night."""
        return await schema.what_if.what_if(info, order)

    @field("The saved versions of a plan by valid-from.")
    async def plan_versions(
        self,
        info: Info,
        name: Annotated[
            str | None, strawberry.argument(description="Its name; the company's plan if left out.")
        ] = None,
    ) -> list[schema.plans.PlanVersion]:
        """All of one name."""
        return await schema.plans.versions(info, name)

    @field("One plan version, by NAME@VERSION.")
    async def plan_version(
        self, info: Info, id: OwnId = None, node_id: NodeId = None
    ) -> schema.plans.PlanVersion | None:
        """By own or global id."""
        return await _one(info, schema.plans.by_ids, id, node_id)

    @field("The last attempt of the night of a day.")
    async def run(
        self,
        info: Info,
        as_of: Annotated[Day, strawberry.argument(description="The night's as-of day.")],
    ) -> schema.runs.Run | None:
        """Null where no night ran for that day."""
        return await schema.runs.of_day(info, as_of)

    @field("All nights, newest first.")
    async def runs(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[schema.runs.Run]:
        """A page of them."""
        return await schema.runs.all_runs(info, first, after)

    @field("The as-of day of the last finished night; null before the first one.")
    async def data_as_of(self, info: Info) -> Day | None:
        """What the ledger is complete up to."""
        return await schema.runs.data_as_of(info)

    @field("What a network, an organiser, a branch or a distributor came to, as of a day.")
    async def verdict(
        self,
        info: Info,
        scope_kind: Annotated[
            ScopeKind | None,
            strawberry.argument(description="What it is about; the network if left out."),
        ] = None,
        scope_id: Annotated[
            str, strawberry.argument(description='Own ids joined by "+"; empty: the network.')
        ] = "",
        as_of: Annotated[
            Day | None, strawberry.argument(description="The day; the last night if left out.")
        ] = None,
    ) -> schema.verdicts.Verdict | None:
        """Null where nothing was judged by then."""
        return await schema.verdicts.of_scope(
            info, scope_kind or ScopeKind.NETWORK, scope_id, as_of
        )

    @field("Findings that pass a filter, worst or newest first.")
    async def findings(
        self,
        info: Info,
        filter: Annotated[
            FindingFilter | None, strawberry.argument(description="Which; all if left out.")
        ] = None,
        sort: Annotated[
            FindingSort | None,
            strawberry.argument(description="In which order; worst first if left out."),
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[schema.findings.Finding]:
        """A page of them."""
        return await schema.findings.found(info, filter, sort or FindingSort.SEVERITY, first, after)

    @field("One finding, by RULE|KIND|SCOPE|PACK.")
    async def finding(
        self, info: Info, id: OwnId = None, node_id: NodeId = None
    ) -> schema.findings.Finding | None:
        """By own or global id."""
        return await _one(info, schema.findings.by_ids, id, node_id)

    @field("All rules, in the order of the rulebook.")
    def rules(self) -> list[schema.rules.Rule]:
        """With their words, numbers and sources; needs no database."""
        return schema.rules.all_rules()

    @field("One rule.")
    def rule(
        self, id: Annotated[str, strawberry.argument(description="Its id, such as REC-001.")]
    ) -> schema.rules.Rule | None:
        """Null where the rulebook has none of this id."""
        return schema.rules.by_id(id)

    @field("A report of a night that is kept, as tables of typed columns.")
    async def report(
        self,
        info: Info,
        kind: Annotated[ReportKind, strawberry.argument(description="Which report.")],
        as_of: Annotated[
            Day | None, strawberry.argument(description="The day; the last night if left out.")
        ] = None,
    ) -> schema.reports.NightReport | None:
        """Null where no such night is kept."""
        return await schema.reports.of_night(info, kind, as_of)

    @field("One case.")
    async def case(
        self, info: Info, id: OwnId = None, node_id: NodeId = None
    ) -> schema.cases.Case | None:
        """By own or global id."""
        return await _one(info, schema.cases.by_ids, id, node_id)

    @field("Cases in one state, due first.")
    async def cases(
        self,
        info: Info,
        state: Annotated[
            CaseState | None, strawberry.argument(description="Open, if left out, or closed.")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[schema.cases.Case]:
        """A page of them."""
        return await schema.cases.by_due(info, state or CaseState.OPEN, first, after)

    @field("Changes of rules, thresholds and settings that wait for a second person.")
    async def changes_waiting(self, info: Info) -> list[schema.rules.Change]:
        """Oldest first."""
        return await info.context.read(schema.desk.changes_in, "PROPOSED")

    @field("The audit, newest first.")
    async def audit(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[schema.audit.AuditEntry]:
        """A page of the chain."""
        return await schema.audit.latest(info, first, after)

    @field("Where the audit's chain ends: keep its hash outside.")
    async def audit_head(self, info: Info) -> schema.audit.AuditHead:
        """`plumbline audit verify --head HASH` asks for it later."""
        return await schema.audit.head(info)

    @field("The moment that this answer takes as now.")
    def now(self, info: Info) -> Moment:
        """One moment for the whole request; needs no database."""
        return Moment(info.context.now_ms)


def _node(info: Info, global_id: str) -> Awaitable[Any]:
    """What a global id names; what is no global id names nothing."""
    parts = type_and_own_id(global_id)
    if parts is None or parts[0] not in LOADS:
        return _nothing()
    return info.context.batches.load(LOADS[parts[0]], parts[1])


async def _nothing() -> None:
    return None


async def _one(
    info: Info, one: Callable[..., Sequence[V | None]], id: str | None, node_id: str | None
) -> V | None:
    """What `one`, a value of LOADS, reads for the only id given."""
    kind = next(name for name, load in LOADS.items() if load is one)
    own = own_id(kind, id, node_id)
    return None if own is None else await info.context.batches.load(one, own)
