"""RET-007: outside orders that come back after the commission on them has been released.

Source: FTC staff guidance on verifying retail; ret_007.toml.
"""

import numpy as np
import polars as pl

from analytics.facts.frames import Facts
from analytics.measures import (
    NO_FILE,
    Evidence,
    Scopes,
    Share,
    Values,
    alone,
    rolled,
)
from analytics.network import Rows
from analytics.rules.selling import CUSTOMER, DISTRIBUTOR, orders_in, recent_orders, without

LEAST_ORDERS = 30


def work_out(facts: Facts, scopes: Scopes) -> Values:
    """Money refunded or cancelled after release over all gross money of outside orders, 365 d."""
    values = rolled(_share(facts), scopes)
    return without(values, facts.given.refunds, NO_FILE)


def by_distributor(facts: Facts) -> tuple[Rows, Values]:
    """Sellers with at least 30 outside orders."""
    share = _share(facts)
    rows = np.flatnonzero(share.sizes["outside_orders"][:-1] >= LEAST_ORDERS).astype(np.int32)
    values = alone(share, rows)
    return rows, without(values, facts.given.refunds, NO_FILE)


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """The orders that came back late, by what came back."""
    recent = _recent(facts).with_row_index("at")
    late = recent.filter((pl.col("buyer") == CUSTOMER) & (pl.col("returned_late") > 0))
    return orders_in(facts, tops, late["order"], late["returned_late"])


def _recent(facts: Facts) -> pl.DataFrame:
    """Orders of 365 days with their row in facts as `order`."""
    return facts.orders.with_row_index("order").filter(
        recent_orders(facts) & (facts.orders["gross"] > 0)
    )


def _share(facts: Facts) -> Share:
    """An order of an unknown buyer may be an outside one; what came back of it is known."""
    orders = _recent(facts)
    outside = orders.filter(pl.col("buyer") == CUSTOMER)
    strange = orders.filter(~pl.col("buyer").is_in([CUSTOMER, DISTRIBUTOR]))
    places = outside["place_row"]
    kept = strange["gross"] - strange["returned_late"]
    return Share(
        num=facts.by_place(places, outside["returned_late"]),
        den=facts.by_place(places, outside["gross"]),
        den_maybe=facts.by_place(strange["place_row"], kept),
        both_maybe=facts.by_place(strange["place_row"], strange["returned_late"]),
        sizes={"outside_orders": facts.by_place(places, np.ones(len(places)))},
    )
