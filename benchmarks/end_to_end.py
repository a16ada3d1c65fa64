"""The main job end to end: generate, load, first night, one more day with its night, explain.

    python -m benchmarks.end_to_end --distributors 20000 --orders 200000
    python -m benchmarks.end_to_end --distributors 1000000 --orders 10000000 --day 30000 \
        --folder /somewhere/with/60/GB

Runs the commands as a user does, each as a process of its own, and keeps their wall and CPU seconds
and the peak resident memory of command and database server; of a night also the seconds of each
step. Without --folder it works in a folder that is removed at the end. A folder given is kept, and
what stands in it already (files, a loaded graph) is not made again.
"""

import argparse
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import psutil

import benchmarks.a_day
import benchmarks.raw
import graph.connection
import graph.runs
import graph.settings
from benchmarks.raw import Figure

ROOT = Path(__file__).resolve().parent.parent
MIB = 1024 * 1024


class Job:
    """One network in one folder, and the figures of what was done to it."""

    def __init__(self, folder: Path, sizes: argparse.Namespace) -> None:
        self.folder, self.sizes, self.rows = folder, sizes, list[Figure]()
        self.files, self.data = folder / "files", folder / "data"

    def run(self, step: str, *command: str) -> None:
        """One command of the launcher; SystemExit where it fails."""
        env = {**os.environ, "PLUMBLINE_DATA_FOLDER": str(self.data)}
        began = time.perf_counter()
        child = subprocess.Popen([str(ROOT / "plumbline"), *command], env=env)
        peak = self._watched(child)
        if child.returncode not in (0, 3):
            raise SystemExit(f"{' '.join(command)} ended with {child.returncode}")
        self._keep(step, wall_s=round(time.perf_counter() - began, 2), **peak)

    def _watched(self, child: subprocess.Popen[bytes]) -> dict[str, float]:
        server = 0.0
        while True:
            server = max(server, self._server_mib())
            found, status, usage = os.wait4(child.pid, os.WNOHANG)
            if found:
                child.returncode = os.waitstatus_to_exitcode(status)
                break
            time.sleep(0.2)
        return {
            "cpu_s": round(usage.ru_utime + usage.ru_stime, 2),
            "peak_mib": round(usage.ru_maxrss / 1024, 1),
            "server_peak_mib": round(server, 1),
        }

    def _server_mib(self) -> float:
        """Resident memory of the Java processes that work in our folder."""
        found = 0.0
        for process in psutil.process_iter(["name", "cmdline", "memory_info"]):
            words = " ".join(process.info["cmdline"] or [])
            if "java" in (process.info["name"] or "") and str(self.data) in words:
                found = max(found, process.info["memory_info"].rss / MIB)
        return found

    def steps(self, night: str) -> None:
        """What the last finished run says about the seconds of its steps."""
        settings = replace(graph.settings.read(), data_folder=self.data)
        with graph.connection.connect(settings) as db:
            run = graph.runs.last_finished(db)
        assert run is not None
        for step, seconds in run["counts"]["seconds"].items():
            facts = run["counts"][step]
            told = {f"n_{name}": value for name, value in facts.items() if isinstance(value, int)}
            self._keep(f"{night}: {step}", wall_s=seconds, **told)

    def _keep(self, step: str, **figures: float) -> None:
        size = {"distributors": self.sizes.distributors, "orders": self.sizes.orders}
        self.rows.append({**size, "step": step, **figures})
        print(f"{step:28} " + "  ".join(f"{k} {v:,}" for k, v in figures.items()), flush=True)


def measure(job: Job) -> None:
    """All steps in order."""
    sizes = job.sizes
    size = ("--distributors", str(sizes.distributors), "--orders", str(sizes.orders))
    if not job.files.exists():
        job.run("generate", "generate", str(job.files), *size, "--seed", str(sizes.seed))
    if not job.data.exists():
        job.run("first load", "load", str(job.files))
    job.run("start of the database", "db", "start")
    try:
        job.run("load again: nothing new", "load", str(job.files))
        job.run("first night", "nightly", "--as-of", sizes.until)
        job.steps("first night")
        job.run("night again: nothing new", "nightly", "--as-of", sizes.until)
        day = job.folder / "day"
        benchmarks.a_day.write(job.files, day, sizes.day, seed=sizes.seed)
        job.run("load of one more day", "load", str(day))
        job.run("next night", "nightly", "--as-of", sizes.next)
        job.steps("next night")
        job.run("explain", "explain", "--sample")
    finally:
        job.run("stop of the database", "db", "stop")


def main() -> None:
    """Read the sizes, measure, write the raw figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--distributors", type=int, default=20_000)
    options.add_argument("--orders", type=int, default=200_000)
    options.add_argument("--day", type=int, default=600, help="orders of the day after")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--until", default="2026-10-31", help="the generator's last day")
    options.add_argument("--next", default="2026-11-01", help="the day after")
    options.add_argument("--folder", type=Path)
    sizes = options.parse_args()
    folder = sizes.folder or Path(tempfile.mkdtemp(prefix="plumbline-benchmark-"))
    job = Job(folder, sizes)
    try:
        measure(job)
    finally:
        if not sizes.folder:
            shutil.rmtree(folder, ignore_errors=True)
    name = f"end_to_end_{sizes.distributors}_{sizes.orders}"
    print(benchmarks.raw.write(name, "How long does each step of the main job take?", job.rows))


if __name__ == "__main__":
    main()
