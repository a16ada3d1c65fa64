import threading

import pytest

import graph.customers
import graph.keys
import graph.products
from graph.connection import Database
from graph.errors import Conflict


def test_keys_go_on_without_gaps(empty_database: Database) -> None:
    assert graph.keys.last(empty_database, "products") == -1
    assert graph.keys.take(empty_database, "products", 5) == 0
    assert graph.keys.take(empty_database, "products", 1) == 5
    assert graph.keys.last(empty_database, "products") == 5


def test_an_import_moves_the_counter_forward_only(empty_database: Database) -> None:
    graph.keys.reserve(empty_database, "orders", 100)
    graph.keys.reserve(empty_database, "orders", 40)
    assert graph.keys.last(empty_database, "orders") == 99


def test_threads_never_get_the_same_key(empty_database: Database) -> None:
    firsts: list[int] = []

    def take() -> None:
        for _ in range(10):
            firsts.append(graph.keys.take(empty_database, "x", 3))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(firsts) == list(range(0, 120, 3))


def test_identities_never_collide() -> None:
    assert graph.keys.identity("O1", 2) == "O1|2"
    assert graph.keys.identity("A|B", "C") != graph.keys.identity("A", "B|C")
    assert graph.keys.identity("A\\", "B") != graph.keys.identity("A", "\\B")


def test_an_unknown_name_in_a_row_is_a_bug(empty_database: Database) -> None:
    with pytest.raises(KeyError, match="colour"):
        graph.products.save_all(empty_database, [{"id": "P1", "colour": "red"}], seq=1)


def test_batches_hold_all_rows_in_order() -> None:
    rows = [{"id": str(i)} for i in range(25)]
    assert [len(batch) for batch in graph.keys.batches(rows, 10)] == [10, 10, 5]
    assert [row for batch in graph.keys.batches(rows, 10) for row in batch] == rows


def test_a_row_that_names_nobody_stops_its_whole_batch(empty_database: Database) -> None:
    rows: list[graph.keys.Row] = [
        {"id": "C1", "distributor_id": "D9"},
        {"id": "C2", "distributor_id": None},
    ]
    with pytest.raises(Conflict, match="1 of 2 rows"):
        graph.customers.save_all(empty_database, rows, seq=1)
    assert graph.customers.by_ids(empty_database, ["C1", "C2"]) == []
