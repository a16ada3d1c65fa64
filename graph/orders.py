"""Orders and their lines, who sold and who bought, and what a night has frozen of them.

Stored: (:Order {id, key, seq, buyer_kind, buyer_id, ordered_at_ms, ordered_bare, paid_at_ms,
received_at_ms, cancelled_at_ms, status, kind, currency, amount_minor, region, channel, cancels_id,
paid_time_ms, received_time_ms, period, seller_key, buyer_key, buyer_unknown}). *_at_ms are the raw
fields, paid_time_ms and received_time_ms what files.md "Times of an order" makes of them, period
the month of the paid time in the company's zone; the loader works them out.
Edges: (:Distributor)-[:SOLD]->(:Order), (:Customer|Distributor)-[:BOUGHT]->(:Order),
(:Order)-[:HAS_LINE]->(:OrderLine).
seller_key and buyer_key repeat the edges' other ends, for pages and columns (a write outside this
module keeps them equal; absent: no such node). buyer_unknown = buyer_id while nobody with this id
of this buyer_kind is known.
(:OrderLine {id: order_id|line_no, order_id, order_key, line_no, product_id, product_key, seq,
quantity_milli, unit_price_minor, discount_minor, tax_minor, commissionable, product_unknown}):
product_key as buyer_key, product_unknown = product_id while no such product is known.
Frozen, written once, by graph.commissions.book: frozen_plan ("" = no_plan), frozen_anchor_ms,
frozen_seq, frozen_self, frozen_run, and of equal length frozen_keys, frozen_levels, frozen_gates,
frozen_ranks ("" = none).
Rows and columns: graph.keys.
"""

from collections.abc import Iterable, Sequence

import graph.keys
import graph.queries
from graph.connection import Database
from graph.keys import Columns, Row, Saved

QUERIES = graph.queries.load("orders")

FACTS = (
    "buyer_kind",
    "buyer_id",
    "ordered_at_ms",
    "ordered_bare",
    "paid_at_ms",
    "received_at_ms",
    "cancelled_at_ms",
    "status",
    "kind",
    "currency",
    "amount_minor",
    "region",
    "channel",
    "cancels_id",
    "paid_time_ms",
    "received_time_ms",
    "period",
)
DERIVED = ("paid_time_ms", "received_time_ms", "period")
LINE_FACTS = (
    "product_id",
    "quantity_milli",
    "unit_price_minor",
    "discount_minor",
    "tax_minor",
    "commissionable",
)


def by_ids(db: Database, ids: Sequence[str]) -> list[Row]:
    """Rows {id, key, seq, seller_id, ... (FACTS), frozen_plan, frozen_run} of the ids that exist,
    by key; frozen_* None: no night has worked it out.
    """
    return db.read(QUERIES["by_ids"], ids=list(ids))


def by_keys(db: Database, keys: Sequence[int]) -> list[Row]:
    """Rows {id, key} of the keys that exist, by key."""
    return db.read(QUERIES["by_keys"], keys=list(keys))


def lines_of(db: Database, ids: Sequence[str]) -> list[Row]:
    """Rows {order_id, line_no, seq, ... (LINE_FACTS)} of these orders, by (order_id, line_no)."""
    return db.read(QUERIES["lines_of"], ids=list(ids))


def save_all(db: Database, rows: Iterable[Row], *, seq: int) -> Saved:
    """Rows {id, seller_id, ... (FACTS)}: creates them or fills in what differs.

    Seller and buyer are tied when the order is created, a blank one when it is filled in later.
    Conflict for an unknown seller; an unknown buyer is kept by his id. Derived times that a row
    has replace the stored ones also where they are None: a cancelled order may be paid no more.
    """
    shaped = (
        {
            **graph.keys.shaped(row, FACTS, ("id", "seller_id")),
            "buyer_id": row.get("buyer_id"),
            "buyer_kind": row.get("buyer_kind"),
            "times": {name: row[name] for name in DERIVED if name in row},
        }
        for row in rows
    )
    return graph.keys.save(db, QUERIES["save_all"], shaped, seq=seq)


def save_lines(db: Database, rows: Iterable[Row], *, seq: int) -> Saved:
    """Rows {order_id, line_no, ... (LINE_FACTS)}; Conflict for an unknown order."""
    shaped = (
        {
            "id": graph.keys.identity(row["order_id"], row["line_no"]),
            "product_id": row.get("product_id"),
            **graph.keys.shaped(row, LINE_FACTS, ("order_id", "line_no")),
        }
        for row in rows
    )
    return graph.keys.save(db, QUERIES["save_lines"], shaped, seq=seq)


def last_key(db: Database) -> int:
    """The greatest key; -1 if there is no order."""
    return graph.keys.last(db, "orders")


def columns(db: Database, *, after: int, upto: int, seq_max: int) -> Columns:
    """Orders with after < key <= upto, by key: id, key, seller_key, buyer_kind, buyer_key,
    buyer_id, ordered_at, paid_at (the paid time), received_at (the received time), cancelled_at,
    status, kind, currency, amount, cancels_key, cancels_id, region, channel, seq.
    """
    return db.columns(QUERIES["columns"], after=after, upto=upto, seq_max=seq_max)


def columns_of(db: Database, keys: Sequence[int]) -> Columns:
    """The same columns for a list of keys, by key."""
    return db.columns(QUERIES["columns_of"], keys=list(keys))


def line_columns(db: Database, *, after: int, upto: int, seq_max: int) -> Columns:
    """Lines of the orders with after < key <= upto, by (order_key, line_no): order_key, line_no,
    product_key, quantity_milli, unit_price, discount, tax (None where blank), commissionable (the
    line's own; None: the product's), seq. product_key NOBODY: a product that nobody knows.
    """
    return db.columns(QUERIES["line_columns"], after=after, upto=upto, seq_max=seq_max)


def line_columns_of(db: Database, keys: Sequence[int]) -> Columns:
    """The same columns for a list of orders' keys."""
    return db.columns(QUERIES["line_columns_of"], keys=list(keys))


def changed(db: Database, *, since: int, upto: int, first: int) -> list[int]:
    """Keys of orders last touched by a change after `since` up to `upto` (the order itself, not
    its lines), at most `first`.
    """
    return db.columns(QUERIES["changed"], since=since, upto=upto, first=first)["keys"]


def changed_lines(db: Database, *, since: int, upto: int, first: int) -> list[int]:
    """Keys of orders with a line last touched by a change after `since` up to `upto`, once
    for each such change, at most `first`.
    """
    return db.columns(QUERIES["changed_lines"], since=since, upto=upto, first=first)["keys"]


def frozen_columns(db: Database, *, after: int, upto: int) -> Columns:
    """Frozen orders with after < key <= upto, by key: order_key, plan (None: no_plan), anchor,
    seq, buyer_is_seller, run_id, and as lists of lists keys, levels, gates, ranks ("" = none).
    """
    return db.columns(QUERIES["frozen_columns"], after=after, upto=upto)


def frozen_columns_of(db: Database, keys: Sequence[int]) -> Columns:
    """The same columns for a list of orders' keys, by key."""
    return db.columns(QUERIES["frozen_columns_of"], keys=list(keys))


def page_of_seller(
    db: Database, seller_id: str, *, after: tuple[int, int] | None = None, first: int = 50
) -> list[Row]:
    """Rows {id, key, ordered_at_ms}, the orders of one seller behind the place `after` =
    (ordered_at_ms, key), in that order; first + 1 rows where there is a further page.
    """
    at_ms, key = after or (-1, -1)
    return db.read(QUERIES["page_of_seller"], id=seller_id, at_ms=at_ms, after=key, limit=first + 1)


def count_of_seller(db: Database, seller_id: str) -> int:
    """How many orders a seller has; 0 for an unknown one."""
    return int(db.read(QUERIES["count_of_seller"], id=seller_id)[0]["orders"])


def sold_keys(
    db: Database, seller_keys: Sequence[int], *, after_ms: int, upto_ms: int
) -> list[int]:
    """Keys of the orders of these sellers with after_ms < paid time <= upto_ms, sorted."""
    span = {"after_ms": after_ms, "upto_ms": upto_ms}
    return db.columns(QUERIES["sold_keys"], keys=list(seller_keys), **span)["keys"]


def bought_keys(
    db: Database, distributor_keys: Sequence[int], *, after_ms: int, upto_ms: int
) -> list[int]:
    """Keys of the orders that these distributors bought, after_ms < paid time <= upto_ms."""
    span = {"after_ms": after_ms, "upto_ms": upto_ms}
    return db.columns(QUERIES["bought_keys"], keys=list(distributor_keys), **span)["keys"]


def first_paid(db: Database, pairs: Sequence[Row]) -> list[Row]:
    """For pairs {buyer_kind, buyer_id, seller_id} rows {..., first_paid_ms, order_key}: his first
    paid sale with this seller, the smallest (paid time, id); pairs without one are left out.
    """
    return db.read(QUERIES["first_paid"], pairs=list(pairs))
