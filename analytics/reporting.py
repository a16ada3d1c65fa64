"""Reports of a night: the facts of its kept snapshot, worked out and screened again.

Only nights whose snapshot stands on disk can be reported on: the last two, and those that an open
finding cites. Nothing is written to the graph.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

import analytics.night_findings
import analytics.plan_lint
import analytics.plan_store
import analytics.reports.command
import analytics.screening.rulebook
import graph.findings
import graph.runs
from analytics.night_findings import Kept
from analytics.reports.frames import Material
from analytics.reports.tables import PERFORMANCE, RECRUITMENT
from analytics.screening.finding import Screening
from graph.connection import Database
from graph.errors import Missing
from graph.keys import Row
from graph.settings import Settings

DAY_MS = 86_400_000
EPOCH = date(1970, 1, 1)
PAGE = 1_000
SCREENED = frozenset((RECRUITMENT, PERFORMANCE))
"""Reports that say what the rules found."""


def write(
    db: Database,
    settings: Settings,
    kinds: Sequence[str],
    *,
    as_of: str,
    out: Path,
    langs: Sequence[str],
    now_ms: int,
) -> list[Path]:
    """The reports of the night of `as_of` ("": the last one) in `out`; the files.

    Missing where that night is not on disk any more.
    """
    night = kept(db, settings, as_of)
    found = material(db, night, kinds, now_ms=now_ms)
    return analytics.reports.command.write(kinds, found, sources(night), out, langs)


def kept(db: Database, settings: Settings, as_of: str) -> Kept:
    """The last finished night of a day that stands on disk; Missing says which do."""
    nights = [
        night
        for run in _finished(db)
        if (night := Kept(settings, run)).stands and as_of in ("", run["as_of"])
    ]
    if nights:
        return nights[0]
    days = sorted({run["as_of"] for run in _finished(db) if Kept(settings, run).stands})
    known = ", ".join(days) or "none"
    asked = f"of {as_of} " if as_of else ""
    raise Missing(
        f"no night {asked}is kept; those that are: {known}; 'plumbline nightly' makes one"
    )


def _finished(db: Database) -> Iterator[Row]:
    """Finished runs, newest first."""
    return (run for run in graph.runs.page(db, first=PAGE) if run["status"] == graph.runs.FINISHED)


def material(db: Database, night: Kept, kinds: Iterable[str], *, now_ms: int) -> Material:
    """What the reports of these kinds are made of."""
    asked, facts = night.asked, night.facts(db)
    plans = analytics.plan_store.by_ids(db, [asked.plan]) if asked.plan else []
    plan = plans[0] if plans else None
    products = facts.columns.products if facts.given.products else None
    screening: Screening | None = None
    if SCREENED & set(kinds):
        rules = analytics.screening.rulebook.all_rules()
        screening = analytics.night_findings.screen(facts, asked, rules)
    return Material(
        as_of=asked.as_of,
        facts=facts,
        screening=screening,
        plan=plan,
        complaints=analytics.plan_lint.lint(plan, products, asked.currency) if plan else [],
        findings=findings(db, now_ms=now_ms) if PERFORMANCE in kinds else (),
    )


def findings(db: Database, *, now_ms: int) -> list[dict[str, Any]]:
    """All findings as the performance of the rules counts them."""
    found: list[dict[str, Any]] = []
    after: tuple[Any, str] | None = None
    while rows := graph.findings.page(
        db, graph.findings.FIRST_SEEN, {}, now_ms=now_ms, after=after, first=PAGE
    ):
        found += [_counted(row, now_ms) for row in rows[:PAGE]]
        if len(rows) <= PAGE:
            break
        last = rows[PAGE - 1]
        after = (last["life"].first_seen, last["id"])
    return found


def _counted(row: Row, now_ms: int) -> dict[str, Any]:
    life = row["life"]
    return {
        "rule": row["rule"],
        "version": life.version,
        "state": row.get("review_state") or graph.findings.NEW,
        "outcome": row.get("outcome"),
        "first_seen_ms": (date.fromisoformat(life.first_seen) - EPOCH).days * DAY_MS,
        "snoozes": int((row.get("snoozed_until_ms") or 0) > now_ms),
    }


def sources(night: Kept) -> dict[str, str]:
    """What the figures of a night follow from, for the id of a report."""
    digests, asked = night.run["digests"], night.asked
    return {
        "snapshot": _digest(digests["snapshots"]),
        "entries": _digest(digests["commissions"]),
        "currency": asked.currency,
    }


def _digest(of: Mapping[str, str]) -> str:
    return hashlib.sha256(msgspec.json.encode(dict(of), order="deterministic")).hexdigest()
