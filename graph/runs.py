"""Nightly runs: one record per as-of date and attempt, claimed, resumed, finished.

Stored: (:Run {id: AS_OF#ATTEMPT, as_of, attempt, status, step, seq, counts, totals, digests,
started_ms, finished_ms, heartbeat_ms, host, pid, error}); as_of is YYYY-MM-DD, step the last one
that is done ("" before the first), seq the change cursor that the night reads up to; counts,
totals and digests are JSON, given back as dicts. Claim the lease of graph.jobs first: it is what
keeps two nights apart; a run that is still `running` then was left by somebody who died.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import graph.loads
import graph.queries
from graph.connection import Database, Statements
from graph.keys import Row

QUERIES = graph.queries.load("runs")

RUNNING, FINISHED, FAILED = "running", "finished", "failed"

STARTED = "started"
RESUMED = "resumed"
NOTHING_NEW = "nothing_new"
TOO_EARLY = "earlier_than_last_finished"


class Claim(NamedTuple):
    """STARTED or RESUMED with the run to work on; NOTHING_NEW or TOO_EARLY with the finished run
    that stands in the way.
    """

    outcome: str
    run: Row


def decide(as_of: str, seq: int, last_finished: Row | None, latest: Row | None) -> tuple[str, int]:
    """What to do, and the attempt it concerns; `latest` is the last attempt of this date. Pure.

    An unfinished attempt is resumed only while nothing has been loaded since it began: its rows
    were read up to its own seq, and a row that changed after that is no longer what it had read.
    """
    if last_finished and as_of < last_finished["as_of"]:
        return TOO_EARLY, last_finished["attempt"]
    if latest is None:
        return STARTED, 1
    if latest["seq"] == seq:
        return (NOTHING_NEW if latest["status"] == FINISHED else RESUMED), latest["attempt"]
    return STARTED, latest["attempt"] + 1


def claim(db: Database, as_of: str, *, host: str, pid: int, now_ms: int) -> Claim:
    """The run of this date to work on now, or why there is none; see `decide`.

    Runs that others have left `running` are marked failed.
    """
    seq = graph.loads.current_seq(db)
    who = {"host": host, "pid": pid, "now_ms": now_ms}
    return db.together(lambda tx: _claimed(tx, as_of, seq, who))


def _claimed(tx: Statements, as_of: str, seq: int, who: Row) -> Claim:
    standing = _standing(tx, as_of)
    finished, latest = standing.get("last_finished"), standing.get("latest")
    outcome, attempt = decide(as_of, seq, finished, latest)
    if outcome == TOO_EARLY and finished:
        return Claim(outcome, _parsed(finished))
    if outcome == NOTHING_NEW and latest:
        return Claim(outcome, _parsed(latest))
    facts = {"id": f"{as_of}#{attempt}", "as_of": as_of, "attempt": attempt, "seq": seq}
    return Claim(outcome, _parsed(_take(tx, facts, who)))


def _standing(tx: Statements, as_of: str) -> dict[str, Row]:
    rows = tx.run(QUERIES["standing"], as_of=as_of)
    return {row.pop("what"): row for row in rows}


def _take(tx: Statements, facts: Row, who: Row) -> Row:
    _abandon(tx, facts["id"], who["now_ms"])
    return tx.run(QUERIES["take"], facts=facts, **who)[0]


def _abandon(tx: Statements, id: str, now_ms: int) -> None:
    tx.run(QUERIES["abandon"], id=id, now_ms=now_ms)


def step_done(
    db: Database,
    run_id: str,
    step: str,
    *,
    now_ms: int,
    counts: Mapping[str, Any] | None = None,
    totals: Mapping[str, Any] | None = None,
    digests: Mapping[str, Any] | None = None,
) -> None:
    """A step is complete; what is given replaces the counts, totals, digests kept so far."""
    kept = _kept(counts, totals, digests)
    db.write(QUERIES["step_done"], id=run_id, kept={**kept, "step": step}, now_ms=now_ms)


def finish(
    db: Database,
    run_id: str,
    *,
    now_ms: int,
    counts: Mapping[str, Any] | None = None,
    totals: Mapping[str, Any] | None = None,
    digests: Mapping[str, Any] | None = None,
) -> None:
    """The night is complete."""
    db.write(QUERIES["finish"], id=run_id, kept=_kept(counts, totals, digests), now_ms=now_ms)


def fail(db: Database, run_id: str, *, now_ms: int, error: str) -> None:
    """The night has stopped with an error; the next claim of its date resumes it."""
    db.write(QUERIES["fail"], id=run_id, now_ms=now_ms, error=error)


def heartbeat(db: Database, run_id: str, *, now_ms: int) -> None:
    """For people who look at the run: it is alive. (The lease has its own, graph.jobs.)"""
    db.write(QUERIES["heartbeat"], id=run_id, now_ms=now_ms)


def by_ids(db: Database, ids: Sequence[str]) -> list[Row]:
    """Rows {id, as_of, attempt, status, step, seq, counts, totals, digests, started_ms,
    finished_ms, heartbeat_ms, host, pid, error} of the ids that exist, newest first.
    """
    return [_parsed(row) for row in db.read(QUERIES["by_ids"], ids=list(ids))]


def last_finished(db: Database) -> Row | None:
    """The finished run with the latest (as_of, attempt)."""
    rows = db.read(QUERIES["last_finished"])
    return _parsed(rows[0]) if rows else None


def page(db: Database, *, after: tuple[str, int] | None = None, first: int = 50) -> list[Row]:
    """Runs, newest first, behind the place `after` = (as_of, attempt); first + 1 rows where there
    is a further page.
    """
    as_of, attempt = after or ("9999-99-99", 0)
    rows = db.read(QUERIES["page"], as_of=as_of, attempt=attempt, limit=first + 1)
    return [_parsed(row) for row in rows]


def count(db: Database) -> int:
    """How many runs there are."""
    return int(db.read(QUERIES["count"])[0]["runs"])


def _kept(
    counts: Mapping[str, Any] | None,
    totals: Mapping[str, Any] | None,
    digests: Mapping[str, Any] | None,
) -> dict[str, str]:
    given = {"counts": counts, "totals": totals, "digests": digests}
    return {
        name: json.dumps(value, sort_keys=True, ensure_ascii=False)
        for name, value in given.items()
        if value is not None
    }


def _parsed(row: Row) -> Row:
    return {**row, **{name: json.loads(row[name]) for name in ("counts", "totals", "digests")}}
