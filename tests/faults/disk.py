"""A small disk of one's own: a tmpfs in a mount namespace, for tests of full disks.

Who may not mount (no user namespaces, no root) gets a skip that says so, in CI too: it is a right
of the machine, and no database.
"""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

WAYS = (("unshare", "--user", "--map-root-user", "--mount"), ("unshare", "--mount"))
MOUNT = 'mount -t tmpfs -o "size=$1" plumbline "$2" && echo mounted && read -r over'
FILL = 'cat /dev/zero > "$1" 2>/dev/null; test -s "$1"'


class Disk:
    """A small disk at `path`, seen only by commands that are run `within` it."""

    def __init__(self, path: Path, pid: int, way: tuple[str, ...]) -> None:
        self.path = path
        spaces = ("--user", "--mount") if "--user" in way else ("--mount",)
        self.within = ("nsenter", f"--target={pid}", *spaces, "--preserve-credentials", "--")

    def run(self, script: str, *arguments: str | Path) -> str:
        """A line of shell on this disk, which must succeed; what it prints."""
        line = [*self.within, "sh", "-c", script, "sh", *map(str, arguments)]
        done = subprocess.run(
            line, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )
        return done.stdout

    def fill(self) -> None:
        """Leave no room."""
        self.run(FILL, self.path / "ballast")

    def free(self) -> None:
        """Give the room back."""
        self.run('rm "$1"', self.path / "ballast")


@contextmanager
def small(path: Path, size: str) -> Iterator[Disk]:
    """A disk of this size at the (made) folder, as long as the context lasts."""
    path.mkdir(parents=True)
    for way in WAYS if shutil.which("unshare") and shutil.which("nsenter") else ():
        keeper = subprocess.Popen(
            [*way, "sh", "-c", MOUNT, "sh", size, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with keeper:
            if keeper.stdout and keeper.stdout.readline() == "mounted\n":
                yield Disk(path, keeper.pid, way)
                return
    pytest.skip("NOT RUN: this machine lets nobody mount a tmpfs, so no disk was filled")
