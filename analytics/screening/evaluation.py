"""Rules on the scopes of one set of facts: currencies one by one, and what raises kept apart."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

import analytics.screening.judging
from analytics.facts.frames import Facts, Floats, J
from analytics.measures import FAILED, NO_REFERENCE, Evidence, Scopes, ratio
from analytics.network import Flags, Rows
from analytics.screening.judging import MEDIUM, Judged
from analytics.screening.packs import STATUTORY, Line, Pack
from analytics.screening.rulebook import Rule

LOG = logging.getLogger(__name__)
BY_LAW = "ENT-002"
"""The rule that measures only what an active pack fixes."""
FUNDED = ("REC-001", "REC-002")
"""Rules that a pack caps where entrants' money pays little of what is earned."""


@dataclass(frozen=True)
class Evaluation:
    """The rules `rules` on `scopes`, by the packs `packs`; what raised stands in `errors`."""

    facts: Facts
    scopes: Scopes
    rules: Mapping[str, Rule]
    packs: tuple[Pack, ...]
    errors: dict[str, str] = field(default_factory=dict)

    @cached_property
    def currencies(self) -> dict[str, Facts]:
        """Facts by currency; one without a name where there is no money at all."""
        codes = self.facts.currencies
        if len(codes) < 2:
            return {(codes[0] if codes else ""): self.facts}
        return {code: self.facts.of_currency(code) for code in codes}

    @cached_property
    def weights(self) -> Floats:
        """Orders by [currency, scope]."""
        counted = []
        for facts in self.currencies.values():
            places = facts.orders["place_row"]
            counted.append(self.scopes.sums(facts.by_place(places, np.ones(len(places)))))
        return np.stack(counted)

    @cached_property
    def judged(self) -> dict[str, Judged]:
        """Every rule by id, as packs leave it."""
        return {name: self._capped(name, self._kept(rule)) for name, rule in self.rules.items()}

    def by_currency(self, rule: Rule, **arguments: Any) -> dict[str, Judged]:
        """A rule in each currency; under "" where currencies are no matter."""
        facts = self.currencies if rule.by_currency else {"": self.facts}
        found = {}
        for code, one in facts.items():
            values = rule.module.work_out(one, self.scopes, **arguments)
            found[code] = analytics.screening.judging.judge(rule, values, code)
        return found

    def of_pack(self, line: Line) -> Judged:
        """What a line of a pack looks at: the rule itself, or the rule with the pack's numbers."""
        rule = self.rules.get(line.rule)
        if rule is None or line.rule in self.errors:
            return analytics.screening.judging.failed(len(self.scopes), FAILED)
        if not line.arguments:
            return self.judged[line.rule]
        return self._guarded(rule, **line.arguments)

    @cached_property
    def lines(self) -> dict[tuple[str, str], Judged]:
        """By active pack and rule what its line looks at."""
        return {
            (pack.name, name): self.of_pack(line)
            for pack in self.packs
            for name, line in pack.lines.items()
        }

    def evidence(self, rule: Rule, tops: tuple[int, ...], currency: str) -> Evidence | None:
        """The ids behind a finding; None where the rule gives none or fails at it."""
        facts = self.currencies.get(currency, self.facts) if rule.by_currency else self.facts
        try:
            found: Evidence = rule.module.evidence(facts, tops)
        except Exception as error:
            self._failed(rule, error)
            return None
        return found

    def distributors(self, rule: Rule) -> Iterator[tuple[str, Rows, Judged]]:
        """By currency the distributors that a rule has values for, and their bands."""
        if rule.id in self.errors or not hasattr(rule.module, "by_distributor"):
            return
        facts = self.currencies if rule.by_currency else {"": self.facts}
        gated = replace(rule, gate={})
        for arguments in self._arguments(rule):
            for code, one in facts.items():
                try:
                    rows, values = rule.module.by_distributor(one, **arguments)
                    yield code, rows, analytics.screening.judging.judge(gated, values, code)
                except Exception as error:
                    self._failed(rule, error)
                    return

    def _arguments(self, rule: Rule) -> list[Mapping[str, Any]]:
        """What to call a rule with: the numbers of the active packs where only they have any."""
        if rule.id != BY_LAW:
            return [{}]
        return [pack.lines[rule.id].arguments for pack in self.packs if rule.id in pack.lines]

    def breaches(self, as_of: str) -> dict[str, Flags]:
        """By rule where a limit of an active pack that counts is exceeded."""
        found: dict[str, Flags] = {}
        for pack in self.packs:
            for name, line in pack.lines.items():
                if name in STATUTORY and line.counts(as_of) and not _monthly(pack, name):
                    broken = line.broken(self.lines[pack.name, name])
                    if name == "PAY-001":
                        broken = broken & self.scopes.whole
                    found[name] = found.get(name, np.zeros(len(broken), np.bool_)) | broken
        return found

    def _kept(self, rule: Rule) -> Judged:
        if rule.id == BY_LAW:
            return self._by_law(rule)
        return self._guarded(rule)

    def _by_law(self, rule: Rule) -> Judged:
        """The worst of the active packs; not evaluable where none says anything."""
        lines = [pack.lines[rule.id] for pack in self.packs if rule.id in pack.lines]
        if not lines:
            return analytics.screening.judging.failed(len(self.scopes), NO_REFERENCE)
        parts = [self._guarded(rule, **line.arguments) for line in lines]
        return analytics.screening.judging.together(parts, np.ones((len(parts), len(self.scopes))))

    def _guarded(self, rule: Rule, **arguments: Any) -> Judged:
        """One rule; whatever it raises is its own affair."""
        try:
            parts = self.by_currency(rule, **arguments)
            if len(parts) == 1:
                return next(iter(parts.values()))
            return analytics.screening.judging.together(list(parts.values()), self.weights)
        except Exception as error:
            self._failed(rule, error)
            return analytics.screening.judging.failed(len(self.scopes), FAILED)

    def _failed(self, rule: Rule, error: Exception) -> None:
        LOG.exception("%s raised", rule.id)
        self.errors[rule.id] = f"{type(error).__name__}: {error}"

    def _capped(self, name: str, judged: Judged) -> Judged:
        limits = [pack.funded_by_entrants for pack in self.packs]
        if name not in FUNDED or not limits or None in limits:
            return judged
        limit = max(float(one) for one in limits if one is not None)
        little = self._funded(judged) < limit
        return analytics.screening.judging.capped(judged, little, MEDIUM)

    def _funded(self, judged: Judged) -> Floats:
        """By scope: what entrants have ever brought in, at most, over what was ever paid."""
        found = np.full(len(self.scopes), np.nan)
        for code, facts in self.currencies.items():
            places = facts.orders["place_row"].gather(facts.pieces["order"])
            perhaps = facts.pieces["net"] * ((facts.pieces["classes"] & J) != 0).cast(pl.Int64)
            paid = facts.by_place(facts.commission["place_row"], facts.commission["amount"])
            brought = self.scopes.sums(facts.by_place(places, perhaps))
            mine = (judged.currency == code) | (len(self.currencies) == 1)
            found[mine] = ratio(brought, self.scopes.sums(paid))[mine]
        return found


def _monthly(pack: Pack, rule: str) -> bool:
    """A cap on a seller's month says nothing about the network's."""
    return pack.by_month is not None and rule == "PAY-001"
