"""The jars of the embedded Neo4j: a committed lock, fetched once into the local Maven repository.

`jars.lock` has a line per jar: group, artifact, version, classifier (`-` for none), sha256. A jar
is fetched into a folder of its own, checked, and only then moved to its place, so that a reader
never sees half of one; a damaged one is replaced in the same way.
"""

import hashlib
import shutil
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import jgo.maven

import graph.locks
import graph.voice
from graph.errors import Conflict, Unavailable

LOCK_FILE = Path(__file__).with_name("jars.lock")
THREADS = 8
TRIES = 3
TIMEOUT_S = 60
WAIT_S = 900.0

ROOTS = (("org.neo4j.app", "neo4j-server"), ("org.neo4j", "neo4j"))
"""Both are needed: the entry point stands in the second one."""


class Jar(NamedTuple):
    """One file of the Maven repository, with the sha256 it must have."""

    group: str
    artifact: str
    version: str
    classifier: str
    sha256: str

    def of(self, context: jgo.maven.MavenContext) -> jgo.maven.Artifact:
        """This jar as something that jgo can find or fetch."""
        component = context.project(self.group, self.artifact).at_version(self.version)
        return component.artifact(self.classifier, "jar")


def locked(path: Path = LOCK_FILE) -> list[Jar]:
    """The jars of the lock, in its order."""
    lines = path.read_text("utf-8").splitlines()
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    return [Jar(g, a, v, "" if c == "-" else c, sha) for g, a, v, c, sha in rows]


def neo4j_version() -> str:
    """The version of the embedded server, as locked."""
    return next(jar.version for jar in locked() if (jar.group, jar.artifact) == ROOTS[0])


def repository() -> jgo.maven.MavenContext:
    """The local Maven repository of this user, and where it is filled from."""
    return jgo.maven.MavenContext(timeout=TIMEOUT_S)


def place(jar: Jar, context: jgo.maven.MavenContext) -> Path:
    """Where the jar lies, or would."""
    path = jar.of(context).cached_path
    assert path is not None
    return path


def unfit(jars: Sequence[Jar], context: jgo.maven.MavenContext) -> list[Jar]:
    """The jars that are missing or not what the lock says."""
    with ThreadPoolExecutor(THREADS) as pool:
        fit = list(pool.map(lambda jar: _sha256(place(jar, context)) == jar.sha256, jars))
    return [jar for jar, good in zip(jars, fit, strict=True) if not good]


def ensure(
    jars: Sequence[Jar] | None = None, context: jgo.maven.MavenContext | None = None
) -> list[Path]:
    """All jars in place and checked; what is missing or damaged is fetched, and said.

    Unavailable where one cannot be fetched (the next try goes on from there), Conflict where what
    comes is not what the lock says.
    """
    context = context or repository()
    jars = locked() if jars is None else jars
    if unfit(jars, context):
        context.repo_cache.mkdir(parents=True, exist_ok=True)
        lock = context.repo_cache / ".plumbline.lock"
        held = graph.locks.take(lock, exclusive=True, wait_s=WAIT_S)
        if held is None:
            raise Unavailable(f"another command has been fetching jars for long; it holds {lock}")
        with held:
            _fetch(unfit(jars, context), context)
    return [place(jar, context) for jar in jars]


def _fetch(jars: Sequence[Jar], context: jgo.maven.MavenContext) -> None:
    for jar in jars:
        if (path := place(jar, context)).exists():
            graph.voice.say(f"{path} is damaged or half fetched; fetching it again")
    if jars:
        graph.voice.say(
            f"fetching {len(jars)} of the jars of Neo4j {neo4j_version()} into {context.repo_cache}"
        )
    spool = context.repo_cache / ".plumbline-spool"
    shutil.rmtree(spool, ignore_errors=True)
    aside = jgo.maven.MavenContext(
        repo_cache=spool, remote_repos=context.remote_repos, timeout=context.timeout
    )
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda jar: _fetch_one(jar, aside, place(jar, context)), jars))
    finally:
        shutil.rmtree(spool, ignore_errors=True)


def _fetch_one(jar: Jar, aside: jgo.maven.MavenContext, target: Path) -> None:
    spooled = _resolved(jar, aside)
    if (found := _sha256(spooled)) != jar.sha256:
        raise Conflict(
            f"{target.name} as fetched has sha256 {found}, the lock says {jar.sha256}; what lies"
            " between here and the Maven repository alters it, so it is not used"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    spooled.replace(target)


def _resolved(jar: Jar, aside: jgo.maven.MavenContext) -> Path:
    path = place(jar, aside)
    for attempt in range(1, TRIES + 1):
        try:
            return jar.of(aside).resolve()
        except (OSError, RuntimeError) as problem:
            path.unlink(missing_ok=True)
            if attempt == TRIES:
                raise Unavailable(
                    f"{path.name} could not be fetched ({_cause(problem)}); check the network, then"
                    " run './plumbline setup' again: it goes on where it stopped"
                ) from None
            time.sleep(attempt)
    raise AssertionError("unreachable")


def _cause(problem: Exception) -> str:
    return " ".join(str(problem).split())[:160] or type(problem).__name__


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""


def lock(version: str) -> list[Jar]:
    """Resolve both roots at `version` into a new lock; for maintainers, takes a minute."""
    context = repository()
    wanted = [context.create_dependency(f"{group}:{name}:{version}") for group, name in ROOTS]
    _, found = context.resolver.get_dependency_list(wanted)
    artifacts = [wish.artifact for wish in wanted] + [
        node.dep.artifact
        for node in found
        if node.dep.type == "jar" and node.dep.scope in ("compile", "runtime")
    ]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(THREADS) as pool:
        fresh = jgo.maven.MavenContext(repo_cache=Path(folder), timeout=TIMEOUT_S)
        jars = [Jar(a.groupId, a.artifactId, a.version, a.classifier, "") for a in artifacts]
        sums = list(pool.map(lambda jar: _sha256(_resolved(jar, fresh)), jars))
    return sorted(jar._replace(sha256=sha) for jar, sha in zip(jars, sums, strict=True))


def write_lock(jars: Sequence[Jar], path: Path = LOCK_FILE) -> None:
    """Write the lock file."""
    lines = [" ".join(jar._replace(classifier=jar.classifier or "-")) for jar in jars]
    heading = "# group artifact version classifier sha256; made by: python -m graph lock-jars"
    path.write_text("\n".join([heading, *lines]) + "\n", "utf-8")
