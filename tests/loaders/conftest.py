"""What tests of the dry run draw on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tests.loaders.trying
from tests.loaders.trying import CHAIN, Tried, sale


@pytest.fixture
def tried(tmp_path: Path) -> Callable[..., Tried]:
    """`tried(plan, tree=..., orders=..., NOUN=rows, as_of=...)`: the files of a dry run.

    Left out: the default plan, and the chain of which D5 sells for 100.00 to somebody outside.
    """

    def attempt(plan: str = "", **tables: Any) -> Tried:
        tables.setdefault("tree", CHAIN)
        tables.setdefault("orders", [sale(seller="D5", amount="100.00")])
        return tests.loaders.trying.tried(tmp_path, plan, **tables)

    return attempt
