"""The life of a finding, night by night."""

import graph.life
from graph.life import Life, Night


def lived(*bands: str, version: str = "1", start: Life | None = None) -> Life | None:
    life = start
    for number, band in enumerate(bands):
        life = graph.life.after(life, Night(f"2026-{number:05d}", band, version))
    return life


def test_it_opens_at_low_and_not_before() -> None:
    for quiet in ("none", "info", "NE"):
        assert lived(quiet) is None
    for loud in ("low", "medium", "high", "critical"):
        found = lived("none", loud)
        assert found is not None
        assert (found.state, found.band, found.peak, found.seen) == ("open", loud, loud, 1)
        assert (found.first_seen, found.last_seen) == ("2026-00001", "2026-00001")


def test_it_subsides_after_thirty_nights_below() -> None:
    found = lived("high", *["none"] * 29)
    assert found is not None and (found.state, found.below) == ("open", 29)
    found = lived("high", *["none"] * 30)
    assert found is not None and (found.state, found.below) == ("subsided", 30)
    assert found.last_seen == "2026-00000"


def test_a_night_that_could_not_tell_says_nothing() -> None:
    found = lived("high", *["none"] * 29, *["NE"] * 50)
    assert found is not None
    assert (found.state, found.below, found.seen, found.band) == ("open", 29, 1, "NE")


def test_a_night_at_low_starts_the_count_anew() -> None:
    found = lived("high", *["info"] * 29, "low", *["none"] * 29)
    assert found is not None and (found.state, found.seen, found.peak) == ("open", 2, "high")


def test_it_comes_back_with_a_peak_of_its_own() -> None:
    subsided = lived("high", *["none"] * 30)
    now = graph.life.after(subsided, Night("2027-01-01", "low", "1"))
    assert now is not None and graph.life.comes_back(subsided, now)
    assert (now.state, now.peak, now.opened, now.first_seen, now.seen) == (
        "open",
        "low",
        "2027-01-01",
        "2026-00000",
        2,
    )


def test_only_a_higher_band_wakes_what_was_put_to_rest() -> None:
    for band, wakes in {"NE": 0, "none": 0, "low": 0, "medium": 0, "high": 1}.items():
        now = graph.life.after(lived("medium"), Night("2026-02-01", band, "1"))
        assert now is not None and graph.life.outgrows("medium", now) is bool(wakes), band


def test_the_band_before_is_the_last_other_one() -> None:
    found = lived("low", "high", "high", "high")
    assert found is not None and (found.band_before, found.band) == ("low", "high")


def test_another_version_goes_on_with_the_same_finding() -> None:
    found = lived("low", version="2", start=lived("high"))
    assert found is not None and (found.version, found.first_seen, found.peak, found.seen) == (
        "2",
        "2026-00000",
        "high",
        2,
    )
