"""What a person means by a moment: a time, or a bare date, which is the end of that day.

A time without an offset and a day are the company's (its time zone).
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

import graph.words
from graph.errors import Misconfigured

FIRST_YEAR, LAST_YEAR = 1970, 2200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def moment_ms(text: str, zone: tzinfo, lang: str = "en") -> int:
    """ms UTC of a time, or the last millisecond of a day; Misconfigured where it is neither."""
    found = _day(text, zone) or _time(text, zone)
    if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise Misconfigured(graph.words.text("trial", "bad_as_of", lang, value=repr(text)))
    return (found - _EPOCH) // _MILLISECOND


def day_of(at_ms: int, zone: tzinfo) -> str:
    """The company's calendar day of a moment, YYYY-MM-DD."""
    return (_EPOCH + at_ms * _MILLISECOND).astimezone(zone).date().isoformat()


def _day(text: str, zone: tzinfo) -> datetime | None:
    try:
        following = date.fromisoformat(text) + timedelta(days=1)
    except (ValueError, OverflowError):
        return None
    return datetime.combine(following, time(), zone).astimezone(UTC) - _MILLISECOND


def _time(text: str, zone: tzinfo) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=zone)
