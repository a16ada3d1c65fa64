"""Cursors: opaque, typed, and the same sentence for whatever is none."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.connections import PAGE_MAX, Number, connection, cursor_of, page, place_of, sliced
from schema.refusals import BadInput

PLACE: Any = tuple[Number, str]


@given(st.integers(-(2**63), 2**63 - 1), st.text(max_size=50))
def test_a_cursor_gives_its_place_back(number: int, id: str) -> None:
    assert place_of(cursor_of((number, id)), PLACE) == (number, id)


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "%%%",
        "é",
        "YXJyYXljb25uZWN0aW9uOi0z",
        encoded({"a": 1}),
        encoded([1]),
        encoded([1, "a", 2]),
        encoded(["1", "a"]),
        encoded([1.5, "a"]),
        encoded([None, "a"]),
        encoded([2**63, "a"]),
        encoded([1, "a" * 5000]),
        cursor_of((1, "a")) + "!",
    ],
)
def test_a_tampered_cursor_gets_one_sentence(cursor: str) -> None:
    with pytest.raises(BadInput, match="^after is no cursor of this connection$"):
        place_of(cursor, PLACE)


@given(st.text(max_size=60))
def test_whatever_is_sent_is_a_cursor_or_bad_input(text: str) -> None:
    try:
        place_of(text, PLACE)
    except BadInput:
        pass


@pytest.mark.parametrize("first", [0, -1, PAGE_MAX + 1])
def test_a_page_has_a_size(first: int) -> None:
    with pytest.raises(BadInput):
        page(first, None, PLACE)


async def none() -> int:
    return 0


def test_one_row_more_than_asked_for_means_a_next_page() -> None:
    rows = [{"id": place} for place in range(3)]
    asked = page(2, None, tuple[Number])
    found = connection(rows, asked, lambda row: (row["id"],), lambda row: row["id"], none)
    assert [edge.node for edge in found.edges] == [0, 1]
    assert found.page_info.has_next_page and not found.page_info.has_previous_page
    assert place_of(found.page_info.end_cursor or "", tuple[Number]) == (1,)


def test_rows_at_hand_are_paged_by_their_place() -> None:
    rows = [{"id": place} for place in (1, 3, 5)]
    behind = page(5, cursor_of((3,)), tuple[Number])
    found = sliced(rows, behind, lambda row: (row["id"],), lambda row: row["id"])
    assert [edge.node for edge in found.edges] == [5]
    assert not found.page_info.has_next_page and found.page_info.has_previous_page
