"""The Korean FTC's published table, and what must not be shown."""

import numpy as np
import polars as pl
import pytest

import analytics.reports.bands as bands
import analytics.reports.income as income

SELLERS, PAID, SALES = 7_200_000, 1_250_000, 4_960_600_000_000
MEANS = (71_080_000, 7_345_000, 810_000, 80_000)  # won, of 1 %, 5 %, 24 %, 70 % of the paid


def published() -> pl.DataFrame:
    """7.2 m persons of whom 1.25 m were paid the means of their bands."""
    counts = bands.of_ranks(PAID)
    assert counts == [12_500, 62_500, 300_000, 875_000]
    paid = np.repeat(np.array(MEANS), counts)
    earned = np.concatenate([np.zeros(SELLERS - PAID, np.int64), paid])
    nothing = np.zeros(SELLERS, np.int64)
    columns = {"person": np.arange(SELLERS), "income": earned, "expenses": nothing}
    return pl.DataFrame({**columns, "own_use": nothing, "months": nothing}, schema=income.PERSONS)


@pytest.fixture(scope="module")
def korea() -> dict[str, pl.DataFrame]:
    found = income.of_persons({"KRW": published()}, {"KRW": SALES}, "2023-12-31")
    return {table.code: table.frame for table in found.tables}


def test_korea_2023_totals(korea: dict[str, pl.DataFrame]) -> None:
    found = dict(korea["income_totals"].select("measure", "value").iter_rows())
    assert found["participants"] == SELLERS
    assert found["share_paid"] == pytest.approx(0.1736, abs=5e-5)
    assert found["mean_of_paid"] == pytest.approx(1_328_450)
    assert found["payout_ratio"] == pytest.approx(1.6606 / 4.9606, abs=5e-5)
    assert 1.6558 / 4.9606 == pytest.approx(0.3338, abs=5e-5)  # as published, from the firms' sums
    assert found["median_of_all"] == 0


def test_korea_2023_bands(korea: dict[str, pl.DataFrame]) -> None:
    found = korea["income_bands"]
    shares = dict(found.select("group", "share_of_income").iter_rows())
    assert shares["top_1"] == pytest.approx(0.5351, abs=5e-5)
    assert shares["top_1"] + shares["from_1_to_6"] == pytest.approx(0.8115, abs=5e-5)
    assert shares["rest"] == pytest.approx(0.0422, abs=5e-5)
    means = dict(found.select("group", "mean").iter_rows())
    assert [means[name] for name in bands.BANDS[:4]] == pytest.approx(MEANS)
    assert means["nothing"] == 0
    assert found["persons"].sum() == SELLERS


def test_korea_2023_amounts(korea: dict[str, pl.DataFrame]) -> None:
    found = dict(korea["income_amounts"].select("span", "persons").iter_rows())
    assert found["nothing"] == SELLERS - PAID
    assert found["below:500000"] == 875_000
    assert found["from:30000000:100000000"] == 12_500


def test_bands_are_never_wider_than_they_say() -> None:
    assert bands.of_ranks(99) == [0, 5, 24, 70]
    assert bands.of_ranks(100) == [1, 5, 24, 70]
    assert bands.of_ranks(0) == [0, 0, 0, 0]
    assert sum(bands.of_ranks(12_345)) == 12_345


def test_who_owes_was_not_paid() -> None:
    found = bands.banded(pl.Series([0, -5, 10]))
    assert found.to_list() == ["nothing", "nothing", "rest"]


@pytest.mark.parametrize(
    ("persons", "hidden"),
    [
        ([10, 0, 20], [False, False, False]),
        ([4, 10, 20], [True, True, False]),  # one alone could be worked out
        ([1, 3, 20, 9], [True, True, False, True]),  # four together could be counted
        ([3, 3, 20], [True, True, False]),
        ([3], [True]),
        ([], []),
    ],
)
def test_small_cells_hide_with_company(persons: list[int], hidden: list[bool]) -> None:
    assert bands.hidden(persons) == hidden


def test_percentiles_leave_enough_persons_beyond() -> None:
    values = np.arange(1.0, 101.0)
    found = dict(zip(bands.PERCENTILES, bands.percentiles(values), strict=True))
    assert found[50] == pytest.approx(50.5)
    assert found[95] == pytest.approx(95.05)
    assert found[99] is None
    assert bands.percentiles(values[:0]) == [None] * len(bands.PERCENTILES)


def test_what_is_left_may_be_less_than_nothing() -> None:
    rows = {
        "person": range(50),
        "income": [100] * 40 + [0] * 10,
        "expenses": [150] * 40 + [0] * 10,
        "own_use": [0] * 50,
        "months": [1] * 40 + [0] * 10,
    }
    found = income.of_persons({"CNY": pl.DataFrame(rows, schema=income.PERSONS)}, {}, "2026-06-30")
    rest = found.frame("income_bands").filter(group="rest").row(0, named=True)
    assert (rest["mean_left"], rest["share_losing"]) == (-50, 1.0)
    months = found.frame("income_months")
    assert months.filter(group="to_3")["share_paid"].item() == 1.0
