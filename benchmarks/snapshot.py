"""The snapshot of a night: everything read again against only what has changed since the last one.

    python -m benchmarks.snapshot 50000x500000 200000x2000000 --day 1000 10000 --folder /somewhere

For each network (distributors x orders) one is generated and loaded into an embedded server of its
own, its snapshot is read whole, and then days of so many orders come (benchmarks.a_day), each
followed and also read whole; both must have the same digests. Only the step `snapshot` is run: the
ledger is empty. Without --folder it works in a folder that is removed at the end.
"""

import argparse
import os
import shutil
import socket
import tempfile
import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl
from rich.console import Console

import analytics.snapshot
import benchmarks.a_day
import benchmarks.raw
import graph.connection
import graph.runs
import graph.settings
import loaders.generate
import loaders.load
from analytics.snapshot import Brought
from benchmarks.raw import Figure
from graph.connection import Database
from graph.keys import Row
from graph.settings import Settings
from loaders.generate_network import Shape
from loaders.load import Request
from loaders.progress import Teller

NEW_IDS = ("refund_id", "order_id", "distributor_id")
UNTIL = date(2026, 10, 31)


def now_ms() -> int:
    """The clock."""
    return time.time_ns() // 1_000_000


def measure(folder: Path, distributors: int, orders: int, days: list[int]) -> list[Figure]:
    """The figures of one network: the first snapshot, and each day both ways."""
    files, size = folder / "files", {"distributors": distributors, "orders": orders}
    settings = replace(graph.settings.read(), data_folder=folder / "data")
    if not files.exists():
        until_s = (UNTIL - date(1970, 1, 1)).days * 86_400
        shape = Shape(distributors, orders, seed=1, until_s=until_s, customers=2 * distributors)
        loaders.generate.write(files, shape, progress=lambda noun, rows: None)
    load(settings, files)
    rows: list[Figure] = []
    with graph.connection.connect(settings) as db:
        rows.append(size | {"day_orders": 0} | told(*step(db, folder, "kept", UNTIL)))
        for number, day in enumerate(days, 1):
            new = folder / f"day-{number}"
            another_day(files, new, day, number)
            load(settings, new)
            as_of = UNTIL + timedelta(number)
            followed = step(db, folder, "kept", as_of)
            whole = step(db, folder, f"aside-{number}", as_of)
            assert followed[0].manifest.sha256 == whole[0].manifest.sha256, "they differ"
            rows += [size | {"day_orders": day} | told(*one) for one in (followed, whole)]
    return rows


def another_day(files: Path, new: Path, orders: int, number: int) -> None:
    """A day's files, with ids that no other day has."""
    for noun in benchmarks.a_day.write(files, new, orders, seed=number):
        path = new / f"{noun}.csv"
        rows = pl.read_csv(path, infer_schema=False)
        if noun != "sponsor_changes":
            id = next(name for name in rows.columns if name in NEW_IDS)
            rows = rows.with_columns(pl.col(id).str.replace("^N", f"N{number}-"))
        rows.write_csv(path)


def load(settings: Settings, folder: Path) -> None:
    """Load a folder without a word."""
    with Teller(Console(quiet=True)) as teller:
        loaders.load.run(Request(folder), settings, teller, now_ms)


def step(db: Database, folder: Path, shelf: str, as_of: date) -> tuple[Brought, float, float]:
    """The step `snapshot` of a night, noted as a night does; with its wall and CPU seconds."""
    run = claimed(db, as_of)
    kept = folder / shelf / run["id"].replace("#", ".")
    wall, cpu = time.perf_counter(), time.process_time()
    brought = analytics.snapshot.bring(db, kept, run, commissions=folder / "commissions")
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    digests = {"snapshots": brought.manifest.sha256}
    graph.runs.step_done(db, run["id"], "snapshot", now_ms=now_ms(), digests=digests)
    return brought, wall, cpu


def claimed(db: Database, as_of: date) -> Row:
    """The run of a day, begun or gone on with."""
    host, pid = socket.gethostname(), os.getpid()
    return graph.runs.claim(db, as_of.isoformat(), host=host, pid=pid, now_ms=now_ms()).run


def told(brought: Brought, wall: float, cpu: float) -> Figure:
    """One figure, printed."""
    facts = brought.told
    figure: Figure = {
        "way": "followed" if facts["followed"] else "read whole",
        "wall_s": round(wall, 2),
        "client_cpu_s": round(cpu, 2),
        **{name: facts[name] for name in ("rows_read", "parts_written", "parts_linked")},
        "bytes_mib": sum(file.bytes for file in brought.manifest.files.values()) // 2**20,
    }
    print(
        "  ".join(
            f"{name} {value:,}" if name != "way" else str(value) for name, value in figure.items()
        )
    )
    return figure


def main() -> None:
    """Read the arguments, measure, keep the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("sizes", nargs="+", metavar="DISTRIBUTORSxORDERS")
    options.add_argument("--day", nargs="+", type=int, default=[1_000, 10_000])
    options.add_argument("--folder", type=Path)
    given = options.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp())
    rows: list[Figure] = []
    for size in given.sizes:
        distributors, orders = (int(part) for part in size.split("x"))
        rows += measure(folder / size, distributors, orders, given.day)
    if not given.folder:
        shutil.rmtree(folder)
    question = "What does a snapshot cost: read whole, or following what changed?"
    print(benchmarks.raw.write("snapshot", question, rows))


if __name__ == "__main__":
    main()
