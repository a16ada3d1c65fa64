"""Who is in a generated network and since when: the shape asked for, the sponsor tree, customers.

Everybody is a number in joining order, so that a sponsor always has a smaller number than those he
sponsors: no cycle can arise, neither at first nor by a later change of sponsor. Times are whole
seconds since 1970 UTC; `NEVER` stands for a time that does not come. Random numbers are drawn from
streams named by purpose, so that the same seed and shape give the same network, bit for bit.
"""

import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

DAY_S = 86_400
YEAR_S = 365 * DAY_S
NEVER = np.int64(1 << 62)
REDRAWS_MAX = 6
REGIONS = ("north", "east", "south", "west")


@dataclass(frozen=True)
class Shape:
    """What is asked for. Shares are of all distributors, or of all orders, between 0 and 1."""

    distributors: int
    orders: int
    seed: int
    until_s: int
    customers: int
    products: int = 200
    roots: int = 1
    depth: float = 8.0
    churn: float = 0.15
    retail: float = 0.7
    refunds: float = 0.03
    cancellations: float = 0.02
    sponsor_changes: float = 0.01
    status_changes: float = 0.05
    currencies: tuple[str, ...] = ("CNY",)
    identifiers: bool = False

    @property
    def sales_from_s(self) -> int:
        """The first second of the year in which everything is sold."""
        return self.until_s - YEAR_S

    @property
    def joins_from_s(self) -> int:
        """The second in which the first distributor joins: two years before the first sale."""
        return self.until_s - 3 * YEAR_S

    def draw(self, purpose: str, part: int = 0) -> np.random.Generator:
        """A stream of random numbers of its own for one purpose (and one part of it)."""
        return np.random.default_rng([self.seed, zlib.crc32(purpose.encode()), part])


@dataclass(frozen=True)
class Network:
    """Distributors by joining order, customers by the time they were bound; -1 is nobody."""

    joined: Ints
    left: Ints
    sponsor: Ints
    region: Ints
    moved: Ints  # distributors who changed their sponsor, each once
    moved_to: Ints
    moved_at: Ints
    bound: Ints
    bound_to: Ints
    customer_region: Ints


def network(shape: Shape) -> Network:
    """The whole network of a shape, in memory: about 40 bytes for each person."""
    joined = evenly(shape.draw("joined"), shape.joins_from_s, shape.until_s, shape.distributors)
    left = _left(shape, joined)
    sponsor = _sponsors(shape, joined, left)
    region = shape.draw("region").integers(0, len(REGIONS), shape.distributors)
    moved, moved_to, moved_at = _moves(shape, joined, left, sponsor)
    bound = evenly(
        shape.draw("bound"), shape.joins_from_s + 30 * DAY_S, shape.until_s, shape.customers
    )
    bound_to = _bound_to(shape, joined, left, bound)
    own = shape.draw("customer region").integers(0, len(REGIONS), shape.customers)
    return Network(
        joined=joined,
        left=left,
        sponsor=sponsor,
        region=region,
        moved=moved,
        moved_to=moved_to,
        moved_at=moved_at,
        bound=bound,
        bound_to=bound_to,
        customer_region=np.where(bound_to >= 0, region[bound_to], own),
    )


def evenly(random: np.random.Generator, start: int, end: int, count: int) -> Ints:
    """`count` times from start to end, in order: one at random in each of equally long slots."""
    return slots(random, start, end, count, np.arange(count, dtype=np.int64))


def slots(random: np.random.Generator, start: int, end: int, count: int, which: Ints) -> Ints:
    """The times in the slots `which` of `count` between start and end."""
    low = start + which * (end - start) // count
    high = start + (which + 1) * (end - start) // count
    return low + share_of(high - low, random.random(len(which)))


def share_of(whole: Ints, part: npt.NDArray[np.float64]) -> Ints:
    """A whole number in 0 .. whole - 1 (0 where whole is 0), at the place `part` in [0, 1)."""
    return np.minimum((whole * part).astype(np.int64), np.maximum(whole - 1, 0))


def _left(shape: Shape, joined: Ints) -> Ints:
    random = shape.draw("left")
    leaves = random.random(len(joined)) < shape.churn
    leaves[: shape.roots] = False
    stay = share_of(shape.until_s - joined, random.random(len(joined)))
    return np.where(leaves & (stay >= DAY_S), joined + stay, NEVER)


def _sponsors(shape: Shape, joined: Ints, left: Ints) -> Ints:
    everybody = np.arange(len(joined), dtype=np.int64)
    found = present(shape, shape.draw("sponsor"), everybody, joined, left)
    found[: shape.roots] = -1
    return found


def present(shape: Shape, random: np.random.Generator, below: Ints, at: Ints, left: Ints) -> Ints:
    """For each place somebody with a number smaller than `below` who is still there `at` that time.

    The number is below * u ** a: each step up divides the number by e ** a in the mean, so that
    the mean depth is log(distributors) / a. Whoever draws nobody present gets the founder.
    """
    bend = np.log(max(shape.distributors, 2)) / shape.depth
    found = share_of(below, random.random(len(below)) ** bend)
    for _ in range(REDRAWS_MAX):
        gone = np.flatnonzero(left[found] <= at)
        found[gone] = share_of(below[gone], random.random(len(gone)) ** bend)
    found[left[found] <= at] = 0
    return found


def _moves(shape: Shape, joined: Ints, left: Ints, sponsor: Ints) -> tuple[Ints, Ints, Ints]:
    random = shape.draw("moves")
    count = min(round(shape.sponsor_changes * len(joined)), max(len(joined) - shape.roots, 0))
    who = np.sort(random.choice(len(joined) - shape.roots, count, replace=False) + shape.roots)
    earliest = np.maximum(joined[who] + DAY_S, shape.sales_from_s)
    at = earliest + share_of(np.maximum(shape.until_s - earliest, 0), random.random(count))
    to = present(shape, random, who, at, left)
    holds = (to != sponsor[who]) & (at < shape.until_s) & (at < left[who])
    return who[holds], to[holds], at[holds]


def _bound_to(shape: Shape, joined: Ints, left: Ints, bound: Ints) -> Ints:
    random = shape.draw("bound to")
    known = np.searchsorted(joined, bound, "right")
    found = share_of(known, random.random(len(bound)))
    for _ in range(REDRAWS_MAX):
        gone = np.flatnonzero(left[found] <= bound)
        found[gone] = share_of(known[gone], random.random(len(gone)))
    unbound = (random.random(len(bound)) < 0.05) | (left[found] <= bound)
    return np.where(unbound, np.int64(-1), found)
