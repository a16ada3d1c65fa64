from typing import Any

import graph.commissions
import graph.digest
import graph.distributors
import graph.keys
import graph.orders
import graph.plans
import tests.conftest
import tests.graph.drawn
from graph.connection import Database


def fill(db: Database, *, backwards: bool, seq: int) -> None:
    """The same network, its rows in the one order or the other: other keys, other cursors."""
    drawn = tests.graph.drawn.draw(100)
    for rows in vars(drawn).values():
        rows.sort(key=lambda row: str(sorted(row.items(), key=str)), reverse=backwards)
    tests.graph.drawn.save(db, drawn, seq=seq)
    for module, rows in tests.graph.drawn.side_rows(20).items():
        module.save_all(db, rows, seq=seq)
    graph.plans.save(db, name="p", version="1", valid_from_ms=0, text="t", digest="aa")
    graph.commissions.save_all(db, tests.graph.drawn.entries(db, drawn), f"2023-11-30#{seq}")
    people = {row["id"]: row["key"] for row in graph.distributors.by_ids(db, ["D7", "D9"])}
    [order] = graph.orders.by_ids(db, ["O5"])
    frozen: dict[str, Any] = {"anchor_ms": 5, "self": False, "plan": "p@1"}
    frozen |= {"keys": [people["D9"], people["D7"]], "levels": [1, 2], "gates": [13, 13]}
    row = {"order_key": order["key"], **frozen, "ranks": ["", ""]}
    graph.commissions.book(db, [tests.graph.drawn.first(row)], [], "r", seq=seq)


def test_the_digest_forgets_keys_cursors_and_runs(
    empty_database: Database, monkeypatch: Any
) -> None:
    db = empty_database
    fill(db, backwards=False, seq=1)
    first = graph.digest.of(db)
    db.run_outside(tests.conftest.EMPTY)
    graph.keys.reserve(db, "orders", 1_000)
    fill(db, backwards=True, seq=2)
    monkeypatch.setattr(graph.digest, "PAGE_ROWS", 7)
    assert graph.digest.of(db) == first


def test_the_digest_sees_every_business_fact(empty_database: Database) -> None:
    db = empty_database
    nothing = graph.digest.of(db)
    assert len(set(nothing.values())) == 1
    fill(db, backwards=False, seq=1)
    before = graph.digest.of(db)
    assert not [label for label in before if before[label] == nothing[label]]
    graph.distributors.save_names(db, [{"id": "D3", "name": "other"}], seq=2)
    after = graph.digest.of(db)
    assert {label for label in before if before[label] != after[label]} == {"Distributor"}
    graph.distributors.move(db, "D90", "D2", tests.graph.drawn.START_MS * 2)
    assert graph.digest.of(db)["Distributor"] != after["Distributor"]
