"""Every query of every family, held to the rules of the store on the real server.

Named, used by one function of its name, planned without notices, and found by an index or a key
list: the planner is asked on a graph of some thousand rows, because on an empty one a scan costs
nothing and would be chosen everywhere.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import neo4j
import pytest

import graph.commissions
import graph.database
import graph.loads
import graph.queries
import graph.runs
import tests.graph.drawn
from graph.connection import Database
from graph.queries import Query

ROOT = Path(__file__).resolve().parents[2]
FAMILIES = sorted(path.stem for path in graph.queries.FOLDER.glob("*.cypher"))
QUERIES = [query for family in FAMILIES for query in graph.queries.load(family).values()]
SCANS = {
    "AllNodesScan",
    "NodeByLabelScan",
    "NodeIndexScan",
    "DirectedAllRelationshipsScan",
    "UndirectedAllRelationshipsScan",
    "DirectedRelationshipTypeScan",
    "UndirectedRelationshipTypeScan",
}
MACHINERY = {"database", "migrations", "server"}  # where a query is a step of a longer function
SAMPLES: dict[str, object] = {
    "ids": ["D1"],
    "keys": [1],
    "rows": [{"facts": {}}],
    "pairs": [{}],
    "facts": {},
    "kept": {},
    "person_ids": ["p"],
    **dict.fromkeys(
        ("rules", "scope_kinds", "packs", "states", "review_states", "severities"), ["a"]
    ),
}
SCHEMA = re.compile(r"^(SHOW|CREATE (CONSTRAINT|INDEX)|DROP INDEX|CALL d)")


@pytest.fixture(scope="module")
def session(database: Database) -> Iterator[neo4j.Session]:
    """The driver itself, on a graph of some thousand rows."""
    drawn = tests.graph.drawn.draw(1200)
    tests.graph.drawn.save(database, drawn, seq=graph.loads.next_seq(database))
    for module, rows in tests.graph.drawn.side_rows().items():
        module.save_all(database, rows, seq=1)
    booked = tests.graph.drawn.entries(database, drawn)
    graph.commissions.save_all(database, booked, "2023-11-30#1")
    graph.runs.claim(database, "2023-11-30", host="h", pid=1, now_ms=1)
    address = database.address
    with (
        neo4j.GraphDatabase.driver(
            address.uri,
            auth=(address.username, address.password),
            notifications_disabled_classifications=["UNRECOGNIZED"],
        ) as driver,
        driver.session(database=address.database) as session,
    ):
        session.run("CALL db.prepareForReplanning(60)").consume()  # fresh counts, empty caches
        yield session


def explained(session: neo4j.Session, query: Query) -> neo4j.ResultSummary:
    names = re.findall(r"\$(\w+)", query.text)
    return session.run(
        f"EXPLAIN {query.text}", {name: SAMPLES.get(name, 1) for name in names}
    ).consume()


def operators(plan: dict[str, object]) -> Iterator[str]:
    todo = [plan]
    while todo:
        one = todo.pop()
        yield str(one["operatorType"]).split("@")[0]
        todo += cast(list[dict[str, object]], one.get("children", []))


def purpose_of(query: Query) -> str:
    family, name = query.name.split(".")
    text = (graph.queries.FOLDER / f"{family}.cypher").read_text("utf-8")
    return text.split(f"// {name}\n", 1)[1].splitlines()[0]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_the_server_plans_it_by_an_index_and_notes_nothing(
    session: neo4j.Session, query: Query
) -> None:
    if SCHEMA.match(query.text):
        pytest.skip("no plan: about the schema or the server itself")
    summary = explained(session, query)
    noted = [
        status.status_description
        for status in summary.gql_status_objects
        if status.gql_status not in graph.database.QUIET
    ]
    assert not noted
    scans = SCANS & set(operators(cast(dict[str, object], summary.plan)))
    assert not scans or purpose_of(query).startswith("// scans: "), scans


def uses() -> list[tuple[str, str, str]]:
    """(family, query, function) of every `QUERIES["name"]` of graph/."""
    found = []
    for path in sorted((ROOT / "graph").glob("*.py")):
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    if (
                        isinstance(node, ast.Subscript)
                        and isinstance(node.value, ast.Name)
                        and node.value.id == "QUERIES"
                        and isinstance(node.slice, ast.Constant)
                    ):
                        found.append((path.stem, str(node.slice.value), function.name))
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_each_query_is_used_by_one_function_of_its_name(family: str) -> None:
    """One place to read for what a query is asked: name or _name, in the module of the family."""
    used = [(query, function.lstrip("_")) for stem, query, function in uses() if stem == family]
    if family in MACHINERY:
        used = sorted({(query, query) for query, _ in used})
    assert sorted(used) == [(name, name) for name in sorted(graph.queries.load(family))]


PAGED = [q for q in QUERIES if q.name.split(".")[1].startswith(("changed", "page_of_"))]


@pytest.mark.parametrize("query", PAGED, ids=lambda query: query.name)
def test_a_page_comes_in_the_order_of_its_index(session: neo4j.Session, query: Query) -> None:
    """Sorting first would read everything behind the page, again for every page.

    A PartialTop only puts rows of the same time in order of their ids, and stops behind the page.
    """
    found = list(operators(cast(dict[str, object], explained(session, query).plan)))
    bound = next((name for name in found if name in ("Limit", "PartialTop")), "")
    assert "Top" not in found and bound
    assert "Sort" not in found[found.index(bound) :]
