"""Errors and the exit codes they end a command with (0 ok, 1 failed, 2 usage, 3 done with rejects,
4 locked, 75 try again later, 130 interrupted).

    PlumblineError            base: one sentence for the user, with the remedy in it
    ├── Misconfigured   2     a setting, a file name or a plan is wrong
    ├── Missing         1     what was asked for is not there
    ├── Conflict        1     what is there contradicts what was asked
    ├── Locked          4     another command holds what this one needs
    └── Unavailable     75    the database or the disk does not answer now

Expected refusals inside a result (an unpaid level, a rejected row) are values, never one of these.
"""


class PlumblineError(Exception):
    """A sentence for the user; `code` is stable, `exit_code` ends a command."""

    code = "FAILED"
    exit_code = 1


class Misconfigured(PlumblineError):
    """A setting, an argument or a plan is wrong; nothing was done."""

    code = "MISCONFIGURED"
    exit_code = 2


class Missing(PlumblineError):
    """What was asked for is not there."""

    code = "NOT_FOUND"


class Conflict(PlumblineError):
    """What is there contradicts what was asked."""

    code = "CONFLICT"


class Locked(PlumblineError):
    """Another command holds what this one needs."""

    code = "LOCKED"
    exit_code = 4


class Unavailable(PlumblineError):
    """The database or the disk does not answer now; the same command may succeed later."""

    code = "RETRYABLE"
    exit_code = 75
