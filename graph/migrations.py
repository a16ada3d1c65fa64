"""Constraints and indexes as numbered files, each applied once and remembered in the graph.

`cypher/migrations/NNNN_what.cypher` holds schema statements parted by blank lines, each with a name
of its own and IF NOT EXISTS: two commands that apply the same file at once do no harm, and one
killed half-way is simply repeated. An applied file is never edited: a change is the next number.
(An import replaces the whole database: the next connection makes everything anew.)
"""

import hashlib
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import graph.queries
from graph.database import Database
from graph.errors import Conflict
from graph.queries import Query

FOLDER = graph.queries.FOLDER / "migrations"
QUERIES = graph.queries.load("migrations")

ONLINE_S = 3600
SILENT_MS = 120_000
"""A job that has not beaten for so long is not at work (graph.jobs.LEASE_MS)."""

_MADE = re.compile(r"CREATE\s(?:CONSTRAINT|INDEX|(?:TEXT|FULLTEXT) INDEX) (\w+) IF NOT EXISTS")


class Migration(NamedTuple):
    """One file: its number with its words, the sha256 of its text, its statements."""

    id: str
    sha256: str
    statements: tuple[Query, ...]


@cache
def known() -> tuple[Migration, ...]:
    """All migrations of this checkout in order."""
    return tuple(_migration(path) for path in sorted(FOLDER.glob("[0-9]*.cypher")))


def apply(db: Database) -> list[str]:
    """Apply what is missing, and make anew what was dropped, unless a job at work has taken it away
    (it will bring it back, or `complete` will when it has died). Waits until all is online.

    Returns the ids of the migrations applied. Conflict if a file was edited after it had been
    applied to this database.
    """
    done = {row["id"]: row["sha256"] for row in db.read(QUERIES["applied"])}
    for migration in known():
        if done.get(migration.id, migration.sha256) != migration.sha256:
            raise Conflict(
                f"migration {migration.id} is not what was applied to this database; a database"
                " of a version under development is emptied or left with that version"
            )
    fresh = tuple(migration for migration in known() if migration.id not in done)
    _make(db, fresh if db.read(QUERIES["at_work"], silent_ms=SILENT_MS) else known())
    for migration in fresh:
        db.write(QUERIES["record"], id=migration.id, sha256=migration.sha256)
    return [migration.id for migration in fresh]


def complete(db: Database) -> None:
    """Make anew whatever was dropped: for a job that is about to read, or has written."""
    _make(db, known())


def _make(db: Database, migrations: Sequence[Migration]) -> None:
    there = {row["name"] for row in db.read(QUERIES["indexes"])}
    wanted = [
        statement
        for migration in migrations
        for statement in migration.statements
        if made_by(statement) not in there
    ]
    for statement in wanted:
        db.run_outside(statement)
    if wanted:
        db.run_outside(QUERIES["await_indexes"], seconds=ONLINE_S)


def drop(db: Database, names: Sequence[str]) -> None:
    """Take indexes away for a while, under a lease of graph.jobs; `complete` brings them back."""
    for name in names:
        db.run_outside(QUERIES["drop"], name=name)


def absent(db: Database) -> list[str]:
    """Names of constraints and indexes that should be there, online, and are not."""
    online = {row["name"] for row in db.read(QUERIES["indexes"]) if row["state"] == "ONLINE"}
    return sorted(set(expected()) - online)


def expected() -> list[str]:
    """Names of every constraint and index that the migrations make."""
    return [made_by(statement) for migration in known() for statement in migration.statements]


def made_by(statement: Query) -> str:
    """The name of the constraint or index that a statement makes; ValueError for any other."""
    found = _MADE.match(statement.text)
    if not found:
        raise ValueError(f"{statement.name} must make a named constraint or index IF NOT EXISTS")
    return found[1]


def _migration(path: Path) -> Migration:
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Migration(path.stem, sha256, graph.queries.statements(path))
