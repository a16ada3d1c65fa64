"""Row scope: which rows a viewer may see. Every read of the API goes through a Scope.

There is one scope so far, `Scope.everything()`, because there is no sign-in. A narrower one hands
its limits to the read as a parameter, so that the statement itself leaves out what is outside:
nothing is read first and filtered afterwards.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, TypeVar

from graph.connection import Database

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Scope:
    """What a viewer may see; made only by its named constructors."""

    name: str

    @classmethod
    def everything(cls) -> "Scope":
        """All rows: admin, finance, compliance, auditor."""
        return cls("everything")

    def read(
        self,
        db: Database,
        function: Callable[Concatenate[Database, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """One read of the store within this scope; blocks, so it runs in a worker thread."""
        return function(db, *args, **kwargs)

    def write(
        self,
        db: Database,
        function: Callable[Concatenate[Database, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """One change of the store within this scope; blocks, so it runs in a worker thread."""
        return function(db, *args, **kwargs)
