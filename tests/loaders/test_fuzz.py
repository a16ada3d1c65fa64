"""A short run of the fuzzer, and that it would see a fault."""

from pathlib import Path

import pytest

import loaders.values
import tests.loaders.fuzz
from loaders.nouns import NOUNS
from loaders.values import Parsed
from tests.loaders.fuzz_rows import SHARES, SPOILED


def test_no_good_row_is_lost_and_every_bad_one_is_named_in_every_form() -> None:
    assert tests.loaders.fuzz.run(10_000, seed=2) == []


def test_every_noun_is_drawn_with_good_and_spoiled_rows() -> None:
    tables = tests.loaders.fuzz.folder(5_000, "any")
    assert tables.keys() == NOUNS.keys() == SHARES.keys()
    rows = [one for table in tables.values() for one in table]
    spoiled = sum(one.fault is not None for one in rows)
    assert SPOILED / 2 < spoiled / len(rows) < SPOILED * 2
    assert len({one.fault for one in rows}) > 100


def test_it_sees_a_good_row_lost_and_a_bad_one_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loaders.values, "ID_CHARS_MAX", 5)
    assert any("a good row was rejected" in said for said in tests.loaders.fuzz.run(300, seed=1))
    monkeypatch.undo()
    monkeypatch.setattr(loaders.values, "parse_flags", lambda text: Parsed(text == "1"))
    assert any("was accepted" in said for said in tests.loaders.fuzz.run(2_000, seed=1))


def test_it_sees_forms_that_differ(tmp_path: Path) -> None:
    tables = tests.loaders.fuzz.folder(300, "one")
    intakes = {}
    for number, form in enumerate(("csv", "parquet")):
        work = tmp_path / f"work{number}"
        work.mkdir()
        changed = tables | ({"products": tables["products"][1:]} if number else {})
        tests.loaders.fuzz.write(tmp_path / form, changed, form, "one")
        intakes[form] = tests.loaders.fuzz.read(tmp_path / form, work)
    assert "products: parquet is not as csv" in tests.loaders.fuzz.same(intakes)
