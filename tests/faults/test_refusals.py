"""What one command refuses because of another, through the real command line: sentence and code."""

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import graph.jobs
import loaders.generate
from graph.connection import Database
from graph.jobs import Lease
from graph.process import Place
from graph.settings import Settings
from loaders.generate_network import Shape
from tests.faults import commands
from tests.faults.network import UNTIL_S

DAY = "2026-10-31"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture
def files(tmp_path: Path) -> Path:
    shape = Shape(distributors=20, orders=20, seed=1, until_s=UNTIL_S, customers=5)
    loaders.generate.write(tmp_path / "files", shape, progress=lambda noun, rows: None)
    return tmp_path / "files"


@pytest.fixture
def night(empty_database: Database) -> Iterator[Lease]:
    """A night that runs elsewhere on this machine, in this very process."""
    here = socket.gethostname()
    with graph.jobs.held(
        empty_database, kind=graph.jobs.NIGHT, host=here, pid=os.getpid(), now=now_ms
    ) as lease:
        yield lease


def test_two_nights_at_once_and_a_load_during_a_night(
    settings: Settings, night: Lease, files: Path
) -> None:
    for line in (("nightly", "--as-of", DAY), ("load", str(files), "--via", "bolt")):
        ended = commands.plumbline(settings, *line)
        assert ended.code == 4, ended
        assert f"a night is running (process {os.getpid()} on" in ended.err
        assert "wait until it has ended" in ended.err


def test_a_night_before_the_last_finished_one(settings: Settings, empty_database: Database) -> None:
    commands.well(settings, "nightly", "--as-of", DAY)
    ended = commands.plumbline(settings, "nightly", "--as-of", "2026-10-30")
    assert ended.code == 2, ended
    assert f"the night of {DAY} is finished; 2026-10-30 is earlier than that" in ended.err


def test_a_port_in_use(own_settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = commands.plumbline(own_settings, "serve", "--port", str(port))
    assert (ended.code, ended.out) == (2, "")
    assert f"port {port} on 127.0.0.1 is in use" in ended.err and "--port" in ended.err
    assert not own_settings.data_folder.exists(), "something was started before the port was tried"


@pytest.mark.server
def test_a_data_folder_that_another_neo4j_owns(own_settings: Settings, tmp_path: Path) -> None:
    """Another program's server on the same store: it is refused, and nothing is started beside."""
    commands.well(own_settings, "db", "start")
    try:
        other = Settings(tmp_path / "other", heap_mb=own_settings.heap_mb)
        Place(other).make()
        (Place(other).home / "data").symlink_to(Place(own_settings).home / "data")
        ended = commands.plumbline(other, "nightly", "--as-of", DAY)
        assert ended.code == 75, ended
        assert "another Neo4j is running on" in ended.err
        assert "PLUMBLINE_DATA_FOLDER" in ended.err
        in_use = commands.plumbline(own_settings, "db", "status")
        assert "running: pid" in in_use.out
    finally:
        commands.well(own_settings, "db", "stop")
    assert not commands.processes_of(tmp_path)
