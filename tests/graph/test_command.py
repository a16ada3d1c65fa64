"""The wrapper of every command: sentences and exit codes, never a traceback."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = """
import os, time, typer, graph.command, graph.errors
class Panic(BaseException): "As native code raises it."
app = graph.command.app("For a test.")

@app.callback()
def main(): pass

@app.command()
def end(how: str):
    graph.command.settings()
    if how == "locked": raise graph.errors.Locked("somebody else is at it")
    if how == "file": open("/nonexistent/file")
    if how == "full": raise OSError(28, "No space left on device", "orders.csv")
    if how == "memory": raise MemoryError
    if how == "panic": raise Panic("underlying IO error: No space left on device (os error 28)")
    if how == "abort": os.abort()
    if how == "fault": raise ZeroDivisionError("of money")
    if how == "rejects": raise typer.Exit(3)
    if how == "wait":
        try:
            print("waiting", flush=True)
            time.sleep(60)
        finally:
            print("tidied up", flush=True)

graph.command.run(app)
"""


def started(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize(
    ("how", "code", "sentence"),
    [
        ("well", 0, ""),
        ("locked", 4, "plumbline: somebody else is at it\n"),
        ("file", 1, "plumbline: /nonexistent/file: No such file or directory\n"),
        ("full", 75, "plumbline: the disk of orders.csv is full; free some space and run"),
        ("panic", 75, "plumbline: the disk of"),
        ("memory", 75, "plumbline: there is not enough memory for this command; what it had"),
        ("fault", 1, "plumbline: a fault of Plumbline itself (ZeroDivisionError: of money)"),
        ("rejects", 3, ""),
    ],
)
def test_a_command_ends_with_its_code_and_one_sentence(how: str, code: int, sentence: str) -> None:
    with started("end", how) as command:
        told = command.communicate()[1]
    assert told.startswith(sentence) and told.count("\n") == bool(sentence)
    assert command.returncode == code


def test_a_fault_is_one_sentence_and_its_traceback_is_kept(tmp_path: Path) -> None:
    with started("end", "fault", PLUMBLINE_DATA_FOLDER=str(tmp_path)) as command:
        told = command.communicate()[1]
    assert command.returncode == 1
    assert told.count("\n") == 1 and "ZeroDivisionError: of money" in told
    assert "Traceback" in (tmp_path / "faults.log").read_text()


@pytest.mark.parametrize("how", ["abort", "wait"])
def test_a_command_that_cannot_speak_any_more_is_spoken_for(how: str) -> None:
    """Native code that gets no memory aborts; the kernel ends the process where a limit is hit."""
    with started("end", how) as command:
        if how == "wait":
            assert command.stdout is not None and command.stdout.readline() == "waiting\n"
            command.kill()
        told = command.communicate()[1]
    assert told.startswith("plumbline: this command was ended before it could finish")
    assert told.endswith("run it again\n")
    assert command.returncode in (-signal.SIGABRT, -signal.SIGKILL)


def test_wrong_usage_and_wrong_settings_exit_with_2() -> None:
    with started("end", "well", "--what") as command:
        assert "--what" in command.communicate()[1]
    assert command.returncode == 2
    with started("end", "well", PLUMBLINE_HEAPS="7") as command:
        assert "unknown setting PLUMBLINE_HEAPS" in command.communicate()[1]
    assert command.returncode == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_command_tidies_up_and_exits_with_130(number: signal.Signals) -> None:
    with started("end", "wait") as command:
        assert command.stdout is not None and command.stdout.readline() == "waiting\n"
        time.sleep(0.05)
        command.send_signal(number)
        out, told = command.communicate(timeout=20)
    assert (command.returncode, out, told) == (130, "tidied up\n", "")
