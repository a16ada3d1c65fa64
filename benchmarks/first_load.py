"""A first load by the command against the bare import tool on the files that the load prepares.

    python -m benchmarks.first_load --distributors 100000 --orders 1000000
    python -m benchmarks.first_load --files FOLDER --folder /somewhere/with/60/GB

The bare run is Neo4j's own tool with the same flags on the same prepared CSV files, then the same
constraints and indexes; preparing them is not counted. Both stores must have given the same keys,
and with --digests the same digest for every label. Files are generated where none are given;
without --folder all of it stands in a folder that is removed at the end. `cpu_s` is the command's
with the import tool's, `peak_mib` the greatest of one process: Python, import tool, server.
"""

import argparse
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

import psutil

import benchmarks.raw
import graph.connection
import graph.digest
import graph.keys
import graph.migrations
import graph.sealing
import graph.server
import loaders.bulk
import loaders.intake
from benchmarks.raw import Figure
from graph.settings import Settings
from loaders.import_files import ImportFiles
from loaders.references import NothingKnown

ROOT = Path(__file__).resolve().parent.parent
STEP = re.compile(r"^(reading|preparing|importing|starting)\b.*? in ([\d.]+) s", re.MULTILINE)
GOOD = (0, 3)
POLL_S = 0.2


def command(data: Path, *arguments: str) -> tuple[Figure, str]:
    """Run the launcher; its wall and CPU seconds, peak memory by process, and what it said."""
    env = {**os.environ, "PLUMBLINE_DATA_FOLDER": str(data), "PLUMBLINE_LANG": "en"}
    log, peaks = data.with_suffix(".log"), defaultdict[str, float](float)
    began = time.perf_counter()
    with log.open("w") as out:
        child = subprocess.Popen([str(ROOT / "plumbline"), *arguments], env=env, stderr=out)
        while True:
            found, status, usage = os.wait4(child.pid, os.WNOHANG)
            if found:
                break
            watch(data, child.pid, peaks)
            time.sleep(POLL_S)
    wall = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in GOOD:
        raise SystemExit(log.read_text("utf-8"))
    cpu = usage.ru_utime + usage.ru_stime
    figure: Figure = {"wall_s": round(wall, 2), "cpu_s": round(cpu, 2)}
    return figure | {f"{who}_peak_mib": round(peak) for who, peak in peaks.items()}, log.read_text()


def watch(data: Path, pid: int, peaks: dict[str, float]) -> None:
    """Keep the greatest resident memory (MiB) of the command and of Java at work on its folder."""
    for process in psutil.process_iter(["name", "cmdline", "memory_info"]):
        words = " ".join(process.info["cmdline"] or [])
        java = "java" in (process.info["name"] or "") and str(data) in words
        who = "tool" if "AdminTool" in words else "server" if java else "python"
        if (java or process.pid == pid) and process.info["memory_info"]:
            peaks[who] = max(peaks[who], process.info["memory_info"].rss / (1 << 20))


def phases(said: str) -> Figure:
    """Seconds by phase, summed over the nouns."""
    found: dict[str, float] = defaultdict(float)
    for phase, seconds in STEP.findall(said):
        found[f"{phase}_s"] += float(seconds)
    return {phase: round(seconds, 1) for phase, seconds in found.items()}


def prepared(settings: Settings, files: Path, folder: Path) -> list[str]:
    """The CSV files that a load hands to the import tool; its arguments."""
    intake = loaders.intake.read(
        files,
        settings=settings,
        known=NothingKnown(),
        profile=None,
        spool=folder / "rows",
        rejects=folder / "rejects.csv",
        lang="en",
        progress=None,
    )
    with ImportFiles(folder / "import") as made:
        job = loaders.bulk.Import(
            intake, made, settings.zone, lambda: graph.sealing.salt(settings.data_folder)
        )
        job.write(lambda noun, done, total: None)
        job.bookkeeping({"id": "bare", "seq": loaders.bulk.SEQ})
    shutil.rmtree(folder / "rows")
    return made.arguments()


def bare(settings: Settings, arguments: list[str]) -> Figure:
    """The tool and nothing else, then constraints and indexes."""
    began, before = time.perf_counter(), os.times()
    with graph.server.offline(settings) as store:
        with store.replacing():
            options = ("--overwrite-destination", *arguments)
            store.admin("database", "import", "full", settings.neo4j_database, *options)
        imported, after = time.perf_counter(), os.times()
        with store.database() as db:
            graph.migrations.apply(db)
    ended = time.perf_counter()
    cpu = after.children_user + after.children_system
    return {
        "wall_s": round(ended - began, 2),
        "cpu_s": round(cpu - before.children_user - before.children_system, 2),
        "importing_s": round(imported - began, 1),
        "starting_s": round(ended - imported, 1),
    }


def agree(one: Settings, other: Settings, *, digests: bool) -> None:
    """Both stores gave the same keys, and hold the same where that is looked at."""
    with graph.connection.connect(one) as ours, graph.connection.connect(other) as theirs:
        for noun in loaders.bulk.LABELS:
            assert graph.keys.last(ours, noun) == graph.keys.last(theirs, noun), noun
        assert not graph.migrations.absent(ours) and not graph.migrations.absent(theirs)
        if digests:
            assert graph.digest.of(ours) == graph.digest.of(theirs)


def measure(given: argparse.Namespace, folder: Path) -> list[Figure]:
    """The load, then the bare run, then what they come to."""
    files = given.files or folder / "files"
    if not files.exists():
        size = ("--distributors", str(given.distributors), "--orders", str(given.orders))
        command(folder / "generating", "generate", str(files), *size, "--seed", str(given.seed))
    size_of: Figure = {"distributors": given.distributors, "orders": given.orders}
    load, said = command(folder / "load", "load", str(files))
    rows: list[Figure] = [{**size_of, "what": "load", **load, **phases(said)}]
    print(rows[0], flush=True)
    own, other = Settings(folder / "load"), Settings(folder / "bare")
    arguments = prepared(other, files, folder / "prepared")
    rows.append({**size_of, "what": "bare tool", **bare(other, arguments)})
    print(rows[1], flush=True)
    agree(own, other, digests=given.digests)
    ratio = float(rows[0]["wall_s"]) / float(rows[1]["wall_s"])
    rows.append({**size_of, "what": "ratio", "wall_x": round(ratio, 3)})
    print(rows[2])
    return rows


def main() -> None:
    """Read the arguments, measure, keep the figures beside those of other sizes."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--distributors", type=int, default=100_000)
    options.add_argument("--orders", type=int, default=1_000_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--files", type=Path, help="Generated before, of these sizes.")
    options.add_argument("--folder", type=Path, help="Where to work; kept.")
    options.add_argument("--digests", action="store_true", help="Compare every row, too.")
    given = options.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="plumbline-first-load-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        rows = measure(given, folder)
    finally:
        if given.folder is None:
            shutil.rmtree(folder, ignore_errors=True)
    kept: list[Figure] = []
    with suppress(FileNotFoundError):
        _, kept = benchmarks.raw.read("first_load")
    other = [row for row in kept if row["orders"] != given.orders]
    rows = sorted(other + rows, key=lambda row: int(row["orders"]))
    question = "How much does a first load cost above the bare import tool?"
    print(benchmarks.raw.write("first_load", question, rows))


if __name__ == "__main__":
    main()
