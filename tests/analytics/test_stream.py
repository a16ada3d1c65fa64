"""Entries streamed through remembered paths are those of the engine, and of the oracle."""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import analytics.network
import analytics.qualification
import analytics.stream
from analytics.columns import Columns
from analytics.network import QUARANTINED
from analytics.paths import BUYER_IS_SELLER
from analytics.plan import Caps, Override, Plan, Window
from analytics.stream import STRETCH, Entries, RollUps, Sales
from graph.errors import Conflict
from graph.model import BUYER_KIND, DISTRIBUTOR_STATUS
from graph.money import Exact
from tests.analytics import oracle_ledger
from tests.analytics.drawn import chain
from tests.analytics.test_commission import engine
from tests.analytics.whiteboard import plan as terms
from tests.analytics.worlds import Order, World, columns_of
from tests.analytics.worlds_drawn import AS_OF, plans, times, worlds

often = settings(
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
Row = tuple[int, int, int, int]


class Streamed(NamedTuple):
    """Entries as (order, beneficiary, level, amount), and the roll-ups."""

    entries: list[Row]
    sums: RollUps


def plain_plans() -> st.SearchStrategy[Plan]:
    """Any plan, without what makes it not plain."""
    bare: dict[str, Any] = dict.fromkeys(
        ("product_rates", "category_rates", "distributor_rates", "window"), ()
    )
    return plans().map(
        lambda one: replace(one, kind="unilevel", round_at="entry", rank_rates={}, **bare)
    )


@st.composite
def sold_worlds(draw: st.DrawFn) -> World:
    """A world in which a few sellers sell often, so that paths are remembered and given up."""
    world = draw(worlds())
    people = len(world.people)
    sellers = st.sampled_from([None, *draw(st.lists(st.integers(0, people - 1), min_size=1))])
    world.orders, world.refunds = [], []
    for row in range(draw(st.integers(1, 30))):
        seller, paid_at = draw(sellers), draw(times)
        kind = draw(st.sampled_from(BUYER_KIND))
        buyer = (
            draw(st.just(seller) | st.integers(0, people - 1)) if kind == "distributor" else None
        )
        world.orders.append(
            Order(
                id=f"O{row}",
                seller=seller,
                paid_at=paid_at,
                ordered_at=paid_at,
                received_at=paid_at,
                buyer_kind=kind,
                buyer=buyer,
                buyer_id=None if buyer is None else world.people[buyer].id,
                amount=draw(st.integers(0, 10**6)),
            )
        )
    return world


def sales_of(columns: Columns) -> Sales:
    orders = columns.orders
    return Sales(
        orders["seller_row"].to_numpy(),
        orders["paid_at"].to_numpy(),
        1000 * orders["amount"].to_numpy(),
        orders.select(BUYER_IS_SELLER).to_series().to_numpy(),
    )


def rows_of(entries: Entries) -> list[Row]:
    return list(zip(*(column.tolist() for column in entries), strict=True))


def streamed(
    columns: Columns, plan: Plan, sales: Sales, *, length: int = 7, threads: int = 1
) -> Streamed:
    """`sales` in stretches of `length`."""
    ranks = analytics.qualification.ranks(columns)
    found: list[Row] = []
    sums = analytics.stream.work(
        analytics.network.at(columns, AS_OF),
        analytics.network.history(columns),
        analytics.qualification.standing(columns, plan),
        analytics.stream.rules(plan, ranks),
        (
            analytics.stream.part(sales, slice(at, at + length))
            for at in range(0, len(sales.seller), length)
        ),
        lambda entries: found.extend(rows_of(entries)),
        threads=threads,
    )
    return Streamed(sorted(found, key=lambda row: (row[0], row[2])), sums)


@often
@given(sold_worlds(), plain_plans())
def test_entries_as_the_engine_and_the_oracle_have_them(world: World, plan: Plan) -> None:
    assert analytics.stream.plain(plan) is None
    columns = columns_of(world)
    plan = replace(plan, base="paid")
    found = streamed(columns, plan, sales_of(columns)).entries
    paths = engine(world, plan).paths.filter(pl.col("amount") != 0)
    assert found == paths.select("order_row", "beneficiary_row", "level", "amount").rows()
    rows = oracle_ledger.work_out(world, plan, AS_OF).rows
    assert found == [(r.order, r.person, r.level, r.amount) for r in rows if r.amount]


@often
@given(sold_worlds(), plain_plans(), st.integers(1, 40))
def test_sums_of_everyone(world: World, plan: Plan, length: int) -> None:
    columns = columns_of(world)
    sales = sales_of(columns)
    entries, sums = streamed(columns, plan, sales, length=length)
    people, levels = columns.distributors.height, plan.max_paid_levels
    earned = np.zeros((people, levels), np.int64)
    for _, beneficiary, level, amount in entries:
        earned[beneficiary, level - 1] += amount
    assert (sums.earned == earned).all()
    known = sales.seller >= 0
    volume = np.zeros(people, np.int64)
    np.add.at(volume, sales.seller[known], sales.base[known])
    assert (sums.volume == volume).all()
    assert (sums.orders == np.bincount(sales.seller[known], minlength=people)).all()
    network = analytics.network.at(columns, AS_OF)
    for row in range(people):
        below = network.downline(row) if network.position[row] >= 0 else np.empty(0, np.int32)
        deep = network.depth[below] - network.depth[row]
        assert sums.downline[row] == len(below)
        assert sums.height[row] == deep.max(initial=0)
        assert sums.children[row] == (deep == 1).sum()
        own = volume[row] if network.position[row] >= 0 else 0
        assert sums.group_volume[row] == own + volume[below].sum()


def busy(people: int, orders: int) -> tuple[Columns, Sales]:
    """A chain whose sponsors sell at random."""
    random = np.random.default_rng(3)
    return chain(people), Sales(
        random.integers(-1, people, orders).astype(np.int32),
        np.sort(random.integers(1, 1000, orders)),
        random.integers(-(10**7), 10**8, orders),
        random.random(orders) < 0.2,
    )


def test_any_number_of_threads_gives_the_same() -> None:
    columns, sales = busy(1_000, 5 * STRETCH)
    plan = terms(rates=["0.1", "0.05", "0.03"])
    one, three = (
        streamed(columns, plan, sales, length=2 * STRETCH + 1, threads=threads)
        for threads in (1, 3)
    )
    assert one.entries == three.entries
    for name, column in vars(one.sums).items():
        assert (column == getattr(three.sums, name)).all(), name


def test_a_buffer_is_used_again_for_every_stretch() -> None:
    columns, sales = busy(10, 3 * STRETCH)
    seen: set[int] = set()
    analytics.stream.work(
        analytics.network.at(columns, AS_OF),
        analytics.network.history(columns),
        analytics.qualification.standing(columns, terms()),
        analytics.stream.rules(terms()),
        [sales],
        lambda entries: seen.add(entries.amount.ctypes.data),
    )
    assert len(seen) == 1


@pytest.mark.parametrize("base", [2**61, -(2**61), 2**63 - 1, -(2**63)])
def test_a_base_that_leaves_64_bits_is_refused_by_name(base: int) -> None:
    sales = Sales(
        np.zeros(2, np.int32), np.ones(2, np.int64), np.array([1, base]), np.zeros(2, bool)
    )
    with pytest.raises(Conflict, match="order 1: its base"):
        streamed(chain(2), terms(rates=["0.1", "0.05", "0.03"]), sales)


def test_sums_that_leave_64_bits_are_refused() -> None:
    bases = np.full(20, 2**58)
    sales = Sales(np.zeros(20, np.int32), np.ones(20, np.int64), bases, np.zeros(20, bool))
    with pytest.raises(Conflict, match="add up"):
        streamed(chain(2), terms(rates=["1"]), sales)


def test_from_plain_arrays() -> None:
    """Two chains and a cycle of three, without frames."""
    sponsor = np.array([-1, 0, 1, -1, 3, 6, 5, 6], np.int32)
    network = analytics.network.of(sponsor)
    assert network.depth.tolist() == [0, 1, 2, 0, 1, *[QUARANTINED] * 3]
    assert [fault.path for fault in network.faults] == [("5", "6", "5")]
    active, suspended = (DISTRIBUTOR_STATUS.index(word) for word in ("active", "suspended"))
    status = np.full(8, active, np.uint8)
    status[1] = suspended
    found: list[Row] = []
    sums = analytics.stream.work(
        network,
        analytics.network.undated(sponsor),
        analytics.qualification.of_status(status, ["active"]),
        analytics.stream.rules(terms(rates=["0.1", "0.05", "0.03"])),
        [Sales(np.array([2, 4], np.int32), np.array([5, 6]), np.full(2, 10**6), np.zeros(2, bool))],
        lambda entries: found.extend(rows_of(entries)),
    )
    assert found == [(0, 2, 1, 100), (0, 0, 3, 30), (1, 4, 1, 100), (1, 3, 2, 50)]
    assert sums.group_volume.tolist() == [10**6] * 3 + [10**6] * 2 + [0] * 3


def test_what_is_not_plain_is_named() -> None:
    override = (Override("P1", rates=(Exact("0.2"),)),)
    capped = Caps(beneficiary={"CNY": 100})
    unlike = {
        "kind": replace(terms(), kind="differential"),
        "round_at": replace(terms(), round_at="line"),
        "product_rates": replace(terms(), product_rates=override),
        "category_rates": replace(terms(), category_rates=override),
        "distributor_rates": replace(terms(), distributor_rates=override),
        "window": replace(terms(), window=(Window(1, 30, Exact(0)),)),
        "caps": replace(terms(), caps=capped),
    }
    for reason, plan in unlike.items():
        assert analytics.stream.plain(plan) == reason


def test_a_chain_of_a_million_finishes() -> None:
    """Only its first passes, so that every path goes all the way up."""
    size, orders = 1_000_000, 1_000
    status = np.full(size, DISTRIBUTOR_STATUS.index("suspended"), np.uint8)
    status[0] = DISTRIBUTOR_STATUS.index("active")
    sponsor = np.arange(-1, size - 1, dtype=np.int32)
    sums = analytics.stream.work(
        analytics.network.of(sponsor),
        analytics.network.undated(sponsor),
        analytics.qualification.of_status(status, ["active"]),
        analytics.stream.rules(terms(rates=["0.1"], compression="dynamic")),
        [
            Sales(
                np.linspace(0, size - 1, orders).astype(np.int32),
                np.ones(orders, np.int64),
                np.full(orders, 10**6),
                np.zeros(orders, bool),
            )
        ],
    )
    assert sums.earned.sum() == sums.earned[0, 0] == orders * 100
    assert sums.height[0] == size - 1 and sums.group_volume[0] == orders * 10**6
