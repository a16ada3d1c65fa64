"""A case as one file to hand over: facts, evidence with its paths, the law and how far it was read,
the review, and the audit with the hash of its head.

`collect` reads everything about one case into plain data; `as_json` and `as_html` write it down,
the same data the same bytes. Personal names are not in it: people are ids. Whoever writes it out
tells the audit (`handed_over`).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

import analytics.screening.rulebook
import analytics.screening.words
import graph.audit
import graph.cases
import graph.commissions
import graph.complaints
import graph.distributors
import graph.findings
import graph.orders
import graph.verdicts
import graph.words
from analytics.screening.finding import Finding
from analytics.screening.rulebook import Rule
from graph.audit import Act
from graph.connection import Database
from graph.errors import Missing
from graph.keys import Row
from graph.reviews import By

WORDS = "case_file"
TEMPLATE = "case_file.html.j2"
ORDERS_MAX = 50
ENTRIES_PAGE = 1_000
ORDER = ("id", "seller_id", "buyer_id", "buyer_kind", "ordered_at_ms", "currency", "status")
ENTRY = ("beneficiary_id", "level", "kind", "amount_minor", "currency", "plan")
LAST_DAY = "9999-12-31"
DECIDED = ("review_state", "outcome", "assignee", "proposed_by", "snoozed_until_ms", "case_id")


def collect(db: Database, id: str, *, made_at_ms: int) -> Row:
    """Everything about a case; Missing where there is none of this id."""
    rows = graph.cases.by_ids(db, [id])
    if not rows:
        raise Missing(f"there is no case {id}; 'plumbline case list' names them")
    findings = graph.findings.by_ids(db, graph.cases.findings_of(db, id))
    people = _people(rows[0], findings)
    subjects = [graph.cases.subject(id), *(row["id"] for row in findings)]
    return {
        "case": rows[0],
        "made_at_ms": made_at_ms,
        "findings": [_finding(db, row) for row in findings],
        "people": [_person(row) for row in graph.distributors.by_ids(db, people)],
        "complaints": graph.complaints.about(db, people),
        "verdicts": _verdicts(db, findings),
        "law": [_law(rule) for rule in _rules(findings)],
        "audit": [entry for subject in subjects for entry in _entries(db, subject)],
        "audit_head": graph.audit.end(db),
    }


def as_json(collected: Row) -> bytes:
    """The file as JSON, sorted and indented."""
    text = json.dumps(collected, sort_keys=True, indent=1, ensure_ascii=False)
    return f"{text}\n".encode()


def as_html(collected: Row, lang: str) -> bytes:
    """The file as one page that needs nothing else and prints well."""
    return (
        _template()
        .render(
            **collected,
            lang=lang,
            sealed=hashlib.sha256(as_json(collected)).hexdigest(),
            word=lambda code: graph.words.text(WORDS, code, lang),
            label=lambda name, code: graph.words.text("findings", f"{name}.{code}", lang),
        )
        .encode()
    )


def handed_over(db: Database, id: str, body: bytes, by: By) -> None:
    """Tell the audit that a case file was written out, and the sha256 of what it held."""
    act = Act(
        key=by.key,
        at_ms=by.at_ms,
        actor=by.actor,
        action="handed_over",
        subject=graph.cases.subject(id),
        new={"sha256": hashlib.sha256(body).hexdigest()},
        request_id=by.request_id,
    )
    graph.audit.record(db, [act])


def _finding(db: Database, row: Row) -> Row:
    names = ("id", "path", "first_seen", "last_seen", "state", "evidence", "shown", "as_of")
    return {
        **{name: row[name] for name in (*graph.findings.NUMBERS, *names, "run_id")},
        "says": sentences(row),
        "life": row["life"]._asdict(),
        "review": {name: row.get(name) for name in DECIDED},
        "history": graph.findings.history(db, [row["id"]]),
        "orders": _orders(db, row),
    }


def sentences(row: Row) -> dict[str, str]:
    """A stored finding as a sentence by language; none where today's rulebook lacks its rule."""
    rule = analytics.screening.rulebook.all_rules().get(row["rule"])
    if rule is None:
        return {}
    known = {name: row[name] for name in graph.findings.NUMBERS}
    filled = {**known, "currency": row["currency"] or "", "why": row["why"] or ""}
    finding = Finding(**filled, path=tuple(row["path"] or ()), shown=row["shown"])
    return {
        lang: analytics.screening.words.sentence(finding, rule, lang)
        for lang in analytics.screening.rulebook.LANGUAGES
    }


def _orders(db: Database, row: Row) -> list[Row]:
    """The orders among the evidence, each with what was paid on it and to whom."""
    evidence = row["evidence"]
    if evidence is None or evidence["kind"] != "order":
        return []
    ids = evidence["ids"][:ORDERS_MAX]
    entries: dict[str, list[Row]] = {id: [] for id in ids}
    for entry in graph.commissions.of_orders(db, ids):
        entries[entry["order_id"]].append({name: entry[name] for name in ENTRY})
    return [
        {**{name: order[name] for name in ORDER}, "entries": entries[order["id"]]}
        for order in graph.orders.by_ids(db, ids)
    ]


def _people(case: Row, findings: Sequence[Row]) -> list[str]:
    """Those whom the case and its findings are about."""
    named = {id for row in findings for id in row["scope_ids"]}
    return sorted(named | ({case["organiser_id"]} if case.get("organiser_id") else set()))


def _person(row: Row) -> Row:
    names = ("id", "joined_at_ms", "left_at_ms", "status", "sanctioned_at_ms")
    return {name: row[name] for name in names}


def _verdicts(db: Database, findings: Sequence[Row]) -> list[Row]:
    scopes = {graph.verdicts.scope_of(row["scope_kind"], row["scope_id"]) for row in findings}
    return graph.verdicts.at(db, sorted(scopes), LAST_DAY) if scopes else []


def _rules(findings: Sequence[Row]) -> list[Rule]:
    known = analytics.screening.rulebook.all_rules()
    return [known[id] for id in sorted({row["rule"] for row in findings}) if id in known]


def _law(rule: Rule) -> Row:
    """What a rule asks and by what right, each source with how far it was read."""
    return {
        "rule": rule.id,
        "version": rule.version,
        "digest": rule.digest,
        "legal_weight": rule.legal_weight,
        "name": dict(rule.name),
        "question": dict(rule.question),
        "innocent": [dict(one) for one in rule.innocent],
        "thresholds": [asdict(one) for one in rule.jurisdictions],
        "sources": [asdict(one) for one in rule.sources],
    }


def _entries(db: Database, subject: str) -> list[Row]:
    """All audit entries about one thing, as sealed."""
    found: list[Row] = []
    after = 0
    while rows := graph.audit.page_of_subject(db, subject, after=after, first=ENTRIES_PAGE):
        found += rows
        after = rows[-1]["seq"]
    return found


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["moment"] = _moment
    environment.filters["number"] = _number
    return environment.get_template(TEMPLATE)


def _moment(at_ms: int | None) -> str:
    """Milliseconds UTC to a day and a minute."""
    if at_ms is None:
        return "–"
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"


def _number(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:,.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}"
