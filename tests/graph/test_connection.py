"""The Database on a real server: transactions, errors as sentences, notices, a version too old."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import LiteralString

import pytest
from neo4j.exceptions import ResultFailedError, TransientError

import graph.connection
from graph.database import Address, Database, refuse_old
from graph.errors import Conflict, Misconfigured, Unavailable
from graph.queries import Query
from graph.settings import Settings

ADD = Query(
    "tests.add", "MERGE (c:Counter {id: $id}) ON CREATE SET c.next = 0 SET c.next = c.next + 1"
)
RECALL = Query("tests.recall", "MATCH (c:Counter {id: $id}) RETURN c.next AS next")
ROWS = Query("tests.rows", "UNWIND range(1, $count) AS n RETURN n, toString(n) AS text")
LISTS = Query("tests.lists", "UNWIND range(1, 3) AS n RETURN collect(n) AS n, collect(-n) AS m")
TWICE = Query("tests.twice", "CREATE (:Counter {id: $id})")
TOUCH = Query("tests.touch", "MATCH (c:Counter {id: $id}) SET c.next = c.next + 1")


def test_rows_come_back_whole(database: Database) -> None:
    rows = database.read(ROWS, count=25_000)
    assert len(rows) == 25_000 and rows[-1] == {"n": 25_000, "text": "25000"}
    assert database.columns(LISTS) == {"n": [1, 2, 3], "m": [-1, -2, -3]}


@pytest.mark.parametrize(
    "text",
    [
        "UNWIND [1, null, 3] AS n RETURN collect(n) AS n, [1, 2, 3] AS m",
        "UNWIND [1, 2] AS n RETURN [n] AS n",
    ],
)
def test_columns_of_unequal_length_are_a_fault(database: Database, text: LiteralString) -> None:
    with pytest.raises(ValueError, match="one row of equally long lists"):
        database.columns(Query("tests.unequal", text))


def test_statements_together_are_done_or_undone_together(empty_database: Database) -> None:
    def half(statements: graph.connection.Statements) -> None:
        statements.run(ADD, id="a")
        statements.run(TWICE, id="a")

    with pytest.raises(Conflict, match="already exists"):
        empty_database.together(half)
    assert empty_database.read(RECALL, id="a") == []
    before = empty_database.queries_run
    answer = empty_database.together(lambda tx: [tx.run(ADD, id="a"), tx.run(RECALL, id="a")][1])
    assert answer == [{"next": 1}]
    assert empty_database.queries_run == before + 2


def test_threads_share_one_database(empty_database: Database) -> None:
    empty_database.write(ADD, id="shared")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: empty_database.write(TOUCH, id="shared"), range(80)))
        rows = list(pool.map(lambda n: len(empty_database.read(ROWS, count=n)), range(40)))
    assert empty_database.read(RECALL, id="shared") == [{"next": 81}]
    assert rows == list(range(40))


def test_deadlocks_are_tried_again(empty_database: Database) -> None:
    empty_database.write(ADD, id="a")
    empty_database.write(ADD, id="b")
    meet = threading.Barrier(2, timeout=10)

    def crossed(first: str, second: str) -> None:
        def work(statements: graph.connection.Statements) -> None:
            statements.run(TOUCH, id=first)
            if meet.n_waiting + 1 <= meet.parties and not meet.broken:
                try:
                    meet.wait(2)
                except threading.BrokenBarrierError:
                    pass
            statements.run(TOUCH, id=second)

        empty_database.together(work)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(crossed, "a", "b"), pool.submit(crossed, "b", "a")]:
            done.result()
    assert empty_database.read(RECALL, id="a") == empty_database.read(RECALL, id="b")
    assert empty_database.read(RECALL, id="a") == [{"next": 3}]


def test_what_had_to_give_way_while_rolling_back_is_tried_again(database: Database) -> None:
    """As the driver puts it now and then: the result has failed, and only its cause says why."""
    tried = []

    def work(_: object) -> int:
        tried.append(1)
        if len(tried) == 1:
            raise ResultFailedError(None, "the result has failed") from TransientError("a deadlock")
        return len(tried)

    assert database.together(work) == 2


def test_a_wrong_query_is_a_fault_that_names_it(database: Database) -> None:
    wrong = Query("tests.wrong", "RETRUN 1")
    with pytest.raises(Exception, match="RETRUN") as caught:
        database.read(wrong)
    assert any("tests.wrong" in note for note in caught.value.__notes__)


def test_what_the_server_notes_is_heard(database: Database, notices: list[str]) -> None:
    product = Query("tests.product", "MATCH (a:Order), (b:Customer) RETURN count(*) AS n")
    database.read(product)
    assert len(notices) == 1 and notices[0].startswith("tests.product: 03N90")
    notices.clear()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        yield probe.getsockname()[1]


def test_each_wrong_setting_gets_one_sentence(
    database: Database, settings: Settings, silent_port: int
) -> None:
    right = database.address
    cases: list[tuple[dict[str, str], type[Exception], str]] = [
        ({"neo4j_uri": f"bolt://127.0.0.1:{silent_port}"}, Unavailable, "does not answer"),
        ({"neo4j_uri": "bolt://no.such.host.invalid:7687"}, Unavailable, "does not answer"),
        ({"neo4j_uri": "http://127.0.0.1:7474"}, Misconfigured, "looks like bolt://"),
        ({"neo4j_password": "not this one"}, Misconfigured, "refuses user 'neo4j'"),
        ({"neo4j_database": "elsewhere"}, Misconfigured, "no database 'elsewhere'"),
    ]
    ours = replace(settings, neo4j_uri=right.uri, neo4j_password=right.password)
    for change, error, sentence in cases:
        with pytest.raises(error, match=sentence) as caught:
            with graph.connection.connect(replace(ours, **change), retry_s=0):  # type: ignore[arg-type]
                pass
        assert str(caught.value).count("\n") == 0
    with graph.connection.connect(ours) as other:
        assert other.read(LISTS)


def test_a_silent_stranger_does_not_hang_us(database: Database) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        uri = f"bolt://127.0.0.1:{stranger.getsockname()[1]}"
        began = time.monotonic()
        with closing(Database(Address(uri, "neo4j", "secret", "neo4j"), retry_s=0)) as nobody:
            with pytest.raises(Unavailable):
                nobody.verify()
        assert time.monotonic() - began < 20


@pytest.mark.parametrize("version", ["4.4.30", "5.25.1", "nonsense"])
def test_a_version_too_old_is_refused(version: str) -> None:
    with pytest.raises(Misconfigured, match=f"is version {version}; Plumbline needs 5.26"):
        refuse_old(version, "bolt://somewhere")


@pytest.mark.parametrize("version", ["5.26.0", "5.27-aura", "2026.09.0"])
def test_a_version_new_enough_is_taken(version: str) -> None:
    refuse_old(version, "bolt://somewhere")
