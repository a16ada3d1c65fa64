"""A case of bad input: files, and what the command must make of them. No test by itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.loaders.folders import DISTRIBUTORS, ORDERS

Content = str | bytes | Callable[[Path], object]
Place = tuple[str, int, str, str]

DONE, FAILED, USAGE, REJECTS = 0, 1, 2, 3


@dataclass(frozen=True)
class Case:
    """Files of a folder, and what the command makes of them.

    `said` is a part of what it says in English; `rejects` are (file, row, column, code) in order of
    file and row, the first ones where there are many; `good` the accepted rows by noun.
    """

    name: str
    files: Mapping[str, Content]
    exit: int
    said: str = ""
    rejects: tuple[Place, ...] = ()
    good: Mapping[str, int] = field(default_factory=dict)
    plan: str = ""


BOTH: Mapping[str, Content] = {"distributors.csv": DISTRIBUTORS, "orders.csv": ORDERS}
ORDER_HEAD = "order_id,ordered_at,currency,amount\n"
TREE_HEAD = "distributor_id,sponsor_id,joined_at\n"


def one(code: str, column: str, row: int = 1, file: str = "orders.csv") -> tuple[Place, ...]:
    """A single reject."""
    return ((file, row, column, code),)
