"""kill -9 at random moments: of a load, a night, the service, and the server under each of them.

The same story is told twice. In one data folder nothing happens to it. In the other one a service
is asked all the time, and again and again somebody is killed at a random moment, then the same
command is run again without any help; and now and then the server is stopped, or stands still for
a while. In the end both hold the same, entry by entry.
"""

import contextlib
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import graph.commissions
import graph.connection
import graph.digest
import graph.jobs
import graph.locks
import graph.runs
from graph.connection import Database
from graph.errors import Unavailable
from graph.keys import Row
from graph.process import Place
from graph.settings import Settings
from tests.faults import commands
from tests.faults.asking import Service
from tests.faults.network import Step, Story

COMMAND, SERVICE, SERVER = KILLED = ("command", "service", "server")
STOPPED, SLOW = "server stopped", "server slow"
SLOW_S = (0.5, 5.0)
Tell = Callable[[str], None]


class State(NamedTuple):
    """What a data folder holds: entries by id, the digest of everything, whether it adds up."""

    entries: Counter[tuple[object, ...]]
    counted: int
    digest: dict[str, str]
    adds_up: bool
    held: bool


class Fault(NamedTuple):
    """What befell whom during which step, after how many seconds, and how the command ended."""

    step: str
    victim: str
    after_s: float
    code: int


@dataclass
class Verdict:
    """What became of the disturbed one beside the undisturbed one; all 0, True, empty is well."""

    faults: list[Fault] = field(default_factory=list)
    entries: int = 0
    lost: int = 0
    double: int = 0
    torn: int = 0
    same_digest: bool = False
    adds_up: bool = False
    asked: int = 0
    wrong_answers: int = 0
    left: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        """How many of the faults were a kill -9."""
        return sum(fault.victim in KILLED for fault in self.faults)

    @property
    def is_well(self) -> bool:
        """Nothing lost, double or torn, every answer right, nobody left over."""
        bad = self.lost or self.double or self.torn or self.wrong_answers or self.left
        return self.same_digest and self.adds_up and not bad


def run(folder: Path, story: Story, own: Settings, *, kills: int, seed: int, tell: Tell) -> Verdict:
    """Tell the story in both data folders below `folder`, with `kills` kills in one of them."""
    calm = replace(own, data_folder=folder / "calm")
    tell("undisturbed")
    expected, seconds = _undisturbed(calm, story)
    disturbed = Disturbed(
        replace(own, data_folder=folder / "disturbed"), random.Random(seed), seconds, tell
    )
    found = disturbed.tell_story(story, kills)
    disturbed.verdict.left = left_over(disturbed.own) + left_over(calm)
    return compared(disturbed.verdict, expected, found)


def _undisturbed(own: Settings, story: Story) -> tuple[State, dict[str, float]]:
    """The state at the end, and how long each step took."""
    seconds: dict[str, float] = {}
    with contextlib.ExitStack() as stack:
        for number, step in enumerate(story.steps):
            if number == 1:  # the first load goes by import, into a store that nobody else uses
                stack.enter_context(graph.connection.connect(own))
            began = time.monotonic()
            commands.well(own, *step.arguments)
            seconds[step.name] = time.monotonic() - began
        return state(own, story), seconds


@dataclass
class Disturbed:
    """The data folder in which somebody is killed again and again."""

    own: Settings
    chance: random.Random
    seconds: dict[str, float]
    tell: Tell
    verdict: Verdict = field(default_factory=Verdict)

    def tell_story(self, story: Story, kills: int) -> State:
        """Every step with its share of the faults, each run again until it is done."""
        people, *rest = story.steps
        first, *shares = self._victims(kills, len(story.steps))
        for _ in first:  # an import: nobody else may use the database
            self._disturb(people, COMMAND, None)
        self._completed(people)
        with Service(self.own, story.order_ids) as service:
            for step, victims in zip(rest, shares, strict=True):
                for victim in victims:
                    self._disturb(step, victim, service)
                self._completed(step)
            service.until_answered()
            found = state(self.own, story)
        self.verdict.asked, self.verdict.wrong_answers = service.asked, service.wrong
        return found

    def _victims(self, kills: int, steps: int) -> list[list[str]]:
        """Who it is during each step: every kind as often as the others, in a random order."""
        killed = [KILLED[at % len(KILLED)] for at in range(kills)]
        first, rest = killed[: kills // steps], killed[kills // steps :]
        rest += [STOPPED, SLOW] * max(1, kills // 10)
        self.chance.shuffle(rest)
        shares = [rest[at :: steps - 1] for at in range(steps - 1)]
        return [first, *shares]

    def _disturb(self, step: Step, victim: str, service: Service | None) -> None:
        process = commands.started(self.own, *step.arguments)
        after_s = self.chance.uniform(0, self.seconds[step.name])
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(after_s)
        self._strike(victim, process, service)
        ended = commands.ended(process)
        fault = Fault(step.name, victim, round(after_s, 2), ended.code)
        self.verdict.faults.append(fault)
        self.tell(f"{len(self.verdict.faults)}: {fault}")
        allowed = {0, Unavailable.exit_code, *((-signal.SIGKILL,) if victim == COMMAND else ())}
        assert ended.code in allowed, f"{fault}: {ended.said}"
        if service is not None and victim != COMMAND:
            service.until_answered()

    def _strike(self, victim: str, process: commands.Process, service: Service | None) -> None:
        place = Place(self.own)
        if victim == COMMAND:
            process.kill()
        elif victim == SERVICE and service is not None:
            service.kill_and_start()
        elif victim == SLOW:
            signal_server(place, signal.SIGSTOP)
            time.sleep(self.chance.uniform(*SLOW_S))
            signal_server(place, signal.SIGCONT)
        else:
            signal_server(place, signal.SIGTERM if victim == STOPPED else signal.SIGKILL)

    def _completed(self, step: Step) -> None:
        ended = commands.plumbline(self.own, *step.arguments)
        assert ended.code == 0, f"{step.name}: {ended.code} {ended.said}"


def signal_server(place: Place, number: signal.Signals) -> None:
    """A signal for Java, if it runs at this moment."""
    pid = place.pid()
    if pid is not None and graph.locks.is_held(place.server_lock):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def state(own: Settings, story: Story) -> State:
    """What the data folder holds now."""
    with graph.connection.connect(own) as db:
        last = graph.runs.last_finished(db)
        conservation = last["totals"]["conservation"].values() if last else ()
        return State(
            entries=Counter(map(_facts, ledger(db, story.order_ids))),
            counted=graph.commissions.count(db),
            digest=graph.digest.of(db),
            adds_up=bool(conservation) and all(one["check"] for one in conservation),
            held=graph.jobs.holder(db) is not None,
        )


def ledger(db: Database, order_ids: Sequence[str]) -> Iterator[Row]:
    """Every entry of these orders, a thousand orders at a time."""
    for at in range(0, len(order_ids), 1000):
        yield from graph.commissions.of_orders(db, order_ids[at : at + 1000])


def _facts(entry: Row) -> tuple[Any, ...]:
    return tuple(value for name, value in sorted(entry.items()) if name != "run_id")


def compared(verdict: Verdict, expected: State, found: State) -> Verdict:
    """The verdict on what was found; an entry that is whole is one that was expected."""
    verdict.entries = expected.counted
    verdict.lost = sum((expected.entries - found.entries).values())
    verdict.double = sum(count - 1 for count in found.entries.values())
    strange = sum((found.entries - expected.entries).values()) - verdict.double
    verdict.torn = strange + abs(found.counted - sum(found.entries.values()))
    verdict.same_digest = found.digest == expected.digest
    verdict.adds_up = found.adds_up and expected.adds_up
    verdict.left += ["the lease"] if found.held else []
    return verdict


def left_over(own: Settings) -> list[str]:
    """Locks, processes and half files that nobody owns any more."""
    place, data = Place(own), own.data_folder
    locks = (place.server_lock, place.start_lock, place.users_lock)
    held = [path.name for path in locks if not _free(path)]
    spooled = [str(path) for path in (data / "spool").glob("*")]
    half = [str(path) for path in data.rglob(".unfinished-*")]
    aside = [str(place.aside)] if place.aside.exists() else []
    running = [f"process {one.pid}" for one in commands.processes_of(data)]
    return [*held, *spooled, *half, *aside, *running]


def _free(path: Path) -> bool:
    held = graph.locks.take(path, exclusive=True)
    if held is not None:
        held.release()
    return held is not None
