"""A screening as the dict of verdict.json: numbers as numbers, keys in a fixed order.

Money is in whole minor units of `currency`. What there is no number for is null; `infinite` says
where it is something by nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import analytics.screening.packs
import analytics.screening.rulebook
import analytics.screening.words
from analytics.measures import NETWORK, Evidence
from analytics.screening.finding import Finding, Screening
from analytics.screening.rulebook import Rule

DIGITS = 12
"""Significant digits of a number: what lies beyond is how it was added up."""

Json = dict[str, Any]


def whole(
    screening: Screening,
    lang: str,
    *,
    refused: Sequence[str] = (),
    rules: Mapping[str, Rule] | None = None,
) -> Json:
    """All of verdict.json. `refused`: why the plan was refused, before all other reasons."""
    verdict = screening.verdict
    told = analytics.screening.words.reasons(screening, lang, rules)
    return {
        "verdict": verdict.verdict,
        "as_of": screening.as_of,
        "pack": "+".join(screening.packs),
        "rulebook": screening.rulebook,
        "rulebook_sha256": screening.rulebook_sha256,
        "typologies": list(verdict.typologies),
        "packs": {name: dict(lines) for name, lines in verdict.packs.items()},
        "reasons": [*refused, *told],
        "rules": {name: rule_of(screening, name) for name in sorted(screening.rules)},
        "findings": [of_scope(one) for one in screening.findings if _has_scope(one)],
        "verdicts": _verdicts(screening),
        "errors": dict(sorted(screening.errors.items())),
        "said": _rounded(screening.said),
    }


def rule_of(screening: Screening, name: str) -> Json:
    """A rule on the whole network, with its currencies where there are several."""
    found = numbers(screening.rules[name])
    if currencies := screening.by_currency.get(name):
        found["by_currency"] = {code: numbers(one) for code, one in sorted(currencies.items())}
    return found


def of_scope(finding: Finding) -> Json:
    """A finding on one scope."""
    scope = {"kind": finding.scope_kind, "id": finding.scope_id, "path": list(finding.path)}
    named: Json = {"rule": finding.rule, "scope": scope}
    if finding.pack:
        named["pack"] = finding.pack
    return named | numbers(finding)


def numbers(finding: Finding) -> Json:
    """Band, numbers, why and evidence of a finding."""
    return {
        "band": finding.band,
        "shown_band": finding.shown_band,
        "value": number(finding.value),
        "lower": number(finding.lower),
        "upper": number(finding.upper),
        "ci_lower": number(finding.ci_lower),
        "ci_upper": number(finding.ci_upper),
        "numerator": number(finding.numerator),
        "denominator": number(finding.denominator),
        "n": number(finding.n),
        "p_adjusted": number(finding.p_adjusted),
        "why": finding.why,
        "currency": finding.currency,
        "version": finding.version,
        "evidence": list(finding.evidence.ids) if finding.evidence else [],
        "evidence_of": _evidence(finding.evidence),
        "shown": _rounded(finding.shown),
    }


def number(value: float | None) -> float | int | None:
    """A number without the noise of its last digits; whole ones as integers."""
    if value is None:
        return None
    short = float(f"{value:.{DIGITS}g}")
    return int(short) if short.is_integer() else short


def _evidence(evidence: Evidence | None) -> Json | None:
    if evidence is None:
        return None
    return {"kind": evidence.kind, "count": evidence.count, "sha256": evidence.sha256}


def _has_scope(finding: Finding) -> bool:
    return finding.scope_kind != NETWORK or bool(finding.pack)


def _verdicts(screening: Screening) -> list[Json]:
    """Of organisers all, of branches and distributors those that are not fine."""
    told = (
        one
        for (kind, _), one in screening.verdicts.items()
        if kind == "organiser" or (kind != NETWORK and one.verdict in ("ESCALATE", "REVIEW"))
    )
    return [
        {
            "scope": {"kind": one.scope_kind, "id": one.scope_id},
            "verdict": one.verdict,
            "typologies": list(one.typologies),
            "reasons": list(one.reasons),
        }
        for one in told
    ]


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _rounded(one) for key, one in value.items()}
    if isinstance(value, bool | str) or value is None:
        return value
    if isinstance(value, int | float):
        return number(float(value))
    return [_rounded(one) for one in value] if isinstance(value, Iterable) else str(value)
