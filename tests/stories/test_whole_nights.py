"""Whole nights on drawn networks: what arrives later moves nothing that was paid before."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import analytics.explain
import graph.commissions
import graph.findings
import graph.runs
import loaders.generate
from graph.connection import Database
from graph.settings import Settings
from loaders.generate_network import DAY_S, Shape
from tests.stories import nights
from tests.stories.nights import Company

UNTIL_S = 1_793_404_800  # 2026-10-31
STEPS = 6
BY_TIME = {
    "orders": "ordered_at",
    "refunds": "refunded_at",
    "sponsor_changes": "valid_from",
    "status_changes": "valid_from",
}


@pytest.fixture
def company(database: Database, settings: Settings, tmp_path: Path) -> Company:
    return nights.begin(database, settings, tmp_path)


def earned(company: Company, *orders: str) -> dict[str, int]:
    """What everyone has from these orders, in minor units."""
    found: dict[str, int] = defaultdict(int)
    for entry in graph.commissions.of_orders(company.db, orders):
        found[entry["beneficiary_id"]] += entry["amount_minor"]
    return {id: minor for id, minor in found.items() if minor}


def test_a_refund_a_move_and_a_late_line(company: Company) -> None:
    """A ── B ── C, who sells O1 for 100.00; then C is moved under A, and sells O2.

    O1 stays with A and B, whatever comes later: its refund and its late line go their way.
    """
    company.load(
        distributors="distributor_id,sponsor_id,joined_at\n"
        "A,,2026-01-01\nB,A,2026-01-01\nC,B,2026-01-01\n",
        products="product_id,list_price,currency\nP,100.00,CNY\n",
        orders="order_id,seller_id,ordered_at,currency\nO1,C,2026-02-01T10:00:00Z,CNY\n",
        order_lines="order_id,line_no,product_id,quantity,unit_price\nO1,1,P,1,100.00\n",
    )
    company.night("2026-02-01")
    assert earned(company, "O1") == {"C": 1000, "B": 500, "A": 300}

    company.load(
        sponsor_changes="distributor_id,sponsor_id,valid_from\nC,A,2026-02-02T00:00:00Z\n",
        orders="order_id,seller_id,ordered_at,currency,amount\n"
        "O2,C,2026-02-03T10:00:00Z,CNY,10.00\n",
        refunds="refund_id,order_id,amount,currency,refunded_at\n"
        "R1,O1,50.00,CNY,2026-02-03T11:00:00Z\n",
    )
    company.night("2026-02-03")
    assert earned(company, "O1") == {"C": 500, "B": 250, "A": 150}
    assert earned(company, "O2") == {"C": 100, "A": 50}

    company.load(
        order_lines="order_id,line_no,product_id,quantity,unit_price\nO1,2,P,1,20.00\n",
        refunds="refund_id,order_id,amount,currency,refunded_at\n"
        "R2,O2,10.00,CNY,2026-02-04T11:00:00Z\n",
    )
    last = company.night("2026-02-04")
    assert earned(company, "O1") == {"C": 700, "B": 350, "A": 210}
    assert earned(company, "O2") == {}
    causes = {e["cause"] for e in graph.commissions.of_orders(company.db, ["O1"])}
    assert causes == {"O1", "R1", "O1:line:2"}
    assert last.run["totals"]["conservation"]["CNY"]["check"]
    explained = analytics.explain.order(
        company.db, "O1", settings=company.settings, now_ms=last.run["counts"]["as_of_ms"]
    )
    assert [place.beneficiary_id for place in explained.path if place.amount] == ["C", "B", "A"]


def test_a_cancelled_order_sums_to_zero_and_is_booked_once(company: Company) -> None:
    people = "distributor_id,sponsor_id,joined_at\nA,,2026-01-01\nB,A,2026-01-01\n"
    head = "order_id,seller_id,ordered_at,cancelled_at,status,currency,amount\n"
    order = "O1,B,2026-02-01T10:00:00Z,{},{},CNY,99.99\n"
    company.load(distributors=people, orders=head + order.format("", "paid"))
    company.night("2026-02-01")
    assert earned(company, "O1") == {"B": 1000, "A": 500}
    company.load(orders=head + order.format("2026-02-05T00:00:00Z", "cancelled"))
    for as_of in ("2026-02-05", "2026-02-05", "2026-02-06"):
        company.night(as_of)
        assert earned(company, "O1") == {}
    assert len(graph.commissions.of_orders(company.db, ["O1"])) == 4


def test_month_by_month_is_all_at_once(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    """The orders of a generated year in six loads with a night each, against one load and night."""
    shape = Shape(
        distributors=80,
        orders=500,
        seed=5,
        until_s=UNTIL_S,
        customers=160,
        refunds=0.1,
        cancellations=0.1,
        sponsor_changes=0.2,
        status_changes=0.2,
    )
    files = generated(tmp_path / "whole", shape)
    step_by_step = nights.begin(database, settings, tmp_path / "steps")
    before = {noun: frame for noun, frame in files.items() if noun in EARLY}
    step_by_step.load(**{noun: frame.write_csv() for noun, frame in before.items()})
    for number in range(1, STEPS + 1):
        as_of_s = UNTIL_S - (STEPS - number) * (366 * DAY_S // STEPS)
        arriving = since(files, as_of_s - 366 * DAY_S // STEPS if number > 1 else 0, as_of_s)
        step_by_step.load(**{noun: frame.write_csv() for noun, frame in arriving.items()})
        outcome = step_by_step.night(day(as_of_s - DAY_S))
        assert outcome.outcome == graph.runs.STARTED
    stepwise = step_by_step.state()
    ledger = step_by_step.night(day(UNTIL_S)).run["counts"]["entries"]["ledger"]

    at_once = nights.begin(database, settings, tmp_path / "once")
    at_once.load(**{noun: frame.write_csv() for noun, frame in files.items()})
    once = at_once.night(day(UNTIL_S - DAY_S))
    assert once.run["counts"]["entries"]["ledger"] == ledger > 1000
    assert at_once.state() == stepwise


EARLY = ("distributors", "customers", "products")


def generated(folder: Path, shape: Shape) -> dict[str, pl.DataFrame]:
    """The generated files, every value as its text."""
    loaders.generate.write(folder, shape, progress=lambda noun, rows: None)
    return {
        path.stem: pl.read_csv(path, infer_schema=False) for path in sorted(folder.glob("*.csv"))
    }


def since(files: dict[str, pl.DataFrame], after_s: int, upto_s: int) -> dict[str, pl.DataFrame]:
    """What arrived after one moment and up to another; lines come with their orders."""
    found: dict[str, Any] = {}
    for noun, column in BY_TIME.items():
        frame = files[noun]
        time = frame[column].str.to_datetime(time_zone="UTC").dt.epoch("s")
        found[noun] = frame.filter((time > after_s) & (time <= upto_s))
    ids = found["orders"]["order_id"].implode()
    found["order_lines"] = files["order_lines"].filter(pl.col("order_id").is_in(ids))
    return {noun: frame for noun, frame in found.items() if frame.height}


def day(at_s: int) -> str:
    return str(pl.from_epoch(pl.Series([at_s])).dt.date()[0])


def test_a_cycle_that_was_rejected_is_seen_by_the_night(company: Company) -> None:
    """R is there; A, B and C sponsor each other and D stands below them: nothing was ordered."""
    company.load(
        distributors="distributor_id,sponsor_id,joined_at\nR,,2026-01-01\n"
        "A,C,2026-01-01\nB,A,2026-01-01\nC,B,2026-01-01\nD,C,2026-01-01\n",
        orders="order_id,seller_id,ordered_at\n",
    )
    company.night("2026-02-01")
    found = graph.findings.by_ids(company.db, ["DQ-001|network||"])
    assert [(one["band"], one["value"]) for one in found] == [("high", 0.8)]
