"""Entries and closed months in plain Python, on top of `tests.analytics.oracle`."""

from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from math import floor
from typing import Any
from zoneinfo import ZoneInfo

from analytics.plan import Plan
from graph.model import DAY_MS
from tests.analytics.oracle import Left, Row, entitle, lines_of, path
from tests.analytics.worlds import Order, Refund, World


def refund(lines: list[Left], amount: Fraction, line_no: int | None, milli: int | None) -> None:
    left = sum((one.paid - one.refunded for one in lines), Fraction(0))
    if amount >= left > 0:
        for one in lines:
            one.void = True
        return
    for one in lines:
        if one.line and line_no is not None and one.line.line_no == line_no:
            amount -= take(one, amount, milli)
    spread(lines, min(amount, left))


def take(one: Left, amount: Fraction, milli: int | None = None) -> Fraction:
    part = min(amount, one.paid - one.refunded)
    one.refunded += part
    if milli is None:
        one.by_amount += part
    else:
        one.units_back = min(one.units, one.units_back + Fraction(abs(milli), 1000))
    return part


def spread(lines: list[Left], amount: Fraction) -> None:
    """By what remains of each line's paid amount, largest remainder, whole minor units."""
    left = sum((one.paid - one.refunded for one in lines), Fraction(0))
    amount = min(amount, left)
    if amount <= 0:
        return
    unit = Fraction(1) if amount.denominator == 1 else Fraction(1, 1000)
    ideal = [amount * (one.paid - one.refunded) / left / unit for one in lines]
    shares = [floor(share) for share in ideal]
    order = sorted(range(len(lines)), key=lambda i: (shares[i] - ideal[i], i))
    for i in order[: int(amount / unit) - sum(shares)]:
        shares[i] += 1
    rest = amount
    for one, share in zip(lines, shares, strict=True):
        rest -= take(one, share * unit)
    for one in lines:
        rest -= take(one, rest)


def cancel(lines: list[Left], cancellation: Order) -> None:
    amount = Fraction(abs(cancellation.amount or 0))
    parts: list[tuple[int | None, Fraction, int]] = [(None, amount, 0)]
    if cancellation.lines:
        parts = [
            (one.product, max(-one.paid, Fraction(0)), -one.milli) for one in cancellation.lines
        ]
    left = sum((one.paid - one.refunded for one in lines), Fraction(0))
    if sum(amount for _, amount, _ in parts) >= left > 0:
        for one in lines:
            one.void = True
        return
    rest = Fraction(0)
    for product, amount, milli in parts:
        milli = max(0, milli)
        for one in lines:
            if (
                product is not None
                and one.line
                and one.line.product == product
                and (amount or milli)
            ):
                had = one.units - one.units_back
                amount -= take(one, amount, milli)
                milli -= min(milli, int(had * 1000))
        rest += amount
    spread(lines, rest)


def happened(world: World, at: int, as_of: int) -> list[tuple[int, str, Any]]:
    """What happened to an order by as-of: time, cause and what it was."""
    order = world.orders[at]
    events: list[tuple[int, str, Any]] = []
    for one in world.refunds:
        if one.order == at:
            events.append((one.refunded_at, one.id, one))
    for other in world.orders:
        if other.kind == "cancellation" and other.cancels == at:
            if other.status not in ("created", "cancelled"):
                events.append((other.ordered_at, other.id, other))
    if order.status == "cancelled":
        when = order.cancelled_at if order.cancelled_at is not None else order.time
        events.append((when, f"{order.id}:cancelled", None))
    return sorted((event for event in events if event[0] <= as_of), key=lambda event: event[:2])


@dataclass
class Entry:
    order: int
    person: int
    level: int
    kind: str
    cause: str
    amount: int
    booked_at: int
    state: str
    available_at: int | None


@dataclass
class Books:
    """All that the oracle finds."""

    rows: list[Row]
    entries: list[Entry]
    last: dict[int, tuple[list[Row], Fraction]]  # by order: entitlement and base at as-of


def works(order: Order, as_of: int) -> bool:
    if order.kind == "sale":
        return order.paid_at is not None and order.paid_at <= as_of
    lone = order.kind == "cancellation" and order.cancels is None
    return lone and order.status not in ("created", "cancelled") and order.ordered_at <= as_of


def work_out(world: World, plan: Plan, as_of: int) -> Books:
    """Every order by itself, from nothing, without period caps."""
    books = Books([], [], {})
    for at, order in enumerate(world.orders):
        if not works(order, as_of):
            continue
        walked = path(world, plan, at)
        lines = lines_of(world, order, plan)
        rows = entitle(world, plan, walked, lines)
        books.rows += rows
        before = [row.amount for row in rows]
        book(books, plan, order, as_of, rows, before, order.id, order.time)
        for when, cause, event in happened(world, at, as_of) if order.kind == "sale" else []:
            if isinstance(event, Refund):
                refund(lines, Fraction(event.amount), event.line_no, event.milli)
            elif isinstance(event, Order):
                cancel(lines, event)
            else:
                for one in lines:
                    one.void = True
            rows = entitle(world, plan, walked, lines)
            now = [row.amount for row in rows]
            change = [new - old for new, old in zip(now, before, strict=True)]
            book(books, plan, order, as_of, rows, change, cause, when)
            before = now
        books.last[at] = rows, sum((one.base_left() for one in lines if one.earns), Fraction(0))
    return books


def book(
    books: Books,
    plan: Plan,
    order: Order,
    as_of: int,
    rows: list[Row],
    amounts: list[int],
    cause: str,
    when: int,
) -> None:
    trigger = order.time if plan.trigger == "paid" else order.received_at
    for row, amount in zip(rows, amounts, strict=True):
        if amount:
            assert row.person is not None
            kind = "accrual" if amount > 0 else "reversal"
            state, available = "available", when
            if order.kind == "sale":
                state, available = state_of(trigger, plan, as_of)  # type: ignore[assignment]
            books.entries.append(
                Entry(row.order, row.person, row.level, kind, cause, amount, when, state, available)
            )


def state_of(trigger: int | None, plan: Plan, as_of: int) -> tuple[str, int | None]:
    if trigger is None or trigger > as_of:
        return "pending", None
    available = trigger + plan.freeze_days * DAY_MS
    return ("frozen" if as_of < available else "available"), available


def closed(world: World, plan: Plan, books: Books, zone: ZoneInfo) -> dict[tuple[int, int], int]:
    """What closing all months would cut, by order and level."""
    cuts: dict[tuple[int, int], int] = {}

    def month(at: int) -> tuple[str, str]:
        order = world.orders[at]
        when = datetime.fromtimestamp(order.time / 1000, UTC).astimezone(zone)
        return when.strftime("%Y-%m"), order.currency

    everyone = [
        (month(at), row, world.orders[at]) for at, (rows, _) in books.last.items() for row in rows
    ]
    if plan.caps.beneficiary is not None:
        used: dict[Any, int] = {}
        for key, row, order in sorted(everyone, key=lambda e: (e[2].time, e[2].id, e[1].level)):
            if order.currency in plan.caps.beneficiary and row.amount:
                room = plan.caps.beneficiary[order.currency] - used.get((key, row.person), 0)
                kept = min(row.amount, max(0, room))
                used[key, row.person] = used.get((key, row.person), 0) + kept
                if row.amount > kept:
                    cuts[row.order, row.level] = row.amount - kept
    if plan.caps.company is not None:
        for key in {key for key, _, _ in everyone}:
            base = sum(base for at, (_, base) in books.last.items() if month(at) == key)
            mine = sorted(
                (
                    (o.id, r.level, r.order, r.amount - cuts.get((r.order, r.level), 0))
                    for k, r, o in everyone
                    if k == key and r.amount
                )
            )
            total = sum(amount for *_, amount in mine)
            limit = max(0, floor(plan.caps.company * base))
            positive = [one for one in mine if one[3] > 0]
            room = limit + sum(-amount for *_, amount in mine if amount < 0)
            if total > limit:
                whole = sum(one[3] for one in positive)
                ideal = [Fraction(room * one[3], whole) for one in positive]
                kept_ = [floor(share) for share in ideal]
                order_ = sorted(range(len(ideal)), key=lambda i: (kept_[i] - ideal[i], i))
                for i in order_[: room - sum(kept_)]:
                    kept_[i] += 1
                for (_, level, at, amount), left in zip(positive, kept_, strict=True):
                    if amount > left:
                        cuts[at, level] = cuts.get((at, level), 0) + amount - left
    return cuts
