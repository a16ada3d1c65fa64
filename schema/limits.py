"""How much one document may ask for: one rule, its cost memoised per fragment, so that a fragment
spread twice is looked at once, whatever it spreads in turn.

Sizes are of the document with every fragment spread out, in one operation:
depth = nested fields; fields = selected fields; aliases; root fields; directives = of the whole
document; cost = fields times the rows that their connections may bring (`first`, or the greatest
page where it is a variable). Parsing and validation are cached here at module level: a document
that was seen before costs neither. Limits come before validation, whose rules are quadratic.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    parse,
    specified_rules,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import validate_document

from schema.connections import PAGE_DEFAULT, PAGE_MAX
from schema.errors import LIMIT_EXCEEDED

DOCUMENTS_CACHED = 1000
ERRORS_MAX = 5
NODES_MAX = 100
"""Ids that `nodes` takes at once."""


@dataclass(frozen=True)
class Limits:
    """The greatest sizes of one operation; tokens and characters are of the whole document."""

    characters: int = 50_000
    tokens: int = 2_000
    depth: int = 16
    fields: int = 1_000
    aliases: int = 50
    root_fields: int = 20
    directives: int = 20
    cost: int = 200_000


class Size(NamedTuple):
    """What a selection amounts to with its fragments spread out."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    cost: int = 0

    def beside(self, other: "Size") -> "Size":
        """Both in one selection."""
        return Size(
            max(self.depth, other.depth),
            self.fields + other.fields,
            self.aliases + other.aliases,
            self.cost + other.cost,
        )


LIMITS = Limits()
CONNECTION_COST = 10
"""A connection is a read of its own, so it costs more than a field."""

HEAVY = {
    "commissionPath": 50,
    "whatIf": 50,
    "countByLevel": 50,
    "downline": 50,
    "report": 20_000,
}
"""Fields that call the engine or walk the tree."""


class CheckedDocuments(SchemaExtension):
    """Parses and validates a document once and remembers the outcome by its text."""

    def on_parse(self) -> Iterator[None]:
        """Take the parsed document from the cache."""
        self.execution_context.graphql_document = parsed(self.execution_context.query or "")
        yield

    def on_validate(self) -> Iterator[None]:
        """Take what is wrong with the document from the cache."""
        context = self.execution_context
        assert context.graphql_document is not None
        errors = list(_faults(context.schema._schema, context.graphql_document))
        if context._provided_operation_name is None and _operations(context.graphql_document) > 1:
            errors.append(GraphQLError("operationName must say which of the operations to run."))
        context.pre_execution_errors = errors
        yield


@lru_cache(maxsize=DOCUMENTS_CACHED)
def parsed(query: str) -> DocumentNode:
    """The document of a text; GraphQLSyntaxError where it is wrong or longer than the limits."""
    return parse(
        query,
        max_lexical_tokens=LIMITS.tokens,
        max_comments=LIMITS.tokens,
        max_source_length=LIMITS.characters,
    )


@lru_cache(maxsize=DOCUMENTS_CACHED)
def _faults(schema: GraphQLSchema, document: DocumentNode) -> tuple[GraphQLError, ...]:
    errors = exceeded(schema, document) or validate_document(
        schema, document, tuple(specified_rules)
    )
    return tuple(errors[:ERRORS_MAX])


def _operations(document: DocumentNode) -> int:
    return sum(isinstance(node, OperationDefinitionNode) for node in document.definitions)


def exceeded(
    schema: GraphQLSchema, document: DocumentNode, limits: Limits = LIMITS
) -> list[GraphQLError]:
    """One error for each limit that the document is beyond; empty where it is within all."""
    measure = _Measure(schema, document)
    found = [("directives", _directives(document), limits.directives)]
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            size, roots = measure.operation(operation)
            found += [
                ("depth", size.depth, limits.depth),
                ("fields", size.fields, limits.fields),
                ("aliases", size.aliases, limits.aliases),
                ("root fields", roots, limits.root_fields),
                ("cost", size.cost, limits.cost),
            ]
    return [
        GraphQLError(
            f"The document has {what} {_shown(size)}; the limit is {limit}.",
            extensions={"code": LIMIT_EXCEEDED, "limit": what},
        )
        for what, size, limit in found
        if size > limit
    ]


def _shown(size: int) -> str:
    """A size, which a chain of fragments can make astronomically large."""
    return str(size) if size < 10**9 else "above 10^9"


class _Measure:
    """Sizes of one document's selections, each fragment measured once."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments: Mapping[str, FragmentDefinitionNode] = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._sizes: dict[str, Size] = {}
        self._roots: dict[str, int] = {}
        for name in _inside_out(self._fragments):
            fragment = self._fragments[name]
            parent = schema.get_type(fragment.type_condition.name.value)
            self._sizes[name] = self._selection(fragment.selection_set, parent)
            self._roots[name] = self._width(fragment.selection_set)

    def operation(self, node: OperationDefinitionNode) -> tuple[Size, int]:
        """The size of one operation and the number of its root fields."""
        root = self._schema.get_root_type(node.operation)
        return self._selection(node.selection_set, root), self._width(node.selection_set)

    def _selection(self, node: SelectionSetNode, parent: object) -> Size:
        size = Size()
        for selection in node.selections:
            if isinstance(selection, FieldNode):
                size = size.beside(self._field(selection, parent))
            elif isinstance(selection, FragmentSpreadNode):
                # A fragment without a size is unknown or its own ancestor: validation says so.
                size = size.beside(self._sizes.get(selection.name.value, Size()))
            elif isinstance(selection, InlineFragmentNode):
                size = size.beside(
                    self._selection(selection.selection_set, self._inner(selection, parent))
                )
        return size

    def _inner(self, node: InlineFragmentNode, parent: object) -> object:
        named = node.type_condition
        return self._schema.get_type(named.name.value) if named else parent

    def _field(self, node: FieldNode, parent: object) -> Size:
        field = None
        if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            field = parent.fields.get(node.name.value)
        rows = _rows(node, field)
        below = Size()
        if node.selection_set:
            inner = get_named_type(field.type) if field else None
            below = self._selection(node.selection_set, inner)
        own = HEAVY.get(node.name.value, 1 if rows is None else CONNECTION_COST)
        return Size(
            1 + below.depth,
            1 + below.fields,
            (node.alias is not None) + below.aliases,
            own + (rows or 1) * below.cost,
        )

    def _width(self, node: SelectionSetNode) -> int:
        width = 0
        for selection in node.selections:
            if isinstance(selection, FieldNode):
                width += 1
            elif isinstance(selection, FragmentSpreadNode):
                width += self._roots.get(selection.name.value, 0)
            elif isinstance(selection, InlineFragmentNode):
                width += self._width(selection.selection_set)
        return width


def _rows(node: FieldNode, field: GraphQLField | None) -> int | None:
    """How many rows a field may bring; None where it brings no rows to count."""
    given = {argument.name.value: argument.value for argument in node.arguments or ()}
    if field is None or not field.args.keys() & {"first", "ids"}:
        return None
    if "ids" in field.args:
        ids = given.get("ids")
        return len(ids.values) if isinstance(ids, ListValueNode) else NODES_MAX
    page = given.get("first") or given.get("last")
    if page is None:
        return PAGE_DEFAULT
    return min(int(page.value), PAGE_MAX) if isinstance(page, IntValueNode) else PAGE_MAX


def _inside_out(fragments: Mapping[str, FragmentDefinitionNode]) -> list[str]:
    """Names of fragments, each behind those it spreads; without recursion, cycles cut."""
    order: list[str] = []
    seen: set[str] = set()
    for start in fragments:
        stack: list[tuple[str, bool]] = [(start, False)]
        while stack:
            name, finished = stack.pop()
            if finished:
                order.append(name)
            elif name not in seen and name in fragments:
                seen.add(name)
                stack.append((name, True))
                stack += [(inner, False) for inner in _spreads(fragments[name].selection_set)]
    return order


def _spreads(node: SelectionSetNode) -> Iterator[str]:
    for selection in node.selections:
        if isinstance(selection, FragmentSpreadNode):
            yield selection.name.value
        elif isinstance(selection, FieldNode | InlineFragmentNode) and selection.selection_set:
            yield from _spreads(selection.selection_set)


def _directives(document: DocumentNode) -> int:
    """How often the document applies a directive, on whatever."""
    count = 0
    stack: list[object] = [document]
    while stack:
        node = stack.pop()
        if isinstance(node, Node):
            count += node.kind == "directive"
            stack += [value for key in node.keys if (value := getattr(node, key, None)) is not None]
        elif isinstance(node, Iterable) and not isinstance(node, str):
            stack += node
    return count
