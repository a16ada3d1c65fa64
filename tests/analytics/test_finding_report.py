"""What a terminal shows of a finding, in every language; and that there is none."""

import io
from typing import Any

import pytest
from rich.console import Console

import analytics.finding_report
from graph.settings import LANGUAGES

ROW: dict[str, Any] = {
    **dict.fromkeys(analytics.finding_report.NUMBERS),
    "id": "RET-001|branch|D3|",
    "rule": "RET-001",
    "version": "1.0.0",
    "rulebook": "1.0.0",
    "pack": "",
    "scope_kind": "branch",
    "scope_id": "D3",
    "currency": "CNY",
    "band": "high",
    "shown_band": "high",
    "value": 0.125,
    "lower": 0.1,
    "upper": 0.15,
    "ci_lower": 0.05,
    "ci_upper": 0.2,
    "numerator": 12_500.0,
    "denominator": 100_000.0,
    "n": 120.0,
    "why": "",
    "path": ["D1", "D2", "D3"],
    "evidence": {"kind": "order", "ids": ["O1", "O2"], "count": 2, "sha256": "ab" * 32},
    "shown": {},
    "first_seen": "2026-06-01",
    "last_seen": "2026-06-30",
}


def told(rows: list[dict[str, Any]], lang: str) -> str:
    console = Console(file=io.StringIO(), width=500)
    analytics.finding_report.tell(console, rows, len(rows), "2026-06-30", lang)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_names_what_where_by_which_law_and_how_to_work_it_out_again(lang: str) -> None:
    text = told([ROW], lang)
    for part in ("RET-001", "12.5 %", "125.00 CNY", "D1 > D2 > D3", "5.0 % – 20.0 %", "O1, O2"):
        assert part in text, part
    assert "10.0 % – 15.0 %" in text and "2026-06-01 – 2026-06-30" in text
    assert "plumbline recompute 'RET-001|branch|D3|'" in text
    assert "{" not in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_where_nothing_is_open_it_says_so(lang: str) -> None:
    assert told([], lang).strip().endswith(("2026-06-30", "發現", "发现"))


def test_what_is_not_there_takes_no_line() -> None:
    bare = ROW | {"evidence": None, "ci_lower": None, "lower": 0.125, "upper": 0.125, "path": []}
    text = told([bare], "en")
    assert "interval" not in text and "evidence" not in text and "bounds" not in text
