"""The documentation follows the code: settings, file columns, plan keys, exit codes."""

import dataclasses
import re
from pathlib import Path

import graph.settings

DOCS = Path(__file__).resolve().parent.parent / "docs"


def first_cells(page: str) -> set[str]:
    """The names in code in the first column of every table of a page."""
    rows = re.findall(r"^\| (.*?) \|", (DOCS / page).read_text("utf-8"), re.MULTILINE)
    return {name for cell in rows for name in re.findall(r"`([^`]+)`", cell)}


def test_every_setting_is_documented() -> None:
    named = {field.name for field in dataclasses.fields(graph.settings.Settings)}
    assert named == first_cells("settings.md")
