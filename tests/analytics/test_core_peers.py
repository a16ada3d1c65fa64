"""The peers of the benchmark do the same job as the engine: every entry, every roll-up."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analytics.stream import Entries
from benchmarks import engine_core, engine_input
from benchmarks.engine_core import Disagreement
from benchmarks.peers import plumbline, with_duckdb, with_networkx, with_polars
from benchmarks.peers.figures import ROLL_UPS, Figures, fingerprint
from benchmarks.peers.measure import STREAMING

SIZE = (300, 2_000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    parent = tmp_path_factory.mktemp("peers")
    return engine_input.write(parent / "input", engine_input.people(SIZE[0], 3), SIZE[1], 3)


@pytest.fixture(scope="module")
def own(folder: Path) -> Figures:
    given = plumbline.load(folder)
    return plumbline.figures(given, plumbline.work(given))


@pytest.mark.parametrize(
    ("peer", "work"),
    [
        (with_networkx, with_networkx.work),
        (with_networkx, with_networkx.work_columns),
        (with_polars, with_polars.work),
        (with_duckdb, with_duckdb.work),
    ],
)
def test_a_peer_has_every_entry_and_every_sum(
    folder: Path, own: Figures, peer: Any, work: Callable[[Any], Any]
) -> None:
    given = peer.load(folder)
    found: Figures = peer.figures(given, work(given))
    assert in_order(found) == in_order(own)
    for name in ROLL_UPS:
        assert found.roll_ups[name].tolist() == own.roll_ups[name].tolist(), name
    assert fingerprint(found) == fingerprint(own)


def in_order(figures: Figures) -> list[tuple[int, int, int, int]]:
    columns = (figures.entries[name].tolist() for name in Entries._fields)
    return sorted(zip(*columns, strict=True))


def test_the_input_is_what_the_job_is_about(folder: Path, own: Figures) -> None:
    people, orders = engine_input.read_people(folder), engine_input.read_orders(folder)
    rows = np.arange(len(people.sponsor))
    assert (people.sponsor < rows).all() and (np.diff(orders.paid_at) >= 0).all()
    assert 0 < people.active.sum() < len(rows) and 0 < orders.himself.sum() < len(orders.himself)
    assert own.roll_ups["depth"].max() > 3
    assert {1, 2, 3} == set(own.entries["level"].tolist())


@pytest.mark.parametrize("what", ["amount", "beneficiary"])
def test_one_wrong_entry_is_a_disagreement(own: Figures, what: str) -> None:
    wrong = dict(own.entries)
    wrong[what] = wrong[what].copy()
    wrong[what][7] += 1
    with pytest.raises(Disagreement, match="entries_mixed"):
        engine_core.agreed(
            [("own", fingerprint(own)), ("other", fingerprint(own._replace(entries=wrong)))]
        )


def test_each_measures_itself_in_a_process_of_its_own(folder: Path) -> None:
    runs = {
        name: engine_core.measure(name, folder, folder, threads=2 if name == STREAMING else 1)
        for name in ("plumbline", STREAMING, "polars")
    }
    engine_core.agreed([(name, run["fingerprint"]) for name, run in runs.items()])
    assert all(run["cpu_s"] > 0 and run["peak_mib"] > 0 for run in runs.values())
