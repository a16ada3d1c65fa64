"""What nights have written into the graph since a snapshot was taken: entries and frozen paths.

They have no change cursor: an index for it would cost every night more than it spares. What a night
books stands on disk before it reaches the graph, with digests that its record repeats, so those
files say it: where the night of the snapshot itself is finished and no other has written since,
they are the rows; after an abandoned night they say whose rows to read again. Where files are
missing, or the graph holds another number of entries, all of it is read again.
"""

from pathlib import Path
from typing import NamedTuple

import polars as pl

import analytics.assembly
import analytics.generations
import analytics.pages
import graph.commissions
import graph.runs
from analytics.generations import Facts
from analytics.pages import Tick
from graph.connection import Database
from graph.keys import Row

NOTHING, FILES, KEYS, GRAPH = "nothing", "files", "keys", "graph"
NOUNS = ("entries", "frozen")
NAMED = {
    "entries": {"amount_minor": "amount", "booked_at_ms": "booked_at"},
    "frozen": {"anchor_ms": "anchor", "self": "buyer_is_seller"},
}
PAGE_RUNS = 50
MOST_KEYS = 1_000_000


class Since(NamedTuple):
    """Where it came from: NOTHING was written; FILES have the rows that come in addition; KEYS: all
    rows of `orders` were read again; GRAPH: everything is to be read again. Unresolved frames.
    """

    source: str
    frames: dict[str, pl.DataFrame]
    orders: pl.Series


class Standing(NamedTuple):
    """Which nights could still write when a snapshot was taken: those after the last `finished`
    one; `open` says of each how far it was, ID@HEARTBEAT.
    """

    finished: str
    open: list[str]


def standing(db: Database) -> Standing:
    """How the nights stand now."""
    last = graph.runs.last_finished(db)
    finished = str(last["id"]) if last else ""
    return Standing(finished, [_mark(run) for run in _newer(db, finished)])


def read(db: Database, facts: Facts, run: Row, commissions: Path, tick: Tick | None) -> Since:
    """What was written since the snapshot with these facts; `run` is the night that asks."""
    writers = _writers(db, facts)
    kept = [_kept(commissions / folder_name(writer), writer) for writer in writers]
    if run["id"] in (writer["id"] for writer in writers):
        return _all()  # what it wrote before a kill is among the rest
    if not writers:
        return Since(NOTHING, {}, pl.Series(dtype=pl.Int64))
    if None in kept:
        return _all()
    folders = [folder for folder in kept if folder is not None]
    alone = [(writer["id"], writer["status"]) for writer in writers]
    if alone == [(facts["run"], graph.runs.FINISHED)]:
        return Since(FILES, rows(folders[0]), pl.Series(dtype=pl.Int64))
    return _of_orders(db, folders, tick)


def holds(db: Database, entries: int) -> bool:
    """Whether the graph has this many entries."""
    return graph.commissions.count(db) == entries


def folder_name(run: Row) -> str:
    """The folder in which a run keeps what it works out."""
    return str(run["id"]).replace("#", ".")


def _all() -> Since:
    return Since(GRAPH, {}, pl.Series(dtype=pl.Int64))


def _mark(run: Row) -> str:
    return f"{run['id']}@{run['heartbeat_ms']}"


def _newer(db: Database, finished: str) -> list[Row]:
    """The runs behind a finished one, newest first; nobody else can go on or begin."""
    found: list[Row] = []
    after = None
    while True:
        page = graph.runs.page(db, after=after, first=PAGE_RUNS)
        for run in page[:PAGE_RUNS]:
            if run["id"] == finished:
                return found
            found.append(run)
        if len(page) <= PAGE_RUNS:
            return found
        after = (found[-1]["as_of"], found[-1]["attempt"])


def _writers(db: Database, facts: Facts) -> list[Row]:
    """Runs that may have written since: that had something to write, and were alive since."""
    finished, marks = facts["finished"], facts["open"]
    assert isinstance(finished, str) and isinstance(marks, list)
    return [
        run
        for run in _newer(db, finished)
        if "commissions" in run["digests"]
        and (run["id"] == facts["run"] or _mark(run) not in marks)
    ]


def _kept(folder: Path, run: Row) -> Path | None:
    """The folder, where it holds what the record of the run says."""
    found = analytics.generations.manifest(folder)
    right = found is not None and found.sha256 == run["digests"]["commissions"]
    return folder if right and analytics.generations.whole(folder) else None


def rows(folder: Path) -> dict[str, pl.DataFrame]:
    """What a night has booked and frozen, with the names and types of the graph's pages."""
    parts = [
        {noun: _as_page(noun, part[noun]) for noun in NOUNS}
        for part in analytics.generations.parts(folder)
    ]
    return {noun: pl.concat([part[noun] for part in parts]) for noun in NOUNS}


def _as_page(noun: str, rows: pl.DataFrame) -> pl.DataFrame:
    blank = analytics.assembly.no_rows(noun)
    return rows.rename(NAMED[noun]).select(blank.columns).cast(blank.schema)


def _of_orders(db: Database, folders: list[Path], tick: Tick | None) -> Since:
    frames = [rows(folder)[noun]["order_key"] for folder in folders for noun in NOUNS]
    orders = pl.concat(frames).unique().sort()
    if len(orders) > MOST_KEYS:
        return _all()
    keys = orders.to_list()
    read = {noun: analytics.pages.of_keys(db, noun, keys, tick) for noun in NOUNS}
    return Since(KEYS, read, orders)
