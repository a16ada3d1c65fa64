"""Named Cypher: `cypher/FAMILY.cypher` as a mapping from name to text, read once.

    // by_ids
    // What the query is for, in one line.
    RETURN ... $ids ...

A blank line ends a query. A text is read from a file of this checkout and never built from parts:
the one cast to LiteralString below says so to the type checkers, which refuse any other way.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import LiteralString, NamedTuple, cast

FOLDER = Path(__file__).parent / "cypher"

_NAME = re.compile(r"// ([a-z][a-z0-9_]*)")


class Query(NamedTuple):
    """A statement with `$parameters`; `name` is FAMILY.NAME, for messages."""

    name: str
    text: LiteralString


@cache
def load(family: str) -> Mapping[str, Query]:
    """The queries of `cypher/FAMILY.cypher` by name; ValueError where the file breaks the form."""
    text = (FOLDER / f"{family}.cypher").read_text("utf-8")
    queries: dict[str, Query] = {}
    for block in re.split(r"\n\s*\n", text.strip()):
        name, query = _query(family, block.strip())
        if name in queries:
            raise ValueError(f"{family}.cypher has two queries named {name}")
        queries[name] = query
    return MappingProxyType(queries)


def _query(family: str, block: str) -> tuple[str, Query]:
    lines = block.splitlines()
    named = _NAME.fullmatch(lines[0])
    if not named or len(lines) < 3 or not lines[1].startswith("// "):
        raise ValueError(f"{family}.cypher: {lines[0]!r} must be followed by a purpose and a text")
    return named[1], Query(f"{family}.{named[1]}", _literal("\n".join(lines[2:])))


def statements(path: Path) -> tuple[Query, ...]:
    """The nameless statements of a file, parted by blank lines, its comments left out."""
    text = re.sub(r"^//.*\n?", "", path.read_text("utf-8"), flags=re.MULTILINE)
    blocks = re.split(r"\n\s*\n", text.strip())
    return tuple(
        Query(f"{path.stem}[{number}]", _literal(block.strip()))
        for number, block in enumerate(blocks, 1)
    )


def _literal(text: str) -> LiteralString:
    return cast(LiteralString, text)  # type: ignore[redundant-cast]  # for mypy they are one type
