"""What every command shares: one wrapper around a typer app, used by each package's `__main__`.

    app = graph.command.app("What this package's commands are for.")

    @app.command()
    def doctor() -> None:
        settings = graph.command.settings()
        ...

    if __name__ == "__main__":
        graph.command.run(app)

A PlumblineError becomes its one sentence on standard error and its exit code; Ctrl-C, SIGTERM and
SIGHUP end the command through its `finally` clauses with 130; a wrong option exits with 2. A full
disk or want of memory is a sentence with its remedy, exit 75. Anything else is a fault of
Plumbline: one sentence, exit 1, the traceback in DATA/faults.log. To end with another code (3:
done, with rejects) raise `typer.Exit(3)`; to say a sentence, graph.voice.say.
"""

import errno
import shlex
import sys
import traceback
from pathlib import Path
from signal import SIGHUP, SIGTERM, signal
from typing import NoReturn

import typer

import graph.disk
import graph.last_word
import graph.settings
import graph.voice
from graph.errors import PlumblineError, Unavailable
from graph.settings import Settings

INTERRUPTED = 130
NO_MEMORY = (
    "there is not enough memory for this command; what it had finished is kept: give it more (close"
    " other programs, raise the limit of the container or of ulimit) and run it again"
)


def app(about: str) -> typer.Typer:
    """A typer app as all of ours are: help without an argument, no tracebacks, no completion."""
    return typer.Typer(
        help=about,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def settings() -> Settings:
    """The settings of this command; Misconfigured where they are wrong."""
    return graph.settings.read()


def run(commands: typer.Typer) -> NoReturn:
    """Run the command of the command line, then exit with its code."""
    for number in (SIGTERM, SIGHUP):
        signal(number, _end)
    with graph.last_word.kept():
        sys.exit(_code_of(commands))


def _code_of(commands: typer.Typer) -> int:
    try:
        commands(prog_name="plumbline")
        return 0
    except PlumblineError as problem:
        return _told(str(problem), problem.exit_code)
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit:
        raise
    except BaseException as problem:  # a panic of native code is no Exception
        return _unexpected(problem)


def _unexpected(problem: BaseException) -> int:
    number = graph.disk.errno_of(problem)
    if isinstance(problem, MemoryError) or number == errno.ENOMEM:
        return _told(NO_MEMORY, Unavailable.exit_code)
    if number in graph.disk.TROUBLE:
        place = getattr(problem, "filename", None) or settings().data_folder
        return _told(graph.disk.sentence(number, place), Unavailable.exit_code)
    if isinstance(problem, OSError):
        return _told(_about_file(problem), 1)
    return _told(_about_fault(problem), 1)


def _end(number: int, _: object) -> NoReturn:
    raise SystemExit(INTERRUPTED)


def _told(sentence: str, code: int) -> int:
    graph.voice.say(sentence)
    return code


def _about_file(problem: OSError) -> str:
    place = f"{problem.filename}: " if problem.filename else ""
    return f"{place}{problem.strerror or problem}"


def _about_fault(problem: BaseException) -> str:
    """The sentence for a fault of ours, its traceback kept where it can be sent from."""
    said = " ".join(str(problem).split())[:300]
    sentence = f"a fault of Plumbline itself ({type(problem).__name__}: {said})"
    try:
        file = _keep(problem)
    except (OSError, PlumblineError):
        return sentence
    return f"{sentence}; please report it with what stands in {file}"


def _keep(problem: BaseException) -> Path:
    folder = settings().data_folder
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "faults.log"
    with file.open("a", encoding="utf-8") as log:
        log.write(f"$ {shlex.join(sys.argv)}\n{''.join(traceback.format_exception(problem))}\n")
    return file
