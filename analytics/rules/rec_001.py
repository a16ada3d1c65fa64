"""REC-001: how much of what is paid is paid for bringing people in.

Sources: Koscot as applied in BurnLounge, UCPD annex I no. 14, 禁止传销条例 art. 7; rec_001.toml.
"""

from typing import Any

import numpy as np
import polars as pl

from analytics.facts.frames import OTHER, RECRUIT_EVENT, Facts, Floats, J
from analytics.measures import Evidence, Scopes, Share, Values, alone, at_places, once, rolled
from analytics.network import Rows
from analytics.rules.paid import commission_evidence

DAYS = 180
ENTRIES = 50


def work_out(facts: Facts, scopes: Scopes) -> Values:
    """Head pay, pay on entry-linked lines and unexplained pay over all pay of 180 days."""
    values = rolled(_share(facts, facts.commission["place_row"], DAYS), scopes)
    values.shown["lifetime"] = rolled(_share(facts, facts.commission["place_row"], 0), scopes).value
    return values


def by_distributor(facts: Facts) -> tuple[Rows, Values]:
    """The same of what each beneficiary was paid, where that are 50 entries or more."""
    share = _share(facts, facts.commission["beneficiary_row"], DAYS)
    rows = np.flatnonzero(share.sizes["entries"][:-1] >= ENTRIES).astype(np.int32)
    return rows, alone(share, rows)


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """What was paid for bringing people in, the largest amounts first."""
    sure, _ = _for_recruiting(facts)
    weighed = facts.commission.with_columns(for_recruiting=sure)
    mine = facts.window(weighed["earned_day"], DAYS) & (weighed["for_recruiting"] > 0)
    inside = mine & at_places(facts.network, tops, weighed["place_row"])
    return commission_evidence(facts, weighed.filter(inside), "for_recruiting")


def _share(facts: Facts, place: pl.Series, days: int) -> Share:
    commission = facts.commission
    inside = facts.window(commission["earned_day"], days).to_numpy()
    sure, maybe = _for_recruiting(facts)
    amount = commission["amount"].to_numpy()

    def of(values: Any) -> Floats:
        return facts.by_place(place, np.where(inside, values, 0))

    return Share(of(sure), of(amount), num_maybe=of(maybe), sizes={"entries": of(amount != 0)})


def _for_recruiting(facts: Facts) -> tuple[Floats, Floats]:
    """By commission row: what surely, and what perhaps, is paid for bringing people in."""
    return once(facts, "rec_001_for_recruiting", lambda: _worked_out(facts))


def _worked_out(facts: Facts) -> tuple[Floats, Floats]:
    basis = facts.commission["basis"].to_numpy()
    unexplained = (basis == OTHER) & ~facts.commission["explained"].to_numpy()
    heads = (basis == RECRUIT_EVENT) | unexplained
    sure, maybe = facts.commission_on(J)
    return np.where(heads, facts.commission["amount"].to_numpy(), sure), maybe
