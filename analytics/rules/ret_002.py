"""RET-002: pay to people whose month was not for the greater part retail.

Source: FTC v. Vemma, order s. II; ret_002.toml.
"""

import numpy as np
import polars as pl

from analytics.facts.frames import Facts, Floats, R
from analytics.measures import Evidence, Scopes, Share, Values, at_places, once, rolled
from analytics.network import Flags
from analytics.rules.paid import commission_evidence
from analytics.rules.selling import (
    MONTHS,
    by_month,
    commission_of_months,
    is_one_of,
    may_be,
    paid_beneficiaries,
    recent_pieces,
    unknown_retail,
    unless_unknown,
    unordered,
)


def work_out(facts: Facts, scopes: Scopes) -> Values:
    """Commission of the months in which the beneficiary's own and whole downline revenue was not
    retail by more than half, over all commission of six months.
    """
    pieces, rows = recent_pieces(facts), commission_of_months(facts)
    known = _failing(facts, pieces, rows.filter(~pl.col("no_order")))
    failed = known.filter("fails")
    share = Share(
        num=facts.by_place(failed["place_row"], failed["amount"]),
        den=facts.by_place(known["place_row"], known["amount"]),
    )
    values = rolled(share, scopes, {"beneficiaries": paid_beneficiaries(scopes, rows)})
    unless_unknown(values, scopes, *unknown_retail(facts, pieces))
    return unless_unknown(values, scopes, *unordered(facts, rows))


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """What was paid for the months that fail."""
    failed = once(facts, "evidence of RET-002", lambda: _failed(facts))
    inside = failed.filter(at_places(facts.network, tops, failed["place_row"]))
    return commission_evidence(facts, inside)


def _failed(facts: Facts) -> pl.DataFrame:
    rows = commission_of_months(facts).filter(~pl.col("no_order"))
    return _failing(facts, recent_pieces(facts), rows).filter("fails")


def _failing(facts: Facts, pieces: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """`rows` of commission with `fails`: whether the beneficiary's month does."""
    month, who = rows["back"].to_numpy(), rows["beneficiary_row"].to_numpy()
    fails = without_majority(facts, pieces)[month.astype(np.int64), who]
    return rows.with_columns(pl.Series("fails", fails, dtype=pl.Boolean))


def without_majority(facts: Facts, pieces: pl.DataFrame) -> Flags:
    """[months back, row]: whether retail is at most half of own and downline revenue; none at all
    is no majority.
    """
    retail = pieces.filter(is_one_of(pieces["classes"], R))
    plain = pieces.filter(is_one_of(pieces["classes"], R) | ~may_be(pieces["classes"], R))
    of_retail, of_all = (
        _with_downline(facts, by_month(facts, some["place_row"], some["back"], some["net"]))
        for some in (retail, plain)
    )
    return np.asarray((2 * of_retail <= of_all) | (of_all <= 0))


def _with_downline(facts: Facts, own: Floats) -> Floats:
    """`own` by month and row with everything below added; who has no place stands alone."""
    placed = facts.network.position >= 0
    whole = [
        np.where(placed, facts.network.sums(own[back].astype(np.int64)), own[back])
        for back in range(MONTHS)
    ]
    return np.stack(whole).astype(np.float64)
