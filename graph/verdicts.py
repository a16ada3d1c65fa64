"""Verdicts by scope, appended only where they change: "as of a day" is one look.

Stored: (:Verdict {id, scope: KIND|ID, scope_kind, scope_id, as_of, verdict, typologies, packs,
reasons, run_id}), one for each change, packs as JSON; (:VerdictScope {id: KIND|ID, fingerprint,
verdict, as_of}), what stands now. scope_id is "" for the network, ids joined by "+" for a group.
"""

import json
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import graph.keys
import graph.queries
from graph.connection import Database, Statements
from graph.keys import Row

QUERIES = graph.queries.load("verdicts")

NETWORK = "network"


def scope_of(kind: str, id: str) -> str:
    """KIND|ID, as verdicts of a scope are found."""
    return graph.keys.identity(kind, id)


def save_all(db: Database, rows: Iterable[Row], *, run_id: str, as_of: str) -> dict[str, int]:
    """Rows {scope_kind, scope_id, verdict, typologies, packs, reasons}: {scopes, changed}.

    Saved again for the same day they replace that day's own; nothing else is ever replaced.
    """
    found = changed = 0
    for batch in graph.keys.batches(_shaped(row, as_of) for row in rows):
        done = db.together(partial(_save_all, rows=batch, run_id=run_id, as_of=as_of))
        found, changed = found + done["found"], changed + done["changed"]
    return {"scopes": found, "changed": changed}


def _save_all(tx: Statements, *, rows: list[Row], run_id: str, as_of: str) -> Row:
    return tx.run(QUERIES["save_all"], rows=rows, run_id=run_id, as_of=as_of)[0]


def at(db: Database, scopes: Sequence[str], as_of: str) -> list[Row]:
    """Rows {scope, scope_kind, scope_id, as_of (since when), verdict, typologies, packs, reasons,
    run_id} of the scopes (`scope_of`) that had a verdict on that day.
    """
    rows = db.read(QUERIES["at"], scopes=sorted(set(scopes)), as_of=as_of)
    return [_parsed(row) for row in rows]


def history(db: Database, scope: str) -> list[Row]:
    """The same rows of one scope, every change, oldest first."""
    return [_parsed(row) for row in db.read(QUERIES["history"], scope=scope)]


def _shaped(row: Row, as_of: str) -> Row:
    facts = {
        "scope_kind": row["scope_kind"],
        "scope_id": row["scope_id"],
        "verdict": row["verdict"],
        "typologies": list(row["typologies"]),
        "packs": _text(row["packs"]),
        "reasons": list(row["reasons"]),
    }
    scope = scope_of(row["scope_kind"], row["scope_id"])
    fingerprint = _text([facts[name] for name in ("verdict", "typologies", "packs", "reasons")])
    id = graph.keys.identity(row["scope_kind"], row["scope_id"], as_of)
    return {"id": id, "scope": scope, "fingerprint": fingerprint, "facts": facts}


def _parsed(row: Row) -> Row:
    return {**row, "packs": json.loads(row["packs"])}


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
