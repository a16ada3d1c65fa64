"""Recruiting against its best time: windows that step back by thirty days, and what raises it."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import analytics.rules.dyn_001
from analytics.measures import NETWORK, Scopes
from analytics.rules.acquired import joiners
from tests.analytics.rules.examples import of_example
from tests.analytics.rules.small_networks import ROOT, Row, member, sale, say


def joined(count: int, day: str, name: str) -> Row:
    return {"count": count, **member(name + "{i}", joined=day)}


@pytest.mark.parametrize(
    ("day", "last"),
    [("2026-06-30", 40), ("2026-04-02", 40), ("2026-04-01", 0)],
)
def test_the_window_is_open_behind(tmp_path: Path, day: str, last: float) -> None:
    said = say(
        "DYN-001",
        tmp_path,
        distributors=[ROOT, joined(40, day, "A"), joined(30, "2025-01-01", "B")],
        orders=[sale("O", "R0")],
    )
    assert (said.values.numerator[0], said.values.denominator[0]) == (last, 40)


def test_windows_step_by_thirty_days_like_a_slow_count(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    days = rng.integers(0, 500, 200)
    rows = [member(f"M{i}", joined=f"2026-06-30-{day}d") for i, day in enumerate(days)]
    facts = of_example(
        {"distributors": [ROOT | {"joined_at": "2024-01-01"}, *rows], "orders": [sale("O", "R0")]},
        tmp_path,
    )
    scopes = Scopes(facts.network, (NETWORK,), ((),))
    values = analytics.rules.dyn_001.work_out(facts.of_currency("CNY"), scopes)
    windows = [((days >= 30 * k) & (days < 30 * k + 90)).sum() for k in range(17)]
    assert values.value[0] == windows[0] / max(windows)


def test_roots_and_second_accounts_are_no_recruits(tmp_path: Path) -> None:
    person = {"person_id": "P"}
    facts = of_example(
        {
            "distributors": [
                ROOT | {"person_id": "R"},
                member("A", joined="2026-01-01", **person),
                member("B", joined="2026-02-01", **person),
                member("C", joined="2026-02-01", person_id="R"),
            ],
            "orders": [sale("O", "R0")],
        },
        tmp_path,
    )
    ids = facts.columns.distributors["id"].gather(joiners(facts)["row"])
    assert ids.to_list() == ["A"]


def test_severity_is_raised_by_revenue_and_dependence() -> None:
    value = np.array([0.5, 0.49, 0.49, 0.49, 0.49, 0.49, np.nan])
    revenue = np.array([0.1, 0.8, 0.79, 1.2, 0.49, 0.49, 0.1])
    dependence = np.array([0.9, 0.49, 0.0, 0.5, 0.4, 0.5, 0.9])
    found = analytics.rules.dyn_001._severity(value, revenue, dependence)
    assert list(found) == ["none", "low", "medium", "medium", "medium", "high", ""]


@pytest.mark.parametrize(("unknown", "band"), [(4, "low"), (5, "NE"), (0, "low")])
def test_unknown_buyers_matter_where_they_decide(tmp_path: Path, unknown: int, band: str) -> None:
    """Of ten orders 90 to 180 days back; from a half on they could be entry money and stock."""
    before, now = sale("O{i}", "R0", at="2026-03-01"), sale("L{i}", "R0", at="2026-06-01")
    nobody = before | {"order_id": "U{i}", "buyer_id": "", "buyer_kind": ""}
    counted = [(10 - unknown, before), (unknown, nobody), (10, now)]
    said = say(
        "DYN-001",
        tmp_path,
        distributors=[ROOT, joined(40, "2025-01-01", "A")],
        orders=[{"count": count, **row} for count, row in counted if count],
    )
    assert said.band == band


def test_a_change_is_dated(tmp_path: Path) -> None:
    said = say(
        "DYN-001",
        tmp_path,
        distributors=[
            ROOT,
            {"count": 300, **member("A{i}", joined="2025-01-01+{i}d")},
            {"count": 200, **member("B{i}", joined="2025-05-01+{i%60}d")},
        ],
        orders=[sale("O", "R0")],
    )
    assert isinstance(said.values.shown["network_changed_days_ago"], float)
    assert pl.Series([said.values.shown["network_changed_days_ago"]]).is_between(200, 500).all()
