"""Plan versions as the API shows them: immutable, each valid until the next of its name."""

from collections.abc import Sequence
from typing import Any

import strawberry
from strawberry import relay

import analytics.plan_store
from analytics.plan import Plan
from graph.connection import Database
from graph.errors import Missing
from schema.context import Info
from schema.nodes import in_order
from schema.scalars import Moment


@strawberry.type(description="One version of a commission plan; it never changes once saved.")
class PlanVersion(relay.Node):
    """A plan version, saved or shipped with Plumbline."""

    plan_id: str = strawberry.field(description="NAME@VERSION, as entries name it.")
    name: str = strawberry.field(description="The plan's name.")
    version: str = strawberry.field(description="The version's name.")
    valid_from: Moment = strawberry.field(description="Valid for orders paid from this moment on.")
    digest: str = strawberry.field(description="The sha256 of what it means.")
    text: str = strawberry.field(description="The plan file (TOML) with every parameter.")

    @classmethod
    def resolve_id(cls, root: Any, *, info: Info) -> str:
        """NAME@VERSION within the global id."""
        return str(root.plan_id)


def by_ids(db: Database, ids: Sequence[str]) -> list[PlanVersion | None]:
    """Plan versions in the order of `ids`."""
    plans = analytics.plan_store.by_ids(db, list(ids))
    return in_order(ids, ((plan.id, _version(plan)) for plan in plans))


async def versions(info: Info, name: str | None) -> list[PlanVersion]:
    """The versions of one name by valid-from; of the company's plan where none is given."""
    asked = info.context.settings.plan if name is None else name
    return await info.context.read(_versions, asked)


def _versions(db: Database, name: str) -> list[PlanVersion]:
    try:
        return [_version(plan) for plan in analytics.plan_store.versions(db, name).versions]
    except Missing:
        return []


def _version(plan: Plan) -> PlanVersion:
    return PlanVersion(
        plan_id=plan.id,
        name=plan.name,
        version=plan.version,
        valid_from=Moment(plan.valid_from_ms),
        digest=plan.digest,
        text=plan.text,
    )
