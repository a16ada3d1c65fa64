"""What a person means by a moment: a time, or a bare date, which is the end of that day.

A time without an offset and a day are the company's (its time zone).
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from graph.errors import Misconfigured

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def moment_ms(text: str, zone: tzinfo) -> int:
    """ms UTC of a time, or the last millisecond of a day; Misconfigured where it is neither."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return _time_ms(text, zone)
    return _ms(datetime.combine(day + timedelta(days=1), time(), zone)) - 1


def _time_ms(text: str, zone: tzinfo) -> int:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Misconfigured(
            f"{text!r} is neither a date (2026-10-31) nor a time (2026-10-31T18:00:00+08:00)"
        ) from None
    return _ms(found if found.tzinfo else found.replace(tzinfo=zone))


def _ms(moment: datetime) -> int:
    return (moment - _EPOCH) // _MILLISECOND
