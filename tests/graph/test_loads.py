import graph.loads
from graph.connection import Database


def test_the_change_cursor_only_goes_forward(empty_database: Database) -> None:
    assert graph.loads.current_seq(empty_database) == 0
    assert [graph.loads.next_seq(empty_database) for _ in range(3)] == [1, 2, 3]
    assert graph.loads.current_seq(empty_database) == 3


def test_a_killed_load_goes_on_where_it_was(empty_database: Database) -> None:
    db = empty_database
    first = graph.loads.start(db, "digest", source="folder", now_ms=1)
    assert (first["seq"], first["attempts"], first["done"]) == (1, 1, {})
    graph.loads.step_done(db, "digest", {"orders": 20_000})
    again = graph.loads.start(db, "digest", source="folder", now_ms=2)
    assert (again["seq"], again["attempts"], again["done"]) == (2, 2, {"orders": 20_000})
    graph.loads.fail(db, "digest", now_ms=3, error="disk full")
    assert graph.loads.by_ids(db, ["digest"])[0]["error"] == "disk full"
    graph.loads.start(db, "digest", source="folder", now_ms=4)
    graph.loads.finish(db, "digest", now_ms=5, counts={"orders": {"created": 1}})
    [row] = graph.loads.by_ids(db, ["digest"])
    assert row["status"] == "finished" and row["error"] is None
    assert row["counts"] == {"orders": {"created": 1}}
    assert graph.loads.start(db, "digest", source="folder", now_ms=6)["done"] == {}


def test_pages_are_newest_first(empty_database: Database) -> None:
    db = empty_database
    for id in ("a", "b", "c"):
        graph.loads.start(db, id, source=id, now_ms=1)
    page = graph.loads.page(db, first=1)
    assert [row["id"] for row in page] == ["c", "b"]
    assert [row["id"] for row in graph.loads.page(db, before_seq=3, first=9)] == ["b", "a"]
