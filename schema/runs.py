"""Nights as the API shows them: what a run did, counted, summed up and fingerprinted."""

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

import strawberry
from strawberry import relay

import graph.runs
from analytics.nightly import STEPS
from graph.connection import Database
from graph.keys import Row
from schema.coded import Coded, listed
from schema.connections import Connection, Number, connection, page
from schema.conservation import Conservation, conservation
from schema.context import Info
from schema.fields import field
from schema.money import Money, known
from schema.nodes import in_order
from schema.scalars import BigInt, Currency, Day, Fraction, Moment, Period

ATTEMPTS_MAX = 2**31
"""Above every attempt there can be."""


@strawberry.type(description="A number with its name.")
class Figure:
    """One count of a step."""

    name: str = strawberry.field(description="What was counted.")
    value: BigInt = strawberry.field(description="How many.")


@strawberry.type(description="One step of a night that is done.")
class RunStep:
    """A step and what it counted."""

    name: str = strawberry.field(description="The step's name.")
    seconds: float | None = strawberry.field(description="How long it took.")
    counts: list[Figure] = strawberry.field(description="What it counted.")


@strawberry.type(description="The sha256 of one result of a night: same input, same digest.")
class Digest:
    """A fingerprint."""

    name: str = strawberry.field(description="Which result.")
    sha256: str = strawberry.field(description="Its fingerprint.")


@strawberry.type(description="One paid level in one currency: the whole ledger after the night.")
class RunLevel:
    """Level 0 holds what no level claims."""

    currency: Currency = strawberry.field(description="The currency.")
    level: int = strawberry.field(description="The paid level; 0: what no level claims.")
    entries: int = strawberry.field(description="Entries of the ledger.")
    sales: Money = strawberry.field(description="Accruals.")
    taken_back: Money = strawberry.field(description="Reversals, negative.")
    booked: int = strawberry.field(description="Entries that this night booked.")
    booked_amount: Money = strawberry.field(description="Their sum.")
    promised: Fraction = strawberry.field(description="Base times rate, in minor units.")
    breakage: Fraction = strawberry.field(description="What nobody earned, in minor units.")
    capped: Money = strawberry.field(description="What caps cut away.")
    rounding: Fraction = strawberry.field(description="What rounding moved, in minor units.")


@strawberry.type(description="What closing a month at this night's time would cut.")
class WouldCut:
    """A month in one currency."""

    period: Period = strawberry.field(description="The month.")
    beneficiary_cut: Money = strawberry.field(description="By the cap per beneficiary.")
    company_cut: Money = strawberry.field(description="By the cap of the company's payout share.")


@strawberry.type(description="Something that the night found worth saying, with a few examples.")
class RunNote:
    """A code with how often it was met."""

    code: str = strawberry.field(description="The stable code.")
    count: int = strawberry.field(description="How often.")
    first: list[str] = strawberry.field(description="Own ids of the first few.")


@strawberry.type(description="One attempt at the night of one day.")
class Run(relay.Node):
    """A run record."""

    run_id: str = strawberry.field(description="AS_OF#ATTEMPT, as entries name it.")
    as_of: Day = strawberry.field(description="The day whose end the run works up to.")
    attempt: int = strawberry.field(description="1 for the first run of that day.")
    step: str = strawberry.field(description="The last step that is done.")
    seq: BigInt = strawberry.field(description="The change cursor that the run read up to.")
    started_at: Moment = strawberry.field(description="When it started.")
    finished_at: Moment | None = strawberry.field(description="When it finished or failed.")
    error: str | None = strawberry.field(description="Why it failed.")
    row: strawberry.Private[Row]

    @classmethod
    def resolve_id(cls, root: Any, *, info: Info) -> str:
        """AS_OF#ATTEMPT within the global id."""
        return str(root.run_id)

    @field("Running, finished or failed.")
    def status(self, info: Info) -> Coded:
        """A word of the run states."""
        return listed("run_status", self.row["status"], info.context.lang)

    @field("The steps that are done, with what they counted.")
    def steps(self) -> list[RunStep]:
        """In the order of the night."""
        found: Mapping[str, Any] = self.row["counts"]
        seconds = found.get("seconds", {})
        return [
            RunStep(name=name, seconds=seconds.get(name), counts=_figures(counts))
            for name, counts in ((step.name, found.get(step.name)) for step in STEPS)
            if counts is not None
        ]

    @field("The ledger after the night by currency and level.")
    def levels(self) -> list[RunLevel]:
        """Empty before its step."""
        return [_level(one) for one in self.row["totals"].get("levels", [])]

    @field("What this night worked out adds up, each currency by itself.")
    def conservation(self) -> list[Conservation]:
        """Empty before its step."""
        found: Mapping[str, Any] = self.row["totals"].get("conservation", {})
        return [_conservation(currency, one) for currency, one in sorted(found.items())]

    @field("What closing the months now would cut.")
    def would_cut(self) -> list[WouldCut]:
        """By month and currency."""
        return [
            WouldCut(
                period=Period(one["period"]),
                beneficiary_cut=known(one["beneficiary_cut"], one["currency"]),
                company_cut=known(one["company_cut"], one["currency"]),
            )
            for one in self.row["totals"].get("would_cut", [])
        ]

    @field("What it found worth saying.")
    def notes(self) -> list[RunNote]:
        """By code."""
        found: Mapping[str, Any] = self.row["totals"].get("notes", {})
        return [
            RunNote(code=code, count=one["count"], first=one["first"])
            for code, one in sorted(found.items())
        ]

    @field("The fingerprints of its results.")
    def digests(self) -> list[Digest]:
        """By name: the generation and its frame."""
        found: Mapping[str, Mapping[str, str]] = self.row["digests"]
        return [
            Digest(name=f"{generation}.{name}", sha256=sha256)
            for generation, frames in sorted(found.items())
            for name, sha256 in sorted(frames.items())
        ]


def by_ids(db: Database, ids: Sequence[str]) -> list[Run | None]:
    """Runs in the order of `ids`."""
    return in_order(ids, ((row["id"], _run(row)) for row in graph.runs.by_ids(db, ids)))


async def of_day(info: Info, as_of: str) -> Run | None:
    """The last attempt of a day: the first one behind a place above all its attempts."""
    rows = await info.context.read(graph.runs.page, after=(as_of, ATTEMPTS_MAX), first=1)
    return _run(rows[0]) if rows and rows[0]["as_of"] == as_of else None


async def all_runs(info: Info, first: int | None, after: str | None) -> Connection[Run]:
    """A page of runs, newest first."""
    asked = page(first, after, tuple[str, Number])
    rows = await info.context.read(graph.runs.page, after=asked.after, first=asked.rows)

    def count() -> Awaitable[int]:
        return info.context.read(graph.runs.count)

    return connection(rows, asked, lambda row: (row["as_of"], row["attempt"]), _run, count)


async def data_as_of(info: Info) -> Day | None:
    """The day of the last finished night."""
    row = await info.context.read(graph.runs.last_finished)
    return Day(row["as_of"]) if row else None


def _run(row: Row) -> Run:
    return Run(
        run_id=row["id"],
        as_of=Day(row["as_of"]),
        attempt=row["attempt"],
        step=row["step"],
        seq=BigInt(row["seq"]),
        started_at=Moment(row["started_ms"]),
        finished_at=row["finished_ms"],
        error=row["error"],
        row=row,
    )


def _figures(counts: Mapping[str, Any]) -> list[Figure]:
    return [
        Figure(name=name, value=BigInt(value))
        for name, value in sorted(counts.items())
        if isinstance(value, int)
    ]


def _level(one: Mapping[str, Any]) -> RunLevel:
    currency = one["currency"]
    return RunLevel(
        currency=Currency(currency),
        level=one["level"],
        entries=one["entries"],
        sales=known(one["sales"], currency),
        taken_back=known(one["taken_back"], currency),
        booked=one["booked"],
        booked_amount=known(one["booked_minor"], currency),
        promised=Fraction(one["promised"]),
        breakage=Fraction(one["breakage"]),
        capped=known(one["capped"], currency),
        rounding=Fraction(one["rounding"]),
    )


def _conservation(currency: str, one: Mapping[str, Any]) -> Conservation:
    return conservation(
        currency,
        Fraction(one["promised"]),
        (one["paid"], one["capped"]),
        (Fraction(one["breakage"]), Fraction(one["rounding"])),
        check=one["check"],
    )
