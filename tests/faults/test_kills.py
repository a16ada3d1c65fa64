"""A short run of `make faults`: whoever is killed, stopped or slow, the end is the same."""

from pathlib import Path

import pytest

import tests.faults.kills
import tests.faults.network
from graph.settings import Settings

SEED = 20_261_124


@pytest.mark.server
def test_whatever_befalls_whom_nothing_is_lost_double_or_torn(
    own_settings: Settings, tmp_path: Path
) -> None:
    story = tests.faults.network.write(tmp_path / "files", seed=SEED, orders=400, slices=1)
    told: list[str] = []
    verdict = tests.faults.kills.run(
        tmp_path, story, own_settings, kills=6, seed=SEED, tell=told.append
    )
    assert verdict.is_well, (verdict, told)
    assert verdict.kills == 6
    assert {fault.victim for fault in verdict.faults} == {
        *tests.faults.kills.KILLED,
        tests.faults.kills.STOPPED,
        tests.faults.kills.SLOW,
    }
    assert verdict.entries > 300
    assert verdict.asked > 0
