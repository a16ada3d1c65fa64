"""Asking the service in tests: a client of this machine, and answers that must have no errors."""

import contextlib
from collections.abc import Iterator
from typing import Any

from starlette.applications import Starlette
from starlette.testclient import TestClient

import schema.app
from graph.connection import Database
from graph.settings import Settings


class Asking:
    """A client of the service; `database` counts the statements that its answers need."""

    def __init__(self, client: TestClient, database: Database) -> None:
        self.client, self.database = client, database

    def ask(self, query: str, /, headers: dict[str, str] | None = None, **variables: Any) -> Any:
        """The data of an answer that must have no errors."""
        body = {"query": query, "variables": variables}
        answer = self.client.post("/graphql", json=body, headers=headers).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def errors(self, query: str, /, **variables: Any) -> list[Any]:
        """The errors of an answer that must have some."""
        answer = self.client.post("/graphql", json={"query": query, "variables": variables}).json()
        found: list[Any] = answer["errors"]
        return found

    def counted(self, query: str, /, **variables: Any) -> tuple[Any, int]:
        """The data of an answer, and how many Cypher statements it took."""
        before = self.database.queries_run
        return self.ask(query, **variables), self.database.queries_run - before


@contextlib.contextmanager
def asking(settings: Settings, database: Database) -> Iterator[Asking]:
    """The service over a database that is there already."""
    app: Starlette = schema.app.make(lambda: contextlib.nullcontext((settings, database)))
    with TestClient(app, base_url="http://localhost", client=("127.0.0.1", 50_000)) as client:
        yield Asking(client, database)
