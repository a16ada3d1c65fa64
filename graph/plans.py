"""Saved plan versions: the text of a plan file, immutable, by name and valid-from.

Stored: (:PlanVersion {id: NAME@VERSION, name, version, valid_from_ms, text, digest}); digest is the
sha256 that `analytics.plan` gives the plan's content. One version holds until the next of its name.
"""

from collections.abc import Sequence

import graph.queries
from graph.connection import Database
from graph.errors import Conflict
from graph.keys import Row

QUERIES = graph.queries.load("plans")


def save(
    db: Database, *, name: str, version: str, valid_from_ms: int, text: str, digest: str
) -> bool:
    """Keep a version; True if it is new, False if the same one is there already.

    Conflict where this name and version, or this name and valid_from, stand for other content.
    """
    id = f"{name}@{version}"
    facts = {"name": name, "version": version, "valid_from_ms": valid_from_ms, "digest": digest}
    row = db.write(QUERIES["save"], id=id, facts={**facts, "text": text})[0]
    if row["digest"] != digest or row["valid_from_ms"] != valid_from_ms:
        raise Conflict(f"plan {id} is saved with other content; give the new one another version")
    if row["rival"]:
        raise Conflict(f"plan {row['rival']} is valid from the same moment; give {id} another one")
    return bool(row["created"])


def by_name(db: Database, name: str) -> list[Row]:
    """Rows {id, name, version, valid_from_ms, text, digest} of one name, by valid_from_ms."""
    return db.read(QUERIES["by_name"], name=name)


def by_ids(db: Database, ids: Sequence[str]) -> list[Row]:
    """The same rows of the ids (NAME@VERSION) that exist, by id."""
    return db.read(QUERIES["by_ids"], ids=list(ids))


def all_versions(db: Database) -> list[Row]:
    """Rows {id, name, version, valid_from_ms, digest} of all plans, by (name, valid_from_ms)."""
    return db.read(QUERIES["all_versions"])
