"""A generation on disk: whole or not there, same bytes for same frames, checked on reading."""

import errno
from pathlib import Path

import polars as pl
import pytest

import analytics.generations
from graph.errors import Conflict, Unavailable

FRAMES = {
    "orders": pl.DataFrame({"id": ["O1", "O2"], "amount": [1, None]}),
    "none": pl.DataFrame(schema={"id": pl.String}),
}
FACTS: dict[str, str | int | list[str]] = {"seq": 7, "as_of": "2026-01-31"}


def written(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    manifest = analytics.generations.write(FRAMES, tmp_path / "one", FACTS)
    frames, found = analytics.generations.read(tmp_path / "one")
    assert found == manifest
    assert (found.rows, found.facts) == ({"orders": 2, "none": 0}, FACTS)
    assert all(frames[name].equals(frame) for name, frame in FRAMES.items())


def test_the_same_frames_give_the_same_bytes_however_they_were_put_together(tmp_path: Path) -> None:
    many = pl.DataFrame({"key": range(200_000)})
    pieces = pl.concat([many[:70_000], many[70_000:]], rechunk=False)
    analytics.generations.write({"many": many}, tmp_path / "a", FACTS)
    analytics.generations.write({"many": pieces}, tmp_path / "b", FACTS)
    assert written(tmp_path / "a") == written(tmp_path / "b")


def test_a_damaged_file_is_found(tmp_path: Path) -> None:
    analytics.generations.write(FRAMES, tmp_path / "one", FACTS)
    assert analytics.generations.whole(tmp_path / "one")
    path = tmp_path / "one" / "orders.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    assert not analytics.generations.whole(tmp_path / "one")
    with pytest.raises(Conflict, match="damaged"):
        analytics.generations.read(tmp_path / "one")


def test_no_manifest_no_generation(tmp_path: Path) -> None:
    analytics.generations.write(FRAMES, tmp_path / "one", FACTS)
    (tmp_path / "one" / "manifest.json").write_bytes(b'{"format": 99')
    assert not analytics.generations.whole(tmp_path / "one")
    with pytest.raises(Conflict, match="no whole generation"):
        analytics.generations.read(tmp_path / "one")


def test_what_a_killed_writer_left_is_swept_away(tmp_path: Path) -> None:
    (tmp_path / ".unfinished-other").mkdir()
    (tmp_path / ".unfinished-other" / "orders.parquet").write_bytes(b"half")
    analytics.generations.write(FRAMES, tmp_path / "one", FACTS)
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_only_the_named_ones_stay(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        analytics.generations.write(FRAMES, tmp_path / name, FACTS)
    (tmp_path / "not_ours").mkdir()
    analytics.generations.prune(tmp_path, frozenset({"two", "three"}))
    assert {path.name for path in tmp_path.iterdir()} == {"two", "three", "not_ours"}


def test_a_disk_that_refuses_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(Unavailable, match="cannot be written"):
        analytics.generations.write(FRAMES, tmp_path / "file" / "one", FACTS)
    full = OSError(errno.ENOSPC, "No space left on device")
    assert "is full" in str(analytics.generations.refused(full, tmp_path / "one"))
