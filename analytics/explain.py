"""Why: the commission path of an order at any time, saved or not, by the engine that pays it.

For an order that a night has worked out, the path it was given then, from what was frozen, by
`analytics.recall`; for one that no night has seen, and for one that nobody has saved, what it would
give on today's data, by `analytics.commission`: one set of kernels, two ways to reach them.
Money is exact minor units; outcomes and predicates are the words of graph.model and graph.words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import polars as pl

import analytics.around
import analytics.commission
import analytics.night_totals
import analytics.plan_store
import analytics.recall
import analytics.unsaved
import graph.around
import graph.commissions
from analytics.amounts import MILLI
from analytics.around import Around, Asked
from analytics.columns import Columns
from analytics.commission_schema import PREDICATES, Conservation, Note, Worked
from analytics.plan import Plan
from analytics.recall import Recalled, Version
from analytics.unsaved import Order
from graph.connection import Database
from graph.errors import Missing
from graph.keys import Row
from graph.model import OUTCOME
from graph.money import Exact
from graph.settings import Settings

FAILED = (*PREDICATES, "unlock")
Origin = Literal["frozen", "today", "what_if"]


@dataclass(frozen=True)
class Place:
    """One row of a path: an ancestor, paid or not, or a paid level that nobody stands for."""

    position: int | None  # 0: the seller; None: nobody
    beneficiary_id: str | None
    level: int | None
    rank: str | None
    rate: str | None  # decimal; None: a fixed amount, lines that differ, no level
    rate_source: str | None
    base: Exact  # minor units
    share: Exact  # minor units before rounding
    amount: int
    cut: int  # what a cap took
    outcome: str
    failed: tuple[str, ...]  # every predicate that failed, whatever the compression made of it


@dataclass(frozen=True)
class LinePlace:
    """One row of a path for one line, where the lines of an order differ."""

    line_no: int
    position: int | None
    beneficiary_id: str | None
    level: int | None
    rate: str | None
    rate_source: str | None
    base: Exact
    share: Exact


@dataclass(frozen=True)
class Explanation:
    """The whole answer for one order. `origin` says where the path comes from."""

    order_id: str | None  # None: not saved
    origin: Origin
    plan: str | None  # NAME@VERSION; None: no plan was in force
    seller_id: str | None
    currency: str
    paid_at_ms: int | None
    path: tuple[Place, ...]
    lines: tuple[LinePlace, ...]
    conservation: Conservation
    notes: tuple[Note, ...]
    entries: tuple[Row, ...] = ()  # graph.commissions.of_orders, with `state`, `available_at_ms`


def order(db: Database, order_id: str, *, settings: Settings, now_ms: int) -> Explanation:
    """The explanation of one order; Missing where there is none."""
    found = orders(db, [order_id], settings=settings, now_ms=now_ms)
    if order_id not in found:
        raise Missing(f"there is no order {order_id!r}")
    return found[order_id]


def orders(
    db: Database, order_ids: Sequence[str], *, settings: Settings, now_ms: int
) -> dict[str, Explanation]:
    """Explanations by id, of the ids that exist, in a bounded number of statements."""
    found = paths(db, order_ids, settings=settings, now_ms=now_ms)
    entries = _entries(db, list(found), now_ms) if found else {}
    return {id: replace(one, entries=tuple(entries.get(id, ()))) for id, one in found.items()}


def paths(
    db: Database, order_ids: Sequence[str], *, settings: Settings, now_ms: int
) -> dict[str, Explanation]:
    """The same without entries: one statement, unless there are orders that no night has seen."""
    rows = graph.around.orders(db, order_ids)
    unseen = [row for row in rows if row["plan"] is None]
    earning = analytics.recall.earning(unseen, now_ms) if unseen else set()
    fresh = [row for row in unseen if row["id"] in earning]
    found = _today(db, fresh, settings, now_ms) if fresh else {}
    versions = _versions(db, rows)
    for plan in {row["plan"] for row in rows} - {None}:
        frozen = [row for row in rows if row["plan"] == plan]
        found |= _frozen(frozen, versions.get(plan), settings.currency, now_ms)
    return {row["id"]: found.get(row["id"]) or _nothing(row) for row in rows}


def what_if(db: Database, unsaved: Order, *, settings: Settings, now_ms: int) -> Explanation:
    """What an unsaved order would give; Missing for a seller, buyer or product nobody knows."""
    asked = analytics.unsaved.asked(db, unsaved)
    key = analytics.around.UNSAVED_KEY
    answer = _Answer.of(db, asked, [key], settings, max(now_ms, unsaved.paid_at_ms))
    return answer.explanation(key, None)


_READ: dict[tuple[str, str | None], Version] = {}
"""Plan versions by id and digest: a saved one never changes, so each is read and parsed once."""


def _versions(db: Database, rows: Sequence[Row]) -> dict[str, Version]:
    """The plans that frozen orders carry, by id; Missing where one is not at hand."""
    wanted = {(row["plan"], row["plan_digest"]) for row in rows if row["plan"]}
    unread = wanted - _READ.keys()
    plans = analytics.plan_store.by_ids(db, sorted(id for id, _ in unread)) if unread else []
    read = {plan.id: Version(plan) for plan in plans}
    if unknown := sorted(id for id, _ in unread if id not in read):
        raise Missing(f"frozen orders carry plans that are not at hand: {', '.join(unknown)}")
    _READ.update({(id, digest): read[id] for id, digest in unread})
    return {id: _READ[id, digest] for id, digest in wanted}


def _today(
    db: Database, fresh: Sequence[Row], settings: Settings, now_ms: int
) -> dict[str, Explanation]:
    """Orders that no night has frozen, as a night would work them out now."""
    keys = [row["key"] for row in fresh]
    answer = _Answer.of(db, analytics.around.saved(db, keys), keys, settings, now_ms)
    return {row["id"]: answer.explanation(row["key"], row["id"]) for row in fresh}


def _frozen(
    rows: Sequence[Row], version: Version | None, currency: str, now_ms: int
) -> dict[str, Explanation]:
    """Orders that a night has frozen under one plan version, or under none."""
    if version is None:
        worked = [Recalled([], [], [Note("no_plan", row["id"])]) for row in rows]
    else:
        worked = analytics.recall.work_out(rows, version, currency)
    plan = None if version is None else version.plan
    return {
        row["id"]: _explained(row, "frozen", plan, one if _reached(row, now_ms) else NOTHING)
        for row, one in zip(rows, worked, strict=True)
    }


NOTHING = Recalled([], [], [])


def _reached(row: Row, now_ms: int) -> bool:
    return analytics.recall.when(row) <= now_ms


def _nothing(row: Row) -> Explanation:
    """An order that nobody earns on yet."""
    return _explained(row, "today", None, NOTHING)


def _explained(row: Row, origin: Origin, plan: Plan | None, worked: Recalled) -> Explanation:
    return Explanation(
        order_id=row["id"],
        origin=origin,
        plan=plan.id if plan else None,
        seller_id=row["seller_id"],
        currency=row["currency"],
        paid_at_ms=row["paid_at"],
        path=tuple(map(_place, worked.path)),
        lines=tuple(map(_line, worked.lines)),
        conservation=_conservation(worked.path, plan),
        notes=tuple(worked.notes),
    )


@dataclass(frozen=True)
class _Answer:
    """A batch worked out by the engine on columns, ready to be read order by order."""

    columns: Columns
    worked: Worked
    plans: Mapping[str, Plan]

    @classmethod
    def of(
        cls, db: Database, asked: Asked, keys: Sequence[int], settings: Settings, now_ms: int
    ) -> "_Answer":
        """Work the orders at `keys` out, with as many hops of the upline as the engine needs."""
        current = analytics.plan_store.versions(db, settings.plan)
        around = Around.of(db, asked, current.versions)
        while True:
            columns = around.columns()
            worked = analytics.commission.work_out(
                columns,
                current,
                as_of_ms=now_ms,
                zone=settings.zone,
                orders=np.flatnonzero(columns.orders["key"].is_in(keys)).astype(np.int32),
                currency=settings.currency,
            )
            if not len(worked.unfinished):
                break
            around.higher()
        return cls(columns, worked, {plan.id: plan for plan in current.versions})

    def explanation(self, key: int, id: str | None) -> Explanation:
        """The explanation of the order with this key."""
        row = int(self.columns.orders["key"].index_of(key) or 0)
        order = self.columns.orders.row(row, named=True)
        worked = Recalled(
            self._of_order(self.worked.paths, row),
            self._of_order(self.worked.path_lines, row),
            [note for note in self.worked.notes if note.id == order["id"]],
        )
        facts = {**order, "id": id, "seller_id": self._id(order["seller_row"])}
        origin: Origin = "what_if" if id is None else "today"
        return _explained(facts, origin, self._plan_of(row), worked)

    def _of_order(self, frame: pl.DataFrame, row: int) -> list[Row]:
        mine = frame.filter(pl.col("order_row") == row).to_dicts()
        return [{**one, "beneficiary": self._id(one["beneficiary_row"])} for one in mine]

    def _plan_of(self, row: int) -> Plan | None:
        carried = self.worked.frozen.filter(pl.col("order_row") == row)["plan"].drop_nulls()
        return self.plans[carried[0]] if len(carried) else None

    def _id(self, row: int) -> str | None:
        return None if row < 0 else str(self.columns.distributors["id"][row])


def _place(one: Row) -> Place:
    return Place(
        position=one["position"],
        beneficiary_id=one["beneficiary"],
        level=one["level"] or None,
        rank=one["rank"],
        rate=one["rate"],
        rate_source=one["rate_source"],
        base=Exact(one["base_milli"], MILLI),
        share=Exact(one["share_num"], one["share_den"]),
        amount=one["amount"],
        cut=one["cut"],
        outcome=OUTCOME[one["outcome"]],
        failed=tuple(word for bit, word in enumerate(FAILED) if one["failed"] >> bit & 1),
    )


def _line(one: Row) -> LinePlace:
    return LinePlace(
        line_no=one["line_no"],
        position=one["position"],
        beneficiary_id=one["beneficiary"],
        level=one["level"] or None,
        rate=one["rate"],
        rate_source=one["rate_source"],
        base=Exact(one["base_milli"], MILLI),
        share=Exact(one["share_num"], one["share_den"]),
    )


def _conservation(rows: Sequence[Row], plan: Plan | None) -> Conservation:
    """Of one order, by the rows of its path; a differential plan promises its highest rate."""
    shares = [Exact(row["share_num"], row["share_den"]) for row in rows]
    passed = [row["gate"] in analytics.night_totals.MONEY_OUTCOMES for row in rows]
    granted = [row["amount"] + row["cut"] for row in rows]
    promised = sum(shares, Exact(0))
    if plan is not None and plan.kind == "differential" and rows:
        promised = Exact(rows[0]["base_milli"], MILLI) * max(plan.rank_rates.values())
    kept = [(share, given) for share, given, ok in zip(shares, granted, passed, strict=True) if ok]
    return Conservation(
        promised=promised,
        paid=sum(row["amount"] for row in rows),
        breakage=promised - sum((share for share, _ in kept), Exact(0)),
        capped=sum(row["cut"] for row in rows),
        rounding=sum((share - given for share, given in kept), Exact(0)),
    )


def _entries(db: Database, order_ids: list[str], now_ms: int) -> dict[str, list[Row]]:
    """Booked entries by order, each with its state now and when it becomes available."""
    found: dict[str, list[Row]] = {}
    for entry in graph.commissions.of_orders(db, order_ids):
        state = {
            "state": graph.commissions.state_at(entry, now_ms),
            "available_at_ms": graph.commissions.available_at_ms(entry),
        }
        found.setdefault(entry["order_id"], []).append({**entry, **state})
    return found
