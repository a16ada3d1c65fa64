"""Loading a folder into the graph: read and check everything, then write what is new.

An empty database of our own is filled by Neo4j's import tool, everything else goes over Bolt, by
the same readers and checks; both give the same graph. The same content again is nothing to do. A
load that was killed is begun again: over Bolt it goes on from what it had written, an import
starts over, because a half imported store never counts.
"""

import os
import secrets
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import graph.connection
import graph.disk
import graph.jobs
import graph.loads
import graph.locks
import graph.migrations
import graph.sealing
import graph.server
import graph.words
import loaders.bulk
import loaders.intake
import loaders.load_record
import loaders.over_bolt
from graph.connection import Database
from graph.errors import Locked, Misconfigured, PlumblineError
from graph.server import Offline
from graph.settings import Settings
from loaders.import_files import ImportFiles
from loaders.intake import Intake
from loaders.known import InGraph
from loaders.load_record import Content, Counts
from loaders.progress import BYTES, Teller
from loaders.references import Known, NothingKnown
from loaders.source import Unreadable

BOLT, IMPORT, CHECK, NOTHING = "bolt", "import", "check", "nothing"


@dataclass(frozen=True)
class Request:
    """What to load. `via` None chooses; `rejects` None is a file in the data folder."""

    folder: Path
    profile: str | None = None
    check: bool = False
    rejects: Path | None = None
    lang: str = "en"
    via: str | None = None


@dataclass(frozen=True)
class Result:
    """What became of it. `via` is how: BOLT, IMPORT, CHECK (nothing was changed), or NOTHING:
    the graph already was exactly this load, and `tally` is that load's; `intake` is None then.
    """

    via: str
    tally: dict[str, Counts]
    rejects: int
    rejects_file: Path
    intake: Intake | None


def run(request: Request, settings: Settings, teller: Teller, now: Callable[[], int]) -> Result:
    """Load, or only check; `now` gives the time in ms. Errors are those of graph.errors."""
    if request.via == IMPORT and not settings.embedded:
        raise Misconfigured("the import tool fills only our own database: with NEO4J_URI use bolt")
    spools = settings.data_folder / "spool"
    with graph.disk.writing(spools), _spool(spools) as (spool, cut_short):
        if cut_short:
            teller.say(graph.words.text("loads", "cut_short", request.lang))
        content = _content(request, settings)
        attempt = _Attempt(request, settings, teller, now, content, spool)
        return attempt.check() if request.check else attempt.load()


def _content(request: Request, settings: Settings) -> Content:
    try:
        return loaders.load_record.content(request.folder, request.profile, settings)
    except Unreadable as problem:
        raise Misconfigured(problem.sentence(request.lang)) from None


@contextmanager
def _spool(folder: Path) -> Iterator[tuple[Path, bool]]:
    """A folder for this process alone, and whether a killed load had left one (now removed)."""
    folder.mkdir(parents=True, exist_ok=True)
    left = [_removed(lock) for lock in folder.glob("*.lock")]
    own = folder / secrets.token_hex(8)
    lock = own.with_suffix(".lock")
    held = graph.locks.take(lock, exclusive=True)
    own.mkdir()
    try:
        yield own, any(left)
    finally:
        shutil.rmtree(own, ignore_errors=True)
        lock.unlink(missing_ok=True)
        if held is not None:
            held.release()


def _removed(lock: Path) -> bool:
    """Remove what belongs to a lock that nobody holds any more; False where somebody does."""
    held = graph.locks.take(lock, exclusive=True)
    if held is None:
        return False
    with held:
        shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
        lock.unlink(missing_ok=True)
    return True


@dataclass(frozen=True)
class _Attempt:
    request: Request
    settings: Settings
    teller: Teller
    now: Callable[[], int]
    content: Content
    spool: Path

    @property
    def rejects(self) -> Path:
        name = f"{self.request.folder.resolve().name}-{self.content.id[:8]}.csv"
        return self.request.rejects or self.settings.data_folder / "rejects" / name

    def load(self) -> Result:
        """By import where the database is ours and empty, else over Bolt."""
        may_import = self.request.via != BOLT and self.settings.embedded
        if may_import and graph.server.status(self.settings).store_bytes == 0:
            return self._import() or self._over_bolt_always()
        with graph.connection.connect(self.settings) as db:
            if not (may_import and _is_empty(db)):
                self._refuse_import()
                return self._over_bolt(db)
        return self._import() or self._over_bolt_always()

    def check(self) -> Result:
        """Look what a load would do; nothing is changed but the rejects file."""
        if self.settings.embedded and graph.server.status(self.settings).store_bytes == 0:
            intake = self._read(NothingKnown())
            tally = {noun: Counts(new=intake.tables[noun].rows) for noun in intake.nouns}
            return self._result(CHECK, tally, intake)
        with graph.connection.connect(self.settings) as db:
            known = InGraph(db)
            intake = self._read(known)
            load = loaders.over_bolt.Load(db, intake, known, self.settings, None)
            tally = load.write(self._progress("comparing"), lambda noun: None)
            return self._result(CHECK, tally, intake)

    # Through the import tool ---------------------------------------------------------------------

    def _import(self) -> Result | None:
        """None where others use the database, or it is not empty after all."""
        try:
            with graph.server.offline(self.settings) as store:
                return self._imported(store) if store.is_empty() else None
        except Locked:
            if self.request.via == IMPORT:
                raise
            self.teller.say(graph.words.text("loads", "others", self.request.lang))
            return None

    def _imported(self, store: Offline) -> Result:
        intake = self._read(NothingKnown())
        folder = self.spool / "import"
        with ImportFiles(folder) as files:
            job = loaders.bulk.Import(
                intake,
                files,
                self.settings.zone,
                lambda: graph.sealing.salt(self.settings.data_folder),
            )
            tally = job.write(self._progress("preparing"))
            result = self._result(IMPORT, tally, intake)
            kept = loaders.load_record.counts(self.content, intake, tally, IMPORT)
            job.bookkeeping(
                loaders.load_record.node(self.content, self.request.folder, self.now(), kept)
            )
        self.teller.at("importing into Neo4j", 0, 0)
        with store.replacing():
            store.admin(
                "database",
                "import",
                "full",
                self.settings.neo4j_database,
                "--overwrite-destination",
                *files.arguments(),
            )
        shutil.rmtree(folder)
        self.teller.at("starting Neo4j, constraints and indexes", 0, 0)
        with store.database() as db:
            graph.migrations.apply(db)
        return result

    # Over Bolt -----------------------------------------------------------------------------------

    def _refuse_import(self) -> None:
        if self.request.via == IMPORT:
            raise Misconfigured("the import tool fills only an empty database; leave out --via")

    def _over_bolt_always(self) -> Result:
        self._refuse_import()
        with graph.connection.connect(self.settings) as db:
            return self._over_bolt(db)

    def _over_bolt(self, db: Database) -> Result:
        lease = graph.jobs.held(
            db, kind=graph.jobs.LOAD, host=socket.gethostname(), pid=os.getpid(), now=self.now
        )
        with lease:
            last = loaders.load_record.finished_now(db, self.content, self.rejects)
            if last:
                rows = {noun: Counts(**count) for noun, count in last["counts"]["rows"].items()}
                return Result(NOTHING, rows, last["counts"]["rejects"], self.rejects, None)
            known = InGraph(db)
            intake = self._read(known)
            seq = self._begun(db)
            try:
                load = loaders.over_bolt.Load(db, intake, known, self.settings, seq)
                tally = load.write(self._progress("writing"), self._stepped(db))
            except BaseException as problem:
                with suppress(PlumblineError):
                    error = str(problem) or type(problem).__name__
                    graph.loads.fail(db, self.content.id, now_ms=self.now(), error=error)
                raise
            result = self._result(BOLT, tally, intake)
            kept = loaders.load_record.counts(self.content, intake, tally, BOLT)
            graph.loads.finish(db, self.content.id, now_ms=self.now(), counts=kept)
            return result

    def _begun(self, db: Database) -> int:
        """The change cursor of this attempt."""
        before = graph.loads.by_ids(db, [self.content.id])
        if before and before[0]["status"] != graph.loads.FINISHED:
            self.teller.say(graph.words.text("loads", "going_on", self.request.lang))
        source = str(self.request.folder)
        row = graph.loads.start(db, self.content.id, source=source, now_ms=self.now())
        return int(row["seq"])

    def _stepped(self, db: Database) -> Callable[[str], None]:
        """Keeps which nouns are complete, for people and for the next attempt's message."""
        nouns: list[str] = []

        def done(noun: str) -> None:
            nouns.append(noun)
            graph.loads.step_done(db, self.content.id, {"nouns": nouns})

        return done

    # Both ----------------------------------------------------------------------------------------

    def _read(self, known: Known) -> Intake:
        self.rejects.parent.mkdir(parents=True, exist_ok=True)
        return loaders.intake.read(
            self.request.folder,
            settings=self.settings,
            known=known,
            profile=self.request.profile,
            spool=self.spool / "rows",
            rejects=self.rejects,
            lang=self.request.lang,
            progress=lambda noun, done, total: self.teller.at(
                f"reading {noun}", done, total, BYTES
            ),
        )

    def _progress(self, verb: str) -> Callable[[str, int, int], None]:
        return lambda noun, done, total: self.teller.at(f"{verb} {noun}", done, total)

    def _result(self, via: str, tally: dict[str, Counts], intake: Intake) -> Result:
        for noun, count in tally.items():
            if noun in intake.report.counts:
                count.rejected = intake.report.counts[noun].rejected
        return Result(via, tally, intake.report.rejects, self.rejects, intake)


def _is_empty(db: Database) -> bool:
    return InGraph(db).is_empty and not graph.loads.page(db, first=1)
