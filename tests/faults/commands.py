"""Plumbline's commands as a user runs them, for tests that disturb them; no test by itself."""

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import psutil

from graph.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
Process = subprocess.Popen[str]

PATIENCE_S = 600.0
"""How long a condition may take on a machine that does much else; nothing waits for it idly."""


class Ended(NamedTuple):
    """How a command ended: its exit code, its standard output, what it said beside it."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """All of it, as a user sees it on a screen."""
        return self.out + self.err


def environment(own: Settings, **more: str) -> dict[str, str]:
    """This environment with the data folder, the server and its memory as `own` says."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NEO4J_")}
    theirs = {"NEO4J_URI": own.neo4j_uri, "NEO4J_PASSWORD": own.neo4j_password}
    return {
        **clean,
        **theirs,
        "PLUMBLINE_DATA_FOLDER": str(own.data_folder),
        "PLUMBLINE_HEAP_MB": str(own.heap_mb),
        "PLUMBLINE_PAGE_CACHE_MB": str(own.page_cache_mb),
        "PLUMBLINE_LANG": "en",
        **more,
    }


def started(
    own: Settings, *arguments: str | Path, within: Sequence[str] = (), **more: str
) -> Process:
    """`plumbline ARGUMENTS`, started; `within` is a command that runs it (nsenter, prlimit)."""
    return subprocess.Popen(
        [*within, str(ROOT / "plumbline"), *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(own, **more),
    )


def ended(process: Process, wait_s: float = PATIENCE_S) -> Ended:
    """The end of a started command. No traceback is ever shown."""
    out, err = process.communicate(timeout=wait_s)
    assert "Traceback" not in out + err, out + err
    return Ended(process.returncode, out, err)


def plumbline(
    own: Settings, *arguments: str | Path, within: Sequence[str] = (), **more: str
) -> Ended:
    """`plumbline ARGUMENTS`, run to its end."""
    return ended(started(own, *arguments, within=within, **more))


def well(own: Settings, *arguments: str | Path, within: Sequence[str] = ()) -> Ended:
    """The same, where it must end well."""
    done = plumbline(own, *arguments, within=within)
    assert done.code == 0, f"{arguments} ended with {done.code}: {done.said}"
    return done


def until(condition: Callable[[], object], wait_s: float = PATIENCE_S) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + wait_s
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)


def processes_of(folder: Path) -> list[psutil.Process]:
    """Living processes whose command line names the folder: its Java, Neo4j's tools."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        line = " ".join(process.info["cmdline"] or [])
        if str(folder) in line and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found
