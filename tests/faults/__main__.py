"""kill -9 at many random moments, as a command: `make faults`, or

    python -m tests.faults [KILLS] [--seed S] [--orders N] [--folder F]

Prints every kill and what became of it, keeps the figures in benchmarks/results/faults.json, and
ends with 1 if anything was lost, double, torn or left over. The same seed chooses the same victims
and moments; what they meet there is up to the machine.
"""

import argparse
import dataclasses
import secrets
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import benchmarks.raw
import graph.settings
import tests.faults.kills
import tests.faults.network
from benchmarks.raw import Figure
from tests.faults.kills import Verdict

KILLS_PER_STEP = 3


def main() -> int:
    """The exit code."""
    asked = _arguments()
    print(f"{asked.kills} kills, seed {asked.seed}, {asked.orders} orders", flush=True)
    with tempfile.TemporaryDirectory(prefix="plumbline-faults-", dir=asked.folder) as scratch:
        folder = Path(scratch)
        slices = max(1, asked.kills // KILLS_PER_STEP // 2)
        story = tests.faults.network.write(
            folder / "files", seed=asked.seed, orders=asked.orders, slices=slices
        )
        own = dataclasses.replace(graph.settings.read(), neo4j_uri="", heap_mb=512)
        began = time.monotonic()
        verdict = tests.faults.kills.run(
            folder, story, own, kills=asked.kills, seed=asked.seed, tell=_tell
        )
        seconds = time.monotonic() - began
    _keep(verdict, asked, seconds)
    print(_summary(verdict, seconds))
    return 0 if verdict.is_well else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("kills", type=int, nargs="?", default=40)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--orders", type=int, default=4_000)
    parser.add_argument("--folder", type=Path, help="where the data folders are made; default: tmp")
    return parser.parse_args()


def _tell(said: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {said}", flush=True)


def _keep(verdict: Verdict, asked: argparse.Namespace, seconds: float) -> None:
    victims = Counter(fault.victim.replace(" ", "_") for fault in verdict.faults)
    figure: Figure = {
        "kills": verdict.kills,
        "seed": asked.seed,
        "orders": asked.orders,
        "entries": verdict.entries,
        **{f"struck_{victim}": count for victim, count in sorted(victims.items())},
        "lost": verdict.lost,
        "double": verdict.double,
        "torn": verdict.torn,
        "same_digest": int(verdict.same_digest),
        "answers": verdict.asked,
        "wrong_answers": verdict.wrong_answers,
        "left_over": len(verdict.left),
        "seconds_s": round(seconds, 1),
    }
    benchmarks.raw.write("faults", "What does kill -9 at random moments leave behind?", [figure])


def _summary(verdict: Verdict, seconds: float) -> str:
    return (
        f"{verdict.kills} kills and {len(verdict.faults) - verdict.kills} other faults in"
        f" {seconds:.0f} s: {verdict.entries} entries, {verdict.lost}"
        f" lost, {verdict.double} double, {verdict.torn} torn; digests"
        f" {'equal' if verdict.same_digest else 'DIFFER'}; {verdict.asked} answers,"
        f" {verdict.wrong_answers} wrong; left over: {', '.join(verdict.left) or 'nothing'}"
    )


if __name__ == "__main__":
    sys.exit(main())
