"""Scalars of the API: big integers and decimals as strings, times with an offset, company months.

JavaScript numbers break above 2^53, so whole minor units travel as text. Inside, a time is an int
of milliseconds UTC (`Moment`), as everywhere in Plumbline.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

BigInt = NewType("BigInt", int)
Decimal = NewType("Decimal", str)
Fraction = NewType("Fraction", str)
Currency = NewType("Currency", str)
Moment = NewType("Moment", int)
Day = NewType("Day", str)
Period = NewType("Period", str)

BIG_INT_DIGITS_MAX = 19
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_OFFSET = re.compile(r"T.*(Z|[+-]\d\d:?\d\d)$", re.IGNORECASE)


def moment_text(at_ms: int) -> str:
    """Milliseconds UTC as ISO 8601 with Z; fractions of a second only where there are any."""
    seconds, rest = divmod(at_ms, 1000)
    text = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{rest:03d}Z" if rest else f"{text}Z"


def moment_from(value: object) -> Moment:
    """ISO 8601 with an offset or Z to milliseconds UTC; ValueError for anything else."""
    if not isinstance(value, str) or not _OFFSET.search(value):
        raise ValueError(
            "a time is ISO 8601 with an offset or Z, such as 2026-10-31T23:59:59+08:00"
        )
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("not a time that exists") from None
    return Moment((parsed - _EPOCH) // _MILLISECOND)


def _big_int_from(value: object) -> BigInt:
    text = str(value)
    if isinstance(value, bool | float) or not re.fullmatch(r"[+-]?\d+", text, re.ASCII):
        raise ValueError('a whole number, best written as a string, such as "12345"')
    if len(text.lstrip("+-")) > BIG_INT_DIGITS_MAX:
        raise ValueError(f"more than {BIG_INT_DIGITS_MAX} digits")
    return BigInt(int(text))


def _decimal_from(value: object) -> Decimal:
    if not isinstance(value, str) or not re.fullmatch(r"[+-]?\d+(\.\d+)?", value, re.ASCII):
        raise ValueError('a decimal number is a string, such as "12.50"')
    return Decimal(value)


def _matching(pattern: str, says: str) -> Any:
    compiled = re.compile(pattern, re.ASCII)

    def parse(value: object) -> str:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            raise ValueError(says)
        return value

    return parse


def _scalar(name: str, description: str, serialize: Any, parse: Any) -> ScalarDefinition:
    return strawberry.scalar(
        name=name, description=description, serialize=serialize, parse_value=parse
    )


SCALARS: dict[object, ScalarDefinition] = {
    BigInt: _scalar(
        "BigInt",
        "A whole number as a string, because numbers in JavaScript break above 2^53.",
        str,
        _big_int_from,
    ),
    Decimal: _scalar(
        "Decimal", 'An exact decimal number as a string, such as "12.50".', str, _decimal_from
    ),
    Fraction: _scalar(
        "Fraction",
        'An exact number as a fraction in lowest terms, such as "1001/3".',
        str,
        _matching(r"[+-]?\d+/\d+", "an exact number is a fraction, such as 1001/3"),
    ),
    Currency: _scalar(
        "CurrencyCode",
        "An ISO 4217 currency code, such as CNY.",
        str,
        _matching(r"[A-Z]{3}", "a currency is three capital letters of ISO 4217, such as CNY"),
    ),
    Moment: _scalar(
        "DateTime",
        "A moment as ISO 8601 with an offset; answers are in UTC with Z.",
        moment_text,
        moment_from,
    ),
    Day: _scalar(
        "Date",
        "A day of the company, such as 2026-10-31.",
        str,
        _matching(r"\d{4}-\d\d-\d\d", "a day is written like 2026-10-31"),
    ),
    Period: _scalar(
        "Period",
        "A month of the company's time zone, such as 2026-10.",
        str,
        _matching(r"\d{4}-(0[1-9]|1[0-2])", "a period is a month written like 2026-10"),
    ),
}
