"""Progress while a command works: a bar with rate and remaining time on a terminal, else lines.

A step is named by its title; telling another title ends the step before. Without a terminal each
step ends with one line, and a long one says every few seconds how far it is.
"""

import time
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

EVERY_S = 10.0
ROWS, BYTES = "rows", "bytes"


class Teller:
    """Takes steps and how far they are; a context manager that ends the last one."""

    def __init__(self, console: Console) -> None:
        """`console` is where progress goes: standard error, so that answers stay apart."""
        self._console = console
        self._title, self._unit = "", ROWS
        self._done = self._total = 0
        self._began = self._said = 0.0
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> "Teller":
        if self._console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.description:<24}"),
                BarColumn(),
                MofNCompleteColumn(),
                _Rate(),
                TimeRemainingColumn(compact=True),
                console=self._console,
                transient=True,
            )
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._end()
        if self._bar is not None:
            self._bar.stop()

    def at(self, title: str, done: int, total: int, unit: str = ROWS) -> None:
        """The step `title` is so far; `total` may be 0 where it is not known."""
        if title != self._title:
            self._end()
            self._begin(title, unit)
        self._done, self._total = done, total
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total or None)
        elif time.monotonic() - self._said >= EVERY_S:
            self._said = time.monotonic()
            share = f" of {total:,}" if total else ""
            self._say(f"{title}: {done:,}{share} {unit}{self._remaining()}")

    def say(self, sentence: str) -> None:
        """One line between the steps."""
        self._end()
        self._say(sentence)

    def _begin(self, title: str, unit: str) -> None:
        self._title, self._unit, self._done, self._total = title, unit, 0, 0
        self._began = self._said = time.monotonic()
        if self._bar is not None:
            self._task = self._bar.add_task(title, total=None)

    def _end(self) -> None:
        if self._title:
            if self._bar is not None and self._task is not None:
                self._bar.remove_task(self._task)
            spent = time.monotonic() - self._began
            done = f" {self._done:,} {self._unit}" if self._done else ""
            self._say(f"{self._title}:{done} in {spent:.1f} s{_rate(self._done, spent)}")
        self._title, self._task = "", None

    def _remaining(self) -> str:
        spent = time.monotonic() - self._began
        if not self._done or not self._total:
            return ""
        left = spent * (self._total - self._done) / self._done
        return f", {self._done / spent:,.0f}/s, about {left:.0f} s left"

    def _say(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


def _rate(done: int, spent: float) -> str:
    return f" ({done / spent:,.0f}/s)" if done and spent >= 0.1 else ""


class _Rate(ProgressColumn):
    """What a step gets done in a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")
