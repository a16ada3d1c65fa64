"""Money: whole minor units with an ISO 4217 currency, exact rates, and one place that rounds.

Definitions (commission.md): an amount is an int of minor units (fen, pence, yen). A rate or a share
before rounding is `Exact`, a fraction. Rounding works on the magnitude, so that an amount and its
reversal are always mirror images. Compiled kernels repeat `round_ratio` on int64 where everything
fits; tests hold them to this module.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache

from babel.numbers import get_currency_precision, list_currencies

Exact = Fraction

HALF_UP, HALF_EVEN, FLOOR = 0, 1, 2
ROUNDINGS = {"half_up": HALF_UP, "half_even": HALF_EVEN, "floor": FLOOR}
MINOR_UNITS_MAX = 10**12
RATE_DECIMALS_MAX = 9

_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)


@cache
def known_currencies() -> frozenset[str]:
    """ISO 4217 codes that an amount may carry."""
    return frozenset(list_currencies())


@cache
def exponent(currency: str) -> int:
    """Decimals of a currency's minor unit: CNY 2, JPY 0, KWD 3. ValueError if unknown."""
    if currency not in known_currencies():
        raise ValueError(f"unknown currency {currency!r}")
    return int(get_currency_precision(currency))


def parse_exact(text: str) -> Exact:
    """A plain decimal string as a fraction; ValueError for anything else, blank included."""
    if not _DECIMAL.fullmatch(text):
        raise ValueError(f"{text!r} is not a decimal number")
    return Fraction(text)


def parse_minor(text: str, currency: str) -> int:
    """Major units as text to whole minor units; ValueError where decimals would be lost."""
    minor = parse_exact(text) * 10 ** exponent(currency)
    if minor.denominator != 1:
        raise ValueError(f"{text!r} has more decimals than {currency}")
    return int(minor)


def parse_rate(text: str) -> Exact:
    """A rate such as "0.10"; at most nine decimals, never negative, never blank."""
    rate = parse_exact(text)
    if rate < 0 or (10**RATE_DECIMALS_MAX * rate).denominator != 1:
        raise ValueError(
            f"{text!r} is not a rate of 0 or more with at most {RATE_DECIMALS_MAX} decimals"
        )
    return rate


def format_minor(minor: int, currency: str) -> str:
    """Minor units as a decimal string in major units: 1234, CNY -> "12.34"."""
    digits = exponent(currency)
    return f"{Decimal(minor).scaleb(-digits):.{digits}f}"


def format_exact(value: Exact) -> str:
    """A fraction as a terminating decimal string ("0.05"); `n/d` where there is none."""
    scaled = value * 10**18
    if scaled.denominator != 1:
        return format_fraction(value)
    sign, digits = ("-" if scaled < 0 else ""), str(abs(int(scaled))).rjust(19, "0")
    return f"{sign}{digits[:-18]}.{digits[-18:]}".rstrip("0").rstrip(".")


def format_fraction(value: Exact) -> str:
    """A fraction as `n/d` in lowest terms, the denominator always shown."""
    return f"{value.numerator}/{value.denominator}"


def round_ratio(numerator: int, denominator: int, mode: int) -> int:
    """numerator / denominator (> 0) to a whole unit, on the magnitude, by one of ROUNDINGS."""
    whole, rest = divmod(abs(numerator), denominator)
    if mode == HALF_UP:
        whole += 2 * rest >= denominator
    elif mode == HALF_EVEN:
        whole += 2 * rest > denominator or (2 * rest == denominator and whole % 2 == 1)
    return whole if numerator >= 0 else -whole


def round_exact(value: Exact, mode: int) -> int:
    """A fraction of minor units to whole minor units."""
    return round_ratio(value.numerator, value.denominator, mode)


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """Share out whole units by weight: floors, then one by one to the largest remainders.

    Ties go to the earlier place, so the caller orders by id. Sums to `total` exactly; all weights
    zero gives all zeros unless `total` is zero too.
    """
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    parts = [divmod(total * weight, whole) for weight in weights]
    shares = [share for share, _ in parts]
    by_remainder = sorted(range(len(parts)), key=lambda i: (-parts[i][1], i))
    for i in by_remainder[: total - sum(shares)]:
        shares[i] += 1
    return shares
