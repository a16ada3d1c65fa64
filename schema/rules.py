"""The rules as the API shows them: question in words, numbers, law with its status, changes."""

from collections.abc import Sequence

import strawberry

import analytics.screening.rulebook
import graph.changes
from analytics.screening.rulebook import Band, Words
from analytics.screening.rulebook import Rule as Stated
from graph.connection import Database
from graph.keys import Row
from graph.money import Exact
from schema.coded import Coded, judged, judged_or_none
from schema.context import Info
from schema.fields import field
from schema.scalars import Moment


@strawberry.type(description="A stretch of values with one severity.")
class RuleBand:
    """Edges as fractions; null: no edge on that side."""

    lower: str | None = strawberry.field(description="From here on, such as 1/3.")
    upper: str | None = strawberry.field(description="Up to here.")
    severity: Coded = strawberry.field(description="What a value in it amounts to.")
    reason: str | None = strawberry.field(description="Why the edge stands there.")


@strawberry.type(description="What one law or authority holds against the measure.")
class RuleThreshold:
    """A limit of one jurisdiction."""

    jurisdiction: str = strawberry.field(description="The jurisdiction or order.")
    threshold: str = strawberry.field(description="Its limit, in words or numbers.")
    weight: Coded | None = strawberry.field(description="How much it binds.")


@strawberry.type(description="Where a number comes from, and whether that was read.")
class RuleSource:
    """What is not `found` is for the report only."""

    cite: str = strawberry.field(description="The citation.")
    url: str | None = strawberry.field(description="Where it was read.")
    date: str | None = strawberry.field(description="Its date, as given.")
    effective_from: str | None = strawberry.field(description="The day from which it is in force.")
    status: Coded = strawberry.field(description="Found, secondary, or to verify.")


@strawberry.type(description="The smallest size below which the rule is not evaluable.")
class RuleGate:
    """One size of the gate."""

    name: str = strawberry.field(description="What is counted.")
    least: float = strawberry.field(description="How many there must be.")


@strawberry.type(description="A change of a rule, a threshold or a setting that takes two people.")
class Change:
    """Proposed by one, in force once another has approved it."""

    change_id: str = strawberry.field(description="Its own id.")
    subject: str = strawberry.field(description="The rule's id, or the setting's name.")
    before: str = strawberry.field(description="What holds.")
    after: str = strawberry.field(description="What shall hold.")
    reason: str = strawberry.field(description="Why.")
    proposed_by: str = strawberry.field(description="Who proposed it.")
    proposed_at: Moment = strawberry.field(description="When.")
    decided_by: str | None = strawberry.field(description="Who decided.")
    decided_at: Moment | None = strawberry.field(description="When.")
    words: strawberry.Private[tuple[str, str]]

    @field("Rule, threshold or setting.")
    def kind(self, info: Info) -> Coded:
        """A word of the kinds."""
        return judged("change_kind", self.words[0], info.context.lang)

    @field("Waiting, approved or rejected.")
    def state(self, info: Info) -> Coded:
        """A word of the states."""
        return judged("change", self.words[1], info.context.lang)


@strawberry.type(description="One rule of the rulebook: what it asks, measures, and by what right.")
class Rule:
    """A rule as its file states it."""

    rule_id: str = strawberry.field(description="Its id, such as REC-001.")
    version: str = strawberry.field(description="Its version; another one is another evaluation.")
    digest: str = strawberry.field(description="The sha256 of its file.")
    family: str = strawberry.field(description="What it is about.")
    direction: str = strawberry.field(description="Which direction is worse.")
    unit: str = strawberry.field(description="What its value is: ratio, times, money, count.")
    window_days: int = strawberry.field(description="Days looked back; 0: lifetime, or as-of.")
    by_currency: bool = strawberry.field(description="Whether currencies are judged apart.")
    scopes: list[str] = strawberry.field(description="What it looks at.")
    opens: bool = strawberry.field(description="Whether it makes findings by itself.")
    draft: bool = strawberry.field(description="Whether it only runs beside the live ones.")
    gates: list[RuleGate] = strawberry.field(description="What it needs to be evaluable.")
    stated: strawberry.Private[Stated]

    @field("Its name.")
    def name(self, info: Info) -> str:
        """In the viewer's language."""
        return self.stated.name[info.context.lang]

    @field("What it asks.")
    def question(self, info: Info) -> str:
        """In the viewer's language."""
        return self.stated.question[info.context.lang]

    @field("What it measures.")
    def measure(self, info: Info) -> str:
        """In the viewer's language."""
        return self.stated.measure[info.context.lang]

    @field("How much a breach of it binds.")
    def legal_weight(self, info: Info) -> Coded:
        """A word of the weights."""
        return judged("weight", self.stated.legal_weight, info.context.lang)

    @field("Its bands, by value.")
    def bands(self, info: Info) -> list[RuleBand]:
        """With their edges as fractions."""
        return [_band(band, info.context.lang) for band in self.stated.bands]

    @field("What laws and authorities hold against it.")
    def thresholds(self, info: Info) -> list[RuleThreshold]:
        """By jurisdiction, as far as known."""
        return [
            RuleThreshold(
                jurisdiction=one.code,
                threshold=one.threshold,
                weight=judged_or_none("weight", one.weight or None, info.context.lang),
            )
            for one in self.stated.jurisdictions
        ]

    @field("Where it comes from.")
    def sources(self, info: Info) -> list[RuleSource]:
        """Each with its status."""
        return [
            RuleSource(
                cite=one.cite,
                url=one.url or None,
                date=one.date or None,
                effective_from=one.effective_from or None,
                status=judged("source", one.status, info.context.lang),
            )
            for one in self.stated.sources
        ]

    @field("Innocent causes to rule out first.")
    def innocent(self, info: Info) -> list[str]:
        """In the viewer's language."""
        return _each(self.stated.innocent, info.context.lang)

    @field("What to do when it fires, step by step.")
    def triage(self, info: Info) -> list[str]:
        """In the viewer's language."""
        return _each(self.stated.triage, info.context.lang)

    @field("What an officer needs as evidence.")
    def evidence(self, info: Info) -> list[str]:
        """In the viewer's language."""
        return _each(self.stated.evidence, info.context.lang)

    @field("Its changes: proposed, approved, rejected; oldest first.")
    async def changes(self, info: Info) -> list[Change]:
        """Of this rule and its thresholds."""
        rows = await info.context.batches.load(_changes_of, self.rule_id)
        return [change(row) for row in rows]


def all_rules() -> list[Rule]:
    """All rules in the order of the rulebook."""
    return [_rule(one) for one in analytics.screening.rulebook.all_rules().values()]


def by_id(id: str) -> Rule | None:
    """The rule of an id; None where the rulebook has none."""
    found = analytics.screening.rulebook.all_rules().get(id)
    return _rule(found) if found else None


def change(row: Row) -> Change:
    """A change as stored."""
    return Change(
        change_id=row["id"],
        subject=row["subject"],
        before=row["before"],
        after=row["after"],
        reason=row["reason"],
        proposed_by=row["proposed_by"],
        proposed_at=row["proposed_ms"],
        decided_by=row.get("decided_by"),
        decided_at=row.get("decided_ms"),
        words=(row["kind"], row["state"]),
    )


def _changes_of(db: Database, ids: Sequence[str]) -> list[list[Row]]:
    """All changes at once, by rule: they are few."""
    rows = [row for state in graph.changes.STATES for row in graph.changes.by_state(db, state)]
    rows.sort(key=lambda row: (row["proposed_ms"], row["id"]))
    return [[row for row in rows if row["subject"].split(":")[0] == id] for id in ids]


def _rule(one: Stated) -> Rule:
    return Rule(
        rule_id=one.id,
        version=one.version,
        digest=one.digest,
        family=one.family,
        direction=one.direction,
        unit=one.unit,
        window_days=one.window_days,
        by_currency=one.by_currency,
        scopes=list(one.scopes),
        opens=one.opens,
        draft=one.draft,
        gates=[RuleGate(name=name, least=float(least)) for name, least in one.gate.items()],
        stated=one,
    )


def _band(band: Band, lang: str) -> RuleBand:
    return RuleBand(
        lower=_edge(band.lower),
        upper=_edge(band.upper),
        severity=judged("band", band.severity, lang),
        reason=dict(band.reason).get(lang),
    )


def _edge(edge: Exact | None) -> str | None:
    return None if edge is None else str(edge)


def _each(given: Sequence[Words], lang: str) -> list[str]:
    return [one[lang] for one in given]
