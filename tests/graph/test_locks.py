"""Lock files: shared, exclusive, handed to children, let go by the dead."""

import subprocess
import sys
from pathlib import Path

import graph.locks

ROOT = Path(__file__).resolve().parent.parent.parent


def test_shared_locks_keep_out_an_exclusive_one(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first = graph.locks.take(path, exclusive=False)
    assert first
    with first:
        assert (second := graph.locks.take(path, exclusive=False)) is not None
        assert graph.locks.take(path, exclusive=True) is None
        assert not graph.locks.is_held(path)
        second.release()
        assert first.upgraded()
        assert graph.locks.is_held(path)
        assert graph.locks.take(path, exclusive=False, wait_s=0.1) is None
    assert not graph.locks.is_held(path)


def test_of_two_that_end_together_one_is_the_last(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first = graph.locks.take(path, exclusive=False)
    second = graph.locks.take(path, exclusive=False)
    assert first and second
    with first, second:
        assert [first.upgraded(), second.upgraded()] == [False, True]


def test_a_child_holds_what_it_was_handed_until_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    held = graph.locks.take(path, exclusive=True)
    assert held
    with subprocess.Popen(["sh", "-c", "read line"], stdin=-1, pass_fds=(held.fd,)) as child:
        held.release()
        assert graph.locks.is_held(path)
        child.kill()
    assert not graph.locks.is_held(path)


FORKING = """
import os, sys, pathlib, graph.locks
path = pathlib.Path(sys.argv[1])
held = graph.locks.take(path, exclusive=False)
child = os.fork()
if child == 0:
    os._exit(held.upgraded())
print(os.waitpid(child, 0)[1], graph.locks.take(path, exclusive=True))
"""


def test_a_forked_child_does_not_touch_its_parent_s_lock(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FORKING, str(tmp_path / "lock")]
    assert subprocess.check_output(command, text=True, cwd=ROOT) == "0 None\n"
