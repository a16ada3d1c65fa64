"""REC-005: whether what is paid could be paid from what end customers spend.

Sources: Stivers, Smith and Jin on negative sums; payout caps as the anchor; rec_005.toml.
"""

import polars as pl

from analytics.facts.frames import Facts, P, R
from analytics.measures import Evidence, Scopes, Share, Values, at_places, rolled
from analytics.rules.paid import commission_evidence
from analytics.rules.selling import is_one_of, may_be, money_where, pieces_of, sizes_of

DAYS = 180


def work_out(facts: Facts, scopes: Scopes) -> Values:
    """All pay over net retail and own use of 180 days; pay without any of it is high."""
    orders = facts.window(facts.orders["day"], DAYS)
    pieces = pieces_of(facts, orders)
    sure = is_one_of(pieces["classes"], R | P)
    perhaps = may_be(pieces["classes"], R | P) & ~sure
    paid = _paid(facts)
    share = Share(
        num=facts.by_place(paid["place_row"], paid["amount"]),
        den=money_where(facts, pieces, "net", sure),
        den_maybe=money_where(facts, pieces, "net", perhaps),
        sizes=sizes_of(facts, orders),
    )
    values = rolled(share, scopes)
    values.shown["net"] = scopes.sums(facts.by_place(pieces["place_row"], pieces["net"]))
    return values


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """What was paid in 180 days, the largest amounts first."""
    paid = _paid(facts)
    return commission_evidence(
        facts, paid.filter(at_places(facts.network, tops, paid["place_row"]))
    )


def _paid(facts: Facts) -> pl.DataFrame:
    return facts.commission.filter(facts.window(facts.commission["earned_day"], DAYS))
