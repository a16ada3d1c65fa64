"""Loading over Bolt: everything arrives, twice changes nothing, a later load does what it may."""

import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest

import graph.customers
import graph.digest
import graph.distributors
import graph.identifiers
import graph.jobs
import graph.loads
import graph.locks
import graph.orders
import loaders.load
import tests.loaders.all_nouns
from graph.connection import Database
from graph.errors import Locked, Misconfigured
from graph.settings import Settings
from tests.loaders.all_nouns import ALL_NOUNS, ROWS
from tests.loaders.loading import Told, clock, load, sums


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tests.loaders.all_nouns.write(tmp_path / "files", **ALL_NOUNS)


def change(folder: Path, noun: str, old: str, new: str) -> None:
    path = folder / f"{noun}.csv"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_all_thirteen_nouns_arrive(
    folder: Path, empty_database: Database, settings: Settings
) -> None:
    result = load(folder, settings)
    assert sums(result) == (ROWS, 0, 0, 0)
    assert set(result.tally) == set(ALL_NOUNS)
    o2, o3 = graph.orders.by_ids(empty_database, ["O2", "O3"])
    assert (o2["paid_time_ms"], o2["received_time_ms"], o2["currency"]) == (
        1_709_337_600_000,
        None,
        "CNY",
    )
    assert (o3["paid_time_ms"], o3["period"], o3["buyer_kind"]) == (None, None, "distributor")
    history = graph.distributors.sponsor_history_of(empty_database, ["D4"])
    assert [row["sponsor_id"] for row in history] == ["D3", "D2", "D1"]
    assert [row["until_ms"] for row in history[:2]] == [row["since_ms"] for row in history[1:]]
    names = graph.distributors.names_of(empty_database, ["D1", "D2"])
    assert names == [{"id": "D1", "name": 'role "root", first'}]


def test_identifiers_are_never_kept_in_clear(
    folder: Path, empty_database: Database, settings: Settings
) -> None:
    load(folder, settings)
    values = graph.identifiers.columns(empty_database, after=-1, upto=99, seq_max=99)["value"]
    assert len(values) == 3
    assert all(len(value) == 64 and "4111" not in value for value in values)
    salt = settings.data_folder / "salt"
    assert salt.stat().st_mode & 0o777 == 0o600


def test_the_same_load_again_is_nothing_to_do(
    folder: Path, empty_database: Database, settings: Settings
) -> None:
    load(folder, settings)
    before = graph.digest.of(empty_database), graph.loads.current_seq(empty_database)
    assert load(folder, settings).via == loaders.load.NOTHING
    assert (graph.digest.of(empty_database), graph.loads.current_seq(empty_database)) == before


def test_loading_twice_changes_nothing_also_without_the_short_cut(
    folder: Path, empty_database: Database, settings: Settings
) -> None:
    first = load(folder, settings)
    before = graph.digest.of(empty_database)
    graph.loads.next_seq(empty_database)  # something else was written in between
    again = load(folder, settings)
    assert again.via == loaders.load.BOLT
    assert sums(again) == (0, 0, sums(first)[0], 0)
    assert graph.digest.of(empty_database) == before
    seq = graph.loads.current_seq(empty_database)
    assert not graph.orders.changed(empty_database, since=seq - 1, upto=seq, first=10)
    assert not graph.distributors.changed(empty_database, since=seq - 1, upto=seq, first=10)


def test_a_check_changes_nothing_and_says_what_a_load_would_do(
    folder: Path, empty_database: Database, settings: Settings
) -> None:
    before = graph.digest.of(empty_database)
    checked = load(folder, settings, check=True)
    assert checked.via == loaders.load.CHECK
    assert sums(checked)[0] == ROWS
    assert graph.digest.of(empty_database) == before
    assert not graph.loads.page(empty_database)


def test_a_check_needs_no_server(folder: Path, own_settings: Settings) -> None:
    assert load(folder, own_settings, check=True).rejects == 0
    assert not (own_settings.data_folder / "neo4j").exists()


def test_a_later_load_fills_in_and_advances(
    folder: Path, empty_database: Database, settings: Settings
) -> None:
    load(folder, settings)
    change(
        folder,
        "orders",
        ",,,,created,sale,CNY,50.00",
        ",2024-04-02T00:00:00Z,,,paid,sale,CNY,50.00",
    )
    change(folder, "customers", "C2,,,", "C2,D2,2024-04-01T00:00:00Z,")
    change(folder, "distributors", "D2,D1,2024-01-02,,", "D2,D1,2024-01-02,2024-12-01,")
    result = load(folder, settings)
    assert sums(result)[:2] == (0, 3)
    assert result.rejects == 0
    order = graph.orders.by_ids(empty_database, ["O3"])[0]
    assert (order["status"], order["period"]) == ("paid", "2024-04")
    assert graph.customers.by_ids(empty_database, ["C2"])[0]["distributor_id"] == "D2"


def test_a_cancelled_order_without_a_paid_time_is_paid_no_more(
    folder: Path, empty_database: Database, settings: Settings
) -> None:
    load(folder, settings)
    change(folder, "orders", "2024-03-02,,,,paid", "2024-03-02,,,2024-03-04,cancelled")
    assert sums(load(folder, settings))[:2] == (0, 1)
    order = graph.orders.by_ids(empty_database, ["O2"])[0]
    assert (order["status"], order["paid_time_ms"], order["period"]) == ("cancelled", None, None)


def test_what_is_settled_is_rejected_with_its_reason(
    folder: Path, empty_database: Database, settings: Settings, tmp_path: Path
) -> None:
    load(folder, settings)
    before = graph.digest.of(empty_database)
    change(folder, "orders", "O1,D3,", "O1,D2,")
    change(folder, "distributors", "D2,D1,2024-01-02,,active", "D2,D1,2024-01-02,,suspended")
    change(folder, "order_lines", "O2,1,P1,1,", "O2,1,P1,2,")
    change(folder, "sponsor_changes", "D4,D2,2024-05-01", "D4,D1,2024-05-01")
    rejects = tmp_path / "rejects.csv"
    result = load(folder, settings, rejects=rejects)
    assert sums(result)[0] == 0
    assert result.rejects == 4
    text = rejects.read_text("utf-8")
    for told in (
        "orders.csv,1,seller_id,settled",
        "distributors.csv,2,status,use_change_file",
        "order_lines.csv,3,quantity,settled",
        "sponsor_changes.csv,1,sponsor_id,settled",
    ):
        assert told in text
    assert graph.digest.of(empty_database) == before


def test_a_row_that_repeats_what_holds_now_is_no_change(
    folder: Path, empty_database: Database, settings: Settings
) -> None:
    load(folder, settings)
    change(
        folder,
        "distributors",
        "D4,D3,2024-02-01T00:00:00Z,,suspended",
        "D4,D1,2024-02-01T00:00:00Z,,active",
    )
    result = load(folder, settings)
    assert sums(result)[1] == result.rejects == 0


def test_a_later_change_of_sponsor_ends_the_edge_before(
    folder: Path, empty_database: Database, settings: Settings
) -> None:
    load(folder, settings)
    header = ALL_NOUNS["sponsor_changes"].strip().splitlines()[0]
    later = tests.loaders.all_nouns.write(
        folder.parent / "later", sponsor_changes=f"{header}\nD3,D1,2024-07-01T00:00:00Z,"
    )
    assert sums(load(later, settings)) == (1, 0, 0, 0)
    history = graph.distributors.sponsor_history_of(empty_database, ["D3"])
    assert [row["sponsor_id"] for row in history] == ["D2", "D1"]
    assert history[0]["until_ms"] == history[1]["since_ms"]


def test_rejected_rows_are_counted_in_the_record_with_their_money(
    folder: Path, empty_database: Database, settings: Settings
) -> None:
    change(folder, "orders", "O6,D1,", "O6,D99,")
    result = load(folder, settings)
    assert result.rejects == 1
    record = graph.loads.page(empty_database)[0]
    assert record["status"] == graph.loads.FINISHED
    assert record["counts"]["rejected"] == {"unknown_seller": 1}
    assert record["counts"]["money"] == {"unknown_seller": {"CNY": 700}}
    assert record["counts"]["rows"]["orders"] == {"new": 5, "changed": 0, "same": 0, "rejected": 1}
    assert set(record["counts"]["nouns"]) == set(ALL_NOUNS)
    assert set(record["counts"]["files"]) == {f"{noun}.csv" for noun in ALL_NOUNS}


def test_mended_rows_load_when_they_come_again(
    folder: Path, empty_database: Database, settings: Settings
) -> None:
    change(folder, "distributors", "D1,,2024-01-01T00:00:00Z", "D1,,soon")
    first = load(folder, settings)
    assert first.rejects > 10
    change(folder, "distributors", "D1,,soon", "D1,,2024-01-01T00:00:00Z")
    assert load(folder, settings).rejects == 0
    mended = graph.digest.of(empty_database)
    assert len(graph.distributors.by_ids(empty_database, ["D1", "D2", "D3", "D4"])) == 4
    assert graph.loads.current_seq(empty_database) == 2
    assert mended["Order"] == graph.digest.of(empty_database)["Order"]


def test_two_loads_at_once_are_refused(
    folder: Path, empty_database: Database, settings: Settings
) -> None:
    held = graph.jobs.held(
        empty_database,
        kind=graph.jobs.NIGHT,
        host=socket.gethostname(),
        pid=os.getpid(),
        now=clock(),
    )
    with held, pytest.raises(Locked) as refused:
        load(folder, settings)
    assert refused.value.exit_code == 4
    assert not graph.loads.page(empty_database)


def test_what_an_earlier_load_has_left_is_removed(
    folder: Path, empty_database: Database, settings: Settings
) -> None:
    spool = settings.data_folder / "spool"
    left, alive = spool / "left", spool / "alive"
    for folder_of_one in (left, alive):
        folder_of_one.mkdir(parents=True)
    left.with_suffix(".lock").touch()
    held = graph.locks.take(alive.with_suffix(".lock"), exclusive=True)
    assert held is not None
    told = Told()
    with held:
        load(folder, settings, told=told, check=True)
    assert "cut short" in told.text
    assert [path.name for path in sorted(spool.iterdir())] == ["alive", "alive.lock"]
    alive.rmdir()
    alive.with_suffix(".lock").unlink()


def test_a_folder_that_is_not_there_is_one_sentence(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="does not exist"):
        load(tmp_path / "nowhere", settings)


def test_the_import_tool_is_for_our_own_database(folder: Path, own_settings: Settings) -> None:
    elsewhere = replace(own_settings, neo4j_uri="bolt://nowhere:7687")
    with pytest.raises(Misconfigured, match="NEO4J_URI"):
        load(folder, elsewhere, via=loaders.load.IMPORT)
