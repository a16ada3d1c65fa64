"""What a night says when it is done: per level where the money went, then what to look at.

Read from the run record alone, so that a night of long ago prints the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

import analytics.screening.rulebook
import analytics.screening.words
import graph.runs
import graph.words
from analytics.night_findings import Recomputed
from analytics.screening.finding import Finding, Verdict
from graph import money
from graph.keys import Row

READ_DIGITS = 1000
"""Exact shares are printed to a thousandth of a minor unit; the record has the fractions."""


def tell(console: Console, run: Row, outcome: str, lang: str) -> None:
    """The whole report of a finished run."""
    if outcome == graph.runs.NOTHING_NEW:
        console.print(f"nothing new since the night of {run['as_of']} (run {run['id']})")
        return
    counts, totals = run["counts"], run["totals"]
    booked = counts["commissions"]
    console.print(
        f"night of {run['as_of']} (run {run['id']}): {booked['entries']:,} entries booked,"
        f" {booked['frozen']:,} orders worked out for the first time,"
        f" {counts['entries']['ledger']:,} entries in the ledger",
        highlight=False,
    )
    if totals["levels"]:
        console.print(_levels(totals["levels"]))
        console.print(_conservation(totals["conservation"]))
    if totals["would_cut"]:
        console.print(_would_cut(totals["would_cut"]))
    for line in _screened(totals.get("screening"), lang):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    for line in (*_notes(totals["notes"], lang), *_faults(totals["faults"])):
        console.print(f"! {line}", markup=False, highlight=False, soft_wrap=True)


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in headings:
        table.add_column(heading, justify="left" if heading in ("currency", "month") else "right")
    return table


def _levels(levels: Iterable[Mapping[str, Any]]) -> Table:
    """The ledger to date; level 0 holds what no level claims."""
    table = _table(
        "by level, the whole ledger to date",
        *("currency", "level", "entries", "commission of sales", "taken back", "remains"),
        *("breakage", "rounding"),
    )
    for one in levels:
        currency = one["currency"]
        taken = (one["sales"], one["taken_back"], one["sales"] + one["taken_back"])
        table.add_row(
            currency,
            str(one["level"] or ""),
            f"{one['entries']:,}",
            *(money.format_minor(minor, currency) for minor in taken),
            *(_share(one[name], currency) for name in ("breakage", "rounding")),
        )
    return table


def _conservation(found: Mapping[str, Mapping[str, Any]]) -> Table:
    table = _table(
        "conservation of all sales, as accrued",
        *("currency", "promised", "paid", "breakage", "capped", "rounding", "adds up"),
    )
    for currency, one in found.items():
        table.add_row(
            currency,
            _share(one["promised"], currency),
            money.format_minor(one["paid"], currency),
            _share(one["breakage"], currency),
            money.format_minor(one["capped"], currency),
            _share(one["rounding"], currency),
            "yes" if one["check"] else "NO",
        )
    return table


def _would_cut(rows: Iterable[Mapping[str, Any]]) -> Table:
    table = _table(
        "caps: what closing the month now would cut", "month", "currency", "beneficiary", "company"
    )
    for row in rows:
        cuts = (row["beneficiary_cut"], row["company_cut"])
        said = (money.format_minor(cut, row["currency"]) for cut in cuts)
        table.add_row(row["period"], row["currency"], *said)
    return table


def _share(fraction: str, currency: str) -> str:
    """A fraction of minor units in major units, for reading."""
    fine = money.round_exact(money.Exact(fraction) * READ_DIGITS, money.HALF_EVEN)
    return money.format_exact(money.Exact(fine, READ_DIGITS * 10 ** money.exponent(currency)))


def _screened(found: Mapping[str, Any] | None, lang: str) -> Iterator[str]:
    """The verdict on the network, its strongest reasons, what failed, and what waits."""
    if found is None:
        return
    rules = analytics.screening.rulebook.all_rules()
    words, told = analytics.screening.words, ("scope_kind", "scope_id", "reasons")
    kinds = {"typologies": tuple(found["typologies"]), "packs": {}, **dict.fromkeys(told, "")}
    yield words.verdict(Verdict(**{"verdict": found["verdict"], **kinds}), lang)
    for reason in found["reasons"]:
        if (rule := rules.get(reason["rule"])) and rule.id not in found["errors"]:
            yield f"  · {words.sentence(Finding(**reason), rule, lang)}"
    for name, error in found["errors"].items():
        facts = {"rule": name, "name": rules[name].name[lang], "error": error}
        yield f"! {words.said('reason_failed', lang, **facts)}"
    for name in found["waiting"]:
        yield f"! {graph.words.text('findings', 'waiting', lang, name=name)}"


def _notes(notes: Mapping[str, Mapping[str, Any]], lang: str) -> Iterable[str]:
    for code, found in notes.items():
        for id, facts in zip(found["first"], found["facts"], strict=True):
            yield graph.words.text("notes", code, lang, id=id, **facts)
        if rest := found["count"] - len(found["first"]):
            yield f"{code}: {rest:,} more"


def _faults(faults: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for fault in faults:
        yield f"{fault['code'].replace('_', ' ')}: {' → '.join(fault['path'])}"


def recomputed(found: Recomputed, lang: str) -> Iterator[str]:
    """What became of a finding that was worked out again."""
    kept, now = found.kept, found.now or {"value": None, "band": "none"}
    facts = {"id": kept["id"], "value": kept["value"], "band": kept["band"]}
    facts |= {"run": kept["run_id"], "now_value": now["value"], "now_band": now["band"]}
    code = "recomputed_same" if found.same else "recomputed_differs"
    yield graph.words.text("findings", code, lang, **facts)
    if not found.same_rule:
        facts = {"found": kept["version"], "version": found.version or "-"}
        yield graph.words.text("findings", "recomputed_by_another_rule", lang, **facts)
