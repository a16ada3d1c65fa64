"""The report on a plan: what the lint says, what each level is promised, what the packs allow."""

import polars as pl

import analytics.plan_lint
import analytics.plan_packs
import analytics.plan_promise
from analytics.columns import Schema
from analytics.plan import Plan
from analytics.plan_lint import Complaint
from analytics.reports.tables import (
    COUNT_UNIT,
    PLAN,
    RATIO_UNIT,
    SAID_PREFIX,
    Report,
    Table,
    totals,
)
from graph import money
from graph.settings import LANGUAGES

COMPLAINTS: Schema = {
    "severity": pl.String,
    "key": pl.String,
    **{f"{SAID_PREFIX}{lang}": pl.String for lang in LANGUAGES},
}
RATES: Schema = {"level": pl.Int32, "rate": pl.Float64}
PACKS: Schema = {
    "pack": pl.String,
    "paid_tiers": pl.Int64,  # of the plan
    "most_tiers": pl.Int64,  # null: the pack sets no number
    "promised": pl.Float64,  # the most that the plan can promise, of the base
    "cap": pl.Float64,
    "accepted": pl.Boolean,  # null: the pack sets neither number
    "status": pl.String,
}


def work_out(
    plan: Plan | None, complaints: list[Complaint], as_of: str, currency: str = ""
) -> Report:
    """The report of a plan that was read; without one its tables are empty."""
    promised = _promised(plan)
    return Report(
        PLAN,
        as_of,
        (
            Table("plan_totals", _totals(plan, complaints, promised)),
            Table("complaints", _complaints(complaints)),
            Table("rates", _rates(plan)),
            Table("plan_packs", _packs(plan, promised)),
        ),
    )


def _promised(plan: Plan | None) -> float | None:
    """The largest share of the base, over everything that the plan names."""
    if plan is None:
        return None
    most, share = analytics.plan_promise.most, analytics.plan_promise.SHARE
    found = [
        most(plan, overrides, share) for _, _, overrides in analytics.plan_promise.standard(plan)
    ]
    return float(max(found, default=money.Exact(0)))


def _complaints(complaints: list[Complaint]) -> pl.DataFrame:
    rows = [
        {
            "severity": one.severity,
            "key": one.key,
            **{f"{SAID_PREFIX}{lang}": one.said(lang) for lang in LANGUAGES},
        }
        for one in complaints
    ]
    return pl.DataFrame(rows, schema=COMPLAINTS)


def _rates(plan: Plan | None) -> pl.DataFrame:
    rates = () if plan is None else plan.rates[: plan.max_paid_levels]
    rows = [(level, float(rate)) for level, rate in enumerate(rates, 1)]
    return pl.DataFrame(rows, schema=RATES, orient="row")


def _packs(plan: Plan | None, promised: float | None) -> pl.DataFrame:
    """The plan's own packs, else every pack that sets a number."""
    if plan is None or promised is None:
        return pl.DataFrame(schema=PACKS)
    known = analytics.plan_packs.known()
    names = [name for name in plan.packs if name in known] or sorted(
        name for name, pack in known.items() if pack.max_tiers or pack.payout_cap is not None
    )
    rows = []
    for pack in analytics.plan_packs.named(names):
        cap = None if pack.payout_cap is None else float(pack.payout_cap)
        kept = [
            *([] if pack.max_tiers is None else [plan.max_paid_levels <= pack.max_tiers]),
            *([] if cap is None else [promised <= cap]),
        ]
        status = pack.status.replace(" ", "_") or None
        row = (pack.name, plan.max_paid_levels, pack.max_tiers, promised, cap)
        rows.append((*row, all(kept) if kept else None, status))
    return pl.DataFrame(rows, schema=PACKS, orient="row")


def _totals(plan: Plan | None, complaints: list[Complaint], promised: float | None) -> pl.DataFrame:
    grave = [one for one in complaints if one.severity == analytics.plan_lint.REFUSE]
    levels = None if plan is None else float(plan.max_paid_levels)
    return totals(
        [
            ("reasons_to_refuse", float(len(grave)), COUNT_UNIT, None),
            ("warnings", float(len(complaints) - len(grave)), COUNT_UNIT, None),
            ("paid_levels", levels, COUNT_UNIT, None),
            ("promised", promised, RATIO_UNIT, None),
        ]
    )
