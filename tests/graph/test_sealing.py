"""The salt of a data folder: made once, for its owner alone, refused when it is damaged."""

from pathlib import Path

import pytest

import graph.sealing
from graph.errors import Misconfigured


def test_a_salt_is_made_once(tmp_path: Path) -> None:
    first = graph.sealing.salt(tmp_path / "data")
    assert graph.sealing.salt(tmp_path / "data") == first
    assert graph.sealing.salt(tmp_path / "other") != first
    assert (tmp_path / "data" / "salt").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["salt"]


def test_a_fingerprint_tells_salts_apart_and_gives_none_away() -> None:
    one, other = graph.sealing.fingerprint(b"1" * 32), graph.sealing.fingerprint(b"2" * 32)
    assert one != other
    assert (b"1" * 32).hex() not in one


def test_a_damaged_salt_is_refused(tmp_path: Path) -> None:
    (tmp_path / "salt").write_bytes(b"short")
    with pytest.raises(Misconfigured, match="restore it"):
        graph.sealing.salt(tmp_path)
