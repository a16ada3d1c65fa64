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

SETTINGS: dict[str, Any] = {"cache": True, "nogil": True}
WITHOUT_REFERENCES: dict[str, Any] = {"_nrt": False, "forceinline": True}
Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(function: Kernel) -> Kernel:
    """`function` as a cached kernel with the same signature."""
    return cast(Kernel, numba.njit(**SETTINGS)(function))


def inner(function: Kernel) -> Kernel:
    """`compiled` for what a kernel calls in its innermost loop: it may not make arrays, and so is
    spared the counting of references to the dozens of arrays that it is handed at every call.
    """
    return cast(Kernel, numba.njit(**SETTINGS, **WITHOUT_REFERENCES)(function))


def readonly(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A view that cannot be written and has no gaps: a kernel is then compiled once, not twice."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


@inner
def whole(number: Any) -> int:
    """`number` as the kernels' 64-bit integer: an array of 32 bits gives shorter ones."""
    longer: int = number + 0
    return longer
