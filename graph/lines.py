"""Whose line a distributor stands in, person by person: nobody reviews his own.

Accounts with the same person_id are one person, and so are accounts with the same identifier of
kind person; these are looked up for the accounts in question and for everybody above them.
"""

from collections.abc import Iterable, Sequence

import graph.distributors
import graph.queries
from graph.connection import Database
from graph.keys import Row

QUERIES = graph.queries.load("lines")


def is_own(db: Database, mine: str, others: Sequence[str], at_ms: int) -> bool:
    """Whether the person of account `mine` stands above, below or among the persons of `others`.

    An unknown account stands in nobody's line.
    """
    ours, theirs = _accounts(db, [mine]), _accounts(db, others)
    above_us, above_them = _upline(db, ours, at_ms), _upline(db, theirs, at_ms)
    return bool(
        _persons(db, ours) & _persons(db, above_them)
        or _persons(db, theirs) & _persons(db, above_us)
    )


def _accounts(db: Database, ids: Sequence[str]) -> list[str]:
    """These accounts and all others with the same person_id."""
    given = {row["person_id"] for row in persons(db, ids) if row["person_id"] is not None}
    return sorted({*ids, *accounts(db, sorted(given))})


def _upline(db: Database, ids: Sequence[str], at_ms: int) -> set[str]:
    """The accounts themselves and everybody above them."""
    rows = graph.distributors.uplines_of(db, ids, at_ms)
    return {row["id"] for row in rows} | {id for row in rows for id in row["upline"]}


def _persons(db: Database, ids: Iterable[str]) -> set[tuple[str, str]]:
    """What names the persons of accounts; an account always names itself."""
    found: set[tuple[str, str]] = set()
    for row in persons(db, sorted(ids)):
        found.add(("account", row["id"]))
        found |= {("sealed", value) for value in row["sealed"]}
        found |= {("person", row["person_id"])} if row["person_id"] is not None else set()
    return found


def persons(db: Database, ids: Sequence[str]) -> list[Row]:
    """Rows {id, person_id, sealed: hashed identifiers of kind person} of the ids that exist."""
    return db.read(QUERIES["persons"], ids=list(ids))


def accounts(db: Database, person_ids: Sequence[str]) -> list[str]:
    """Ids of all accounts with one of these person_ids."""
    return [row["id"] for row in db.read(QUERIES["accounts"], person_ids=list(person_ids))]
