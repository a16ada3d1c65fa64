"""Expected refusals as values, and the public errors that a wrong request gets.

A question that may be refused answers with a union: what was asked for, or one of these with a
stable code and a sentence in the viewer's language. What a client could have known to be wrong (a
cursor, a page size) is a `BadInput`, an error with the public code BAD_USER_INPUT.
"""

import strawberry

import graph.words

WORDS = "api"
REVIEWS = "reviews"


@strawberry.interface(description="Why a question is not answered.")
class Refusal:
    """A stable code and its sentence."""

    code: str = strawberry.field(description="The stable code of the reason.")
    message: str = strawberry.field(description="The reason in the viewer's language.")


@strawberry.type(description="There is no such thing, or it is outside what the viewer may see.")
class NotFound(Refusal):
    """Unknown and out of scope look alike."""


@strawberry.type(description="The question contradicts itself or what the graph holds.")
class Invalid(Refusal):
    """The input cannot be worked with."""

    path: list[str] = strawberry.field(
        description="The argument that is wrong, from the outside in."
    )


@strawberry.type(description="The review desk does not allow it: who, when or how it was asked.")
class Refused(Refusal):
    """Four eyes, the own line, a wrong state, a reason that is missing."""


class BadInput(Exception):
    """A request that its sender could have known to be wrong; the message is shown to him."""

    code = "BAD_USER_INPUT"


def not_found(lang: str, what: str, own_id: str) -> NotFound:
    """The refusal for an id that is unknown; `what` is a code of the nouns in words/api.toml."""
    noun = graph.words.text(WORDS, what, lang)
    text = graph.words.text(WORDS, "not_found", lang, noun=noun, id=own_id)
    return NotFound(code="not_found", message=text)


def unknown(lang: str, what: str, own_id: str) -> NotFound:
    """The refusal for what the desk does not know; `what` as in words/reviews.toml."""
    noun = graph.words.text(REVIEWS, f"what.{what}", lang)
    text = graph.words.text(REVIEWS, "no_such", lang, what=noun, id=own_id)
    return NotFound(code="not_found", message=text)


def refused(lang: str, code: str, **facts: object) -> Refused:
    """The refusal of a decision; `code` stands in words/reviews.toml."""
    return Refused(code=code, message=graph.words.text(REVIEWS, code, lang, **facts))


def invalid(lang: str, code: str, path: list[str], **facts: object) -> Invalid:
    """The refusal for an argument; `code` stands in words/api.toml."""
    return Invalid(code=code, message=graph.words.text(WORDS, code, lang, **facts), path=path)
