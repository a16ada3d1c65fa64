"""Findings out of judged rules: which scopes, with which numbers, path, interval and evidence."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

import analytics.screening.bands
import analytics.screening.choosing
import analytics.screening.intervals
import analytics.screening.judging
import analytics.screening.rulebook
import analytics.screening.scopes
from analytics.measures import BRANCH, DISTRIBUTOR, ORGANISER, Evidence, Values
from analytics.screening.evaluation import Evaluation
from analytics.screening.finding import INSUFFICIENT, REVIEW, Finding, Verdict
from analytics.screening.judging import NUMBERS, Judged
from analytics.screening.packs import BREACH, STATUTORY
from analytics.screening.rulebook import SEVERITIES, Rule

LOW, MEDIUM, HIGH = (SEVERITIES.index(word) for word in ("low", "medium", "high"))
MOST = analytics.screening.choosing.MOST
ROWS_MOST = 1_000_000_000
"""Rows that evidence of scopes may look at in all: in a large network the worst alone name ids, or
none; whoever opens a finding gets them from its snapshot.
"""
MULTIPLIED = ("REC-", "ENT-")
GATE_RULE = "STR-001"

Ints = npt.NDArray[np.int64]


class Reporter:
    """Makes the findings of one evaluation; `left_out` counts by rule what was too much."""

    def __init__(self, evaluation: Evaluation, as_of: str, evidence: bool) -> None:
        """`evidence`: also for what has no band."""
        self.evaluation = evaluation
        self.as_of = as_of
        self.evidence = evidence
        self.left_out: dict[str, int] = {}
        facts = evaluation.facts
        rows = 1 + facts.orders.height + facts.pieces.height + facts.commission.height
        self.most_evidence = min(MOST, ROWS_MOST // (rows * len(evaluation.rules)))
        self._network: dict[str, Finding] = {}

    def network(self) -> dict[str, Finding]:
        """Every rule on the whole network."""
        if not self._network:
            for name, rule in self.evaluation.rules.items():
                judged = self.evaluation.judged[name]
                told = self.evidence or judged.band[0] >= LOW
                self._network[name] = self.finding(rule, judged, 0, evidence=told)
        return self._network

    def findings(self) -> list[Finding]:
        """The network's, then organisers', branches' and distributors', rule by rule."""
        found: list[Finding] = []
        for name, rule in self.evaluation.rules.items():
            if self.evaluation.judged[name].band[0] >= LOW:
                found.append(self.network()[name])
            found.extend(self._of_scopes(rule))
            found.extend(self._of_distributors(rule))
        return [*found, *self._of_packs()]

    def by_currency(self) -> dict[str, dict[str, Finding]]:
        """The network's rules currency by currency, where there is more than one."""
        found: dict[str, dict[str, Finding]] = {}
        for name, rule in self.evaluation.rules.items():
            values = self.evaluation.judged[name].values
            if rule.by_currency and len(values) > 1:
                found[name] = {code: self._of_currency(rule, code, one) for code, one in values}
        return found

    def finding(
        self, rule: Rule, judged: Judged, at: int, *, pack: str = "", evidence: bool = True
    ) -> Finding:
        """A rule on one scope."""
        tops = self.evaluation.scopes.tops[at]
        currency = str(judged.currency[at])
        values = judged.values_at(at)
        numbers = {name: _number(judged.numbers[name][at]) for name in NUMBERS}
        numbers |= self._resampled(rule, values, at) if evidence else {}
        ids = self.evaluation.evidence(rule, tops, currency) if evidence and values else None
        return self._made(
            rule,
            kind=self.evaluation.scopes.kinds[at],
            scope_id=analytics.screening.scopes.id_of(self.evaluation.facts, tops),
            path=analytics.screening.scopes.path_of(self.evaluation.facts, tops),
            currency=currency,
            band=int(judged.band[at]),
            raised=self._raised(rule, at),
            pack=pack,
            why=str(judged.why[at]),
            evidence=ids,
            shown=_shown(values, at, judged.numbers["value"][at]),
            numbers=numbers,
        )

    def _made(
        self,
        rule: Rule,
        *,
        kind: str,
        scope_id: str,
        path: tuple[str, ...],
        currency: str,
        band: int,
        raised: bool,
        why: str,
        shown: dict[str, Any],
        numbers: dict[str, float | None],
        pack: str = "",
        evidence: Evidence | None = None,
    ) -> Finding:
        top = min(band + 1, len(SEVERITIES) - 1) if raised and band >= LOW else band
        return Finding(
            rule=rule.id,
            version=rule.version,
            rulebook=analytics.screening.rulebook.VERSION,
            pack=pack,
            scope_kind=kind,
            scope_id=scope_id,
            path=path,
            currency=currency,
            band=analytics.screening.bands.word(band),
            shown_band=analytics.screening.bands.word(top),
            why=why,
            evidence=evidence,
            shown=shown,
            **numbers,
        )

    def _raised(self, rule: Rule, at: int) -> bool:
        """Whether an active pack shows the band one higher: recruiting at the scale of the law."""
        gate = self.evaluation.judged.get(GATE_RULE)
        if gate is None or not rule.id.startswith(MULTIPLIED):
            return False
        multiplied = any(pack.multiplier for pack in self.evaluation.packs)
        return multiplied and int(gate.band[at]) >= SEVERITIES.index("info")

    def _resampled(self, rule: Rule, values: Values | None, at: int) -> dict[str, float | None]:
        if values is None or values.share is None or rule.banded != "value":
            return {}
        tops = self.evaluation.scopes.tops[at]
        named = analytics.screening.scopes.id_of(self.evaluation.facts, tops)
        seeded = analytics.screening.intervals.seed(rule.id, named, self.as_of)
        ends = analytics.screening.intervals.bootstrap(
            values.share, self.evaluation.scopes, tops, seeded
        )
        return {} if ends is None else {"ci_lower": ends[0], "ci_upper": ends[1]}

    def _of_scopes(self, rule: Rule) -> Iterator[Finding]:
        judged, scopes = self.evaluation.judged[rule.id], self.evaluation.scopes
        organised = np.array(
            [i for i, kind in enumerate(scopes.kinds) if kind == ORGANISER], np.int64
        )
        telling = organised[judged.band[organised] >= LOW]
        branches = analytics.screening.choosing.branches(scopes, judged.band)
        for chosen, kind in ((telling, ORGANISER), (branches, BRANCH)):
            if kind in rule.scopes:
                yield from self._best(rule, judged, chosen)

    def _best(self, rule: Rule, judged: Judged, chosen: Ints) -> Iterator[Finding]:
        size = judged.numbers["n"]
        ordered = analytics.screening.choosing.worst_first(chosen, judged.band, size)
        self._left(rule, len(ordered))
        for place, at in enumerate(ordered[:MOST].tolist()):
            yield self.finding(rule, judged, at, evidence=place < self.most_evidence)

    def _left(self, rule: Rule, found: int) -> None:
        if found > MOST:
            self.left_out[rule.id] = self.left_out.get(rule.id, 0) + found - MOST

    def _of_distributors(self, rule: Rule) -> Iterator[Finding]:
        """Those at medium or above, the worst currency of each."""
        worst: dict[int, tuple[int, float, Judged, int]] = {}
        for _, rows, judged in self.evaluation.distributors(rule):
            size = np.nan_to_num(judged.numbers["numerator"])
            for at in np.flatnonzero(judged.band >= MEDIUM).tolist():
                found = (int(judged.band[at]), float(size[at]), judged, at)
                if worst.get(int(rows[at]), (-1, 0.0))[:2] < found[:2]:
                    worst[int(rows[at])] = found
        ordered = sorted(worst, key=lambda row: (-worst[row][0], -worst[row][1], row))
        self._left(rule, len(ordered))
        for place, row in enumerate(ordered[:MOST]):
            _, _, judged, at = worst[row]
            yield self._of_distributor(rule, judged, at, row, place < self.most_evidence)

    def _of_distributor(
        self, rule: Rule, judged: Judged, at: int, row: int, evidence: bool
    ) -> Finding:
        facts, currency, values = self.evaluation.facts, str(judged.currency[at]), judged.values[0]
        return self._made(
            rule,
            kind=DISTRIBUTOR,
            scope_id=facts.columns.distributors["id"][row],
            path=analytics.screening.scopes.path_of(facts, (row,)),
            currency=currency,
            band=int(judged.band[at]),
            raised=False,
            why=str(judged.why[at]),
            shown=_shown(values[1], at, judged.numbers["value"][at]),
            numbers={name: _number(judged.numbers[name][at]) for name in NUMBERS},
            evidence=self.evaluation.evidence(rule, (row,), currency) if evidence else None,
        )

    def _of_packs(self) -> Iterator[Finding]:
        """Limits of active packs that the network exceeds: findings of the pack."""
        for pack in self.evaluation.packs:
            for name, line in pack.lines.items():
                judged = self.evaluation.lines[pack.name, name]
                monthly = pack.by_month is not None and name == "PAY-001"
                if name not in self.evaluation.rules or monthly:
                    continue
                if line.counts(self.as_of) and line.words(judged) == BREACH:
                    yield self._breach(pack.name, self.evaluation.rules[name], judged)

    def _breach(self, pack: str, rule: Rule, judged: Judged) -> Finding:
        """At least high where a statute fixes the number, at least low elsewhere."""
        least = HIGH if rule.id in STATUTORY else LOW
        band = judged.band.copy()
        band[0] = max(int(band[0]), least)
        numbers = (judged.why, judged.numbers, judged.currency, judged.values)
        return self.finding(rule, Judged(band, *numbers), 0, pack=pack)

    def _of_currency(self, rule: Rule, currency: str, values: Values) -> Finding:
        judged = analytics.screening.judging.judge(rule, values, currency)
        return self.finding(rule, judged, 0, evidence=False)


def of_distributor(name: str, findings: Sequence[Finding]) -> Verdict:
    """The verdict of one distributor: what is found of him is for a person to look at."""
    counted = [one for one in findings if SEVERITIES.index(one.band) >= MEDIUM]
    ordered = sorted(counted, key=lambda one: (-SEVERITIES.index(one.band), one.rule))
    verdict = REVIEW if counted else INSUFFICIENT
    reasons = tuple(dict.fromkeys(one.rule for one in ordered))
    return Verdict(DISTRIBUTOR, name, verdict, (), {}, reasons)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _shown(values: Values | None, at: int, value: float) -> dict[str, Any]:
    """Further figures of one scope, as plain numbers and texts."""
    shown: dict[str, Any] = {"infinite": True} if np.isinf(value) else {}
    for name, found in (values.shown if values else {}).items():
        by_scope = isinstance(found, (np.ndarray, list, tuple)) and len(found) > at
        shown[name] = _plain(found[at] if by_scope else found)
    return shown


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
