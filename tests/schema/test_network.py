"""Distributors over GraphQL: the network as of a date, pages, and how many statements they take."""

import base64
from typing import Any

import pytest

import graph.distributors
from graph.connection import Database
from schema.scalars import moment_text
from tests.graph.drawn import Drawn
from tests.schema.asking import Asking
from tests.schema.world import DRAWN, EARLY_MS, LATE_MS, MOVED_MS

EARLY, LATE = moment_text(EARLY_MS), moment_text(LATE_MS)
UPLINE = """query($id: String!, $asOf: DateTime, $first: Int, $after: String) {
  distributor(id: $id) { upline(asOf: $asOf, first: $first, after: $after) {
    edges { position node { distributorId } } pageInfo { hasNextPage endCursor } } } }"""
DOWNLINE = """query($level: Int!, $asOf: DateTime) { distributor(id: "H1") {
  downline(level: $level, asOf: $asOf) { totalCount nodes { distributorId } }
  countByLevel(asOf: $asOf) { level distributors } } }"""
EVERYBODY = """query($first: Int, $after: String) { distributors(first: $first, after: $after) {
  totalCount nodes { distributorId } pageInfo { hasNextPage hasPreviousPage endCursor } } }"""


def upline(service: Asking, id: str, **variables: Any) -> list[str]:
    edges = service.ask(UPLINE, id=id, **variables)["distributor"]["upline"]["edges"]
    assert [edge["position"] for edge in edges] == list(range(1, len(edges) + 1))
    return [edge["node"]["distributorId"] for edge in edges]


def test_an_upline_is_what_it_was_at_the_moment(service: Asking) -> None:
    assert upline(service, "H4", asOf=EARLY) == ["H3", "H5", "H1"]
    assert upline(service, "H4", asOf=moment_text(MOVED_MS - 1)) == ["H3", "H5", "H1"]
    assert upline(service, "H4", asOf=moment_text(MOVED_MS)) == ["H3", "H2", "H1"]
    assert upline(service, "H4") == ["H3", "H2", "H1"]
    assert upline(service, "H1") == []


def test_an_upline_is_paged_by_climbing_on(service: Asking) -> None:
    whole: list[Any] = []
    after, more = None, True
    while more:
        page = service.ask(UPLINE, id="H4", first=1, after=after)["distributor"]["upline"]
        whole += [(edge["position"], edge["node"]["distributorId"]) for edge in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert whole == [(1, "H3"), (2, "H2"), (3, "H1")]


def test_a_drawn_upline_is_that_of_the_store(
    service: Asking, database: Database, drawn: Drawn
) -> None:
    at_ms = drawn.distributors[-1]["joined_at_ms"]
    ids = [row["id"] for row in drawn.distributors[::60]]
    for row in graph.distributors.uplines_of(database, ids, at_ms):
        assert upline(service, row["id"], asOf=moment_text(at_ms), first=200) == row["upline"]


def test_a_downline_by_level_with_its_counts(service: Asking) -> None:
    early = service.ask(DOWNLINE, level=3, asOf=EARLY)["distributor"]
    assert early["downline"] == {"totalCount": 1, "nodes": [{"distributorId": "H4"}]}
    assert [one["distributors"] for one in early["countByLevel"]] == [2, 1, 1]
    [second] = service.ask(DOWNLINE, level=2, asOf=LATE)["distributor"]["downline"]["nodes"]
    assert second == {"distributorId": "H3"}
    assert service.ask(DOWNLINE, level=9)["distributor"]["downline"]["nodes"] == []


@pytest.mark.parametrize("level", [0, -1, 65])
def test_a_level_has_bounds(service: Asking, level: int) -> None:
    [error] = service.errors(DOWNLINE, level=level)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


def test_children_of_a_whole_page_are_one_statement(service: Asking) -> None:
    query = """{ distributors(first: %d) { nodes { distributorId
      children(first: 3) { nodes { distributorId } } } } }"""
    few, many = service.counted(query % 2)[1], service.counted(query % 50)[1]
    assert few == many == 4
    page = service.ask(query % 50)["distributors"]["nodes"]
    assert any(len(one["children"]["nodes"]) == 3 for one in page)


def test_children_page_by_page(service: Asking) -> None:
    query = """query($after: String) { distributor(id: "H1") { children(first: 1, after: $after) {
      totalCount nodes { distributorId } pageInfo { hasNextPage endCursor } } } }"""
    first = service.ask(query)["distributor"]["children"]
    assert first["totalCount"] == 2 and first["pageInfo"]["hasNextPage"]
    last = service.ask(query, after=first["pageInfo"]["endCursor"])["distributor"]["children"]
    assert not last["pageInfo"]["hasNextPage"]
    assert [first["nodes"], last["nodes"]] == [[{"distributorId": "H2"}], [{"distributorId": "H5"}]]


def test_history_and_standing(service: Asking) -> None:
    query = """query($asOf: DateTime) { h3: distributor(id: "H3") { sponsorHistory {
        sponsorId since until reason sponsor { distributorId } } }
      h2: distributor(id: "H2") { standing(asOf: $asOf) { status { code label } rank }
        statusHistory { validFrom status { code } rank } sponsor(asOf: $asOf) { name } } }"""
    found = service.ask(query, asOf=LATE)
    first, second = found["h3"]["sponsorHistory"]
    assert (first["sponsorId"], first["until"]) == ("H5", moment_text(MOVED_MS))
    assert (second["since"], second["until"], second["reason"]) == (
        moment_text(MOVED_MS),
        None,
        "moved",
    )
    assert found["h2"]["standing"] == {
        "status": {"code": "suspended", "label": "suspended"},
        "rank": "bronze",
    }
    assert found["h2"]["sponsor"] == {"name": "name of H1"}
    [change] = found["h2"]["statusHistory"]
    assert change == {
        "validFrom": moment_text(MOVED_MS),
        "status": {"code": "suspended"},
        "rank": None,
    }
    assert service.ask(query, asOf=EARLY)["h2"]["standing"]["status"]["code"] == "active"


def test_labels_are_in_the_viewers_language(service: Asking) -> None:
    query = '{ distributor(id: "H1") { standing { status { code label } } } }'
    for accept, label in (("zh-TW", "有效"), ("zh-CN", "有效"), ("en", "active")):
        found = service.ask(query, {"accept-language": accept})
        assert found["distributor"]["standing"]["status"] == {"code": "active", "label": label}


def test_all_distributors_once_each_in_pages(service: Asking) -> None:
    found: list[str] = []
    after, more, page = None, True, {}
    while more:
        page = service.ask(EVERYBODY, first=100, after=after)["distributors"]
        assert page["pageInfo"]["hasPreviousPage"] == bool(found)
        found += [one["distributorId"] for one in page["nodes"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert len(found) == len(set(found)) == page["totalCount"] == DRAWN + 5


def test_a_count_is_a_statement_only_where_it_is_selected(service: Asking) -> None:
    assert service.counted("{ distributors(first: 5) { nodes { region } } }")[1] == 2
    assert service.counted("{ distributors(first: 5) { nodes { region } totalCount } }")[1] == 3


def test_a_cursor_of_another_connection_is_refused(service: Asking) -> None:
    after = service.ask(UPLINE, id="H4", first=1)["distributor"]["upline"]["pageInfo"]["endCursor"]
    [error] = service.errors(EVERYBODY, after=after)
    assert error["message"] == "after is no cursor of this connection"


def global_id(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_nodes_by_global_id_null_for_whatever_is_none(service: Asking) -> None:
    query = """query($ids: [ID!]!) { nodes(ids: $ids) { id __typename
      ... on Distributor { distributorId } ... on Order { orderId } ... on Product { name }
      ... on Customer { name } ... on Run { asOf } ... on PlanVersion { version } } }"""
    there = ["Distributor:H1", "Order:HO-late", "Product:HP", "Customer:HC", "Run:2024-06-30#1"]
    there += ["PlanVersion:three-tier@1"]
    nowhere = ["Distributor:nobody", "Query:1", "Money:1", "Order:", "Distributor"]
    ids = [global_id(text) for text in [*there, *nowhere]] + ["", "%%", "é", "A" * 5000]
    found = service.ask(query, ids=ids)["nodes"]
    assert [node["id"] for node in found[: len(there)]] == ids[: len(there)]
    assert [node["__typename"] for node in found[:3]] == ["Distributor", "Order", "Product"]
    assert set(map(str, found[len(there) :])) == {"None"}
    one = service.ask("query($id: ID!) { node(id: $id) { id } }", id=ids[0])["node"]
    assert one == {"id": ids[0]}


def test_a_lookup_takes_own_or_global_id(service: Asking) -> None:
    query = "query($n: ID!) { distributor(nodeId: $n) { id distributorId } }"
    one = service.ask('{ distributor(id: "H1") { id distributorId } }')["distributor"]
    assert service.ask(query, n=one["id"])["distributor"] == one
    assert service.ask(query, n=global_id("Order:H1"))["distributor"] is None
    assert service.ask('{ distributor(id: "nobody") { id } }')["distributor"] is None


def test_too_many_ids_at_once(service: Asking) -> None:
    [error] = service.errors("query($i: [ID!]!) { nodes(ids: $i) { id } }", i=["x"] * 101)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


def test_ids_with_odd_characters_are_ids(service: Asking) -> None:
    for odd in ("a|b\\c", "'; MATCH (n) RETURN n //", "\u0000", "名前", "x" * 5000):
        assert service.ask("query($i: String) { order(id: $i) { id } }", i=odd)["order"] is None
