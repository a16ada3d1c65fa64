"""RET-004: how much of the pay comes from what members use themselves.

Sources: FTC v. Herbalife (2016), Omnitrition; ret_004.toml.
"""

import numpy as np
import polars as pl

from analytics.facts.frames import Facts, P
from analytics.measures import Evidence, Scopes, Share, Values, at_places, once, rolled
from analytics.rules.paid import commission_evidence
from analytics.rules.selling import lately, paid_beneficiaries

DAYS = 180


def work_out(facts: Facts, scopes: Scopes) -> Values:
    """Commission on own use over all commission earned in 180 days, pay for heads included."""
    rows = _rows(facts)
    share = Share(
        num=facts.by_place(rows["place_row"], rows["sure"]),
        den=facts.by_place(rows["place_row"], rows["amount"]),
        num_maybe=facts.by_place(rows["place_row"], rows["maybe"]),
    )
    return rolled(share, scopes, {"beneficiaries": paid_beneficiaries(scopes, rows)})


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """What was paid on lines of own use."""
    rows = once(facts, "evidence of RET-004", lambda: _on_own_use(facts))
    inside = rows.filter(at_places(facts.network, tops, rows["place_row"]))
    return commission_evidence(facts, inside, weight="sure")


def _on_own_use(facts: Facts) -> pl.DataFrame:
    return _rows(facts).filter(pl.col("sure") > 0)


def _rows(facts: Facts) -> pl.DataFrame:
    """Commission of 180 days with `sure` and `maybe`: what of it is on own use."""
    sure, maybe = (pl.Series(np.asarray(part)) for part in facts.commission_on(P))
    rows = facts.commission.with_columns(sure.alias("sure"), maybe.alias("maybe"))
    return rows.filter(lately(rows["earned_day"], facts.as_of_day, DAYS))
