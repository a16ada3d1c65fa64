"""RET-007: outside orders that come back after the commission on them has been released.

Source: FTC staff guidance on verifying retail; ret_007.toml. An order that was paid and has the
status cancelled is no money to any other rule; here it counts, gross, where it was cancelled after
the release (payouts; else ordered + freeze).
"""

from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

import analytics.facts.days
from analytics.facts.frames import Facts
from analytics.measures import (
    NO_FILE,
    Evidence,
    Scopes,
    Share,
    Values,
    alone,
    evidence_of,
    inside,
    rolled,
)
from analytics.network import Rows
from analytics.rules.selling import (
    CUSTOMER,
    DISTRIBUTOR,
    YEAR,
    lately,
    recent_orders,
    without,
)
from graph.model import DAY_MS, NOBODY, ORDER_STATUS

LEAST_ORDERS = 30
CANCELLED = ORDER_STATUS.index("cancelled")


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
    recent = _recent(facts)
    late = recent.filter((pl.col("buyer") == CUSTOMER) & (pl.col("returned_late") > 0))
    gone = _cancelled(facts)
    found = pl.concat(
        [
            late.select("order_row", "place_row", pl.col("returned_late").alias("money")),
            gone.select("order_row", "place_row", pl.col("gross").alias("money")),
        ]
    )
    here = inside(facts.network, tops)[found["place_row"].to_numpy()]
    mine = found.filter(pl.Series(here))
    ids = facts.columns.orders["id"].gather(mine["order_row"])
    return evidence_of("order", ids, mine["money"])


def _recent(facts: Facts) -> pl.DataFrame:
    """Orders of 365 days with their row in facts as `order`."""
    return facts.orders.with_row_index("order").filter(
        recent_orders(facts) & (facts.orders["gross"] > 0)
    )


def _cancelled(facts: Facts) -> pl.DataFrame:
    """Outside orders of 365 days that were paid, and cancelled after the release: order_row,
    place_row, gross.
    """
    columns = facts.columns
    releases = columns.payouts.filter(pl.col("order_row") != NOBODY).group_by("order_row")
    first = releases.agg(pl.col("released_at").min())
    orders = columns.orders.with_row_index("order_row").with_columns(
        pl.col("order_row").cast(pl.Int32), pl.col("seller_row").alias("place_row")
    )
    freeze = pl.col("ordered_at") + facts.freeze_days * DAY_MS
    found = orders.filter(
        pl.col("status") == CANCELLED,
        pl.col("buyer_kind") == CUSTOMER,
        pl.col("paid_at").is_not_null(),
        pl.col("currency").is_in(facts.currencies) | pl.col("currency").is_null(),
    ).join(first, on="order_row", how="left", maintain_order="left")
    late = found.filter(pl.col("cancelled_at") > pl.coalesce("released_at", freeze))
    ordered = analytics.facts.days.calendar(ZoneInfo(facts.zone)).of(late["ordered_at"])
    recent = late.filter(lately(ordered, facts.as_of_day, YEAR))
    lines = columns.lines.filter(pl.col("order_row").is_in(recent["order_row"].implode()))
    paid = (pl.col("quantity_milli") * pl.col("unit_price") / 1000).round() - pl.col("discount")
    gross = lines.group_by("order_row").agg(paid.sum().cast(pl.Int64).alias("gross"))
    return recent.join(gross, on="order_row", how="left", maintain_order="left").select(
        "order_row", "place_row", pl.coalesce("gross", "amount", pl.lit(0)).alias("gross")
    )


def _share(facts: Facts) -> Share:
    """An order of an unknown buyer may be an outside one; what came back of it is known."""
    orders = _recent(facts)
    outside = orders.filter(pl.col("buyer") == CUSTOMER)
    strange = orders.filter(~pl.col("buyer").is_in([CUSTOMER, DISTRIBUTOR]))
    gone = _cancelled(facts)
    back = facts.by_place(gone["place_row"], gone["gross"])
    places = outside["place_row"]
    kept = strange["gross"] - strange["returned_late"]
    return Share(
        num=facts.by_place(places, outside["returned_late"]) + back,
        den=facts.by_place(places, outside["gross"]) + back,
        den_maybe=facts.by_place(strange["place_row"], kept),
        both_maybe=facts.by_place(strange["place_row"], strange["returned_late"]),
        sizes={"outside_orders": facts.by_place(places, np.ones(len(places)))},
    )
