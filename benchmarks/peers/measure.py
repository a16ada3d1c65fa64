"""One implementation in a process of its own: `python -m benchmarks.peers.measure NAME FOLDER …`.

The process keeps to its cores, warms up on a small input, loads the input, and then measures the
job alone, again and again. It says on stdout, as JSON, what the median took in seconds, how far
memory rose above the loaded input, and the fingerprint of the result.
"""

import argparse
import importlib
import json
import os
import statistics
import time
from functools import partial
from pathlib import Path
from typing import Any

IMPLEMENTATIONS = {
    "plumbline": ("plumbline", "work"),
    "plumbline streaming": ("plumbline", "work"),
    "networkx + pandas": ("with_networkx", "work"),
    "networkx + pandas, by columns": ("with_networkx", "work_columns"),
    "polars": ("with_polars", "work"),
    "duckdb": ("with_duckdb", "work"),
}
STREAMING = "plumbline streaming"
MIB = 1024
"""Of the kibibytes in which the kernel counts."""


def measured(name: str, folder: Path, warm_up: Path, repeats: int, threads: int) -> dict[str, Any]:
    """Seconds, memory and fingerprint of one implementation on one input."""
    module, function = IMPLEMENTATIONS[name]
    peer = importlib.import_module(f"benchmarks.peers.{module}")
    load, work = peer.load, getattr(peer, function)
    if name == STREAMING:
        load, work = partial(load, whole=False), partial(work, threads=threads)
    work(load(warm_up))
    given = load(folder)
    before = _reset_peak()
    taken, result = [], None
    for _ in range(repeats):
        result = None  # given back before the next one, like anybody's
        cpu, wall = time.process_time(), time.perf_counter()
        result = work(given)
        taken.append((time.process_time() - cpu, time.perf_counter() - wall))
    peak = _memory("VmHWM")
    cpu, wall = (statistics.median(column) for column in zip(*taken, strict=True))
    print_of = _streamed if name == STREAMING else _whole
    return {
        "cpu_s": cpu,
        "wall_s": wall,
        "above_input_mib": (peak - before) // MIB,
        "peak_mib": peak // MIB,
        "fingerprint": print_of(peer, given, result, threads),
    }


def _whole(peer: Any, given: Any, result: Any, threads: int) -> dict[str, str]:
    from benchmarks.peers.figures import fingerprint

    return fingerprint(peer.figures(given, result))


def _streamed(peer: Any, given: Any, result: Any, threads: int) -> dict[str, str]:
    from benchmarks.peers.figures import roll_ups_said

    said: dict[str, str] = peer.fingerprint(given, threads)
    return said | roll_ups_said(peer.roll_ups(result))


def _reset_peak() -> int:
    """Begin the peak of memory anew; KiB in use now."""
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    return _memory("VmRSS")


def _memory(name: str) -> int:
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))


def main() -> None:
    """Read the arguments, keep to the first cores that are free to us, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=IMPLEMENTATIONS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("warm_up", type=Path)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))[-given.threads :]
    os.sched_setaffinity(0, cores)
    os.environ["POLARS_MAX_THREADS"] = str(given.threads)
    print(
        json.dumps(measured(given.name, given.folder, given.warm_up, given.repeats, given.threads))
    )


if __name__ == "__main__":
    main()
