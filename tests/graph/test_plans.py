import pytest

import graph.plans
from graph.connection import Database
from graph.errors import Conflict


def save(db: Database, version: str, valid_from_ms: int = 0, digest: str = "aa") -> bool:
    return graph.plans.save(
        db, name="p", version=version, valid_from_ms=valid_from_ms, text="t", digest=digest
    )


def test_a_version_is_written_once(empty_database: Database) -> None:
    assert save(empty_database, "1") is True
    assert save(empty_database, "1") is False
    with pytest.raises(Conflict, match="other content"):
        save(empty_database, "1", digest="bb")
    with pytest.raises(Conflict, match="other content"):
        save(empty_database, "1", valid_from_ms=9)
    assert graph.plans.by_ids(empty_database, ["p@1"])[0]["digest"] == "aa"


def test_versions_follow_one_another(empty_database: Database) -> None:
    save(empty_database, "2", valid_from_ms=20, digest="bb")
    save(empty_database, "1", valid_from_ms=10)
    assert [row["id"] for row in graph.plans.by_name(empty_database, "p")] == ["p@1", "p@2"]
    assert [row["version"] for row in graph.plans.all_versions(empty_database)] == ["1", "2"]
    with pytest.raises(Conflict, match="p@1 is valid from the same moment"):
        save(empty_database, "3", valid_from_ms=10)
    assert graph.plans.by_ids(empty_database, ["p@3"]) == []
