"""Goods that members want to give back: so many requests, so many of them honoured."""

import numpy as np
import polars as pl

from loaders.scenarios.life import BUYBACKS, DISTRIBUTOR, NEVER, Life, framed

WINDOW_DAYS, SETTLED_DAYS = 330, 40
"""Requests concern what was bought this many days before the last day."""
ASKED_DAYS, PAID_DAYS = 25, 10


def ask_back(life: Life) -> None:
    """Buy-back requests: a share of all accounts, each for a purchase of his own."""
    wanted = round(life.accounts.height * float(life.ways["buyback.req"]))
    orders = life.orders
    bought = (orders["buyer_kind"] == DISTRIBUTOR) & orders["day"].is_between(
        life.as_of - WINDOW_DAYS, life.as_of - SETTLED_DAYS
    )
    numbers = np.flatnonzero(bought.to_numpy())
    chosen = np.sort(life.rng.choice(numbers, min(wanted, len(numbers)), replace=False))
    requested = orders["day"].to_numpy()[chosen] + life.rng.integers(1, ASKED_DAYS, len(chosen))
    honoured = life.rng.permutation(len(chosen)) < round(
        len(chosen) * float(life.ways["buyback.honoured"])
    )
    given = {
        "distributor": orders["buyer"].to_numpy()[chosen],
        "order": chosen,
        "requested": requested,
        "fen": orders["fen"].to_numpy()[chosen],
        "paid": np.where(honoured, requested + PAID_DAYS, NEVER),
    }
    life.buybacks = pl.concat([life.buybacks, framed(BUYBACKS, given)])
