"""One night: claim, snapshot, structure, volumes, commissions, entries, findings, record.

Each step gathers, works out and keeps. What it keeps on disk is a generation with digests, noted in
the run record when it is whole, so a night that was killed goes on at the first step that is not.
Nothing reaches the ledger before the commissions of the whole night stand on disk; then every order
is frozen and its entries booked in one transaction, by identity: whatever is repeated is done once.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

import analytics.as_of
import analytics.generations
import analytics.ledger_since
import analytics.network
import analytics.night_book
import analytics.night_changes
import analytics.night_findings
import analytics.night_totals
import analytics.night_work
import analytics.plan_store
import analytics.screening.rulebook
import analytics.snapshot
import analytics.structure
import analytics.volumes
import graph.commissions
import graph.jobs
import graph.migrations
import graph.runs
from analytics.columns import Columns
from analytics.commission_schema import Booked
from analytics.generations import Manifest
from analytics.network import Network
from analytics.plan import Plans
from analytics.watch import Watch
from graph.connection import Database
from graph.errors import Conflict, Misconfigured, PlumblineError
from graph.keys import BATCH_ROWS_MAX, Row
from graph.settings import Settings

Facts = dict[str, Any]


class Who(NamedTuple):
    """The process that holds the night, and its clock (ms UTC)."""

    host: str
    pid: int
    now: Callable[[], int]


@dataclass
class Night:
    """What the steps of one run share; whatever is not in memory is read back from disk."""

    db: Database
    settings: Settings
    run: Row
    as_of_ms: int
    booked: Booked | None
    last: Facts  # totals of the last finished night
    plans: Plans
    who: Who
    watch: Watch
    batch_rows: int
    counts: Facts = field(default_factory=dict)
    totals: Facts = field(default_factory=dict)
    digests: Facts = field(default_factory=dict)

    def folder(self, what: str) -> Path:
        """Where this run keeps `what`."""
        return analytics.night_findings.shelf(
            self.settings, what
        ) / analytics.ledger_since.folder_name(self.run)

    @cached_property
    def columns(self) -> Columns:
        """The snapshot of this night."""
        return analytics.snapshot.read(self.folder("snapshots"), check=False)[0]

    @cached_property
    def network(self) -> Network:
        """The sponsor forest at as-of."""
        return analytics.network.at(self.columns, self.as_of_ms)

    @property
    def facts(self) -> analytics.generations.Facts:
        """What every generation of this run is written with."""
        return {"run": self.run["id"], "seq": self.run["seq"]}

    def keep(self, what: str, frames: dict[str, pl.DataFrame]) -> Facts:
        """Write frames as the generation `what` of this run; the rows of each."""
        return self.noted(what, analytics.generations.write(frames, self.folder(what), self.facts))

    def noted(self, what: str, manifest: Manifest) -> Facts:
        """Take the digests of a generation into the record; the rows of each frame."""
        self.digests[what] = manifest.sha256
        return dict(manifest.rows)


def snapshot(night: Night) -> Facts:
    """The graph as columns, up to the change that the run was claimed at."""
    brought = analytics.snapshot.bring(
        night.db,
        night.folder("snapshots"),
        night.run,
        commissions=analytics.night_findings.shelf(night.settings, "commissions"),
        tick=night.watch.tick,
    )
    night.columns = brought.columns
    return {**night.noted("snapshots", brought.manifest), **brought.told}


def structure(night: Night) -> Facts:
    """Depth, downline, height and recruits of everyone."""
    frame = analytics.structure.work_out(night.columns, night.network)
    night.totals["faults"] = [fault._asdict() for fault in night.network.faults]
    night.keep("structure", {"structure": frame})
    placed = int((night.network.depth >= 0).sum())
    return {"placed": placed, "faults": len(night.network.faults)}


def volumes(night: Night) -> Facts:
    """Own and group volume of everyone by month and currency."""
    frame = analytics.volumes.work_out(night.columns, night.network, night.settings.zone)
    return night.keep("volumes", {"volumes": frame})


def commissions(night: Night) -> Facts:
    """Every path and entry that is not yet in the ledger, and what the night adds up to."""
    asked = analytics.night_work.Night(
        columns=night.columns,
        plans=night.plans,
        older=analytics.plan_store.older(night.db, night.plans, night.columns.frozen["plan"]),
        booked=night.booked,
        as_of_ms=night.as_of_ms,
        seq=night.run["seq"],
        zone=night.settings.zone,
        currency=night.settings.currency,
    )
    tally = analytics.night_totals.Tally(night.last)
    manifest = analytics.generations.write_parts(
        analytics.night_work.parts(asked, tally), night.folder("commissions"), night.facts
    )
    night.totals |= tally.totals(night.columns.entries)
    return night.noted("commissions", manifest)


def entries(night: Night) -> Facts:
    """Freeze and book what was found, then count."""
    folder = night.folder("commissions")
    kept = analytics.generations.standing(folder)
    analytics.generations.hold(folder, kept)
    given = kept.rows["entries"]
    written = 0

    def done(entries: int) -> None:
        nonlocal written
        written += entries
        graph.runs.heartbeat(night.db, night.run["id"], now_ms=night.who.now())
        night.watch.tick("booking", written, given)

    expected = night.counts["snapshot"]["entries"] + given
    to_come = expected - graph.commissions.count(night.db)
    with graph.commissions.in_mass(night.db, to_come) as in_mass:
        booked = analytics.night_book.book(
            night.db,
            analytics.generations.parts(folder),
            night.run["id"],
            seq=night.run["seq"],
            batch_rows=night.batch_rows,
            done=done,
        )
        if in_mass:
            night.watch.note("making_indexes", entries=given)
    found = graph.commissions.count(night.db)
    if found != expected:
        raise Conflict(
            f"the ledger holds {found} entries where {expected} were expected; nothing was removed:"
            f" compare run {night.run['id']} with its files in {folder}"
        )
    return {**booked._asdict(), "ledger": found}


def findings(night: Night) -> Facts:
    """What the rules say of the network and its parts, kept on disk and in the graph."""
    version = int(night.plans.in_force(np.array([night.as_of_ms], np.int64))[0])
    plan = night.plans.versions[version] if version >= 0 else None
    standing = analytics.night_changes.standing(
        night.db,
        analytics.screening.rulebook.all_rules(),
        night.settings,
        night.last.get("screening", {}).get("standing", {}),
    )
    asked = analytics.night_findings.asked(
        night.db, standing.settings, night.run, night.as_of_ms, plan
    )
    facts = analytics.night_findings.facts(
        night.columns,
        night.folder("commissions"),
        asked,
        plan,
        analytics.night_findings.salt(night.settings),
    )
    screening = analytics.night_findings.screen(facts, asked, standing.rules)
    found = analytics.night_findings.rows(screening)
    frames = analytics.night_findings.frames(found, screening)
    manifest = analytics.generations.write(
        frames, night.folder("findings"), {**night.facts, **asked.facts()}
    )
    now_ms = night.who.now()
    saved = analytics.night_findings.save(night.db, found, screening, night.run, now_ms=now_ms)
    night.totals["screening"] = analytics.night_findings.told(screening, standing)
    return {**night.noted("findings", manifest), **saved, "failed": len(screening.errors)}


def record(night: Night) -> Facts:
    """What older nights left on disk goes; the last two stay, and what open findings cite."""
    last = graph.runs.last_finished(night.db)
    names = {analytics.ledger_since.folder_name(run) for run in (night.run, last) if run}
    cited = frozenset(analytics.night_findings.cited(night.db)) | names
    removed = 0
    for what in night.digests:
        shelf = analytics.night_findings.shelf(night.settings, what)
        keep = cited if what in analytics.night_findings.FOLLOWED else frozenset(names)
        removed += analytics.generations.prune(shelf, keep)
    return {"removed": removed}


class Step(NamedTuple):
    """A step, and the generation that it keeps ("" for one that writes to the graph)."""

    work: Callable[[Night], Facts]
    keeps: str

    @property
    def name(self) -> str:
        """What records and logs call it."""
        return self.work.__name__


STEPS = (
    Step(snapshot, "snapshots"),
    Step(structure, "structure"),
    Step(volumes, "volumes"),
    Step(commissions, "commissions"),
    Step(entries, ""),
    Step(findings, "findings"),
    Step(record, ""),
)


class Outcome(NamedTuple):
    """What became of the night: graph.runs.STARTED, RESUMED or NOTHING_NEW, and its record."""

    outcome: str
    run: Row


def run(
    db: Database,
    settings: Settings,
    as_of: str,
    *,
    who: Who,
    watch: Watch,
    batch_rows: int = BATCH_ROWS_MAX,
) -> Outcome:
    """Work one night out and book it; nothing new is an outcome, not an error.

    `as_of` is a day, YYYY-MM-DD; `batch_rows` is what one transaction writes.

    Locked while a load or another night runs, Misconfigured for a date before the last finished
    one or before one that was begun.
    """
    as_of = _day(as_of)
    as_of_ms = analytics.as_of.moment_ms(as_of, settings.zone)
    with graph.jobs.held(db, kind=graph.jobs.NIGHT, host=who.host, pid=who.pid, now=who.now):
        _refuse_before_unfinished(db, as_of)
        last = graph.runs.last_finished(db)
        claim = graph.runs.claim(db, as_of, host=who.host, pid=who.pid, now_ms=who.now())
        if claim.outcome == graph.runs.TOO_EARLY:
            raise Misconfigured(
                f"the night of {claim.run['as_of']} is finished; {as_of} is earlier than that"
            )
        if claim.outcome == graph.runs.NOTHING_NEW:
            return Outcome(claim.outcome, claim.run)
        graph.migrations.complete(db)
        analytics.plan_store.provide(db, settings.plan)
        night = Night(
            db=db,
            settings=settings,
            run=claim.run,
            as_of_ms=as_of_ms,
            booked=_booked(last),
            last=last["totals"] if last else {},
            plans=analytics.plan_store.versions(db, settings.plan),
            who=who,
            watch=watch,
            batch_rows=batch_rows,
            counts={**claim.run["counts"], "as_of_ms": as_of_ms},
            totals=claim.run["totals"],
            digests=claim.run["digests"],
        )
        _walk_through(night)
        return Outcome(claim.outcome, graph.runs.by_ids(db, [claim.run["id"]])[0])


def _day(text: str) -> str:
    try:
        return str(date.fromisoformat(text))
    except ValueError:
        raise Misconfigured(f"{text!r} is not a day; write it like 2026-10-31") from None


def _walk_through(night: Night) -> None:
    """Every step that is not done yet, each noted when it is; an error is noted with its step."""
    for step in STEPS:
        if _is_done(night, step):
            night.watch.note("step_kept", step=step.name)
            continue
        night.watch.begin(step.name)
        started = time.monotonic()
        try:
            night.counts[step.name] = step.work(night)
        except PlumblineError as problem:
            with suppress(PlumblineError):
                said = f"{step.name}: {problem}"
                graph.runs.fail(night.db, night.run["id"], now_ms=night.who.now(), error=said)
            raise
        seconds = round(time.monotonic() - started, 3)
        night.watch.end(step.name, **night.counts[step.name], seconds=seconds)
        night.counts.setdefault("seconds", {})[step.name] = seconds
        _note(night, step.name, night.who.now())


def _note(night: Night, step: str, now_ms: int) -> None:
    facts = {"counts": night.counts, "totals": night.totals, "digests": night.digests}
    graph.runs.step_done(night.db, night.run["id"], step, now_ms=now_ms, **facts)
    if step == STEPS[-1].name:
        graph.runs.finish(night.db, night.run["id"], now_ms=now_ms)


def _is_done(night: Night, step: Step) -> bool:
    """Whether the record says so, and what the step kept is still what the record says."""
    order = ["", *(one.name for one in STEPS)]
    if order.index(night.run["step"]) < order.index(step.name):
        return False
    kept = analytics.generations.manifest(night.folder(step.keeps)) if step.keeps else None
    return not step.keeps or (
        kept is not None
        and kept.sha256 == night.digests.get(step.keeps)
        and analytics.generations.whole(night.folder(step.keeps))
    )


def _refuse_before_unfinished(db: Database, as_of: str) -> None:
    """A later night that has begun to book is finished first: its events are in the ledger."""
    latest = graph.runs.page(db, first=1)
    if latest and latest[0]["status"] != graph.runs.FINISHED and as_of < latest[0]["as_of"]:
        if latest[0]["step"] in ("commissions", "entries", "findings", "record"):
            raise Misconfigured(
                f"the night of {latest[0]['as_of']} has begun to book and did not end; run it"
                f" first: plumbline nightly --as-of {latest[0]['as_of']}"
            )


def _booked(last: Row | None) -> Booked | None:
    return None if last is None else Booked(last["seq"], last["counts"]["as_of_ms"])
