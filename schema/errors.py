"""What of an error a client sees: a public code and sentence, or nothing but a correlation id.

    GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED   the document is wrong
    LIMIT_EXCEEDED                                     the document asks for too much at once
    BAD_USER_INPUT                                     an argument or a variable is wrong
    NOT_FOUND                                          something that the answer needs is not there
    RETRYABLE                                          the database does not answer now
    INTERNAL                                           anything else: masked, the log has it

The log names the correlation id and the original error; the client gets the id, never the text.
"""

from typing import Any

import structlog
from graphql import GraphQLError, GraphQLSyntaxError

import graph.errors
from schema.refusals import BadInput

PARSE_FAILED, VALIDATION_FAILED, LIMIT_EXCEEDED, BAD_USER_INPUT, RETRYABLE, INTERNAL = (
    "GRAPHQL_PARSE_FAILED",
    "GRAPHQL_VALIDATION_FAILED",
    "LIMIT_EXCEEDED",
    BadInput.code,
    graph.errors.Unavailable.code,
    "INTERNAL",
)
TOO_DEEP = "The document is nested too deeply."
MASKED = {
    RETRYABLE: "The database does not answer now; the same request may succeed later.",
    INTERNAL: "Unexpected error.",
}

log = structlog.get_logger("schema")


def public(error: GraphQLError, request_id: str) -> GraphQLError:
    """The error as a client sees it; an unexpected one is logged here, once."""
    code, message = _seen(error)
    extensions: dict[str, Any] = {"code": code}
    if code in MASKED:
        extensions["correlationId"] = request_id
        _log(code, error, request_id)
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )


def _log(code: str, error: GraphQLError, request_id: str) -> None:
    """A database that is away is a sentence, anything else a fault with its traceback."""
    known = {"why": str(_cause(error))} if code == RETRYABLE else {"exc_info": error.original_error}
    log.error("query failed", request_id=request_id, path=error.path, **known)


def _seen(error: GraphQLError) -> tuple[str, str]:
    """Code and message of an error, by where it comes from."""
    original = _cause(error)
    if isinstance(original, BadInput):
        return BAD_USER_INPUT, str(original)
    if isinstance(original, RecursionError):
        return LIMIT_EXCEEDED, TOO_DEEP
    if isinstance(original, graph.errors.Missing):
        return original.code, str(original)
    if isinstance(original, graph.errors.Unavailable):
        return RETRYABLE, MASKED[RETRYABLE]
    if original is not None and not (isinstance(original, ValueError) and error.path is None):
        return INTERNAL, MASKED[INTERNAL]
    # Suggestions would tell the schema to whom it is not shown.
    message = error.message.partition(" Did you mean")[0]
    return _code_of_request(error, refused_value=original is not None), message


def _cause(error: GraphQLError) -> BaseException | None:
    """What was raised at the bottom; None where graphql itself refuses."""
    cause: BaseException | None = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def _code_of_request(error: GraphQLError, *, refused_value: bool) -> str:
    """The code of an error that graphql finds before or beside the resolvers."""
    if error.extensions and "code" in error.extensions:
        return str(error.extensions["code"])
    if isinstance(error, GraphQLSyntaxError):
        return LIMIT_EXCEEDED if "Parsing aborted" in error.message else PARSE_FAILED
    if refused_value or error.path is not None or error.message.startswith("Variable '$"):
        return BAD_USER_INPUT
    return VALIDATION_FAILED
