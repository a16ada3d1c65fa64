"""The closed lists that files, columns, the graph and the API share, and the few times they need.

Columns and kernels hold the *position* of a word in its tuple (0, 1, ...); files, the graph and the
API hold the word. A tuple only ever grows at its end: snapshots on disk keep the positions.
"""

DISTRIBUTOR_STATUS = ("applied", "active", "suspended", "terminated")
BUYER_KIND = ("unknown", "customer", "distributor")
ORDER_STATUS = ("created", "paid", "shipped", "received", "cancelled")
ORDER_KIND = ("sale", "cancellation", "adjustment")
PRODUCT_KIND = ("product", "kit", "fee", "training", "sales_aid")
OWNER_KIND = ("distributor", "customer", "order")
"""Whose an identifier is."""
IDENTIFIER_KIND = ("person", "card", "bank", "phone", "address", "device")
PAYOUT_BASIS = ("order_line", "recruit_event", "other")
ENTRY_KIND = ("accrual", "reversal", "release", "withdrawal", "withdrawal_return", "adjustment")
ENTRY_STATE = ("pending", "frozen", "available", "settled")

# Where several hold, the first one is the outcome (commission.md 3).
OUTCOME = (
    "self_purchase",
    "seller_unpaid",
    "path_broken",
    "unqualified:status",
    "unqualified:verified",
    "unqualified:certified",
    "unqualified:own_retail",
    "unqualified:retail_customers",
    "unqualified:own_purchase",
    "unqualified:unlock",
    "zero_rate",
    "capped",
    "below_one_minor_unit",
    "paid",
    "no_ancestor",
    "beyond_paid_levels",
)

STATUS_UNCHANGED = 255
NOBODY = -1
"""A row number that points at no row."""

OPEN_MS = 253_402_300_800_000
"""The end of an edge that has not ended: 10000-01-01T00:00:00Z."""

DAY_MS = 86_400_000
