"""The forms of a dry run's files agree with `graph.money`, for every currency and any size."""

import hypothesis
import hypothesis.strategies as st
import polars as pl

import loaders.results
from graph import money

CURRENCIES = st.sampled_from(["CNY", "JPY", "KWD", "GBP"])
MINOR = st.integers(-(10**25), 10**25)


def formed(minor: int, currency: str, *, milli: bool) -> str:
    frame = pl.DataFrame(
        {"value": [minor], "currency": [currency]},
        schema={"value": pl.Int128, "currency": pl.String},
    )
    form = loaders.results.major("value", "currency", milli=milli)
    return str(frame.select(form.alias("text"))["text"][0])


@hypothesis.given(MINOR, CURRENCIES)
def test_minor_units_read_as_money_says(minor: int, currency: str) -> None:
    assert formed(minor, currency, milli=False) == money.format_minor(minor, currency)


@hypothesis.given(MINOR, CURRENCIES)
def test_thousandths_of_a_minor_unit_are_shown_exactly(milli: int, currency: str) -> None:
    text = formed(milli, currency, milli=True)
    assert money.parse_exact(text) * 10 ** money.exponent(currency) == money.Exact(milli, 1000)
    decimals = len(text.partition(".")[2])
    digits = money.exponent(currency)
    assert digits <= decimals <= digits + 3
    assert decimals == digits or not text.endswith("0")


def test_times_are_utc_with_milliseconds_only_where_there_are_some() -> None:
    frame = pl.DataFrame({"at": [0, 1, None, 7_258_118_399_000]}, schema={"at": pl.Int64})
    assert frame.select(loaders.results.utc("at"))["at"].to_list() == [
        "1970-01-01T00:00:00Z",
        "1970-01-01T00:00:00.001Z",
        None,
        "2199-12-31T23:59:59Z",
    ]
