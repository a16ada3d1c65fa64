"""Reports of a kept night: every kind, the same bytes after later loads, which nights there are."""

import random
import shutil
from pathlib import Path

import pytest

import analytics.nightly
import analytics.reporting
import graph.loads
import graph.orders
from analytics.reports.tables import KINDS, PERFORMANCE
from analytics.watch import Watch
from graph.connection import Database
from graph.errors import Missing
from graph.settings import Settings
from tests.analytics import one_night
from tests.graph import drawn as graph_drawn

AS_OF = "2024-06-30"


@pytest.fixture
def db(empty_database: Database, settings: Settings) -> Database:
    for name in ("snapshots", "nights"):
        shutil.rmtree(settings.data_folder / name, ignore_errors=True)
    drawn = graph_drawn.draw(200)
    graph_drawn.save(empty_database, drawn, seq=graph.loads.next_seq(empty_database))
    return empty_database


def written(db: Database, settings: Settings, out: Path, *kinds: str) -> dict[str, bytes]:
    paths = analytics.reporting.write(
        db, settings, kinds, as_of=AS_OF, out=out, langs=("en",), now_ms=1
    )
    return {path.name: path.read_bytes() for path in paths}


def test_reports_of_a_night(db: Database, settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(Missing, match="none"):
        analytics.reporting.kept(db, settings, "")
    analytics.nightly.run(db, settings, AS_OF, who=one_night.who(), watch=Watch())
    first = written(db, settings, tmp_path / "one", *KINDS)
    assert len(first) == 2 * len(KINDS)
    later = graph_drawn.order(random.Random(3), 9_000, 200)
    graph.orders.save_all(db, [later], seq=graph.loads.next_seq(db))
    assert written(db, settings, tmp_path / "two", *KINDS) == first
    found = analytics.reporting.findings(db, now_ms=1)
    assert {row["state"] for row in found} <= {"NEW"}
    page = next(text for name, text in first.items() if name.startswith(PERFORMANCE))
    assert all(row["rule"].encode() in page for row in found)
    with pytest.raises(Missing, match=AS_OF):
        analytics.reporting.kept(db, settings, "2024-01-01")
