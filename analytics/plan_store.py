"""Plans in the graph: what `plumbline plan save|list|show|lint FILE` and a night need.

A version that is saved never changes; the lint stands before every save. The plan that comes with
Plumbline is a version of its name, valid from 1970, unless one is saved that starts as early.
"""

import dataclasses
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, NamedTuple

import polars as pl

import analytics.assembly
import analytics.plan
import analytics.plan_lint
import graph.plans
import graph.products
from analytics.plan import Plan, Plans
from analytics.plan_lint import Complaint, Report
from graph.connection import Database
from graph.errors import Missing
from graph.keys import PAGE_KEYS_MAX
from graph.settings import Settings


class Saved(NamedTuple):
    """A plan that is in the graph now; `new` is False where the same version was there already."""

    plan: Plan
    new: bool
    warnings: list[Complaint]


def lint(db: Database | None, text: str, settings: Settings) -> Report:
    """What the lint says of a plan file; without a graph the margin check is not evaluable."""
    products = None if db is None else products_of(db)
    return analytics.plan_lint.lint_text(
        text, products, zone=settings.zone, currency=settings.currency
    )


def save(db: Database, text: str, settings: Settings, *, source: str) -> Saved:
    """Keep the version that a file says. Misconfigured with every reason where the lint refuses it.

    Conflict where this name and version, or this name and valid_from, stand for something else.
    """
    report = lint(db, text, settings)
    report = dataclasses.replace(report, complaints=[*report.complaints, *_unnamed(report.plan)])
    plan = report.accepted(source, settings.lang)
    return Saved(plan, _save(db, plan), report.warnings)


def _unnamed(plan: Plan) -> Iterator[Complaint]:
    if not plan.name or not plan.version:
        yield Complaint("unnamed", analytics.plan_lint.REFUSE)


def provide(db: Database, name: str) -> None:
    """Save the plan that comes with Plumbline, where nobody has saved a version of this name."""
    for plan in [] if graph.plans.by_name(db, name) else _shipped(name):
        _save(db, plan)


def _save(db: Database, plan: Plan) -> bool:
    return graph.plans.save(
        db,
        name=plan.name,
        version=plan.version,
        valid_from_ms=plan.valid_from_ms,
        text=plan.text,
        digest=plan.digest,
    )


def versions(db: Database, name: str) -> Plans:
    """All versions of a name, as orders take them; Missing where there are none at all."""
    saved = [read(row) for row in graph.plans.by_name(db, name)]
    begun = {plan.valid_from_ms for plan in saved} | {plan.id for plan in saved}
    whole = [*saved, *(one for one in _shipped(name) if not {one.valid_from_ms, one.id} & begun)]
    if not whole:
        raise Missing(f"there is no plan named {name!r}; save one: plumbline plan save FILE")
    return Plans(whole)


def by_ids(db: Database, ids: list[str]) -> list[Plan]:
    """The plans of these ids (NAME@VERSION), saved or shipped, as far as there are any."""
    saved = {row["id"]: read(row) for row in graph.plans.by_ids(db, ids)}
    for one in (plan for id in ids for plan in _shipped(id.partition("@")[0]) if plan.id == id):
        saved.setdefault(one.id, one)
    return [saved[id] for id in ids if id in saved]


def older(db: Database, current: Plans, used: pl.Series) -> list[Plan]:
    """The plans among `used` (NAME@VERSION, blanks left out) that are no version of the current."""
    known = {plan.id for plan in current.versions}
    return by_ids(db, sorted(set(used.drop_nulls().unique()) - known))


def read(row: dict[str, Any]) -> Plan:
    """The plan of a row of `graph.plans`."""
    return _parsed(row["text"], row["id"])


@lru_cache
def _parsed(text: str, id: str) -> Plan:
    """A saved text never changes, so a service reads it once."""
    return analytics.plan.parse(text, source=f"plan {id}")


@cache
def _shipped(name: str) -> tuple[Plan, ...]:
    return (analytics.plan.shipped(name),) if name in analytics.plan.SHIPPED_NAMES else ()


def products_of(db: Database) -> pl.DataFrame | None:
    """The products of the graph in the columns of a page; None where it has none."""
    last = graph.products.last_key(db)
    pages = [
        analytics.assembly.frame_of(
            "products",
            graph.products.columns(
                db, after=after, upto=min(after + PAGE_KEYS_MAX, last), seq_max=2**62
            ),
        )
        for after in range(-1, last, PAGE_KEYS_MAX)
    ]
    return pl.concat(pages) if pages else None
