"""A first load through the import tool: the same graph as over Bolt, whole or not at all."""

import os
import shutil
import signal
import time
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

import graph.connection
import graph.digest
import graph.distributors
import graph.keys
import graph.loads
import graph.migrations
import graph.orders
import graph.server
import loaders.bulk
import loaders.generate
import loaders.load
import tests.loaders.all_nouns
from graph.connection import Database
from graph.errors import Locked, Misconfigured
from graph.settings import Settings
from loaders.generate_network import Shape
from loaders.import_files import ImportFiles
from tests.loaders.all_nouns import ALL_NOUNS, ROWS
from tests.loaders.loading import Told, command, load, sums

UNTIL_S = 1_793_491_199
SHAPE = Shape(300, 2_000, 3, UNTIL_S, 400, currencies=("CNY", "JPY"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """All nouns, a text with a line break, and a generated network beside them."""
    files = dict(ALL_NOUNS)
    files["complaints"] += '\nK2,D1,2024-05-03T00:00:00Z,"two\nlines",\n'
    return tests.loaders.all_nouns.write(tmp_path / "files", **files)


def same_salt(one: Settings, other: Settings) -> None:
    """Identifiers are only comparable where they are hashed with one salt."""
    other.data_folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(one.data_folder / "salt", other.data_folder / "salt")


def test_the_import_gives_the_same_graph_as_bolt(
    folder: Path, empty_database: Database, settings: Settings, own_settings: Settings
) -> None:
    load(folder, settings)
    same_salt(settings, own_settings)
    result = load(folder, own_settings, via=None)
    assert result.via == loaders.load.IMPORT
    assert sums(result) == (ROWS + 1, 0, 0, 0)
    with graph.connection.connect(own_settings) as db:
        assert graph.digest.of(db) == graph.digest.of(empty_database)
        assert not graph.migrations.absent(db)
        check_bookkeeping(db, empty_database)
        # What comes later goes over Bolt, with keys and changes that go on behind the import's.
        later = load(folder, own_settings, via=None)
        assert later.via == loaders.load.NOTHING
        header = ALL_NOUNS["distributors"].strip().splitlines()[0]
        more = tests.loaders.all_nouns.write(
            folder.parent / "more", distributors=f"{header}\nD9,D1,2024-08-01T00:00:00Z,,,,,,,"
        )
        assert sums(load(more, own_settings, via=None)) == (1, 0, 0, 0)
        keys = [row["key"] for row in graph.distributors.by_ids(db, ["D1", "D9"])]
        assert keys == [0, 4]
        with pytest.raises(Misconfigured, match="empty"):
            load(more, own_settings, via=loaders.load.IMPORT, rejects=folder / "other.csv")


def check_bookkeeping(imported: Database, written: Database) -> None:
    """Counters, the load's record and the salt's fingerprint stand as Bolt leaves them."""
    for noun in loaders.bulk.LABELS:
        assert graph.keys.last(imported, noun) == graph.keys.last(written, noun), noun
    assert graph.loads.current_seq(imported) == 1
    record, other = graph.loads.page(imported)[0], graph.loads.page(written)[0]
    for name in ("id", "seq", "status", "attempts"):
        assert record[name] == other[name]
    assert record["counts"]["rows"] == other["counts"]["rows"]


def test_a_killed_import_begins_again_and_says_so(
    tmp_path: Path, empty_database: Database, settings: Settings
) -> None:
    """kill -9 of the loader while the tool is at work, then the same command again."""
    files, data = tmp_path / "files", tmp_path / "data"
    loaders.generate.write(files, SHAPE, progress=lambda noun, rows: None)
    process = command("load", files, data_folder=data)
    wait_for(data / "neo4j" / "data" / "aside")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    own = replace(settings, data_folder=data, neo4j_uri="", neo4j_password="")
    told = Told()
    again = load(files, own, via=None, told=told)
    assert again.via == loaders.load.IMPORT
    assert "cut short" in told.text
    load(files, settings)
    with graph.connection.connect(own) as db:
        assert graph.digest.of(db) == graph.digest.of(empty_database)


def wait_for(path: Path, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.01)


def test_an_import_while_others_use_the_database_goes_over_bolt(
    folder: Path, empty_database: Database, settings: Settings
) -> None:
    """The session's own server is empty and ours, but the session uses it."""
    if not settings.embedded:
        pytest.skip("NEO4J_TEST_URI: nothing of ours to import into")
    told = Told()
    with pytest.raises(Locked):
        load(folder, settings, via=loaders.load.IMPORT)
    assert load(folder, settings, via=None, told=told).via == loaders.load.BOLT
    assert "over Bolt" in told.text


def test_the_files_say_names_types_and_keys(tmp_path: Path) -> None:
    with ImportFiles(tmp_path / "import") as files:
        rows = pl.DataFrame({"key": [0, 1], "id": ["a", 'b"c'], "flag": [True, None]})
        files.nodes("Thing", rows, key="key")
        files.nodes("Thing", rows.clear(), key="key")
        files.edges("KNOWS", "Thing", "Thing", pl.DataFrame({"start": [0], "end": [1]}))
        assert "--multiline-fields=false" in files.arguments()
        files.nodes("Text", pl.DataFrame({":ID": [0], "text": ["two\nlines"]}))
        arguments = files.arguments()
    assert "--multiline-fields=true" in arguments
    made = {path.name: path.read_text("utf-8") for path in (tmp_path / "import").iterdir()}
    assert made["Thing.header.csv"] == "key:ID(Thing){id-type:long},id:string,flag:boolean\n"
    assert made["Thing.csv"] == '0,a,true\n1,"b""c",\n'
    assert made["KNOWS-Thing-Thing.header.csv"] == ":START_ID(Thing),:END_ID(Thing)\n"
    assert made["Text.header.csv"] == ":ID(Text){id-type:long},text:string\n"
