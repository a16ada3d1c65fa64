"""A disk that is full: under the outputs, the spool, the snapshot, the store, one after the other.

Each time the command says which disk it is and what to do, exit 75, and the same command completes
when there is room again.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import loaders.generate
import tests.faults.disk
import tests.faults.network
from graph.settings import Settings
from loaders.generate_network import Shape
from tests.faults import commands
from tests.faults.disk import Disk
from tests.faults.network import UNTIL_S

FULL = "is full; free some space and run the same command again"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with tests.faults.disk.small(tmp_path / "small", "64m") as disk:
        yield disk


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    shape = Shape(distributors=50, orders=400, seed=1, until_s=UNTIL_S, customers=40)
    loaders.generate.write(folder, shape, progress=lambda noun, rows: None)
    return folder


def full_then_free(own: Settings, disk: Disk, place: Path, *line: str | Path) -> commands.Ended:
    """The command on the full disk, which it names by `place`, and again when there is room."""
    disk.fill()
    ended = commands.plumbline(own, *line, within=disk.within)
    assert ended.code == 75, ended
    assert str(place) in ended.err and FULL in ended.err.replace("\n", " "), ended.err
    disk.free()
    return commands.plumbline(own, *line, within=disk.within)


def names(disk: Disk, folder: Path) -> set[str]:
    return set(disk.run('ls -A "$1"', folder).split())


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_generate_onto_a_full_disk(own_settings: Settings, disk: Disk, form: str) -> None:
    out = disk.path / "out"
    line = ("generate", out, "--distributors", "40", "--orders", "200", "--form", form)
    assert full_then_free(own_settings, disk, out, *line).code == 0
    assert names(disk, out) == {
        f"{noun}.{form}"
        for noun in (
            *tests.faults.network.PEOPLE,
            "identifiers",
            "orders",
            "order_lines",
            "refunds",
        )
    }


def test_the_results_of_a_try(own_settings: Settings, disk: Disk, files: Path) -> None:
    out = disk.path / "out"
    plan = commands.ROOT / "analytics" / "plans" / "three-tier.toml"
    line = ("try", files, "--as-of", "2026-10-31", "--out", out, "--plan", plan)
    assert full_then_free(own_settings, disk, out, *line).code == 0
    assert {"entries.csv", "paths.csv", "conservation.json", "rejects.csv"} <= names(disk, out)
    assert not {name for name in names(disk, out) if name.startswith(".")}


def test_the_rejects_of_a_load(own_settings: Settings, disk: Disk, files: Path) -> None:
    rejects = disk.path / "rejects.csv"
    line = ("load", files, "--check", "--rejects", rejects)
    assert full_then_free(own_settings, disk, rejects, *line).code == 0
    assert names(disk, disk.path) == {"rejects.csv"}


def test_the_spool_of_a_load(own_settings: Settings, disk: Disk, files: Path) -> None:
    own = replace(own_settings, data_folder=disk.path / "data")
    line = ("load", files, "--check")
    assert full_then_free(own, disk, own.data_folder, *line).code == 0
    assert names(disk, own.data_folder / "spool") == set()


@pytest.mark.server
def test_the_store_and_the_snapshot(own_settings: Settings, disk: Disk, tmp_path: Path) -> None:
    """A store whose disk is full gives up until its server is started anew, which happens.

    The folders of the store and of the snapshots lie on the small disk, all others elsewhere; the
    night meets the full one while it runs.
    """
    data = own_settings.data_folder
    data.mkdir()
    for name in ("neo4j", "snapshots"):
        disk.run('mkdir "$1"', disk.path / name)
        (data / name).symlink_to(disk.path / name)
    story = tests.faults.network.write(tmp_path / "story", seed=3, orders=300, slices=1)
    people, load, night = (step.arguments for step in story.steps)
    for line in (people, ("db", "start")):
        commands.well(own_settings, *line, within=disk.within)
    ended = full_then_free(own_settings, disk, data / "neo4j", *load)
    assert (ended.code, "over Bolt" in ended.out) == (0, True), ended
    ended = full_then_free(own_settings, disk, data, *night)
    assert (ended.code, "yes" in ended.out) == (0, True), ended
    assert "nothing new" in commands.well(own_settings, *night, within=disk.within).out
    commands.well(own_settings, "db", "stop", within=disk.within)
    assert not commands.processes_of(data)
