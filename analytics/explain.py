"""Why: the commission path of an order at any time, saved or not, by the engine that pays it.

For an order that a night has worked out, the path it was given then, from what was frozen; for one
that no night has seen, and for one that nobody has saved, what it would give on today's data. Money
is exact minor units; outcomes and predicates are the words of graph.model and graph.words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl

import analytics.around
import analytics.commission
import analytics.night_totals
import analytics.plan_store
import analytics.unsaved
import graph.commissions
import graph.orders
from analytics.amounts import MILLI
from analytics.around import Around, Asked
from analytics.columns import Columns
from analytics.commission_schema import PREDICATES, Conservation, Note, Worked
from analytics.plan import Plan
from analytics.unsaved import Order
from graph.connection import Database
from graph.errors import Missing
from graph.keys import Row
from graph.model import OUTCOME
from graph.money import Exact
from graph.settings import Settings

FAILED = (*PREDICATES, "unlock")


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
    origin: Literal["frozen", "today", "what_if"]
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
    rows = {row["id"]: row for row in graph.orders.by_ids(db, order_ids)}
    if not rows:
        return {}
    asked = analytics.around.saved(db, sorted(row["key"] for row in rows.values()))
    answer = _Answer.of(db, asked, [row["key"] for row in rows.values()], settings, now_ms)
    entries = _entries(db, list(rows), now_ms)
    return {id: answer.explanation(row["key"], id, entries.get(id, ())) for id, row in rows.items()}


def what_if(db: Database, unsaved: Order, *, settings: Settings, now_ms: int) -> Explanation:
    """What an unsaved order would give; Missing for a seller, buyer or product nobody knows."""
    asked = analytics.unsaved.asked(db, unsaved)
    key = analytics.around.UNSAVED_KEY
    answer = _Answer.of(db, asked, [key], settings, max(now_ms, unsaved.paid_at_ms))
    return answer.explanation(key, None, ())


@dataclass(frozen=True)
class _Answer:
    """A batch worked out, ready to be read order by order."""

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
            older = analytics.plan_store.older(db, current, columns.frozen["plan"])
            worked = analytics.commission.work_out(
                columns,
                current,
                as_of_ms=now_ms,
                zone=settings.zone,
                orders=np.flatnonzero(columns.orders["key"].is_in(keys)).astype(np.int32),
                older=older,
                currency=settings.currency,
            )
            if not len(worked.unfinished):
                break
            around.higher()
        return cls(columns, worked, {plan.id: plan for plan in (*current.versions, *older)})

    def explanation(self, key: int, id: str | None, entries: Sequence[Row]) -> Explanation:
        """The explanation of the order with this key."""
        row = int(self.columns.orders["key"].index_of(key) or 0)
        order = self.columns.orders.row(row, named=True)
        frozen = self._of_order(self.columns.frozen, row)
        plan = self._plan_of(row)
        rows = self._of_order(self.worked.paths, row)
        return Explanation(
            order_id=id,
            origin="what_if" if id is None else "frozen" if frozen else "today",
            plan=plan.id if plan else None,
            seller_id=self._id(order["seller_row"]),
            currency=order["currency"],
            paid_at_ms=order["paid_at"],
            path=tuple(self._place(one) for one in rows),
            lines=tuple(self._line(one) for one in self._of_order(self.worked.path_lines, row)),
            conservation=_conservation(rows, plan),
            notes=tuple(note for note in self.worked.notes if note.id == order["id"]),
            entries=tuple(entries),
        )

    def _of_order(self, frame: pl.DataFrame, row: int) -> list[dict[str, Any]]:
        return frame.filter(pl.col("order_row") == row).to_dicts()

    def _plan_of(self, row: int) -> Plan | None:
        for frame in (self.columns.frozen, self.worked.frozen):
            for found in self._of_order(frame, row):
                return None if found["plan"] is None else self.plans[found["plan"]]
        return None

    def _id(self, row: int) -> str | None:
        return None if row < 0 else str(self.columns.distributors["id"][row])

    def _place(self, one: Mapping[str, Any]) -> Place:
        return Place(
            position=one["position"],
            beneficiary_id=self._id(one["beneficiary_row"]),
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

    def _line(self, one: Mapping[str, Any]) -> LinePlace:
        return LinePlace(
            line_no=one["line_no"],
            position=one["position"],
            beneficiary_id=self._id(one["beneficiary_row"]),
            level=one["level"] or None,
            rate=one["rate"],
            rate_source=one["rate_source"],
            base=Exact(one["base_milli"], MILLI),
            share=Exact(one["share_num"], one["share_den"]),
        )


def _conservation(rows: Sequence[Mapping[str, Any]], plan: Plan | None) -> Conservation:
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
