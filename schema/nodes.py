"""Global ids: what `id` fields give and `node` takes, base64 of TYPE:OWN_ID.

Own ids are what files call a thing (D7, O1); each type shows its own one beside the global one.
"""

import base64
import binascii
from collections.abc import Iterable
from typing import Any

from schema.refusals import BadInput

GLOBAL_ID_CHARACTERS_MAX = 1024


def type_and_own_id(global_id: str) -> tuple[str, str] | None:
    """The two parts of a global id; None for what is none, so that it looks like an unknown one."""
    if len(global_id) > GLOBAL_ID_CHARACTERS_MAX:
        return None
    try:
        text = base64.b64decode(global_id.encode("ascii"), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeError):
        return None
    kind, colon, own_id = text.partition(":")
    return (kind, own_id) if colon and own_id else None


def own_id(kind: str, id: str | None, node_id: str | None) -> str | None:
    """The own id that a lookup asks for by exactly one of its arguments `id` and `nodeId`.

    None where the global id is of another type or is none at all: unknown. BadInput for both or
    neither.
    """
    if (id is None) == (node_id is None):
        raise BadInput(
            "give exactly one of id (the own id, as in files) and nodeId (the global id)"
        )
    if id is not None:
        return id
    parts = type_and_own_id(node_id or "")
    return parts[1] if parts and parts[0] == kind else None


def in_order(ids: Iterable[str], found: Iterable[tuple[str, Any]]) -> list[Any]:
    """What was found by id, in the order of `ids`, None where there is nothing."""
    by_id = dict(found)
    return [by_id.get(id) for id in ids]
