"""Screening: all rules on all scopes, bands on rules, typologies on bands, a verdict on typologies.

    screening = analytics.screening.evaluate.screen(facts, as_of="2026-10-31", packs=("generic",))

A rule that raises is not evaluable and named in `errors`; everything else is published all the
same, and nothing is then called clear.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

import analytics.screening.choosing
import analytics.screening.cliffs
import analytics.screening.direct_selling
import analytics.screening.packs
import analytics.screening.reporting
import analytics.screening.rulebook
import analytics.screening.scopes
import analytics.screening.typologies
import analytics.screening.verdict
from analytics.facts.frames import Facts
from analytics.measures import BRANCH, Scopes
from analytics.network import Flags
from analytics.screening.evaluation import Evaluation
from analytics.screening.finding import CLEAR, INSUFFICIENT, Finding, Screening, Verdict
from analytics.screening.packs import GENERIC
from analytics.screening.reporting import Reporter
from analytics.screening.rulebook import Rule
from analytics.screening.typologies import T8

TEAM_PAY, TEAM_PAY_LEVELS = "STR-002", 2


def screen(
    facts: Facts,
    *,
    as_of: str,
    packs: Sequence[str] = (GENERIC,),
    rules: Mapping[str, Rule] | None = None,
    scopes: Scopes | None = None,
    evidence: bool = False,
) -> Screening:
    """Everything that the rules say of these facts. `as_of`: the day, YYYY-MM-DD, as findings cite
    it. `evidence`: ids for what is fine too, not only for findings. Same input, same result.
    """
    book = analytics.screening.rulebook.all_rules() if rules is None else rules
    live = {name: rule for name, rule in book.items() if not rule.draft}
    chosen = tuple(analytics.screening.packs.named(packs))
    whole = analytics.screening.scopes.of(facts) if scopes is None else scopes
    evaluation = Evaluation(facts, whole, live, chosen)
    verdicts = _verdicts(evaluation, as_of)
    reporter = Reporter(evaluation, as_of, evidence)
    findings = (*reporter.findings(), *analytics.screening.direct_selling.findings(reporter))
    found = Screening(
        as_of=as_of,
        as_of_ms=facts.as_of_ms,
        rulebook=analytics.screening.rulebook.VERSION,
        rulebook_sha256=analytics.screening.rulebook.digest(book.values()),
        packs=tuple(packs),
        rules=reporter.network(),
        findings=findings,
        verdicts=_of_distributors(verdicts, findings),
        by_currency=reporter.by_currency(),
        errors={},
        drafts=_drafts(evaluation, book, as_of),
        said=_said(evaluation, reporter, findings),
    )
    return _marked(found, evaluation.errors)


def _verdicts(evaluation: Evaluation, as_of: str) -> dict[tuple[str, str], Verdict]:
    judged, scopes = evaluation.judged, evaluation.scopes
    bands = {name: one.band for name, one in judged.items()}
    typologies = analytics.screening.typologies.hold(bands)
    breaches = evaluation.breaches(as_of)
    typologies[T8] = np.logical_or.reduce([np.zeros(len(scopes), np.bool_), *breaches.values()])
    applies = {name: _applies(rule, scopes) for name, rule in evaluation.rules.items()}
    words = analytics.screening.verdict.verdicts(bands, applies, typologies, list(evaluation.packs))
    return {
        (one.scope_kind, one.scope_id): one
        for i in range(len(scopes))
        for one in [_of_scope(evaluation, i, words[i], typologies, breaches)]
    }


def _of_scope(
    evaluation: Evaluation,
    at: int,
    verdict: str,
    typologies: Mapping[str, Flags],
    breaches: Mapping[str, Flags],
) -> Verdict:
    """The verdict of one scope with its reasons; a branch that is fine gives none."""
    kind, tops = evaluation.scopes.kinds[at], evaluation.scopes.tops[at]
    name = analytics.screening.scopes.id_of(evaluation.facts, tops)
    if kind == BRANCH and verdict in (CLEAR, INSUFFICIENT):
        return Verdict(kind, name, verdict, (), {}, ())
    held = tuple(one for one, flags in typologies.items() if flags[at])
    broken = [rule for rule, flags in breaches.items() if flags[at]]
    bands = {rule: int(one.band[at]) for rule, one in evaluation.judged.items()}
    said = analytics.screening.verdict.reasons(verdict, bands, held, evaluation.rules, broken)
    lines = _lines(evaluation, at) if kind != BRANCH else {}
    return Verdict(kind, name, verdict, held, lines, said)


def _applies(rule: Rule, scopes: Scopes) -> Flags:
    return np.fromiter((kind in rule.scopes for kind in scopes.kinds), np.bool_, len(scopes))


def _lines(evaluation: Evaluation, at: int) -> dict[str, dict[str, str]]:
    """`ok`, `breach` or NE of every pack, at the network of inactive ones too."""
    known = analytics.screening.packs.known()
    packs = known.values() if at == 0 else evaluation.packs
    found: dict[str, dict[str, str]] = {}
    for pack in packs:
        found[pack.name] = {}
        for name, line in pack.lines.items():
            judged = evaluation.lines.get((pack.name, name)) or evaluation.of_pack(line)
            found[pack.name][name] = line.words(judged, at)
    return analytics.screening.direct_selling.lines(evaluation, found)


def _of_distributors(
    verdicts: dict[tuple[str, str], Verdict], findings: Sequence[Finding]
) -> dict[tuple[str, str], Verdict]:
    """The verdicts, with those of distributors that have findings of their own."""
    mine: dict[str, list[Finding]] = {}
    for one in findings:
        if one.scope_kind == "distributor":
            mine.setdefault(one.scope_id, []).append(one)
    for name, found in mine.items():
        verdicts["distributor", name] = analytics.screening.reporting.of_distributor(name, found)
    return verdicts


def _drafts(evaluation: Evaluation, book: Mapping[str, Rule], as_of: str) -> tuple[Finding, ...]:
    """What rules that are not in force yet would say of the network: nobody is alerted by them."""
    drafts = {name: rule for name, rule in book.items() if rule.draft}
    if not drafts:
        return ()
    only = analytics.screening.scopes.only_network(evaluation.facts)
    beside = Evaluation(evaluation.facts, only, drafts, evaluation.packs)
    return tuple(Reporter(beside, as_of, evidence=False).network().values())


def _said(
    evaluation: Evaluation, reporter: Reporter, findings: Sequence[Finding]
) -> dict[str, Any]:
    """What is said beside findings; it moves nothing."""
    said: dict[str, Any] = {"left_out": dict(reporter.left_out)}
    if TEAM_PAY in evaluation.judged:
        levels = evaluation.judged[TEAM_PAY].numbers["value"][0]
        said["team_pay_exposure"] = bool(levels >= TEAM_PAY_LEVELS)
    said["scopes"] = {
        kind: evaluation.scopes.kinds.count(kind) for kind in dict.fromkeys(evaluation.scopes.kinds)
    }
    said["findings"] = len(findings)
    said["beyond_edges"] = analytics.screening.cliffs.beyond(evaluation.facts)
    return said


def _marked(found: Screening, errors: Mapping[str, str]) -> Screening:
    """With what raised: then nothing is clear."""
    if not errors:
        return found
    doubted = {
        key: replace(one, verdict=INSUFFICIENT, reasons=(*errors, *one.reasons))
        if one.verdict == CLEAR
        else one
        for key, one in found.verdicts.items()
    }
    return replace(found, errors=dict(errors), verdicts=doubted)
