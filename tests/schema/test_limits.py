"""The limits rule: what a document may ask for, and that measuring it costs next to nothing."""

import time
from itertools import pairwise

import pytest
from graphql import GraphQLSyntaxError, get_introspection_query, parse

import schema.app
import schema.limits
from schema.limits import LIMITS, Limits

SCHEMA = schema.app.api._schema


def exceeded(query: str, limits: Limits = LIMITS) -> list[str]:
    errors = schema.limits.exceeded(SCHEMA, parse(query), limits)
    return [str((error.extensions or {})["limit"]) for error in errors]


def bomb(fragments: int) -> str:
    """Each fragment spreads the next one twice: 2^fragments fields, were they spread out."""
    names = [f"F{number}" for number in range(fragments)]
    chain = [
        f"fragment {name} on Distributor {{ ...{after} ...{after} }}"
        for name, after in pairwise(names)
    ]
    last = f"fragment {names[-1]} on Distributor {{ region }}"
    return "\n".join(['{ distributor(id: "D1") { ...F0 } }', *chain, last])


@pytest.mark.parametrize("fragments", [20, 60, 250])
def test_a_fragment_bomb_is_measured_at_once(fragments: int) -> None:
    document = parse(bomb(fragments))
    begun = time.perf_counter()
    errors = schema.limits.exceeded(SCHEMA, document)
    assert time.perf_counter() - begun < 0.2
    assert {(error.extensions or {})["limit"] for error in errors} == {"fields", "cost"}


def test_a_long_chain_of_fragments_needs_no_recursion() -> None:
    names = [f"F{number}" for number in range(1500)]
    chain = [f"fragment {a} on Query {{ ...{b} }}" for a, b in pairwise(names)]
    query = "\n".join(["{ ...F0 }", *chain, f"fragment {names[-1]} on Query {{ now }}"])
    assert exceeded(query) == []


def test_fragments_in_a_circle_are_left_to_validation() -> None:
    assert exceeded("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A now }") == []


def test_introspection_stays_within_the_limits() -> None:
    assert exceeded(get_introspection_query()) == []


@pytest.mark.parametrize(
    ("query", "limit"),
    [
        ("{ distributor { sponsor { sponsor { sponsor { region } } } } }", "depth"),
        ("{ a: now b: now c: now d: now }", "aliases"),
        ("{ now now now now now now }", "root fields"),
        ("{ ...R ...R ...R } fragment R on Query { now now }", "root fields"),
        ("{ now @skip(if: false) @skip(if: false) @skip(if: false) }", "directives"),
        ("{ distributor { region region region region region region region } }", "fields"),
    ],
)
def test_each_limit_names_itself(query: str, limit: str) -> None:
    small = Limits(depth=4, fields=7, aliases=3, root_fields=5, directives=2)
    assert exceeded(query, small) == [limit]


def test_cost_is_fields_times_rows() -> None:
    query = "{ distributors(first: 100) { edges { node { children(first: 20) { edges { node"
    query += " { region } } } } } } }"
    assert exceeded(query, Limits(cost=7_300)) == []
    assert exceeded(query, Limits(cost=7_200)) == ["cost"]


def test_a_page_in_a_variable_weighs_as_the_greatest_page() -> None:
    query = "query($n: Int) { distributors(first: $n) { edges { node { region } } } }"
    assert exceeded(query, Limits(cost=610)) == []
    assert exceeded(query, Limits(cost=609)) == ["cost"]


def test_ids_count_as_rows() -> None:
    assert exceeded('{ nodes(ids: ["a", "b"]) { id } }', Limits(cost=12)) == []
    assert exceeded("query($i: [ID!]!) { nodes(ids: $i) { id } }", Limits(cost=109)) == ["cost"]


def test_tokens_and_length_are_limited_before_the_parser_builds_anything() -> None:
    for query in ("{" + " now" * LIMITS.tokens + "}", "#" * (LIMITS.characters + 1)):
        with pytest.raises(GraphQLSyntaxError, match="more than"):
            schema.limits.parsed(query)


def test_a_document_is_parsed_and_checked_once() -> None:
    before = schema.limits._faults.cache_info().hits
    for _ in range(2):
        schema.limits._faults(SCHEMA, schema.limits.parsed("{ now }"))
    assert schema.limits._faults.cache_info().hits > before
