"""What travels as text: money, big numbers, times."""

import pytest

import schema.scalars
from schema.money import known, money
from schema.scalars import SCALARS, BigInt, Currency, Day, Decimal, Moment, Period


@pytest.mark.parametrize(
    ("minor", "currency", "amount"),
    [(1234, "CNY", "12.34"), (-5, "CNY", "-0.05"), (1234, "JPY", "1234"), (1, "KWD", "0.001")],
)
def test_money_has_the_decimals_of_its_currency(minor: int, currency: str, amount: str) -> None:
    one = known(minor, currency)
    assert (one.minor, one.amount(), one.currency) == (minor, amount, currency)


def test_unknown_money_is_none() -> None:
    assert money(None, "CNY") is None and money(1, None) is None


@pytest.mark.parametrize(
    ("text", "at_ms"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-10-31T23:59:59+08:00", 1_793_462_399_000),
        ("2026-10-31T15:59:59.250Z", 1_793_462_399_250),
        ("1969-12-31T23:59:59Z", -1000),
    ],
)
def test_a_moment_is_milliseconds_inside_and_iso_outside(text: str, at_ms: int) -> None:
    assert schema.scalars.moment_from(text) == at_ms
    assert schema.scalars.moment_from(schema.scalars.moment_text(at_ms)) == at_ms


@pytest.mark.parametrize("text", ["2026-10-31", "2026-10-31T10:00:00", "2026-02-30T10:00:00Z", 5])
def test_a_moment_without_an_offset_is_none(text: object) -> None:
    with pytest.raises(ValueError):
        schema.scalars.moment_from(text)


@pytest.mark.parametrize(
    ("scalar", "wrong"),
    [
        (BigInt, 1.5),
        (BigInt, True),
        (BigInt, "1" * 20),
        (BigInt, "١"),
        (Decimal, 12.5),
        (Decimal, "1e5"),
        (Decimal, "NaN"),
        (Currency, "cny"),
        (Period, "2026-13"),
        (Day, "31.10.2026"),
        (Moment, None),
    ],
)
def test_scalars_refuse_what_could_be_misread(scalar: object, wrong: object) -> None:
    parse = SCALARS[scalar].parse_value
    assert parse is not None
    with pytest.raises(ValueError):
        parse(wrong)
