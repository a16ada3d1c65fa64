"""The performance of the rules: what became of their alerts, and how often they could not answer.

Reads plain rows, whoever has them: one row a finding (`rule`, `version`, `state`, `outcome`,
`first_seen_ms`, `closed_at_ms` or None, `snoozes`), and one row a rule (`rule`, `evaluated`,
`not_evaluable`). Precision is useful outcomes over decided ones, with Wilson's interval; what waits
for a decision counts on neither side, and `insufficient` decides nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

import analytics.statistics
from analytics.columns import Schema
from analytics.reports.tables import (
    COUNT_UNIT,
    PERFORMANCE,
    RATIO_UNIT,
    Report,
    Table,
    fitted,
    totals,
)
from analytics.screening.finding import Screening

Row = Mapping[str, Any]

CONFIRMED, USEFUL, FALSE_POSITIVE, INSUFFICIENT = (
    "confirmed",
    "useful",
    "false_positive",
    "insufficient",
)
"""Outcomes; graph rows may call the second `useful_alert`."""
DONE = ("CLOSED", "ESCALATED")
DAY_MS = 86_400_000

FINDINGS: Schema = {
    "rule": pl.String,
    "version": pl.String,
    "state": pl.String,
    "outcome": pl.String,
    "first_seen_ms": pl.Int64,
    "closed_at_ms": pl.Int64,
    "snoozes": pl.Int64,
}
EVALUATIONS: Schema = {"rule": pl.String, "evaluated": pl.Int64, "not_evaluable": pl.Int64}
RULES: Schema = {
    "rule": pl.String,
    "version": pl.String,
    "alerts": pl.Int64,
    "open": pl.Int64,
    "confirmed": pl.Int64,
    "useful": pl.Int64,
    "false_positive": pl.Int64,
    "insufficient": pl.Int64,
    "precision": pl.Float64,  # null: nothing decided
    "precision_lower": pl.Float64,
    "precision_upper": pl.Float64,
    "median_age_days": pl.Float64,  # of what is open
    "snoozes": pl.Int64,
}
STATES: Schema = {"state": pl.String, "alerts": pl.Int64, "median_age_days": pl.Float64}
ANSWERED: Schema = {
    "rule": pl.String,
    "evaluated": pl.Int64,  # scopes looked at
    "not_evaluable": pl.Int64,
    "ne_rate": pl.Float64,
}


def work_out(
    findings: Iterable[Row], evaluations: Iterable[Row], as_of: str, as_of_ms: int
) -> Report:
    """The report of findings as they stand, and of one evaluation (`evaluations_of`)."""
    rows = _typed(findings, as_of_ms)
    answered = _answered(evaluations)
    return Report(
        PERFORMANCE,
        as_of,
        (
            Table("performance_totals", _totals(rows, answered)),
            Table("rules", _rules(rows)),
            Table("states", _states(rows)),
            Table("answered", answered),
        ),
    )


def evaluations_of(screening: Screening | None) -> list[Row]:
    """How many of the network's evaluations, in every currency, each rule could not answer."""
    if screening is None:
        return []
    by_currency = list(screening.by_currency.values()) or [screening.rules]
    return [
        {
            "rule": rule,
            "evaluated": len(found := [one[rule] for one in by_currency if rule in one]),
            "not_evaluable": sum(bool(one.why) for one in found),
        }
        for rule in sorted(screening.rules)
    ]


def _typed(findings: Iterable[Row], as_of_ms: int) -> pl.DataFrame:
    rows = [{name: row.get(name) for name in FINDINGS} for row in findings]
    frame = pl.DataFrame(rows, schema=FINDINGS).with_columns(pl.col("snoozes").fill_null(0))
    done = pl.col("state").str.to_uppercase().is_in(DONE)
    outcome = pl.col("outcome").str.to_lowercase().str.strip_suffix("_alert")
    age = (as_of_ms - pl.col("first_seen_ms")) / DAY_MS
    return frame.with_columns(
        outcome.alias("outcome"), open=~done.fill_null(False), age=pl.when(~done).then(age)
    )


def _rules(rows: pl.DataFrame) -> pl.DataFrame:
    found = rows.group_by("rule", "version").agg(
        alerts=pl.len(),
        open=pl.col("open").sum(),
        confirmed=(pl.col("outcome") == CONFIRMED).sum(),
        useful=(pl.col("outcome") == USEFUL).sum(),
        false_positive=(pl.col("outcome") == FALSE_POSITIVE).sum(),
        insufficient=(pl.col("outcome") == INSUFFICIENT).sum(),
        median_age_days=pl.col("age").median(),
        snoozes=pl.col("snoozes").sum(),
    )
    return fitted(found.hstack(_precision(found)).sort("rule", "version"), RULES)


def _precision(found: pl.DataFrame) -> list[pl.Series]:
    hits = (found["confirmed"] + found["useful"]).cast(pl.Float64).to_numpy()
    tries = hits + found["false_positive"].cast(pl.Float64).to_numpy()
    known = tries > 0
    low, high = analytics.statistics.wilson(hits, np.where(known, tries, 1.0))
    point = hits / np.where(known, tries, 1.0)
    names = ("precision", "precision_lower", "precision_upper")
    return [
        pl.Series(name, np.where(known, values, np.nan)).fill_nan(None)
        for name, values in zip(names, (point, low, high), strict=True)
    ]


def _states(rows: pl.DataFrame) -> pl.DataFrame:
    found = rows.group_by(state=pl.col("state").str.to_uppercase()).agg(
        alerts=pl.len(), median_age_days=pl.col("age").median()
    )
    return fitted(found.sort("state"), STATES)


def _answered(evaluations: Iterable[Row]) -> pl.DataFrame:
    rows: Sequence[Row] = [{name: row[name] for name in EVALUATIONS} for row in evaluations]
    frame = pl.DataFrame(rows, schema=EVALUATIONS)
    rate = pl.when(pl.col("evaluated") > 0).then(pl.col("not_evaluable") / pl.col("evaluated"))
    return fitted(frame.with_columns(ne_rate=rate).sort("rule"), ANSWERED)


def _totals(rows: pl.DataFrame, answered: pl.DataFrame) -> pl.DataFrame:
    useful = rows.filter(pl.col("outcome").is_in([CONFIRMED, USEFUL])).height
    decided = useful + rows.filter(outcome=FALSE_POSITIVE).height
    asked = int(answered["evaluated"].sum())
    missing = int(answered["not_evaluable"].sum())
    return totals(
        [
            ("alerts", float(rows.height), COUNT_UNIT, None),
            ("open_alerts", float(rows["open"].sum()), COUNT_UNIT, None),
            ("decided", float(decided), COUNT_UNIT, None),
            ("precision", useful / decided if decided else None, RATIO_UNIT, None),
            ("ne_rate", missing / asked if asked else None, RATIO_UNIT, None),
        ]
    )
