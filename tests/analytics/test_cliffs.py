"""Figures beyond the edges: where somebody stands on purpose, and where nobody does."""

from pathlib import Path

import pytest

import analytics.screening.cliffs
import loaders.scenarios.catalogue
import loaders.scenarios.files
import loaders.scenarios.making
import loaders.scenarios.screened
from analytics.screening.cliffs import Cliff
from tests.loaders import trying


def figures(tmp: Path, name: str) -> dict[str, Cliff]:
    scenario = loaders.scenarios.catalogue.scenario(name)
    life = loaders.scenarios.making.write(scenario, 1, tmp / "folder")
    as_of = loaders.scenarios.files.last_day(life)
    facts = loaders.scenarios.screened.facts_of(tmp / "folder", as_of, trying.settings(tmp))
    return analytics.screening.cliffs.beyond(facts)


@pytest.mark.parametrize(
    ("name", "figure"),
    [
        ("D02_late_prejoin", "before_joining"),
        ("D15_load_day_31", "after_joining"),
        ("D06_late_refunds", "after_release"),
        ("D04_cells", "cells"),
        ("D05_just_below", "threshold"),
        ("D14_circle_clean", "outside_threshold"),
        ("D03_fee_in_parts", "equal_parts"),
        ("D16_all_shared", "shared_values"),
    ],
)
def test_a_disguise_stands_just_beyond_its_edge(tmp_path: Path, name: str, figure: str) -> None:
    found = figures(tmp_path, name)[figure]
    beyond, expected = found["beyond"], found["expected"]
    assert beyond is not None and expected is not None
    assert beyond >= 4 and beyond > 5 * expected


def test_where_nobody_hides_the_figures_are_near_their_controls(tmp_path: Path) -> None:
    found = figures(tmp_path, "L1_retail_wide")
    for name in ("after_joining", "after_release"):
        ratio = found[name]["ratio"]
        assert ratio is not None and 0.7 < ratio < 1.4
    for name in ("before_joining", "cells", "equal_parts", "shared_values"):
        assert found[name]["beyond"] == 0


def test_nothing_but_distributors_and_one_paid_order(tmp_path: Path) -> None:
    pay = {"payout_id": "Y1", "beneficiary_id": "D2", "basis": "order_line", "order_id": "O1"}
    folder = trying.write(
        tmp_path / "folder",
        distributors=trying.tree("D1\n  D2"),
        orders=[trying.sale(seller="D2")],
        payouts=[{**pay, "amount": "1.00", "earned_at": trying.PAID}],
    )
    facts = loaders.scenarios.screened.facts_of(folder, "2026-12-31", trying.settings(tmp_path))
    assert set(analytics.screening.cliffs.beyond(facts)) >= {"before_joining", "shared_values"}
