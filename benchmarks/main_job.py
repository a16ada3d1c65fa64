"""The main job by step: generate, load, night, the same again, explain; wall, CPU, peak memory.

    python -m benchmarks.main_job --distributors 20000 --orders 200000

Runs the commands as a user does, each as a process of its own, in a data folder that is removed at
the end, and writes one JSON file of raw figures into benchmarks/results/. Memory is the peak
resident set of the command in MiB; the database server's own peak is given beside it.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
RESULTS = Path(__file__).resolve().parent / "results"

Figures = dict[str, float]


def server_peak(folder: Path) -> float:
    """Peak resident set in MiB of the Java process that works in `folder`; 0 where none lives."""
    for process in psutil.process_iter(["name", "cmdline"]):
        words = " ".join(process.info["cmdline"] or [])
        if "java" in (process.info["name"] or "") and str(folder) in words:
            status = Path(f"/proc/{process.pid}/status")
            if status.exists():
                line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
                return round(int(line.split()[1]) / 1024, 1)
    return 0.0


def timed(folder: Path, *command: str) -> Figures:
    """Run one command of the launcher; seconds of wall and CPU, MiB of peak memory."""
    env = {**os.environ, "PLUMBLINE_DATA_FOLDER": str(folder / "data")}
    began = time.perf_counter()
    child = subprocess.Popen(
        [str(ROOT / "plumbline"), *command], env=env, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 3):
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}")
    return {
        "wall_s": round(time.perf_counter() - began, 2),
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_mib": round(usage.ru_maxrss / 1024, 1),
        "server_peak_mib": server_peak(folder),
    }


def measure(folder: Path, distributors: int, orders: int, seed: int) -> dict[str, Figures]:
    """All steps in order; the folder holds files and database."""
    files = str(folder / "files")
    size = ("--distributors", str(distributors), "--orders", str(orders), "--seed", str(seed))
    steps = {"generate": ("generate", files, *size), "load": ("load", files)}
    steps |= {"db start": ("db", "start"), "load again": ("load", files)}
    steps |= {"first night": ("nightly",), "night again": ("nightly",)}
    steps |= {"explain": ("explain", "--sample"), "db stop": ("db", "stop")}
    figures: dict[str, Figures] = {}
    for name, command in steps.items():
        figures[name] = timed(folder, *command)
        print(f"{name:12} " + "  ".join(f"{k} {v:>9}" for k, v in figures[name].items()))
    return figures


def main() -> None:
    """Read the sizes, measure, write the raw figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--distributors", type=int, default=20_000)
    options.add_argument("--orders", type=int, default=200_000)
    options.add_argument("--seed", type=int, default=1)
    sizes = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="plumbline-benchmark-"))
    try:
        figures = measure(folder, sizes.distributors, sizes.orders, sizes.seed)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    RESULTS.mkdir(exist_ok=True)
    raw = {**vars(sizes), "machine": platform.machine(), "cores": os.cpu_count(), "steps": figures}
    out = RESULTS / f"main_job_{sizes.distributors}_{sizes.orders}.json"
    out.write_text(json.dumps(raw, indent=2) + "\n", "utf-8")
    print(f"raw figures: {out.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
