"""Facts and all rules on drawn companies: `python -m benchmarks.compliance [--help]`.

    python -m benchmarks.compliance 20000x200000 100000x1000000 1000000x10000000 --pandas 100000

Each company is drawn, kept as a snapshot, and screened in a fresh process on one core, which maps
the snapshot as a night does. Five rules are also worked out by straightforward pandas where the
company has at most so many distributors; every numerator and denominator must be equal, or it ends
with what differs. A first, small company has compiled the kernels. Seconds are those of the clock
and of the processor: on a busy machine only the latter say something.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import analytics.facts.work_out
import analytics.screening.evaluate
import analytics.screening.rulebook
import analytics.snapshot
import benchmarks.compliance_input
import benchmarks.raw
from analytics.columns import Columns
from analytics.facts.frames import Facts
from analytics.plan import Plan
from benchmarks.compliance_input import AS_OF, UNTIL_MS
from benchmarks.raw import Figure

QUESTION = "How long do the facts and all rules take, and how much memory?"
SEED, WARM_UP = 7, (500, 5_000)
COMPARED = ("RET-001", "RET-003", "REC-006", "INV-002", "PAY-001")
ONE_CORE = ("POLARS_MAX_THREADS", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")

Sums = dict[str, list[int]]


class Disagreement(Exception):
    """Two ways gave different figures."""


def ours(folder: Path) -> dict[str, Any]:
    """Facts, then all rules; seconds by step and by rule, and the sums of COMPARED."""
    columns, _ = analytics.snapshot.read(folder, check=False)
    by_rule: dict[str, float] = {}
    for name, rule in analytics.screening.rulebook.all_rules().items():
        vars(rule.module)["work_out"] = _timed(rule.module.work_out, by_rule, name)
    begun = _now()
    facts = _facts(columns)
    made = _now()
    screening = analytics.screening.evaluate.screen(facts, as_of=AS_OF)
    done = _now()
    found = {name: screening.rules[name] for name in COMPARED}
    return {
        **_took("facts", begun, made),
        **_took("rules", made, done),
        **_took("whole", begun, done),
        "slowest": sorted(((round(s, 2), name) for name, s in by_rule.items()), reverse=True)[:5],
        "errors": dict(screening.errors),
        "sums": {
            name: [round(one.numerator or 0), round(one.denominator or 0)]
            for name, one in found.items()
        },
    }


def _facts(columns: Columns) -> Facts:
    return analytics.facts.work_out.work_out(
        columns,
        as_of_ms=UNTIL_MS,
        zone=ZoneInfo("UTC"),
        currency="CNY",
        entries=columns.entries,
        plan=Plan(),
    )


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _took(what: str, begun: tuple[float, float], done: tuple[float, float]) -> dict[str, float]:
    wall, cpu = (round(after - before, 2) for before, after in zip(begun, done, strict=True))
    return {f"{what}_s": wall, f"{what}_cpu_s": cpu}


def _timed(work: Callable[..., Any], seconds: dict[str, float], name: str) -> Callable[..., Any]:
    def timed(*given: Any, **more: Any) -> Any:
        begun = time.process_time()
        try:
            return work(*given, **more)
        finally:
            seconds[name] = seconds.get(name, 0.0) + time.process_time() - begun

    return timed


def with_pandas(folder: Path) -> dict[str, Any]:
    """The rules of COMPARED by pandas."""
    import benchmarks.peers.with_pandas  # its import is no part of anybody else's memory

    begun = _now()
    sums = benchmarks.peers.with_pandas.screen(folder, UNTIL_MS)
    return {**_took("whole", begun, _now()), "sums": sums}


WAYS = {"plumbline": ours, "pandas": with_pandas}


def alone(way: str, folder: Path) -> dict[str, Any]:
    """What a way says in a fresh process on one core."""
    command = [sys.executable, "-m", "benchmarks.compliance", "--child", way, str(folder)]
    one = dict.fromkeys(ONE_CORE, "1")
    said = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **one}
    )
    if said.returncode != 0:
        raise RuntimeError(f"{way} failed on {folder.name}:\n{said.stderr}")
    found: dict[str, Any] = json.loads(said.stdout.splitlines()[-1])
    return found


def child(way: str, folder: Path) -> None:
    """One measurement, said as JSON on the last line."""
    warm = folder.parent / "warm"
    if way == "plumbline" and warm.exists():
        small, _ = analytics.snapshot.read(warm, check=False)
        analytics.screening.evaluate.screen(_facts(small), as_of=AS_OF)
    found = WAYS[way](folder)
    found["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(found))


def compare(folder: Path, size: tuple[int, int], pandas: int) -> list[Figure]:
    """The figures of one company; Disagreement where two ways differ."""
    distributors, orders = size
    kept = folder / f"{distributors}x{orders}"
    if not kept.exists():
        benchmarks.compliance_input.keep(kept, distributors, orders, SEED)
    rows: list[Figure] = []
    sums: dict[str, Sums] = {}
    for way in WAYS if distributors <= pandas else ("plumbline",):
        found = alone(way, kept)
        sums[way] = {name: list(pair) for name, pair in found.pop("sums").items()}
        said = {name: value if isinstance(value, int | float) else str(value)
                for name, value in found.items()}  # fmt: skip
        rows.append({"way": way, "distributors": distributors, "orders": orders, **said})
        print(rows[-1], flush=True)
    if "pandas" in sums and sums["pandas"] != sums["plumbline"]:
        raise Disagreement(f"{sums}")
    return rows


def _size(text: str) -> tuple[int, int]:
    people, _, orders = text.partition("x")
    return int(people), int(orders)


def main() -> None:
    """Measure what the command line asks for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("sizes", nargs="*", type=_size, default=[(20_000, 200_000)])
    asked.add_argument("--pandas", type=int, default=100_000, metavar="DISTRIBUTORS")
    asked.add_argument("--folder", type=Path, help="where companies are kept for the next time")
    asked.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.child:
        child(given.child[0], Path(given.child[1]))
        return
    with tempfile.TemporaryDirectory() as own:
        folder = given.folder or Path(own)
        if not (folder / "warm").exists():
            benchmarks.compliance_input.keep(folder / "warm", *WARM_UP, SEED)
        sizes: list[tuple[int, int]] = given.sizes
        rows = [row for size in sizes for row in compare(folder, size, given.pandas)]
    benchmarks.raw.write("compliance", QUESTION, rows)


if __name__ == "__main__":
    main()
