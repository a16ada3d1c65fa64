"""What a load asks of the graph: only what its own rows can touch."""

from pathlib import Path

import polars as pl

from graph.connection import Database
from graph.settings import Settings
from loaders.known import InGraph
from tests.loaders import folders
from tests.loaders.loading import load, sums

DEEP = 150
"""More hops than one statement climbs."""
CHAIN = "".join(f"D{i},{f'D{i - 1}' if i else ''},2026-01-01\n" for i in range(DEEP))
CHANGES = "distributor_id,sponsor_id,valid_from\n"


def test_a_move_asks_for_those_above_and_finds_the_cycle(
    empty_database: Database, settings: Settings, tmp_path: Path
) -> None:
    """A chain of 150 with X beside it, who was moved once; then the top under the bottom."""
    people = f"distributor_id,sponsor_id,joined_at\n{CHAIN}X,D1,2026-01-01\nY,X,2026-01-01\n"
    first = {"distributors.csv": people, "sponsor_changes.csv": f"{CHANGES}X,D3,2026-02-01\n"}
    assert sums(load(folders.write(tmp_path / "first", first), settings))[3] == 0

    known = InGraph(empty_database)
    above = known.sponsor_edges(pl.Series([f"D{DEEP - 1}"]))
    assert sorted(above["child_id"]) == sorted(f"D{i}" for i in range(1, DEEP))
    moved = known.sponsor_edges(pl.Series(["X", "nobody"])).sort("child_id", "since")
    assert moved.filter(child_id="X")["sponsor_id"].to_list() == ["D1", "D3"]
    assert moved["child_id"].to_list() == ["D1", "D2", "D3", "X", "X"]
    assert known.sponsor_edges(pl.Series(["D0"])).is_empty()

    cycle = {"sponsor_changes.csv": f"{CHANGES}D0,D{DEEP - 1},2026-03-01\nY,D9,2026-03-01\n"}
    result = load(folders.write(tmp_path / "second", cycle), settings)
    assert sums(result)[3] == 1
    assert "D0" in result.rejects_file.read_text("utf-8").splitlines()[1]
