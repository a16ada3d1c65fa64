"""The life of the embedded server, by causing what can happen to it on the real one.

The tests share one data folder and run in the order in which they stand: each leaves the server
stopped, and says how many times it is started (six to eight seconds each).
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import graph.__main__
import graph.connection
import graph.locks
import graph.process
import graph.server
import graph.upkeep
from graph.database import Address, Database
from graph.errors import Locked, Misconfigured, Unavailable
from graph.process import Place
from graph.queries import Query
from graph.settings import Settings

pytestmark = pytest.mark.server
ROOT = Path(__file__).resolve().parent.parent.parent
ONE = Query("tests.one", "RETURN 1 AS one")
REMEMBER = Query("tests.remember", "MERGE (c:Counter {id: $id}) SET c.next = $next")
RECALL = Query("tests.recall", "MATCH (c:Counter {id: $id}) RETURN c.next AS next")

USER = """
import sys, graph.command, graph.server
app = graph.command.app("A command that uses the database until its input ends.")

@app.command()
def use():
    settings = graph.command.settings()
    print("begins", flush=True)
    with graph.server.ensure(settings):
        print(graph.server.status(settings).pid, flush=True)
        sys.stdin.read()

graph.command.run(app)
"""

TOGETHER = """
import os, sys, time, graph.command, graph.server
settings = graph.command.settings()
children = []
for _ in range(int(sys.argv[1])):
    child = os.fork()
    if child == 0:
        with graph.server.ensure(settings) as address:
            print(graph.server.status(settings).pid, address.uri, flush=True)
            time.sleep(1)
        os._exit(0)
    children.append(child)
print({os.waitpid(child, 0)[1] for child in children}, flush=True)
"""


@pytest.fixture(scope="module")
def own(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return replace(settings, data_folder=tmp_path_factory.mktemp("own"), neo4j_uri="")


@pytest.fixture
def place(own: Settings) -> Iterator[Place]:
    place = Place(own)
    yield place
    assert not graph.locks.is_held(place.server_lock), "the test left its server running"


def environment(own: Settings) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NEO4J_")}
    return {**clean, "PLUMBLINE_DATA_FOLDER": str(own.data_folder), "PYTHONPATH": str(ROOT)}


@contextmanager
def user(own: Settings) -> Iterator[subprocess.Popen[str]]:
    """A command that uses the server; it ends when its standard input is closed."""
    command = subprocess.Popen(
        [sys.executable, "-c", USER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(own),
    )
    with command:
        try:
            assert command.stdout and command.stdout.readline() == "begins\n"
            yield command
        finally:
            command.kill()


def db(own: Settings, *arguments: str) -> tuple[int, str]:
    """`plumbline db ...`: its exit code and all that it said."""
    done = subprocess.run(
        [sys.executable, "-m", "graph", "db", *arguments],
        capture_output=True,
        text=True,
        env=environment(own),
    )
    return done.returncode, done.stdout + done.stderr


def until(condition: object, wait_s: float = 200.0) -> None:
    deadline = time.monotonic() + wait_s
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.02)


def pid_of(place: Place) -> int:
    pid = place.pid()
    assert pid is not None
    return pid


def test_ten_commands_that_start_together_make_one_server(own: Settings, place: Place) -> None:
    """Starts: 1. The last of the ten to end stops it."""
    done = subprocess.run(
        [sys.executable, "-c", TOGETHER, "10"],
        capture_output=True,
        text=True,
        env=environment(own),
        timeout=400,
    )
    *seen, codes = done.stdout.splitlines()
    assert (len(seen), len(set(seen)), codes) == (10, 1, "{0}"), done.stderr
    assert not place.pid_file.exists()


def test_kill_9_of_the_command_then_of_the_server(own: Settings, place: Place) -> None:
    """Starts: 2. A killed starter's server is attached to, a killed server revived, both shared."""
    with user(own) as starter:
        until(place.pid_file.exists)
        starter.kill()  # Java is not even up yet
    first = pid_of(place)
    with graph.connection.connect(own) as database:
        assert graph.server.status(own).pid == first
        database.write(REMEMBER, id="kept", next=7)
        os.kill(first, signal.SIGKILL)
        assert database.read(RECALL, id="kept") == [{"next": 7}]
        assert pid_of(place) != first
        refused_while_it_is_used(own, place)
        a_second_command_attaches_and_leaves(own, place)
        wrong_passwords_are_refused(place.address())


def refused_while_it_is_used(own: Settings, place: Place) -> None:
    """What needs the server stopped is refused with exit 4, and the server lives on."""
    with pytest.raises(Locked), graph.server.offline(own):
        pass
    with pytest.raises(Locked, match="the last of them"):
        graph.server.stop(own)
    with pytest.raises(Locked, match="must stand still"):
        graph.upkeep.check(own, now_ms=0)
    assert graph.locks.is_held(place.server_lock)


def a_second_command_attaches_and_leaves(own: Settings, place: Place) -> None:
    """Ctrl-C ends that command, not the server that others use."""
    with user(own) as second:
        assert second.stdout and second.stdout.readline() == f"{pid_of(place)}\n"
        second.send_signal(signal.SIGINT)
        assert second.wait(100) == 130
    assert graph.locks.is_held(place.server_lock)


def wrong_passwords_are_refused(address: Address) -> None:
    """From the fourth on the server answers in another way, for some seconds, also to friends."""
    wrong = address._replace(password="not this one")
    for error, sentence in [(Misconfigured, "NEO4J_PASSWORD")] * 3 + [(Unavailable, "too many")]:
        with pytest.raises(error, match=sentence), closing(Database(wrong)) as database:
            database.verify()


def test_start_pins_and_a_taken_port_is_avoided(own: Settings, place: Place) -> None:
    """Starts: 1 that fails, 1. `db start` outlives its command, `db stop` ends it.

    The last port is taken before the start, the next one after it was chosen, by a stranger who
    must not be told the password.
    """
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", place.run().port)) as early:
        late = threading.Thread(target=take_the_port, args=(place, heard))
        late.start()
        code, said = db(own, "start")
        late.join()
        assert code == 0 and "running: Neo4j 5.26" in said
        assert place.run().port != early.getsockname()[1]
    assert not heard
    with graph.server.ensure(own) as address:
        a_second_owner_is_refused(own)
    assert graph.server.status(own).pinned
    with closing(Database(address)) as database:
        assert database.read(ONE) == [{"one": 1}]
    assert db(own, "stop") == (0, "stopped\n")
    assert not graph.server.stop(own)


def take_the_port(place: Place, heard: list[bytes]) -> None:
    until(place.pid_file.exists)
    with socket.create_server(("127.0.0.1", place.run().port)) as stranger:
        until(lambda: graph.process.PORT_TAKEN in place.log_text())
        stranger.settimeout(0.1)
        try:
            heard.append(stranger.accept()[0].recv(100))
        except TimeoutError:
            return


def a_second_owner_is_refused(own: Settings) -> None:
    """Somebody else's server on the same data: Neo4j itself refuses it, we say so."""
    other = replace(own, data_folder=own.data_folder / "other")
    Place(other).make()
    (Place(other).home / "data").symlink_to(Place(own).home / "data")
    with pytest.raises(Unavailable, match="another Neo4j is running"), graph.server.ensure(other):
        pass


def test_a_server_that_cannot_start_says_why(own: Settings, tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    with (
        pytest.raises(Unavailable, match="cannot be written"),
        graph.server.ensure(replace(own, data_folder=in_the_way / "data")),
    ):
        pass
    hungry = replace(own, data_folder=tmp_path / "hungry", heap_mb=10**8)
    with pytest.raises(Unavailable, match="PLUMBLINE_HEAP_MB to less"):
        with graph.server.ensure(hungry):
            pass


@pytest.mark.parametrize("verb", ["start", "stop", "status", "check", "backup", "restore"])
def test_with_neo4j_uri_the_commands_say_what_to_use_instead(
    verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEO4J_URI", "bolt://127.0.0.1:9")
    arguments = [Path("file")] if verb in ("backup", "restore") else []
    with pytest.raises(Misconfigured, match=f"'db {verb}' is for the embedded database only"):
        getattr(graph.__main__, verb)(*arguments)
