"""The documentation follows the code: settings, file columns, plan keys, exit codes."""

import dataclasses
import re
from pathlib import Path

import analytics.plan
import graph.model
import graph.settings
import loaders.nouns

DOCS = Path(__file__).resolve().parent.parent / "docs"


def first_cells(page: str) -> set[str]:
    """The names in code in the first column of every table of a page."""
    rows = re.findall(r"^\| (.*?) \|", (DOCS / page).read_text("utf-8"), re.MULTILINE)
    return {name for cell in rows for name in re.findall(r"`([^`]+)`", cell)}


def table(page: str) -> dict[str, str]:
    """The rows of a page's tables that begin with one name in code: name -> rest of the row."""
    return dict(
        re.findall(r"^\| `([^`|]+)` \| (.*) \|$", (DOCS / page).read_text("utf-8"), re.MULTILINE)
    )


def test_every_setting_is_documented() -> None:
    named = {field.name for field in dataclasses.fields(graph.settings.Settings)}
    assert named == first_cells("settings.md")


def test_every_file_and_column_is_documented() -> None:
    rows = table("files.md")
    for noun in loaders.nouns.NOUNS.values():
        text = re.sub(r"\([^)]*\)", "", rows[noun.name]).replace("*", "")
        assert [word.strip() for word in text.split(",")] == list(noun.names), noun.name
        for name in noun.required:
            assert f"**{name}**" in rows[noun.name], (noun.name, name)


def test_every_outcome_is_documented() -> None:
    named = first_cells("commissions.md")
    short = {code.removeprefix("unqualified") for code in graph.model.OUTCOME}
    assert short <= {name.removeprefix("unqualified") for name in named}


def test_every_key_of_a_plan_is_documented() -> None:
    text = re.sub(r"[\[\]]", "", (DOCS / "plans.md").read_text("utf-8"))
    keys = {field.name for field in dataclasses.fields(analytics.plan.Plan)}
    keys |= {field.name for field in dataclasses.fields(analytics.plan.Qualification)}
    keys = {key.removesuffix("_ms") for key in keys}
    assert not [key for key in sorted(keys) if f"`{key}`" not in text]
