"""The first business days of real orders, loaded one by one, against the same days at once."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

import benchmarks.day_by_day
import benchmarks.real_days
import loaders.load
from benchmarks.day_by_day import State
from benchmarks.real_days import Files
from graph.connection import Database
from graph.settings import Settings
from tests.stories import nights

DATA = Path(__file__).parents[3] / "shared" / "data"
DAYS = 30


@pytest.fixture
def data() -> Path:
    if not DATA.exists():
        assert os.environ.get("CI") != "true", "the data must be there"
        pytest.skip(f"not run: {DATA} is not there")
    return DATA


def lived(db: Database, settings: Settings, files: Files, folder: Path) -> State:
    """Begin with nothing, live through the files; what stands at the end of the last day."""
    own = nights.begin(db, replace(settings, currency="GBP"), folder).settings
    figures = list(benchmarks.day_by_day.lived(db, own, files, via=loaders.load.BOLT))
    assert len(figures) == len(files.days)
    return benchmarks.day_by_day.state(db, own, files.days[-1][0])


def test_30_days_with_a_night_each_are_one_load_and_one_night(
    data: Path, database: Database, settings: Settings, tmp_path: Path
) -> None:
    files = benchmarks.real_days.network(data / "combined_or_weibo", tmp_path / "files", DAYS)
    assert len(files.days) == 1 + DAYS
    stepwise = lived(database, settings, files, tmp_path)
    at_once = lived(database, settings, benchmarks.day_by_day.at_once(files), tmp_path)
    states = [state for _, state in stepwise.entries.values()]
    assert states.count("available") > states.count("frozen") > 500
    assert benchmarks.day_by_day.compare(stepwise, at_once) == []


def test_30_files_of_a_shop_are_one_load_of_them(
    data: Path, database: Database, settings: Settings, tmp_path: Path
) -> None:
    files = benchmarks.real_days.shop(data / "online_retail", tmp_path / "files", DAYS)
    assert len(files.days) == DAYS
    stepwise = lived(database, settings, files, tmp_path)
    at_once = lived(database, settings, benchmarks.day_by_day.at_once(files), tmp_path)
    assert not stepwise.entries
    assert benchmarks.day_by_day.compare(stepwise, at_once) == []
