"""Why: the commission path of a saved order, as the engine explains it.

What is about other people, or about money, may be null: a later, narrower viewer sees of those
above him no more than position, level and outcome.
"""

from collections.abc import Awaitable, Sequence

import strawberry

import analytics.explain
import graph.words
import schema.distributors
import schema.plans
from analytics.explain import Explanation, LinePlace, Place
from graph.connection import Database
from graph.money import exponent, format_exact
from graph.settings import Settings
from schema.coded import Coded, listed, outcome, rate_source
from schema.connections import After, Connection, First, Number, page, sliced
from schema.conservation import Conservation, conservation, fraction
from schema.context import Info
from schema.fields import field
from schema.links import DistributorLink, PlanLink
from schema.money import Money, known
from schema.scalars import Currency, Decimal, Fraction, Moment

NOTES = "notes"


@strawberry.type(description="One line's part in a row of a path, where lines differ.")
class PathLine:
    """A line that has a rate of its own."""

    line_no: int = strawberry.field(description="The line's number.")
    rate: Decimal | None = strawberry.field(description="The rate; null for a fixed amount.")
    base: Decimal | None = strawberry.field(description="What the rate is taken of, major units.")
    exact_share: Fraction | None = strawberry.field(description="Before rounding, minor units.")
    source: strawberry.Private[str | None]

    @field("Where the rate comes from.")
    def rate_source(self, info: Info) -> Coded | None:
        """With its id, where it has one."""
        return rate_source(self.source, info.context.lang)


@strawberry.type(
    description="One ancestor on a path, paid or not, or a paid level that nobody stands for."
)
class PathRow:
    """One row of the explanation."""

    position: int | None = strawberry.field(
        description="Hops up from the seller, who is 0; null where nobody stands."
    )
    level: int | None = strawberry.field(description="The paid level; null where there is none.")
    beneficiary_id: str | None = strawberry.field(description="The own id of the ancestor.")
    rank: str | None = strawberry.field(description="The rank when the order was paid.")
    rate: Decimal | None = strawberry.field(
        description="The rate; null for a fixed amount, for lines that differ and without a level."
    )
    base: Decimal | None = strawberry.field(description="What the rate is taken of, major units.")
    exact_share: Fraction | None = strawberry.field(description="Before rounding, minor units.")
    amount: Money | None = strawberry.field(description="What is granted, after rounding and caps.")
    cut: Money | None = strawberry.field(description="What a cap took.")
    lines: list[PathLine] = strawberry.field(description="Line by line, only where lines differ.")
    outcome: Coded = strawberry.field(description="Why it is paid or not.")
    rate_source: Coded | None = strawberry.field(description="Where the rate comes from.")
    failed: list[Coded] = strawberry.field(
        description="Every predicate that failed, whatever the plan made of it."
    )

    @field("The ancestor.", gives=DistributorLink | None)
    def beneficiary(self, info: Info) -> Awaitable["schema.distributors.Distributor | None"] | None:
        """None where nobody stands."""
        return schema.distributors.load(info, self.beneficiary_id)


@strawberry.type(description="Who earns what on one order and why, and why the others do not.")
class CommissionPath:
    """The engine's answer for one order."""

    order_id: str | None = strawberry.field(description="The order's own id; null: not saved.")
    plan_id: str | None = strawberry.field(
        description="NAME@VERSION of the plan; null: none was valid when the order was paid."
    )
    paid_at: Moment | None = strawberry.field(description="The moment whose sponsors earn.")
    currency: Currency = strawberry.field(description="The currency of all its amounts.")
    conservation: Conservation | None = strawberry.field(
        description="That all that was promised is accounted for, as accrued, before refunds."
    )
    explanation: strawberry.Private[Explanation]

    @field("Where the path comes from: fixed by a night, worked out today, or a what-if.")
    def origin(self, info: Info) -> Coded:
        """A word of the origins."""
        return listed("path_origin", self.explanation.origin, info.context.lang)

    @field("The rows in order of position; levels that nobody stands for come last.")
    async def rows(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[PathRow]:
        """A page of them."""
        asked = page(first, after, tuple[Number])
        places = [
            {"place": place, "row": row} for place, row in enumerate(self._rows(info.context.lang))
        ]
        return sliced(places, asked, lambda one: (one["place"],), lambda one: one["row"])

    @field("What there is to say about it: codes such as no_plan, no_cost.")
    def notes(self, info: Info) -> list[Coded]:
        """With their words."""
        return [
            Coded(
                code=note.code,
                label=graph.words.text(
                    NOTES, note.code, info.context.lang, **{"id": note.id, **note.facts}
                ),
            )
            for note in self.explanation.notes
        ]

    @field("The plan version.", gives=PlanLink | None)
    def plan(self, info: Info) -> Awaitable["schema.plans.PlanVersion | None"] | None:
        """None where no plan was valid."""
        if self.plan_id is None:
            return None
        return info.context.batches.load(schema.plans.by_ids, self.plan_id)

    def _rows(self, lang: str) -> list[PathRow]:
        lines: dict[tuple[int | None, int | None], list[LinePlace]] = {}
        for line in self.explanation.lines:
            lines.setdefault((line.position, line.level), []).append(line)
        return [
            _row(place, lines.get((place.position, place.level), ()), self.currency, lang)
            for place in self.explanation.path
        ]


def of_order(info: Info, order_id: str) -> Awaitable[CommissionPath | None]:
    """The path of a saved order; all those of one level of a query are worked out together."""
    context = info.context
    return context.batches.load(_explained, order_id, context.settings, context.now_ms)


def path_of(explanation: Explanation) -> CommissionPath:
    """The engine's answer as the API shows it."""
    one, currency = explanation.conservation, explanation.currency
    return CommissionPath(
        order_id=explanation.order_id,
        plan_id=explanation.plan,
        paid_at=None if explanation.paid_at_ms is None else Moment(explanation.paid_at_ms),
        currency=Currency(currency),
        conservation=conservation(
            currency,
            fraction(one.promised),
            (one.paid, one.capped),
            (fraction(one.breakage), fraction(one.rounding)),
            check=one.check,
        ),
        explanation=explanation,
    )


def _explained(
    db: Database, ids: Sequence[str], settings: Settings, now_ms: int
) -> list[CommissionPath | None]:
    found = analytics.explain.paths(db, ids, settings=settings, now_ms=now_ms)
    return [path_of(found[id]) if id in found else None for id in ids]


def _row(place: Place, lines: Sequence[LinePlace], currency: Currency, lang: str) -> PathRow:
    return PathRow(
        position=place.position,
        level=place.level,
        beneficiary_id=place.beneficiary_id,
        rank=place.rank,
        rate=_decimal(place.rate),
        base=_major(place, currency),
        exact_share=fraction(place.share),
        amount=known(place.amount, currency),
        cut=known(place.cut, currency),
        lines=[_line(line, currency) for line in lines],
        outcome=outcome(place.outcome, lang),
        rate_source=rate_source(place.rate_source, lang),
        failed=[outcome(f"unqualified:{word}", lang) for word in place.failed],
    )


def _line(line: LinePlace, currency: Currency) -> PathLine:
    return PathLine(
        line_no=line.line_no,
        rate=_decimal(line.rate),
        base=_major(line, currency),
        exact_share=fraction(line.share),
        source=line.rate_source,
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _major(place: Place | LinePlace, currency: Currency) -> Decimal:
    return Decimal(format_exact(place.base / 10 ** exponent(currency)))
