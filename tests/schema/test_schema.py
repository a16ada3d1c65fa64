"""The schema itself: committed as it is, described throughout, and read only within a scope."""

import ast
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
)

import graph.model
import graph.words
import schema.app
from schema.query import LOADS

FOLDER = Path(schema.app.__file__).parent
SCHEMA = schema.app.api._schema
LISTS = {
    "distributor_status": graph.model.DISTRIBUTOR_STATUS,
    "buyer_kind": graph.model.BUYER_KIND,
    "order_status": graph.model.ORDER_STATUS,
    "order_kind": graph.model.ORDER_KIND,
    "product_kind": graph.model.PRODUCT_KIND,
    "entry_kind": graph.model.ENTRY_KIND,
    "entry_state": graph.model.ENTRY_STATE,
}


def ours() -> list[GraphQLNamedType]:
    builtin = ("__", "Boolean", "Float", "ID", "Int", "String")
    return [one for name, one in SCHEMA.type_map.items() if not name.startswith(builtin)]


def test_the_committed_schema_is_the_one_that_is_served() -> None:
    committed = (FOLDER / "schema.graphql").read_text("utf-8")
    assert committed == schema.app.sdl(), "the schema has changed: make schema"


def test_everything_is_described() -> None:
    silent: list[str] = []
    for one in ours():
        fields: dict[str, Any] = {}
        if isinstance(one, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            fields = dict(one.fields)
        silent += [] if one.description else [one.name]
        silent += [f"{one.name}.{name}" for name, field in fields.items() if not field.description]
        silent += [
            f"{one.name}.{name}({argument})"
            for name, field in fields.items()
            for argument, arg in getattr(field, "args", {}).items()
            if not arg.description
        ]
    assert silent == []


def test_every_node_can_be_read_by_its_global_id() -> None:
    nodes = SCHEMA.get_possible_types(SCHEMA.type_map["Node"])  # type: ignore[arg-type]
    assert {node.name for node in nodes} == set(LOADS)


def test_every_connection_is_bounded_and_every_list_is_not_a_page() -> None:
    for one in ours():
        if isinstance(one, GraphQLObjectType):
            for name, field in one.fields.items():
                paged = str(field.type).rstrip("!").endswith("Connection")
                assert paged == ("first" in field.args), f"{one.name}.{name}"


def test_every_code_of_the_closed_lists_has_its_words() -> None:
    words = graph.words.family("lists")
    for name, codes in LISTS.items():
        assert {f"{name}.{code}" for code in codes} <= words.keys()


def test_the_store_is_read_only_through_a_scope() -> None:
    """Whoever holds the database itself is a function that a scope runs: it takes `db` first."""
    strays = [
        f"{path.name}:{node.lineno}"
        for path in FOLDER.glob("*.py")
        if path.name not in ("scope.py", "context.py", "app.py", "__main__.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "db"
    ]
    assert strays == []
