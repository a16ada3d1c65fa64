"""docs/rules.md: the rulebook as a page, made from the data of the rules and nothing else."""

from collections.abc import Iterable, Iterator

import analytics.screening.rulebook
from analytics.screening.rulebook import FAMILIES, Band, Rule, Source

HEAD = """# The rules

Made by `plumbline rules` from `analytics/rules/*.toml`; a test keeps it current. What each rule is
worth in law stands beside it: *statute* is law, *case law* and *order* bind those they were given
against, *guidance* binds nobody, *heuristic* and *project* are ours. A source that is not *found*
is for the report only and is never held against anybody.
"""
WEIGHTS = {"case_law": "case law"}
TRIVIAL = "lower_closed"


def page(rules: Iterable[Rule]) -> str:
    """The page in Markdown, rules by family."""
    listed = list(rules)
    lines = [HEAD, *_index(listed)]
    for family in FAMILIES:
        members = [rule for rule in listed if rule.family == family]
        if members:
            lines += [f"## {family.capitalize()}", ""]
        for rule in members:
            lines += _rule(rule)
    return "\n".join(lines).rstrip() + "\n"


def current() -> str:
    """The page of the rulebook as it is."""
    return page(analytics.screening.rulebook.all_rules().values())


def _index(rules: list[Rule]) -> Iterator[str]:
    yield "| rule | asks | legal weight | days | scopes |"
    yield "|---|---|---|---|---|"
    for rule in rules:
        days = str(rule.window_days) if rule.window_days else "life"
        weight = WEIGHTS.get(rule.legal_weight, rule.legal_weight)
        scopes = ", ".join(rule.scopes)
        yield f"| {_link(rule)} | {rule.question['en']} | {weight} | {days} | {scopes} |"
    yield ""


def _link(rule: Rule) -> str:
    anchor = f"{rule.id} {rule.name['en']}".lower()
    kept = "".join(c for c in anchor if c.isalnum() or c in " -_").replace(" ", "-")
    return f"[{rule.id}](#{kept})"


def _rule(rule: Rule) -> Iterator[str]:
    yield f"### {rule.id} {rule.name['en']}"
    yield ""
    yield f"{rule.name['zh-Hant']} · {rule.name['zh-Hans']}. Version {rule.version}{_state(rule)}."
    yield ""
    yield rule.measure["en"]
    yield ""
    yield f"- {_gate(rule)}"
    yield f"- {_banding(rule)}: " + "; ".join(_band(band) for band in rule.bands) + "."
    yield from _list("May be innocent", (words["en"] for words in rule.innocent))
    yield from _list("To look at", (words["en"] for words in rule.triage))
    yield from _list("Evidence", (words["en"] for words in rule.evidence))
    places = (f"{one.code} {one.threshold}".strip() for one in rule.jurisdictions)
    yield from _list("Held against it", places)
    yield from _list("Sources", (_source(source) for source in rule.sources))
    yield ""


def _state(rule: Rule) -> str:
    """What keeps it from alerting."""
    said = ", a draft: shown, never alerts" if rule.draft else ""
    return said + ("" if rule.opens else "; never a finding by itself")


def _gate(rule: Rule) -> str:
    if not rule.gate:
        return "Evaluated whatever the size."
    sizes = ", ".join(f"{name.replace('_', ' ')} ≥ {size:g}" for name, size in rule.gate.items())
    return f"Not evaluable below: {sizes}."


def _banding(rule: Rule) -> str:
    side = "higher is worse" if rule.direction == "higher_is_worse" else "lower is worse"
    edge = "the lower edge belongs to a band" if rule.edge == TRIVIAL else "the upper edge does"
    return f"Bands ({side}, {edge})"


def _band(band: Band) -> str:
    low = "" if band.lower is None else f"from {band.lower}"
    high = "" if band.upper is None else f"to {band.upper}"
    stretch = " ".join(part for part in (low, high) if part) or "always"
    return f"**{band.severity}** {stretch}"


def _list(title: str, entries: Iterable[str]) -> Iterator[str]:
    found = [entry.rstrip(".") for entry in entries]
    if found:
        yield f"- {title}: " + "; ".join(found) + "."


def _source(source: Source) -> str:
    cite = f"[{source.cite}]({source.url})" if source.url else source.cite
    facts = [source.date, f"in force from {source.effective_from}" if source.effective_from else ""]
    return f"{cite} ({', '.join([part for part in facts if part] + [source.status])})"
