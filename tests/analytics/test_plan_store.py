"""Plans in the graph: the lint before every save, versions that never change."""

from pathlib import Path

import numpy as np
import pytest

import analytics.plan
import analytics.plan_lint
import analytics.plan_store
import graph.loads
import graph.products
from graph.connection import Database
from graph.errors import Conflict, Misconfigured, Missing
from graph.settings import Settings

COMPANY = Settings(data_folder=Path("/nonexistent"), time_zone="Asia/Shanghai")
START_2026 = 1_767_196_800_000  # midnight of 2026-01-01 in Shanghai


def text(name: str = "house", version: str = "1", more: str = "") -> str:
    return f'name = "{name}"\nversion = "{version}"\nvalid_from = "2026-01-01"\n{more}'


def save(db: Database, plan: str) -> analytics.plan_store.Saved:
    return analytics.plan_store.save(db, plan, COMPANY, source="PLAN.toml")


def test_a_version_is_saved_once_and_never_changed(empty_database: Database) -> None:
    db = empty_database
    assert save(db, text()).new
    assert not save(db, "# the same, said otherwise\n" + text(more='base = "paid"\n')).new
    with pytest.raises(Conflict, match="house@1"):
        save(db, text(more='base = "list"\n'))
    with pytest.raises(Conflict, match="same moment"):
        save(db, text(version="2", more='base = "list"\n'))
    with pytest.raises(Misconfigured, match="name and a version"):
        save(db, "freeze_days = 1")
    (kept,) = analytics.plan_store.versions(db, "house").versions
    assert (kept.id, kept.valid_from_ms) == ("house@1", START_2026)
    assert kept == save(db, text()).plan


def test_what_the_lint_refuses_is_not_saved(empty_database: Database) -> None:
    db = empty_database
    with pytest.raises(Misconfigured, match="pays for recruiting"):
        save(db, text(more='recruit_bonus = "5"\n'))
    with pytest.raises(Missing, match="house"):
        analytics.plan_store.versions(db, "house")


def test_the_margin_is_that_of_the_products_of_the_graph(empty_database: Database) -> None:
    db = empty_database
    report = analytics.plan_store.lint(db, text(), COMPANY)
    assert [one.code for one in report.warnings] == ["margin_no_products"]
    facts = {"list_price_minor": 10_000, "cost_minor": 9_000, "currency": "CNY"}
    row = {"id": "P1", "kind": "product", **facts}
    graph.products.save_all(db, [row], seq=graph.loads.next_seq(db))
    with pytest.raises(Misconfigured, match="P1"):
        save(db, text())
    assert save(db, text(more='base = "margin"\n')).new


def test_the_shipped_plan_is_a_version_of_its_name(empty_database: Database) -> None:
    db = empty_database
    only = analytics.plan_store.versions(db, "three-tier")
    assert [plan.id for plan in only.versions] == ["three-tier@1"]
    save(db, text("three-tier", "2026-01", 'rates = ["0.2"]\n'))
    both = analytics.plan_store.versions(db, "three-tier")
    assert [plan.id for plan in both.versions] == ["three-tier@1", "three-tier@2026-01"]
    assert both.in_force(np.array([START_2026 - 1, START_2026], np.int64)).tolist() == [0, 1]
    found = analytics.plan_store.by_ids(db, ["three-tier@2026-01", "three-tier@1", "no@1"])
    assert [plan.id for plan in found] == ["three-tier@2026-01", "three-tier@1"]
    assert found[1] == analytics.plan.shipped()
