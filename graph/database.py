"""The one place that talks to the driver: managed transactions, clear errors, notices.

Every statement names its database, reads its rows whole, and is retried as a whole when the server
was away or a lock was in the way: a write must be idempotent. Where the server is our own and has
died, it is started again before the next try, so that a long-lived service outlives it.
"""

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

import neo4j
import neo4j.exceptions as trouble

import graph.queries
from graph.errors import Conflict, Misconfigured, Unavailable
from graph.queries import Query

QUERIES = graph.queries.load("database")
T = TypeVar("T")
Row = dict[str, Any]

VERSION_MIN = (5, 26)
FETCH_ROWS = 10_000
SCHEMES = re.compile(r"(bolt|neo4j)(\+s|\+ssc)?://")
CONNECT_S = 5.0
ACQUIRE_S = 10.0
"""Also what a silent stranger on the port can cost."""

DRIVER_RETRY_S = 4.0
"""What the driver itself waits for locks; a server that is away is looked after above it."""

QUIET = frozenset({"00000", "00001", "02000", "00NA0"})
"""GQL status codes that say nothing: success, no data, no schema change needed."""

notices = logging.getLogger("graph.notices")
"""What the server notes about a statement (a product of rows, an old form); tests fail on it."""

# What the driver logs of its tries is not for the user: what becomes of them is said.
logging.getLogger("neo4j").addHandler(logging.NullHandler())


class Address(NamedTuple):
    """Where a server listens and who we are there."""

    uri: str
    username: str
    password: str
    database: str


class Statements:
    """The statements of one managed transaction."""

    def __init__(self, transaction: neo4j.ManagedTransaction, count: Callable[[], None]) -> None:
        self._transaction, self._count = transaction, count

    def run(self, query: Query, **parameters: Any) -> list[Row]:
        """All rows of one statement of this transaction."""
        self._count()
        try:
            result = self._transaction.run(query.text, parameters)
            rows = [dict(record) for record in result]
            _note(query, result.consume())
        except trouble.Neo4jError as problem:
            problem.add_note(f"in the query {query.name}")
            raise
        return rows


class Database:
    """One driver, safe to share among threads. Made by graph.connection.connect."""

    def __init__(
        self,
        address: Address,
        *,
        retry_s: float = 60.0,
        revive: Callable[[], Address] | None = None,
    ) -> None:
        self.address = address
        self.queries_run = 0
        self._retry_s, self._revive = retry_s, revive
        self._lock = threading.Lock()
        self._driver, self._retired = _driver(address), list[neo4j.Driver]()

    def read(self, query: Query, **parameters: Any) -> list[Row]:
        """All rows of one statement in a managed read transaction."""
        return self._managed(neo4j.READ_ACCESS, lambda tx: tx.run(query, **parameters), query.name)

    def columns(self, query: Query, **parameters: Any) -> dict[str, list[Any]]:
        """The one row of collected lists that `query` returns.

        ValueError where it is not one row, or where the lists differ in length: collect() leaves
        nulls out, so that a missing coalesce shifts a column.
        """
        rows = self.read(query, **parameters)
        if len(rows) != 1 or len({len(column) for column in rows[0].values()}) > 1:
            lengths = [{name: len(column) for name, column in row.items()} for row in rows]
            raise ValueError(f"{query.name} must return one row of equally long lists: {lengths}")
        return rows[0]

    def write(self, query: Query, **parameters: Any) -> list[Row]:
        """All rows of one idempotent statement in a managed write transaction."""
        return self._managed(neo4j.WRITE_ACCESS, lambda tx: tx.run(query, **parameters), query.name)

    def together(self, work: Callable[[Statements], T]) -> T:
        """Several statements in one managed write transaction; `work` may be called again."""
        return self._managed(neo4j.WRITE_ACCESS, work, "several statements")

    def run_outside(self, query: Query, **parameters: Any) -> None:
        """One statement that opens its own transactions, or a schema statement; never retried."""
        self._count()
        with _sentences(query.name, self.address), self._session(neo4j.WRITE_ACCESS) as session:
            _note(query, session.run(query.text, parameters).consume())

    def verify(self) -> str:
        """The server's version, asked once; raises a sentence for whatever stands in the way."""
        query = QUERIES["version"]
        with _sentences(query.name, self.address), self._session(neo4j.READ_ACCESS) as session:
            version = str(session.run(query.text).single(strict=True)["version"])
        refuse_old(version, self.address.uri)
        return version

    def close(self) -> None:
        """Close the driver; the Database is of no more use."""
        for driver in (self._driver, *self._retired):
            driver.close()

    def _session(self, access: str) -> neo4j.Session:
        driver = self._driver
        return driver.session(
            database=self.address.database,
            default_access_mode=access,
            fetch_size=FETCH_ROWS,
            bookmark_manager=driver.execute_query_bookmark_manager,
        )

    def _managed(self, access: str, work: Callable[[Statements], T], name: str) -> T:
        deadline, revived = time.monotonic() + self._retry_s, False
        while True:
            try:
                with (
                    _sentences(name, self.address),
                    _causes(),
                    self._session(access) as session,
                ):
                    execute = (
                        session.execute_read
                        if access == neo4j.READ_ACCESS
                        else session.execute_write
                    )
                    return execute(lambda tx: work(Statements(tx, self._count)))
            except Unavailable:
                if time.monotonic() >= deadline and (self._revive is None or revived):
                    self._revived()  # which says why, where the server ends again and again
                    raise
            revived = self._revived() or revived
            time.sleep(0.1)

    def _revived(self) -> bool:
        """See to it that our own server lives; False for a server that is not ours."""
        if self._revive is None:
            return False
        address = self._revive()
        with self._lock:
            if address != self.address:
                # Other threads may be in the midst of finding out that the old one is gone.
                self._retired.append(self._driver)
                self.address, self._driver = address, _driver(address)
        return True

    def _count(self) -> None:
        with self._lock:
            self.queries_run += 1


def refuse_old(version: str, uri: str) -> None:
    """Misconfigured for a server older than VERSION_MIN, or one whose version says nothing."""
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if not numbers or tuple(map(int, numbers.groups())) < VERSION_MIN:
        raise Misconfigured(
            f"the Neo4j at {uri} is version {version}; Plumbline needs"
            f" {VERSION_MIN[0]}.{VERSION_MIN[1]} or newer: upgrade it, or unset NEO4J_URI to use"
            " the embedded one"
        )


def _driver(address: Address) -> neo4j.Driver:
    if not SCHEMES.match(address.uri):
        raise Misconfigured(_odd_uri(address, "it is none of a Neo4j"))
    try:
        return neo4j.GraphDatabase.driver(
            address.uri,
            auth=(address.username, address.password),
            max_transaction_retry_time=DRIVER_RETRY_S,
            connection_timeout=CONNECT_S,
            connection_acquisition_timeout=ACQUIRE_S,
            # A name that no node carries yet is no fault: a fresh database has none of them.
            notifications_disabled_classifications=["UNRECOGNIZED"],
            warn_notification_severity="OFF",  # `notices` hears them, in every mode of Python
            user_agent="plumbline",
        )
    except (trouble.ConfigurationError, ValueError) as problem:
        raise Misconfigured(_odd_uri(address, str(problem))) from None


def _odd_uri(address: Address, why: str) -> str:
    return f"NEO4J_URI is {address.uri!r}: {why}; it looks like bolt://host:7687 or neo4j+s://host"


def _note(query: Query, summary: neo4j.ResultSummary) -> None:
    for status in summary.gql_status_objects:
        if status.gql_status not in QUIET:
            notices.warning("%s: %s %s", query.name, status.gql_status, status.status_description)


@contextmanager
def _causes() -> Iterator[None]:
    """Raise what made a statement fail: the driver, rolling back, may say only that one had failed,
    and then does not try again what had to give way.
    """
    try:
        yield
    except trouble.ResultFailedError as problem:
        raise problem.__cause__ or problem from None


@contextmanager
def _sentences(name: str, address: Address) -> Iterator[None]:
    """Turn what the driver raises into the errors of graph.errors; a wrong query stays a bug."""
    try:
        yield
    except trouble.AuthError as problem:
        raise _refused_sign_in(problem, address) from None
    except trouble.ConstraintError as problem:
        raise Conflict(f"{name}: {problem.message}") from None
    except (trouble.ServiceUnavailable, trouble.SessionExpired) as problem:
        raise Unavailable(
            f"the Neo4j at {address.uri} does not answer ({_short(problem)}); is it running, and"
            " are host and port right?"
        ) from None
    except trouble.TransientError as problem:
        if "OutOfMemory" in (problem.code or ""):
            raise Unavailable(_too_big(name, address)) from None
        raise Unavailable(
            f"{name} had to give way and may succeed later: {_short(problem)}"
        ) from None
    except trouble.ClientError as problem:
        raise _sentence_of(problem, name, address) from None
    except (trouble.DatabaseError, trouble.ConnectionAcquisitionTimeoutError) as problem:
        raise Unavailable(f"{name} failed in the database: {_short(problem)}") from None


def _refused_sign_in(problem: trouble.AuthError, address: Address) -> Misconfigured:
    return Misconfigured(
        f"the Neo4j at {address.uri} refuses user {address.username!r} with this password"
        f" ({problem.code}); set NEO4J_USERNAME and NEO4J_PASSWORD"
    )


def _too_big(name: str, address: Address) -> str:
    return (
        f"{name} needs more memory than the Neo4j at {address.uri} has; nothing of it was written."
        " Give it more: PLUMBLINE_HEAP_MB for the embedded one, server.memory.heap.max_size for"
        " another"
    )


def _sentence_of(problem: trouble.ClientError, name: str, address: Address) -> Exception:
    code = problem.code or ""
    if code.endswith("AuthenticationRateLimit"):
        return Unavailable(
            f"the Neo4j at {address.uri} has seen too many wrong passwords; correct"
            " NEO4J_PASSWORD and wait ten seconds"
        )
    if code.endswith("DatabaseNotFound"):
        return Misconfigured(
            f"the Neo4j at {address.uri} has no database {address.database!r}; set NEO4J_DATABASE"
        )
    if code.endswith("Security.Forbidden"):
        return Misconfigured(
            f"the Neo4j at {address.uri} does not let user {address.username!r} run {name};"
            " Plumbline needs to read, write and make constraints"
        )
    problem.add_note(f"in the query {name}")
    return problem


def _short(problem: Exception) -> str:
    return str(problem).splitlines()[0][:200] if str(problem) else type(problem).__name__
