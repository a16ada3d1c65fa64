"""PAY-002: what part of payouts has neither an order nor an approved reason?

Ledger integrity: `other` payouts count unless a reason and who approved it are both given; payouts
for an order line count where the order is blank or unknown. Head pay has a basis of its own and
never counts here (REC-002 has it).
"""

import numpy as np
import polars as pl

import analytics.rules.counted as counted
from analytics.facts.frames import ORDER_LINE, OTHER, Facts
from analytics.measures import (
    Evidence,
    Scopes,
    Share,
    Values,
    alone,
    at_places,
    rolled,
)
from analytics.network import Rows
from analytics.rules.paid import commission_evidence
from graph.model import NOBODY

DAYS = 180
ENTRIES = 50


def work_out(facts: Facts, scopes: Scopes) -> Values:
    """Payouts without a basis over all payouts, by place."""
    return rolled(_share(facts, "place_row"), scopes)


def by_distributor(facts: Facts) -> tuple[Rows, Values]:
    """The same of each beneficiary with as many entries as the gate asks for."""
    share = _share(facts, "beneficiary_row")
    rows = np.flatnonzero(share.sizes["entries"][:-1] >= ENTRIES).astype(np.int32)
    return rows, alone(share, rows)


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """The payouts without a basis, the largest first."""
    found = _recent(facts).filter(without_basis())
    here = found.filter(at_places(facts.network, tops, found["place_row"]))
    return commission_evidence(facts, here)


def without_basis() -> pl.Expr:
    """By commission row: `other` that nobody explained, or an order line without its order."""
    other = (pl.col("basis") == OTHER) & ~pl.col("explained")
    return other | ((pl.col("basis") == ORDER_LINE) & (pl.col("order") == NOBODY))


def _recent(facts: Facts) -> pl.DataFrame:
    recent = facts.window(facts.commission["earned_day"], DAYS)
    return facts.commission.filter(recent & (facts.commission["amount"] != 0))


def _share(facts: Facts, place: str) -> Share:
    recent = _recent(facts)
    bare = recent.filter(without_basis())
    return Share(
        facts.by_place(bare[place], bare["amount"]),
        facts.by_place(recent[place], recent["amount"]),
        sizes={"entries": counted.rows_at(facts, recent[place])},
    )
