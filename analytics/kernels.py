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
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import types
from numba.extending import intrinsic

SETTINGS: dict[str, Any] = {"cache": True, "nogil": True}
UNCOUNTED: dict[str, Any] = {"_nrt": False}
WITHOUT_REFERENCES: dict[str, Any] = {**UNCOUNTED, "forceinline": True}
Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(function: Kernel) -> Kernel:
    """`function` as a cached kernel with the same signature."""
    return cast(Kernel, numba.njit(**SETTINGS)(function))


def inner(function: Kernel) -> Kernel:
    """`compiled` for what a kernel calls in its innermost loop: it may not make arrays, and so is
    spared the counting of references to the dozens of arrays that it is handed at every call.
    """
    return cast(Kernel, numba.njit(**SETTINGS, **WITHOUT_REFERENCES)(function))


def called(function: Kernel) -> Kernel:
    """`inner` without being copied into its caller: for what is long and seldom needed there."""
    return cast(Kernel, numba.njit(**SETTINGS, **UNCOUNTED)(function))


def _prefetch(_context: Any, array: Any, row: Any) -> Any:
    """The instruction for `prefetch`; no value."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        pointer, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = signature.args[0]
        data = context.make_array(kind)(context, builder, given[0])
        stride = builder.extract_value(data.strides, 0)
        number_of = builder.sext(given[1], stride.type)
        place = builder.gep(builder.bitcast(data.data, pointer), [builder.mul(number_of, stride)])
        shape = ir.FunctionType(ir.VoidType(), [pointer, number, number, number])
        ask = builder.module.declare_intrinsic("llvm.prefetch", [pointer], shape)
        builder.call(ask, [place, *(ir.Constant(number, how) for how in (1, 3, 1))])
        return context.get_dummy_value()

    return types.void(array, types.int32), code


prefetch = cast(Callable[[npt.NDArray[Any], Any], None], intrinsic(_prefetch))
"""In a kernel: call for the memory of `array[row]`, soon to be written; any row will do."""


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


@inner
def no(number: Any) -> np.uintp:
    """`number` as an index known not to be negative: the kernel then spares the test whether it
    counts from the end.
    """
    return np.uintp(number)
