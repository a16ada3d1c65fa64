"""Lock files: flock on a file that stays, let go by the kernel when its last holder dies.

A lock belongs to the open file, not to the process: it can be handed to a child by its descriptor,
and two of one process exclude each other like strangers. A lock is only ever let go by closing,
because unlocking in a forked child would unlock its parent's too.
"""

import fcntl
import os
import time
from pathlib import Path

POLL_S = 0.05


class Held:
    """A lock that is held; `fd` may be handed to a child, which then holds it as well."""

    def __init__(self, fd: int) -> None:
        self.fd, self._pid = fd, os.getpid()

    def upgraded(self) -> bool:
        """Try to make a shared lock exclusive, at once; if not, the shared one may be lost too.

        False in a forked child, whose parent owns the lock.
        """
        return os.getpid() == self._pid and _locked(self.fd, fcntl.LOCK_EX)

    def release(self) -> None:
        """Let go; what a child still holds stays held."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def __enter__(self) -> "Held":
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def take(path: Path, *, exclusive: bool, wait_s: float = 0.0) -> Held | None:
    """The lock, tried for up to `wait_s`; None where others keep it for longer."""
    deadline = time.monotonic() + wait_s
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not _locked(fd, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH):
            if time.monotonic() >= deadline:
                os.close(fd)
                return None
            time.sleep(POLL_S)
    except BaseException:
        os.close(fd)
        raise
    return Held(fd)


def is_held(path: Path) -> bool:
    """True while somebody holds the lock exclusively; looks without disturbing."""
    held = take(path, exclusive=False) if path.exists() else None
    if held is None:
        return path.exists()
    held.release()
    return False


def _locked(fd: int, kind: int) -> bool:
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
