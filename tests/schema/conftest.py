"""The service over a graph that has had a night: filled where a test asks for it."""

import shutil
from collections.abc import Iterator

import pytest

import tests.graph.drawn
import tests.schema.world
from graph.connection import Database
from graph.settings import Settings
from tests.conftest import EMPTY
from tests.graph.drawn import Drawn
from tests.schema.asking import Asking, asking


@pytest.fixture(scope="module")
def drawn(database: Database, settings: Settings) -> Drawn:
    """What was drawn beside the known network; the graph holds both after one night.

    A module that only read leaves it to the next one.
    """
    if tests.schema.world.is_there(database):
        return tests.graph.drawn.draw(tests.schema.world.DRAWN)
    database.run_outside(EMPTY)
    for name in ("snapshots", "nights"):
        shutil.rmtree(settings.data_folder / name, ignore_errors=True)
    return tests.schema.world.load(database, settings)


@pytest.fixture(scope="module")
def service(drawn: Drawn, database: Database, settings: Settings) -> Iterator[Asking]:
    """The service over that graph."""
    with asking(settings, database) as service:
        yield service
