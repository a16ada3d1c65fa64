"""Migrations on the real server: complete, repeatable, never edited afterwards."""

import pytest

import graph.migrations
from graph.connection import Database
from graph.errors import Conflict
from graph.queries import Query


def test_every_constraint_and_index_is_there_and_online(database: Database) -> None:
    assert graph.migrations.absent(database) == []
    assert len(graph.migrations.expected()) > 40


def test_applying_again_changes_nothing(database: Database) -> None:
    assert graph.migrations.apply(database) == []


def test_a_constraint_that_was_dropped_is_named(database: Database) -> None:
    first = graph.migrations.known()[0].statements[0]
    assert first.text.startswith("CREATE CONSTRAINT distributor_id ")
    drop = Query("tests.drop", "DROP CONSTRAINT distributor_id")
    database.run_outside(drop)
    try:
        assert graph.migrations.absent(database) == ["distributor_id"]
    finally:
        database.run_outside(first)


def test_a_migration_edited_after_it_was_applied_is_refused(empty_database: Database) -> None:
    known = graph.migrations.known()[0]
    alter = Query("tests.alter", "MATCH (m:Migration {id: $id}) SET m.sha256 = $sha256")
    empty_database.write(alter, id=known.id, sha256="of another text")
    try:
        with pytest.raises(Conflict, match=known.id):
            graph.migrations.apply(empty_database)
    finally:
        empty_database.write(alter, id=known.id, sha256=known.sha256)
