"""What parameters cannot say: changes of a simulated life before or in its books, by name.

Before the books: accounts, customers and orders may change; payouts follow from them. In the books:
payouts and identifiers may change. Options are those of the scenario's file.
"""

from collections.abc import Callable, Mapping
from typing import Any

import loaders.scenarios.disguising
import loaders.scenarios.looking_bad
from loaders.scenarios.life import Life

Options = Mapping[str, Any]
Change = Callable[[Life, Options], None]

BEFORE: Mapping[str, Change] = {
    "friends_cards": loaders.scenarios.disguising.friends_cards,
    "later": loaders.scenarios.disguising.later,
    "in_parts": loaders.scenarios.disguising.in_parts,
    "cells": loaders.scenarios.disguising.cells,
    "just_below": loaders.scenarios.disguising.just_below,
    "below_a_star": loaders.scenarios.disguising.below_a_star,
    "dummies_as_persons": loaders.scenarios.disguising.dummies_as_persons,
    "rebates": loaders.scenarios.disguising.rebates,
    "worth": loaders.scenarios.disguising.worth,
    "as_customers": loaders.scenarios.disguising.as_customers,
    "blank_buyers": loaders.scenarios.disguising.blank_buyers,
    "nameless_returns": loaders.scenarios.disguising.nameless_returns,
    "wholesale": loaders.scenarios.looking_bad.wholesale,
    "season": loaders.scenarios.looking_bad.season,
    "recall": loaders.scenarios.looking_bad.recall,
    "star": loaders.scenarios.looking_bad.star,
}
IN_THE_BOOKS: Mapping[str, Change] = {
    "cells": loaders.scenarios.disguising.one_bank,
    "dummies_as_persons": loaders.scenarios.disguising.one_device,
    "heads_as_other": loaders.scenarios.disguising.heads_as_other,
    "rebates": loaders.scenarios.disguising.heads_as_rebates,
    "as_customers": loaders.scenarios.disguising.own_address,
    "all_shared": loaders.scenarios.disguising.all_shared,
    "couples": loaders.scenarios.looking_bad.couples,
    "pick_up": loaders.scenarios.looking_bad.pick_up,
}
"""A touch may have a part in both."""


def before_the_books(name: str, life: Life, options: Options) -> None:
    """The part of a touch that changes accounts, customers and orders."""
    assert name in BEFORE or name in IN_THE_BOOKS, name
    if name in BEFORE:
        BEFORE[name](life, options)


def in_the_books(name: str, life: Life, options: Options) -> None:
    """The part of a touch that changes payouts and identifiers."""
    if name in IN_THE_BOOKS:
        IN_THE_BOOKS[name](life, options)
