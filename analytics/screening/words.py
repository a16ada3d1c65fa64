"""Findings and verdicts as sentences, in zh-Hant, zh-Hans and en."""

from collections.abc import Iterator, Mapping

import analytics.screening.rulebook
import analytics.screening.typologies
import graph.words
from analytics.screening.finding import ESCALATE, Finding, Screening, Verdict
from analytics.screening.rulebook import NE, Rule
from graph import money

FAMILY = "screening"


def said(code: str, lang: str, /, **facts: object) -> str:
    """Words of graph/words/screening.toml."""
    return graph.words.text(FAMILY, code, lang, **facts)


def band(word: str, lang: str) -> str:
    """A severity or NE in words."""
    return said(f"band:{word}", lang)


def why(code: str, lang: str) -> str:
    """Why something is not evaluable."""
    return said(f"why:{code}", lang)


def scope(kind: str, scope_id: str, lang: str) -> str:
    """A scope in words."""
    return said(f"scope:{kind}", lang, id=scope_id)


def sentence(finding: Finding, rule: Rule, lang: str) -> str:
    """One sentence: what was measured, or why nothing could be."""
    facts = {"rule": rule.id, "name": rule.name[lang]}
    if finding.band == NE:
        return said("reason_why", lang, why=why(finding.why or "gate", lang), **facts)
    says = rule.says[lang].format(**numbers(finding, rule, lang))
    return said("reason", lang, band=band(finding.shown_band, lang), says=says, **facts)


def numbers(finding: Finding, rule: Rule, lang: str) -> dict[str, str]:
    """The figures of a finding as people read them, by the names that `says` may use."""
    infinite = said("without_measure", lang) if finding.shown.get("infinite") else ""
    return {
        "value": infinite or _value(finding.value, rule, finding.currency, lang),
        "numerator": _amount(finding.numerator, rule, finding.currency, lang),
        "denominator": _amount(finding.denominator, rule, finding.currency, lang),
        "n": _count(finding.n, lang),
        "days": str(rule.window_days),
    }


def verdict(found: Verdict, lang: str) -> str:
    """What a verdict means; an escalation names its typologies."""
    known = analytics.screening.typologies.known()
    kinds = " ".join(f"{one}: {known[one].says[lang]}" for one in found.typologies)
    facts = {"typologies": kinds} if found.verdict == ESCALATE else {}
    return said(f"verdict:{found.verdict}", lang, **facts)


def reasons(
    screening: Screening, lang: str, rules: Mapping[str, Rule] | None = None
) -> Iterator[str]:
    """The reasons of the verdict on the whole network as sentences, the strongest first."""
    book = analytics.screening.rulebook.all_rules() if rules is None else rules
    for name in dict.fromkeys(screening.verdict.reasons):
        rule = book[name]
        if name in screening.errors:
            facts = {"rule": name, "name": rule.name[lang], "error": screening.errors[name]}
            yield said("reason_failed", lang, **facts)
        else:
            yield sentence(screening.rules[name], rule, lang)


def _value(number: float | None, rule: Rule, currency: str, lang: str) -> str:
    if number is None:
        return said("no_number", lang)
    if rule.unit == "ratio":
        return f"{number * 100:.1f} %"
    if rule.unit == "money":
        return _money(number, currency)
    return f"{number:.2f}" if rule.unit == "times" else f"{number:,.0f}"


def _amount(number: float | None, rule: Rule, currency: str, lang: str) -> str:
    if rule.of_money and number is not None and currency:
        return _money(number, currency)
    return _count(number, lang)


def _money(number: float, currency: str) -> str:
    """Minor units as a decimal in major units with its currency."""
    whole = money.format_minor(round(number), currency)
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    front, point, rest = digits.partition(".")
    return f"{sign}{int(front):,}{point}{rest} {currency}"


def _count(number: float | None, lang: str) -> str:
    if number is None:
        return said("no_number", lang)
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:,.2f}"
