"""The kernels of an explanation made ready, so that nobody's first question waits for them.

They are compiled once on a machine and loaded once in a process; both happen at the first call.
"""

from zoneinfo import ZoneInfo

import polars as pl

import analytics.commission
import analytics.recall
from analytics.columns import SCHEMAS, Columns
from analytics.plan import Plan, Plans
from analytics.recall import Version
from graph.keys import Row
from graph.model import NOBODY, ORDER_KIND, ORDER_STATUS

SALE = {"id": "", "key": 0, "ordered_at": 0, "paid_at": 0, "currency": "CNY", "amount": 1}


def kernels() -> None:
    """Work out one sale of one distributor, as a night does and as one that a night has frozen."""
    plan = Plan()
    analytics.commission.work_out(_columns(), Plans.always(plan), as_of_ms=0, zone=ZoneInfo("UTC"))
    analytics.recall.work_out([_frozen()], Version(plan), "CNY")


def _columns() -> Columns:
    who = {"id": "", "key": 0, "joined_at": 0, "status": 0}
    sale = {**SALE, "status": ORDER_STATUS.index("paid"), "kind": ORDER_KIND.index("sale")}
    nobody = {"seller_row": 0, "buyer_kind": 0, "buyer_row": NOBODY, "cancels_row": NOBODY}
    return Columns(
        distributors=_one("distributors", who), orders=_one("orders", {**sale, **nobody, "seq": 0})
    )


def _one(noun: str, row: Row) -> pl.DataFrame:
    schema = SCHEMAS[noun]
    return pl.DataFrame({name: [row.get(name)] for name in schema}, schema=schema)


def _frozen() -> Row:
    sale = {**SALE, "kind": "sale", "seller_key": 0, "buyer_key": NOBODY, "buyer_kind": "customer"}
    path = {"keys": [0], "levels": [1], "gates": [0], "ranks": [""], "people": [[0, ""]]}
    return {**sale, **path, "anchor": None, "frozen_seq": 0, "lines": []}
