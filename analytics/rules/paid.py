"""Evidence of what was paid: the ids of payouts, or of the orders that own entries stand on."""

import polars as pl

from analytics.facts.frames import Facts
from analytics.measures import Evidence, evidence_of, no_evidence
from graph.model import NOBODY


def commission_evidence(facts: Facts, rows: pl.DataFrame, weight: str = "amount") -> Evidence:
    """Of rows of commission, the largest `weight` first."""
    if not rows.height:
        return no_evidence("payout" if facts.given.payouts else "order")
    if facts.given.payouts:
        ids = facts.columns.payouts["id"].gather(rows["source_row"])
        return evidence_of("payout", ids, rows[weight])
    some = rows.filter(pl.col("order") != NOBODY)
    order_row = facts.orders["order_row"].gather(some["order"])
    return evidence_of("order", facts.columns.orders["id"].gather(order_row), some[weight])
