"""The life of a finding over nights, and what a band outweighs: decisions only, no database.

A finding opens when its band is low or above, subsides after SUBSIDES_AFTER nights below low, and
is open again when it comes back. A night on which the rule could not be evaluated says nothing: it
neither lets a finding subside nor keeps it fresh. A night done again (same as-of) starts from what
was true before that night, so that no night counts twice.
"""

from typing import NamedTuple

BANDS = ("none", "info", "low", "medium", "high", "critical")
NE = "NE"
OPENS_AT = BANDS.index("low")
SUBSIDES_AFTER = 30

OPEN, SUBSIDED = "open", "subsided"


class Life(NamedTuple):
    """What is known of a finding: days are as-of days, `peak` the worst band since it opened last.

    `seen` counts the nights at low or above, `below` those below since then.
    """

    state: str
    band: str
    band_before: str
    version: str
    peak: str
    first_seen: str
    opened: str
    last_seen: str
    seen: int
    below: int


class Night(NamedTuple):
    """What one night found: its day, the band (NE: not evaluable), the version of the rule."""

    as_of: str
    band: str
    version: str


def rank(band: str) -> int:
    """Position of a band in BANDS; -1 for NE and anything else that is no severity."""
    return BANDS.index(band) if band in BANDS else -1


def worse(one: str, other: str) -> str:
    """The worse of two bands; one that is no severity is never worse."""
    return one if rank(one) >= rank(other) else other


def after(before: Life | None, night: Night) -> Life | None:
    """The finding after a night; None: there is none, nothing has opened yet."""
    loud = rank(night.band) >= OPENS_AT
    if before is None:
        return _opened(night) if loud else None
    if loud:
        return _seen(before, night)
    moved = before._replace(
        band=night.band, band_before=_before(before, night), version=night.version
    )
    if rank(night.band) < 0:
        return moved
    below = before.below + 1
    return moved._replace(below=below, state=SUBSIDED if below >= SUBSIDES_AFTER else before.state)


def comes_back(before: Life | None, now: Life) -> bool:
    """Whether a finding that had subsided is open again."""
    return before is not None and before.state == SUBSIDED and now.state == OPEN


def outgrows(quiet_band: str, now: Life) -> bool:
    """Whether a finding put to rest at `quiet_band` (closed, snoozed) is worse than it was then."""
    return now.state == OPEN and rank(now.band) >= OPENS_AT and rank(now.band) > rank(quiet_band)


def _opened(night: Night) -> Life:
    day, band = night.as_of, night.band
    return Life(OPEN, band, BANDS[0], night.version, band, day, day, day, 1, 0)


def _seen(before: Life, night: Night) -> Life:
    again = before.state == SUBSIDED
    return before._replace(
        state=OPEN,
        band=night.band,
        band_before=_before(before, night),
        version=night.version,
        peak=night.band if again else worse(night.band, before.peak),
        opened=night.as_of if again else before.opened,
        last_seen=night.as_of,
        seen=before.seen + 1,
        below=0,
    )


def _before(before: Life, night: Night) -> str:
    """The last band that was another one."""
    return before.band_before if before.band == night.band else before.band
