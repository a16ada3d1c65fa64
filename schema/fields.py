"""Fields that are worked out: Strawberry's decorator, typed, and never without a description."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import strawberry

F = TypeVar("F", bound=Callable[..., Any])


def field(description: str, *, gives: Any = None) -> Callable[[F], F]:
    """A method as a field; `gives` names its type where the method hands out an awaitable.

    A method that waits for nothing itself hands its batch's future on: no coroutine per row.
    """
    decorated = strawberry.field(description=description, graphql_type=gives)
    return cast(Callable[[F], F], decorated)
