"""The form of Cypher files."""

from pathlib import Path

import pytest

import graph.queries


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(graph.queries, "FOLDER", tmp_path)
    return tmp_path


def test_a_family_is_a_mapping_of_named_texts(folder: Path) -> None:
    (folder / "fruit.cypher").write_text(
        "// apples\n// What grows.\nMATCH (a:Apple)\n// by weight\nRETURN a\n\n\n"
        "// pears\n// What else grows.\nRETURN 1 AS one\n"
    )
    queries = graph.queries.load.__wrapped__("fruit")
    assert list(queries) == ["apples", "pears"]
    assert queries["apples"] == ("fruit.apples", "MATCH (a:Apple)\n// by weight\nRETURN a")


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (a) RETURN a",
        "// Apples\n// What grows.\nRETURN 1",
        "// apples\nRETURN 1",
        "// apples\n// What grows.",
        "// apples\n// What grows.\nRETURN 1\n\n// apples\n// Again.\nRETURN 2",
    ],
)
def test_what_breaks_the_form_is_refused(folder: Path, text: str) -> None:
    (folder / "bad.cypher").write_text(text)
    with pytest.raises(ValueError, match=r"bad\.cypher"):
        graph.queries.load.__wrapped__("bad")


def test_statements_come_without_names_and_comments(folder: Path) -> None:
    file = folder / "0001_first.cypher"
    file.write_text("// Why.\nCREATE INDEX a IF NOT EXISTS\n\nCREATE INDEX b IF NOT EXISTS\n")
    assert graph.queries.statements(file) == (
        ("0001_first[1]", "CREATE INDEX a IF NOT EXISTS"),
        ("0001_first[2]", "CREATE INDEX b IF NOT EXISTS"),
    )
