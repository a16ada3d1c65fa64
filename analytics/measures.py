"""What a rule gives back: numbers for many scopes at once, their bounds, and why not.

A rule is `work_out(facts, scopes) -> Values`. Most rules are a share of two sums: they state what
counts by place (`Share`), and `rolled` adds it up for every scope by prefix sums. Bands are put on
the values by analytics.screening, never here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics.facts.frames import Floats
from analytics.network import Network

Words = npt.NDArray[np.object_]

NETWORK, ORGANISER, BRANCH, DISTRIBUTOR, ORDER = (
    "network organiser branch distributor order".split()
)

NO_GATE, GATE, UNKNOWN_MONEY, NO_FILE, NO_REFERENCE, CURRENCY, FAILED = (
    "",
    "gate",
    "unknown_money",
    "no_file",
    "no_reference",
    "currency",
    "failed",
)
"""Codes of `Values.why`: "" means evaluable. All others are in the words of the rulebook."""


@dataclass(frozen=True)
class Scopes:
    """Where rules are evaluated. Scope 0 of `whole` is the network; a scope is a set of tops, each
    with everything below it. `kinds` by scope; `tops` by scope: () for the network.
    """

    network: Network
    kinds: tuple[str, ...]
    tops: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        """How many scopes."""
        return len(self.kinds)

    def sums(self, by_place: Floats, *, below: bool = False) -> Floats:
        """`by_place` (places + 1, last: nobody's) summed over each scope. The network takes all,
        what has no place included; `below`: without the tops themselves (recruits of a branch).
        """
        mine = by_place[:-1]
        whole = self.network.sums(mine)
        less = mine if below else np.zeros_like(mine)
        found = np.empty(len(self), np.float64)
        for i, tops in enumerate(self.tops):
            rows = np.array(tops, np.int64)
            found[i] = by_place.sum() if not tops else (whole[rows] - less[rows]).sum()
        return found


@dataclass(frozen=True)
class Share:
    """By place (places + 1): what is surely in numerator and denominator, what may be in them, and
    the sizes that gates look at. Unknown money that may be in the numerator stands in `num_maybe`;
    where it is surely in the denominator it is in `den` too.
    """

    num: Floats
    den: Floats
    num_maybe: Floats | None = None
    den_maybe: Floats | None = None
    sizes: Mapping[str, Floats] = field(default_factory=dict)


@dataclass
class Values:
    """One row per scope; NaN where there is no number. `why` is "" where the rule is evaluable.

    `value` leaves unknown money out of both sides; `lower`, `upper` put it on either side.
    `severity` is set only by rules whose band is no matter of edges (words of SEVERITY, or "").
    `shown` are further figures by name, for people: never banded.
    """

    value: Floats
    lower: Floats
    upper: Floats
    numerator: Floats
    denominator: Floats
    n: Floats
    why: Words
    ci_lower: Floats
    ci_upper: Floats
    severity: Words | None = None
    shown: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Evidence:
    """Ids of what makes a value: the first 50 by weight, how many there are, and the sha256 of all
    of them, sorted, one to a line.
    """

    kind: str  # order | entry | payout | distributor | product | request
    ids: tuple[str, ...]
    count: int
    sha256: str


def no_values(count: int, why: str = NO_GATE) -> Values:
    """`count` rows of nothing, for a rule to fill in."""
    nothing = [np.full(count, np.nan) for _ in range(8)]
    words = np.full(count, why, dtype=object)
    value, lower, upper, num, den, n, low, high = nothing
    return Values(value, lower, upper, num, den, n, words, low, high)
