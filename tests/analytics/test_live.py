"""The live network against a recompute on the final relation and a person who counts one by one."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import analytics.live
import analytics.network
import analytics.structure
from analytics.columns import Columns
from analytics.live import Live
from analytics.live_kernels import KINDS, OUTCOMES, Events, Outcomes
from analytics.network import ABSENT, Network
from graph.errors import Conflict
from graph.model import DAY_MS, NOBODY
from graph.money import Exact
from tests.analytics.drawn import chain, forest

Event = tuple[str, int, int, int]
"""Kind, row, sponsor, value."""

NOW_MS = 400 * DAY_MS
RATES = (Exact(1, 10), Exact(1, 20), Exact(3, 100))


def batch(events: Sequence[Event]) -> Events:
    kinds, rows, sponsors, values = zip(*events, strict=True) if events else ((), (), (), ())
    return Events(
        kind=np.array([KINDS.index(kind) for kind in kinds], np.uint8),
        row=np.array(rows, np.int32),
        sponsor=np.array(sponsors, np.int32),
        value=np.array(values, np.int64),
    )


def laid_out(parents: Sequence[int | None], joined: Sequence[int]) -> tuple[Columns, Network]:
    columns = forest(parents, joined=joined)
    return columns, analytics.network.at(columns, NOW_MS)


def live(parents: Sequence[int | None], joined: Sequence[int] | None = None) -> Live:
    columns, network = laid_out(parents, joined or [0] * len(parents))
    everyone, nothing = np.ones(len(parents), np.bool_), np.zeros(len(parents), np.int64)
    return Live.of(network, columns, qualified=everyone, own=nothing, rates=RATES)


def codes(out: Outcomes) -> list[str]:
    return [OUTCOMES[code] for code in out.code.tolist()]


class Counted:
    """The same in plain Python: walks up for everything, keeps no sums but what was earned."""

    def __init__(self, network: Network, joined: list[int]) -> None:
        self.above: list[int] = network.parent.tolist()
        self.placed = [depth >= 0 for depth in network.depth.tolist()]
        self.absent = [depth == ABSENT for depth in network.depth.tolist()]
        self.joined = list(joined)
        self.qualified, self.own = [True] * len(joined), [0] * len(joined)
        self.earned = [[0] * len(RATES) for _ in joined]

    def path(self, row: int) -> list[int]:
        path = [row]
        while self.above[path[-1]] >= 0:
            path.append(self.above[path[-1]])
        return path

    def work_in(self, kind: str, row: int, sponsor: int, value: int) -> str:
        known = 0 <= row < len(self.above)
        if kind == "join":
            if known and not self.absent[row]:
                return "already_there"
            if not known and row != len(self.above):
                return "unknown_distributor"
        elif not known:
            return "unknown_distributor"
        elif kind == "qualify":
            self.qualified[row] = value != 0
            return "taken"
        elif not self.placed[row]:
            return "no_place"
        elif kind == "order":
            return self.sell(row, value)
        if not NOBODY <= sponsor < len(self.above):
            return "unknown_sponsor"
        if sponsor != NOBODY and not self.placed[sponsor]:
            return "no_place"
        if kind == "move" and sponsor != NOBODY and row in self.path(sponsor):
            return "cycle"
        if kind == "join":
            self.make_room(row)
            self.joined[row], self.placed[row], self.absent[row] = value, True, False
        self.above[row] = sponsor
        return "taken"

    def make_room(self, row: int) -> None:
        if row == len(self.above):
            self.above, self.joined = [*self.above, NOBODY], [*self.joined, 0]
            self.placed, self.absent = [*self.placed, True], [*self.absent, False]
            self.qualified, self.own = [*self.qualified, True], [*self.own, 0]
            self.earned = [*self.earned, [0] * len(RATES)]

    def sell(self, row: int, amount: int) -> str:
        self.own[row] += amount
        for level, beneficiary in enumerate(self.path(row)[: len(RATES)]):
            if self.qualified[beneficiary]:
                share = abs(amount) * RATES[level] + Fraction(1, 2)
                self.earned[beneficiary][level] += int(share) * (1 if amount > 0 else -1)
        return "taken"


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[int | None], list[int], list[Event]]:
    """Sponsors of any shape, cycles too; joinings, some of them still to come; any events."""
    size = draw(st.integers(1, 12))
    above = draw(st.lists(st.none() | st.integers(0, size - 1), min_size=size, max_size=size))
    joined = [draw(st.integers(0, 401)) * DAY_MS for _ in above]
    row = st.integers(-2, 2 * size)
    value = st.integers(0, 401).map(lambda day: day * DAY_MS)
    amount = st.integers(-(10**12), 10**12) | st.integers(-40, 40)
    event = st.one_of(
        st.tuples(st.just("join"), st.integers(0, 2 * size), row, value),
        st.tuples(st.just("order"), row, st.just(NOBODY), amount),
        st.tuples(st.just("move"), row, row, st.just(0)),
        st.tuples(st.just("qualify"), row, st.just(NOBODY), st.integers(0, 1)),
    )
    return above, joined, draw(st.lists(event, max_size=40))


@settings(deadline=None, max_examples=150)
@given(worlds(), st.integers(1, 7), st.integers(0, 100))
def test_any_events_as_a_recompute_sees_them(
    world: tuple[list[int | None], list[int], list[Event]], in_batch: int, days: int
) -> None:
    parents, joined, events = world
    columns, network = laid_out(parents, joined)
    counted, found = Counted(network, joined), live(parents, joined)
    for at in range(0, len(events), in_batch):
        some = events[at : at + in_batch]
        assert codes(found.apply(batch(some))) == [counted.work_in(*event) for event in some]
    found.advance(NOW_MS + days * DAY_MS)
    same_as_recomputed(found, counted, NOW_MS + days * DAY_MS)


def same_as_recomputed(found: Live, counted: Counted, at_ms: int) -> None:
    """Lay the final relation out anew; whoever has no place keeps none."""
    outside = [None if placed else row for row, placed in enumerate(counted.placed)]
    above = [
        outside[row] if outside[row] is not None else (None if up < 0 else up)
        for row, up in enumerate(counted.above)
    ]
    columns = forest(above, joined=counted.joined)
    network = analytics.network.at(columns, at_ms)
    assert found.structure().equals(analytics.structure.work_out(columns, network))
    volumes = found.volumes()
    assert volumes["own"].to_list() == counted.own
    placed = np.array(counted.placed)
    groups = network.sums(np.array(counted.own, np.int64))[placed]
    assert volumes["group"].to_numpy()[placed].tolist() == groups.tolist()
    earned = [list(row) for row in volumes.select("^earned_.*$").iter_rows()]
    assert earned == counted.earned


def test_thousands_of_events_on_a_larger_network() -> None:
    """Hubs and long legs: heights fall and rise again, and everyone grows out of the first room."""
    drawn = np.random.default_rng(6)
    size, count = 400, 6_000
    parents = [None, *(int(row * drawn.random() ** 2) for row in range(1, size))]
    _, network = laid_out(parents, [0] * size)
    counted, found = Counted(network, [0] * size), live(parents)
    kinds = drawn.choice(KINDS, count, p=(0.3, 0.25, 0.4, 0.05)).tolist()
    for at, kind in enumerate(kinds):
        near = len(counted.above)
        row = near if kind == "join" else int(drawn.integers(0, near))
        sponsor = int(drawn.integers(max(0, near - 30) if at % 3 else 0, near))
        value = {"order": 12_345, "join": int(drawn.integers(0, 401)) * DAY_MS}.get(kind, at % 2)
        event = (kind, row, sponsor, value)
        assert codes(found.apply(batch([event]))) == [counted.work_in(*event)]
    same_as_recomputed(found, counted, NOW_MS)
    assert max(found.structure()["height"].to_list()) > 30


def test_what_an_order_pays_stays_when_its_seller_moves() -> None:
    """0 ── 1 ── 2, and 3 alone: 2 sells, moves under 3, sells again."""
    found = live([None, 0, 1, None])
    out = found.apply(
        batch([("order", 2, NOBODY, 1_005), ("move", 2, 3, 0), ("order", 2, NOBODY, 1_000)])
    )
    assert out.beneficiary.tolist() == [[2, 1, 0], [NOBODY] * 3, [2, 3, NOBODY]]
    assert out.amount.tolist() == [[101, 50, 30], [0] * 3, [100, 50, 0]]
    volumes = found.volumes()
    assert volumes["group"].to_list() == [0, 0, 2_005, 2_005]
    assert volumes["earned_2"].to_list() == [0, 50, 0, 50]


def test_what_cannot_be_done_is_said_and_the_rest_goes_on() -> None:
    """0 ── 1 ── 2, 3 sponsors himself, 4 has not joined yet."""
    found = live([None, 0, 1, 3, None], [0, 0, 0, 0, NOW_MS + 1])
    before = found.structure()
    refused = [
        ("move", 0, 2, 0),
        ("move", 1, 1, 0),
        ("move", 3, 0, 0),
        ("move", 1, 9, 0),
        ("join", 6, 0, 0),
        ("join", 2, 0, 0),
        ("order", 4, NOBODY, 1),
        ("order", NOBODY, NOBODY, 1),
        ("qualify", 5, NOBODY, 1),
    ]
    said = codes(found.apply(batch(refused)))
    assert said == [
        *("cycle", "cycle", "no_place", "unknown_sponsor", "unknown_distributor"),
        *("already_there", "no_place", "unknown_distributor", "unknown_distributor"),
    ]
    assert found.structure().equals(before)
    unheard = batch([("order", 0, NOBODY, 1)])._replace(kind=np.array([len(KINDS)], np.uint8))
    assert codes(found.apply(unheard)) == ["unknown_kind"]
    assert codes(found.apply(batch([*refused, ("join", 4, 2, NOW_MS), ("join", 5, 4, NOW_MS)])))[
        -2:
    ] == ["taken", "taken"]
    assert found.structure()["recruits_below_30"].to_list() == [2, 2, 2, 0, 1, 0]


def test_volumes_beyond_64_bits_and_time_that_runs_back_are_refused() -> None:
    found = live([None, 0])
    found.apply(batch([("order", 1, NOBODY, 2**61)]))
    with pytest.raises(Conflict):
        found.apply(batch([("join", 2, 1, 0), ("order", 1, NOBODY, -(2**62))]))
    assert (found.count, found.volumes()["group"].to_list()) == (2, [2**61, 2**61])
    assert found.volumes()["earned_1"].to_list() == [0, (2**61 + 5) // 10]
    with pytest.raises(Conflict):
        found.advance(NOW_MS - 1)


def test_a_chain_of_a_million_is_no_special_case() -> None:
    length = 1_000_000
    columns = chain(length)
    network = analytics.network.at(columns, NOW_MS)
    ones = np.ones(length, np.int64)
    found = Live.of(network, columns, qualified=ones > 0, own=ones, rates=RATES)
    out = found.apply(
        batch(
            [
                ("order", length - 1, NOBODY, 1_000),
                ("join", length, length - 1, NOW_MS),
                ("move", 1, length, 0),
                ("move", length // 2, 0, 0),
            ]
        )
    )
    assert codes(out) == ["taken", "taken", "cycle", "taken"]
    structure, volumes = found.structure(), found.volumes()
    assert structure["height"].to_list()[:2] == [length // 2 + 1, length // 2 - 2]
    assert structure["depth"].to_list()[-1] == length // 2 + 1
    assert structure["downline"].to_list()[:2] == [length, length // 2 - 2]
    assert structure["recruits_below_30"].to_list()[:2] == [1, 0]
    assert volumes["group"].to_list()[:2] == [length + 1_000, length // 2 - 1]
