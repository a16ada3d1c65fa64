"""All reports as typed frames, for pages, workbooks and the API alike.

    depth(facts, as_of) -> Report          recruitment(facts, as_of, screening) -> Report
    money(facts, as_of) -> Report          income(facts, as_of) -> Report
    performance(findings, evaluations, as_of, as_of_ms) -> Report
    plan(plan, complaints, as_of) -> Report

A `Report` has `tables`; `report.frame(code)` is one of them, its columns said where it is made.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import analytics.reports.depth
import analytics.reports.income
import analytics.reports.money
import analytics.reports.performance
import analytics.reports.promises
import analytics.reports.recruitment
from analytics.facts.frames import Facts
from analytics.plan import Plan
from analytics.plan_lint import Complaint
from analytics.reports.tables import (
    DEPTH,
    INCOME,
    KINDS,
    MONEY,
    PERFORMANCE,
    PLAN,
    RECRUITMENT,
    Report,
)
from analytics.screening.finding import Screening

depth = analytics.reports.depth.work_out
recruitment = analytics.reports.recruitment.work_out
money = analytics.reports.money.work_out
income = analytics.reports.income.work_out
performance = analytics.reports.performance.work_out
plan = analytics.reports.promises.work_out


@dataclass(frozen=True)
class Material:
    """What reports are made of. `findings`: rows for the performance of the rules, where a graph
    has them.
    """

    as_of: str
    facts: Facts
    screening: Screening | None = None
    plan: Plan | None = None
    complaints: Sequence[Complaint] = ()
    findings: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


def of(kind: str, material: Material) -> Report:
    """The report of one of KINDS; KeyError for any other word."""
    return _MAKERS[kind](material)


def _performance(material: Material) -> Report:
    evaluations = analytics.reports.performance.evaluations_of(material.screening)
    return performance(material.findings, evaluations, material.as_of, material.facts.as_of_ms)


_MAKERS: Mapping[str, Callable[[Material], Report]] = {
    DEPTH: lambda m: depth(m.facts, m.as_of),
    RECRUITMENT: lambda m: recruitment(m.facts, m.as_of, m.screening),
    MONEY: lambda m: money(m.facts, m.as_of),
    INCOME: lambda m: income(m.facts, m.as_of),
    PERFORMANCE: _performance,
    PLAN: lambda m: plan(m.plan, list(m.complaints), m.as_of),
}
assert tuple(_MAKERS) == KINDS
