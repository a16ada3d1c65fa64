"""REC-002: whether anything is paid for a head.

Sources: 禁止传销条例 art. 7(1), Competition Act (Canada) s. 55.1(1)(a); rec_002.toml.
"""

import numpy as np
import polars as pl

from analytics.facts.frames import ORDER_LINE, OTHER, RECRUIT_EVENT, Facts, Ints
from analytics.kernels import compiled
from analytics.measures import NO_FILE, Evidence, Scopes, Values, at_places, no_values
from analytics.network import Flags, Rows
from analytics.rules.paid import commission_evidence
from graph.model import NOBODY

DAYS = 365
SOON = 15
"""Days after a joining within which pay looks like pay for it."""
SHIFTED = 60
"""Days by which joinings are moved for comparison: a growing network shows some by chance."""
MOSTLY = 0.8
AMOUNTS = 3
LOOKED_AT = 20_000
"""The largest rows only: this is said, it moves no verdict."""


def work_out(facts: Facts, scopes: Scopes) -> Values:
    """Net sum of head pay of 365 days, in minor units; above 0 is high, one payment is enough."""
    rows = facts.commission.filter(_for_heads(facts))
    found = no_values(len(scopes))
    found.value = scopes.sums(facts.by_place(rows["place_row"], rows["amount"]))
    found.lower, found.upper, found.numerator = found.value, found.value, found.value
    found.n = scopes.sums(facts.by_place(rows["place_row"], np.ones(rows.height)))
    if not (facts.given.payouts or facts.plan_levels or facts.commission.height):
        return no_values(len(scopes), NO_FILE)
    return _with_substance(facts, scopes, found)


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """Every payment for a head, the largest first."""
    rows = facts.commission.filter(_for_heads(facts))
    return commission_evidence(
        facts, rows.filter(at_places(facts.network, tops, rows["place_row"]))
    )


def _for_heads(facts: Facts) -> pl.Series:
    commission = facts.commission
    return facts.window(commission["earned_day"], DAYS) & (commission["basis"] == RECRUIT_EVENT)


def _with_substance(facts: Facts, scopes: Scopes, found: Values) -> Values:
    """Info where pay without a ground follows joinings, in a few fixed amounts."""
    rows = _without_ground(facts)
    close, moved = soon_after_joining(facts, rows, 0), soon_after_joining(facts, rows, SHIFTED)
    amounts = rows["amount"].n_unique()
    alike = close >= MOSTLY and 0 < amounts <= AMOUNTS
    found.severity = np.full(len(scopes), "", dtype=object)
    found.severity[scopes.whole & (found.value <= 0) & alike] = "info"
    found.shown |= {"soon_after_joining": close, "soon_after_shifted": moved, "amounts": amounts}
    return found


def _without_ground(facts: Facts) -> pl.DataFrame:
    """Unexplained `other` and order_line without its order, 365 days, the largest rows."""
    unexplained = (pl.col("basis") == OTHER) & ~pl.col("explained")
    lost = (pl.col("basis") == ORDER_LINE) & (pl.col("order") == NOBODY)
    recent = facts.commission.filter(facts.window(facts.commission["earned_day"], DAYS))
    rows = recent.filter((unexplained | lost) & (pl.col("amount") > 0))
    return rows.sort(
        "amount", "earned_day", "beneficiary_row", descending=[True, False, False]
    ).head(LOOKED_AT)


def soon_after_joining(facts: Facts, rows: pl.DataFrame, shift: int) -> float:
    """The share of the money of `rows` that was earned within 15 days after somebody joined below
    its beneficiary; joinings moved by `shift` days.
    """
    joined = facts.accounts.with_row_index("row").filter(pl.col("joined") & ~pl.col("is_root"))
    joined = joined.sort("joined_day")
    position = facts.network.position[joined["row"].to_numpy()]
    days = joined["joined_day"].to_numpy().astype(np.int64) + shift
    who = rows["beneficiary_row"].to_numpy()
    known = who >= 0
    if not known.any():
        return 0.0
    earned = rows["earned_day"].to_numpy().astype(np.int64)
    first, end = facts.network.position[who], facts.network.end[who]
    close = _followed(first, end, earned, np.searchsorted(days, earned - SOON), days, position)
    amount = rows["amount"].to_numpy().astype(np.float64)
    return float(amount[close & known].sum() / amount.sum())


@compiled
def _followed(
    first: Rows, end: Rows, earned: Ints, begin: Ints, days: Ints, position: Rows
) -> Flags:
    found = np.zeros(len(first), np.bool_)
    for i in range(len(first)):
        at = begin[i]
        while at < len(days) and days[at] <= earned[i]:
            if first[i] < position[at] < end[i]:
                found[i] = True
                break
            at += 1
    return found
