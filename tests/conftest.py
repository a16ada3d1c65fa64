"""What tests share: one server for the session, settings of its own, no notice unheard.

The server is our own embedded one in a folder of the session, or the one at NEO4J_TEST_URI (with
NEO4J_TEST_PASSWORD), which is emptied. Commands that a test starts find it by the environment.
"""

import logging
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import graph.connection
import graph.settings
from graph.connection import Database
from graph.errors import Unavailable
from graph.queries import Query
from graph.settings import Settings

EMPTY = Query(
    "tests.empty",
    "MATCH (n) WHERE NOT n:Migration CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS",
)


def pytest_configure(config: pytest.Config) -> None:
    # A run that is told to end (a time limit) tidies up: it stops its servers.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    config.addinivalue_line("markers", "server: needs a Neo4j; left out by `make fast`")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "database" in getattr(item, "fixturenames", ()):
            item.add_marker("server")


@pytest.fixture(scope="session", autouse=True)
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Defaults, a small embedded server in a folder of the session; the environment says the same.

    A test that wants a data folder of its own: `dataclasses.replace(settings, data_folder=...)`.
    """
    with pytest.MonkeyPatch.context() as patch:
        other = os.environ.get("NEO4J_TEST_URI", "")
        for name in list(os.environ):
            if name.startswith(("PLUMBLINE_", "NEO4J_")) and not name.startswith("NEO4J_TEST_"):
                patch.delenv(name)
        patch.setenv("PLUMBLINE_DATA_FOLDER", str(tmp_path_factory.mktemp("data")))
        patch.setenv("PLUMBLINE_LANG", "en")
        patch.setenv("PLUMBLINE_HEAP_MB", "512")
        patch.setenv("PLUMBLINE_PAGE_CACHE_MB", "128")
        if other:
            patch.setenv("NEO4J_URI", other)
            patch.setenv("NEO4J_PASSWORD", os.environ.get("NEO4J_TEST_PASSWORD", ""))
        yield graph.settings.read()


@pytest.fixture(scope="session")
def database(settings: Settings) -> Iterator[Database]:
    """The session's server. It holds what earlier tests left: see `empty_database`."""
    try:
        with graph.connection.connect(settings) as database:
            yield database
    except Unavailable as problem:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no Neo4j: {problem}")


@pytest.fixture
def empty_database(database: Database) -> Database:
    """The session's server with nothing in it but its constraints and indexes."""
    database.run_outside(EMPTY)
    return database


@pytest.fixture
def own_settings(settings: Settings, tmp_path: Path) -> Settings:
    """Settings with a data folder for one test alone, whose server nobody else uses."""
    return replace(settings, data_folder=tmp_path / "data", neo4j_uri="", neo4j_password="")


class _Heard(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.notices: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.notices.append(record.getMessage())


@pytest.fixture(autouse=True)
def notices() -> Iterator[list[str]]:
    """What the server noted about statements (a product of rows, an old form): none, or it fails.

    A test that causes one on purpose clears the list.
    """
    heard, logger = _Heard(), logging.getLogger("graph.notices")
    logger.addHandler(heard)
    yield heard.notices
    logger.removeHandler(heard)
    assert not heard.notices
