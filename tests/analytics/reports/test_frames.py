"""What the frames say of a network drawn by hand, and of a company's first day."""

import polars as pl
import pytest

import analytics.reports.frames as frames
import tests.analytics.reports.drawn_world as world
from analytics.reports.tables import KINDS, Report
from analytics.reports.tables import kind_of as kind_of_column


def report(kind: str) -> Report:
    return frames.of(kind, frames.Material(world.AS_OF, world.facts()))


def total(found: Report, measure: str) -> float | None:
    """A figure of a report's first table."""
    value: float | None = found.tables[0].frame.filter(measure=measure)["value"].item()
    return value


def test_depth_counts_persons_on_their_uppermost_level() -> None:
    found = report("depth")
    assert total(found, "accounts") == 44
    assert total(found, "persons") == 43  # D1X and D1Y are one
    d0, e0 = found.frame("organisers").iter_rows(named=True)
    assert (d0["organiser"], d0["persons"], d0["accounts"], d0["levels"]) == ("D0", 41, 42, 5)
    assert d0["thirty_three"] and not d0["one_twenty"]
    assert (d0["widest_branch"], d0["width"]) == ("D1", 12)
    assert (d0["deepest_branch"], d0["branch_levels"]) == ("D1", 4)
    assert d0["paid_tiers"] == 2
    assert d0["share_deep"] == pytest.approx(37 / 41)
    assert (e0["organiser"], e0["persons"], e0["levels"]) == ("E0", 2, 2)
    assert not e0["thirty_three"]


def test_a_gate_holds_at_its_edge() -> None:
    whole = report("depth").frame("levels").filter(organiser="")
    assert whole["level"].to_list() == [1, 2, 3, 4, 5]
    assert whole["persons"].to_list() == [2, 4, 36, 1, 0]
    assert whole["accounts"].to_list() == [2, 4, 36, 1, 1]
    assert whole["share"].sum() == pytest.approx(1)


def test_joins_leave_roots_out() -> None:
    joins = report("depth").frame("joins")
    assert joins["accounts"].sum() == 42
    assert joins.filter(month=2026 * 12 + 1, level=3)["accounts"].item() == 12


def test_orders_by_how_many_are_paid() -> None:
    tiers = report("depth").frame("tiers")
    assert tiers.select("tiers", "orders").rows() == [(2, 16)]  # of April and May


def test_cohorts_pay_in_and_earn() -> None:
    found = report("recruitment")
    cohorts = {row["month"]: row for row in found.frame("cohorts").iter_rows(named=True)}
    first = cohorts[2025 * 12]
    assert (first["joined"], first["recruits"], first["r180"]) == (1, 12, 0.0)
    february = cohorts[2026 * 12 + 1]
    assert february["joined"] == 13
    assert february["r180"] is None  # not members for 180 days yet
    assert february["survival"] == pytest.approx(12 / 13)
    money = found.frame("cohort_money").filter(month=2026 * 12 + 1)
    assert money["paid_in"].item() == 12 * 6000
    assert found.frame("cohort_money")["paid_out"].sum() == 40_000 + 36_000 + 700


def test_a_recruit_counts_for_his_sponsor_and_not_for_himself() -> None:
    recruiters = report("recruitment").frame("recruiters")
    counts = dict(recruiters.select("distributor", "recruits").iter_rows())
    assert counts == {"D1": 12, "D2": 12, "D3": 12, "D0": 3, "D100": 1, "E0": 1}


def test_pay_for_heads_and_the_unexplained_are_tied_to_recruiting() -> None:
    pay = report("recruitment").frame("recruiting_pay")
    march = pay.filter(month=2026 * 12 + 2).row(0, named=True)
    assert (march["commission"], march["on_recruiting"]) == (52_000, 36_000.0)
    assert pay.filter(month=2026 * 12 + 3)["on_recruiting"].item() == 700.0


def test_classes_of_a_month_add_up_to_its_money() -> None:
    mix = report("money").frame("class_mix")
    assert mix["amount"].sum() == 40 * 10_000 + 12 * 6_000 + 500_000 + 1_000
    shares = mix.group_by("month").agg(pl.col("share").sum())
    assert shares["share"].to_list() == pytest.approx([1] * 5)
    may = dict(mix.filter(month=2026 * 12 + 4).select("class", "amount").iter_rows())
    assert may == {"R": 80_000, "P": 50_000, "S": 450_000, "unknown": 1_000}


def test_commission_by_class_and_level_adds_up() -> None:
    found = report("money").frame("compensation")
    by = {
        (c, level): amount for c, level, amount in found.select("class", "level", "amount").rows()
    }
    assert by == {("R", 1): 40_000, ("R", 2): 40_000, ("head", 1): 36_000, ("other", 0): 700}


def test_payout_is_put_on_the_base_of_each_jurisdiction() -> None:
    payout = report("money").frame("payout")
    korea = payout.filter(pack="kr", window="calendar_year").row(0, named=True)
    assert (korea["commission"], korea["sales"]) == (116_700, 973_000)
    assert korea["above"] is False
    own = payout.filter(pack="cn-direct-selling").row(0, named=True)
    assert (own["base"], own["months_paid"], own["months_above"]) == ("own_sales", 12, 7)
    assert own["above"] and own["status"] == "to_verify"


def test_income_counts_everybody_once() -> None:
    found = report("income")
    assert total(found, "participants") == 43  # E1 left within the year and counts
    assert total(found, "paid_participants") is None  # three persons would be known
    bands = found.frame("income_bands")
    assert bands.filter("suppressed")["amount"].null_count() == bands["suppressed"].sum() >= 2


def test_the_rules_answer_once_they_are_asked() -> None:
    found = report("recruitment")
    assert found.frame("answers").is_empty() and found.frame("branches").is_empty()


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_day_of_a_company_has_every_report(kind: str) -> None:
    found = frames.of(kind, frames.Material(world.AS_OF, world.nothing()))
    assert found.kind == kind and found.tables


@pytest.mark.parametrize("kind", KINDS)
def test_every_column_has_a_kind(kind: str) -> None:
    for table in report(kind).tables:
        for name in table.frame.columns:
            kind_of_column(name)


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_frame_has_the_types_of_a_full_one(kind: str) -> None:
    empty = frames.of(kind, frames.Material(world.AS_OF, world.nothing()))
    for full, none in zip(report(kind).tables, empty.tables, strict=True):
        assert full.frame.schema == none.frame.schema, full.code
