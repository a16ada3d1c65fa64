"""Findings: one per (rule, scope, pack), brought up to date every night, never a second one.

Stored: (:Finding {id: RULE|KIND|SCOPE|PACK, ... (NUMBERS), evidence, shown, scope_ids, path, as_of,
run_id, state, life, life_before, calm, ... review}); (:Evaluation {id: FINDING|RUN, finding_id,
as_of, number, run_id, state, ... (NUMBERS), evidence}), appended where band, rule version or state
changes and never rewritten. evidence, shown and life are JSON; calm sorts by severity, worst first;
review properties belong to graph.reviews. How a finding lives: graph.life.

A night is saved once per run: a finding that names the run already is left alone; another attempt
at the same day starts from what was true before that day.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import graph.audit
import graph.keys
import graph.life
import graph.queries
from graph.audit import Act
from graph.connection import Database, Statements
from graph.keys import Row
from graph.life import Life, Night

QUERIES = graph.queries.load("findings")

SILENT = frozenset({"STR-001", "STR-003"})
"""Context: never a finding by itself."""

BATCH = 1_000
PATH_MAX = 1_000
"""Ids of a path that are kept: from the scope upwards people read no further."""

NUMBERS = (
    "rule",
    "version",
    "rulebook",
    "pack",
    "scope_kind",
    "scope_id",
    "currency",
    "band",
    "shown_band",
    "value",
    "lower",
    "upper",
    "ci_lower",
    "ci_upper",
    "numerator",
    "denominator",
    "n",
    "p_adjusted",
    "why",
)
ABSENT = "absent"
"""`why` of an open finding whose scope the rule, evaluated that night, did not name any more."""

FAILED = "failed"
"""`why` of an open finding whose rule did not answer at all that night."""

NIGHT = "night"
"""Who acts when a night wakes a finding."""

NEW, CLOSED = "NEW", "CLOSED"

SEVERITY, LAST_SEEN, FIRST_SEEN = "severity", "last_seen", "first_seen"
FILTERS = (
    "rules",
    "scope_kinds",
    "scope_id",
    "packs",
    "states",
    "review_states",
    "severities",
    "assignee",
    "case_id",
    "snoozed",
)

Place = tuple[Any, str]


class Counts(NamedTuple):
    """What a night did to findings."""

    opened: int = 0
    open: int = 0
    noted: int = 0
    subsided: int = 0
    woken: int = 0


class _Night(NamedTuple):
    """One save: the night, what it found by identity, and which rules it could evaluate."""

    run_id: str
    as_of: str
    now_ms: int
    found: Mapping[str, Row]
    evaluated: frozenset[str]


def identity(row: Row) -> str:
    """RULE|KIND|SCOPE|PACK of a row."""
    names = ("rule", "scope_kind", "scope_id", "pack")
    return graph.keys.identity(*(row[name] for name in names))


def save_all(
    db: Database,
    rows: Iterable[Row],
    *,
    run_id: str,
    as_of: str,
    now_ms: int,
    silent: Collection[str] = SILENT,
) -> dict[str, int]:
    """All that a night has screened: for every rule its row of the network, and what was found.

    Rows carry NUMBERS, path, evidence {kind, ids, count, sha256} or None, shown. `silent` are rules
    that never open a finding (drafts too). A rule whose network row says why it is not evaluable,
    or that has no row, says nothing about its open findings. Counts as `Counts`.
    """
    given = [row for row in rows if row["rule"] not in SILENT and row["rule"] not in silent]
    night = _Night(run_id, as_of, now_ms, _worst(given), _evaluated(given))
    loud = {id for id, row in night.found.items() if _is_loud(row)}
    due = sorted(loud | {row["id"] for row in _open_page(db)})
    total = Counts()
    for start in range(0, len(due), BATCH):
        done = db.together(partial(_saved, ids=due[start : start + BATCH], night=night))
        total = Counts(*(one + other for one, other in zip(total, done, strict=True)))
    return total._asdict()


def _is_loud(row: Row) -> bool:
    return graph.life.rank(row["band"]) >= graph.life.OPENS_AT


def _worst(rows: Iterable[Row]) -> dict[str, Row]:
    """One row per identity: the worst, the first of equals."""
    found: dict[str, Row] = {}
    for row in rows:
        there = found.setdefault(identity(row), row)
        if graph.life.rank(row["band"]) > graph.life.rank(there["band"]):
            found[identity(row)] = row
    return found


def _evaluated(rows: Iterable[Row]) -> frozenset[str]:
    """Rules that said something of the whole network, or something of a part and nothing of it."""
    rows = list(rows)
    cannot = {row["rule"] for row in rows if row["scope_kind"] == "network" and row["why"]}
    return frozenset(row["rule"] for row in rows) - cannot


def _open_page(db: Database) -> Iterator[Row]:
    """All findings that are open, a page at a time."""
    after = ""
    while rows := db.read(QUERIES["open_page"], after=after, limit=BATCH):
        yield from rows
        after = rows[-1]["id"]


def _saved(tx: Statements, *, ids: list[str], night: _Night) -> Counts:
    updates, acts, total = [], [], Counts()
    for standing in _standing(tx, ids):
        if standing["run_id"] == night.run_id:
            continue
        update, act, counted = _lived(standing, night)
        updates += [update] if update else []
        acts += [act] if act else []
        total = Counts(*(one + other for one, other in zip(total, counted, strict=True)))
    _update(tx, updates)
    _drop_empty(tx, ids)
    graph.audit.append(tx, acts)
    return total


def _standing(tx: Statements, ids: list[str]) -> list[Row]:
    return tx.run(QUERIES["standing"], ids=ids)


def _update(tx: Statements, rows: list[Row]) -> None:
    tx.run(QUERIES["update"], rows=rows)


def _drop_empty(tx: Statements, ids: list[str]) -> None:
    tx.run(QUERIES["drop_empty"], ids=ids)


def _lived(standing: Row, night: _Night) -> tuple[Row | None, Act | None, Counts]:
    """What to write of one finding, what to tell the audit, what to count."""
    before = _life_before(standing, night.as_of)
    row = night.found.get(standing["id"]) or _unseen(standing, before, night)
    life = graph.life.after(before, Night(night.as_of, row["band"], row["version"]))
    if life is None:
        return None, None, Counts()
    facts = _facts(row, life, before, night)
    noted = "|".join((life.state, life.band, life.version))
    fresh = noted != standing["noted"]
    evaluations = []
    if fresh:
        number = (standing["number"] or 0) + 1
        facts |= {"noted": noted, "number": number, "noted_run_id": night.run_id}
        evaluations = [_evaluation(standing["id"], facts, life)]
    woken = _wakes(standing, before, life)
    facts |= _rested(standing, woken)
    counted = Counts(
        opened=int(before is None),
        open=int(life.state == graph.life.OPEN),
        noted=int(fresh),
        subsided=int(before is not None and (before.state, life.state) == ("open", "subsided")),
        woken=int(woken),
    )
    update = {"id": standing["id"], "facts": facts, "evaluations": evaluations}
    return update, _act(standing, life, night) if woken else None, counted


def _life_before(standing: Row, as_of: str) -> Life | None:
    """The life before this day: the same day again starts where the first attempt started."""
    text = standing["life_before"] if standing["as_of"] == as_of else standing["life"]
    return Life(*json.loads(text)) if text else None


def _unseen(standing: Row, before: Life | None, night: _Night) -> Row:
    """The row of an open finding that tonight did not name."""
    known = standing["rule"] in night.evaluated
    nothing: Row = dict.fromkeys((*NUMBERS, "path", "evidence", "shown"))
    return {
        **nothing,
        **{name: standing[name] for name in ("rule", "scope_kind", "scope_id", "pack")},
        "version": before.version if before else "",
        "band": graph.life.BANDS[0] if known else graph.life.NE,
        "why": ABSENT if known else _why_not(standing["rule"], night),
    }


def _why_not(rule: str, night: _Night) -> str:
    """Why a rule said nothing tonight: what it says of the network, else that it did not work."""
    network = night.found.get(graph.keys.identity(rule, "network", "", ""))
    return str(network["why"] or FAILED) if network else FAILED


def _facts(row: Row, life: Life, before: Life | None, night: _Night) -> Row:
    facts = {name: row[name] for name in NUMBERS}
    facts["shown_band"] = row["shown_band"] or row["band"]
    if row["path"] is not None:
        facts["path"] = list(row["path"])[-PATH_MAX:]
    return {
        **facts,
        "scope_ids": [id for id in row["scope_id"].split("+") if id],
        "evidence": _text(row["evidence"]),
        "shown": _text(row["shown"] or {}),
        "as_of": night.as_of,
        "run_id": night.run_id,
        "seen_ms": night.now_ms,
        "state": life.state,
        "life": _text(life),
        "life_before": _text(before) if before else None,
        "calm": len(graph.life.BANDS) - 1 - graph.life.rank(life.band),
        "first_seen": life.first_seen,
        "last_seen": life.last_seen,
    }


def _evaluation(id: str, facts: Row, life: Life) -> Row:
    names = (*NUMBERS, "evidence", "shown", "as_of", "run_id", "number", "state")
    kept = {name: facts[name] for name in names if facts[name] is not None}
    kept |= {"finding_id": id, "band_before": life.band_before}
    return {"id": graph.keys.identity(id, facts["run_id"]), "facts": kept}


def _wakes(standing: Row, before: Life | None, life: Life) -> bool:
    """Whether it comes back to reviewers who had put it to rest."""
    quiet = standing["quiet_band"]
    if quiet is None:
        return False
    return graph.life.comes_back(before, life) or graph.life.outgrows(quiet, life)


def _rested(standing: Row, woken: bool) -> Row:
    """Review properties that a night sets: a new finding is NEW, a woken one is so again."""
    if standing["review_state"] is None:
        return {"review_state": NEW, "review_version": 0}
    if not woken:
        return {}
    state = NEW if standing["review_state"] == CLOSED else standing["review_state"]
    rest = ("quiet_band", "snoozed_until_ms", "snoozed_by")
    return {"review_state": state, **dict.fromkeys(rest)}


def _act(standing: Row, life: Life, night: _Night) -> Act:
    return Act(
        key=graph.keys.identity("woken", standing["id"], night.run_id),
        at_ms=night.now_ms,
        actor=NIGHT,
        action="woken",
        subject=standing["id"],
        old={"state": standing["review_state"], "band": standing["quiet_band"]},
        new={"band": life.band, "run_id": night.run_id},
    )


def cited_runs(db: Database) -> list[str]:
    """Ids of runs whose snapshots must stay: an open finding, or one before people, cites them."""
    return [row["run_id"] for row in db.read(QUERIES["cited_runs"]) if row["run_id"]]


def by_ids(db: Database, ids: Sequence[str]) -> list[Row]:
    """Findings {id, ... (all that is stored), life: Life, evidence, shown} of the ids that exist;
    what is not stored is not in the row.
    """
    return [parsed(row) for row in db.read(QUERIES["by_ids"], ids=list(ids))]


def page(
    db: Database,
    sort: str,
    wanted: Row,
    *,
    now_ms: int,
    after: Place | None = None,
    first: int = 50,
) -> list[Row]:
    """A page of findings behind `after` (the sort value, id): by SEVERITY worst first, by LAST_SEEN
    or FIRST_SEEN newest first; first + 1 rows where there are more. `wanted` by FILTERS; None, or
    left out: all. `severities` are bands.
    """
    reader: Callable[..., list[Row]] = {
        SEVERITY: _by_severity,
        LAST_SEEN: _by_last_seen,
        FIRST_SEEN: _by_first_seen,
    }[sort]
    given = {**dict.fromkeys(FILTERS), **wanted, "now_ms": now_ms, "limit": first + 1}
    return [parsed(row) for row in reader(db, after, given)]


def _by_severity(db: Database, after: Place | None, given: Row) -> list[Row]:
    calm, id = after or (0, "")
    return db.read(QUERIES["by_severity"], calm=calm, after=id, **given)


def _by_last_seen(db: Database, after: Place | None, given: Row) -> list[Row]:
    day, id = after or ("9999-99-99", "")
    return db.read(QUERIES["by_last_seen"], day=day, after=id, **given)


def _by_first_seen(db: Database, after: Place | None, given: Row) -> list[Row]:
    day, id = after or ("9999-99-99", "")
    return db.read(QUERIES["by_first_seen"], day=day, after=id, **given)


def count(db: Database, wanted: Row, *, now_ms: int) -> int:
    """How many findings pass a filter."""
    given = {**dict.fromkeys(FILTERS), **wanted, "now_ms": now_ms}
    return int(db.read(QUERIES["count"], **given)[0]["findings"])


def history(db: Database, ids: Sequence[str]) -> list[Row]:
    """Rows {finding_id, as_of, number, run_id, state, ... (NUMBERS), band_before, evidence, shown}:
    what was noted of each, oldest first.
    """
    rows = db.read(QUERIES["history"], ids=list(ids))
    nothing = dict.fromkeys(NUMBERS)
    return [{**nothing, **row["facts"], **_opened_up(row["facts"])} for row in rows]


def parsed(row: Row) -> Row:
    """A finding {id, facts: all that is stored} with its JSON opened up, as `by_ids` gives it."""
    facts = row["facts"]
    nothing = dict.fromkeys((*NUMBERS, "path"))
    life = Life(*json.loads(facts["life"]))
    return {**nothing, **facts, **_opened_up(facts), "life": life, "id": row["id"]}


def _opened_up(facts: Row) -> Row:
    return {
        "evidence": json.loads(facts["evidence"]),
        "shown": json.loads(facts["shown"]),
    }


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
