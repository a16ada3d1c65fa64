"""A company day by day against everything at once: loads and nights on real orders.

    python -m benchmarks.day_by_day DATA [--days N] [--set combined_or_weibo]

DATA holds the sets `combined_or_weibo` and `online_retail`. One embedded server in a folder that is
removed at the end takes each business day as a load of its own, with its night where the set has
distributors; a second one takes all of it in one load and one night. Digests of the graph, amounts
and states of the entries must be the same. `*_cpu_s` is the processor time of this process alone.
"""

import argparse
import os
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from rich.console import Console

import analytics.as_of
import analytics.nightly
import benchmarks.raw
import benchmarks.real_days
import graph.commissions
import graph.connection
import graph.digest
import graph.orders
import loaders.load
from analytics.nightly import Who
from analytics.watch import Watch
from benchmarks.raw import Figure
from benchmarks.real_days import Files
from graph.connection import Database
from graph.settings import Settings
from loaders.load import Request
from loaders.progress import Teller

KEYS = 5_000
SETS = {
    "combined_or_weibo": benchmarks.real_days.network,
    "online_retail": benchmarks.real_days.shop,
}


class State(NamedTuple):
    """What two ways to the same history must share: digests by label, entries by state."""

    digests: dict[str, str]
    entries: dict[str, tuple[int, str]]


def now_ms() -> int:
    """The clock."""
    return time.time_ns() // 1_000_000


def load(
    settings: Settings, folder: Path, profile: str | None, via: str | None
) -> loaders.load.Result:
    """Load a folder without a word."""
    request = Request(folder, profile, via=via)
    with Teller(Console(quiet=True)) as teller:
        return loaders.load.run(request, settings, teller, now_ms)


def night(db: Database, settings: Settings, as_of: str) -> analytics.nightly.Outcome:
    """One night of that day."""
    who = Who(socket.gethostname(), os.getpid(), now_ms)
    return analytics.nightly.run(db, settings, as_of, who=who, watch=Watch())


def state(db: Database, settings: Settings, as_of: str) -> State:
    """The graph now, and every entry's amount and state at the end of that day."""
    at_ms = analytics.as_of.moment_ms(as_of, settings.zone)
    entries = {
        row["id"]: (row["amount_minor"], graph.commissions.state_at(row, at_ms))
        for ids in _orders(db)
        for row in graph.commissions.of_orders(db, ids)
    }
    return State(graph.digest.of(db), entries)


def _orders(db: Database) -> Iterator[list[str]]:
    for after in range(-1, graph.orders.last_key(db), KEYS):
        yield graph.orders.columns(db, after=after, upto=after + KEYS, seq_max=2**62)["id"]


def lived(
    db: Database, settings: Settings, files: Files, *, via: str | None = None
) -> Iterator[Figure]:
    """Load each day, with its night where the set has nights; what each took, as it goes."""
    for day, folder in files.days:
        with _timed("load") as figure:
            result = load(settings, folder, files.profile, via)
        figure = {"day": day, **figure}
        figure |= {noun: count.new for noun, count in result.tally.items() if count.new}
        if files.nights and day:
            with _timed("night") as took:
                counts = night(db, settings, day).run["counts"]
            steps = {f"{step}_s": seconds for step, seconds in counts["seconds"].items()}
            figure |= {**took, "entries": counts["entries"]["created"], **steps}
        yield figure


@contextmanager
def _timed(what: str) -> Iterator[Figure]:
    figure: Figure = {}
    began, cpu = time.perf_counter(), time.process_time()
    yield figure
    figure[f"{what}_s"] = round(time.perf_counter() - began, 3)
    figure[f"{what}_cpu_s"] = round(time.process_time() - cpu, 3)


class Lives(NamedTuple):
    """Day by day, and all at once: what each load took, and the states at the end."""

    days: list[Figure]
    whole: Figure
    differences: list[str]


def compare(stepwise: State, whole: State) -> list[str]:
    """Where the two are not the same: labels, and the first entries."""
    labels = [
        f"{label} differs"
        for label, digest in whole.digests.items()
        if stepwise.digests[label] != digest
    ]
    other = stepwise.entries.items() ^ whole.entries.items()
    return labels + [f"entry {id}: {what}" for id, what in sorted(other)[:10]]


def both(settings: tuple[Settings, Settings], files: Files) -> Lives:
    """Live it twice, each in its own embedded database, and compare."""
    days, states = [], []
    last = files.days[-1][0]
    for own, some in zip(settings, (files, at_once(files)), strict=True):
        with graph.connection.connect(own) as db:
            figures = []
            for figure in lived(db, own, some):
                figures.append(figure)
                print("  ".join(f"{name} {value}" for name, value in figure.items()), flush=True)
            days.append(figures)
            states.append(state(db, own, last))
    return Lives(days[0], days[1][0], compare(*states))


def at_once(files: Files) -> Files:
    """The same rows as one load on the last day."""
    return files._replace(days=[(files.days[-1][0], files.whole)])


def summary(lives: Lives) -> list[Figure]:
    """What the first and the last days took, the slowest one, all, and all at once."""
    rows: list[Figure] = []
    for what in ("load", "night"):
        took = [float(day[f"{what}_s"]) for day in lives.days if f"{what}_s" in day and day["day"]]
        if took:
            tenth = max(len(took) // 10, 1)
            rows.append(
                {
                    "what": what,
                    "days": len(took),
                    "first_tenth_median_s": median(took[:tenth]),
                    "last_tenth_median_s": median(took[-tenth:]),
                    "slowest_s": max(took),
                    "all_s": round(sum(took), 1),
                    "at_once_s": lives.whole[f"{what}_s"],
                }
            )
    return rows


def measure(kind: str, source: Path, folder: Path, days: int | None) -> int:
    """One set; how many differences there were."""
    files = SETS[kind](source, folder / kind, days)
    own, other = (Settings(folder / f"{kind}-{name}", currency="GBP") for name in ("days", "whole"))
    lives = both((own, other), files)
    for one in lives.differences:
        print(f"{kind}: {one}", file=sys.stderr)
    print(f"{kind}: {len(files.days)} loads, {len(lives.differences)} differences")
    same: Figure = {"what": "differences", "differences": len(lives.differences)}
    all_days: list[Figure] = [*lives.days, {**lives.whole, "day": "all"}]
    each: list[Figure] = [{"what": "day", **day} for day in all_days]
    question = f"What does one more business day of {kind} cost, from the first to the last?"
    name = f"day_by_day_{kind}"
    print(benchmarks.raw.write(name, question, [*summary(lives), same, *each]))
    return len(lives.differences)


def main() -> None:
    """Read the arguments, live all days, keep the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("data", type=Path)
    options.add_argument("--days", type=int, help="Only the first so many.")
    options.add_argument("--set", choices=SETS, help="Only this one.")
    given = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="plumbline-days-"))
    try:
        chosen = [given.set] if given.set else list(SETS)
        wrong = [measure(kind, given.data / kind, folder, given.days) for kind in chosen]
        raise SystemExit(min(sum(wrong), 1))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
