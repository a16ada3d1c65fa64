"""Who was paid what in a simulated network: levels above the seller, and pay for heads.

Somebody who has left is not paid and uses up his level. What is earned on an order that is refunded
by the day of its release is taken back on the day of the refund; later it stays.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from analytics.facts.frames import Ints
from analytics.measures import Flags
from loaders.scenarios.life import HEAD_DAYS, NEVER, NOBODY, PAYOUTS, RELEASE_DAYS, Life, framed

MILLIONTHS = 1_000_000


def pay(life: Life) -> None:
    """Fill in the payouts of all orders and all heads."""
    life.payouts = pl.concat([_of_orders(life), _of_heads(life)])


def _of_orders(life: Life) -> pl.DataFrame:
    paid = life.orders["pays"].to_numpy() & (life.orders["seller"].to_numpy() != NOBODY)
    number = np.flatnonzero(paid)
    orders = life.orders[number]
    day, seller = (orders[name].to_numpy() for name in ("day", "seller"))
    back = orders["refund_day"].to_numpy()
    taken_back = np.where(back <= day + RELEASE_DAYS, back, NEVER)
    found = [framed(PAYOUTS, _nothing())[:0]]
    place = seller
    for level in range(1, _levels(life, "rates") + 1):
        gets = (place != NOBODY) & ~_gone(life, place, day)
        amount = _part(life, "rates", level, seller, orders["fen"].to_numpy())
        rows = np.flatnonzero(gets & (amount > 0))
        found.append(
            framed(
                PAYOUTS,
                _nothing()
                | {
                    "beneficiary": place[rows],
                    "basis": "order_line",
                    "order": number[rows],
                    "level": level,
                    "fen": amount[rows],
                    "earned": day[rows],
                    "released": day[rows] + RELEASE_DAYS,
                    "taken_back": taken_back[rows],
                },
            )
        )
        place = _above(life, place)
    return pl.concat(found)


def _of_heads(life: Life) -> pl.DataFrame:
    """One ancestor for each element of the bonus, whether he has left or not."""
    recruit, base = (life.heads[name].to_numpy() for name in ("recruit", "fen"))
    day = life.heads["day"].to_numpy() + HEAD_DAYS
    absolute = life.ways["bonus_base"] != "join"
    base = np.full(len(recruit), 100) if absolute else base
    found = [framed(PAYOUTS, _nothing())[:0]]
    place = _above(life, recruit)
    for level in range(1, _levels(life, "recruit_bonus") + 1):
        amount = _part(life, "recruit_bonus", level, recruit, base)
        rows = np.flatnonzero((place != NOBODY) & (amount > 0))
        given = {
            "beneficiary": place[rows],
            "basis": "recruit_event",
            "recruit": recruit[rows],
            "level": level,
            "fen": amount[rows],
            "earned": day[rows],
            "released": day[rows],
        }
        found.append(framed(PAYOUTS, _nothing() | given))
        place = _above(life, place)
    return pl.concat(found)


def _nothing() -> dict[str, object]:
    """A payout of which nothing is known yet."""
    unknown = dict.fromkeys(("beneficiary", "order", "recruit", "level"), NOBODY)
    times = {"earned": NEVER, "released": NEVER, "taken_back": NEVER}
    return {**unknown, **times, "fen": 0, "basis": "other", "reason": None, "approved_by": None}


def _levels(life: Life, name: str) -> int:
    return max(len(life.ways.plain[name]), len(life.ways.over[name]))


def _part(life: Life, name: str, level: int, of: Ints, base: Ints) -> Ints:
    """The rate of a level times `base`, in whole fen, half up; by the ways of the account `of`."""
    plain, over = (_rate(ways[name], level) for ways in (life.ways.plain, life.ways.over))
    rate = np.where(life.flag("in_branch")[of], over, plain)
    return (2 * base * rate + MILLIONTHS) // (2 * MILLIONTHS)


def _rate(rates: Sequence[float], level: int) -> int:
    return round(rates[level - 1] * MILLIONTHS) if level <= len(rates) else 0


def _above(life: Life, place: Ints) -> Ints:
    return np.where(place == NOBODY, NOBODY, life.column("sponsor")[place])


def _gone(life: Life, place: Ints, day: Ints) -> Flags:
    return np.asarray(life.column("left")[place] <= day)
