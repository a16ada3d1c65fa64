"""One order that is worth a look: many levels, and not all of them paid."""

import polars as pl

import analytics.assembly
import graph.orders
from graph.connection import Database
from graph.errors import Missing
from graph.keys import PAGE_KEYS_MAX
from graph.model import OUTCOME

PAID = OUTCOME.index("paid")


def order_id(db: Database) -> str:
    """The one that tells most among the first orders; Missing where no night has seen any."""
    page = graph.orders.frozen_columns(db, after=-1, upto=PAGE_KEYS_MAX)
    gates = pl.col("gates")
    ranked = (
        analytics.assembly.frame_of("frozen", page)
        .select(
            "order_key",
            gates.list.n_unique().alias("reasons"),
            gates.list.count_matches(PAID).alias("paid"),
        )
        .sort("reasons", "paid", "order_key", descending=[True, True, False])
    )
    if not ranked.height:
        raise Missing("no night has worked out an order yet; run one: plumbline nightly")
    return str(graph.orders.by_keys(db, [int(ranked["order_key"][0])])[0]["id"])
