"""A disk that is full or refuses, told by its errors, whichever library raises them."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graph.errors import Unavailable

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
TROUBLE = FULL | {errno.EIO, errno.EROFS}

_TOLD = re.compile(r"\(os error (\d+)\)")  # how native code tells an errno, in its sentence only


def errno_of(problem: BaseException) -> int | None:
    """The errno of an OSError, or the one that the sentence of a native library gives."""
    if isinstance(problem, OSError) and problem.errno is not None:
        return problem.errno
    told = _TOLD.search(str(problem))
    return int(told[1]) if told else None


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Around what writes below `place`: Unavailable where its disk is full or refuses."""
    try:
        yield
    except Exception as problem:
        number = errno_of(problem)
        if number not in TROUBLE:
            raise
        raise Unavailable(sentence(number, place)) from None


def sentence(number: int | None, place: Path | str) -> str:
    """What is wrong with the disk of a place, and what to do."""
    if number in FULL:
        return f"the disk of {place} is full; free some space and run the same command again"
    return f"the disk of {place} cannot be written; look after it and run the same command again"
