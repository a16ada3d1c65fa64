"""A stable code with its words beside it, in the viewer's language."""

import strawberry

import graph.words

LISTS = "lists"
OUTCOMES = "outcomes"
FINDINGS = "findings"


@strawberry.type(description="A stable code and what it means, in the viewer's language.")
class Coded:
    """Programs look at `code`, people at `label`."""

    code: str = strawberry.field(description="The stable code; it never changes with the language.")
    label: str = strawberry.field(description="The words for it, in zh-Hant, zh-Hans or en.")


def listed(name: str, code: str, lang: str) -> Coded:
    """A word of one of the closed lists, such as ("order_status", "paid")."""
    return Coded(code=code, label=graph.words.text(LISTS, f"{name}.{code}", lang))


def listed_or_none(name: str, code: str | None, lang: str) -> Coded | None:
    """`listed` of a word that may be unknown."""
    return None if code is None else listed(name, code, lang)


def judged(name: str, code: str, lang: str) -> Coded:
    """A word of the closed lists of findings, verdicts, reviews, such as ("band", "high")."""
    return Coded(code=code, label=graph.words.text(FINDINGS, f"{name}.{code}", lang))


def judged_or_none(name: str, code: str | None, lang: str) -> Coded | None:
    """`judged` of a word that may be missing."""
    return None if code is None else judged(name, code, lang)


def outcome(code: str, lang: str) -> Coded:
    """An outcome of commission.md 3."""
    return Coded(code=code, label=graph.words.text(OUTCOMES, code, lang))


def rate_source(code: str | None, lang: str) -> Coded | None:
    """Where a rate came from: `product:P1` is labelled with its kind and its id."""
    if code is None:
        return None
    kind, _, id = code.partition(":")
    label = graph.words.text(LISTS, f"rate_source.{kind}", lang)
    return Coded(code=code, label=f"{label}: {id}" if id else label)
