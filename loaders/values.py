"""Text columns to typed ones: each parser gives the values and, by code, the rows that are bad.

Whole columns at a time; a blank is null and never bad here. Codes have words in
graph/words/rejects.toml. Money and quantities are whole numbers of their smallest unit, worked out
from the digits; no float is made on the way (held to graph.money.parse_minor by tests).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from graph import money
from loaders.times import Mask

ID_CHARS_MAX = 128
INTEGER_MAX = 999_999_999
QUANTITY_DECIMALS = 3
WHOLE_DIGITS_MAX = 14
SCALE_MAX = 4
"""No currency of ISO 4217 has more decimals (CLF, UYW)."""

_HIDDEN = (
    r"[\x00-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)
"""Control characters and those that take no room: two ids that look the same are the same."""
_PERIOD = r"^(?:19[7-9][0-9]|2[01][0-9]{2}|2200)-(?:0[1-9]|1[0-2])$"
_DECIMAL = r"^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)$"


@dataclass
class Parsed:
    """Values (null where blank or bad) and the bad rows by code; the first that holds counts."""

    values: pl.Series
    bad: dict[str, Mask] = field(default_factory=dict)


def clean(text: pl.Series) -> pl.Series:
    """Trimmed; blank is null."""
    trimmed = text.str.strip_chars()
    return trimmed.set(trimmed == "", None)


def parse_ids(text: pl.Series) -> Parsed:
    """NFC, at most 128 characters, nothing that cannot be printed."""
    if (text.str.len_bytes() != text.str.len_chars()).any():
        text = text.str.normalize("NFC")
    long = _mask(text.str.len_chars() > ID_CHARS_MAX)
    return Parsed(text, {"id_too_long": long, "bad_id": _mask(text.str.contains(_HIDDEN))})


def parse_texts(text: pl.Series, most: int) -> Parsed:
    """Any text of at most `most` characters; NUL is none, no tool behind us keeps it."""
    long = _mask(text.str.len_bytes() > most)
    if long.any():
        long &= _mask(text.str.len_chars() > most)
    return Parsed(
        text, {"text_too_long": long, "bad_text": _mask(text.str.contains("\0", literal=True))}
    )


def parse_words(text: pl.Series, words: tuple[str, ...]) -> Parsed:
    """One of a closed list, as written there."""
    return _kept(text, {"unknown_word": ~text.is_in(words)})


def parse_flags(text: pl.Series) -> Parsed:
    """0 or 1."""
    known = text.is_in(["0", "1"])
    return Parsed((text == "1").set(~known, None), {"bad_flag": _mask(~known)})


def parse_integers(text: pl.Series) -> Parsed:
    """A whole number from 0 to INTEGER_MAX."""
    bad = ~text.str.contains(r"^[0-9]{1,9}$")
    return Parsed(text.cast(pl.Int64, strict=False), {"bad_integer": _mask(bad)})


def parse_periods(text: pl.Series) -> Parsed:
    """A month, YYYY-MM, from 1970 to 2200."""
    return _kept(text, {"bad_period": ~text.str.contains(_PERIOD)})


def parse_currencies(text: pl.Series) -> Parsed:
    """A code of ISO 4217."""
    return _kept(text, {"unknown_currency": ~text.is_in(sorted(money.known_currencies()))})


def parse_decimals(text: pl.Series, decimals: pl.Series | int) -> Parsed:
    """Plain decimal numbers to whole units of 10^-decimals; `decimals` may differ by row.

    Codes: bad_number, too_many_decimals (other than zeros), too_large (more than 14 whole digits).
    """
    if text.null_count() == len(text):
        return Parsed(text.cast(pl.Int64))
    if isinstance(decimals, int) and (plain := _plain_decimals(text, decimals)) is not None:
        return Parsed(plain)
    bad = ~text.str.contains(_DECIMAL)
    negative = text.str.starts_with("-")
    parts = text.str.strip_chars_start("+-").str.split_exact(".", 1).struct
    whole = parts.field("field_0").str.strip_chars_start("0")
    fraction = parts.field("field_1").fill_null("").str.strip_chars_end("0")
    too_fine = (fraction.str.len_bytes() > decimals).fill_null(False)
    large = whole.str.len_bytes() > WHOLE_DIGITS_MAX
    usable = ~(bad | too_fine | large).fill_null(True)
    digits = whole + fraction.str.pad_end(SCALE_MAX, "0")
    scaled = digits.set(~usable, None).cast(pl.Int64, strict=False)
    units = scaled // _power(decimals * -1 + SCALE_MAX)
    values = units.zip_with(~negative.fill_null(False), -units)
    return Parsed(
        values,
        {"bad_number": _mask(bad), "too_many_decimals": _mask(too_fine), "too_large": _mask(large)},
    )


def _plain_decimals(text: pl.Series, decimals: int) -> pl.Series | None:
    """The usual column, fast: numbers all whole or all with every decimal, some below zero."""
    if text.str.contains(rf"^-?[0-9]{{1,{WHOLE_DIGITS_MAX}}}\.[0-9]{{{decimals}}}$").all():
        return text.str.replace(".", "", literal=True).cast(pl.Int64)
    if text.str.contains(rf"^-?[0-9]{{1,{WHOLE_DIGITS_MAX}}}$").all():
        return text.cast(pl.Int64) * int(10**decimals)
    return None


def decimals_of(currencies: pl.Series) -> pl.Series | int:
    """The decimals of the rows' currencies; one number where they all have the same."""
    distinct = currencies.unique()
    if len(distinct) == 1 and distinct[0] is not None:
        return money.exponent(distinct[0])
    return exponents(currencies)


def exponents(currencies: pl.Series) -> pl.Series:
    """Decimals of each row's currency; null where the currency is."""
    table = {code: money.exponent(code) for code in currencies.unique().drop_nulls()}
    return currencies.replace_strict(table, default=None, return_dtype=pl.Int64)


def _power(exponent: pl.Series | int) -> pl.Series | int:
    if isinstance(exponent, int):
        return int(10**exponent)
    powers: Mapping[int, int] = {n: int(10**n) for n in range(SCALE_MAX + 1)}
    return exponent.replace_strict(powers, default=None, return_dtype=pl.Int64)


def _mask(bad: pl.Series) -> Mask:
    return bad.fill_null(False).to_numpy()


def _kept(values: pl.Series, bad: dict[str, pl.Series]) -> Parsed:
    masks = {code: _mask(rows) for code, rows in bad.items()}
    hit = np.logical_or.reduce(list(masks.values()))
    return Parsed(values.set(pl.Series(hit), None) if hit.any() else values, masks)
