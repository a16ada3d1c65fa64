"""`compiled`: numba's njit with the settings that every kernel here shares, typed for the checkers.

The machine code is cached on disk beside the source (or in NUMBA_CACHE_DIR), so that only the first
start on a machine pays for the compilation. Kernels release the GIL. Integers inside them wrap:
whoever calls one has made sure that its sums fit 64 bits.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(function: Kernel) -> Kernel:
    """`function` as a cached kernel with the same signature."""
    return cast(Kernel, numba.njit(cache=True, nogil=True)(function))


def readonly(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A view that cannot be written and has no gaps: a kernel is then compiled once, not twice."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


@compiled
def whole(number: int) -> int:
    """`number` as the kernels' 64-bit integer: an array of 32 bits gives shorter ones."""
    return number + 0
