"""What makes a report the report that it is: an id, and the parts that anybody can check it by.

The id is the SHA-256 of the parts as canonical JSON. It is the same in every language. Parts are
the kind and day; the digest of the snapshot and of what else was read; the settings that change a
figure; plan and rulebook; the figures themselves; and what draws them (words, template, versions
of libraries), so that the same id always means the same bytes in each language and form.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

import msgspec

import graph.words
from analytics.reports.tables import Report

SHORT = 12
DRAWN_WITH = ("jinja2", "matplotlib", "polars", "xlsxwriter")
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Identity:
    """`id` in hexadecimal, and its `parts` as text, in order."""

    id: str
    parts: Mapping[str, str]

    @property
    def short(self) -> str:
        """What file names carry."""
        return self.id[:SHORT]


def of(report: Report, sources: Mapping[str, str]) -> Identity:
    """The identity of a report of these `sources`: snapshot digest, rulebook, plan, settings ..."""
    parts = {
        "kind": report.kind,
        "as_of": report.as_of,
        **dict(sorted(sources.items())),
        "figures": figures(report),
        "drawn_with": drawn_with(),
    }
    return Identity(hashlib.sha256(msgspec.json.encode(parts)).hexdigest(), parts)


def figures(report: Report) -> str:
    """The digest of all frames: names, types and values."""
    digest = hashlib.sha256()
    for table in report.tables:
        types = {name: str(kind) for name, kind in table.frame.schema.items()}
        digest.update(msgspec.json.encode([table.code, types, dict(table.facts)]))
        digest.update(msgspec.json.encode(table.frame.rows()))
    return digest.hexdigest()


@cache
def drawn_with() -> str:
    """The digest of the words, the template, the drawing code and the libraries' versions."""
    digest = hashlib.sha256()
    for path in [
        graph.words.FOLDER / "reports.toml",
        *sorted(HERE.glob("*.j2")),
        *sorted(HERE.glob("*.py")),
    ]:
        digest.update(path.name.encode() + path.read_bytes())
    digest.update(" ".join(f"{name}={version(name)}" for name in DRAWN_WITH).encode())
    return digest.hexdigest()
