"""What is told while a command works: lines without a terminal, a bar with one."""

import io
import time

import pytest
from rich.console import Console

from loaders.progress import Teller


def plain() -> tuple[Teller, io.StringIO]:
    file = io.StringIO()
    return Teller(Console(file=file, width=100)), file


def test_each_step_ends_with_one_line() -> None:
    teller, file = plain()
    with teller:
        teller.at("reading orders", 10, 1000)
        teller.at("reading orders", 1000, 1000)
        teller.at("importing", 0, 0)
    lines = file.getvalue().splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("reading orders: 1,000 rows in 0.0 s")
    assert lines[1].startswith("importing: in 0.0 s")


def test_a_long_step_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter(range(0, 1000, 11))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(seconds)))
    teller, file = plain()
    with teller:
        teller.at("writing orders", 0, 1000)
        teller.at("writing orders", 500, 1000)
    said = file.getvalue()
    assert "writing orders: 500 of 1,000 rows, " in said
    assert "/s, about " in said and "s left" in said


def test_an_error_ends_no_step() -> None:
    teller, file = plain()
    with pytest.raises(ValueError), teller:
        teller.at("reading", 5, 10)
        raise ValueError
    assert not file.getvalue()


def test_a_terminal_gets_a_bar() -> None:
    file = io.StringIO()
    with Teller(Console(file=file, width=120, force_terminal=True)) as teller:
        teller.at("reading orders", 1, 2)
        teller.say("between")
        teller.at("writing orders", 1, 2)
    assert "between" in file.getvalue()
    assert "reading orders: 1 rows" in file.getvalue()
