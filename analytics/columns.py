"""The network and its orders as columns: the one form that everything in `analytics` reads.

`loaders` builds it from files (a dry run), `analytics.snapshot` from the graph (a night), and
`analytics.explain` from a handful of rows (one order). One polars frame per noun. A column named
`*_row` holds the row number in the frame of that noun (`NOBODY` = -1: none or not known); `key` is
the dense integer kept in the graph (in a dry run the row number). Times are int64 milliseconds UTC,
null where unknown; money is int64 minor units of the row's currency; closed lists are positions in
the tuples of `graph.model`. Frames are sorted as said beside them.
"""

from dataclasses import dataclass, field, fields

import polars as pl

Schema = dict[str, pl.DataType | type[pl.DataType]]

NOT_GIVEN = -2
"""As `sponsor_row` of an edge: there is a sponsor, but these few rows lack him."""

DISTRIBUTORS: Schema = {  # by key
    "id": pl.String,
    "key": pl.Int64,
    "joined_at": pl.Int64,
    "left_at": pl.Int64,
    "status": pl.UInt8,  # as of joined_at
    "rank": pl.String,  # as of joined_at
    "region": pl.String,
    "person_id": pl.String,
    "verified_at": pl.Int64,
    "certified_until": pl.Int64,
    "sanctioned_at": pl.Int64,
}
SPONSOR_EDGES: Schema = {  # by (child_row, since); never two at one time for a child
    "child_row": pl.Int32,
    "sponsor_row": pl.Int32,
    "since": pl.Int64,
    "until": pl.Int64,  # exclusive; OPEN_MS while it lasts
}
STATUS_CHANGES: Schema = {  # by (distributor_row, valid_from)
    "distributor_row": pl.Int32,
    "valid_from": pl.Int64,
    "status": pl.UInt8,  # STATUS_UNCHANGED where the file was blank
    "rank": pl.String,  # null: unchanged
}
CUSTOMERS: Schema = {  # by key
    "id": pl.String,
    "key": pl.Int64,
    "distributor_row": pl.Int32,  # bound to
    "bound_at": pl.Int64,
    "became_distributor_id": pl.String,
    "region": pl.String,
}
PRODUCTS: Schema = {  # by key
    "id": pl.String,
    "key": pl.Int64,
    "category": pl.String,
    "kind": pl.UInt8,
    "mandatory_to_join": pl.Boolean,
    "list_price": pl.Int64,
    "cost": pl.Int64,
    "reference_price": pl.Int64,
    "currency": pl.String,
    "commissionable": pl.Boolean,
}
ORDERS: Schema = {  # by key
    "id": pl.String,
    "key": pl.Int64,
    "seller_row": pl.Int32,
    "buyer_kind": pl.UInt8,  # frozen at order time; "unknown" where blank
    "buyer_row": pl.Int32,  # in customers or distributors; NOBODY for an id nobody knows
    "buyer_id": pl.String,
    "ordered_at": pl.Int64,
    "paid_at": pl.Int64,  # files.md "Times of an order": the paid time, not the raw field
    "received_at": pl.Int64,  # the received time
    "cancelled_at": pl.Int64,
    "status": pl.UInt8,
    "kind": pl.UInt8,
    "currency": pl.String,
    "amount": pl.Int64,  # paid base of an order without lines
    "cancels_row": pl.Int32,
    "cancels_id": pl.String,
    "region": pl.String,
    "channel": pl.String,
    "seq": pl.Int64,  # change cursor at which the row was last written; 0 in a dry run
}
LINES: Schema = {  # by (order_row, line_no)
    "order_row": pl.Int32,
    "line_no": pl.Int64,
    "product_row": pl.Int32,
    "quantity_milli": pl.Int64,
    "unit_price": pl.Int64,
    "discount": pl.Int64,  # 0 where blank
    "tax": pl.Int64,  # 0 where blank
    "commissionable": pl.Boolean,  # the line's, else the product's, else true
    "seq": pl.Int64,
}
REFUNDS: Schema = {  # by (refunded_at, id)
    "id": pl.String,
    "order_row": pl.Int32,
    "line_no": pl.Int64,
    "quantity_milli": pl.Int64,
    "amount": pl.Int64,
    "currency": pl.String,
    "refunded_at": pl.Int64,
    "seq": pl.Int64,
}
# Cards, phones, addresses, ... of distributors, customers and orders; never in clear.
IDENTIFIERS: Schema = {  # by key
    "owner_kind": pl.UInt8,  # the noun of owner_row
    "owner_row": pl.Int32,
    "kind": pl.UInt8,
    "value": pl.Int64,  # 60 bits of the stored hash: graph.sealing.code_of
    "hashed": pl.Boolean,  # the file gave a hash
    "valid_from": pl.Int64,
    "valid_to": pl.Int64,
    "shared": pl.Boolean,  # an office or a pick-up point: links nobody
    "id": pl.String,
    "key": pl.Int64,
    "seq": pl.Int64,
}
# What another system has paid, as its rows say it: nothing is netted.
PAYOUTS: Schema = {  # by key
    "id": pl.String,
    "key": pl.Int64,
    "beneficiary_row": pl.Int32,
    "basis": pl.UInt8,
    "order_row": pl.Int32,
    "order_id": pl.String,
    "recruit_row": pl.Int32,
    "level": pl.Int32,
    "amount": pl.Int64,  # with reverses_id: counts as minus its magnitude
    "currency": pl.String,
    "earned_at": pl.Int64,
    "released_at": pl.Int64,
    "reverses_row": pl.Int32,  # in payouts
    "reverses_id": pl.String,
    "reason": pl.String,
    "approved_by": pl.String,
    "seq": pl.Int64,
}
# What distributors sold on of what they had bought.
RESALES: Schema = {  # by key
    "id": pl.String,
    "key": pl.Int64,
    "distributor_row": pl.Int32,
    "order_row": pl.Int32,
    "order_id": pl.String,
    "line_no": pl.Int64,
    "period": pl.String,  # YYYY-MM
    "amount": pl.Int64,  # at the purchase price
    "sold_for": pl.Int64,
    "currency": pl.String,
    "seq": pl.Int64,
}
# Requests of distributors to return stock.
BUYBACKS: Schema = {  # by key
    "id": pl.String,
    "key": pl.Int64,
    "distributor_row": pl.Int32,
    "order_row": pl.Int32,
    "order_id": pl.String,
    "requested_at": pl.Int64,
    "amount": pl.Int64,
    "saleable": pl.Boolean,
    "paid_at": pl.Int64,
    "paid_amount": pl.Int64,
    "currency": pl.String,
    "seq": pl.Int64,
}
# What the ledger already holds, empty in a dry run; by (order_row, booked_at, cause, level).
ENTRIES: Schema = {
    "order_row": pl.Int32,
    "beneficiary_row": pl.Int32,
    "level": pl.UInt8,
    "kind": pl.UInt8,
    "cause": pl.String,
    "amount": pl.Int64,  # signed
    "currency": pl.String,
    "booked_at": pl.Int64,
    "plan": pl.String,  # NAME@VERSION
}
# What the first night that worked an order out has fixed; one row per order, by order_row.
FROZEN: Schema = {
    "order_row": pl.Int32,
    "plan": pl.String,  # NAME@VERSION; null: `no_plan`
    "anchor": pl.Int64,  # window anchor: bound_at, or the first paid order with this seller
    "seq": pl.Int64,  # change cursor of that night: lines with a greater seq are late
    "buyer_is_seller": pl.Boolean,
}
FROZEN_PATHS: Schema = {  # the walked ancestors of each frozen order; by (order_row, position)
    "order_row": pl.Int32,
    "position": pl.Int32,
    "beneficiary_row": pl.Int32,
    "level": pl.UInt8,  # 0: none
    "gate": pl.UInt8,  # position in OUTCOME; "paid" stands for: passed every gate before the money
    "rank": pl.String,
}

SCHEMAS: dict[str, Schema] = {
    "distributors": DISTRIBUTORS,
    "sponsor_edges": SPONSOR_EDGES,
    "status_changes": STATUS_CHANGES,
    "customers": CUSTOMERS,
    "products": PRODUCTS,
    "orders": ORDERS,
    "lines": LINES,
    "refunds": REFUNDS,
    "identifiers": IDENTIFIERS,
    "payouts": PAYOUTS,
    "resales": RESALES,
    "buybacks": BUYBACKS,
    "entries": ENTRIES,
    "frozen": FROZEN,
    "frozen_paths": FROZEN_PATHS,
}


def empty(noun: str) -> pl.DataFrame:
    """A frame of `noun` with no rows."""
    return pl.DataFrame(schema=SCHEMAS[noun])


@dataclass(frozen=True)
class Columns:
    """All frames of one moment; `files` names the nouns that were given, with rows or without
    (absent = unknown; the nouns are those of the files: `order_lines`, not `lines`).
    """

    distributors: pl.DataFrame = field(default_factory=lambda: empty("distributors"))
    sponsor_edges: pl.DataFrame = field(default_factory=lambda: empty("sponsor_edges"))
    status_changes: pl.DataFrame = field(default_factory=lambda: empty("status_changes"))
    customers: pl.DataFrame = field(default_factory=lambda: empty("customers"))
    products: pl.DataFrame = field(default_factory=lambda: empty("products"))
    orders: pl.DataFrame = field(default_factory=lambda: empty("orders"))
    lines: pl.DataFrame = field(default_factory=lambda: empty("lines"))
    refunds: pl.DataFrame = field(default_factory=lambda: empty("refunds"))
    identifiers: pl.DataFrame = field(default_factory=lambda: empty("identifiers"))
    payouts: pl.DataFrame = field(default_factory=lambda: empty("payouts"))
    resales: pl.DataFrame = field(default_factory=lambda: empty("resales"))
    buybacks: pl.DataFrame = field(default_factory=lambda: empty("buybacks"))
    entries: pl.DataFrame = field(default_factory=lambda: empty("entries"))
    frozen: pl.DataFrame = field(default_factory=lambda: empty("frozen"))
    frozen_paths: pl.DataFrame = field(default_factory=lambda: empty("frozen_paths"))
    files: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Hold every frame to its schema: a wrong type is a fault of the builder, found here."""
        for one in fields(self):
            if one.name in SCHEMAS:
                frame: pl.DataFrame = getattr(self, one.name)
                assert dict(frame.schema) == SCHEMAS[one.name], (one.name, frame.schema)
