import os
import subprocess
import sys
import threading
from typing import Any

import pytest

import graph.jobs
from graph.connection import Database
from graph.errors import Locked

HOST = "here"


def held_by(host: str, pid: int, heartbeat_ms: int) -> dict[str, Any]:
    return {"token": "t", "host": host, "pid": pid, "born_ms": 1, "heartbeat_ms": heartbeat_ms}


@pytest.mark.parametrize(
    ("holder", "living", "stands"),
    [
        ({"token": None}, set(), False),
        (held_by(HOST, 7, 0), {7}, True),  # alive here, however long it is silent
        (held_by(HOST, 7, 1_000_000), set(), False),  # dead here: at once
        (held_by("there", 7, 1_000_000 - 119_999), set(), True),
        (held_by("there", 7, 1_000_000 - 120_000), {7}, False),
    ],
)
def test_who_stands_against_a_claim(holder: dict[str, Any], living: set[int], stands: bool) -> None:
    assert graph.jobs.stands(holder, HOST, 1_000_000, lambda pid, _: pid in living) is stands


def claim(db: Database, **facts: Any) -> graph.jobs.Lease:
    return graph.jobs.claim(
        db, **{"kind": "load", "host": HOST, "pid": os.getpid(), "now_ms": 1, **facts}
    )


def test_loads_and_nights_exclude_each_other(empty_database: Database) -> None:
    db = empty_database
    lease = claim(db)
    with pytest.raises(Locked, match=f"a load is running \\(process {os.getpid()} on here\\)"):
        claim(db, kind="night")
    graph.jobs.heartbeat(db, lease, 5)
    assert (graph.jobs.holder(db) or {})["heartbeat_ms"] == 5
    graph.jobs.release(db, lease)
    assert graph.jobs.holder(db) is None
    night = claim(db, kind="night")
    graph.jobs.release(db, lease)  # of no effect: it is no longer his
    assert (graph.jobs.holder(db) or {})["token"] == night.token


def test_the_dead_are_followed_at_once_here_and_later_elsewhere(empty_database: Database) -> None:
    db = empty_database
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    claim(db, pid=child.pid)
    with pytest.raises(Locked):
        claim(db)
    child.kill()
    child.wait()
    if child.stdin:
        child.stdin.close()
    graph.jobs.release(db, claim(db))
    lost = claim(db, host="there", now_ms=10)
    with pytest.raises(Locked):
        claim(db, now_ms=10 + 119_999)
    claim(db, now_ms=10 + 120_000)
    with pytest.raises(Locked, match="lost its lease"):
        graph.jobs.heartbeat(db, lost, 11)


def test_a_recycled_pid_is_another_process() -> None:
    born = graph.jobs.born_ms(os.getpid())
    assert graph.jobs.lives(os.getpid(), born)
    assert not graph.jobs.lives(os.getpid(), born - 10_000)
    assert not graph.jobs.lives(2**22 + 1, 0)


def test_of_racing_claims_one_wins(empty_database: Database) -> None:
    for _ in range(5):
        won: list[graph.jobs.Lease] = []
        ready = threading.Barrier(4)

        def race(won: list[graph.jobs.Lease] = won, ready: threading.Barrier = ready) -> None:
            ready.wait()
            try:
                won.append(claim(empty_database))
            except Locked:
                pass

        threads = [threading.Thread(target=race) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1
        graph.jobs.release(empty_database, won[0])


def test_held_beats_and_gives_back(
    empty_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    db, beats = empty_database, threading.Event()
    monkeypatch.setattr(graph.jobs, "HEARTBEAT_S", 0.02)
    times = iter(range(10, 10_000))

    def now() -> int:
        at = next(times)
        if at > 12:
            beats.set()
        return at

    with graph.jobs.held(db, kind="night", host=HOST, pid=os.getpid(), now=now):
        assert beats.wait(5)
        with pytest.raises(Locked):
            claim(db)
    assert graph.jobs.holder(db) is None


def test_held_says_that_the_lease_was_lost(
    empty_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph.jobs, "HEARTBEAT_S", 0.02)
    here = graph.jobs.held(empty_database, kind="night", host="there", pid=1, now=lambda: 1)
    winners = []
    with pytest.raises(Locked, match="lost its lease"), here:
        winners.append(claim(empty_database, now_ms=10**9))
        threading.Event().wait(0.3)
    assert (graph.jobs.holder(empty_database) or {})["token"] == winners[0].token
