"""Results in one form, and whether two of them agree: every entry and every roll-up, exactly."""

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

ROLL_UPS = (
    *("depth", "downline", "height", "children"),
    *("orders", "volume", "group_volume", "earned_1", "earned_2", "earned_3"),
)
PERCENT = (10, 5, 3)
LEVELS = len(PERCENT)

Column = npt.NDArray[Any]


class Figures(NamedTuple):
    """Entries in any order, roll-ups by distributor row; volumes and amounts in minor units."""

    entries: Mapping[str, Column]  # order, beneficiary, level, amount
    roll_ups: Mapping[str, Column]  # of ROLL_UPS


def fingerprint(figures: Figures) -> dict[str, str]:
    """Digests, counts and sums that are equal where the figures are."""
    entries = Fingerprint()
    entries.add(**figures.entries)
    return entries.said() | roll_ups_said(figures.roll_ups)


def roll_ups_said(roll_ups: Mapping[str, Column]) -> dict[str, str]:
    """A digest of each roll-up."""
    return {name: _digest(np.asarray(roll_ups[name], np.int64)) for name in ROLL_UPS}


class Fingerprint:
    """Of entries that come piece by piece, in any order."""

    def __init__(self) -> None:
        self.number, self.amount, self.mixed = 0, 0, 0

    def add(self, order: Column, beneficiary: Column, level: Column, amount: Column) -> None:
        """Count entries in: each is mixed into 64 bits, and those are added up."""
        mixed = np.zeros(len(order), np.uint64)
        for column in (order, beneficiary, level, amount):
            mixed = _mix(mixed ^ np.asarray(column).astype(np.int64).view(np.uint64))
        self.number += len(order)
        self.amount += int(np.asarray(amount).astype(np.int64).sum())
        self.mixed = (self.mixed + int(mixed.sum(dtype=np.uint64))) % 2**64

    def said(self) -> dict[str, str]:
        """What must be equal."""
        return {
            "entries": str(self.number),
            "paid": str(self.amount),
            "entries_mixed": f"{self.mixed:016x}",
        }


def _mix(value: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """One step of splitmix64: every bit of the input reaches every bit of the output."""
    value = value + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


def _digest(column: Column) -> str:
    return hashlib.sha256(np.ascontiguousarray(column).tobytes()).hexdigest()[:16]
