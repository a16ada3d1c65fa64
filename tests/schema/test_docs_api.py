"""Every query of docs/api.md, run on a graph after one night, with its number of statements."""

import re
from pathlib import Path

import pytest

from tests.schema.asking import Asking

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text("utf-8")
QUERIES = dict(re.findall(r"^## ([^\n]+)\n```graphql\n(.+?)^```$", TEXT, re.M | re.S))
STATEMENTS_MAX = {
    "Who earned what on an order, and why the others did not": 15,
    "What an order would give that nobody has saved": 14,
    "The upline as it stood at a moment": 6,
    "The downline, level by level": 15,
    "What somebody earned in a month": 3,
    "What a night did": 2,
    "What the network came to, and why": 20,
    "What a rule asks, and by what right": 3,
}


def test_every_query_is_known() -> None:
    assert set(QUERIES) == set(STATEMENTS_MAX)


@pytest.mark.parametrize("title", STATEMENTS_MAX)
def test_a_documented_query_answers(service: Asking, title: str) -> None:
    data, statements = service.counted(QUERIES[title])
    assert all(value is not None for value in data.values())
    assert statements <= STATEMENTS_MAX[title]
