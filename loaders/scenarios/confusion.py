"""The table of what was expected of the scenarios and what screening found, seed by seed.

A scenario passes if its share of seeds gives one of its verdicts, and each rule that it speaks of
has one of its bands in that share too. NE counts as expected where the rule's own gate is why: a
gate that is not met is never an error.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

import loaders.scenarios.screened
from analytics.measures import GATE
from analytics.screening.finding import ESCALATE, VERDICTS, Screening
from analytics.screening.rulebook import NE, SEVERITIES
from graph.settings import Settings
from loaders.scenarios.catalogue import DISGUISE, LOOKALIKE, Scenario

MEDIUM = SEVERITIES.index("medium")
UNCOUNTED = ("DQ-001", "STR-002")


@dataclass
class Tally:
    """What was found over the seeds of one scenario; bands as Counter by rule."""

    scenario: Scenario
    runs: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    typologies: Counter[str] = field(default_factory=Counter)
    bands: dict[str, Counter[str]] = field(default_factory=dict)
    by_gate: dict[str, int] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    below: Counter[str] = field(default_factory=Counter)  # verdict of the worst scope below

    def add(self, found: Screening) -> None:
        """One more seed."""
        self.runs += 1
        self.verdicts[found.verdict.verdict] += 1
        self.typologies.update(found.verdict.typologies)
        self.errors.update(f"{name} ({why})" for name, why in found.errors.items())
        self.below[_worst_below(found)] += 1
        for name, one in found.rules.items():
            self.bands.setdefault(name, Counter())[one.band] += 1
            if one.band == NE and one.why == GATE:
                self.by_gate[name] = self.by_gate.get(name, 0) + 1

    @property
    def right(self) -> int:
        """Seeds with a verdict that was expected."""
        return sum(self.verdicts[one] for one in self.scenario.expects)

    def strange(self) -> dict[str, Counter[str]]:
        """By rule the bands that were not expected, where they are too many."""
        most = self.runs * (1 - self.scenario.share)
        found = {}
        for name, expected in self.scenario.bands.items():
            bands = self.bands.get(name, Counter({"missing": self.runs}))
            others = Counter({band: n for band, n in bands.items() if band not in expected})
            others[NE] -= self.by_gate.get(name, 0) if NE in others else 0
            others = +others
            if others.total() > most + 1e-9:
                found[name] = others
        return found

    @property
    def passes(self) -> bool:
        """Whether the scenario holds."""
        return self.right >= self.runs * self.scenario.share - 1e-9 and not self.strange()

    def caught_by(self) -> list[str]:
        """Rules at medium or above in more than half of the seeds, typologies before them."""
        often = [name for name, count in self.typologies.items() if 2 * count > self.runs]
        rules = [
            name
            for name, bands in self.bands.items()
            if name not in UNCOUNTED and 2 * _flagged(bands) > self.runs
        ]
        return [*sorted(often), *rules]


def _flagged(bands: Mapping[str, int]) -> int:
    return sum(n for band, n in bands.items() if band != NE and SEVERITIES.index(band) >= MEDIUM)


def _worst_below(found: Screening) -> str:
    """The worst verdict of an organiser or a branch; "" where there are none."""
    below = {one.verdict for key, one in found.verdicts.items() if key != ("network", "")}
    order = (ESCALATE, "REVIEW", "INSUFFICIENT", "CLEAR")
    return next((one for one in order if one in below), "")


def tally(
    scenarios: Iterable[Scenario],
    seeds: int,
    settings: Settings,
    progress: Callable[[str, int, int], None] = lambda name, done, total: None,
) -> list[Tally]:
    """Screen every scenario with seeds 1 .. `seeds`."""
    found = []
    for scenario in scenarios:
        one = Tally(scenario)
        for seed in range(1, seeds + 1):
            one.add(loaders.scenarios.screened.screen(scenario, seed, settings))
            progress(scenario.name, seed, seeds)
        found.append(one)
    return found


def tell(console: Console, tallies: Sequence[Tally]) -> None:
    """Print the table, and under it every rule whose bands were not the expected ones."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("scenario", "expected", *VERDICTS, "typologies", "at medium or above in most"):
        table.add_column(name, justify="right" if name in VERDICTS else "left", overflow="fold")
    for one in tallies:
        table.add_row(*_row(one))
    console.print(table)
    for one in tallies:
        for line in _strange(one):
            console.print(line, soft_wrap=True)
    failed = [one.scenario.name for one in tallies if not one.passes]
    console.print(f"{len(tallies) - len(failed)} of {len(tallies)} as expected", *failed)


def _row(one: Tally) -> list[str]:
    typologies = ", ".join(f"{name} {count}" for name, count in sorted(one.typologies.items()))
    rules = [name for name in one.caught_by() if "-" in name]
    counts = [str(one.verdicts[verdict] or "") for verdict in VERDICTS]
    return [
        one.scenario.name,
        " or ".join(one.scenario.expects),
        *counts,
        typologies,
        *[_in(rules)],
    ]


def _in(rules: Sequence[str]) -> str:
    return " ".join(rules)


def _strange(one: Tally) -> Iterable[str]:
    for name, bands in one.strange().items():
        seen = ", ".join(f"{band} {count}" for band, count in bands.most_common())
        expected = " or ".join(one.scenario.bands[name])
        yield f"{one.scenario.name}: {name} is {seen} of {one.runs}; expected {expected}"
    for name, count in one.errors.items():
        yield f"{one.scenario.name}: {name} raised in {count} of {one.runs}"


def wrong(tallies: Iterable[Tally]) -> list[str]:
    """What may never be: a labelled network that fails, a lawful one escalated. A disguise that
    works is no error of the run; docs/evasion.md says which do.
    """
    found = []
    for one in tallies:
        group, name = one.scenario.group, one.scenario.name
        if group == LOOKALIKE and one.verdicts[ESCALATE]:
            found.append(f"{name} escalated")
        elif group != DISGUISE and not one.passes:
            found.append(name)
    return found
