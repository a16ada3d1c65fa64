"""What a rule gives back: numbers for many scopes at once, their bounds, and why not.

A rule is `work_out(facts, scopes) -> Values`. Most rules are a share of two sums: they state what
counts by place (`Share`), and `rolled` adds it up for every scope. Gates (the minimum sizes of a
rule's own toml) and bands are put on the values by analytics.screening, never here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from analytics.facts.frames import Facts, Floats, Ints
from analytics.network import Network, Rows
from analytics.sums_below import Layout, below, laid_out, meeting_rows, most_below
from graph.model import NOBODY

Words = npt.NDArray[np.object_]
Flags = npt.NDArray[np.bool_]
Made = TypeVar("Made")

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
MOST_IDS = 50
"""Ids that evidence names one by one."""
TWO_SIDED = 1.959963984540054
"""Normal quantile of a two-sided interval of 95 %."""


@dataclass(frozen=True)
class Scopes:
    """Where rules are evaluated. Scope 0 of `whole` is the network; a scope is a set of tops, each
    with everything below it. `kinds` by scope; `tops` by scope: () for the network. Tops of one
    scope never stand below one another.
    """

    network: Network
    kinds: tuple[str, ...]
    tops: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        """How many scopes."""
        return len(self.kinds)

    @cached_property
    def layout(self) -> Layout:
        """The forest in preorder positions, as the loops want it."""
        return laid_out(self.network)

    @cached_property
    def spread(self) -> tuple[Ints, Ints]:
        """Scope and row of every top, scope by scope; the network has none."""
        sizes = np.fromiter((len(tops) for tops in self.tops), np.int64, len(self))
        rows = [row for tops in self.tops for row in tops]
        return np.repeat(np.arange(len(self)), sizes), np.array(rows, np.int64)

    @cached_property
    def whole(self) -> Flags:
        """Which scopes are the network."""
        return np.fromiter((not tops for tops in self.tops), np.bool_, len(self))

    def sums(self, by_place: Floats, *, below: bool = False) -> Floats:
        """`by_place` (places + 1, last: nobody's) summed over each scope. The network takes all,
        what has no place included; `below`: without the tops themselves (recruits of a branch).
        """
        found = self.of_tops(self.below(by_place) - (by_place[:-1] if below else 0))
        found[self.whole] = by_place.sum()
        return found

    def below(self, by_place: Floats) -> Floats:
        """By distributor row: the sum over himself and his downline, added up from below, so that
        a small subtree is as exact as if it were alone.
        """
        return below(self.layout, np.ascontiguousarray(by_place[:-1], np.float64))

    def of_tops(self, by_row: Floats) -> Floats:
        """By scope the sum of a number that each top already has; 0 for the network."""
        scope, row = self.spread
        return np.bincount(scope, by_row[row], minlength=len(self)).astype(np.float64)

    def most(self, by_place: Floats, none: float = 0.0) -> Floats:
        """The largest of `by_place` (places + 1) in each scope, at least `none`."""
        found = np.full(len(self), none)
        scope, row = self.spread
        np.maximum.at(found, scope, most_below(self.layout, by_place[:-1].astype(np.float64))[row])
        found[self.whole] = by_place.max(initial=none)
        return found

    def distinct(self, place: Rows, key: Ints) -> Floats:
        """How many different `key` (person, customer, order) have a row in each scope.

        `place` as in facts: NOBODY counts for the network only.
        """
        span = len(self.network.position) + 1
        once = _sorted_once(key.astype(np.int64) * span + self.layout.position_of(place) + 1)
        keys, at = np.divmod(once, span)
        placed = at > 0
        by_place = self._first_times(keys[placed], at[placed] - 1)
        found = self.sums(by_place)
        found[self.whole] = np.count_nonzero(np.diff(keys, prepend=-1))
        for scope in (i for i, tops in enumerate(self.tops) if len(tops) > 1):
            found[scope] = len(np.unique(key[inside(self.network, self.tops[scope])[place]]))
        return found

    def _first_times(self, key: Ints, at: Ints) -> Floats:
        """One for every (key, position), less one where two of a key meet: below it, it is one."""
        order, places = self.network.order, len(self.network.position)
        counted = np.bincount(order[at], minlength=places + 1).astype(np.float64)
        again = np.flatnonzero(key[1:] == key[:-1])
        meets = meeting_rows(self.layout, at[again], at[again + 1])
        counted -= np.bincount(meets[meets >= 0], minlength=places + 1)
        return counted


@dataclass(frozen=True)
class Share:
    """By place (places + 1): what is in numerator and denominator, and what may be.

    `den` holds what is surely in the denominator, unknown or not; `num` what is surely in the
    numerator. `num_maybe`: in `den`, perhaps in the numerator. `den_maybe`: perhaps in the
    denominator, never in the numerator. `both_maybe`: in both or in neither. `sizes`: what gates
    look at, by the names of the rule's toml; the first one is `n`.
    """

    num: Floats
    den: Floats
    num_maybe: Floats | None = None
    den_maybe: Floats | None = None
    both_maybe: Floats | None = None
    sizes: Mapping[str, Floats] = field(default_factory=dict)


@dataclass
class Values:
    """One row per scope; NaN where there is no number. `why` is "" where the rule is evaluable.

    `value` leaves unknown money out of both sides; `lower`, `upper` put it on either side.
    `severity` is set only by rules whose band is no matter of edges (words of SEVERITY, or "").
    `shown` are further figures by name, for people: never banded. `sizes`: gates are put on them.
    `share`: what it was added up from, where it can be resampled.
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
    sizes: dict[str, Floats] = field(default_factory=dict)
    share: Share | None = None
    p_adjusted: Floats | None = None

    def __len__(self) -> int:
        """How many scopes."""
        return len(self.value)


@dataclass(frozen=True)
class Evidence:
    """Ids of what makes a value: the first 50 by weight, how many there are, and the sha256 of all
    of them, sorted, one to a line.
    """

    kind: str  # order | entry | payout | distributor | product | request
    ids: tuple[str, ...]
    count: int
    sha256: str


def _sorted_once(numbers: Ints) -> Ints:
    """Ascending, each one once."""
    ordered = np.sort(numbers)
    return np.asarray(ordered[np.diff(ordered, prepend=ordered[:1] - 1) != 0], np.int64)


def no_values(count: int, why: str = NO_GATE) -> Values:
    """`count` rows of nothing, for a rule to fill in."""
    nothing = [np.full(count, np.nan) for _ in range(8)]
    words = np.full(count, why, dtype=object)
    value, lower, upper, num, den, n, low, high = nothing
    return Values(value, lower, upper, num, den, n, words, low, high)


def rolled(share: Share, scopes: Scopes, sizes: Mapping[str, Floats] | None = None) -> Values:
    """`share` added up for every scope, with bounds and the delta method's 95 % interval.

    `sizes`: sizes that are no sums over places (distinct counts), already by scope; they come
    before those of the share.
    """
    num, den = scopes.sums(share.num), scopes.sums(share.den)
    found = _bounded(num, den, *(_summed(scopes, part) for part in _maybes(share)))
    found.sizes = {**(sizes or {}), **{k: scopes.sums(v) for k, v in share.sizes.items()}}
    found.n = next(iter(found.sizes.values()), np.full(len(scopes), np.nan))
    found.share = share
    _interval(found, share, scopes)
    return found


def alone(share: Share, rows: Rows) -> Values:
    """`share` for single places, nothing below them added: values of distributors."""
    maybes = (np.zeros(len(rows)) if part is None else part[rows] for part in _maybes(share))
    found = _bounded(share.num[rows], share.den[rows], *maybes)
    found.sizes = {name: size[rows] for name, size in share.sizes.items()}
    found.n = next(iter(found.sizes.values()), np.full(len(rows), np.nan))
    return found


def once(facts: Facts, name: str, work: Callable[[], Made]) -> Made:
    """What `work` makes of these facts, made once however many rules ask for it. Not to be changed
    by whoever gets it. `name` is unlike every other that is asked for.
    """
    held = facts.__dict__
    if name not in held:
        held[name] = work()
    made: Made = held[name]
    return made


def ratio(num: Floats, den: Floats) -> Floats:
    """num / den; nothing by nothing is no number (NaN), something by nothing is infinite."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(num, np.float64) / np.asarray(den, np.float64)


def unless(values: Values, gate: Flags, why: str) -> Values:
    """`values` with `why` where `gate` does not hold and nothing else stood in the way."""
    values.why[~gate & (values.why == NO_GATE)] = why
    return values


def inside(network: Network, tops: Sequence[int]) -> Flags:
    """By place (places + 1): whether it is in the scope of `tops`; all of them for ()."""
    if not tops:
        return np.ones(len(network.position) + 1, np.bool_)
    found = np.zeros(len(network.position) + 1, np.bool_)
    for top in tops:
        found[top] = True
        found[network.downline(top)] = True
    return found


def at_places(network: Network, tops: Sequence[int], place: pl.Series) -> pl.Series:
    """Which rows of a frame lie in the scope of `tops`, by their place."""
    return pl.Series(inside(network, tops)[place.to_numpy()])


def evidence_of(kind: str, ids: pl.Series, weights: pl.Series | None = None) -> Evidence:
    """Evidence of `ids` (repeats count once): the heaviest first, equal weights by id."""
    weight = pl.Series(np.ones(len(ids))) if weights is None else weights
    frame = pl.DataFrame({"id": ids, "weight": weight.cast(pl.Float64)})
    once = frame.group_by("id").agg(pl.col("weight").sum())
    least = once["weight"].top_k(MOST_IDS).min()
    heavy = once if least is None else once.filter(pl.col("weight") >= least)
    first = heavy.sort(["weight", "id"], descending=[True, False])["id"].head(MOST_IDS)
    return Evidence(kind, tuple(first), once.height, digest(once["id"].sort()))


def no_evidence(kind: str) -> Evidence:
    """Evidence of nothing."""
    return Evidence(kind, (), 0, digest(pl.Series([], dtype=pl.String)))


def digest(ids: pl.Series) -> str:
    """sha256 of `ids`, already sorted, one to a line."""
    text = ids.fill_null("None").str.join("\n").item() + "\n" if len(ids) else ""
    return sha256(text.encode()).hexdigest()


def _maybes(share: Share) -> tuple[Floats | None, Floats | None, Floats | None]:
    return share.num_maybe, share.den_maybe, share.both_maybe


def _summed(scopes: Scopes, by_place: Floats | None) -> Floats:
    return np.zeros(len(scopes)) if by_place is None else scopes.sums(by_place)


def _bounded(num: Floats, den: Floats, in_num: Floats, in_den: Floats, both: Floats) -> Values:
    found = no_values(len(num))
    found.numerator, found.denominator = num, den - in_num
    found.value = ratio(num, den - in_num)
    sides = (
        ratio(num, den + in_den),
        ratio(num + both, den + in_den + both),
        ratio(num + in_num, den),
        ratio(num + in_num + both, den + both),
    )
    # Unknown money may be negative (a cancellation of an unknown order): then sides change places.
    found.lower, found.upper = np.fmin.reduce(sides), np.fmax.reduce(sides)
    found.why[np.isnan(found.value)] = GATE
    unknown = np.isnan(found.value) & ((in_num != 0) | (in_den != 0) | (both != 0))
    found.why[unknown] = UNKNOWN_MONEY
    return found


def _interval(values: Values, share: Share, scopes: Scopes) -> None:
    """Variance of a ratio whose places are drawn one by one: Σ(x - r·y)² / (Σy)²."""
    x = share.num
    y = share.den if share.num_maybe is None else share.den - share.num_maybe
    square, cross, base = (scopes.sums(part) for part in (x * x, x * y, y * y))
    r = values.value
    with np.errstate(invalid="ignore"):
        spread = np.sqrt(np.fmax(square - 2 * r * cross + r * r * base, 0))
        half = TWO_SIDED * ratio(spread, values.denominator)
        values.ci_lower, values.ci_upper = r - half, r + half


def nobody_last(place: pl.Series, places: int) -> Ints:
    """`place` as indices of a by-place array: NOBODY becomes its last one."""
    rows = place.to_numpy()
    return np.where(rows == NOBODY, places, rows).astype(np.int64)
