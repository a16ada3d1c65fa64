"""Money: exact parsing, one rounding on the magnitude, shares that add up."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import money

MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "floor": ROUND_DOWN}


@given(st.integers(-(10**12), 10**12), st.sampled_from(["CNY", "JPY", "KWD", "GBP"]))
def test_minor_units_survive_their_text(minor: int, currency: str) -> None:
    assert money.parse_minor(money.format_minor(minor, currency), currency) == minor


@pytest.mark.parametrize(("text", "currency"), [("1.005", "GBP"), ("1.5", "JPY"), ("1", "XXZ")])
def test_no_decimal_is_lost_and_no_currency_guessed(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match=text if currency != "XXZ" else currency):
        money.parse_minor(text, currency)


@pytest.mark.parametrize(
    "text", ["", " ", "1e3", "1,000", "٣", "0x1", "nan", "-0.1", "0.1234567891"]
)
def test_what_is_no_rate(text: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        money.parse_rate(text)


@given(st.integers(-(10**15), 10**15), st.integers(0, 9), st.sampled_from(sorted(MODES)))
def test_rounding_is_that_of_decimal(numerator: int, digits: int, name: str) -> None:
    exact = Decimal(numerator).scaleb(-digits)
    expected = int(exact.quantize(Decimal(1), rounding=MODES[name]))
    assert money.round_ratio(numerator, 10**digits, money.ROUNDINGS[name]) == expected


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**9), min_size=1, max_size=40))
def test_shares_add_up_and_none_is_off_by_a_unit(total: int, weights: list[int]) -> None:
    shares = money.spread(total, weights)
    whole = sum(weights)
    if whole == 0:
        assert shares == [0] * len(weights)
        return
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert share in {total * weight // whole, total * weight // whole + 1}


@given(st.fractions())
def test_exact_text_is_exact(value: money.Exact) -> None:
    text = money.format_exact(value)
    assert money.Exact(text) == value
