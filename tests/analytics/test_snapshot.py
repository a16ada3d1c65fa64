"""The graph read as columns is what was saved, and a full rebuild gives the same bytes."""

from pathlib import Path

import pytest

import analytics.pages
import analytics.snapshot
import graph.commissions
import graph.loads
import graph.orders
from graph.connection import Database
from graph.model import NOBODY, OUTCOME
from tests.graph import drawn as graph_drawn

SEQ = 3


@pytest.fixture
def saved(empty_database: Database) -> graph_drawn.Drawn:
    drawn = graph_drawn.draw(300)
    graph_drawn.save(empty_database, drawn, seq=SEQ)
    for noun, rows in graph_drawn.side_rows().items():
        noun.save_all(empty_database, rows, seq=SEQ)
    return drawn


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_columns_are_what_was_saved(database: Database, saved: graph_drawn.Drawn) -> None:
    columns = analytics.snapshot.gather(database, seq=SEQ)
    ids = columns.distributors["id"]
    assert ids.to_list() == [row["id"] for row in saved.distributors]
    edges = columns.sponsor_edges
    assert set(
        zip(ids.gather(edges["child_row"]), ids.gather(edges["sponsor_row"]), strict=True)
    ) == {(row["child_id"], row["sponsor_id"]) for row in saved.sponsors}
    orders = columns.orders
    assert dict(zip(orders["id"], ids.gather(orders["seller_row"]), strict=True)) == {
        row["id"]: row["seller_id"] for row in saved.orders
    }
    buyers = columns.customers["id"].gather(orders["buyer_row"])
    assert buyers.to_list() == orders["buyer_id"].to_list()
    assert columns.lines.height == len(saved.lines)
    assert columns.lines["commissionable"].all()
    paid = (columns.lines["quantity_milli"] * columns.lines["unit_price"]).sum() // 1000
    assert paid == sum(row["unit_price_minor"] for row in saved.lines)
    assert columns.refunds["amount"].to_list() == [50] * len(saved.refunds)
    assert columns.refunds["order_row"].min() != NOBODY
    assert {"orders", "order_lines", "payouts"} <= columns.files
    assert columns.payouts["beneficiary_row"].to_list() == list(range(300))
    rows = columns.identifiers["owner_row"].to_list()
    owners = [None if row == NOBODY else columns.customers["id"][row] for row in rows]
    known = set(columns.customers["id"])
    assert owners == [f"C{i}" if f"C{i}" in known else None for i in range(300)]
    assert columns.identifiers["value"].to_list() == list(range(300))


def test_a_load_says_which_files_there_were(
    database: Database, saved: graph_drawn.Drawn, tmp_path: Path
) -> None:
    graph.loads.start(database, "one", source="s", now_ms=1)
    held_back = {"CNY": 700, "rows": 3}
    counts = {"nouns": ["orders", "sponsor_changes"], "in_cycles": held_back}
    graph.loads.finish(database, "one", now_ms=2, counts=counts)
    seq = graph.loads.current_seq(database)
    columns = analytics.snapshot.gather(database, seq=max(seq, SEQ))
    assert "sponsor_changes" in columns.files and "plans" not in columns.files
    analytics.snapshot.keep(columns, tmp_path / "one", seq=seq, as_of="2026-01-31")
    assert analytics.snapshot.read(tmp_path / "one")[0].files == columns.files
    assert graph.loads.rejected_in_cycles(database, upto=seq) == held_back
    graph.loads.start(database, "two", source="s", now_ms=3)
    graph.loads.finish(database, "two", now_ms=4, counts={"nouns": ["orders"], "in_cycles": {}})
    assert graph.loads.rejected_in_cycles(database, upto=seq + 9) == {}, "mended"


def test_a_full_rebuild_gives_the_identical_snapshot(
    database: Database, saved: graph_drawn.Drawn, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        columns = analytics.snapshot.gather(database, seq=SEQ)
        analytics.snapshot.keep(columns, tmp_path / name, seq=SEQ, as_of="2026-01-31")
    assert files(tmp_path / "one") == files(tmp_path / "two")
    again, manifest = analytics.snapshot.read(tmp_path / "one")
    assert manifest.facts["seq"] == SEQ
    assert manifest.rows["orders"] == len(saved.orders)
    assert again.orders.equals(columns.orders)
    assert again.files == columns.files


def test_nothing_written_after_the_change_that_is_asked_for(
    database: Database, saved: graph_drawn.Drawn
) -> None:
    late = {"order_id": "O1", "line_no": 9, "product_id": "P1", "quantity_milli": 1000}
    graph.orders.save_lines(database, [{**late, "unit_price_minor": 5}], seq=SEQ + 1)
    assert analytics.snapshot.gather(database, seq=SEQ).lines.height == len(saved.lines)
    assert analytics.snapshot.gather(database, seq=SEQ + 1).lines.height == len(saved.lines) + 1


def test_entries_and_frozen_paths_come_back_but_not_a_runs_own(
    database: Database, saved: graph_drawn.Drawn
) -> None:
    rows = graph_drawn.entries(database, saved, every=10)
    graph.commissions.save_all(database, rows[:5], "2026-01-30#1")
    graph.commissions.save_all(database, rows[5:], "2026-01-31#1")
    paid = OUTCOME.index("paid")
    frozen = {
        "order_key": rows[0]["order_key"],
        "plan": "p@1",
        "anchor_ms": None,
        "self": False,
        "keys": [rows[0]["beneficiary_key"]],
        "levels": [1],
        "gates": [paid],
        "ranks": [""],
    }
    graph.commissions.book(database, [graph_drawn.first(frozen)], [], "2026-01-30#1", seq=SEQ)
    all_of_it = analytics.snapshot.gather(database, seq=SEQ)
    assert all_of_it.entries.height == len(rows)
    assert all_of_it.frozen.select("plan", "anchor", "seq", "buyer_is_seller").rows() == [
        ("p@1", None, SEQ, False)
    ]
    assert all_of_it.frozen_paths.select("position", "level", "gate", "rank").rows() == [
        (0, 1, paid, None)
    ]
    others = analytics.snapshot.gather(database, seq=SEQ, without_run="2026-01-31#1")
    first = [row["order_key"] for row in rows[:5]]
    assert sorted(others.orders["key"].gather(others.entries["order_row"])) == sorted(first)


def test_pages_are_told_as_they_come(database: Database, saved: graph_drawn.Drawn) -> None:
    told: list[tuple[str, int, int]] = []
    analytics.snapshot.gather(database, seq=SEQ, tick=lambda *step: told.append(step))
    last = {noun: (done, total) for noun, done, total in told}
    assert last["orders"] == (len(saved.orders), len(saved.orders))
    assert set(last) == set(analytics.pages.PAGES)
