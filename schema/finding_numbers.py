"""What a night measured: a value with its bounds, its interval, its band, and the night itself."""

from collections.abc import Mapping
from typing import Any

import strawberry

from graph.keys import Row
from schema.coded import Coded, judged
from schema.context import Info
from schema.fields import field
from schema.scalars import Day


@strawberry.type(description="A further figure with its name; a number, or a text.")
class ShownFigure:
    """Shown, never banded."""

    name: str = strawberry.field(description="What it is.")
    value: float | None = strawberry.field(description="The number, where it is one.")
    text: str | None = strawberry.field(description="The text, where it is no number.")


@strawberry.type(description="Numbers of one rule on one scope in one night.")
class Measured:
    """Money in minor units of `currency`, as floats that are exact below 2^53."""

    as_of: Day = strawberry.field(description="The day up to which it was measured.")
    run_id: str = strawberry.field(description="The night; its snapshot gives the value again.")
    rule_version: str = strawberry.field(description="The version of the rule.")
    rulebook: str = strawberry.field(description="The version of the rulebook.")
    currency: str | None = strawberry.field(description="The currency that it was measured in.")
    value: float | None = strawberry.field(description="The value; null: there is none.")
    lower: float | None = strawberry.field(description="With unknown money on one side.")
    upper: float | None = strawberry.field(description="With unknown money on the other side.")
    ci_lower: float | None = strawberry.field(description="Lower end of the interval.")
    ci_upper: float | None = strawberry.field(description="Upper end of the interval.")
    numerator: float | None = strawberry.field(description="What was counted.")
    denominator: float | None = strawberry.field(description="Out of what.")
    n: float | None = strawberry.field(description="How many cases it rests on.")
    p_adjusted: float | None = strawberry.field(
        description="Chance of as much by accident, adjusted for looking in many places."
    )
    why: str | None = strawberry.field(description="Why it is not evaluable, as a code.")
    words: strawberry.Private[tuple[str, str]]

    @field("The band that verdicts use.")
    def severity(self, info: Info) -> Coded:
        """A word of the bands."""
        return judged("band", self.words[0], info.context.lang)

    @field("The band that is shown: a pack may raise it.")
    def shown_severity(self, info: Info) -> Coded:
        """A word of the bands."""
        return judged("band", self.words[1], info.context.lang)


@strawberry.type(description="What was noted of a finding when band, version or state changed.")
class Evaluation:
    """One entry of a finding's history."""

    number: int = strawberry.field(description="1 for the first.")
    measured: Measured = strawberry.field(description="What that night measured.")
    words: strawberry.Private[tuple[str, str]]

    @field("Open or subsided from then on.")
    def state(self, info: Info) -> Coded:
        """A word of the states."""
        return judged("state", self.words[0], info.context.lang)

    @field("The band before.")
    def severity_before(self, info: Info) -> Coded:
        """A word of the bands."""
        return judged("band", self.words[1], info.context.lang)


def measured(row: Row) -> Measured:
    """The numbers of a finding, or of an entry of its history, as stored."""
    names = "value lower upper ci_lower ci_upper numerator denominator n p_adjusted".split()
    return Measured(
        as_of=Day(row["as_of"]),
        run_id=row["run_id"],
        rule_version=row["version"],
        rulebook=row["rulebook"] or "",
        currency=row["currency"] or None,
        why=row["why"] or None,
        words=(row["band"], row["shown_band"]),
        **{name: row[name] for name in names},
    )


def evaluation(row: Row) -> Evaluation:
    """One entry of a finding's history, as stored."""
    return Evaluation(
        number=row["number"],
        measured=measured(row),
        words=(row["state"], row["band_before"]),
    )


def figures(shown: Mapping[str, Any]) -> list[ShownFigure]:
    """Further figures by name, one within the other joined by a dot."""
    found: list[ShownFigure] = []
    for name, value in sorted(shown.items()):
        if isinstance(value, Mapping):
            found += figures({f"{name}.{inner}": one for inner, one in value.items()})
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found.append(ShownFigure(name=name, value=float(value), text=None))
        else:
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            found.append(ShownFigure(name=name, value=None, text=text))
    return found
