"""Conservation as the API shows it: all that was promised is accounted for, exactly."""

import strawberry

from graph.money import Exact, format_fraction
from schema.money import Money, known
from schema.scalars import Currency, Fraction


@strawberry.type(
    description="promised = paid + breakage + capped + rounding, exactly, in one currency."
    " Fractions are of minor units."
)
class Conservation:
    """One currency by itself."""

    currency: Currency = strawberry.field(description="The currency.")
    promised: Fraction = strawberry.field(description="Base times rate, over all levels.")
    paid: Money = strawberry.field(description="What was granted, in whole minor units.")
    breakage: Fraction = strawberry.field(
        description="Levels with no ancestor, or with one who did not qualify."
    )
    capped: Money = strawberry.field(description="What caps cut away.")
    rounding: Fraction = strawberry.field(description="What rounding moved, signed.")
    check: bool = strawberry.field(description="Whether it adds up; it always does.")


def conservation(
    currency: str,
    promised: Fraction,
    money: tuple[int, int],
    rest: tuple[Fraction, Fraction],
    *,
    check: bool,
) -> Conservation:
    """From exact shares as `n/d`: `money` is (paid, capped), `rest` is (breakage, rounding)."""
    paid, capped = money
    breakage, rounding = rest
    return Conservation(
        currency=Currency(currency),
        promised=promised,
        paid=known(paid, currency),
        breakage=breakage,
        capped=known(capped, currency),
        rounding=rounding,
        check=check,
    )


def fraction(value: Exact) -> Fraction:
    """An exact share as the API writes it."""
    return Fraction(format_fraction(value))
