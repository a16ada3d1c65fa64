"""Check, back up and restore the embedded store; each needs it stopped and for itself alone.

A backup is what Neo4j's own `database dump` writes: one file, readable by any Neo4j of the same
version or newer. A restore is checked before it replaces anything.
"""

import json
import os
import tempfile
from pathlib import Path
from typing import NamedTuple

import graph.server
from graph.errors import Conflict, Missing, PlumblineError
from graph.process import Place
from graph.server import Offline
from graph.settings import Settings


class Checked(NamedTuple):
    """The last check of the store: when (UTC), whether it was consistent, what the tool said."""

    at_ms: int
    consistent: bool
    said: str


def check(settings: Settings, now_ms: int) -> Checked:
    """Let Neo4j check every record of the store; the outcome is kept for `doctor`."""
    with graph.server.offline(settings) as store:
        _wanted(settings, store)
        checked = _checked(settings, store, now_ms)
    _memory(settings).write_text(json.dumps(checked._asdict()), "utf-8")
    return checked


def last_check(settings: Settings) -> Checked | None:
    """What the last `check` found; None if there was none."""
    try:
        return Checked(**json.loads(_memory(settings).read_text("utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def backup(settings: Settings, file: Path) -> int:
    """Write the store to `file`, whole or not at all; its bytes. Conflict if the file exists."""
    file = file.absolute()
    if file.exists():
        raise Conflict(f"{file} exists already; a backup never replaces a file")
    if not file.parent.is_dir():
        raise Missing(f"there is no folder {file.parent} to put the backup in")
    with (
        graph.server.offline(settings) as store,
        tempfile.TemporaryDirectory(dir=file.parent, prefix=".plumbline-backup-") as folder,
    ):
        _wanted(settings, store)
        store.admin("database", "dump", "neo4j", f"--to-path={folder}")
        dump = Path(folder) / "neo4j.dump"
        dump.chmod(0o600)
        with dump.open("rb") as written:
            os.fsync(written.fileno())
        dump.rename(file)
    return file.stat().st_size


def restore(settings: Settings, file: Path) -> None:
    """Make the store what `file` holds; if that fails at any point, it stays as it was."""
    if not file.is_file():
        raise Missing(f"there is no backup {file}")
    with graph.server.offline(settings) as store, store.replacing(), file.open("rb") as dump:
        store.admin(
            "database",
            "load",
            "neo4j",
            "--from-stdin",
            "--overwrite-destination=true",
            stdin=dump,
        )
        checked = _checked(settings, store, 0)
        if not checked.consistent:
            raise Conflict(f"{file} holds an inconsistent store, which is not used: {checked.said}")
    _memory(settings).unlink(missing_ok=True)


def _wanted(settings: Settings, store: Offline) -> None:
    if not Place(settings).has_store:
        raise Missing(f"there is no store in {settings.data_folder} yet; the first load makes it")
    store.recover()


def _checked(settings: Settings, store: Offline, now_ms: int) -> Checked:
    reports = Place(settings).home / "logs"
    try:
        store.admin("database", "check", "neo4j", f"--report-path={reports}")
    except PlumblineError as problem:
        if "Inconsistencies found" not in str(problem):
            raise
        return Checked(now_ms, False, f"Neo4j's report on it is in {reports}")
    return Checked(now_ms, True, "")


def _memory(settings: Settings) -> Path:
    return Place(settings).home / "check.json"
