"""What happens to lawful networks that then look bad."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

import loaders.scenarios.identities
import loaders.scenarios.life
from analytics.facts.frames import Ints
from loaders.scenarios.life import CUSTOMER, NOBODY, Life

Options = Mapping[str, Any]
DELIVERED_DAYS = 20


def _last_months(life: Life, count: int) -> int:
    """The first day of the last `count` months."""
    return loaders.scenarios.life.first_day(int(life.ways["months"]) - count)


def wholesale(life: Life, options: Options) -> None:
    """One outside firm buys every month from one distributor, for as much as many customers."""
    seller = np.array([int(options["seller"])])
    buyer = life.customer(seller, np.array([loaders.scenarios.life.first_day(1)]))
    months = np.arange(1, int(life.ways["months"]))
    life.order(
        "wholesale",
        day=np.array([loaders.scenarios.life.first_day(int(month)) + 4 for month in months]),
        buyer_kind=CUSTOMER,
        buyer=np.repeat(buyer, len(months)),
        seller=np.repeat(seller, len(months)),
        product="P1",
        fen=int(options["fen"]),
        pays=True,
    )


def season(life: Life, options: Options) -> None:
    """In the last months only a part of the usual retail orders is placed."""
    quiet = (pl.col("day") >= _last_months(life, int(options["months"]))) & (
        pl.col("why") == "retail"
    )
    stays = pl.Series(life.rng.random(life.orders.height) < float(options["share"]))
    life.orders = life.orders.filter(~quiet | stays)


def recall(life: Life, options: Options) -> None:
    """Most of what was sold in some months comes back, after commission was released."""
    until = _last_months(life, int(options["ago"]))
    since = _last_months(life, int(options["ago"]) + int(options["months"]))
    chosen = (life.orders["why"] == "retail") & life.orders["day"].is_between(since, until - 1)
    back = chosen & pl.Series(life.rng.random(life.orders.height) < float(options["share"]))
    life.orders = life.orders.with_columns(
        refund_day=pl.when(back).then(pl.col("day") + DELIVERED_DAYS).otherwise("refund_day")
    )


def star(life: Life, options: Options) -> None:
    """One distributor sells as much as many: his customers' orders are repeated."""
    sold = life.orders.filter(
        (pl.col("why") == "retail") & (pl.col("seller") == int(options["seller"]))
    )
    life.orders = pl.concat([life.orders, *[sold] * int(options["times"])])


def couples(life: Life, options: Options) -> None:
    """Husband and wife are both distributors: one sponsored the other, they share an address and,
    for a part of them, the bank account.
    """
    sponsor = life.column("sponsor")
    recruits = np.flatnonzero(sponsor != NOBODY)
    count = round(life.accounts.height * float(options["share"]) / 2)
    chosen = life.rng.permutation(recruits)
    once = _disjoint(chosen, sponsor)[:count]
    one_account = once[: round(len(once) * float(options["one_account"]))]
    for kind, wives in (("address", once), ("bank", one_account)):
        owners = np.concatenate([wives, sponsor[wives]])
        homes = np.concatenate([wives, wives])
        names = loaders.scenarios.identities.names(kind, "h", homes)
        rows = loaders.scenarios.identities.given("distributor", owners, kind, names)
        life.identifiers = pl.concat([life.identifiers, rows])


def _disjoint(recruits: Ints, sponsor: Ints) -> Ints:
    """Those whose sponsor is nobody else's partner, and who are nobody's partner themselves."""
    taken: set[int] = set()
    found = []
    for row in recruits.tolist():
        pair = {row, int(sponsor[row])}
        if not pair & taken:
            taken |= pair
            found.append(row)
    return np.array(found, np.int64)


def pick_up(life: Life, options: Options) -> None:
    """Customers have their parcels sent to the shop of a distributor; `shared` says that it is a
    pick-up point.
    """
    shops = life.rng.permutation(life.accounts.height)[: int(options["shops"])]
    customers = np.flatnonzero(life.rng.random(life.customers.height) < float(options["share"]))
    at = shops[life.rng.integers(0, len(shops), len(customers))]
    for kind, owners, shop in (("distributor", shops, shops), ("customer", customers, at)):
        names = loaders.scenarios.identities.names("address", "s", shop)
        rows = loaders.scenarios.identities.given(
            kind, owners, "address", names, shared=bool(options["shared"])
        )
        life.identifiers = pl.concat([life.identifiers, rows])
