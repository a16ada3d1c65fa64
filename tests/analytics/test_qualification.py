"""Ranks and standings apart from any walk."""

from dataclasses import replace

import numpy as np

import analytics.qualification
from analytics.columns import Columns
from graph.model import DISTRIBUTOR_STATUS
from tests.analytics.drawn import frame


def test_a_rank_that_only_a_frozen_path_has_is_known() -> None:
    path = {"order_row": 0, "position": 0, "beneficiary_row": 0, "level": 1, "gate": 0}
    columns = replace(Columns(), frozen_paths=frame("frozen_paths", [path | {"rank": "gold"}]))
    assert analytics.qualification.ranks(columns) == [None, "gold"]


def test_a_status_for_all_times_passes_where_the_plan_allows_it() -> None:
    status = np.arange(len(DISTRIBUTOR_STATUS), dtype=np.uint8)
    found = analytics.qualification.of_status(status, ["active", "applied"])
    passes = [
        word for word, failed in zip(DISTRIBUTOR_STATUS, found.failed, strict=True) if not failed
    ]
    assert sorted(passes) == ["active", "applied"]
