"""The life of the embedded Neo4j: started by the first command, shared, stopped by the last one.

Three lock files in DATA/neo4j, no daemon of our own:
- server.lock is held by Java itself from its start to its death: nothing else says "it lives".
- start.lock is held from the look until a statement answers: commands that start together make
  one server.
- users.lock is held shared by every command for its life. At its end a command tries for the
  exclusive one: who gets it is the last, and stops the server. A killed command lets go by itself.

So a server may be started or stopped by who holds start.lock and a share of users.lock, or by who
holds users.lock exclusively (`offline`). `db start` pins the server: then only `db stop` stops it.
"""

import errno
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIG_IGN, SIGHUP, SIGINT, SIGTERM, signal
from typing import IO, NamedTuple

import graph.aside
import graph.disk
import graph.locks
import graph.process
import graph.queries
import graph.voice
from graph.database import Address, Database
from graph.errors import Conflict, Locked, Misconfigured, Unavailable
from graph.locks import Held
from graph.process import Place
from graph.settings import Settings

QUERIES = graph.queries.load("server")

START_S = 600.0
"""A big store that was killed recovers before it answers."""

ROOM_MIN_BYTES = 4 * 2**20
"""With less on its disk a server can write neither its log nor what it needs to come up."""

BUSY_S = 60.0
SLOW_S = 20.0
STARTS = 3


@contextmanager
def ensure(settings: Settings) -> Iterator[Address]:
    """The running server, attached to or started; the last user stops it, unless it is pinned.

    Locked while another command works on the stopped store for long, Unavailable or Misconfigured
    with a sentence where the server cannot run.
    """
    place = Place(settings)
    place.make()
    with _start_lock(place):
        users = graph.locks.take(place.users_lock, exclusive=False, wait_s=BUSY_S)
        if users is None:
            raise Locked(f"another command imports, checks or restores the store in {place.home}")
        try:
            address = _running(place)
        except BaseException:
            _leave(place, users)
            raise
    try:
        yield address
    finally:
        _leave(place, users)


def reviver(settings: Settings) -> Callable[[], Address]:
    """For a command inside `ensure`: call it when the server does not answer, it lives after.

    Unavailable with the cause and the remedy where it has ended twice in a row for one that will
    not pass by itself (a heap too small, a full disk).
    """
    place, last = Place(settings), ""

    def revive() -> Address:
        nonlocal last
        with _start_lock(place):
            cause = _cause(place)
            again, last = cause == last, cause
            if cause and again:
                last = ""  # whoever asks later may find that it has been seen to
                raise Unavailable(cause)
            return _running(place)

    return revive


def pin(settings: Settings, pinned: bool) -> None:
    """Let the server outlive its users, or no longer."""
    place = Place(settings)
    with _start_lock(place):
        place.note(pinned=pinned)


def stop(settings: Settings) -> bool:
    """Unpin and stop; False where none ran. Locked while others use it: the last one stops it."""
    place = Place(settings)
    if not graph.locks.is_held(place.server_lock):
        if place.run().pinned:
            pin(settings, False)
        return False
    pin(settings, False)
    users = graph.locks.take(place.users_lock, exclusive=True, wait_s=1.0)
    if users is None:
        raise Locked("other commands still use the database; it stops when the last of them ends")
    with users:
        graph.process.stop(place)
    return True


@dataclass(frozen=True)
class Status:
    """What can be seen of the embedded server without touching it."""

    home: Path
    running: bool
    pid: int | None
    port: int
    pinned: bool
    store_bytes: int


def status(settings: Settings) -> Status:
    """What can be seen of the embedded server now."""
    place = Place(settings)
    running = graph.locks.is_held(place.server_lock)
    run = place.run()
    files = (file for store in place.stores for file in store.rglob("*") if file.is_file())
    return Status(
        home=place.home,
        running=running,
        pid=place.pid() if running else None,
        port=run.port,
        pinned=run.pinned,
        store_bytes=sum(file.stat().st_size for file in files),
    )


class Offline:
    """The embedded store in the hands of one command; see `offline`."""

    def __init__(self, place: Place, users: Held) -> None:
        self._place, self._users = place, users

    def is_empty(self) -> bool:
        """True where the store holds nothing but what Plumbline itself puts there.

        Without a store this costs nothing; otherwise the server is started for the question.
        """
        if not self._place.has_store:
            return True
        with self.database() as database:
            return bool(database.read(QUERIES["is_empty"])[0]["empty"])

    @contextmanager
    def database(self) -> Iterator[Database]:
        """The store with its server running, for this command alone; stopped at the end."""
        try:
            with closing(Database(_running(self._place))) as database:
                yield database
        finally:
            _stop_undisturbed(self._place)

    def recover(self) -> None:
        """After a kill, let the server bring the store into order; Neo4j's tools refuse before."""
        if self._place.pid_file.exists():
            with self.database():
                pass

    def admin(self, *arguments: str, stdin: IO[bytes] | None = None) -> str:
        """Run Neo4j's AdminTool on the stopped store; its output. PlumblineError if it fails.

        The tool keeps others out until it ends, even when this command is killed.
        """
        return graph.process.admin(self._place, arguments, keep_fds=(self._users.fd,), stdin=stdin)

    @contextmanager
    def replacing(self) -> Iterator[None]:
        """Around what makes the store anew (import, restore): whole afterwards, or as before.

        The old store stands aside meanwhile; an error, or the next command after a kill, puts
        it back.
        """
        graph.aside.move(self._place)
        yield
        graph.aside.forget(self._place)


@contextmanager
def offline(settings: Settings) -> Iterator[Offline]:
    """The stopped store for this command alone: import, check, backup, restore.

    Locked (at once) while another command uses the database. A pinned server is stopped and is
    running again at the end. Others that come meanwhile wait. Misconfigured with a NEO4J_URI.
    """
    if not settings.embedded:
        raise Misconfigured("NEO4J_URI is set: only the store of the embedded Neo4j can be used so")
    place = Place(settings)
    place.make()
    users = graph.locks.take(place.users_lock, exclusive=True, wait_s=1.0)
    if users is None:
        raise Locked("another command uses the database, which must stand still for this one")
    with users:
        was_running = graph.locks.is_held(place.server_lock)
        if was_running:
            graph.process.stop(place)
        graph.aside.put_back(place)
        try:
            yield Offline(place, users)
        finally:
            graph.aside.put_back(place)
            if was_running and place.run().pinned:
                _running(place)


def _start_lock(place: Place) -> Held:
    held = graph.locks.take(place.start_lock, exclusive=True, wait_s=START_S)
    if held is None:
        raise Locked(f"another command has been starting the database for long; see {place.log}")
    return held


def _cause(place: Place) -> str:
    """Why the server has ended or its database has given up, where that is known; else ""."""
    log = place.log_text()
    if not graph.locks.is_held(place.server_lock):
        return graph.process.known_ending(place, log)
    if graph.process.BOLT_READY not in log:  # a stranger on the port gets no password
        return ""
    return graph.process.known_ending(place, _state(place).message)


def _running(place: Place) -> Address:
    """A server that answers; to be called by who may start one (see the top)."""
    with graph.disk.writing(place.home):
        return _started(place)


def _started(place: Place) -> Address:
    given_up = ""
    for _ in range(STARTS):
        if not graph.locks.is_held(place.server_lock):
            if graph.aside.put_back(place):
                graph.voice.say("an import or restore was cut short; the store is as it was before")
            graph.process.spawn(place)
        try:
            address = _answering(place)
        except _GivenUp as problem:
            given_up = str(problem)
            graph.process.stop(place)
            continue
        if address:
            return address
        if graph.process.PORT_TAKEN not in place.log_text():
            break
        place.note(port=0)
    known = graph.process.known_ending(place, given_up)
    raise Unavailable(known or graph.process.why_it_ended(place))


def _answering(place: Place) -> Address | None:
    """Wait until a statement answers; None where the server has ended instead."""
    began, told = time.monotonic(), False
    while graph.locks.is_held(place.server_lock):
        # Not before: until then whoever listens on the port is a stranger, who gets no password.
        if graph.process.BOLT_READY in place.log_text():
            address = place.address()
            if _answers(place, address):
                return address
        elif shutil.disk_usage(place.home).free < ROOM_MIN_BYTES:
            graph.process.stop(place)
            raise Unavailable(graph.disk.sentence(errno.ENOSPC, place.home))
        waited_s = time.monotonic() - began
        if waited_s > START_S:
            raise Unavailable(
                f"the embedded Neo4j (pid {place.pid()}) runs but does not answer; see {place.log},"
                " and end it with './plumbline db stop'"
            )
        if waited_s > SLOW_S and not told:
            graph.voice.say(
                "the embedded Neo4j is still coming up (a busy machine, or a store that recovers)"
            )
            told = True
        time.sleep(graph.locks.POLL_S)
    return None


def _answers(place: Place, address: Address) -> bool:
    try:
        with closing(Database(address, retry_s=0)) as database:
            database.verify()
        return True
    except Unavailable:
        _refuse_broken(place)
        return False
    except Misconfigured:
        raise Misconfigured(
            f"the store in {place.home} has another password than {place.password_file} says; put"
            " back the file that belongs to it, or start from a backup in an empty data folder"
        ) from None


class _GivenUp(Exception):
    """What the database says of an error (a full disk) after which only a new start helps."""


class _State(NamedTuple):
    """What the server knows of its database; ("", "") where it does not say."""

    status: str
    message: str


def _state(place: Place) -> _State:
    try:
        system = place.address()._replace(database="system")
        with closing(Database(system, retry_s=0)) as database:
            rows = database.read(QUERIES["states"], name=place.address().database)
    except Unavailable:
        return _State("", "")
    return _State(rows[0]["status"], rows[0]["message"] or "") if rows else _State("", "")


def _refuse_broken(place: Place) -> None:
    """A database that failed to open answers like one that is busy: ask what the server knows."""
    state = _state(place)
    if state.message and state.status == "online":
        raise _GivenUp(state.message)
    if state.message and state.status == "offline":
        if known := graph.process.known_ending(place, state.message):
            raise Unavailable(known)
        raise Conflict(
            f"the store in {place.home} cannot be opened: {state.message[:300]}; look at"
            " './plumbline db check', or restore a backup"
        )


def _leave(place: Place, users: Held) -> None:
    with users:
        if not place.run().pinned and users.upgraded():
            _stop_undisturbed(place)


def _stop_undisturbed(place: Place) -> None:
    """Stop the server; a second Ctrl-C meanwhile does not leave it half stopped."""
    if threading.current_thread() is not threading.main_thread():
        graph.process.stop(place)
        return
    before = {number: signal(number, SIG_IGN) for number in (SIGINT, SIGTERM, SIGHUP)}
    try:
        graph.process.stop(place)
    finally:
        for number, handler in before.items():
            signal(number, handler)
