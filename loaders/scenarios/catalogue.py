"""The scenarios as data: how their people live, what touches them, what screening must say of them.

Three files: `labelled.toml` (the nine with published expectations), `disguises.toml` (unlawful
networks that hide), `lookalikes.toml` (lawful ones that look bad).
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import loaders.scenarios.parameters
from graph.errors import Misconfigured
from loaders.scenarios.parameters import Ways

LABELLED, DISGUISE, LOOKALIKE = GROUPS = ("labelled", "disguises", "lookalikes")


@dataclass(frozen=True)
class Touch:
    """A change that the parameters cannot say: its name in loaders.scenarios.touches, and how."""

    name: str
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Scenario:
    """One network to be. `expects`: verdicts that are right; `share` of the seeds that must have
    one of them; `bands`: those that a rule may have, where the scenario says so.
    """

    name: str
    group: str
    about: str
    ways: Ways
    expects: tuple[str, ...]
    share: float = 0.9
    typologies: tuple[str, ...] = ()
    bands: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    touches: tuple[Touch, ...] = ()


@cache
def scenarios() -> Mapping[str, Scenario]:
    """All scenarios by name, in the order of the files."""
    found = {}
    for group in GROUPS:
        text = (Path(__file__).parent / f"{group}.toml").read_text("utf-8")
        for row in tomllib.loads(text)["scenarios"]:
            found[row["name"]] = _scenario(group, row)
    return found


def scenario(name: str) -> Scenario:
    """The scenario of a name; Misconfigured where there is none."""
    known = scenarios()
    if name not in known:
        raise Misconfigured(f"there is no scenario {name!r}; known: {', '.join(known)}")
    return known[name]


def chosen(names: Sequence[str]) -> list[Scenario]:
    """The scenarios of these names and groups; all where there are none."""
    found = scenarios()
    groups = [
        one for name in names if name in GROUPS for one in found.values() if one.group == name
    ]
    return [*groups, *(scenario(name) for name in names if name not in GROUPS)] or [*found.values()]


def _scenario(group: str, row: Mapping[str, Any]) -> Scenario:
    touches = tuple(
        Touch(one["name"], {key: value for key, value in one.items() if key != "name"})
        for one in row.get("touches", ())
    )
    return Scenario(
        name=row["name"],
        group=group,
        about=row["about"],
        ways=loaders.scenarios.parameters.ways(row["params"]),
        expects=tuple(row["expects"]),
        share=row.get("share", 0.9),
        typologies=tuple(row.get("typologies", ())),
        bands={rule: tuple(bands) for rule, bands in row.get("bands", {}).items()},
        touches=touches,
    )
