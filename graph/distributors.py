"""Distributors: who they are, who sponsors whom since when, and how status and rank changed.

Stored: (:Distributor {id, key, seq, joined_at_ms, joined_bare, left_at_ms, status, rank, region,
person_id, verified_at_ms, certified_until_ms, sanctioned_at_ms}); status (a word) and rank are what
held at joined_at_ms. The name stands apart: (:Distributor)-[:NAMED]->(:PersonalData). Sponsors are
edges (sponsor)-[:SPONSORS {since_ms, until_ms, reason, seq}]->(child), until_ms exclusive, OPEN_MS
while the edge lasts, never two at one time for a child. A sponsor or status change also gives the
child its `seq`. What rows and columns look like: graph.keys.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import graph.jobs
import graph.keys
import graph.loads
import graph.queries
from graph.connection import Database, Statements
from graph.keys import Columns, Row, Saved, Writer
from graph.model import OPEN_MS

QUERIES = graph.queries.load("distributors")

FACTS = (
    "joined_at_ms",
    "joined_bare",
    "left_at_ms",
    "status",
    "rank",
    "region",
    "person_id",
    "verified_at_ms",
    "certified_until_ms",
    "sanctioned_at_ms",
)
HOPS_MAX = 64
"""Hops that one statement climbs or descends at most."""


class Edge(NamedTuple):
    """A sponsor edge seen from the child."""

    sponsor_id: str
    since_ms: int
    until_ms: int


class Move(NamedTuple):
    """What `move` did: one of MOVED and the refusals below; for a cycle the ids that close it."""

    outcome: str
    path: tuple[str, ...] = ()


MOVED = "moved"
SELF_SPONSOR = "self_sponsor"
UNKNOWN = "unknown_distributor"  # path: the unknown ids
NOT_JOINED = "sponsor_not_joined"  # path: who had not joined at that time
SAME_SPONSOR = "same_sponsor"
LATER_CHANGE = "later_change"  # at or after that time there is another change of this child
CYCLE = "cycle"  # path: child, its downline down to the new sponsor, child again


def by_ids(db: Database, ids: Sequence[str]) -> list[Row]:
    """Rows {id, key, seq, joined_at_ms, ... (FACTS)} of the ids that exist, by key."""
    return db.read(QUERIES["by_ids"], ids=list(ids))


def by_keys(db: Database, keys: Sequence[int]) -> list[Row]:
    """Rows {id, key} of the keys that exist, by key."""
    return db.read(QUERIES["by_keys"], keys=list(keys))


def names_of(db: Database, ids: Sequence[str]) -> list[Row]:
    """Rows {id, name} (personal data) of the ids that have a name."""
    return db.read(QUERIES["names_of"], ids=list(ids))


def save_all(db: Writer, rows: Iterable[Row], *, seq: int) -> Saved:
    """Rows {id, name, ... (FACTS)}: creates them or fills in what differs. No sponsors here."""
    created = changed = 0
    for batch in graph.keys.batches(rows):
        plain = (
            graph.keys.shaped({**row, "name": None}, (*FACTS, "name"), ("id",)) for row in batch
        )
        saved = graph.keys.save(db, QUERIES["save_all"], plain, seq=seq)
        named = ({"id": row["id"], "name": row["name"]} for row in batch if row.get("name"))
        renamed = save_names(db, named, seq=seq)
        adopt_orders(db, [row["id"] for row in batch])
        created, changed = created + saved.created, changed + saved.changed + renamed.changed
    return Saved(created, changed)


def save_names(db: Writer, rows: Iterable[Row], *, seq: int) -> Saved:
    """Rows {id, name} of distributors that exist."""
    return graph.keys.save(db, QUERIES["save_names"], rows, seq=seq)


def adopt_orders(db: Writer, ids: Sequence[str]) -> int:
    """Tie orders that named one of these as their buyer before he was known to him; how many.

    As graph.customers.adopt_orders: their `seq` stays.
    """
    return int(db.write(QUERIES["adopt_orders"], ids=list(ids))[0]["adopted"])


def save_sponsors(db: Writer, rows: Iterable[Row], *, seq: int) -> Saved:
    """Rows {child_id, sponsor_id, since_ms, until_ms, reason}; both distributors exist.

    An edge is known by child, sponsor and since_ms; a saved until_ms replaces the stored one, so
    that a later change is written as the shortened old edge and the new one. The caller has
    checked that they do not overlap and close no cycle.
    """
    return graph.keys.save(db, QUERIES["save_sponsors"], rows, seq=seq)


def save_status_changes(db: Database, rows: Iterable[Row], *, seq: int) -> Saved:
    """Rows {distributor_id, valid_from_ms, status, rank}; None means unchanged."""
    shaped = (
        {
            "id": graph.keys.identity(row["distributor_id"], row["valid_from_ms"]),
            **graph.keys.shaped(row, ("valid_from_ms", "status", "rank"), ("distributor_id",)),
        }
        for row in rows
    )
    return graph.keys.save(db, QUERIES["save_status_changes"], shaped, seq=seq)


def last_key(db: Database) -> int:
    """The greatest key; -1 if there is no distributor."""
    return graph.keys.last(db, "distributors")


def columns(db: Database, *, after: int, upto: int, seq_max: int) -> Columns:
    """Distributors with after < key <= upto, by key: id, key, joined_at, left_at, status, rank,
    region, person_id, verified_at, certified_until, sanctioned_at.
    """
    return db.columns(QUERIES["columns"], after=after, upto=upto, seq_max=seq_max)


def columns_of(db: Database, keys: Sequence[int]) -> Columns:
    """The same columns for a list of keys, by key."""
    return db.columns(QUERIES["columns_of"], keys=list(keys))


def sponsor_columns(db: Database, *, after: int, upto: int, seq_max: int) -> Columns:
    """Sponsor edges of the children with after < key <= upto, by (child_key, since):
    child_key, sponsor_key, since, until.
    """
    return db.columns(QUERIES["sponsor_columns"], after=after, upto=upto, seq_max=seq_max)


def sponsor_columns_of(db: Database, keys: Sequence[int]) -> Columns:
    """The same columns for a list of children's keys."""
    return db.columns(QUERIES["sponsor_columns_of"], keys=list(keys))


def status_columns(db: Database, *, after: int, upto: int, seq_max: int) -> Columns:
    """Status changes of the distributors with after < key <= upto, by (distributor_key,
    valid_from): distributor_key, valid_from, status, rank (None: unchanged).
    """
    return db.columns(QUERIES["status_columns"], after=after, upto=upto, seq_max=seq_max)


def status_columns_of(db: Database, keys: Sequence[int]) -> Columns:
    """The same columns for a list of distributors' keys."""
    return db.columns(QUERIES["status_columns_of"], keys=list(keys))


def changed(db: Database, *, since: int, upto: int, first: int) -> list[int]:
    """Keys of distributors last touched (row, sponsor or status) by a change after `since` up to
    `upto`, at most `first`.
    """
    return db.columns(QUERIES["changed"], since=since, upto=upto, first=first)["keys"]


def sponsors_of(db: Database, ids: Sequence[str], at_ms: int) -> list[Row]:
    """Rows {id, sponsor_id, since_ms} of the ids that had a sponsor at that moment."""
    return db.read(QUERIES["sponsors_of"], ids=list(ids), at_ms=at_ms)


def sponsor_history_of(db: Database, ids: Sequence[str]) -> list[Row]:
    """Rows {id, sponsor_id, since_ms, until_ms, reason}, all edges ever, by (id, since_ms)."""
    return db.read(QUERIES["sponsor_history_of"], ids=list(ids))


def ever_above(read: Callable[..., list[Row]], ids: Sequence[str]) -> list[Row]:
    """Rows {child_id, sponsor_id, since_ms, until_ms}: every sponsor edge that these distributors,
    and anybody who was ever above them, ever had. `read`: of a Database, or `run` of a transaction.
    """
    found: dict[tuple[str, int], Row] = {}
    due, asked = set(ids), set[str]()
    while due:
        asked |= due
        for batch in graph.keys.batches({"id": id} for id in sorted(due)):
            for row in read(QUERIES["ever_above"], ids=[one["id"] for one in batch]):
                found[row["child_id"], row["since_ms"]] = row
        climbed = {child for child, _ in found}
        due = {row["sponsor_id"] for row in found.values()} - climbed - asked
    return list(found.values())


def status_changes_of(db: Database, ids: Sequence[str]) -> list[Row]:
    """Rows {distributor_id, valid_from_ms, status, rank}, by (distributor_id, valid_from_ms)."""
    return db.read(QUERIES["status_changes_of"], ids=list(ids))


def uplines_of(
    db: Database, ids: Sequence[str], at_ms: int, *, hops_max: int | None = None
) -> list[Row]:
    """Rows {id, key, upline, upline_keys} of the ids that exist: ids and keys of the sponsor, his
    sponsor, ... to the root as they stood at that moment (at most hops_max of them).

    Each statement climbs at most HOPS_MAX hops, for all ids together.
    """
    starts = by_ids(db, ids)
    found: dict[str, Row] = {
        row["id"]: {"id": row["id"], "key": row["key"], "upline": [], "upline_keys": []}
        for row in starts
    }
    tops = {row["id"]: row["key"] for row in starts}
    while tops:
        steps = {row["key"]: row for row in climb(db, list(set(tops.values())), at_ms)}
        for start, top in list(tops.items()):
            step = steps[top]
            found[start]["upline"] += step["upline"]
            found[start]["upline_keys"] += step["upline_keys"]
            tops[start] = step["upline_keys"][-1] if step["upline_keys"] else top
            if len(step["upline"]) < HOPS_MAX or _enough(found[start], hops_max):
                del tops[start]
    for row in found.values():
        row["upline"], row["upline_keys"] = row["upline"][:hops_max], row["upline_keys"][:hops_max]
    return list(found.values())


def _enough(row: Row, hops_max: int | None) -> bool:
    return hops_max is not None and len(row["upline"]) >= hops_max


def climb(db: Database, keys: Sequence[int], at_ms: int) -> list[Row]:
    """One step of `uplines_of`: rows {key, upline, upline_keys}, at most HOPS_MAX hops up."""
    return db.read(QUERIES["climb"], keys=list(keys), at_ms=at_ms)


def children_page(
    db: Database, id: str, at_ms: int, *, after: int = -1, first: int = 50
) -> list[Row]:
    """Rows {id, key, since_ms} of those whom `id` sponsored at that moment, key > after, by key;
    first + 1 rows where there is a further page.
    """
    return db.read(QUERIES["children_page"], id=id, at_ms=at_ms, after=after, limit=first + 1)


def children_of(db: Database, ids: Sequence[str], at_ms: int, *, first: int = 50) -> list[Row]:
    """The first page of several at once: rows {sponsor_id, id, key, since_ms}, by sponsor and key;
    first + 1 rows of a sponsor who has more.
    """
    return db.read(QUERIES["children_of"], ids=list(ids), at_ms=at_ms, limit=first + 1)


def downline_page(
    db: Database, id: str, at_ms: int, level: int, *, after: int = -1, first: int = 50
) -> list[Row]:
    """Rows {id, key, sponsor_id} of those `level` (>= 1) hops below `id` at that moment,
    key > after, by key; first + 1 rows where there is a further page.

    Every call walks the levels above again: a page costs what the levels above it hold.
    """
    above = _descended(db, id, at_ms, level - 1)
    return db.read(QUERIES["downline_page"], keys=above, at_ms=at_ms, after=after, limit=first + 1)


def count_by_level(db: Database, id: str, at_ms: int, depth_max: int) -> list[int]:
    """How many stood 1, 2, ... hops below `id` at that moment; at most depth_max levels, without
    empty ones.
    """
    counts: list[int] = []
    keys = _descended(db, id, at_ms, 0)
    while keys and len(counts) < depth_max:
        keys = below(db, keys, at_ms)
        if keys:
            counts.append(len(keys))
    return counts


def below(db: Database, keys: Sequence[int], at_ms: int) -> list[int]:
    """Keys of all those whom one of `keys` sponsored at that moment, in pages of PAGE_KEYS_MAX."""
    found: list[int] = []
    for start in range(0, len(keys), graph.keys.PAGE_KEYS_MAX):
        page = list(keys[start : start + graph.keys.PAGE_KEYS_MAX])
        found += db.columns(QUERIES["below"], keys=page, at_ms=at_ms)["keys"]
    return found


def _descended(db: Database, id: str, at_ms: int, levels: int) -> list[int]:
    keys = [int(row["key"]) for row in by_ids(db, [id])]
    for _ in range(levels):
        if not keys:
            break
        keys = below(db, keys, at_ms)
    return keys


def move(
    db: Database, child_id: str, sponsor_id: str, at_ms: int, *, reason: str | None = None
) -> Move:
    """Give a distributor another sponsor from at_ms on; what is refused is said in the answer.

    Moves wait for one another on the lock `tree`, and each looks at the tree only when it holds it:
    no two together can close a cycle at any time from at_ms on. Locked while a load or a night
    holds the lease of graph.jobs, because these must see one state of the tree.
    """
    if child_id == sponsor_id:
        return Move(SELF_SPONSOR, (child_id,))
    return db.together(lambda tx: _moved(tx, child_id, sponsor_id, at_ms, reason))


def _moved(tx: Statements, child_id: str, sponsor_id: str, at_ms: int, reason: str | None) -> Move:
    rows = _standing(tx, [child_id, sponsor_id])
    graph.jobs.check_free(tx)
    if refusal := refused(rows, child_id, sponsor_id, at_ms):
        return refusal
    if path := cycle(_climbed(tx, sponsor_id, at_ms), child_id, sponsor_id, at_ms):
        return Move(CYCLE, path)
    _move(tx, {"child_id": child_id, "sponsor_id": sponsor_id, "at_ms": at_ms, "reason": reason})
    return Move(MOVED)


def _standing(tx: Statements, ids: list[str]) -> dict[str, Row]:
    return {row["id"]: row for row in tx.run(QUERIES["standing"], ids=ids)}


def _move(tx: Statements, facts: Row) -> None:
    tx.run(QUERIES["move"], **facts, open_ms=OPEN_MS, seq=graph.loads.next_seq_within(tx))


def refused(rows: Mapping[str, Row], child_id: str, sponsor_id: str, at_ms: int) -> Move | None:
    """Why a move may not be, cycles apart; MOVED where it has been made already. Pure; rows by id:
    {joined_at_ms, sponsor_id (the last one), since_ms (of the last edge)}.
    """
    if unknown := [id for id in (child_id, sponsor_id) if id not in rows]:
        return Move(UNKNOWN, tuple(unknown))
    early = [id for id in (child_id, sponsor_id) if rows[id]["joined_at_ms"] > at_ms]
    if early:
        return Move(NOT_JOINED, tuple(early))
    child = rows[child_id]
    if (child["sponsor_id"], child["since_ms"]) == (sponsor_id, at_ms):
        return Move(MOVED)  # a repeated call, or a commit whose answer was lost
    if child["since_ms"] is not None and child["since_ms"] >= at_ms:
        return Move(LATER_CHANGE, (child["sponsor_id"],))
    return Move(SAME_SPONSOR, (sponsor_id,)) if child["sponsor_id"] == sponsor_id else None


def cycle(
    edges: Mapping[str, Sequence[Edge]], child: str, sponsor: str, at_ms: int
) -> tuple[str, ...]:
    """Ids child, ..., sponsor, child of a cycle that child under sponsor would close at some moment
    from at_ms on; () if there is none. Pure; edges by child's id.
    """
    walks: list[tuple[str, int, int, tuple[str, ...]]] = [(sponsor, at_ms, OPEN_MS, (sponsor,))]
    while walks:
        id, since, until, path = walks.pop()
        if id == child:
            return (*reversed(path), child)
        for edge in edges.get(id, ()):
            begin, end = max(since, edge.since_ms), min(until, edge.until_ms)
            if begin < end and edge.sponsor_id not in path:
                walks.append((edge.sponsor_id, begin, end, (*path, edge.sponsor_id)))
    return ()


def _climbed(tx: Statements, id: str, at_ms: int) -> dict[str, list[Edge]]:
    """Every edge above a distributor that lasts beyond at_ms, by child's id."""
    found: dict[str, list[Edge]] = {}
    for row in ever_above(tx.run, [id]):
        if row["until_ms"] > at_ms:
            edge = Edge(row["sponsor_id"], row["since_ms"], row["until_ms"])
            found.setdefault(row["child_id"], []).append(edge)
    return found
