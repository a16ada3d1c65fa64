"""How fast entries reach the graph, way by way: statements, parameters, writers, indexes.

    python -m benchmarks.entries --distributors 20000 --orders 200000 --slice 1000 --rounds 2

A generated network is loaded into an embedded server in a folder that is removed at the end, and
its first night is worked out. Then slices of its orders are booked, each by another way in turn, so
that all of them meet the same neighbours; once with every index, once without those that are only
for reading. Wall time says what a busy machine gave; the processor time of server and client by
entry says what a way costs. At the end the ledger must hold every entry of every slice.

`maps` is the plain way, two statements over maps (freeze, then MERGE); `lists` is
`graph.commissions.book`, with so many writers at once.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

import polars as pl
import psutil

import analytics.as_of
import analytics.ledger_rows
import analytics.night_book
import analytics.night_work
import analytics.plan_store
import analytics.snapshot
import benchmarks.day_by_day
import benchmarks.raw
import graph.commissions
import graph.connection
import graph.loads
import graph.migrations
import graph.settings
import loaders.generate
from analytics.night_book import Batch
from analytics.night_totals import Tally
from benchmarks.raw import Figure
from graph.connection import Database
from graph.queries import Query
from graph.settings import Settings
from loaders.generate_network import Shape

QUESTION = "How fast do entries reach the graph, and what buys it?"
UNTIL = date(2026, 10, 31)
RUN = "benchmark"
SEQ = 1
"""Change cursor of the one load."""

FREEZE = Query(
    "benchmark.freeze",
    """
UNWIND $rows AS row
MATCH (o:Order {key: row.order_key})
WHERE o.frozen_run IS NULL
SET o.frozen_run = $run_id, o.frozen_plan = row.plan, o.frozen_anchor_ms = row.anchor_ms,
  o.frozen_seq = row.seq, o.frozen_self = row.self, o.frozen_keys = row.keys,
  o.frozen_levels = row.levels, o.frozen_gates = row.gates, o.frozen_ranks = row.ranks
RETURN count(*) AS frozen""",
)


class Way(NamedTuple):
    """How a slice of orders is booked."""

    name: str
    writers: int
    write: Callable[[Database, Batch], object]


def with_maps(db: Database, batch: Batch) -> object:
    """Two transactions: freeze, then book, a map for each row."""
    db.write(FREEZE, rows=batch.frozen.to_dicts(), run_id=RUN)
    return graph.commissions.save_all(db, batch.entries.to_dicts(), RUN)


def with_lists(db: Database, batch: Batch) -> object:
    """One transaction, a list for each order."""
    first, rest = analytics.ledger_rows.first(batch.frozen, batch.entries)
    return graph.commissions.book(db, first.rows(), rest.to_dicts(), RUN, seq=SEQ)


WAYS = (
    Way("maps", 1, with_maps),
    Way("maps", 2, with_maps),
    Way("lists", 1, with_lists),
    Way("lists", 2, with_lists),
    Way("lists", 3, with_lists),
)


def worked_out(db: Database, settings: Settings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What the first night of this graph freezes and books, by order."""
    columns = analytics.snapshot.gather(db, seq=graph.loads.current_seq(db))
    analytics.plan_store.provide(db, settings.plan)
    night = analytics.night_work.Night(
        columns=columns,
        plans=analytics.plan_store.versions(db, settings.plan),
        older=(),
        booked=None,
        as_of_ms=analytics.as_of.moment_ms(UNTIL.isoformat(), settings.zone),
        seq=SEQ,
        zone=settings.zone,
        currency=settings.currency,
    )
    parts = list(analytics.night_work.parts(night, Tally({})))
    return tuple(pl.concat([part[name] for part in parts]) for name in ("frozen", "entries"))  # type: ignore[return-value]


def server(folder: Path) -> psutil.Process:
    """The Java process of a data folder."""
    for process in psutil.process_iter(["name", "cmdline"]):
        words = " ".join(process.info["cmdline"] or [])
        if "java" in (process.info["name"] or "") and str(folder) in words:
            return process
    raise SystemExit(f"no server runs in {folder}")


def cpu_s(process: psutil.Process) -> float:
    """Seconds of processor time so far."""
    times = process.cpu_times()
    return float(times.user + times.system)


def booked(db: Database, java: psutil.Process, way: Way, batches: list[Batch]) -> Figure:
    """Book these batches; what it took."""
    me = psutil.Process()
    began = time.perf_counter(), cpu_s(java), cpu_s(me)
    with ThreadPoolExecutor(way.writers) as pool:
        list(pool.map(lambda batch: way.write(db, batch), batches))
    wall, of_server, of_client = (
        now - then
        for now, then in zip((time.perf_counter(), cpu_s(java), cpu_s(me)), began, strict=True)
    )
    entries = sum(batch.entries.height for batch in batches)
    return {
        "way": way.name,
        "writers": way.writers,
        "entries": entries,
        "wall_s": round(wall, 3),
        "entries_per_s": round(entries / wall),
        "server_cpu_us": round(1e6 * of_server / entries, 1),
        "client_cpu_us": round(1e6 * of_client / entries, 1),
        "load_1min": round(os.getloadavg()[0], 1),
    }


def slices(frozen: pl.DataFrame, entries: pl.DataFrame, orders: int) -> Iterator[list[Batch]]:
    """Six batches at a time, each of so many orders."""
    size = orders * analytics.night_book.ROWS_OF_ORDER
    batches = [
        batch
        for batch in analytics.night_book.batches(frozen, entries, size)
        if batch.frozen.height
    ]
    for at in range(0, len(batches) - 5, 6):
        yield batches[at : at + 6]


def in_turn(
    db: Database, java: psutil.Process, some: Iterator[list[Batch]], rounds: int, indexes: str
) -> Iterator[Figure]:
    """Every way in every round; the first round only warms up."""
    for number in range(rounds + 1):
        for way in WAYS:
            batches = next(some)
            figure = {"round": number, "indexes": indexes, **booked(db, java, way, batches)}
            hold(db, batches)
            print("  ".join(f"{name} {value}" for name, value in figure.items()), flush=True)
            if number:
                yield figure


def hold(db: Database, batches: list[Batch]) -> None:
    """SystemExit where the ledger does not hold exactly the entries of these batches."""
    keys = pl.concat([batch.frozen["order_key"] for batch in batches]).to_list()
    found = graph.commissions.columns_of(db, keys)
    given = pl.concat([batch.entries for batch in batches])
    names = {"order_key": "order_key", "level": "level", "cause": "cause", "amount": "amount_minor"}
    there = sorted(zip(*(found[name] for name in names), strict=True))
    if there != sorted(given.select(*names.values()).rows()):
        raise SystemExit("the ledger does not hold what was booked")


def measure(db: Database, settings: Settings, orders: int, rounds: int) -> Iterator[Figure]:
    """All figures of one database."""
    java, some = server(settings.data_folder), slices(*worked_out(db, settings), orders)
    yield from in_turn(db, java, some, rounds, "all")
    graph.migrations.drop(db, graph.commissions.SECONDARY)
    yield from in_turn(db, java, some, rounds, "without those for reading")
    began, count = time.perf_counter(), graph.commissions.count(db)
    graph.migrations.apply(db)
    made = time.perf_counter() - began
    yield {"way": "indexes made", "entries": count, "wall_s": round(made, 3)}


def main() -> None:
    """Read the sizes, measure, write the raw figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--distributors", type=int, default=20_000)
    options.add_argument("--orders", type=int, default=200_000)
    options.add_argument("--slice", type=int, default=1_000, help="orders in one transaction")
    options.add_argument("--rounds", type=int, default=2)
    given = options.parse_args()
    until_s = (UNTIL - date(1970, 1, 1)).days * 86_400
    shape = Shape(
        given.distributors, given.orders, seed=1, until_s=until_s, customers=2 * given.distributors
    )
    with tempfile.TemporaryDirectory(prefix="plumbline-entries-") as folder:
        settings = replace(graph.settings.read(), data_folder=Path(folder) / "data")
        files = Path(folder) / "files"
        loaders.generate.write(files, shape, progress=lambda noun, rows: None)
        benchmarks.day_by_day.load(settings, files, None, None)
        with graph.connection.connect(settings) as db:
            rows = list(measure(db, settings, given.slice, given.rounds))
    size = {"distributors": given.distributors, "orders": given.orders, "slice": given.slice}
    print(f"raw: {benchmarks.raw.write('entries', QUESTION, [{**size, **row} for row in rows])}")


if __name__ == "__main__":
    main()
