"""What must always hold: alone = in the batch, night after night = at once, refunded = zero."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import analytics.commission
from analytics.columns import ENTRIES, Columns
from analytics.commission_schema import Booked, Worked
from analytics.plan import Plan, Plans
from graph.model import DAY_MS
from tests.analytics import oracle_ledger
from tests.analytics.test_commission import TAIPEI, engine, expected_row, row_of
from tests.analytics.whiteboard import line, sold, tree, worked
from tests.analytics.whiteboard import plan as terms
from tests.analytics.worlds import Refund, World, columns_of
from tests.analytics.worlds_drawn import AS_OF, plans, times, worlds

often = settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
IDENTITY = ["order_row", "beneficiary_row", "level", "kind", "cause"]


def work(columns: Columns, plan: Plan, as_of: int, **how: Any) -> Worked:
    return analytics.commission.work_out(
        columns, Plans.always(plan), as_of_ms=as_of, zone=TAIPEI, **how
    )


def after(columns: Columns, night: Worked) -> Columns:
    """The columns with what a night has written."""
    return replace(
        columns,
        entries=pl.concat([columns.entries, night.entries.select(*ENTRIES)]).sort("order_row"),
        frozen=pl.concat([columns.frozen, night.frozen]).sort("order_row"),
        frozen_paths=pl.concat([columns.frozen_paths, night.frozen_paths]).sort(
            "order_row", "position"
        ),
    )


def nights(columns: Columns, plan: Plan, moments: Sequence[int]) -> Columns:
    booked = None
    for moment in moments:
        night = work(columns, plan, moment, booked=booked, seq=1)
        columns, booked = after(columns, night), Booked(1, moment)
    return columns


def ledger(entries: pl.DataFrame) -> list[tuple[Any, ...]]:
    return sorted(entries.select(*IDENTITY, "amount", "currency", "booked_at").rows())


def sums(entries: pl.DataFrame) -> dict[tuple[int, int, int], int]:
    found: dict[tuple[int, int, int], int] = defaultdict(int)
    for order, person, level, amount in entries.select(
        "order_row", "beneficiary_row", "level", "amount"
    ).iter_rows():
        found[order, person, level] += amount
    return {key: amount for key, amount in found.items() if amount}


@often
@given(worlds(), plans())
def test_an_order_alone_is_the_order_in_the_batch(world: World, plan: Plan) -> None:
    whole = engine(world, plan)
    for row in range(len(world.orders)):
        alone = engine(world, plan, orders=np.array([row], np.int32))
        for name in ("paths", "path_lines", "entries", "frozen", "frozen_paths"):
            mine = getattr(whole, name).filter(pl.col("order_row") == row)
            assert_frame_equal(getattr(alone, name), mine)


@often
@given(worlds(), plans(), st.lists(times, max_size=4).map(sorted))
def test_night_after_night_gives_what_one_night_gives(
    world: World, plan: Plan, moments: list[int]
) -> None:
    columns = columns_of(world)
    at_once = work(columns, plan, AS_OF, seq=1)
    stepwise = nights(columns, plan, [*moments, AS_OF])
    assert ledger(stepwise.entries) == ledger(at_once.entries)
    assert_frame_equal(stepwise.frozen, at_once.frozen)
    assert_frame_equal(stepwise.frozen_paths, at_once.frozen_paths)
    again = work(stepwise, plan, AS_OF, booked=Booked(1, AS_OF))
    assert not again.entries.height
    same = [name for name in again.paths.columns if name != "failed"]
    assert_frame_equal(again.paths.select(same), at_once.paths.select(same))


@often
@given(worlds(), plans(), times, st.data())
def test_a_killed_night_is_finished_by_the_next(
    world: World, plan: Plan, moment: int, data: st.DataObject
) -> None:
    """Of what the killed night wrote, any part may be there."""
    columns = nights(columns_of(world), plan, [moment])
    night = work(columns, plan, AS_OF, booked=Booked(1, moment), seq=1)
    some = st.lists(st.booleans(), min_size=night.entries.height, max_size=night.entries.height)
    kept = night.entries.filter(pl.Series(data.draw(some), dtype=pl.Boolean))
    partly = after(columns, replace(night, entries=kept))
    if data.draw(st.booleans()):
        partly = replace(partly, frozen=columns.frozen, frozen_paths=columns.frozen_paths)
    second = work(partly, plan, AS_OF, booked=Booked(1, moment), seq=1)
    written = pl.concat([kept, second.entries]).select(night.entries.columns)
    assert ledger(written) == ledger(night.entries)


@often
@given(worlds(), plans(), st.booleans())
def test_a_fully_refunded_order_sums_to_zero(world: World, plan: Plan, cancelled: bool) -> None:
    for row, order in enumerate(world.orders):
        if order.kind == "sale" and cancelled and order.paid_at is not None:
            order.status = "cancelled"
        elif order.kind == "sale":
            whole = int(order.paid) + 1
            world.refunds.append(Refund(f"R{row}-all", row, whole, AS_OF))
    found = engine(world, plan).entries
    sales = {row for row, order in enumerate(world.orders) if order.kind == "sale" and order.paid}
    if cancelled:
        sales = {row for row, order in enumerate(world.orders) if order.kind == "sale"}
    assert not {key: amount for key, amount in sums(found).items() if key[0] in sales}


@often
@given(worlds(), plans(), times, st.data())
def test_late_facts_still_add_up(
    world: World, plan: Plan, moment: int, data: st.DataObject
) -> None:
    """Refunds of before the last night that arrive after it, then everything is refunded."""
    late = data.draw(st.sets(st.sampled_from([one.id for one in world.refunds] or ["none"])))
    for one in world.refunds:
        one.seq = 2 if one.id in late else 1
    early = replace(world, refunds=[one for one in world.refunds if one.seq == 1])
    columns = nights(columns_of(early), plan, [moment, moment + 30 * DAY_MS])
    all_back = [
        Refund(f"all-{row}", row, int(order.paid) + 1, moment, seq=3)
        for row, order in enumerate(world.orders)
        if order.kind == "sale" and order.paid > 0
    ]
    both = columns_of(replace(world, refunds=[*world.refunds, *all_back]))
    columns = replace(columns, refunds=both.refunds)
    last = work(columns, plan, AS_OF, booked=Booked(1, moment + 30 * DAY_MS), seq=3)
    total = sums(pl.concat([columns.entries, last.entries.select(*ENTRIES)]))
    refunded = {one.order for one in all_back}
    assert not {key: amount for key, amount in total.items() if key[0] in refunded}


@often
@given(worlds(), plans(), st.data())
def test_a_late_line_is_a_difference_on_the_frozen_path(
    world: World, plan: Plan, data: st.DataObject
) -> None:
    """All lines in the end are entitled to what they are when they come together."""
    for order in world.orders:
        for one in order.lines:
            one.seq = data.draw(st.sampled_from([1, 1, 2]))
    world.refunds = []
    for order in world.orders:
        order.status = "received" if order.status == "cancelled" else order.status
        if order.kind == "cancellation":
            order.cancels = None
    full = columns_of(world)
    early = replace(full, lines=full.lines.filter(pl.col("seq") == 1))
    if plan.qualification.own_retail or plan.qualification.own_purchase:
        plan = replace(
            plan, qualification=replace(plan.qualification, own_retail=None, own_purchase=None)
        )
    first = nights(early, plan, [AS_OF])
    second = work(replace(first, lines=full.lines), plan, AS_OF, booked=Booked(1, AS_OF), seq=2)
    total = sums(pl.concat([first.entries, second.entries.select(*ENTRIES)]))
    assert total == sums(work(full, plan, AS_OF).entries)
    assert all(":line:" in cause for cause in second.entries["cause"])


@often
@given(worlds(), plans(period_caps=True))
def test_closed_months_as_the_oracle_closes_them(world: World, plan: Plan) -> None:
    books = oracle_ledger.work_out(world, plan, AS_OF)
    cuts = oracle_ledger.closed(world, plan, books, TAIPEI)
    told = engine(world, plan).would_cut
    found = {
        (order, level): by_person + by_company
        for order, level, by_person, by_company in told.select(
            "order_row", "level", "beneficiary_cut", "company_cut"
        ).iter_rows()
    }
    assert found == {key: cut for key, cut in cuts.items() if cut}
    paths = engine(world, plan, months_close=True).paths.to_dicts()
    expected = [
        expected_row(row, min(cuts.get((row.order, row.level), 0), max(row.amount, 0)))
        for row in books.rows
    ]
    assert [row_of(row) for row in paths] == expected


def test_money_at_its_limit_never_wraps() -> None:
    """10^12 minor units x rates of nine decimals need 80 bits; a half unit decides."""
    rates = ["0.333333333", "0.999999999", "0.123456789"]
    world = sold(tree("D1\n  D2\n    D3"), "D3", 10**12)
    sold(world, "D3", None, lines=[line(1, "1000000", 999_999), line(2, "0.001", 10**12)])
    rows = worked(world, terms(rates=rates)).paths.to_dicts()
    for row, order in zip(rows, [10**12] * 3 + [999_999_000_000 + 10**9] * 3, strict=True):
        exact = Fraction(rates[row["level"] - 1]) * order
        assert Fraction(int(row["share_num"]), row["share_den"]) == exact
        assert row["amount"] == int(exact + Fraction(1, 2))


def test_sums_of_many_orders_never_wrap() -> None:
    world = tree("D1")
    for _ in range(40):
        sold(world, "D1", 10**12)
    kept = worked(world, terms(rates=["0.999999999"])).conservation["CNY"]
    assert kept.promised == 40 * 10**12 * Fraction("0.999999999") and kept.check
