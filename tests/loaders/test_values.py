"""Text to values: times in zones, money exactly as graph.money has it."""

import datetime
import zoneinfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import loaders.times
import loaders.values
from graph import money

TAIPEI = "Asia/Taipei"


def at(text: str, zone: str = "UTC") -> str | None:
    parsed = loaders.times.parse(pl.Series([text]), zone)
    if parsed.bad[0]:
        return None
    if parsed.beyond[0]:
        return "beyond"
    moment = datetime.datetime.fromtimestamp(parsed.ms[0] / 1000, datetime.UTC)
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00")


@pytest.mark.parametrize(
    ("text", "zone", "utc"),
    [
        ("2026-01-02T03:04:05Z", TAIPEI, "2026-01-02T03:04:05.000"),
        ("2026-01-02 03:04:05.5+08:00", "UTC", "2026-01-01T19:04:05.500"),
        ("2026-01-02T03:04:05.123456789Z", "UTC", "2026-01-02T03:04:05.123"),
        ("2026-01-02T03:04:05-0530", "UTC", "2026-01-02T08:34:05.000"),
        ("2026-01-02T03:04:05 +08", "UTC", "2026-01-01T19:04:05.000"),
        ("2026-01-02T03:04", TAIPEI, "2026-01-01T19:04:00.000"),
        ("2026-01-02", TAIPEI, "2026-01-01T16:00:00.000"),
        ("2024-02-29", "UTC", "2024-02-29T00:00:00.000"),
        ("2023-02-29", "UTC", None),
        ("2026-13-01", "UTC", None),
        ("2026-01-01T24:00:00Z", "UTC", None),
        ("2026-01-01T23:59:60Z", "UTC", None),
        ("2026-1-1", "UTC", None),
        ("01/02/2026", "UTC", None),
        ("2026-01-02T03:04:05+24:00", "UTC", None),
        ("0001-01-01", "UTC", "beyond"),
        ("1969-12-31T23:59:59Z", "UTC", "beyond"),
        ("1970-01-01", TAIPEI, "1969-12-31T16:00:00.000"),
        ("2200-12-31T23:59:59Z", "UTC", "2200-12-31T23:59:59.000"),
        ("2201-01-01", "UTC", "beyond"),
        ("9999-12-31T00:00:00Z", "UTC", "beyond"),
        # The zone skips 02:30 and repeats 01:30; a day may begin after midnight, or not at all.
        ("2026-03-29T02:30:00", "Europe/Berlin", None),
        ("2026-10-25T02:30:00", "Europe/Berlin", "2026-10-25T00:30:00.000"),
        ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00.000"),
    ],
)
def test_times_are_read_as_written(text: str, zone: str, utc: str | None) -> None:
    assert at(text, zone) == utc


def test_bare_times_and_bare_dates_are_told_apart() -> None:
    texts = pl.Series(["2026-01-02T03:04:05Z", "2026-01-02T03:04", "2026-01-02", None])
    parsed = loaders.times.parse(texts, "UTC")
    assert parsed.bare.tolist() == [False, True, True, False]
    assert parsed.bare_date.tolist() == [False, False, True, False]
    assert parsed.ms.null_count() == 1 and not parsed.bad.any()


@given(
    st.datetimes(datetime.datetime(1971, 1, 1), datetime.datetime(2099, 1, 1)),
    st.sampled_from(["UTC", TAIPEI, "America/New_York", "Asia/Kathmandu"]),
    st.sampled_from(["T", " "]),
)
def test_bare_times_agree_with_the_standard_library(
    local: datetime.datetime, zone: str, between: str
) -> None:
    local = local.replace(microsecond=local.microsecond // 1000 * 1000)
    aware = local.replace(tzinfo=zoneinfo.ZoneInfo(zone))
    back = aware.astimezone(datetime.UTC).astimezone(zoneinfo.ZoneInfo(zone))
    parsed = loaders.times.parse(pl.Series([local.isoformat(between)]), zone)
    if back.replace(tzinfo=None) != local:
        assert parsed.bad[0]
    else:
        assert parsed.ms[0] == round(aware.timestamp() * 1000)


def test_before_compares_days_where_either_is_a_bare_date() -> None:
    noon = loaders.times.parse(pl.Series(["2026-01-02T12:00:00Z"] * 3), "UTC").ms
    later = loaders.times.parse(
        pl.Series(["2026-01-02", "2026-01-02T11:00:00Z", "2026-01-01"]), "UTC"
    )
    early = loaders.times.before(later.ms, noon, later.bare_date, "UTC")
    assert early.tolist() == [False, True, True]


NUMBERS = st.one_of(
    st.from_regex(r"[+-]?[0-9]{0,16}(\.[0-9]{0,6})?", fullmatch=True),
    st.text("0123456789.+-eE, _", max_size=8),
    st.decimals(allow_nan=True, places=3).map(str),
)


@given(st.lists(NUMBERS, min_size=1, max_size=30), st.sampled_from(["CNY", "JPY", "KWD", "CLF"]))
def test_money_is_what_graph_money_says(texts: list[str], currency: str) -> None:
    column = loaders.values.clean(pl.Series(texts))
    parsed = loaders.values.parse_decimals(column, money.exponent(currency))
    none = np.zeros(len(texts), np.bool_)
    bad = np.logical_or.reduce([none, *parsed.bad.values()]).tolist()
    for text, value, wrong in zip(column, parsed.values, bad, strict=True):
        if text is None:
            assert value is None and not wrong
            continue
        try:
            minor = money.parse_minor(text, currency)
        except ValueError:
            assert wrong and value is None
            continue
        large = abs(minor) >= 10 ** (14 + money.exponent(currency))
        assert wrong == large and (large or value == minor)


def test_each_row_has_the_decimals_of_its_currency() -> None:
    currencies = pl.Series(["CNY", "JPY", "KWD", None])
    parsed = loaders.values.parse_decimals(
        pl.Series(["1.5", "1.5", "1.5", "1.5"]), loaders.values.exponents(currencies)
    )
    assert parsed.values.to_list() == [150, None, 1500, None]
    assert parsed.bad["too_many_decimals"].tolist() == [False, True, False, False]


def test_ids_are_composed_and_bounded() -> None:
    texts = pl.Series(["e\u0301", "x" * 128, "x" * 129, "a\x00b"])
    parsed = loaders.values.parse_ids(texts)
    assert parsed.values[0] == "\u00e9"
    assert parsed.bad["id_too_long"].tolist() == [False, False, True, False]
    assert parsed.bad["bad_id"].tolist() == [False, False, False, True]


def test_months_are_months() -> None:
    texts = pl.Series(["2026-01", "1970-12", "2200-01", "2026-13", "26-01", "1969-01", "2201-01"])
    bad = loaders.values.parse_periods(texts).bad["bad_period"]
    assert bad.tolist() == [False, False, False, True, True, True, True]
