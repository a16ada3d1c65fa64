"""The forest against networkx and plain Python, and every fault by name."""

import time
from collections import defaultdict

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import analytics.network
from analytics.network import ABSENT, QUARANTINED, Fault, Network
from graph.model import NOBODY, OPEN_MS
from tests.analytics.drawn import JOINED_MS, chain, dated, forest

anything = st.integers(1, 30).flatmap(
    lambda n: st.lists(st.none() | st.integers(0, n - 1), min_size=n, max_size=n)
)


def at(parents: list[int | None]) -> Network:
    return analytics.network.at(forest(parents), JOINED_MS)


def test_a_small_forest() -> None:
    """0 ── 1 ── 3
    └─ 2      4 ── 5
    """
    drawn = at([None, 0, 0, 1, None, 4])
    assert drawn.depth.tolist() == [0, 1, 1, 2, 0, 1]
    assert drawn.sizes().tolist() == [3, 1, 0, 0, 1, 0]
    assert sorted(drawn.downline(0).tolist()) == [1, 2, 3]
    assert drawn.sums(np.array([1, 10, 100, 1000, 5, 7])).tolist() == [1111, 1010, 100, 1000, 12, 7]
    assert drawn.faults == ()


@settings(deadline=None)
@given(anything)
def test_any_sponsors_as_networkx_sees_them(parents: list[int | None]) -> None:
    drawn = at(parents)
    graph = networkx.DiGraph()
    graph.add_nodes_from(range(len(parents)))
    graph.add_edges_from((up, down) for down, up in enumerate(parents) if up is not None)
    cycles = list(networkx.simple_cycles(graph))
    below = set().union(*(networkx.descendants(graph, one[0]) | set(one) for one in cycles))
    for row in range(len(parents)):
        if row in below:
            assert (drawn.depth[row], drawn.position[row]) == (QUARANTINED, NOBODY)
            continue
        expected = networkx.descendants(graph, row)
        assert set(drawn.downline(row).tolist()) == expected
        assert drawn.sizes()[row] == len(expected)
        assert drawn.depth[row] == len(networkx.ancestors(graph, row))
        assert drawn.parent[row] == (NOBODY if parents[row] is None else parents[row])
    named = {frozenset(fault.path) for fault in drawn.faults}
    assert named == {frozenset(f"D{row}" for row in one) for one in cycles}


@settings(deadline=None)
@given(anything, st.data())
def test_sums_as_plain_python_adds_them(parents: list[int | None], data: st.DataObject) -> None:
    numbers = st.lists(st.integers(-(10**12), 10**12), min_size=len(parents), max_size=len(parents))
    values = data.draw(numbers)
    drawn = at(parents)
    sums = drawn.sums(np.array(values, np.int64))
    for row in np.flatnonzero(drawn.depth >= 0).tolist():
        total = values[row] + sum(values[one] for one in drawn.downline(row).tolist())
        assert sums[row] == total


def test_faults_are_named_with_the_whole_path() -> None:
    """1 → 2 → 3 → 1 with 4 below it; 5 sponsors himself; 6 stands alone."""
    drawn = at([None, 2, 3, 1, 1, 5, None])
    assert drawn.faults == (
        Fault("cycle", ("D1", "D2", "D3", "D1")),
        Fault("self_sponsoring", ("D5", "D5")),
    )
    assert drawn.depth.tolist() == [0, *[QUARANTINED] * 5, 0]
    assert drawn.order.tolist() == [6, 0] or drawn.order.tolist() == [0, 6]


def test_two_sponsors_and_an_unknown_one() -> None:
    columns = dated(
        [0, 0, 0, 0, 0],
        [(2, 0, 0, OPEN_MS), (2, 1, 5, OPEN_MS), (3, 2, 0, OPEN_MS), (4, NOBODY, 0, OPEN_MS)],
    )
    before, after = (analytics.network.at(columns, moment) for moment in (4, 5))
    assert before.faults == (Fault("unknown_sponsor", ("D4",)),)
    assert before.depth.tolist() == [0, 0, 1, 2, 0]
    assert after.faults[0] == Fault("two_sponsors", ("D2", "D0", "D1"))
    assert after.depth.tolist() == [0, 0, QUARANTINED, QUARANTINED, 0]


def test_who_has_not_joined_is_absent() -> None:
    drawn = analytics.network.at(forest([None, 0, 1], joined=[1, 5, 9]), 6)
    assert drawn.depth.tolist() == [0, 1, ABSENT]
    assert drawn.sizes().tolist() == [1, 0, 0]


@st.composite
def moves(draw: st.DrawFn) -> list[tuple[int, int, int, int]]:
    """Dated edges of up to six children: never two at one time, with gaps."""
    edges: list[tuple[int, int, int, int]] = []
    for child in range(draw(st.integers(1, 6))):
        times = sorted(draw(st.sets(st.integers(1, 40), max_size=6)))
        for since, until in zip(times, [*times[1:], OPEN_MS], strict=False):
            if draw(st.booleans()):
                edges.append((child, draw(st.integers(0, 9)), since, until))
    return edges


@settings(deadline=None)
@given(moves(), st.lists(st.integers(0, 45), max_size=10))
def test_the_sponsor_at_any_moment(
    edges: list[tuple[int, int, int, int]], moments: list[int]
) -> None:
    columns = dated([0] * 10, edges)
    past = analytics.network.history(columns)
    by_child: dict[int, list[list[int]]] = defaultdict(list)
    for child, *edge in edges:
        by_child[child].append(edge)
    for moment in moments:
        for row in range(10):
            holds = [up for up, since, until in by_child[row] if since <= moment < until]
            found = analytics.network.sponsor_while(past, row, moment)[0]
            assert found == (holds[0] if holds else NOBODY)


def test_an_order_hours_before_its_seller_joined_finds_the_sponsor() -> None:
    """A bare date is midnight; the joining of that day may carry its hour."""
    past = analytics.network.history(forest([None, 0], joined=[0, 500]))
    assert analytics.network.sponsor_while(past, 1, 100)[0] == 0
    moved_later = analytics.network.history(dated([0, 500], [(1, 0, 900, OPEN_MS)]))
    assert analytics.network.sponsor_while(moved_later, 1, 100)[0] == NOBODY


@pytest.mark.parametrize("length", [100_000, 1_000_000])
def test_a_chain_is_no_special_case(length: int) -> None:
    columns = chain(length)
    started = time.monotonic()
    drawn = analytics.network.at(columns, 0)
    assert time.monotonic() - started < 10
    assert drawn.depth[-1] == length - 1
    assert drawn.sizes()[0] == length - 1
