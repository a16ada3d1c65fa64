from typing import Any

import pytest

import graph.loads
import graph.runs
from graph.connection import Database

Row = dict[str, Any]


def run(as_of: str, attempt: int, status: str, seq: int) -> Row:
    return {"as_of": as_of, "attempt": attempt, "status": status, "seq": seq}


@pytest.mark.parametrize(
    ("finished", "latest", "expected"),
    [
        (None, None, ("started", 1)),
        (None, run("2026-01-02", 1, "running", 5), ("resumed", 1)),
        (None, run("2026-01-02", 2, "failed", 5), ("resumed", 2)),
        (None, run("2026-01-02", 1, "failed", 4), ("started", 2)),  # something was loaded since
        (
            run("2026-01-02", 1, "finished", 5),
            run("2026-01-02", 1, "finished", 5),
            ("nothing_new", 1),
        ),
        (
            run("2026-01-02", 1, "finished", 4),
            run("2026-01-02", 1, "finished", 4),
            ("started", 2),
        ),
        (run("2026-01-03", 1, "finished", 4), None, ("earlier_than_last_finished", 1)),
        (run("2026-01-01", 1, "finished", 5), None, ("started", 1)),
    ],
)
def test_what_a_claim_decides(
    finished: Row | None, latest: Row | None, expected: tuple[str, int]
) -> None:
    assert graph.runs.decide("2026-01-02", 5, finished, latest) == expected


def claim(db: Database, as_of: str, now_ms: int = 1) -> graph.runs.Claim:
    return graph.runs.claim(db, as_of, host="h", pid=1, now_ms=now_ms)


def test_a_night_from_claim_to_finish(empty_database: Database) -> None:
    db = empty_database
    graph.loads.next_seq(db)
    started = claim(db, "2026-01-02")
    assert (started.outcome, started.run["id"], started.run["seq"]) == (
        "started",
        "2026-01-02#1",
        1,
    )
    graph.runs.step_done(db, "2026-01-02#1", "snapshot", now_ms=2, counts={"orders": 3})
    graph.runs.heartbeat(db, "2026-01-02#1", now_ms=3)
    resumed = claim(db, "2026-01-02", now_ms=4)
    assert (resumed.outcome, resumed.run["step"]) == ("resumed", "snapshot")
    assert resumed.run["counts"] == {"orders": 3} and resumed.run["started_ms"] == 1
    graph.runs.fail(db, "2026-01-02#1", now_ms=5, error="disk full")
    assert graph.runs.by_ids(db, ["2026-01-02#1"])[0]["error"] == "disk full"
    assert claim(db, "2026-01-02", now_ms=6).outcome == "resumed"
    graph.runs.finish(db, "2026-01-02#1", now_ms=7, totals={"CNY": 5}, digests={"entries": "aa"})
    done = claim(db, "2026-01-02", now_ms=8)
    assert done.outcome == "nothing_new" and done.run["totals"] == {"CNY": 5}
    assert done.run["error"] is None and done.run["finished_ms"] == 7
    assert claim(db, "2026-01-01").outcome == "earlier_than_last_finished"
    assert (graph.runs.last_finished(db) or {})["id"] == "2026-01-02#1"


def test_a_further_attempt_works_on_what_has_arrived(empty_database: Database) -> None:
    db = empty_database
    assert graph.runs.last_finished(db) is None
    graph.runs.finish(db, claim(db, "2026-01-02").run["id"], now_ms=2)
    graph.loads.next_seq(db)
    again = claim(db, "2026-01-02")
    assert (again.outcome, again.run["id"], again.run["step"]) == ("started", "2026-01-02#2", "")


def test_a_run_left_by_the_dead_is_marked(empty_database: Database) -> None:
    claim(empty_database, "2026-01-01")
    claim(empty_database, "2026-01-02")
    [row] = graph.runs.by_ids(empty_database, ["2026-01-01#1"])
    assert (row["status"], row["error"]) == ("failed", "abandoned")


def test_pages_are_newest_first(empty_database: Database) -> None:
    db = empty_database
    for as_of in ("2026-01-01", "2026-01-02", "2026-01-02", "2026-01-03"):
        graph.loads.next_seq(db)
        graph.runs.finish(db, claim(db, as_of).run["id"], now_ms=2)
    page = graph.runs.page(db, first=2)
    assert [row["id"] for row in page] == ["2026-01-03#1", "2026-01-02#2", "2026-01-02#1"]
    assert graph.runs.count(db) == 4
    rest = graph.runs.page(db, after=("2026-01-02", 2), first=2)
    assert [row["id"] for row in rest] == ["2026-01-02#1", "2026-01-01#1"]
