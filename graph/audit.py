"""The audit: who did what to what, when and why; append-only, each entry sealed by the one before.

Stored: (:AuditEntry {seq, key, at_ms, actor, action, subject, old, new, reason, request_id, prev,
hash}), seq 1, 2, 3, ... without gaps; old and new are JSON. hash = sha256 of prev and of all other
fields as canonical JSON, so that whoever changes, drops or moves an entry breaks every later one.
The head (seq and hash of the last entry) is held while entries are added, in the transaction of the
change itself: both or neither. `key` makes an entry that is written again the same entry.

A chain cannot prove that its end was not cut off together with its head: keep head hashes outside
(every case file carries one) and give one to `verify`.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import graph.queries
from graph.connection import Database, Statements
from graph.keys import Row

QUERIES = graph.queries.load("audit")

PAGE = 5_000
FAULTS_MAX = 20
SEALED = (
    "seq",
    "key",
    "at_ms",
    "actor",
    "action",
    "subject",
    "old",
    "new",
    "reason",
    "request_id",
    "prev",
)


class Act(NamedTuple):
    """What somebody did. `old` and `new` are JSON-able; `key` is unique for this act."""

    key: str
    at_ms: int
    actor: str
    action: str
    subject: str
    old: Any = None
    new: Any = None
    reason: str = ""
    request_id: str = ""


class Seer(NamedTuple):
    """Who sees something, when, in which request."""

    actor: str
    at_ms: int
    request_id: str


class Check(NamedTuple):
    """What `verify` found: entries read, the head, and sentences about what does not fit."""

    entries: int
    head: str
    faults: tuple[str, ...]


def canonical(value: Any) -> str:
    """JSON with one spelling: sorted names, no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def seal(entry: Row) -> str:
    """The hash of an entry over all its other fields, the hash before it included."""
    return hashlib.sha256(
        canonical({name: entry[name] for name in SEALED}).encode("utf-8")
    ).hexdigest()


def chained(acts: Sequence[Act], seq: int, prev: str) -> list[Row]:
    """Entries of acts behind the entry `seq` whose hash is `prev`. Pure."""
    rows: list[Row] = []
    for number, act in enumerate(acts, seq + 1):
        row = {**act._asdict(), "old": canonical(act.old), "new": canonical(act.new)}
        row |= {"seq": number, "prev": prev}
        prev = seal(row)
        rows.append({**row, "hash": prev})
    return rows


def append(tx: Statements, acts: Sequence[Act]) -> None:
    """Add acts to the chain within the transaction of the change; those it knows are left out.

    Takes the head last of all locks: call it after everything else of the transaction.
    """
    if not acts:
        return
    head = _head(tx)
    known = _known(tx, [act.key for act in acts])
    rows = chained([act for act in acts if act.key not in known], head["seq"], head["hash"])
    if rows:
        _add(tx, rows)


def holds(tx: Statements, key: str) -> bool:
    """Whether the chain has the act of this key: then it was done, and is only tried again."""
    return subject_of(tx, key) is not None


def subject_of(tx: Statements, key: str) -> str | None:
    """What the act of this key was about; None where the chain does not have it."""
    return _known(tx, [key]).get(key)


def record(db: Database, acts: Sequence[Act]) -> None:
    """Add acts that change nothing else, such as a view of personal data."""
    db.together(lambda tx: append(tx, acts))


def viewed(db: Database, what: str, ids: Sequence[str], seer: Seer) -> None:
    """Somebody has been shown personal data of `what` (distributors, customers) by these ids."""
    if not ids:
        return
    sealed = hashlib.sha256("\n".join(ids).encode()).hexdigest()
    key = f"viewed|{seer.request_id}|{what}|{sealed}"
    act = Act(key, seer.at_ms, seer.actor, "viewed", f"personal:{what}", new=sorted(ids))
    record(db, [act._replace(request_id=seer.request_id)])


def end(db: Database) -> Row:
    """{seq, hash} of the last entry; 0 and "" for an empty chain."""
    rows = db.read(QUERIES["end"])
    return rows[0] if rows else {"seq": 0, "hash": ""}


def page(db: Database, *, after: int = 0, first: int = PAGE) -> list[Row]:
    """Entries behind seq `after`, oldest first, as stored; first + 1 where there are more."""
    return db.read(QUERIES["page"], after=after, limit=first + 1)


def latest(db: Database, *, before: int, first: int) -> list[Row]:
    """Entries before seq `before`, newest first; first + 1 where there are more."""
    return db.read(QUERIES["latest"], before=before, limit=first + 1)


def page_of_subject(db: Database, subject: str, *, after: int = 0, first: int = 200) -> list[Row]:
    """Entries about one thing behind seq `after`, oldest first; first + 1 where there are more."""
    return db.read(QUERIES["page_of_subject"], subject=subject, after=after, limit=first + 1)


def count_of_subject(db: Database, subject: str) -> int:
    """How many entries are about one thing."""
    return int(db.read(QUERIES["count_of_subject"], subject=subject)[0]["entries"])


def verify(db: Database, *, head: str = "") -> Check:
    """Read the whole chain and say what does not fit; `head`: a hash kept elsewhere that the chain
    must hold, which finds an end that was cut off.
    """
    stood = end(db)  # first: whatever is added meanwhile comes behind it
    faults: list[str] = []
    count, seq, prev, heard = 0, 0, "", not head
    for entry in _all(db, upto=stood["seq"]):
        faults += _faults_of(entry, seq + 1, prev)
        count, seq, prev = count + 1, entry["seq"], entry["hash"]
        heard = heard or prev == head
    if (count, prev) != (stood["seq"], stood["hash"]):
        faults.append(f"the head says {stood['seq']} entries, {count} are there")
    if not heard:
        faults.append(f"no entry has the hash {head}: the end may have been cut off")
    return Check(count, stood["hash"], tuple(faults[:FAULTS_MAX]))


def _faults_of(entry: Row, expected: int, prev: str) -> list[str]:
    found = []
    if entry["seq"] != expected:
        found.append(f"entry {entry['seq']} stands where entry {expected} should")
    if entry["prev"] != prev:
        found.append(f"entry {entry['seq']} does not follow the one before it")
    if seal(entry) != entry["hash"]:
        found.append(f"entry {entry['seq']} is not what was written")
    return found


def _all(db: Database, *, upto: int) -> Iterator[Row]:
    after = 0
    while rows := page(db, after=after):
        for row in rows:
            if row["seq"] > upto:
                return
            yield row
        after = rows[-1]["seq"]


def _head(tx: Statements) -> Row:
    return tx.run(QUERIES["head"])[0]


def _known(tx: Statements, keys: list[str]) -> dict[str, str]:
    return {row["key"]: row["subject"] for row in tx.run(QUERIES["known"], keys=keys)}


def _add(tx: Statements, rows: list[Row]) -> None:
    tx.run(QUERIES["add"], rows=rows, seq=rows[-1]["seq"], hash=rows[-1]["hash"])
