"""Loads within a test: in this process, or as the command that a user runs; no test by itself."""

import io
import itertools
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console

import loaders.load
from graph.settings import Settings
from loaders.load import Request, Result
from loaders.progress import Teller

ROOT = Path(__file__).resolve().parent.parent.parent


def clock() -> Callable[[], int]:
    """A time that goes on by a second with every look."""
    moments = itertools.count(1_750_000_000_000, 1000)
    return lambda: next(moments)


class Told:
    """What a load said on the way."""

    def __init__(self) -> None:
        self._file = io.StringIO()
        self.teller = Teller(Console(file=self._file, width=200))

    @property
    def text(self) -> str:
        return self._file.getvalue()


def load(folder: Path, settings: Settings, *, told: Told | None = None, **wanted: Any) -> Result:
    """Load over the given settings; `wanted` are fields of a Request."""
    wanted.setdefault("via", loaders.load.BOLT)
    with (told or Told()).teller as teller:
        return loaders.load.run(Request(folder=folder, **wanted), settings, teller, clock())


def sums(result: Result) -> tuple[int, int, int, int]:
    """New, changed, same and rejected rows of all nouns."""
    counts = result.tally.values()
    return (
        sum(count.new for count in counts),
        sum(count.changed for count in counts),
        sum(count.same for count in counts),
        sum(count.rejected for count in counts),
    )


def command(*arguments: str | Path, data_folder: Path | None = None) -> subprocess.Popen[str]:
    """`plumbline ARGUMENTS`, started."""
    own = {} if data_folder is None else {"PLUMBLINE_DATA_FOLDER": str(data_folder)}
    return subprocess.Popen(
        [sys.executable, "-m", "loaders", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **own},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
