"""From settings to a Database: a server of yours by NEO4J_URI, else our own, started if need be."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import graph.migrations
import graph.server
from graph.database import Address, Database, Statements
from graph.settings import Settings

__all__ = ["Address", "Database", "Statements", "connect"]


@contextmanager
def connect(settings: Settings, *, retry_s: float = 60.0) -> Iterator[Database]:
    """A Database that answers, with every migration applied; closed at the end.

    `retry_s` bounds how long a statement is tried again while the server is away: long for jobs,
    a few seconds for a service. Misconfigured or Unavailable, each with one clear sentence.
    """
    if settings.embedded:
        with graph.server.ensure(settings) as address:
            revive = graph.server.reviver(settings)
            with closing(Database(address, retry_s=retry_s, revive=revive)) as database:
                yield _prepared(database)
    else:
        address = Address(
            settings.neo4j_uri,
            settings.neo4j_username,
            settings.neo4j_password,
            settings.neo4j_database,
        )
        with closing(Database(address, retry_s=retry_s)) as database:
            yield _prepared(database)


def _prepared(database: Database) -> Database:
    database.verify()
    graph.migrations.apply(database)
    return database
