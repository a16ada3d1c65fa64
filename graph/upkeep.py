"""Check, back up and restore the embedded store; each needs it stopped and for itself alone.

A backup is what Neo4j's own `database dump` writes: one file, readable by any Neo4j of the same
version or newer. The salt of its identifiers, where there is one, stands beside it in FILE.salt:
the store alone does not hold it. A restore is checked before it replaces anything.
"""

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import graph.disk
import graph.server
from graph.errors import Conflict, Missing, PlumblineError, Unavailable
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
    """Write the store to `file`, whole or not at all, and the salt beside it; the store's bytes.

    Conflict if one of the files exists.
    """
    file = file.absolute()
    for taken in (file, salt_beside(file)):
        if taken.exists():
            raise Conflict(f"{taken} exists already; a backup never replaces a file")
    if not file.parent.is_dir():
        raise Missing(f"there is no folder {file.parent} to put the backup in")
    with (
        graph.server.offline(settings) as store,
        tempfile.TemporaryDirectory(dir=file.parent, prefix=".plumbline-backup-") as folder,
    ):
        _wanted(settings, store)
        with _room_for(file):
            store.admin("database", "dump", "neo4j", f"--to-path={folder}")
            if settings.salt_file.exists():
                _keep(shutil.copyfile(settings.salt_file, Path(folder) / "salt"), salt_beside(file))
            _keep(Path(folder) / "neo4j.dump", file)
    return file.stat().st_size


def salt_beside(file: Path) -> Path:
    """Where the salt of a backup stands."""
    return file.with_name(f"{file.name}.salt")


@contextmanager
def _room_for(file: Path) -> Iterator[None]:
    """Neo4j's tool tells a full disk in its own words, and not which one."""
    try:
        with graph.disk.writing(file):
            yield
    except PlumblineError as problem:
        if "No space left" not in str(problem) and "is full" not in str(problem):
            raise
        raise Unavailable(graph.disk.sentence(errno.ENOSPC, file)) from None


def _keep(written: Path, file: Path) -> None:
    """Give a complete file its name, for its owner alone."""
    written.chmod(0o600)
    with written.open("rb") as whole:
        os.fsync(whole.fileno())
    written.rename(file)


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
    _put_salt_back(settings, salt_beside(file))
    _memory(settings).unlink(missing_ok=True)


def _put_salt_back(settings: Settings, kept: Path) -> None:
    """The salt that belongs to the store; without one beside the backup the present one stays."""
    if kept.exists():
        part = settings.salt_file.with_name(".salt.restored")
        _keep(Path(shutil.copyfile(kept, part)), settings.salt_file)


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
