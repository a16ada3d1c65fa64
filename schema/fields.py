"""Fields that are worked out: Strawberry's decorator, typed, and never without a description."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import strawberry
from graphql import FieldNode

F = TypeVar("F", bound=Callable[..., Any])


def field(description: str, *, gives: Any = None) -> Callable[[F], F]:
    """A method as a field; `gives` names its type where the method hands out an awaitable.

    A method that waits for nothing itself hands its batch's future on: no coroutine per row.
    """
    decorated = strawberry.field(description=description, graphql_type=gives)
    return cast(Callable[[F], F], decorated)


def fields_asked(info: strawberry.Info[Any, None]) -> set[str]:
    """Names of what is selected on the value that a resolver gives, not looking into fragments or
    at what a directive may leave out.
    """
    return {
        one.name.value
        for node in info._raw_info.field_nodes
        for one in (node.selection_set.selections if node.selection_set else ())
        if isinstance(one, FieldNode) and not one.directives
    }
