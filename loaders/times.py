"""Times as text to milliseconds UTC: ISO 8601, with an offset or Z, or bare in the company's zone.

    2026-01-02T03:04:05Z   2026-01-02 03:04:05.5+08:00   2026-01-02T03:04   2026-01-02

A bare time that the zone skips is no time; one that it repeats is the first of the two. A bare
date is the first moment of that day. Digits after the millisecond are dropped.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from graph import model

Mask = npt.NDArray[np.bool_]

FIRST_YEAR, LAST_YEAR = "1970", "2200"
"""Years as they are written; times before and after them are rejected."""

_SURELY_WITHIN_MS = (model.DAY_MS, 7_289_654_400_000 - model.DAY_MS)

_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_HOUR = r"(?:[01][0-9]|2[0-3])"
_SIXTY = r"[0-5][0-9]"
_OFFSET = rf"[+-]{_HOUR}(?::?{_SIXTY})?"
_UTC = rf"^{_DAY}[T ]{_HOUR}:{_SIXTY}:{_SIXTY}Z$"
_ANY = (
    rf"^({_DAY})(?:[T ]({_HOUR}:{_SIXTY})(:{_SIXTY})?([.,][0-9]{{1,9}})?(?: ?([Zz]|{_OFFSET}))?)?$"
)


@dataclass(frozen=True)
class Times:
    """`ms` is null where blank or bad; the masks are per row, false where it is blank."""

    ms: pl.Series
    bad: Mask
    beyond: Mask
    bare: Mask
    bare_date: Mask


def parse(text: pl.Series, zone: str) -> Times:
    """A column of trimmed text, null where blank, read in the company's `zone` where bare."""
    none = np.zeros(len(text), np.bool_)
    if text.null_count() == len(text):
        return Times(text.cast(pl.Int64), none, none, none, none)
    if text.str.contains(_UTC).all():
        at = _instant(text.str.replace(" ", "T", literal=True), "%Y-%m-%dT%H:%M:%SZ")
        return _bounded(at, text, none, none)
    parts = text.str.extract_groups(_ANY).struct
    day, minute, second, fraction, offset = (parts.field(name) for name in parts.fields)
    bare_date = (day.is_not_null() & minute.is_null()).to_numpy()
    bare = (day.is_not_null() & offset.is_null()).to_numpy()
    clock = minute.fill_null("00:00") + second.fill_null(":00")
    local = day.str.to_datetime("%Y-%m-%d", strict=False, time_unit="ms")
    at = (day + "T" + clock).str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="ms")
    at = at.zip_with(local.is_not_null(), pl.Series([None], dtype=pl.Datetime("ms")))
    ms = at.dt.epoch("ms") - _offset_ms(offset).fill_null(0)
    if bare.any():
        ms = _in_zone(at, bare_date, zone).zip_with(pl.Series(bare), ms)
    milli = fraction.str.slice(1, 3).str.pad_end(3, "0").cast(pl.Int64, strict=False).fill_null(0)
    return _bounded(ms + milli, text, bare, bare_date)


def days(ms: pl.Series, zone: str) -> pl.Series:
    """The day in the company's zone that each moment falls on, as a date."""
    return pl.Series(ms.cast(pl.Datetime("ms", "UTC")).dt.convert_time_zone(zone).dt.date())


def before(earlier: pl.Series, later: pl.Series, by_day: Mask, zone: str) -> Mask:
    """Where `earlier` is earlier than `later`: by time, or by the company's day where `by_day`.

    False where either is null.
    """
    by_time = (earlier < later).fill_null(False).to_numpy()
    if not by_day.any():
        return by_time
    return np.where(
        by_day, (days(earlier, zone) < days(later, zone)).fill_null(False).to_numpy(), by_time
    )


def _instant(text: pl.Series, form: str) -> pl.Series:
    return text.str.to_datetime(form, strict=False, time_unit="ms").dt.epoch("ms")


def _bounded(ms: pl.Series, text: pl.Series, bare: Mask, bare_date: Mask) -> Times:
    bad = (text.is_not_null() & ms.is_null()).to_numpy()
    low, high = _SURELY_WITHIN_MS
    if ms.is_between(low, high).all():
        return Times(ms, bad, np.zeros(len(ms), np.bool_), bare, bare_date)
    year = text.str.slice(0, 4)
    beyond = ms.is_not_null() & ((year < FIRST_YEAR) | (year > LAST_YEAR)).fill_null(False)
    kept = ms.zip_with(~beyond, pl.Series([None], dtype=pl.Int64))
    return Times(kept, bad, beyond.to_numpy(), bare, bare_date)


def _offset_ms(offset: pl.Series) -> pl.Series:
    """Milliseconds that local time is ahead of UTC; null where there is no offset but a Z."""
    digits = offset.str.replace_all(":", "", literal=True)
    hours = digits.str.slice(1, 2).cast(pl.Int64, strict=False)
    minutes = digits.str.slice(3, 2).cast(pl.Int64, strict=False).fill_null(0)
    sign = 1 - 2 * offset.str.starts_with("-").cast(pl.Int64)
    return pl.Series(sign * (hours * 60 + minutes) * 60_000)


def _in_zone(at: pl.Series, bare_date: Mask, zone: str) -> pl.Series:
    """Local times to UTC. A day that begins later than midnight begins at its first moment."""
    if zone == "UTC":
        return at.dt.epoch("ms")
    ms = _localised(at, zone, "null")
    if not (bare_date & ms.is_null().to_numpy() & at.is_not_null().to_numpy()).any():
        return ms
    for half_hours in range(1, 49):
        later = _localised(at.dt.offset_by(f"{30 * half_hours}m"), zone, "null")
        ms = ms.zip_with(pl.Series(~bare_date) | ms.is_not_null(), later)
    return ms


def _localised(at: pl.Series, zone: str, skipped: Literal["null"]) -> pl.Series:
    return at.dt.replace_time_zone(zone, ambiguous="earliest", non_existent=skipped).dt.epoch("ms")
