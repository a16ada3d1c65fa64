"""Live events at size: `python -m benchmarks.live [--help]`.

CPU time per event in batches of one kind, on one core, after a warm-up: orders, joinings, moves
(random ones, and whole big downlines), changes of standing, then batches of all kinds mixed and
single calls. In the end the whole form must be what a recompute on the final relation gives.
"""

import argparse
import os
import time
from collections.abc import Sequence

import numpy as np

import analytics.live_kernels
import analytics.network
import analytics.structure
import benchmarks.engine_input
from analytics.live import Live
from analytics.live_kernels import JOIN, KINDS, MOVE, ORDER, QUALIFY, Events
from benchmarks import raw
from benchmarks.engine_input import FIRST_MS, JOINING_DAYS, Ints
from graph.model import DAY_MS, NOBODY

NOW_MS = FIRST_MS + JOINING_DAYS * DAY_MS
QUESTION = "What does one live event cost?"
SEED = 6
WARM_UP = 1_000
SHARE, BATCH_MAX = 500, 2_000
"""A batch concerns one in 500: a network that is moved about many times over is no network."""
BIG = ((10_000, 20_000), (100_000, 200_000))
"""Sizes of downlines whose moves are measured one by one."""


class Player:
    """A live network, the events drawn for it, and what has been sold by whom."""

    def __init__(self, distributors: int) -> None:
        people = benchmarks.engine_input.people(distributors, SEED)
        columns = benchmarks.engine_input.columns(people.sponsor, people.joined)
        network = analytics.network.at(columns, NOW_MS)
        nothing = np.zeros(distributors, np.int64)
        self.live = Live.of(network, columns, qualified=people.active, own=nothing)
        self.rng = np.random.default_rng(SEED)
        self.above, self.joined, self.own = people.sponsor, people.joined, nothing

    def draw(self, kind: int, count: int) -> Events:
        """Events that concern anybody; whoever joins is the next."""
        known, rng = self.live.count, self.rng
        row = rng.integers(0, known, count)
        value = {
            ORDER: rng.integers(1, 100_000, count),
            JOIN: np.full(count, NOW_MS),
            MOVE: np.zeros(count),
            QUALIFY: rng.random(count) < 0.85,
        }[kind]
        if kind == JOIN:
            row = known + np.arange(count)
        sponsor = rng.integers(0, known, count)
        return events(np.full(count, kind), row, sponsor, value)

    def mixed(self, count: int) -> Events:
        """A day: mostly orders, some who join, few who move."""
        shares = {ORDER: 0.9, JOIN: 0.08, MOVE: 0.01, QUALIFY: 0.01}
        drawn = [self.draw(kind, int(count * share)) for kind, share in shares.items()]
        order = np.argsort(self.rng.random(sum(len(one.kind) for one in drawn)), kind="stable")
        joined = [np.concatenate(column)[order] for column in zip(*drawn, strict=True)]
        day = Events(*joined)
        joining = day.kind == JOIN
        day.row[joining] = np.sort(day.row[joining])
        return day

    def apply(self, some: Events) -> float:
        """CPU seconds that the events took."""
        begun = time.process_time()
        out = self.live.apply(some)
        taken = time.process_time() - begun
        self.note(some, out.code == analytics.live_kernels.TAKEN)
        return taken

    def apply_singly(self, some: Events) -> list[float]:
        """CPU seconds of each event in a call of its own, nothing else in between."""
        taken, codes = [], []
        for at in range(len(some.kind)):
            this = slice(at, at + 1)
            one = Events(some.kind[this], some.row[this], some.sponsor[this], some.value[this])
            begun = time.process_time()
            out = self.live.apply(one)
            taken.append(time.process_time() - begun)
            codes.append(int(out.code[0]))
        self.note(some, np.array(codes) == analytics.live_kernels.TAKEN)
        return taken

    def note(self, some: Events, taken: np.ndarray) -> None:
        """Write down what a recompute must know of the events taken; the last move holds."""
        sold = taken & (some.kind == ORDER)
        came, moved = taken & (some.kind == JOIN), taken & (some.kind == MOVE)
        fresh = np.zeros(self.live.count - len(self.own), np.int64)
        self.own = np.concatenate([self.own, fresh])
        np.add.at(self.own, some.row[sold], some.value[sold])
        self.joined = np.concatenate([self.joined, some.value[came]])
        self.above = np.concatenate([self.above, some.sponsor[came]])
        self.above[some.row[moved]] = some.sponsor[moved]

    def check(self) -> None:
        """Hold structure and volumes to a recompute on the final relation."""
        columns = benchmarks.engine_input.columns(self.above, self.joined)
        network = analytics.network.at(columns, NOW_MS)
        assert self.live.structure().equals(analytics.structure.work_out(columns, network))
        volumes = self.live.volumes()
        assert (volumes["own"].to_numpy() == self.own).all()
        assert (volumes["group"].to_numpy() == network.sums(self.own)).all()


def events(kind: Ints, row: Ints, sponsor: Ints, value: Ints) -> Events:
    """Columns in their types."""
    return Events(
        kind.astype(np.uint8),
        row.astype(np.int32),
        sponsor.astype(np.int32),
        value.astype(np.int64),
    )


def figure(what: str, distributors: int, microseconds: Sequence[float]) -> raw.Figure:
    """Median, p99 and most of the microseconds per event."""
    row: raw.Figure = {
        "event": what,
        "distributors": distributors,
        "samples": len(microseconds),
        "median_us": round(float(np.median(microseconds)), 3),
        "p99_us": round(float(np.quantile(microseconds, 0.99)), 3),
        "most_us": round(max(microseconds), 3),
    }
    print(f"  {row}", flush=True)
    return row


def batches(player: Player, batch: int, count: int) -> list[raw.Figure]:
    """Microseconds per event over `count` batches of each kind, and over mixed ones."""
    size, rows = player.live.count, []
    for kind, name in enumerate(KINDS):
        taken = [player.apply(player.draw(kind, batch)) for _ in range(count)]
        rows.append(figure(name, size, [one / batch * 1e6 for one in taken]))
    taken = [player.apply(player.mixed(batch)) for _ in range(count)]
    return [*rows, figure("all kinds, as on a day", size, [one / batch * 1e6 for one in taken])]


def singles(player: Player, count: int) -> list[raw.Figure]:
    """Microseconds of one Python call for one event."""
    size, rows = player.live.count, []
    for kind, name in enumerate(KINDS[: MOVE + 1]):
        taken = [one * 1e6 for one in player.apply_singly(player.draw(kind, count))]
        rows.append(figure(f"{name}, one call each", size, taken))
    return rows


def big_moves(player: Player, count: int) -> list[raw.Figure]:
    """Microseconds to move a big downline under a root and back."""
    size, rows = player.live.count, []
    for low, high in BIG:
        structure = player.live.structure()
        downline = structure["downline"].to_numpy()
        found = np.flatnonzero((downline >= low) & (downline < high) & (player.above >= 0))[:count]
        roots = np.flatnonzero(player.above == NOBODY)
        taken = []
        for row in found.tolist():
            for sponsor in (int(player.rng.choice(roots)), int(player.above[row])):
                move = np.array([[MOVE], [row], [sponsor], [0]], np.int64)
                taken.append(player.apply(events(*move)) * 1e6)
        if taken:
            rows.append(figure(f"move of {low:,} to {high:,} below", size, taken))
    return rows


def main() -> None:
    """Measure, check against a recompute, and keep the figures as `results/live.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[100_000, 1_000_000])
    parser.add_argument("--batches", type=int, default=100)
    given = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    rows: list[raw.Figure] = []
    for size in (WARM_UP, *given.sizes):
        print(f"{size:,} distributors", flush=True)
        player = Player(size)
        batch = min(size // SHARE, BATCH_MAX)
        found = batches(player, batch, 2 if size == WARM_UP else given.batches)
        found += singles(player, 1_000) + big_moves(player, 10)
        player.check()
        rows += found if size in given.sizes else []
    print(f"Written: {raw.write('live', QUESTION, rows)}")


if __name__ == "__main__":
    main()
