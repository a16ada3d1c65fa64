"""Orders of a plain plan as a stream: entries straight from columns, and roll-ups of everyone.

A plan is *plain* where an entry depends on nothing of the order but its base, its seller, its
moment and whether the seller bought himself: rates by level, an order cap, any gates. Climb and
rounding are those of `analytics.walk` and `analytics.amounts`; what is left out is what an
explanation needs (rows that are not paid, exact shares) and what belongs to a line. Orders come
stretch by stretch and entries leave through a small buffer, so that memory grows with the
distributors, never with the orders.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import Literal, NamedTuple

import numpy as np

import analytics.stream_kernels
import analytics.terms
import analytics.walk
from analytics.amounts import MILLI
from analytics.columns import Columns
from analytics.kernels import readonly
from analytics.network import History, Ints, Network, Rows
from analytics.plan import Plan
from analytics.qualification import Standing
from analytics.stream_kernels import (
    ABOVE,
    CHILDREN,
    EVERY_TIME,
    FIRST_SUM,
    GROUP,
    HEIGHT,
    IF_PASSED_OVER,
    NEVER,
    SUM_WORDS,
    Rates,
    Tally,
)
from analytics.stream_kernels import Entries as Entries
from analytics.stream_kernels import Sales as Sales
from analytics.walk import BREAK, BUYER_EARNS, DYNAMIC, SHOWN_MAX, UPLINE_ONLY, Gates
from graph.errors import Conflict

Reason = Literal[
    "kind", "round_at", "product_rates", "category_rates", "distributor_rates", "window", "caps"
]
"""The parameter of a plan for which an order needs more than its base and its seller's path."""

STRETCH = 1 << 15
"""Orders worked out at once: their entries stay in the processor's cache."""
FITS = 2**62
LINE_BYTES = 64
ORDERS_MAX = 2**31


class Rules(NamedTuple):
    """A plain plan as numbers."""

    gates: Gates
    rates: Rates


@dataclass(frozen=True)
class RollUps:
    """By distributor row, at the network's moment and over all sales streamed."""

    depth: Rows  # 0 for a root; network.ABSENT, network.QUARANTINED
    downline: Rows  # how many stand below; 0 for whoever has no place, like height and children
    height: Rows
    children: Rows
    orders: Ints  # sold by himself
    volume: Ints  # milli minor units of base, sold by himself
    group_volume: Ints  # and by his downline; 0 for whoever has no place
    earned: Ints  # [row, level - 1], minor units


def plain(plan: Plan) -> Reason | None:
    """The first parameter that keeps `plan` from being plain; None: it is."""
    if plan.kind == "differential":
        return "kind"
    if plan.round_at != "entry":
        return "round_at"
    for name in ("product_rates", "category_rates", "distributor_rates", "window"):
        if getattr(plan, name):
            return name
    if plan.caps.beneficiary is not None or plan.caps.company is not None:
        return "caps"
    return None


def rules(plan: Plan, ranks: Sequence[str | None] = (None,)) -> Rules:
    """A plain plan as numbers; `ranks` gives each rank of a standing its position."""
    terms, _ = analytics.terms.terms(Columns(), plan, list(ranks))
    gates = analytics.walk.gates(plan, list(ranks))
    most = max(1, int(np.abs(terms.number).max(initial=0)), terms.cap)
    earns_first = gates.self_purchase == UPLINE_ONLY and not gates.first_is_sponsor
    unpaid = {UPLINE_ONLY: int(earns_first), BUYER_EARNS: 0}.get(gates.self_purchase, gates.levels)
    return Rules(
        gates,
        Rates(
            number=terms.number[0].copy(),
            over=MILLI * terms.scale,
            rounding=terms.rounding,
            cap=terms.cap,
            cap_scale=terms.cap_scale,
            unpaid=unpaid,
            apart=_apart(gates),
            largest=FITS // most,
        ),
    )


def _apart(gates: Gates) -> int:
    """When a seller who buys himself may have another path than for his other orders: when they
    pass him over or end with him, or when only his own order makes him level 1."""
    if gates.self_purchase == BUYER_EARNS and gates.first_is_sponsor:
        return EVERY_TIME
    unlike = gates.compression in (DYNAMIC, BREAK) and not gates.first_is_sponsor
    return IF_PASSED_OVER if unlike and gates.self_purchase == UPLINE_ONLY else NEVER


def work(
    network: Network,
    dated: History,
    standing: Standing,
    rules: Rules,
    sales: Iterable[Sales],
    take: Callable[[Entries], None] | None = None,
    threads: int = 1,
) -> RollUps:
    """Work out all sales, given in stretches of any length.

    `take` gets the entries of each stretch in a buffer that is used again: whoever keeps them
    copies. With several threads stretches come in any order; the sums are the same. Conflict where
    numbers leave 64 bits. Each thread needs some 150 bytes for every distributor.
    """
    queue = Queue(_stretches(sales), take)
    made = [
        _Worker(_tally(dated, standing, rules), rules.rates, queue, network.order)
        for _ in range(threads)
    ]
    if threads == 1:
        made[0].run()
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(_Worker.run, made))
    _hold_to_64_bits(sum(one.volume for one in made), queue.number, rules.rates)
    return _rolled_up(network, [one.tally for one in made])


class Queue:
    """What the threads share: where orders come from and where entries go, one thread at a time."""

    def __init__(self, stretches: Iterator[Sales], take: Callable[[Entries], None] | None) -> None:
        self.stretches, self.given, self.number = stretches, take, 0
        self.lock = Lock()

    def pull(self) -> tuple[int, Sales] | None:
        """The next stretch and the number of its first order; None at the end."""
        with self.lock:
            stretch = next(self.stretches, None)
            if stretch is None:
                return None
            number = self.number
            self.number += len(stretch.seller)
            if self.number >= ORDERS_MAX:
                raise Conflict("more orders than 32 bits number")
            return number, stretch

    def take(self, entries: Entries) -> None:
        """Hand entries over."""
        if self.given is not None:
            with self.lock:
                self.given(entries)


@dataclass
class _Worker:
    """One thread."""

    tally: Tally
    rates: Rates
    queue: Queue
    order: Rows  # of the network: where remembering goes along
    volume: float = 0.0

    def run(self) -> None:
        """Work out stretches until none is left."""
        buffer = _room(STRETCH * self.tally.earned.shape[1])
        begun = False
        for number, stretch in iter(self.queue.pull, None):
            if not begun and len(stretch.at):
                analytics.stream_kernels.remember_all(self.tally, self.order, int(stretch.at[0]))
                begun = True
            paid = analytics.stream_kernels.pay(stretch, number, self.tally, self.rates, buffer)
            if paid.misfit >= 0:
                raise Conflict(
                    f"order {number + paid.misfit}: its base times a rate leaves 64 bits"
                )
            self.volume += paid.volume
            self.queue.take(_filled(buffer, paid.entries))


def _stretches(sales: Iterable[Sales]) -> Iterator[Sales]:
    for given in sales:
        whole = Sales(*(readonly(column) for column in given))
        for first in range(0, len(whole.seller), STRETCH):
            yield part(whole, slice(first, first + STRETCH))


def part(sales: Sales, rows: slice) -> Sales:
    """Some of the sales."""
    return Sales(sales.seller[rows], sales.at[rows], sales.base[rows], sales.himself[rows])


def _room(entries: int) -> Entries:
    """For one more: the last order may end with an entry of nothing."""
    rows = np.empty(entries + 1, np.int32)
    level, amount = np.empty(entries + 1, np.uint8), np.empty(entries + 1, np.int64)
    return Entries(rows, rows.copy(), level, amount)


def _filled(room: Entries, used: int) -> Entries:
    """The first entries of a buffer, not copied."""
    order, beneficiary = room.order[:used], room.beneficiary[:used]
    return Entries(order, beneficiary, room.level[:used], room.amount[:used])


def _tally(dated: History, standing: Standing, rules: Rules) -> Tally:
    """Empty records of whole cache lines, beginning at one."""
    rows, levels = len(dated.child_start) - 1, rules.gates.levels
    size = 8 * (FIRST_SUM + levels) + 4 * (levels + 1)
    words = -(-size // LINE_BYTES) * LINE_BYTES // 8
    memory = np.zeros((rows + 2) * words, np.int64)
    skipped = -memory.ctypes.data % LINE_BYTES // 8
    records = memory[skipped : skipped + (rows + 1) * words].reshape(rows + 1, words)
    ground = analytics.walk.ground(
        History(*(readonly(column) for column in dated)),
        Standing(*(readonly(column) for column in standing)),
        rules.gates,
    )
    path = np.zeros((6, levels + SHOWN_MAX + 3), np.int32)
    earned = np.zeros((rows, levels), np.int64)
    return Tally(records, records.view(np.int32), earned, path, ground)


def _hold_to_64_bits(volume: float, orders: int, rates: Rates) -> None:
    """All bases together bound every sum of bases and of amounts."""
    most = max(1.0, float(np.abs(rates.number).max(initial=0)) / rates.over)
    if volume * most + orders >= FITS:
        raise Conflict("the orders add up to more than 64 bits hold")


def _rolled_up(network: Network, tallies: Sequence[Tally]) -> RollUps:
    rows = len(network.parent)
    volume, orders = np.zeros(rows, np.int64), np.zeros(rows, np.int64)
    for tally in tallies:
        analytics.stream_kernels.spread_all(tally, volume, orders)
    earned = tallies[0].earned
    for tally in tallies[1:]:
        earned += tally.earned
    sums = np.zeros((rows, SUM_WORDS), np.int64)
    sums[:, GROUP] = np.where(network.position >= 0, volume, 0)
    sums[:, ABOVE] = network.parent
    analytics.stream_kernels.roll_up(network.order, sums)
    return RollUps(
        depth=network.depth,
        downline=network.sizes(),
        height=sums[:, HEIGHT].astype(np.int32),
        children=sums[:, CHILDREN].astype(np.int32),
        orders=orders,
        volume=volume,
        group_volume=sums[:, GROUP].copy(),
        earned=earned,
    )
