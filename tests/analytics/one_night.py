"""One night in a process of its own, which dies at a chosen moment; no test by itself.

    python -m tests.analytics.one_night AS_OF [MOMENT]

MOMENT is `begin:STEP`, `end:STEP` or `tick:WHAT`, the first time it comes; none: live to the end.
"""

import os
import signal
import socket
import sys
import time

import analytics.nightly
import graph.connection
import graph.settings
from analytics.nightly import Who
from analytics.watch import Watch


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


if __name__ == "__main__":
    settings = graph.settings.read()
    with graph.connection.connect(settings) as db:
        watch = Deadly(sys.argv[2] if len(sys.argv) > 2 else "")
        analytics.nightly.run(db, settings, sys.argv[1], who=who(), watch=watch)
