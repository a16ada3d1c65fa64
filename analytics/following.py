"""A snapshot that follows the graph: what changed since the last one is read, the rest stands.

Rows are never removed from the graph and a new row has a key greater than all before it, so a row
number once given stays. What changed is found by the change cursor; with it goes what the cursor
does not name because it is written elsewhere:
- orders, identifiers, payouts, resales and buybacks that name somebody, or an order or a payout,
  who was not known and has come;
- lines whose product was not known and has come, or now says whether it earns commission;
- entries and frozen paths of the nights since (analytics.ledger_since).

Where following would cost more than reading everything, or where keys do not add up, the answer is
why, and the snapshot is read whole.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

import analytics.assembly
import analytics.ledger_since
import analytics.pages
import analytics.parts
import analytics.rebuild
from analytics.assembly import BESIDE, KEYED, POINTS_AT, SORTED_BY, Keys
from analytics.columns import empty
from analytics.generations import File, Manifest
from analytics.ledger_since import GRAPH, KEYS, Since
from analytics.pages import CHANGED, LAST, Tick
from analytics.parts import OWNER, Parts
from analytics.rebuild import Piece
from graph.connection import Database
from graph.keys import Row
from graph.model import NOBODY, OWNER_KIND, PAYOUT_BASIS

MUCH_CHANGED = "much_changed"
KEYS_DO_NOT_ADD_UP = "keys_do_not_add_up"
COUNT_DIFFERS = "count_differs"
LEDGER = ("entries", "frozen", "frozen_paths")
LITTLE, MOST = 10_000, 1_000_000
"""So many changed keys of a noun are always followed; more than so many never, nor half of it."""

Ints = npt.NDArray[np.int64]
Frames = dict[str, pl.DataFrame]


class Base(NamedTuple):
    """The snapshot that is followed: where it is, and its parts by noun."""

    folder: Path
    manifest: Manifest
    parts: dict[str, Parts]

    def frame(self, noun: str) -> pl.DataFrame:
        """All rows of a noun."""
        return analytics.parts.joined(noun, self.parts[noun])

    def limit(self, noun: str) -> int:
        """How many keys of a noun may have changed."""
        rows = self.manifest.rows["orders" if noun == "lines" else noun]
        return max(LITTLE, min(MOST, rows // 2))


class Followed(NamedTuple):
    """The parts that are not what they were, and the files that are; how many rows were read, but
    for nouns read `whole` as their parts are taken; and where the ledger came from.
    """

    pieces: Iterable[Piece]
    linked: dict[str, File]
    rows_read: int
    whole: tuple[str, ...]
    ledger: str


def follow(
    db: Database, base: Base, run: Row, *, commissions: Path, tick: Tick | None
) -> Followed | str:
    """What becomes of `base` up to the change that `run` was claimed at, or why it cannot be."""
    touched = {noun: _touched(db, base, noun, run["seq"]) for noun in CHANGED}
    if any(len(keys) > base.limit(noun) for noun, keys in touched.items()):
        return MUCH_CHANGED
    keyed = {noun: analytics.pages.of_keys(db, noun, touched[noun], tick) for noun in KEYED}
    keys: dict[str, Ints] = {}
    for noun, frame in keyed.items():
        found = _keys(base.frame(noun)["key"].to_numpy(), frame, LAST[noun](db))
        if found is None:
            return KEYS_DO_NOT_ADD_UP
        keys[noun] = found
    waiting = _waiting(base, {noun: _fresh(base, noun, frame) for noun, frame in keyed.items()})
    lines = _waiting_lines(base, keyed["products"])
    if any(len(found) > base.limit(noun) for noun, found in (*waiting.items(), ("lines", lines))):
        return MUCH_CHANGED
    touched["lines"] = sorted({*touched["lines"], *lines})
    draft = _Draft(base, keys)
    for noun, frame in keyed.items():
        again = sorted(waiting.get(noun, set()) - {*touched[noun]})
        rows = pl.concat([frame, analytics.pages.of_keys(db, noun, again, tick)])
        draft.read(noun, rows, rows["key"])
    _put_owned(db, draft, touched, tick)
    since = analytics.ledger_since.read(db, base.manifest.facts, run, commissions, tick)
    ledger = _put_ledger(db, draft, since)
    if ledger not in (GRAPH, COUNT_DIFFERS):
        return Followed(draft.pieces(), draft.linked(), draft.rows_read, (), ledger)
    draft.forget(LEDGER)
    anew = _ledger(db, keys, run, tick)
    pieces = itertools.chain(draft.pieces(), anew)
    return Followed(pieces, draft.linked(), draft.rows_read, LEDGER, ledger)


def _touched(db: Database, base: Base, noun: str, upto: int) -> list[int]:
    """Sorted keys of what changed since; one more than the limit where there are too many."""
    since, first = base.manifest.facts["seq"], base.limit(noun) + 1
    found = CHANGED[noun](db, since=since, upto=upto, first=first)
    return found if len(found) == first else sorted(set(found))


def _keys(old: Ints, rows: pl.DataFrame, last_key: int) -> Ints | None:
    """All keys now: the old ones and those above them; None where one is lacking or between."""
    changed = np.sort(rows["key"].to_numpy())
    last = int(old[-1]) if len(old) else NOBODY
    fresh, known = changed[changed > last], changed[changed <= last]
    if len(fresh) != last_key - last or not np.isin(known, old, assume_unique=True).all():
        return None
    return np.concatenate([old, fresh])


def _fresh(base: Base, noun: str, rows: pl.DataFrame) -> pl.DataFrame:
    last = base.frame(noun)["key"].last()
    return rows.filter(pl.col("key") > (NOBODY if last is None else last))


def _waiting(base: Base, fresh: Frames) -> dict[str, set[int]]:
    """Keys of rows that name what was not there and has come, by noun."""
    conditions = _conditions({noun: rows["id"] for noun, rows in fresh.items() if rows.height})
    return {
        noun: set(base.frame(noun).filter(pl.any_horizontal(asked))["key"])
        for noun, asked in conditions.items()
        if asked and base.manifest.rows[noun]
    }


def _conditions(come: Mapping[str, pl.Series]) -> dict[str, list[pl.Expr]]:
    """By noun, what says that a row waits for one of the ids that have come."""
    asked: dict[str, list[pl.Expr]] = {noun: [] for noun in ("orders", *BESIDE)}
    for noun, ids in come.items():
        if noun in ("distributors", "customers"):
            asked["orders"].append(_unknown("buyer_row") & pl.col("buyer_id").is_in(ids.implode()))
        if noun == "orders":
            asked["orders"].append(_lacks("cancels", ids))
        if noun in ("orders", "payouts"):
            asked["payouts"].append(_lacks("order" if noun == "orders" else "reverses", ids))
        if noun == "distributors":
            by_recruit = pl.col("basis") == PAYOUT_BASIS.index("recruit_event")
            asked["payouts"] += [_unknown("beneficiary_row"), _unknown("recruit_row") & by_recruit]
        for stock in ("resales", "buybacks"):
            if noun == "distributors":
                asked[stock].append(_unknown("distributor_row"))
            if noun == "orders":
                asked[stock].append(_lacks("order", ids))
        if noun.removesuffix("s") in OWNER_KIND:
            whose = pl.col("owner_kind") == OWNER_KIND.index(noun.removesuffix("s"))
            asked["identifiers"].append(_unknown("owner_row") & whose)
    return asked


def _unknown(row: str) -> pl.Expr:
    return pl.col(row) == NOBODY


def _lacks(what: str, ids: pl.Series) -> pl.Expr:
    return _unknown(f"{what}_row") & pl.col(f"{what}_id").is_in(ids.implode())


def _waiting_lines(base: Base, products: pl.DataFrame) -> set[int]:
    """Keys of orders with a line whose product was not there and has come, or says now whether it
    earns commission and did not say so.
    """
    old = base.frame("products")
    both = products.join(old, on="key", suffix=":old")
    differs = both.filter(pl.col("commissionable").ne_missing(pl.col("commissionable:old")))
    rows = analytics.assembly.rows_of(differs["key"], old["key"].to_numpy())
    came = not _fresh(base, "products", products).is_empty()
    asked = rows.extend(pl.Series([NOBODY] if came else [], dtype=pl.Int32))
    if asked.is_empty():
        return set()
    lines = base.frame("lines").filter(pl.col("product_row").is_in(asked.implode()))
    return set(base.frame("orders")["key"].gather(lines["order_row"].unique()))


class _Draft:
    """The next snapshot while it is made: the parts of the base, and those that are new."""

    def __init__(self, base: Base, keys: dict[str, Ints]) -> None:
        self.base, self.keys, self.rows_read = base, keys, 0
        self._new: dict[str, Parts] = {noun: {} for noun in base.parts}

    def parts(self, noun: str) -> Parts:
        """A noun as it will be."""
        return {**self.base.parts[noun], **self._new[noun]}

    def read(self, noun: str, rows: pl.DataFrame, marks: pl.Series) -> None:
        """`put` of rows that were read from the graph."""
        self.rows_read += rows.height
        self.put(noun, rows, marks)

    def put(self, noun: str, rows: pl.DataFrame, marks: pl.Series) -> None:
        """Unresolved rows come; whatever had these keys, ids or (keys of) owners goes."""
        products = analytics.parts.joined("products", self.parts("products"))
        found = analytics.assembly.resolved(noun, rows, self.keys, products)
        for name, come in found.items():
            self._put(name, come, self._marked(name, marks))

    def _marked(self, noun: str, marks: pl.Series) -> pl.Series:
        owner = OWNER.get(noun)
        if owner is None:
            return marks.rename("key" if noun in KEYED else "id")
        rows = analytics.assembly.rows_of(marks, self.keys[POINTS_AT[owner]])
        return rows.rename(owner)

    def _put(self, noun: str, come: pl.DataFrame, marks: pl.Series) -> None:
        going = _by_part(self._numbers(noun, marks), marks.to_frame())
        coming = _by_part(self._numbers(noun, _marks_of(noun, come)), come)
        old = self.parts(noun)
        for number in going.keys() | coming.keys():
            stays = old.get(number, empty(noun))
            if number in going:
                stays = stays.join(going[number], on=marks.name, how="anti")
            both = pl.concat([stays, coming.get(number, empty(noun))])
            self._new[noun][number] = both.sort(SORTED_BY[noun])

    def _numbers(self, noun: str, marks: pl.Series) -> Ints:
        if noun in analytics.parts.WHOLE:
            return np.zeros(len(marks), np.int64)
        rows = analytics.assembly.rows_of(marks, self.keys[noun]) if noun in KEYED else marks
        return (rows.to_numpy() // analytics.parts.PART_ROWS).astype(np.int64)

    def forget(self, nouns: Iterable[str]) -> None:
        """No rows of these nouns remain."""
        for noun in nouns:
            self._new[noun] = {number: empty(noun) for number in self.base.parts[noun]}

    def height(self, noun: str) -> int:
        """How many rows a noun will have."""
        return sum(part.height for part in self.parts(noun).values())

    def pieces(self) -> list[Piece]:
        """The parts that have become others than they were."""
        return [
            Piece(noun, number, rows)
            for noun, parts in self._new.items()
            for number, rows in sorted(parts.items())
            if rows.height and not self._is_as_it_was(noun, number)
        ]

    def linked(self) -> dict[str, File]:
        """The files of those that have not."""
        others = {
            analytics.parts.name(noun, number)
            for noun, parts in self._new.items()
            for number in parts
            if not self._is_as_it_was(noun, number)
        }
        files = self.base.manifest.files
        return {name: file for name, file in files.items() if name not in others}

    def _is_as_it_was(self, noun: str, number: int) -> bool:
        old = self.base.parts[noun].get(number)
        return old is not None and old.equals(self._new[noun][number])


def _marks_of(noun: str, rows: pl.DataFrame) -> pl.Series:
    return rows[OWNER.get(noun, "key" if noun in KEYED else "id")]


def _by_part(numbers: Ints, rows: pl.DataFrame) -> Parts:
    """Rows by the number of their part, in their order; those of nobody are left out."""
    order = np.argsort(numbers, kind="stable")
    rows, numbers = rows[order], numbers[order]
    stretches = analytics.parts.stretches(numbers)
    return {number: rows[begin:end] for number, begin, end in stretches if number > NOBODY}


def _put_owned(
    db: Database, draft: _Draft, touched: dict[str, list[int]], tick: Tick | None
) -> None:
    owners = {
        "sponsor_edges": touched["distributors"],
        "status_changes": touched["distributors"],
        "lines": touched["lines"],
    }
    for noun, keys in owners.items():
        rows = analytics.pages.of_keys(db, noun, keys, tick)
        draft.read(noun, rows, pl.Series(keys, dtype=pl.Int64))
    refunds = analytics.pages.of_keys(db, "refunds", touched["refunds"], tick)
    draft.read("refunds", refunds, refunds["id"])


def _put_ledger(db: Database, draft: _Draft, since: Since) -> str:
    """Entries and frozen paths; where they came from, or why all of them are to be read again."""
    put = draft.read if since.source == KEYS else draft.put
    for noun, rows in since.frames.items():
        put(noun, rows, since.orders)
    right = since.source == GRAPH or analytics.ledger_since.holds(db, draft.height("entries"))
    return since.source if right else COUNT_DIFFERS


def _ledger(db: Database, keys: Keys, run: Row, tick: Tick | None) -> Iterator[Piece]:
    for noun in analytics.ledger_since.NOUNS:
        pages = analytics.pages.all_of(db, noun, seq=run["seq"], without_run=run["id"], tick=tick)
        yield from analytics.rebuild.of_owners(noun, pages, keys, empty("products"))
