"""Findings for a terminal: what was measured, where, by which law, and what else it may be."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console

import analytics.screening.rulebook
import analytics.screening.words
import graph.words
from analytics.measures import Evidence
from analytics.screening.finding import Finding
from analytics.screening.rulebook import Rule
from graph.keys import Row

FAMILY = "finding_report"
IDS_SHOWN = 5
SOURCES_SHOWN = 2
STEPS_SHOWN = 3
NUMBERS = (
    *("rule", "version", "rulebook", "pack", "scope_kind", "scope_id", "currency", "band"),
    *("shown_band", "value", "lower", "upper", "ci_lower", "ci_upper", "numerator"),
    *("denominator", "n", "p_adjusted", "why"),
)

Line = tuple[str, str]
"""A code of the words, and what stands beside it."""


def tell(console: Console, rows: Sequence[Row], count: int, as_of: str, lang: str) -> None:
    """The rows of `graph.findings.page`, of `count` that are open."""
    if not rows:
        _say(console, _word("none", lang, as_of=as_of))
        return
    _say(console, _word("head", lang, shown=len(rows), all=count, as_of=as_of))
    book = analytics.screening.rulebook.all_rules()
    for number, row in enumerate(rows, start=1):
        found, rule = finding(row), book[row["rule"]]
        _say(console, "")
        _say(console, f"{number}. {analytics.screening.words.sentence(found, rule, lang)}")
        for code, text in _lines(row, found, rule, lang):
            _say(console, f"   {_word(code, lang)}: {text}")


def finding(row: Row) -> Finding:
    """A row of the graph as screening gave it."""
    evidence = row["evidence"]
    return Finding(
        **{name: row[name] for name in NUMBERS},
        path=tuple(row["path"]),
        evidence=None
        if evidence is None
        else Evidence(**{**evidence, "ids": tuple(evidence["ids"])}),
        shown=row["shown"] or {},
    )


def _lines(row: Row, found: Finding, rule: Rule, lang: str) -> Iterator[Line]:
    yield "where", analytics.screening.words.scope(found.scope_kind, found.scope_id, lang)
    if len(found.path) > 1:
        yield "path", " > ".join(found.path)
    yield from _bounds(found, rule)
    yield "seen", f"{row['first_seen']} – {row['last_seen']}"
    if found.evidence is not None and found.evidence.ids:
        yield "evidence", _evidence(found.evidence, lang)
    for source in rule.sources[:SOURCES_SHOWN]:
        yield "law", f"{source.cite} [{source.status}]"
    yield from _first("innocent", rule.innocent, lang)
    yield from _first("triage", rule.triage, lang)
    yield "again", f"plumbline recompute '{row['id']}'"


def _bounds(found: Finding, rule: Rule) -> Iterator[Line]:
    if found.ci_lower is not None and found.ci_upper is not None:
        yield "interval", f"{_number(found.ci_lower, rule)} – {_number(found.ci_upper, rule)}"
    if found.lower != found.upper and found.lower is not None and found.upper is not None:
        yield "unknown", f"{_number(found.lower, rule)} – {_number(found.upper, rule)}"


def _number(value: float, rule: Rule) -> str:
    return f"{value * 100:.1f} %" if rule.unit == "ratio" else f"{value:,.2f}"


def _evidence(evidence: Evidence, lang: str) -> str:
    ids = ", ".join(evidence.ids[:IDS_SHOWN])
    facts = {"count": f"{evidence.count:,}", "sha256": evidence.sha256[:16]}
    return f"{evidence.kind} {_word('of_all', lang, ids=ids, **facts)}"


def _first(
    code: str, words: Iterable[analytics.screening.rulebook.Words], lang: str
) -> Iterator[Line]:
    texts = [one[lang] for one in words][:STEPS_SHOWN]
    if texts:
        yield code, "; ".join(texts)


def _word(code: str, lang: str, **facts: object) -> str:
    return graph.words.text(FAMILY, code, lang, **facts)


def _say(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)
