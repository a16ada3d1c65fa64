"""Memory that runs out: for a command, by a limit of the shell or the kernel; for the server."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import graph.connection
import loaders.generate
from graph.errors import Unavailable
from graph.process import Place
from graph.queries import Query
from graph.settings import Settings
from loaders.generate_network import Shape
from tests.faults import commands
from tests.faults.network import UNTIL_S

CGROUPS = (
    (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes"),
    (Path("/sys/fs/cgroup"), "memory.max"),
)
LITTLE_BYTES = 80_000_000
"""Less than the libraries of any command need, more than a shell does."""

WITHIN = 'echo $$ > "$1/cgroup.procs" && shift && exec "$@"'
PLAN = commands.ROOT / "analytics" / "plans" / "three-tier.toml"
AS_OF = "2026-10-31"
KEEP = Query("tests.keep", "MERGE (o:Order {id: $id}) RETURN o.id AS id")
KEPT = Query("tests.kept", "MATCH (o:Order) RETURN count(o) AS orders")
HUGE = Query("tests.huge", "UNWIND range(1, 3000000) AS i CREATE (o:Order {id: 'huge' + i})")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    shape = Shape(distributors=30, orders=100, seed=1, until_s=UNTIL_S, customers=20)
    loaders.generate.write(tmp_path / "files", shape, progress=lambda noun, rows: None)
    return tmp_path / "files"


def lines(files: Path) -> list[tuple[str, ...]]:
    """The commands that need memory of their own."""
    out = str(files.parent / "out")
    return [
        ("load", str(files), "--check"),
        ("nightly", "--as-of", AS_OF),
        ("try", str(files), "--as-of", AS_OF, "--out", out, "--plan", str(PLAN)),
    ]


def test_too_little_address_space_is_said_before_anything_starts(
    own_settings: Settings, files: Path
) -> None:
    for line in lines(files):
        limited = ("sh", "-c", 'ulimit -v 2048000; exec "$@"', "sh")
        ended = commands.plumbline(own_settings, *line, within=limited)
        assert ended.code == 2
        assert "limited to 2000 MiB" in ended.err and "ulimit -v 6291456" in ended.err
    assert not own_settings.data_folder.exists()


@pytest.fixture
def cgroup() -> Iterator[Path]:
    """A group of processes that may have LITTLE_BYTES together."""
    for folder, limit in CGROUPS:
        own = folder / f"plumbline-{os.getpid()}"
        try:
            own.mkdir()
        except OSError:
            continue
        try:
            if (own / limit).exists():
                (own / limit).write_text(str(LITTLE_BYTES))
                yield own
                return
        finally:
            own.rmdir()
    pytest.skip("NOT RUN: this machine lets nobody make a memory cgroup, so no limit was reached")


def test_a_command_that_the_kernel_ends_for_want_of_memory(
    own_settings: Settings, files: Path, cgroup: Path
) -> None:
    """It leaves nothing that looks whole; the same command is well with the memory it needs."""
    line = lines(files)[2]
    ended = commands.plumbline(own_settings, *line, within=("sh", "-c", WITHIN, "sh", str(cgroup)))
    assert ended.code == -9, ended
    assert not (files.parent / "out" / "entries.csv").exists()
    commands.well(own_settings, *line)
    assert (files.parent / "out" / "entries.csv").exists()


@pytest.mark.server
def test_a_transaction_too_big_for_the_server_names_the_setting(own_settings: Settings) -> None:
    """Whether the server refuses it or ends by it: nothing is lost, and what to set is said."""
    own = replace(own_settings, heap_mb=400, page_cache_mb=32)
    with graph.connection.connect(own, retry_s=0) as db:
        db.write(KEEP, id="kept")
        with pytest.raises(Unavailable, match="PLUMBLINE_HEAP_MB") as refused:
            db.write(HUGE)
        assert refused.value.exit_code == 75
        assert db.read(KEPT) == [{"orders": 1}]
    assert not commands.processes_of(Place(own).home)
