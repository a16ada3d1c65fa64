"""All that an explanation of frozen orders needs, in one statement: it reads across the nouns."""

from collections.abc import Sequence

import graph.queries
from graph.connection import Database
from graph.keys import Row

QUERIES = graph.queries.load("around")


def orders(db: Database, ids: Sequence[str]) -> list[Row]:
    """The orders that exist, by key, as rows {id, key, seller_key, seller_id, buyer_kind,
    buyer_key, ordered_at, paid_at (the paid time), status, kind, currency, amount, cancels_known
    (whether the order that it cancels is there)}.

    What a night has frozen, as in graph.orders: plan (None: no night yet, "": none was valid),
    plan_digest (None: not saved), anchor, frozen_seq, keys, levels, gates, ranks; `people` are
    pairs [key, id] of those on the path. Lines by number: {line_no,
    quantity_milli, unit_price, discount, commissionable (the line's, else the product's, else
    true), seq}, and of the product, if it is known, product_id, category, cost, product_currency.
    """
    return db.read(QUERIES["orders"], ids=list(ids))
