"""Parts on disk: the same rows are the same bytes, and what was written over is seen."""

import errno
import os
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import analytics.parts
from analytics.columns import SCHEMAS, empty

TEXT = st.one_of(st.none(), st.text(max_size=20))
INTEGER = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1))
CUSTOMERS = st.lists(st.tuples(TEXT, INTEGER, TEXT, TEXT), max_size=30)


def customers(rows: list[tuple[str | None, int | None, str | None, str | None]]) -> pl.DataFrame:
    names = ("id", "bound_at", "became_distributor_id", "region")
    given = pl.DataFrame(rows, schema=dict.fromkeys(names), orient="row", strict=False)
    whole = given.with_columns(key=pl.int_range(len(rows)), distributor_row=pl.lit(-1))
    return whole.select(pl.col(name).cast(dtype) for name, dtype in SCHEMAS["customers"].items())


def written(frame: pl.DataFrame, folder: Path) -> bytes:
    file = folder / analytics.parts.name("customers", 0)
    file.unlink(missing_ok=True)
    analytics.parts.write("customers", 0, frame, folder)
    return file.read_bytes()


@settings(deadline=None, max_examples=50)
@given(rows=CUSTOMERS, cut=st.integers(0, 30))
def test_the_same_rows_are_the_same_bytes_and_come_back(
    rows: list[tuple[str | None, int | None, str | None, str | None]],
    cut: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Built at once, of pieces, or picked out of other rows whose values lie underneath."""
    folder, frame = tmp_path_factory.mktemp("parts"), customers(rows)
    whole = written(frame, folder)
    file = analytics.parts.name("customers", 0)
    assert analytics.parts.read(folder, "customers", [file])[0].equals(frame)
    assert written(pl.concat([frame[:cut], frame[cut:]], rechunk=False), folder) == whole
    others = customers([("another text that is long", 7, "x", "y")] * 3)
    picked = pl.concat([others, frame, others])[3 : 3 + frame.height]
    assert written(picked, folder) == whole
    filled = frame.with_columns(
        pl.when(pl.col(name).is_not_null()).then(pl.col(name).fill_null("some other long text"))
        for name in ("id", "became_distributor_id", "region")
    )
    assert written(filled, folder) == whole


def test_rows_are_cut_by_whom_they_belong_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analytics.parts, "PART_ROWS", 4)
    rows = pl.Series("order_row", [0, 3, 3, 4, 12, 15], dtype=pl.Int32)
    blank = pl.DataFrame([pl.Series(name, [None] * 6, t) for name, t in SCHEMAS["lines"].items()])
    lines = blank.with_columns(rows)
    parts = analytics.parts.split("lines", lines)
    assert {number: part["order_row"].to_list() for number, part in parts.items()} == {
        0: [0, 3, 3],
        1: [4],
        3: [12, 15],
    }
    assert analytics.parts.joined("lines", parts).equals(lines)
    assert analytics.parts.joined("lines", {}).equals(empty("lines"))


def test_a_part_is_believed_by_its_seal_else_by_every_byte(tmp_path: Path) -> None:
    file = analytics.parts.write("customers", 0, customers([("C1", 1, None, None)]), tmp_path)
    path = tmp_path / analytics.parts.name("customers", 0)
    assert analytics.parts.is_sealed(path, file)
    os.utime(path)
    assert analytics.parts.is_sealed(path, file), "another stamp, the same bytes"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    assert not analytics.parts.is_sealed(path, file)
    path.unlink()
    assert not analytics.parts.is_sealed(path, file)


def test_a_disk_without_links_has_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = analytics.parts.write("customers", 0, customers([("C1", 1, None, None)]), tmp_path)
    name, new = analytics.parts.name("customers", 0), tmp_path / "new"
    new.mkdir()

    def refuse(old: Path, new: Path) -> None:
        raise OSError(errno.ENOTSUP, "no links here")

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", refuse)
        analytics.parts.link(name, tmp_path, new)
    assert analytics.parts.is_sealed(new / name, file)
    assert not os.path.samefile(new / name, tmp_path / name)
