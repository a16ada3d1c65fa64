"""The core of the engine against its peers: `python -m benchmarks.engine_core [--help]`.

Network, entries and roll-ups on generated columns. Each implementation runs in fresh processes on
one core, all of them in turn, so that a busy machine is busy for everyone; the figure is the median
in CPU seconds. Every entry and every roll-up must be equal across all of them, or it ends with
what differs. Figures are written size by size. What the job is stands in `benchmarks.peers`.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import benchmarks.engine_input
from benchmarks import raw
from benchmarks.engine_input import People
from benchmarks.peers.measure import STREAMING

SEED = 6
WARM_UP = (1_000, 5_000)
QUICK = ("plumbline", "polars", "duckdb")
SLOW = ("networkx + pandas", "networkx + pandas, by columns")
QUESTION = "How much faster is the core of the engine than the same job by others?"
Size = tuple[int, int]


class Disagreement(Exception):
    """Two implementations gave different figures."""


def measure(
    name: str, folder: Path, warm_up: Path, *, repeats: int = 1, threads: int = 1
) -> dict[str, Any]:
    """What `benchmarks.peers.measure` says of one implementation in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.peers.measure", name, str(folder), str(warm_up)]
    command += ["--repeats", str(repeats), "--threads", str(threads)]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    if said.returncode != 0:
        raise RuntimeError(f"{name} failed on {folder.name}:\n{said.stderr}")
    found: dict[str, Any] = json.loads(said.stdout)
    return found


def compare(
    names: Sequence[str], folder: Path, warm_up: Path, size: Size, rounds: int, repeats: int
) -> list[raw.Figure]:
    """All of `names` in turn, `rounds` times: the quick ones `repeats` times in each, the slow ones
    once in every other round.
    """
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for turn in range(rounds):
        for name in names:
            if name not in SLOW or turn % 2 == 0:
                run = measure(name, folder, warm_up, repeats=1 if name in SLOW else repeats)
                print(f"  {name}: {run['cpu_s']:.3f} s", flush=True)
                runs[name].append(run)
    agreed([(name, run["fingerprint"]) for name in names for run in runs[name]])
    own = statistics.median(run["cpu_s"] for run in runs[names[0]])
    return [figure(name, size, runs[name], own) for name in names]


def agreed(fingerprints: Sequence[tuple[str, dict[str, str]]]) -> None:
    """Disagreement where two fingerprints differ, with what differs."""
    first, expected = fingerprints[0]
    for name, found in fingerprints:
        differing = [what for what in expected if found[what] != expected[what]]
        if differing:
            raise Disagreement(f"{first} and {name} differ in {', '.join(differing)}")


def figure(
    name: str, size: Size, runs: Sequence[dict[str, Any]], own: float, threads: int = 1
) -> raw.Figure:
    """The medians of some runs; `ratio_x`: how many times our own CPU seconds."""

    def median(of: str) -> float:
        return float(statistics.median(run[of] for run in runs))

    row: raw.Figure = {
        "implementation": name,
        "distributors": size[0],
        "orders": size[1],
        "threads": threads,
        "runs": len(runs),
        "cpu_s": round(median("cpu_s"), 4),
        "wall_s": round(median("wall_s"), 4),
        "above_input_mib": median("above_input_mib"),
        "peak_mib": median("peak_mib"),
        "ratio_x": round(median("cpu_s") / own, 1),
    }
    print(f"  {row}", flush=True)
    return row


def stream(folder: Path, warm_up: Path, size: Size, threads: Sequence[int]) -> list[raw.Figure]:
    """Our own with orders mapped from disk, on one core and more: the same figures on each."""
    runs = [measure(STREAMING, folder, warm_up, threads=count) for count in threads]
    agreed([(STREAMING, run["fingerprint"]) for run in runs])
    own = runs[0]["cpu_s"]
    return [
        figure(STREAMING, size, [run], own, count) for run, count in zip(runs, threads, strict=True)
    ]


def written(parent: Path, name: str, network: People, orders: int) -> Path:
    """An input on disk."""
    print(f"{name}: {len(network.sponsor):,} distributors, {orders:,} orders", flush=True)
    return benchmarks.engine_input.write(parent / name, network, orders, SEED)


def main() -> None:
    """Measure what is asked for and keep it as `results/core.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", nargs="*", default=["100000/1000000", "1000000/10000000"])
    parser.add_argument("--streamed", nargs="*", default=["10000000/100000000"])
    parser.add_argument("--chain", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--add", action="store_true", help="keep the figures that are there")
    parser.add_argument("--networkx-to", type=int, default=100_000, metavar="DISTRIBUTORS")
    given = parser.parse_args()
    rows: list[raw.Figure] = raw.read("core")[1] if given.add else []
    with tempfile.TemporaryDirectory(prefix="engine_core") as folder:
        parent = Path(folder)
        people = benchmarks.engine_input.people
        warm_up = written(parent, "warm-up", people(WARM_UP[0], SEED), WARM_UP[1])
        for size in map(_size, given.sizes):
            names = QUICK + (SLOW if size[0] <= given.networkx_to else ())
            at = written(parent, f"{size[0]}", people(size[0], SEED), size[1])
            rows += compare(names, at, warm_up, size, given.rounds, given.repeats)
            raw.write("core", QUESTION, rows)
        if given.chain:
            size = given.chain, given.chain
            network = benchmarks.engine_input.chain(given.chain)
            at = written(parent, "chain", network, given.chain)
            rows += [one | {"shape": "chain"} for one in stream(at, warm_up, size, (1,))]
            raw.write("core", QUESTION, rows)
        for size in map(_size, given.streamed):
            at = written(parent, f"streamed-{size[0]}", people(size[0], SEED), size[1])
            rows += stream(at, warm_up, size, (1, 2))
    print(f"Written: {raw.write('core', QUESTION, rows)}")


def _size(text: str) -> Size:
    distributors, orders = text.split("/")
    return int(distributors), int(orders)


if __name__ == "__main__":
    main()
