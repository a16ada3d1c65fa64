"""What screening gives out: findings, verdicts, and the whole of one evaluation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from analytics.measures import Evidence

CLEAR, REVIEW, ESCALATE, INSUFFICIENT = "CLEAR REVIEW ESCALATE INSUFFICIENT".split()
VERDICTS = (CLEAR, REVIEW, ESCALATE, INSUFFICIENT)


@dataclass(frozen=True)
class Finding:
    """One rule on one scope. Numbers are None where there are none; money in minor units.

    `band` is what verdicts use, `shown_band` what is shown (a pack may raise it). An infinite value
    (something by nothing) is None with `shown["infinite"]`. `path`: ids from the root down.
    """

    rule: str
    version: str
    rulebook: str
    pack: str
    scope_kind: str
    scope_id: str
    path: tuple[str, ...]
    currency: str
    band: str
    shown_band: str
    value: float | None
    lower: float | None
    upper: float | None
    ci_lower: float | None
    ci_upper: float | None
    numerator: float | None
    denominator: float | None
    n: float | None
    p_adjusted: float | None
    why: str
    evidence: Evidence | None = None
    shown: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What a scope comes to. `reasons`: rule ids, the strongest first. `packs`: for each pack that
    was looked at, `ok`, `breach` or `NE` by rule.
    """

    scope_kind: str
    scope_id: str
    verdict: str
    typologies: tuple[str, ...]
    packs: Mapping[str, Mapping[str, str]]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Screening:
    """All that one evaluation found. `rules`: the whole network, every live rule. `findings`: what
    has a band of its own, the network's included. `errors`: what a rule raised, by rule.
    """

    as_of: str
    as_of_ms: int
    rulebook: str
    rulebook_sha256: str
    packs: tuple[str, ...]
    rules: Mapping[str, Finding]
    findings: tuple[Finding, ...]
    verdicts: Mapping[tuple[str, str], Verdict]
    by_currency: Mapping[str, Mapping[str, Finding]]
    errors: Mapping[str, str]
    drafts: tuple[Finding, ...] = ()
    said: Mapping[str, Any] = field(default_factory=dict)
    """What is said and moves nothing: exposure to team pay, money taken out by shared values."""

    @property
    def verdict(self) -> Verdict:
        """Of the whole network."""
        return self.verdicts["network", ""]
