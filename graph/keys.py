"""Dense keys of nodes, identities made of several ids, and the one way in which rows are written.

Every distributor, customer, product, order, refund and so on gets the next integer of its noun when
it is first saved (0, 1, 2, ... without gaps); columns and snapshots use it instead of its text id.

What all nouns share:
- A row is a dict. Rows for saving carry the stored property names (`joined_at_ms`, `amount_minor`);
  a name that the noun does not know is a KeyError. None means unknown: it is never written and
  never removes what is stored.
- Rows that come back carry the same names; what is not known is None.
- Column pages (`columns`, `sponsor_columns`, ...) are dicts of equally long lists with the names of
  `analytics.columns` without `_ms`, `_minor`; `*_row` is `*_key` there, NOBODY where there is no
  such node. Words stay words. What is not known is None: nothing has to be turned back.
- `seq` is the change cursor of the write (graph.loads); only rows that really differ get it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeVar

import graph.queries
from graph.connection import Database, Statements
from graph.errors import Conflict
from graph.queries import Query

QUERIES = graph.queries.load("keys")

BATCH_ROWS_MAX = 10_000
PAGE_KEYS_MAX = 50_000

Row = dict[str, Any]
Columns = dict[str, list[Any]]
T = TypeVar("T")


class Writer(Protocol):
    """What saving needs: a Database, or the open transaction of one (`Within`)."""

    def write(self, query: Query, **parameters: Any) -> list[Row]:
        """All rows of one idempotent statement."""
        ...

    def together(self, work: Callable[[Statements], T]) -> T:
        """Several statements, all or none."""
        ...


class Within:
    """A transaction that is open already, in the place of a Database: saved whole or not at all.

    What is saved through it should be one batch: at most BATCH_ROWS_MAX rows.
    """

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    def write(self, query: Query, **parameters: Any) -> list[Row]:
        """As a Database, but part of the open transaction."""
        return self._tx.run(query, **parameters)

    def together(self, work: Callable[[Statements], T]) -> T:
        """As a Database, but part of the open transaction."""
        return work(self._tx)


class Saved(NamedTuple):
    """What a write did: rows created, and rows that were there and differed."""

    created: int
    changed: int


def take(db: Database, noun: str, count: int) -> int:
    """The first of `count` (>= 1) fresh keys of `noun`; nobody else gets them.

    `save_all` of each noun takes its keys by itself; this is for rows written in another way.
    """
    return db.together(lambda tx: take_within(tx, noun, count))


def take_within(tx: Statements, noun: str, count: int) -> int:
    """The same inside a transaction of several statements."""
    return int(tx.run(QUERIES["take_within"], noun=noun, count=count)[0]["first"])


def reserve(db: Database, noun: str, next_key: int) -> None:
    """After an import that gave keys 0 .. next_key - 1: go on from next_key. Never goes back."""
    db.write(QUERIES["reserve"], noun=noun, next_key=next_key)


def last(db: Database, noun: str) -> int:
    """The greatest key of `noun`; -1 if it has none."""
    rows = db.read(QUERIES["last"], noun=noun)
    return int(rows[0]["next"]) - 1 if rows else -1


def identity(*parts: object) -> str:
    """Parts joined by `|`; a `|` or backslash inside a part is escaped, so two never collide."""
    return "|".join(str(part).replace("\\", "\\\\").replace("|", "\\|") for part in parts)


def batches(rows: Iterable[Row], size: int = BATCH_ROWS_MAX) -> Iterator[list[Row]]:
    """Lists of at most `size` rows."""
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def shaped(row: Row, facts: Sequence[str], references: Sequence[str]) -> Row:
    """`references` beside `facts`, the facts that are known in a map of their own.

    KeyError for a name that is in neither.
    """
    if strange := row.keys() - set(facts) - set(references):
        raise KeyError(f"unknown names {sorted(strange)}")
    known = {name: row[name] for name in facts if row.get(name) is not None}
    return {**{name: row.get(name) for name in references}, "facts": known}


def save(db: Writer, query: Query, rows: Iterable[Row], **parameters: Any) -> Saved:
    """Write shaped rows in batches, each in one transaction of its own.

    The query returns `found` (rows whose references all exist), `created` and `changed`. Conflict
    where a row names an id that the graph does not hold; its batch is not written then.
    """
    created = changed = 0
    for batch in batches(rows):
        done = db.together(partial(_saved, query=query, batch=batch, parameters=parameters))
        created, changed = created + done.created, changed + done.changed
    return Saved(created, changed)


def _saved(tx: Statements, query: Query, batch: list[Row], parameters: Row) -> Saved:
    answer = tx.run(query, rows=batch, **parameters)
    found = answer[0]["found"] if answer else 0
    if found != len(batch):
        named = {name: id for name, id in batch[0].items() if name.endswith("id")}
        raise Conflict(
            f"{len(batch) - found} of {len(batch)} rows name an id that the graph does not hold;"
            f" the batch begins at {named}. Load what they refer to first."
        )
    return Saved(int(answer[0]["created"]), int(answer[0]["changed"]))
