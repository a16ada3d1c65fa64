"""Who can be told apart from whom: everybody has a person, a card and a phone of his own."""

import numpy as np
import polars as pl

from analytics.facts.frames import Ints
from loaders.scenarios.life import IDENTIFIERS, NOBODY, Life, framed

OWN = ("card", "phone")


def identify(life: Life) -> None:
    """Identifiers of all distributors and customers, and of orders paid with another's card."""
    persons = life.column("person")
    everybody = np.arange(life.accounts.height)
    became = life.customers["became"].to_numpy()
    customers = np.arange(life.customers.height)
    theirs = np.where(became > NOBODY, persons[became], NOBODY)
    found = [given("distributor", everybody, kind, names(kind, "p", persons)) for kind in OWN]
    for kind in ("person", *OWN):
        own = names(kind, "c", customers)
        as_joiner = names(kind, "p", theirs)
        values = pl.Series(np.where(theirs == NOBODY, own.to_numpy(), as_joiner.to_numpy()))
        found.append(given("customer", customers, kind, values))
    card_of = life.orders["card_of"].to_numpy()
    linked = np.flatnonzero(card_of != NOBODY)
    paid_with = names("card", "p", persons[card_of[linked]])
    life.identifiers = pl.concat([*found, given("order", linked, "card", paid_with)])


def given(
    owner_kind: str, owner: Ints, kind: str, value: pl.Series | str, *, shared: bool = False
) -> pl.DataFrame:
    """Rows of identifiers."""
    rows = {"owner_kind": owner_kind, "owner": owner, "kind": kind, "shared": shared}
    if isinstance(value, str):
        return framed(IDENTIFIERS, {**rows, "value": value})
    return framed(IDENTIFIERS, {**rows, "value": value.to_list()})


def names(kind: str, letter: str, number: Ints) -> pl.Series:
    """Made-up values such as `card-p17`; a person has the name that stands in distributors. Of a
    phone only digits count.
    """
    text = pl.Series(number).cast(pl.String)
    if kind == "phone":
        return f"+8613{'pc'.index(letter)}" + text.str.zfill(8)
    return f"{letter}" + text if kind == "person" else f"{kind}-{letter}" + text
