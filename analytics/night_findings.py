"""What a night finds: facts from its columns and ledger, screened, kept on disk and in the graph.

What screening was asked with (plan, packs, allowance, ...) stands in the facts of the generation,
so that a finding can be worked out again from the snapshot that it cites, whatever has been loaded
or set since.
"""

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import polars as pl

import analytics.assembly
import analytics.facts.work_out
import analytics.generations
import analytics.ledger_since
import analytics.plan_store
import analytics.screening.evaluate
import analytics.screening.packs
import analytics.screening.rulebook
import analytics.snapshot
import graph.findings
import graph.loads
import graph.runs
import graph.sealing
import graph.verdicts
from analytics.columns import Columns
from analytics.facts.frames import Facts
from analytics.night_changes import Standing
from analytics.plan import Plan
from analytics.screening.finding import Finding, Screening
from analytics.screening.rulebook import Rule
from graph.connection import Database
from graph.errors import Missing
from graph.keys import Row
from graph.settings import Settings

FOLLOWED = ("snapshots", "commissions", "findings")
"""Generations that a finding can be worked out again from."""
REASONS_KEPT = 3
TEXTS = ("path", "evidence", "shown")
FINDINGS: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "value": pl.Float64,
    "lower": pl.Float64,
    "upper": pl.Float64,
    "ci_lower": pl.Float64,
    "ci_upper": pl.Float64,
    "numerator": pl.Float64,
    "denominator": pl.Float64,
    "n": pl.Float64,
    "p_adjusted": pl.Float64,
}
"""The numbers of a kept finding; all else is text, path, evidence and shown as JSON."""


@dataclass(frozen=True)
class Asked:
    """What findings follow from, beside the columns and the ledger. `plan`: NAME@VERSION or ""."""

    as_of: str
    as_of_ms: int
    plan: str
    packs: tuple[str, ...]
    allowance: Mapping[str, int]
    currency: str
    time_zone: str
    rejected_in_cycles: Mapping[str, int]

    def facts(self) -> dict[str, str]:
        """As a generation keeps it."""
        return {"asked": json.dumps(dataclasses.asdict(self), sort_keys=True)}


def asked(db: Database, settings: Settings, run: Row, as_of_ms: int, plan: Plan | None) -> Asked:
    """What tonight is asked; `plan` is the version in force at as-of."""
    names = analytics.screening.packs.active(settings.pack_names, plan.packs if plan else ())
    return Asked(
        as_of=run["as_of"],
        as_of_ms=as_of_ms,
        plan=plan.id if plan else "",
        packs=names,
        allowance=settings.allowances,
        currency=settings.currency,
        time_zone=settings.time_zone,
        rejected_in_cycles=graph.loads.rejected_in_cycles(db, upto=run["seq"]),
    )


def screen(facts: Facts, asked: Asked, rules: Mapping[str, Rule]) -> Screening:
    """All that the rules say; drafts among them are only noted."""
    return analytics.screening.evaluate.screen(
        facts, as_of=asked.as_of, packs=asked.packs, rules=rules
    )


def facts(
    columns: Columns, commissions: Path, asked: Asked, plan: Plan | None, salt: bytes | None
) -> Facts:
    """The facts of a night: what another system has paid, else the whole ledger to date;
    `commissions` is the generation of what the night has booked.
    """
    paid = "payouts" in columns.files
    return analytics.facts.work_out.work_out(
        columns,
        as_of_ms=asked.as_of_ms,
        zone=ZoneInfo(asked.time_zone),
        currency=asked.currency,
        entries=None if paid else _ledger(columns, commissions),
        plan=plan,
        allowance=asked.allowance,
        salt=salt,
        rejected_in_cycles=asked.rejected_in_cycles,
    )


def salt(settings: Settings) -> bytes | None:
    """The salt of the data folder; None where nothing has been hashed yet."""
    return graph.sealing.salt(settings.data_folder) if settings.salt_file.exists() else None


def _ledger(columns: Columns, commissions: Path) -> pl.DataFrame:
    """What the ledger held when the night began, and what the night has booked."""
    keys = {noun: getattr(columns, noun)["key"].to_numpy() for noun in ("distributors", "orders")}
    booked = analytics.ledger_since.rows(commissions)["entries"]
    fresh = analytics.assembly.resolved("entries", booked, keys, None)["entries"]
    return pl.concat([columns.entries, fresh]) if fresh.height else columns.entries


def rows(screening: Screening) -> list[Row]:
    """Every finding, and of every rule what it says of the network, as graph.findings takes it."""
    found = {id(one): one for one in (*screening.rules.values(), *screening.findings)}
    return [dataclasses.asdict(one) for one in found.values()]


def frames(found: Iterable[Row], screening: Screening) -> dict[str, pl.DataFrame]:
    """Findings and verdicts as a generation keeps them."""
    names = [field.name for field in dataclasses.fields(Finding)]
    schema = {name: FINDINGS.get(name, pl.String) for name in names}
    kept = [
        {name: _text(row[name]) if name in TEXTS else row[name] for name in names} for row in found
    ]
    verdicts = [
        {name: value if isinstance(value, str) else _text(value) for name, value in one.items()}
        for one in verdict_rows(screening)
    ]
    texts = dict.fromkeys(verdicts[0], pl.String)
    return {
        "findings": pl.DataFrame(kept, schema=schema),
        "verdicts": pl.DataFrame(verdicts, schema=texts),
    }


def verdict_rows(screening: Screening) -> list[Row]:
    """Verdicts as graph.verdicts takes them."""
    return [dataclasses.asdict(one) for one in screening.verdicts.values()]


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def save(db: Database, found: Iterable[Row], screening: Screening, run: Row, *, now_ms: int) -> Row:
    """Bring the findings and verdicts of the graph up to this night; what became of them."""
    night = {"run_id": run["id"], "as_of": run["as_of"]}
    silent = {*graph.findings.SILENT, *(one.rule for one in screening.drafts)}
    counts = graph.findings.save_all(db, found, **night, now_ms=now_ms, silent=silent)
    return {**counts, **graph.verdicts.save_all(db, verdict_rows(screening), **night)}


def told(screening: Screening, standing: Standing) -> Row:
    """What the record of the night keeps: the verdict of the network, why, what failed, and what
    waits for a second person.
    """
    verdict = screening.verdict
    reasons = [screening.rules[rule] for rule in verdict.reasons if rule in screening.rules]
    return {
        "verdict": verdict.verdict,
        "typologies": list(verdict.typologies),
        "packs": list(screening.packs),
        "rulebook": screening.rulebook,
        "rulebook_sha256": screening.rulebook_sha256,
        "reasons": [_told(one) for one in reasons[:REASONS_KEPT]],
        "errors": dict(screening.errors),
        "waiting": list(standing.waiting),
        "standing": standing.kept,
    }


def _told(one: Finding) -> Row:
    row: Row = json.loads(_text({**dataclasses.asdict(one), "evidence": None, "path": []}))
    return row


class Recomputed(NamedTuple):
    """A finding as it is kept, what its snapshot gives now (None: the rule does not name its scope)
    and the version of the rule today.
    """

    kept: Row
    now: Row | None
    version: str

    @property
    def same_rule(self) -> bool:
        """Whether the rule is still the version that found it."""
        return bool(self.kept["version"] == self.version)

    @property
    def same(self) -> bool:
        """Whether value and band are those that are kept, to the last bit."""
        now = self.now or {"value": None, "band": "none"}
        return all(self.kept[name] == now[name] for name in ("value", "band"))


def recompute(db: Database, settings: Settings, id: str) -> Recomputed:
    """Work a finding out again from the snapshot that it cites. Missing where there is no such
    finding or its night is no longer on disk; Conflict where that is damaged.
    """
    found = graph.findings.by_ids(db, [id])
    if not found:
        raise Missing(f"there is no finding {id!r}")
    kept = found[0]
    run = graph.runs.by_ids(db, [kept["run_id"]])
    night = Kept(settings, run[0]) if run else None
    if night is None or not night.stands:
        raise Missing(f"the snapshot of run {kept['run_id']} that {id} cites is no longer kept")
    now = {graph.findings.identity(row): row for row in _worst_last(night.again(db))}
    rule = analytics.screening.rulebook.all_rules().get(kept["rule"])
    return Recomputed(kept, now.get(id), rule.version if rule else "")


def _worst_last(found: Iterable[Row]) -> list[Row]:
    """Of several rows of one identity the worst counts."""
    order = analytics.screening.rulebook.SEVERITIES
    place = {band: at for at, band in enumerate(order)}
    return sorted(reversed(list(found)), key=lambda row: place.get(row["band"], -1))


@dataclass(frozen=True)
class Kept:
    """Where a run keeps what it has worked out."""

    settings: Settings
    run: Row

    def folder(self, what: str) -> Path:
        """The generation `what` of the run."""
        return shelf(self.settings, what) / analytics.ledger_since.folder_name(self.run)

    @property
    def stands(self) -> bool:
        """Whether everything that findings follow from is on disk as the run's record says."""
        return all(
            (kept := analytics.generations.manifest(self.folder(what))) is not None
            and kept.sha256 == self.run["digests"].get(what)
            for what in FOLLOWED
        )

    @property
    def asked(self) -> Asked:
        """What the night was asked."""
        manifest = analytics.generations.standing(self.folder("findings"))
        raw = json.loads(str(manifest.facts["asked"]))
        return Asked(**{**raw, "packs": tuple(raw["packs"])})

    def facts(self, db: Database) -> Facts:
        """The facts of the night, worked out anew."""
        asked = self.asked
        plans = analytics.plan_store.by_ids(db, [asked.plan]) if asked.plan else []
        columns, _ = analytics.snapshot.read(self.folder("snapshots"))
        plan = plans[0] if plans else None
        return facts(columns, self.folder("commissions"), asked, plan, salt(self.settings))

    def again(self, db: Database) -> list[Row]:
        """What the rules of today say of that night."""
        rules = analytics.screening.rulebook.all_rules()
        return rows(screen(self.facts(db), self.asked, rules))


def shelf(settings: Settings, what: str) -> Path:
    """The snapshots stand apart: they are what other machines may read."""
    data = settings.data_folder
    return data / "snapshots" if what == "snapshots" else data / "nights" / what


def cited(db: Database) -> Iterator[str]:
    """The folders of the nights that findings before people cite."""
    ids = sorted(set(graph.findings.cited_runs(db)))
    yield from (analytics.ledger_since.folder_name(run) for run in graph.runs.by_ids(db, ids))
