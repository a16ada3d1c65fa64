"""Simulated networks: same bytes for a seed, what the parameters say, files that load whole."""

import hashlib
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import loaders.scenarios.catalogue
import loaders.scenarios.files
import loaders.scenarios.life
import loaders.scenarios.making
import loaders.scenarios.parameters
import loaders.scenarios.screened
import loaders.scenarios.simulation
from graph.errors import Misconfigured
from loaders.scenarios.catalogue import DISGUISE, GROUPS, LABELLED, LOOKALIKE, Scenario
from loaders.scenarios.life import NEVER, NOBODY, Life
from tests.loaders import trying

ALL = list(loaders.scenarios.catalogue.scenarios().values())


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def named(name: str) -> Scenario:
    return loaders.scenarios.catalogue.scenario(name)


def lived(name: str, seed: int = 1) -> Life:
    return loaders.scenarios.making.lived(named(name), seed)


def files(tmp: Path, name: str, seed: int = 1) -> dict[str, pl.DataFrame]:
    loaders.scenarios.making.write(named(name), seed, tmp)
    return {path.stem: pl.read_csv(path, infer_schema=False) for path in tmp.glob("*.csv")}


def test_there_are_enough_of_each_kind() -> None:
    counts = {group: sum(one.group == group for one in ALL) for group in GROUPS}
    assert counts[LABELLED] == 9
    assert counts[DISGUISE] >= 8
    assert counts[LOOKALIKE] >= 8


@pytest.mark.parametrize("name", ["A1_wash_orders", "D09_dummies_one_device", "G03_couples"])
def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, name: str) -> None:
    for folder, seed in (("once", 1), ("again", 1), ("other", 2)):
        loaders.scenarios.making.write(named(name), seed, tmp_path / folder)
    assert digests(tmp_path / "once") == digests(tmp_path / "again")
    assert digests(tmp_path / "once") != digests(tmp_path / "other")


@pytest.mark.parametrize("scenario", ALL, ids=lambda one: one.name)
def test_every_scenario_is_read_without_a_reject(tmp_path: Path, scenario: Scenario) -> None:
    life = loaders.scenarios.making.write(scenario, 3, tmp_path / "folder")
    plan = tmp_path / "folder" / "plan.toml"
    assert plan.exists() == (scenario.ways["qualify.T"] > 0)
    settings = trying.settings(tmp_path)
    facts = loaders.scenarios.screened.facts_of(
        tmp_path / "folder", loaders.scenarios.files.last_day(life), settings
    )
    assert facts.accounts.height == int((life.accounts["joined"] <= life.as_of).sum())


def test_months_are_calendar_months() -> None:
    life = loaders.scenarios.simulation.live(named("I3_inventory_loading").ways, 1)
    assert loaders.scenarios.files.last_day(life) == "2026-06-30"
    assert life.column("joined").min() == np.datetime64("2025-01-01").astype(int)
    threshold = life.orders.filter(pl.col("why") == "qualify", pl.col("fen") >= 90_000)
    day = threshold["day"].to_numpy().astype("datetime64[D]")
    last = (day.astype("datetime64[M]") + 1).astype("datetime64[D]")
    assert ((last - day).astype(int) <= 8).mean() > 0.9


def test_levels_are_paid_up_the_chain_and_those_who_left_use_theirs_up() -> None:
    life = lived("L1_retail_wide")
    sponsor, left = life.column("sponsor"), life.column("left")
    orders = life.orders.with_row_index("order")
    second = life.payouts.filter(pl.col("level") == 2).join(
        orders.select(pl.col("order").cast(pl.Int64), "seller", "day", amount="fen"), on="order"
    )
    assert (second["beneficiary"].to_numpy() == sponsor[second["seller"].to_numpy()]).all()
    assert (left[second["beneficiary"].to_numpy()] > second["day"].to_numpy()).all()
    assert (second["fen"] - second["amount"] * 0.05).abs().max() <= 0.5  # type: ignore[operator]


def test_a_refund_by_the_release_takes_commission_back_and_a_later_one_does_not() -> None:
    life = lived("L1_retail_wide")
    orders = life.orders.with_row_index("order").select(
        pl.col("order").cast(pl.Int64), "refund_day", "day"
    )
    paid = life.payouts.join(orders, on="order")
    within = paid.filter(pl.col("refund_day") <= pl.col("day") + 15)
    late = paid.filter(pl.col("refund_day").is_between(pl.col("day") + 16, NEVER - 1))
    assert within.height and (within["taken_back"] == within["refund_day"]).all()
    assert late.height and (late["taken_back"] == NEVER).all()


def test_linked_orders_carry_the_sellers_card(tmp_path: Path) -> None:
    tables = files(tmp_path, "A1_wash_orders")
    rows = tables["identifiers"].filter(pl.col("kind") == "card")
    of_orders = rows.filter(pl.col("owner_kind") == "order").select(
        order_id="owner_id", card="value"
    )
    sellers = of_orders.join(tables["orders"], on="order_id").select("seller_id", "card")
    own = rows.filter(pl.col("owner_kind") == "distributor")
    cards = dict(own.select("owner_id", "value").iter_rows())
    assert sellers.height > 1000
    assert all(cards[seller] == card for seller, card in sellers.iter_rows())


def test_empty_files_are_written(tmp_path: Path) -> None:
    tables = files(tmp_path, "L7_tiny")
    assert {"refunds", "resales", "buybacks", "payouts"} <= set(tables)
    assert tables["buybacks"].is_empty()


def test_head_pay_stands_five_days_after_the_join() -> None:
    life = lived("I1_recruit_chain")
    heads = life.payouts.filter(pl.col("basis") == "recruit_event")
    joined = life.column("joined")[heads["recruit"].to_numpy()]
    assert ((heads["earned"].to_numpy() - joined) == 5).all()
    assert set(heads["level"]) == {1, 2, 3}


def test_no_tree_of_the_cells_has_thirty_persons() -> None:
    life = lived("D04_cells")
    sizes = life.accounts.group_by("tree").len()["len"]
    assert sizes.max() == 29
    roots = life.accounts.filter(pl.col("sponsor") == NOBODY).height
    banks = life.identifiers.filter(pl.col("kind") == "bank")
    assert banks.height == roots and banks["value"].n_unique() == 1


def test_late_prejoin_orders_stand_more_than_thirty_days_before_joining() -> None:
    life = lived("D02_late_prejoin")
    before = life.orders.filter(pl.col("why") == "prejoin")
    became = life.customers["became"].to_numpy()[before["buyer"].to_numpy()]
    days = life.column("joined")[became] - before["day"].to_numpy()
    assert (days > 30).mean() > 0.75


def test_an_unknown_parameter_is_named() -> None:
    with pytest.raises(Misconfigured, match="retail.neww"):
        loaders.scenarios.parameters.ways({"retail": {"neww": 1}})
    with pytest.raises(Misconfigured, match="nobody"):
        named("nobody")
