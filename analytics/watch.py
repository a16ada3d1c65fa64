"""Who watches a night: a bar on a terminal, JSON lines elsewhere, nobody in a library call.

A watch is told what begins, how far it is and what came of it, in numbers and stable words; never
a name, never an id of a person.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import structlog
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class Watch:
    """Watches and says nothing."""

    def begin(self, step: str) -> None:
        """A step begins."""

    def tick(self, what: str, done: int, total: int) -> None:
        """So much of `total` is done."""

    def end(self, step: str, **facts: object) -> None:
        """A step is complete, with its counts."""

    def note(self, event: str, **facts: object) -> None:
        """Something worth knowing."""


class Lines(Watch):
    """One JSON line for each beginning, end and note; ticks are too many to log."""

    def __init__(self, stream: TextIO, **bound: object) -> None:
        self._log = structlog.wrap_logger(
            structlog.PrintLogger(stream),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.JSONRenderer(sort_keys=True, ensure_ascii=False),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        ).bind(**bound)

    def begin(self, step: str) -> None:
        """A step begins."""
        self._log.info("step_begun", step=step)

    def end(self, step: str, **facts: object) -> None:
        """A step is complete, with its counts."""
        self._log.info("step_done", step=step, **facts)

    def note(self, event: str, **facts: object) -> None:
        """Something worth knowing."""
        self._log.info(event, **facts)


class Terminal(Watch):
    """A bar for the step that runs, a line for each that is done."""

    def __init__(self, console: Console, progress: Progress) -> None:
        self._console, self._progress = console, progress
        self._task = progress.add_task("", total=None)

    def begin(self, step: str) -> None:
        """A step begins."""
        self._progress.reset(self._task, description=step, total=None)

    def tick(self, what: str, done: int, total: int) -> None:
        """So much of `total` is done."""
        self._progress.update(self._task, description=what, completed=done, total=total)

    def end(self, step: str, **facts: object) -> None:
        """A step is complete, with its counts."""
        said = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in facts.items())
        self._console.print(f"  [green]✓[/] {step:<12} {said}", highlight=False)

    def note(self, event: str, **facts: object) -> None:
        """Something worth knowing."""
        said = ", ".join(f"{name} {value}" for name, value in facts.items())
        self._console.print(f"  {event.replace('_', ' ')}: {said}", highlight=False, markup=False)


@contextmanager
def opened(command: str, stream: TextIO = sys.stderr) -> Iterator[Watch]:
    """The watch that fits `stream`: a terminal's, or JSON lines."""
    console = Console(file=stream)
    if not console.is_terminal:
        yield Lines(stream, command=command)
        return
    columns = (TextColumn("  … {task.description:<14}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        yield Terminal(console, progress)
