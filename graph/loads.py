"""Loads and the change cursor: each attempt to load draws the next `seq` and marks its rows.

Stored: (:Load {id, source, seq, attempts, status, done, counts, started_ms, finished_ms, error});
done and counts are JSON, given back as dicts. A load that was killed goes on where its `done` says.
Claim the lease of graph.jobs first.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import graph.keys
import graph.queries
from graph.connection import Database, Statements
from graph.keys import Row

QUERIES = graph.queries.load("loads")

RUNNING, FINISHED, FAILED = "running", "finished", "failed"
_SEQ = "seq"


def next_seq(db: Database) -> int:
    """Draw the next value of the change cursor (1, 2, ...)."""
    return graph.keys.take(db, _SEQ, 1) + 1


def next_seq_within(tx: Statements) -> int:
    """The same inside a transaction of several statements."""
    return graph.keys.take_within(tx, _SEQ, 1) + 1


def current_seq(db: Database) -> int:
    """The value drawn last; 0 before the first."""
    return graph.keys.last(db, _SEQ) + 1


def start(db: Database, load_id: str, *, source: str, now_ms: int) -> Row:
    """Begin a load, or go on with it: draws a `seq`, counts the attempt, status running.

    The row (`by_ids`) that comes back has the `done` of an unfinished earlier attempt, else {}.
    `load_id` stands for the content that is loaded (such as its digest), `source` is for people.
    """
    seq = next_seq(db)
    row = db.write(QUERIES["start"], id=load_id, source=source, seq=seq, now_ms=now_ms)[0]
    return _parsed(row)


def step_done(db: Database, load_id: str, done: Mapping[str, Any]) -> None:
    """Keep how far the load is; `done` replaces the earlier one."""
    db.write(QUERIES["step_done"], id=load_id, done=_json(done))


def finish(db: Database, load_id: str, *, now_ms: int, counts: Mapping[str, Any]) -> None:
    """The load is complete; counts: rows, rejects and money by code, as the loader reports them."""
    db.write(QUERIES["finish"], id=load_id, now_ms=now_ms, counts=_json(counts))


def fail(db: Database, load_id: str, *, now_ms: int, error: str) -> None:
    """The load has ended with an error; a next attempt goes on from `done`."""
    db.write(QUERIES["fail"], id=load_id, now_ms=now_ms, error=error)


def by_ids(db: Database, ids: Sequence[str]) -> list[Row]:
    """Rows {id, source, seq, attempts, status, done, counts, started_ms, finished_ms, error}."""
    return [_parsed(row) for row in db.read(QUERIES["by_ids"], ids=list(ids))]


def page(db: Database, *, before_seq: int | None = None, first: int = 50) -> list[Row]:
    """Loads, newest (greatest seq) first; first + 1 rows where there is a further page."""
    before = 2**62 if before_seq is None else before_seq
    return [_parsed(row) for row in db.read(QUERIES["page"], before=before, limit=first + 1)]


def nouns_given(db: Database, *, upto: int) -> frozenset[str]:
    """The nouns that any finished load up to the change `upto` had a file of, empty ones too."""
    rows = db.read(QUERIES["nouns_given"], upto=upto)
    return frozenset(noun for row in rows for noun in json.loads(row["counts"]).get("nouns", ()))


def rejected_in_cycles(db: Database, *, upto: int) -> dict[str, int]:
    """What sponsor cycles held back in loads up to the change `upto`: order money by currency, in
    minor units, and as `rows` how many accounts. Of loads from one source the last one counts: what
    was mended there is loaded.
    """
    found: dict[str, int] = {}
    for row in db.read(QUERIES["rejected_in_cycles"], upto=upto):
        for name, number in json.loads(row["counts"]).get("in_cycles", {}).items():
            found[name] = found.get(name, 0) + number
    return found


def _parsed(row: Row) -> Row:
    return {**row, "done": json.loads(row["done"]), "counts": json.loads(row["counts"])}


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
