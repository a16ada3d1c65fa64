from itertools import pairwise
from typing import Any

import pytest

import graph.distributors
import graph.jobs
import graph.loads
import tests.graph.drawn
from graph.connection import Database
from graph.errors import Conflict, Locked
from graph.keys import Saved
from graph.model import OPEN_MS

Row = dict[str, Any]


def distributor(id: str, **facts: Any) -> Row:
    return {"id": id, "joined_at_ms": 0, "status": "active", **facts}


def edge(child: str, sponsor: str, since: int = 0, until: int = OPEN_MS) -> Row:
    return {
        "child_id": child,
        "sponsor_id": sponsor,
        "since_ms": since,
        "until_ms": until,
        "reason": None,
    }


def chain(db: Database, length: int) -> None:
    """D0 <- D1 <- D2 ...: each sponsors the next."""
    ids, seq = [f"D{i}" for i in range(length)], graph.loads.next_seq(db)
    graph.distributors.save_all(db, map(distributor, ids), seq=seq)
    edges = (edge(child, above) for above, child in pairwise(ids))
    graph.distributors.save_sponsors(db, edges, seq=seq)


def test_saving_twice_changes_nothing_and_says_so(empty_database: Database) -> None:
    drawn = tests.graph.drawn.draw(120)
    first = tests.graph.drawn.save(empty_database, drawn, seq=1)
    again = tests.graph.drawn.save(empty_database, drawn, seq=2)
    assert first["distributors"] == Saved(120, 0)
    assert first["sponsors"].created == 117 and first["changes"].created == 2
    assert set(again.values()) == {Saved(0, 0)}
    assert graph.distributors.changed(empty_database, since=1, upto=2, first=10) == []
    assert graph.distributors.last_key(empty_database) == 119


def test_a_later_row_fills_in_and_never_empties(empty_database: Database) -> None:
    db = empty_database
    graph.distributors.save_all(db, [distributor("D1", region="north")], seq=1)
    later = {"id": "D1", "joined_at_ms": 0, "region": None, "left_at_ms": 9, "name": "n"}
    assert graph.distributors.save_all(db, [later], seq=2) == Saved(0, 1)
    [row] = graph.distributors.by_ids(db, ["D1", "D2"])
    assert (row["region"], row["left_at_ms"], row["seq"], row["rank"]) == ("north", 9, 2, None)
    assert graph.distributors.names_of(db, ["D1"]) == [{"id": "D1", "name": "n"}]
    assert graph.distributors.changed(db, since=1, upto=2, first=10) == [0]


def test_columns_keep_what_is_unknown_in_its_place(empty_database: Database) -> None:
    db = empty_database
    rows = [distributor("D1", rank="gold"), distributor("D2"), distributor("D3", region="x")]
    graph.distributors.save_all(db, rows, seq=1)
    columns = graph.distributors.columns(db, after=-1, upto=9, seq_max=1)
    assert columns["id"] == ["D1", "D2", "D3"] and columns["key"] == [0, 1, 2]
    assert columns["rank"] == ["gold", None, None] and columns["region"] == [None, None, "x"]
    assert graph.distributors.columns(db, after=0, upto=1, seq_max=1)["id"] == ["D2"]
    assert graph.distributors.columns(db, after=-1, upto=9, seq_max=0)["id"] == []
    assert graph.distributors.columns_of(db, [2, 0])["id"] == ["D1", "D3"]


def test_sponsor_and_status_history(empty_database: Database) -> None:
    db = empty_database
    graph.distributors.save_all(db, map(distributor, ("D1", "D2", "D3")), seq=1)
    graph.distributors.save_sponsors(db, [edge("D3", "D1")], seq=1)
    moved = [edge("D3", "D1", 0, 50), edge("D3", "D2", 50)]
    assert graph.distributors.save_sponsors(db, moved, seq=2) == Saved(1, 1)
    columns = graph.distributors.sponsor_columns(db, after=-1, upto=9, seq_max=2)
    assert columns == {
        "child_key": [2, 2],
        "sponsor_key": [0, 1],
        "since": [0, 50],
        "until": [50, OPEN_MS],
    }
    assert graph.distributors.sponsor_columns_of(db, [2]) == columns
    assert graph.distributors.sponsors_of(db, ["D3"], 49)[0]["sponsor_id"] == "D1"
    assert graph.distributors.sponsors_of(db, ["D3"], 50)[0]["sponsor_id"] == "D2"
    assert len(graph.distributors.sponsor_history_of(db, ["D3"])) == 2
    assert graph.distributors.changed(db, since=1, upto=2, first=9) == [2]

    change = {"distributor_id": "D1", "valid_from_ms": 7, "rank": "gold", "status": None}
    assert graph.distributors.save_status_changes(db, [change], seq=3) == Saved(1, 0)
    assert graph.distributors.save_status_changes(db, [change], seq=4) == Saved(0, 0)
    expected = {"distributor_key": [0], "valid_from": [7], "status": [None], "rank": ["gold"]}
    assert graph.distributors.status_columns(db, after=-1, upto=9, seq_max=9) == expected
    assert graph.distributors.status_columns_of(db, [0, 1]) == expected
    assert graph.distributors.status_changes_of(db, ["D1"])[0]["rank"] == "gold"


def test_unknown_sponsor_is_a_conflict(empty_database: Database) -> None:
    graph.distributors.save_all(empty_database, [distributor("D1")], seq=1)
    with pytest.raises(Conflict, match="does not hold"):
        graph.distributors.save_sponsors(empty_database, [edge("D1", "D9")], seq=1)


def test_uplines_climb_beyond_one_step_in_few_statements(empty_database: Database) -> None:
    db = empty_database
    chain(db, 200)
    before = db.queries_run
    rows = {row["id"]: row for row in graph.distributors.uplines_of(db, ["D199", "D3", "D0"], 1)}
    assert db.queries_run - before <= 5
    assert rows["D199"]["upline"] == [f"D{i}" for i in range(198, -1, -1)]
    assert rows["D199"]["upline_keys"] == list(range(198, -1, -1))
    assert rows["D3"]["upline"] == ["D2", "D1", "D0"] and rows["D0"]["upline"] == []
    [short] = graph.distributors.uplines_of(db, ["D199"], 1, hops_max=2)
    assert short["upline"] == ["D198", "D197"]
    assert graph.distributors.uplines_of(db, ["nobody"], 1) == []


def test_an_upline_of_exactly_one_step_ends(empty_database: Database) -> None:
    chain(empty_database, 65)
    [row] = graph.distributors.uplines_of(empty_database, ["D64"], 1)
    assert len(row["upline"]) == 64


def test_pages_of_children_and_of_a_level(empty_database: Database) -> None:
    db = empty_database
    ids = ["R", "A", "B", "C", "A1", "A2", "B1"]
    graph.distributors.save_all(db, map(distributor, ids), seq=1)
    edges = [edge(child, "R") for child in "ABC"] + [edge(c, c[0]) for c in ("A1", "A2", "B1")]
    graph.distributors.save_sponsors(db, edges, seq=1)
    page = graph.distributors.children_page(db, "R", 1, first=2)
    assert [row["id"] for row in page] == ["A", "B", "C"]  # one more: there is a next page
    page = graph.distributors.children_page(db, "R", 1, after=page[1]["key"], first=2)
    assert [row["id"] for row in page] == ["C"]
    several = graph.distributors.children_of(db, ["A", "R"], 1, first=1)
    assert [(r["sponsor_id"], r["id"]) for r in several] == [
        ("A", "A1"),
        ("A", "A2"),
        ("R", "A"),
        ("R", "B"),
    ]
    level = graph.distributors.downline_page(db, "R", 1, 2, first=2)
    assert [(r["id"], r["sponsor_id"]) for r in level] == [("A1", "A"), ("A2", "A"), ("B1", "B")]
    assert graph.distributors.count_by_level(db, "R", 1, 9) == [3, 3]
    assert graph.distributors.count_by_level(db, "R", 1, 1) == [3]
    assert graph.distributors.count_by_level(db, "nobody", 1, 1) == []


def outcome(db: Database, child: str, sponsor: str, at_ms: int) -> tuple[str, tuple[str, ...]]:
    done = graph.distributors.move(db, child, sponsor, at_ms)
    return done.outcome, done.path


def test_a_move_ends_the_old_edge_and_begins_the_new_one(empty_database: Database) -> None:
    db = empty_database
    chain(db, 4)
    assert outcome(db, "D3", "D1", 10) == ("moved", ())
    history = graph.distributors.sponsor_history_of(db, ["D3"])
    assert [(e["sponsor_id"], e["since_ms"], e["until_ms"]) for e in history] == [
        ("D2", 0, 10),
        ("D1", 10, OPEN_MS),
    ]
    seq = graph.loads.current_seq(db)
    assert graph.distributors.changed(db, since=seq - 1, upto=seq, first=9) == [3]


def test_refused_moves_say_why(empty_database: Database) -> None:
    db = empty_database
    chain(db, 4)
    graph.distributors.save_all(db, [distributor("L", joined_at_ms=99)], seq=1)
    assert outcome(db, "D1", "D1", 10) == ("self_sponsor", ("D1",))
    assert outcome(db, "D1", "nobody", 10) == ("unknown_distributor", ("nobody",))
    assert outcome(db, "D1", "L", 10) == ("sponsor_not_joined", ("L",))
    assert outcome(db, "D1", "D0", 10) == ("same_sponsor", ("D0",))
    assert outcome(db, "D1", "D3", 10) == ("cycle", ("D1", "D2", "D3", "D1"))
    assert outcome(db, "D3", "D0", 10) == ("moved", ())
    assert outcome(db, "D3", "D1", 10) == ("later_change", ("D0",))


def test_a_back_dated_move_closes_no_cycle_later_on(empty_database: Database) -> None:
    """D2 stood elsewhere at 5, but from 10 on it stands under D1: D1 under D2 at 5 would loop."""
    db = empty_database
    graph.distributors.save_all(db, map(distributor, ("R", "D1", "D2")), seq=1)
    graph.distributors.save_sponsors(db, [edge("D1", "R"), edge("D2", "R")], seq=1)
    assert outcome(db, "D2", "D1", 10) == ("moved", ())
    assert outcome(db, "D1", "D2", 5) == ("cycle", ("D1", "D2", "D1"))


def test_a_cycle_deeper_than_one_step_is_found(empty_database: Database) -> None:
    chain(empty_database, 150)
    done, path = outcome(empty_database, "D0", "D149", 10)
    assert done == "cycle" and len(path) == 151 and path[0] == path[-1] == "D0"


def test_no_move_while_a_night_runs(empty_database: Database) -> None:
    db = empty_database
    chain(db, 3)
    lease = graph.jobs.claim(db, kind="night", host="elsewhere", pid=1, now_ms=1)
    with pytest.raises(Locked, match="night is running"):
        graph.distributors.move(db, "D2", "D0", 10)
    graph.jobs.release(db, lease)
    assert outcome(db, "D2", "D0", 10) == ("moved", ())


def test_a_move_made_twice_is_made_once(empty_database: Database) -> None:
    chain(empty_database, 4)
    assert outcome(empty_database, "D3", "D0", 10) == ("moved", ())
    assert outcome(empty_database, "D3", "D0", 10) == ("moved", ())
    assert len(graph.distributors.sponsor_history_of(empty_database, ["D3"])) == 2
