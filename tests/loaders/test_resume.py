"""A loader that is killed while it writes: the same command again completes the same graph."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import graph.digest
import graph.jobs
import graph.keys
import graph.loads
import loaders.generate
import loaders.load
import tests.conftest
from graph.connection import Database
from graph.settings import Settings
from loaders.generate_network import Shape
from tests.loaders.loading import clock, command, load, sums

SHAPE = Shape(distributors=400, orders=5_000, seed=5, until_s=1_793_491_199, customers=500)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    loaders.generate.write(tmp_path / "files", SHAPE, progress=lambda noun, rows: None)
    return tmp_path / "files"


def killed(folder: Path, moment: Callable[[], bool]) -> None:
    """Start a load and kill it (-9) at the moment."""
    process: subprocess.Popen[str] = command("load", folder, "--via", "bolt")
    deadline = time.monotonic() + 120
    while not moment():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()


def test_a_load_killed_at_several_moments_completes_the_same_graph(
    folder: Path, empty_database: Database, settings: Settings
) -> None:
    spool = settings.data_folder / "spool"
    killed(folder, lambda: spool.exists() and any(spool.glob("*/rows/*")))
    assert not graph.loads.page(empty_database)
    killed(folder, lambda: graph.keys.last(empty_database, "distributors") >= 0)
    killed(folder, lambda: 0 <= graph.keys.last(empty_database, "orders"))
    record = graph.loads.page(empty_database)[0]
    assert record["status"] == graph.loads.RUNNING

    last = command("load", folder, "--via", "bolt")
    out, err = last.communicate(timeout=300)
    assert last.returncode == 0, err
    assert "cut short" in err
    assert "over Bolt" in out
    resumed = graph.digest.of(empty_database)
    assert graph.jobs.holder(empty_database) is None
    assert load(folder, settings).via == loaders.load.NOTHING

    empty_database.run_outside(tests.conftest.EMPTY)
    fresh = load(folder, settings)
    assert sums(fresh)[1:] == (0, 0, 0)
    assert graph.digest.of(empty_database) == resumed


def test_the_second_of_two_loads_at_once_ends_with_4(
    folder: Path, empty_database: Database
) -> None:
    first = graph.jobs.held(
        empty_database,
        kind=graph.jobs.LOAD,
        host=socket.gethostname(),
        pid=os.getpid(),
        now=clock(),
    )
    with first:
        second = command("load", folder, "--via", "bolt")
        said = second.communicate(timeout=120)[1]
    assert second.returncode == 4, said
    assert "a load is running" in said
    assert not graph.loads.page(empty_database)
