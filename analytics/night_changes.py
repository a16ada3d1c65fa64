"""What has changed in rules and settings since the last night, and who has agreed to it.

A changed or new rule runs beside the others, without alerting, until a second person has approved
it; a changed setting of screening waits with its old value. The first night takes all as it stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import graph.changes
from analytics.screening.rulebook import Rule
from graph.connection import Database
from graph.settings import Settings

SETTINGS = ("allowance", "packs")


@dataclass(frozen=True)
class Standing:
    """What a night goes by: rules (those that wait as drafts), settings, and what waits. `kept` is
    for the record of the night: the next one compares with it.
    """

    rules: Mapping[str, Rule]
    settings: Settings
    waiting: tuple[str, ...] = ()
    kept: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def standing(
    db: Database, rules: Mapping[str, Rule], settings: Settings, last: Mapping[str, Any]
) -> Standing:
    """`last` is what the last finished night has `kept`, {} for none."""
    return agreed(rules, settings, last, graph.changes.in_force(db))


def agreed(
    rules: Mapping[str, Rule],
    settings: Settings,
    last: Mapping[str, Any],
    approved: Mapping[tuple[str, str], str],
) -> Standing:
    """The same of what `approved` says by (kind, subject). Pure."""
    marks = {name: f"{rule.version}:{rule.digest}" for name, rule in rules.items()}
    texts = {name: str(getattr(settings, name)) for name in SETTINGS}
    if not last:
        return Standing(rules, settings, (), {"rules": marks, "settings": texts})
    waiting = [
        name
        for name, mark in marks.items()
        if last["rules"].get(name) != mark
        and approved.get((graph.changes.RULE, name)) not in (mark, rules[name].version)
    ]
    held = {
        name: last["settings"][name]
        for name, text in texts.items()
        if last["settings"].get(name, text) != text
        and approved.get((graph.changes.SETTING, name)) != text
    }
    live = {name: mark for name, mark in marks.items() if name not in waiting}
    before = {name: last["rules"][name] for name in waiting if name in last["rules"]}
    return Standing(
        {name: replace(rule, draft=rule.draft or name in waiting) for name, rule in rules.items()},
        replace(settings, **held),
        (*waiting, *held),
        {"rules": {**live, **before}, "settings": {**texts, **held}},
    )
