"""What a load keeps in the graph: which content it was, and how many rows became what.

The id of a load stands for its content: the bytes of the files, the profile, and the settings that
give blanks a meaning. The same content again, with nothing written in between, is nothing to do.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import graph.loads
import loaders.formats
from graph.connection import Database
from graph.keys import Row
from graph.settings import Settings
from loaders.intake import Intake

FORM = 1
"""Grows when the same files would be stored in another way."""

_BLOCK = 1 << 20


@dataclass
class Counts:
    """What became of the good rows of one noun, and how many were rejected in all."""

    new: int = 0
    changed: int = 0
    same: int = 0
    rejected: int = 0

    @property
    def rows(self) -> int:
        """All rows of the noun that were looked at."""
        return self.new + self.changed + self.same + self.rejected


@dataclass(frozen=True)
class Content:
    """The content of a load: its id and the digests of its files."""

    id: str
    files: dict[str, str]


def content(folder: Path, profile: str | None, settings: Settings) -> Content:
    """Read all files of a folder once for their digests."""
    sources = loaders.formats.sources(folder)
    files = {source.name: _sha256(source.path) for source in sources}
    meaning = [FORM, sorted(files.items()), profile, settings.time_zone, settings.currency]
    return Content(hashlib.sha256(json.dumps(meaning).encode()).hexdigest()[:32], files)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def counts(content: Content, intake: Intake, tally: dict[str, Counts], via: str) -> dict[str, Any]:
    """What `graph.loads.finish` keeps: rows by noun, rejects and their money by code."""
    report = intake.report
    codes: dict[str, int] = {}
    for by_code in report.rejected.values():
        for code, rows in by_code.items():
            codes[code] = codes.get(code, 0) + rows
    return {
        "rows": {noun: asdict(count) for noun, count in tally.items()},
        "rejected": codes,
        "first_causes": report.first_causes,
        "money": report.money,
        "in_cycles": intake.rejected_in_cycles,
        "files": content.files,
        "nouns": sorted(intake.nouns),
        "profile": intake.profile,
        "rejects": report.rejects,
        "rejects_file": str(intake.rejects) if report.rejects else None,
        "via": via,
    }


def finished_now(db: Database, content: Content, rejects: Path) -> Row | None:
    """The last load, if it was of this content, is complete, and nothing was written since.

    None too where its rejects file is no longer there: then the load is done again for it.
    """
    last: Sequence[Row] = graph.loads.page(db, first=1)
    if not last or last[0]["id"] != content.id or last[0]["status"] != graph.loads.FINISHED:
        return None
    if graph.loads.current_seq(db) != last[0]["seq"]:
        return None
    kept = last[0]["counts"].get("rejects_file")
    return last[0] if kept is None or (kept == str(rejects) and rejects.exists()) else None


def node(content: Content, source: Path, now_ms: int, kept: dict[str, Any]) -> dict[str, Any]:
    """A complete first load as the properties of its node, for an import."""
    return {
        "id": content.id,
        "source": str(source),
        "seq": 1,
        "attempts": 1,
        "status": graph.loads.FINISHED,
        "done": "{}",
        "counts": json.dumps(kept, sort_keys=True, ensure_ascii=False),
        "started_ms": now_ms,
        "finished_ms": now_ms,
    }
