"""A night in chunks, and of only what is due, gives what the engine gives on everything."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import analytics.commission
import analytics.delta
import analytics.ledger_rows
import analytics.night_book
import analytics.night_work
from analytics.columns import Columns
from analytics.commission_schema import Booked, Worked
from analytics.night_totals import Tally
from analytics.plan import Caps, Plan, Plans
from graph.model import DAY_MS
from tests.analytics.test_commission import TAIPEI
from tests.analytics.test_commission_properties import after, nights, often, work
from tests.analytics.whiteboard import line, plan, sold, tree
from tests.analytics.worlds import Refund, World, columns_of
from tests.analytics.worlds_drawn import AS_OF, plans, times, worlds

Frames = Mapping[str, pl.DataFrame]
ORDER = {
    "entries": ["order_key", "booked_at_ms", "cause", "level", "kind", "beneficiary_key"],
    "frozen": ["order_key"],
}


def night(
    columns: Columns, terms: Plan, moment: int, chunk: int, **how: Any
) -> tuple[Frames, Tally]:
    """All parts of a night in chunks of so many orders, as one."""
    asked = analytics.night_work.Night(
        columns=columns,
        plans=Plans.always(terms),
        older=(),
        booked=how.get("booked"),
        as_of_ms=moment,
        seq=how.get("seq", 0),
        zone=TAIPEI,
        currency="CNY",
    )
    tally = Tally(how.get("last", {}))
    parts = list(analytics.night_work.parts(asked, tally, chunk))
    found = {name: pl.concat([part[name] for part in parts]) for name in ORDER}
    return {name: frame.sort(ORDER[name]) for name, frame in found.items()}, tally


def as_rows(columns: Columns, worked: Worked) -> Frames:
    found = {
        "entries": analytics.ledger_rows.entries(columns, worked, TAIPEI),
        "frozen": analytics.ledger_rows.frozen(columns, worked),
    }
    return {name: frame.sort(ORDER[name]) for name, frame in found.items()}


def arrived(world: World, data: st.DataObject) -> tuple[Columns, Columns]:
    """What the first night could read, and all there is: some refunds and lines come after it."""
    seqs = st.sampled_from([1, 1, 2])
    for refund in world.refunds:
        refund.seq = data.draw(seqs)
    for order in world.orders:
        for one in order.lines:
            one.seq = data.draw(seqs)
    full, early = columns_of(world), pl.col("seq") == 1
    return replace(full, lines=full.lines.filter(early), refunds=full.refunds.filter(early)), full


@often
@given(worlds(), plans(), st.integers(1, 5), times, st.data())
def test_chunks_of_what_is_due_are_the_whole(
    world: World, terms: Plan, chunk: int, moment: int, data: st.DataObject
) -> None:
    early, full = arrived(world, data)
    whole = work(early, terms, moment, seq=1)
    first, _ = night(early, terms, moment, chunk, seq=1)
    for name, frame in as_rows(early, whole).items():
        assert_frame_equal(first[name], frame)

    grown = after(early, whole)
    later = replace(
        full, entries=grown.entries, frozen=grown.frozen, frozen_paths=grown.frozen_paths
    )
    how: dict[str, Any] = {"booked": Booked(1, moment), "seq": 2}
    for as_of in (moment, AS_OF):
        expected = as_rows(later, work(later, terms, as_of, **how))
        second, _ = night(later, terms, as_of, chunk, **how)
        for name, frame in expected.items():
            assert_frame_equal(second[name], frame)


@often
@given(worlds(), plans(), st.lists(times, min_size=1, max_size=3).map(sorted))
def test_nothing_is_due_after_a_night_and_totals_are_carried(
    world: World, terms: Plan, moments: list[int]
) -> None:
    columns, last, booked = columns_of(world), dict[str, Any](), None
    for moment in (*moments, AS_OF):
        _, tally = night(columns, terms, moment, 3, booked=booked, seq=1, last=last)
        last, columns = tally.totals(columns.entries), next_day(columns, terms, moment, booked)
        booked = Booked(1, moment)
    assert analytics.delta.of(columns, AS_OF, booked).new.size == 0
    assert analytics.delta.of(columns, AS_OF, booked).changed.size == 0
    at_once = columns_of(world)
    _, tally = night(at_once, terms, AS_OF, 1000, seq=1)
    once = tally.totals(at_once.entries)
    assert last["conservation"] == once["conservation"]
    of_night = ("booked", "booked_minor")
    assert [{**one, **dict.fromkeys(of_night)} for one in last["levels"]] == [
        {**one, **dict.fromkeys(of_night)} for one in once["levels"]
    ]


def next_day(columns: Columns, terms: Plan, moment: int, booked: Booked | None) -> Columns:
    return after(columns, work(columns, terms, moment, booked=booked, seq=1))


def test_only_what_happened_is_due() -> None:
    """Eight settled orders, and what the next night has to do with each."""
    world = tree("""
        D1
          D2
    """)
    for day in range(8):
        sold(world, "D2", lines=[line(1, "1", 1000)], paid_at=day, ordered_at=day, seq=1)
    world.refunds = [
        Refund("seen", 0, 1, refunded_at=9, seq=1),
        Refund("loaded late", 1, 1, refunded_at=9, seq=2),
        Refund("falls due now", 2, 1, refunded_at=11, seq=1),
        Refund("not yet", 3, 1, refunded_at=21, seq=2),
    ]
    columns = nights(columns_of(world), plan(), [10])
    world.orders[4].lines.append(line(2, "1", 500, seq=2))
    world.orders[5].status, world.orders[5].seq = "cancelled", 2
    sold(world, "D2", -1000, kind="cancellation", cancels=6, ordered_at=12, paid_at=12, seq=2)
    sold(world, "D1", 500, paid_at=15, ordered_at=15, seq=2)
    sold(world, "D1", 500, paid_at=25, ordered_at=25, seq=2)
    given = columns_of(world)
    later = replace(
        given,
        entries=columns.entries,
        frozen=columns.frozen,
        frozen_paths=columns.frozen_paths,
    )
    due = analytics.delta.of(later, 20, Booked(1, 10))
    assert due.new.tolist() == [9]
    assert due.changed.tolist() == [1, 2, 4, 5, 6]


def test_months_with_something_due_are_taken_whole() -> None:
    """February has news, January has not: only February's caps are told anew."""
    world = tree("D1")
    for day in (1, 2, 40, 41):
        sold(world, "D1", 10_000, paid_at=day * DAY_MS, ordered_at=day * DAY_MS, seq=1)
    capped = plan(rates=["0.1"], caps=Caps(beneficiary={"CNY": 1_500}))
    columns = nights(columns_of(world), capped, [50 * DAY_MS])
    _, first = night(columns_of(world), capped, 50 * DAY_MS, 3, seq=1)
    cuts = [{"period": f"1970-0{month}", "currency": "CNY"} for month in (1, 2)]
    none = {"company_cut": 0}
    assert first.totals(columns.entries.clear())["would_cut"] == [
        {**cut, "beneficiary_cut": 500, **none} for cut in cuts
    ]
    world.refunds = [Refund("R", 2, 4_000, refunded_at=51 * DAY_MS, seq=2)]
    later = replace(columns, refunds=columns_of(world).refunds)
    _, second = night(later, capped, 52 * DAY_MS, 3, booked=Booked(1, 50 * DAY_MS), seq=2)
    assert second.totals(columns.entries)["would_cut"] == [
        {**cuts[1], "beneficiary_cut": 100, **none}
    ]


@often
@given(worlds(), plans(), st.integers(1, 9))
def test_batches_hold_every_entry_once(world: World, terms: Plan, rows: int) -> None:
    """Inside their order, or beside it; a batch without an order to freeze has them all beside."""
    columns = columns_of(world)
    found = as_rows(columns, work(columns, terms, AS_OF, seq=1))
    names = ["order_key", "beneficiary_key", "level", "kind", "cause", "amount_minor"]
    for frozen in (found["frozen"], found["frozen"].clear()):
        booked: list[tuple[Any, ...]] = []
        for batch in analytics.night_book.batches(frozen, found["entries"], rows):
            first, rest = analytics.ledger_rows.first(batch.frozen, batch.entries)
            for row in first.iter_rows(named=True):
                order = columns.orders["id"][row["order_key"]]
                booked += [
                    (row["order_key"], key, level, row["kind"], order, amount)
                    for key, level, amount in row["shares"]
                ]
            booked += rest.select(names).rows()
        assert sorted(booked) == sorted(found["entries"].select(names).rows())
