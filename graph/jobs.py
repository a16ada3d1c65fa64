"""The lease that keeps loads and nights apart: one holder at a time, in the graph.

Stored: (:Lock {id: "job", kind, host, pid, born_ms, token, claimed_ms, heartbeat_ms}). A lease
holds a process (host, pid, and when that process was born, so that a recycled pid is not mistaken
for it) and a heartbeat. A holder who died on this host is followed at once, one on another host
after LEASE_MS without a heartbeat.
"""

import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import psutil

import graph.queries
from graph.connection import Database, Statements
from graph.errors import Locked, PlumblineError, Unavailable
from graph.keys import Row

QUERIES = graph.queries.load("jobs")

LOAD, NIGHT = "load", "night"
LEASE_MS = 120_000
HEARTBEAT_S = 20.0
_BORN_TOLERANCE_MS = 2_000  # boot time, from which it is reckoned, moves with the clock


class Lease(NamedTuple):
    """What a claim gives: whoever has this token holds the lease."""

    kind: str
    host: str
    pid: int
    token: str


def claim(db: Database, *, kind: str, host: str, pid: int, now_ms: int) -> Lease:
    """Take the lease for a load or a night; Locked, naming the holder, while another stands."""
    lease = Lease(kind, host, pid, secrets.token_hex(16))
    holder = db.together(lambda tx: _claimed(tx, lease, now_ms))
    if holder["token"] != lease.token:
        raise Locked(
            f"a {holder['kind']} is running (process {holder['pid']} on {holder['host']});"
            " wait until it has ended"
        )
    return lease


def _claimed(tx: Statements, lease: Lease, now_ms: int) -> Row:
    holder = _lock(tx)
    if holder["token"] == lease.token or stands(holder, lease.host, now_ms, lives):
        return holder
    facts = {
        **lease._asdict(),
        "born_ms": born_ms(lease.pid),
        "claimed_ms": now_ms,
        "heartbeat_ms": now_ms,
    }
    return _take(tx, facts)


def _lock(tx: Statements) -> Row:
    return tx.run(QUERIES["lock"])[0]


def _take(tx: Statements, facts: Row) -> Row:
    return tx.run(QUERIES["take"], facts=facts)[0]


def stands(holder: Row, host: str, now_ms: int, lives: Callable[[int, int], bool]) -> bool:
    """Whether a holder still holds for somebody on `host`: pure, given `lives(pid, born_ms)`."""
    if holder["token"] is None:
        return False
    if holder["host"] == host:
        return lives(holder["pid"], holder["born_ms"])
    return now_ms - int(holder["heartbeat_ms"]) < LEASE_MS


def lives(pid: int, born: int) -> bool:
    """Whether the process that was born then under this pid still runs on this host."""
    return abs(born_ms(pid) - born) <= _BORN_TOLERANCE_MS and born > 0


def born_ms(pid: int) -> int:
    """When a process on this host began; 0 if there is none, or only a dead one not yet reaped."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return 0
        return int(process.create_time() * 1000)
    except psutil.Error:
        return 0


def heartbeat(db: Database, lease: Lease, now_ms: int) -> None:
    """Say that the holder is alive; Locked if the lease was lost to somebody else."""
    if not db.write(QUERIES["heartbeat"], token=lease.token, now_ms=now_ms):
        raise Locked(f"this {lease.kind} has lost its lease to another process; start it again")


def release(db: Database, lease: Lease) -> None:
    """Give the lease back; nothing happens if it is lost already."""
    db.write(QUERIES["release"], token=lease.token)


def holder(db: Database) -> Row | None:
    """Row {kind, host, pid, born_ms, token, claimed_ms, heartbeat_ms} of who holds the lease."""
    rows = db.read(QUERIES["holder"])
    return rows[0] if rows else None


def check_free(tx: Statements) -> None:
    """Within a transaction: hold off loads and nights until it ends; Locked if one stands.

    A holder on another host is taken at its word, however long it is silent.
    """
    found = _lock(tx)
    if stands(found, socket.gethostname(), found["heartbeat_ms"] or 0, lives):
        raise Locked(f"a {found['kind']} is running; try again when it has ended")


@contextmanager
def held(
    db: Database, *, kind: str, host: str, pid: int, now: Callable[[], int]
) -> Iterator[Lease]:
    """A claimed lease with a heartbeat of its own, given back at the end.

    `now` gives the time in ms. Locked at the end if the lease was lost meanwhile.
    """
    lease = claim(db, kind=kind, host=host, pid=pid, now_ms=now())
    ended, lost = threading.Event(), threading.Event()

    def beat() -> None:
        while not ended.wait(HEARTBEAT_S):
            try:
                heartbeat(db, lease, now())
            except Unavailable:
                continue  # the work itself meets the same trouble and says so
            except PlumblineError:
                return lost.set()

    thread = threading.Thread(target=beat, name="lease", daemon=True)
    thread.start()
    try:
        yield lease
    finally:
        ended.set()
        thread.join()
        release(db, lease)
    if lost.is_set():
        raise Locked(f"this {kind} has lost its lease to another process; start it again")
