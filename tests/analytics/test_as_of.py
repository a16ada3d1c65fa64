"""A moment that a person writes: a time, or a day's last millisecond in the company's zone."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

import analytics.as_of
from graph.errors import Misconfigured

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
DAY = 86_400_000
NEW_YEAR = 1_767_225_600_000  # 2026-01-01T00:00:00Z


def test_a_date_is_the_end_of_that_day() -> None:
    assert analytics.as_of.moment_ms("2026-01-01", UTC) == NEW_YEAR + DAY - 1
    assert analytics.as_of.moment_ms("2026-01-01", SHANGHAI) == NEW_YEAR + 16 * DAY // 24 - 1


def test_a_day_may_have_23_hours() -> None:
    """Clocks go forward in Berlin on 2026-03-29."""
    end = analytics.as_of.moment_ms("2026-03-29", BERLIN)
    assert end - analytics.as_of.moment_ms("2026-03-28", BERLIN) == 23 * DAY // 24


def test_a_time_without_an_offset_is_the_company_s() -> None:
    for text in ("2026-01-01T08:00:00", "2026-01-01T00:00:00Z", "2026-01-01 08:00+08:00"):
        assert analytics.as_of.moment_ms(text, SHANGHAI) == NEW_YEAR


@pytest.mark.parametrize("text", ["", "now", "2026-02-30", "2026-01-01T25:00:00", "9999-12-31"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Misconfigured):
        analytics.as_of.moment_ms(text, UTC)
