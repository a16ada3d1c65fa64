"""Jars: fetched once, checked always, replaced whole; from a repository on this machine."""

import hashlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import jgo.maven
import pytest

import graph.jars
from graph.errors import Conflict, Unavailable
from graph.jars import Jar

BODIES = {name: name.encode() * 50_000 for name in ("one", "two", "three")}
JARS = [
    Jar("org.example", name, "1.0", "", hashlib.sha256(body).hexdigest())
    for name, body in BODIES.items()
]


class Repository(http.server.BaseHTTPRequestHandler):
    """A Maven repository that counts what it serves, and cuts off what it is told to."""

    served: list[str]
    cut_off: set[str]
    altered: set[str]

    def do_GET(self) -> None:
        name = self.path.split("/")[3]
        body = BODIES[name] if self.path.endswith(".jar") else b""
        if not body:
            self.send_error(404)
            return
        self.served.append(name)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if name in self.cut_off:
            self.cut_off.discard(name)
            body = body[:1000]
        self.wfile.write(body.upper() if name in self.altered else body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[jgo.maven.MavenContext, type[Repository]]]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    handler = type("Own", (Repository,), {"served": [], "cut_off": set(), "altered": set()})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        remote = {"here": f"http://127.0.0.1:{server.server_address[1]}"}
        yield jgo.maven.MavenContext(repo_cache=tmp_path / "m2", remote_repos=remote), handler
        server.shutdown()
        thread.join()


Repo = tuple[jgo.maven.MavenContext, type[Repository]]


def test_jars_are_fetched_once(repository: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    context, served = repository
    paths = graph.jars.ensure(JARS, context)
    assert [path.read_bytes() for path in paths] == list(BODIES.values())
    assert "fetching 3" in capsys.readouterr().err
    assert graph.jars.ensure(JARS, context) == paths
    assert sorted(served.served) == ["one", "three", "two"]
    assert capsys.readouterr().err == ""
    assert sorted(path.name for path in context.repo_cache.iterdir()) == [".plumbline.lock", "org"]


def test_a_damaged_and_a_half_fetched_jar_are_fetched_again_and_named(
    repository: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    context, served = repository
    one, two, _ = graph.jars.ensure(JARS, context)
    served.served.clear()
    one.write_bytes(b"?" + one.read_bytes()[1:])
    two.write_bytes(two.read_bytes()[:1000])
    assert graph.jars.unfit(JARS, context) == JARS[:2]
    graph.jars.ensure(JARS, context)
    told = capsys.readouterr().err
    assert f"{one} is damaged" in told and f"{two} is damaged" in told
    assert sorted(served.served) == ["one", "two"]
    assert graph.jars.unfit(JARS, context) == []


def test_a_download_that_is_cut_off_is_tried_again(repository: Repo) -> None:
    context, served = repository
    served.cut_off.add("two")
    graph.jars.ensure(JARS, context)
    assert served.served.count("two") == 2
    assert graph.jars.unfit(JARS, context) == []


def test_what_is_not_as_locked_is_never_used(repository: Repo) -> None:
    context, served = repository
    served.altered.add("three")
    with pytest.raises(Conflict, match=r"three-1\.0\.jar as fetched has sha256"):
        graph.jars.ensure(JARS, context)
    assert graph.jars.unfit(JARS, context) == JARS[2:]


def test_without_a_network_the_remedy_is_said_and_what_came_is_kept(
    repository: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, _ = repository
    graph.jars.ensure(JARS[:1], context)
    monkeypatch.setattr(graph.jars, "TRIES", 1)
    alone = jgo.maven.MavenContext(
        repo_cache=context.repo_cache, remote_repos={"gone": "http://127.0.0.1:9"}
    )
    with pytest.raises(Unavailable, match="plumbline setup"):
        graph.jars.ensure(JARS, alone)
    assert graph.jars.unfit(JARS, alone) == JARS[1:]


def test_the_committed_lock_is_whole() -> None:
    jars = graph.jars.locked()
    assert len({(jar.group, jar.artifact, jar.classifier) for jar in jars}) == len(jars) > 200
    assert all(len(jar.sha256) == 64 for jar in jars)
    assert {jar.version for jar in jars if (jar.group, jar.artifact) in graph.jars.ROOTS} == {
        graph.jars.neo4j_version()
    }


def test_a_lock_is_read_as_it_was_written(tmp_path: Path) -> None:
    graph.jars.write_lock(JARS, tmp_path / "jars.lock")
    assert graph.jars.locked(tmp_path / "jars.lock") == JARS
