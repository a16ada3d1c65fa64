"""Eight writers at once on the same events and the same re-parentings."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from itertools import pairwise
from typing import TypeVar

import pytest

import graph.commissions
import graph.customers
import graph.digest
import graph.distributors
import graph.keys
import graph.loads
import graph.orders
import graph.products
import graph.refunds
from graph.connection import Database
from graph.keys import Row
from tests.conftest import EMPTY
from tests.graph import drawn as graph_drawn
from tests.graph.drawn import Drawn

WRITERS = 8
BATCH = 20
PEOPLE = [f"D{i}" for i in range(12)]
MOVES = 40
T = TypeVar("T")


def together(work: Callable[[int], T]) -> list[T]:
    """What `work` gives each of the writers, who begin at the same moment."""
    ready = threading.Barrier(WRITERS)

    def one(writer: int) -> T:
        ready.wait()
        return work(writer)

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(one, range(WRITERS)))


def shuffled(drawn: Drawn, writer: int) -> Drawn:
    """The same rows, in an order of this writer's own."""
    chance = random.Random(writer)
    rows = {field.name: list(getattr(drawn, field.name)) for field in fields(drawn)}
    for one in rows.values():
        chance.shuffle(one)
    return replace(drawn, **rows)


def pieces(drawn: Drawn) -> Iterator[Drawn]:
    """The same rows a few at a time, noun by noun, each behind what it refers to."""
    nothing = Drawn(**{field.name: [] for field in fields(drawn)})
    for field in fields(drawn):
        rows = getattr(drawn, field.name)
        for at in range(0, len(rows), BATCH):
            yield replace(nothing, **{field.name: rows[at : at + BATCH]})


def saved(db: Database, drawn: Drawn) -> Counter[str]:
    """How many rows of each noun this writer was told to have created."""
    created: Counter[str] = Counter()
    seq = graph.loads.next_seq(db)
    for piece in pieces(drawn):
        for noun, done in graph_drawn.save(db, piece, seq=seq).items():
            created[noun] += done.created
    return created


def booked(db: Database, entries: Sequence[Row], writer: int) -> int:
    """How many entries this writer was told to have booked."""
    mine = random.Random(writer).sample(entries, len(entries))
    batches = [mine[at : at + BATCH] for at in range(0, len(mine), BATCH)]
    return sum(graph.commissions.save_all(db, batch, f"run {writer}") for batch in batches)


def test_of_the_same_events_each_is_written_once(empty_database: Database) -> None:
    db, drawn = empty_database, graph_drawn.draw(60)
    one_by_one = saved(db, drawn)
    graph.commissions.save_all(db, graph_drawn.entries(db, drawn), "run")
    expected = graph.digest.of(db)

    db.run_outside(EMPTY)
    created = together(lambda writer: saved(db, shuffled(drawn, writer)))
    assert sum(created, Counter()) == one_by_one
    entries = graph_drawn.entries(db, drawn)
    assert sum(together(lambda writer: booked(db, entries, writer))) == len(entries)
    assert graph.commissions.count(db) == len(entries)
    assert graph.digest.of(db) == expected
    for noun in (graph.distributors, graph.customers, graph.products, graph.orders, graph.refunds):
        given = getattr(drawn, noun.__name__.removeprefix("graph."))
        rows = noun.by_ids(db, [row["id"] for row in given])
        assert sorted(row["key"] for row in rows) == list(range(len(given))), noun
        assert noun.last_key(db) == len(given) - 1


def moves(writer: int) -> list[tuple[str, str, int]]:
    """Who is to go under whom and when, later and later."""
    chance = random.Random(writer)
    pairs = [chance.sample(PEOPLE, 2) for _ in range(MOVES)]
    return [(child, sponsor, 100 + at) for at, (child, sponsor) in enumerate(pairs)]


@pytest.mark.parametrize("lists", [1, WRITERS], ids=["the same moves", "other moves"])
def test_racing_moves_leave_a_forest(empty_database: Database, lists: int) -> None:
    """What was answered as moved is what the history holds, at every moment without a cycle."""
    db = empty_database
    people = [{"id": id, "joined_at_ms": 0, "status": "active"} for id in PEOPLE]
    graph.distributors.save_all(db, people, seq=1)

    def move_on(writer: int) -> set[tuple[str, str, int]]:
        return {
            move
            for move in moves(writer % lists)
            if graph.distributors.move(db, *move).outcome == graph.distributors.MOVED
        }

    answered = set().union(*together(move_on))
    history = graph.distributors.sponsor_history_of(db, PEOPLE)
    stored = [(row["id"], row["sponsor_id"], row["since_ms"]) for row in history]
    assert len(stored) == len(set(stored)) >= len(PEOPLE) - 1
    assert set(stored) == answered
    for before, after in pairwise(history):
        if before["id"] == after["id"]:
            assert before["until_ms"] == after["since_ms"], "two sponsors at once, or none"
    for at_ms in range(100, 100 + MOVES):
        assert not on_a_cycle(history, at_ms)


def on_a_cycle(history: Sequence[Row], at_ms: int) -> list[str]:
    """Who stands below himself at that moment."""
    sponsors = {
        row["id"]: row["sponsor_id"]
        for row in history
        if row["since_ms"] <= at_ms < row["until_ms"]
    }
    found = []
    for start in sponsors:
        at, steps = sponsors.get(start), 0
        while at is not None and at != start and steps < len(PEOPLE):
            at, steps = sponsors.get(at), steps + 1
        found += [start] if at == start else []
    return found
