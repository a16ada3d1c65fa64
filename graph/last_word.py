"""The last word of a command that is ended without one: killed, or by want of memory.

Native code that gets no memory ends its process at once, and so does the kernel where a limit is
reached (kill -9): neither lets Python speak. So a tiny shell waits beside the command at the end of
a pipe; where the pipe breaks before the command has said that it ends by itself, the shell says so.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress

WAIT = 'read -r ended || printf "plumbline: %s\\n" "$1" >&2'
SENTENCE = (
    "this command was ended before it could finish: by kill -9, or for want of memory; what it had"
    " finished is kept: give it more memory if it had too little, and run it again"
)


@contextmanager
def kept() -> Iterator[None]:
    """Around all that a command does: if the process dies within, SENTENCE is said after it."""
    with subprocess.Popen(
        ["sh", "-c", WAIT, "sh", SENTENCE],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for the command
    ) as shell:
        try:
            yield
        finally:
            if shell.stdin:
                with suppress(BrokenPipeError):
                    shell.stdin.write(b"ended\n")
                    shell.stdin.flush()
