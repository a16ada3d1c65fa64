"""People join: accounts are opened, the entry is paid, heads are counted, dummies follow."""

from typing import Any

import numpy as np
import polars as pl

import loaders.scenarios.life
from analytics.facts.frames import Ints
from loaders.scenarios.life import ACCOUNTS, CUSTOMER, HEADS, NEVER, NOBODY, Life, fen, framed

ACCOUNTS_MAX = 6_000


def roots(life: Life) -> None:
    """The first ones, on the first day, free of charge."""
    count = int(life.ways["seeds"])
    number = np.arange(count)
    in_branch = np.isin(number, life.ways["branch.seeds"])
    day = np.full(count, loaders.scenarios.life.first_day(0))
    _open(life, np.full(count, NOBODY), day, tree=number, in_branch=in_branch, dummy_of=NOBODY)


def join(life: Life, recruiters: Ints, day: Ints) -> None:
    """One new account below each recruiter, as far as accounts may still be opened."""
    room = max(0, ACCOUNTS_MAX - life.accounts.height)
    new = _under(life, recruiters[:room], day[:room])
    _pays_to_join(life, new)
    chosen = new[life.rng.random(len(new)) < life.number("dummy.share", new)]
    _dummies(life, chosen)


def _under(life: Life, sponsor: Ints, day: Ints, dummy_of: Any = NOBODY) -> Ints:
    tree, in_branch = life.column("tree")[sponsor], life.flag("in_branch")[sponsor]
    return _open(life, sponsor, day, tree=tree, in_branch=in_branch, dummy_of=dummy_of)


def _open(life: Life, sponsor: Ints, day: Ints, **more: Any) -> Ints:
    """Accounts with what each draws on joining; their numbers."""
    count, known, rng = len(sponsor), life.accounts.height, life.rng
    number = np.arange(known, known + count)
    in_branch = more["in_branch"]
    shape = life.ways.of("retail.hetero", in_branch)
    of_origin = np.broadcast_to(more["dummy_of"], number.shape)
    person = number
    if (of_origin != NOBODY).any():
        person = np.where(of_origin == NOBODY, number, life.column("person")[of_origin])
    given = {
        "sponsor": sponsor,
        "joined": day,
        "left": NEVER,
        "person": person,
        "ability": rng.gamma(shape, 1 / shape),
        "washer": rng.random(count) < life.ways.of("wash.share", in_branch),
        "hugger": rng.random(count) < life.ways.of("qualify.share", in_branch),
        **more,
        "dummy_of": of_origin,
    }
    life.accounts = pl.concat([life.accounts, framed(ACCOUNTS, given)])
    return number


def _dummies(life: Life, origin: Ints) -> None:
    """A chain of further accounts of the same person below each, a day later."""
    above = origin
    joined = life.column("joined")[origin] + 1
    for _ in range(int(life.ways["dummy.k"])):
        room = max(0, ACCOUNTS_MAX - life.accounts.height)
        above, origin, joined = above[:room], origin[:room], joined[:room]
        above = _under(life, above, joined, dummy_of=origin)
        _pays_to_join(life, above)


def _pays_to_join(life: Life, new: Ints) -> None:
    """Fee, kit, training and load as orders; the sum is what head pay is worked out from."""
    taken = np.zeros(len(new))
    on_join = bool(life.ways["comm_on_join"])
    disguised = life.number("join.disguised", new) > 0
    for what in ("fee", "kit", "training"):
        price = life.number(f"join.{what}", new)
        if what == "kit":
            price = price * (life.rng.random(len(new)) < life.number("join.kit_take", new))
        pays = np.full(len(new), on_join) | (disguised & (what == "kit"))
        _entry(life, new, price, what, pays)
        taken += price
    load = life.number("join.load", new)
    load = load * (life.rng.random(len(new)) < life.number("join.load_take", new))
    later = life.rng.integers(0, 10, len(new))
    _entry(life, new, load, "load", np.full(len(new), bool(life.ways["comm_on_own"])), later)
    _before_joining(life, new)
    heads = {"recruit": new, "day": life.column("joined")[new], "fen": fen(taken + load)}
    life.heads = pl.concat([life.heads, framed(HEADS, heads)])


def _entry(
    life: Life, new: Ints, price: Any, what: str, pays: Any, later: Ints | None = None
) -> None:
    paid = np.flatnonzero(price > 0)
    rows = new[paid]
    day = life.column("joined")[rows] + (0 if later is None else later[paid])
    product = what.upper()
    life.order(
        what,
        day=day,
        buyer=rows,
        seller=life.column("sponsor")[rows],
        product=product,
        fen=fen(price[paid]),
        pays=pays[paid],
    )


def _before_joining(life: Life, new: Ints) -> None:
    """The entry bought as an outside customer some days before, from the later sponsor."""
    buys = life.rng.random(len(new)) < life.number("prejoin.share", new)
    early = life.rng.integers(1, 20, len(new))
    rows = new[buys]
    seller = life.column("sponsor")[rows]
    day = np.maximum(life.column("joined")[rows] - early[buys], life.column("joined")[seller])
    buyer = life.customer(seller, day, rows)
    life.order(
        "prejoin",
        day=day,
        buyer_kind=CUSTOMER,
        buyer=buyer,
        seller=seller,
        product="P1",
        fen=fen(life.number("prejoin.amt", rows)),
        pays=True,
    )
