"""Nights in processes of their own, each killed at a chosen moment; no test by itself.

    python -m tests.analytics.one_night AS_OF MOMENT ...

One night after the other, each in a fork of this process (which has imported everything and used
nothing). MOMENT is `begin:STEP`, `end:STEP` or `tick:WHAT`, the first time it comes. Exit code 0 if
every one of them died of it.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import analytics.nightly
import graph.connection
import graph.settings
from analytics.nightly import Who
from analytics.watch import Watch

MOMENTS = (
    "begin:snapshot",
    "tick:orders",
    "end:snapshot",
    "end:structure",
    "begin:commissions",
    "end:commissions",
    "tick:booking",
    "end:entries",
    "end:record",
)
ROOT = Path(__file__).resolve().parents[2]
BATCH_ROWS = 200
"""So few that a kill in the middle of a step leaves it half written."""


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def who() -> Who:
    return Who(socket.gethostname(), os.getpid(), now_ms)


class Deadly(Watch):
    """kill -9 of this very process at the moment."""

    def __init__(self, moment: str) -> None:
        self._moment = moment

    def _at(self, moment: str) -> None:
        if moment == self._moment:
            os.kill(os.getpid(), signal.SIGKILL)

    def begin(self, step: str) -> None:
        self._at(f"begin:{step}")

    def tick(self, what: str, done: int, total: int) -> None:
        self._at(f"tick:{what}")

    def end(self, step: str, **facts: object) -> None:
        self._at(f"end:{step}")


def night(as_of: str, moment: str) -> None:
    settings = graph.settings.read()
    with graph.connection.connect(settings) as db:
        analytics.nightly.run(
            db, settings, as_of, who=who(), watch=Deadly(moment), batch_rows=BATCH_ROWS
        )


def died(as_of: str, moment: str) -> bool:
    pid = os.fork()
    if pid == 0:
        try:
            night(as_of, moment)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


def dies(as_of: str, *moments: str) -> None:
    """One process in which a night dies at each moment, one after the other."""
    command = [sys.executable, "-m", "tests.analytics.one_night", as_of, *moments]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, done.stderr


if __name__ == "__main__":
    alive = [moment for moment in sys.argv[2:] if not died(sys.argv[1], moment)]
    sys.exit(f"lived through {alive}" if alive else 0)
