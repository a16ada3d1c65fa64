"""How unlawful networks hide: each function is one trick, none of which the parameters can say."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

import loaders.scenarios.identities
from analytics.facts.frames import Ints
from analytics.measures import Flags
from loaders.scenarios.life import (
    CUSTOMER,
    DISTRIBUTOR,
    HEAD_DAYS,
    NEVER,
    NOBODY,
    RELEASE_DAYS,
    UNKNOWN,
    Life,
    Product,
)

Options = Mapping[str, Any]


def _made_by(life: Life, why: str) -> Flags:
    return (life.orders["why"] == why).to_numpy()


def _any_other(life: Life, rows: Ints) -> Ints:
    """For each of these accounts another one that had joined before, of whatever tree."""
    others = life.rng.integers(0, np.maximum(1, rows))
    return np.where(rows == 0, np.minimum(1, life.accounts.height - 1), others)


def friends_cards(life: Life, options: Options) -> None:
    """Invented orders are paid with the card of another distributor, a different one each time."""
    card_of = life.orders["card_of"].to_numpy().copy()
    linked = np.flatnonzero(card_of != NOBODY)
    card_of[linked] = _any_other(life, card_of[linked])
    life.orders = life.orders.with_columns(card_of=card_of)


def later(life: Life, options: Options) -> None:
    """Orders of one step are moved by some days, never before their seller has joined."""
    moved = _made_by(life, options["why"])
    day = life.orders["day"].to_numpy().copy()
    joined = life.column("joined")[life.orders["seller"].to_numpy()]
    day[moved] = np.maximum(day[moved] + int(options["days"]), joined[moved])
    life.orders = life.orders.with_columns(day=day)


def in_parts(life: Life, options: Options) -> None:
    """Orders of one step become equal parts, some days apart, of an ordinary product; whoever
    leaves pays no further part.
    """
    parts, apart = int(options["parts"]), int(options["days"])
    whole = life.orders.filter(pl.col("why") == options["why"])
    life.orders = life.orders.filter(pl.col("why") != options["why"])
    left = life.column("left")[whole["buyer"].to_numpy()]
    pieces = [
        whole.with_columns(
            pl.col("day") + part * apart, pl.col("fen") // parts, product=pl.lit("P1"), pays=True
        ).filter((pl.col("day") + part * apart) < pl.Series(left))
        for part in range(parts)
    ]
    life.orders = pl.concat([life.orders, *pieces])


def cells(life: Life, options: Options) -> None:
    """No tree has more than so many persons: whoever comes next is a root of his own."""
    most, sponsor = int(options["most"]), life.column("sponsor")
    tree, sizes = np.arange(len(sponsor)), np.ones(len(sponsor), np.int64)
    for row in range(len(sponsor)):  # sponsors stand before those they sponsor
        if sponsor[row] != NOBODY and sizes[tree[sponsor[row]]] < most:
            tree[row] = tree[sponsor[row]]
            sizes[tree[row]] += 1
        else:
            sponsor[row] = NOBODY
    life.accounts = life.accounts.with_columns(sponsor=sponsor, tree=tree)
    # What was sold by a sponsor who is none any more was sold by nobody in particular.
    buyer, kind = (life.orders[name].to_numpy() for name in ("buyer", "buyer_kind"))
    own = (kind == DISTRIBUTOR) & (sponsor[np.where(kind == DISTRIBUTOR, buyer, 0)] == NOBODY)
    life.orders = life.orders.with_columns(
        seller=np.where(own, buyer, life.orders["seller"].to_numpy())
    )


def one_bank(life: Life, options: Options) -> None:
    """All roots are paid to one bank account."""
    roots = np.flatnonzero(life.column("sponsor") == NOBODY)
    rows = loaders.scenarios.identities.given("distributor", roots, "bank", "bank-0")
    life.identifiers = pl.concat([life.identifiers, rows])


def just_below(life: Life, options: Options) -> None:
    """Those who buy up to the threshold buy up to just below it: the true one is lower."""
    huggers = life.flag("hugger")
    buyer, kind = (life.orders[name].to_numpy() for name in ("buyer", "buyer_kind"))
    hugs = _made_by(life, "qualify") & (kind == DISTRIBUTOR)
    hugs[hugs] = huggers[buyer[hugs]]
    lower = (life.orders["fen"] * float(options["factor"])).round().cast(pl.Int64)
    life.orders = life.orders.with_columns(
        fen=pl.when(pl.Series(hugs)).then(lower).otherwise(pl.col("fen"))
    )


def below_a_star(life: Life, options: Options) -> None:
    """The branch stands below the best seller of a healthy tree, whose sales are multiplied."""
    branch, star = int(life.ways["branch.seeds"][0]), int(options["star"])
    sponsor = life.column("sponsor")
    sponsor[branch] = star
    life.accounts = life.accounts.with_columns(sponsor=sponsor)
    sold = life.orders.filter((pl.col("why") == "retail") & (pl.col("seller") == star))
    more = [sold.with_columns(buyer=pl.col("buyer")) for _ in range(int(options["times"]))]
    life.orders = pl.concat([life.orders, *more])


def dummies_as_persons(life: Life, options: Options) -> None:
    """Every dummy account has the papers, card and phone of a person of his own."""
    number = np.arange(life.accounts.height)
    life.accounts = life.accounts.with_columns(person=number)


def one_device(life: Life, options: Options) -> None:
    """An account and its dummies are used from one device."""
    dummy_of = life.column("dummy_of")
    dummies = np.flatnonzero(dummy_of != NOBODY)
    owners = np.concatenate([dummies, np.unique(dummy_of[dummies])])
    origin = np.where(dummy_of[owners] == NOBODY, owners, dummy_of[owners])
    names = loaders.scenarios.identities.names("device", "p", origin)
    rows = loaders.scenarios.identities.given("distributor", owners, "device", names)
    life.identifiers = pl.concat([life.identifiers, rows])


def heads_as_other(life: Life, options: Options) -> None:
    """Pay for heads is booked as `other`, with a reason and somebody's approval."""
    heads = pl.col("basis") == "recruit_event"
    blank = pl.when(heads).then(NOBODY)
    life.payouts = life.payouts.with_columns(
        basis=pl.when(heads).then(pl.lit("other")).otherwise("basis"),
        reason=pl.when(heads).then(pl.lit(options["reason"])).otherwise("reason"),
        approved_by=pl.when(heads).then(pl.lit("office")).otherwise("approved_by"),
        recruit=blank.otherwise("recruit"),
        level=blank.otherwise("level"),
    )


def rebates(life: Life, options: Options) -> None:
    """Every joiner places a tiny order a few days after joining."""
    joiners = life.heads["recruit"].to_numpy()
    life.order(
        "rebate",
        day=life.heads["day"].to_numpy() + HEAD_DAYS,
        buyer=joiners,
        seller=life.column("sponsor")[joiners],
        product="P1",
        fen=int(options["fen"]),
    )


def heads_as_rebates(life: Life, options: Options) -> None:
    """Pay for heads is booked as commission on that tiny order."""
    tiny = np.flatnonzero(_made_by(life, "rebate"))
    order_of = np.full(life.accounts.height, NOBODY)
    order_of[life.orders["buyer"].to_numpy()[tiny]] = tiny
    heads = (life.payouts["basis"] == "recruit_event").to_numpy()
    recruit = life.payouts["recruit"].to_numpy()
    order = np.where(heads, order_of[np.where(heads, recruit, 0)], life.payouts["order"].to_numpy())
    life.payouts = life.payouts.with_columns(
        basis=pl.when(pl.Series(heads)).then(pl.lit("order_line")).otherwise("basis"),
        order=order,
        recruit=np.where(heads, NOBODY, recruit),
        released=pl.when(pl.Series(heads))
        .then(pl.col("earned") + RELEASE_DAYS)
        .otherwise("released"),
    )


def worth(life: Life, options: Options) -> None:
    """A product is said to be worth its price; a worth of -1 is left blank."""
    old, share = life.products[options["product"]], float(options["share"])
    reference = None if share < 0 else round(old.price * share)
    life.products[options["product"]] = Product("product", old.price, reference)


def as_customers(life: Life, options: Options) -> None:
    """What members buy to qualify or to join is ordered by `customers` of their own, from a seller
    of another line; `address`: it is sent to the member's own address.
    """
    whys = pl.Series(options["why"])
    chosen = np.flatnonzero(life.orders["why"].is_in(whys.implode()).to_numpy())
    member = life.orders["buyer"].to_numpy()[chosen]
    day = life.orders["day"].to_numpy()[chosen]
    seller = _of_another_line(life, member, day)
    mine, place = np.unique(member, return_inverse=True)
    first_seen = np.full(len(mine), NEVER)
    np.minimum.at(first_seen, place, day)
    customers = life.customer(seller[np.unique(place, return_index=True)[1]], first_seen, -2)
    columns = {name: life.orders[name].to_numpy().copy() for name in ("buyer", "seller")}
    columns["buyer_kind"] = life.orders["buyer_kind"].to_numpy().copy()
    columns["buyer"][chosen], columns["seller"][chosen] = customers[place], seller
    columns["buyer_kind"][chosen] = CUSTOMER
    life.orders = life.orders.with_columns(**columns, pays=True)
    life.stand_ins = dict(zip(customers.tolist(), mine.tolist(), strict=True))


def _of_another_line(life: Life, member: Ints, day: Ints) -> Ints:
    """A seller who had joined by that day: somebody of the next tree, else its root."""
    roots = np.unique(life.column("tree"))
    tree = life.column("tree")[member]
    place = np.searchsorted(roots, tree)
    return roots[(place + 1) % len(roots)]


def own_address(life: Life, options: Options) -> None:
    """Members and the customers that stand in for them have one address."""
    if not options["address"]:
        return
    stand_ins = np.array(list(life.stand_ins), np.int64)
    members = np.array(list(life.stand_ins.values()), np.int64)
    names = loaders.scenarios.identities.names("address", "p", members)
    for kind, owners in (("customer", stand_ins), ("distributor", members)):
        rows = loaders.scenarios.identities.given(kind, owners, "address", names)
        life.identifiers = pl.concat([life.identifiers, rows])


def blank_buyers(life: Life, options: Options) -> None:
    """A share of the orders of some steps name no buyer."""
    chosen = life.orders["why"].is_in(pl.Series(options["why"]).implode())
    blank = chosen & pl.Series(life.rng.random(life.orders.height) < float(options["share"]))
    life.orders = life.orders.with_columns(
        buyer_kind=pl.when(blank).then(UNKNOWN).otherwise("buyer_kind"),
        buyer=pl.when(blank).then(NOBODY).otherwise("buyer"),
    )


def nameless_returns(life: Life, options: Options) -> None:
    """What comes back of invented orders is booked as cancellations that name no order."""
    life.blank_cancellations = True


def all_shared(life: Life, options: Options) -> None:
    """Every identifier of a distributor is declared to be a shared one."""
    life.identifiers = life.identifiers.with_columns(
        shared=pl.col("shared") | (pl.col("owner_kind") == "distributor")
    )
