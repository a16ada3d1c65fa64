"""Money as the API shows it: minor units for programs, the amount for people, and its currency."""

import strawberry

from graph.money import format_minor
from schema.fields import field
from schema.scalars import BigInt, Currency, Decimal


@strawberry.type(description="An amount in one currency. Two currencies are never added together.")
class Money:
    """An amount in one currency, worked out and stored as whole minor units."""

    minor: BigInt = strawberry.field(description="Whole minor units (fen, pence, yen), signed.")
    currency: Currency = strawberry.field(description="The ISO 4217 currency.")

    @field("The same amount in major units, with the currency's decimals.")
    def amount(self) -> Decimal:
        """Major units as text, such as "12.50"."""
        return Decimal(format_minor(self.minor, self.currency))


def money(minor: int | None, currency: str | None) -> Money | None:
    """Money of an amount that may be unknown; None where amount or currency is."""
    if minor is None or currency is None:
        return None
    return Money(minor=BigInt(minor), currency=Currency(currency))


def known(minor: int, currency: str) -> Money:
    """Money of an amount that is known."""
    return Money(minor=BigInt(minor), currency=Currency(currency))
