"""INV-002: how much of the money is stock, and goods beyond own use bought on joining.

Sources: Competition Act s. 55.1, Malaysian list of features; inv_002.toml.
"""

import polars as pl

from analytics.facts.frames import Facts, J, S
from analytics.measures import Evidence, Scopes, Share, Values, once, rolled
from analytics.rules.selling import (
    CUSTOMER,
    MONEY,
    PRODUCT,
    SALES_AID,
    money_where,
    orders_in,
    pieces_of,
    recent_orders,
    sizes_of,
)

READ = (*MONEY, "product_kind", "buyer")


def work_out(facts: Facts, scopes: Scopes) -> Values:
    """Net stock and entry-linked goods of members over all net money of 365 days."""
    orders = recent_orders(facts)
    pieces = pieces_of(facts, orders, READ)
    sure, perhaps = _loaded(pieces)
    share = Share(
        num=money_where(facts, pieces, "net", sure),
        den=facts.by_place(pieces["place_row"], pieces["net"]),
        num_maybe=money_where(facts, pieces, "net", perhaps & ~sure),
        sizes=sizes_of(facts, orders),
    )
    return rolled(share, scopes)


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """The orders with stock, by its money."""
    stock = once(facts, "evidence of INV-002", lambda: _stock(facts))
    return orders_in(facts, tops, stock["order"], stock["net"])


def _stock(facts: Facts) -> pl.DataFrame:
    pieces = pieces_of(facts, recent_orders(facts), READ)
    return pieces.filter(_loaded(pieces)[0] & (pl.col("net") > 0)).select("order", "net")


def _loaded(pieces: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """Which pieces surely, and which perhaps, are stock. Of what is entry-linked only goods that
    a member bought count: no fees, no kits, nothing from before joining.
    """
    goods = pl.col("product_kind").is_in([PRODUCT, SALES_AID])
    member = pl.col("buyer") != CUSTOMER
    counted = pl.when(goods & member).then(S | J).otherwise(S).cast(pl.UInt8)
    found = pieces.select(
        perhaps=(pl.col("classes") & counted) != 0,
        sure=(pl.col("classes") & (counted ^ 0xFF)) == 0,
    )
    return found["sure"], found["perhaps"]
