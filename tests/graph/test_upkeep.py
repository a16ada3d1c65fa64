"""Check, backup and restore on the real store, and what is cut short in the middle of them.

The tests share one data folder and run in the order in which they stand.
"""

from dataclasses import replace
from pathlib import Path

import pytest

import graph.aside
import graph.connection
import graph.doctor
import graph.server
import graph.upkeep
from graph.errors import Conflict, Missing, PlumblineError
from graph.process import Place
from graph.queries import Query
from graph.settings import Settings

pytestmark = pytest.mark.server
REMEMBER = Query("tests.remember", "MERGE (o:Order {id: 'one'}) SET o.amount_minor = $amount")
RECALL = Query("tests.recall", "MATCH (o:Order) RETURN o.amount_minor AS amount")


@pytest.fixture(scope="module")
def own(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return replace(settings, data_folder=tmp_path_factory.mktemp("own"), neo4j_uri="")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("backups") / "plumbline.dump"


def test_without_a_store_there_is_nothing_to_keep(own: Settings, file: Path) -> None:
    with pytest.raises(Missing, match="the first load makes it"):
        graph.upkeep.backup(own, file)
    with pytest.raises(Missing, match="the first load makes it"):
        graph.upkeep.check(own, 0)
    assert not file.exists()
    with graph.server.offline(own) as store:
        assert store.is_empty()
    said = {finding.thing: finding.said for finding in graph.doctor.findings(own)}
    assert "none yet" in said["store"]


def test_a_backup_brings_back_what_was_there(own: Settings, file: Path) -> None:
    """Starts: 3. A command killed while it made the store anew leaves it as it was before."""
    with graph.connection.connect(own) as database:
        database.write(REMEMBER, amount=100)
    own.salt_file.write_bytes(b"1" * 32)
    assert graph.upkeep.backup(own, file) == file.stat().st_size > 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert graph.upkeep.salt_beside(file).stat().st_mode & 0o777 == 0o600
    with pytest.raises(Conflict, match="never replaces"):
        graph.upkeep.backup(own, file)

    cut_short(Place(own))
    with graph.server.offline(own) as store:
        assert not store.is_empty()

    elsewhere = replace(own, data_folder=own.data_folder / "elsewhere")
    graph.upkeep.restore(elsewhere, file)
    assert elsewhere.salt_file.read_bytes() == b"1" * 32
    a_broken_backup_changes_nothing(elsewhere, file)
    with graph.connection.connect(elsewhere) as database:
        assert database.read(RECALL) == [{"amount": 100}]
    assert sorted(path.name for path in file.parent.iterdir()) == [
        "broken.dump",
        file.name,
        f"{file.name}.salt",
    ]


def cut_short(place: Place) -> None:
    """What a command leaves that is killed while it makes the store anew."""
    graph.aside.move(place)
    for store in place.stores:
        store.mkdir(parents=True)
        (store / "half").write_text("of something")


def a_broken_backup_changes_nothing(own: Settings, file: Path) -> None:
    broken = file.with_name("broken.dump")
    broken.write_bytes(file.read_bytes()[:2000])
    with pytest.raises(PlumblineError, match="Neo4j's own tool failed"):
        graph.upkeep.restore(own, broken)
    with pytest.raises(Missing, match="no backup"):
        graph.upkeep.restore(own, file.with_name("none.dump"))
    assert not Place(own).aside.exists()


def test_a_damaged_store_is_found_by_the_check(own: Settings) -> None:
    """Starts: none. The records of the first nodes are overwritten."""
    assert graph.upkeep.check(own, 1234) == (1234, True, "") == graph.upkeep.last_check(own)
    assert "consistent when last checked" in graph.doctor.store(own).said
    nodes = Place(own).stores[0] / "neostore.nodestore.db"
    body = nodes.read_bytes()
    nodes.write_bytes(b"\x11" * 300 + body[300:])
    assert not graph.upkeep.check(own, 5678).consistent
    finding = graph.doctor.store(own)
    assert "INCONSISTENT" in finding.said and finding.remedy
