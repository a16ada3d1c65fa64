"""What remains of the lines of one order after refunds and cancellations. Pure; exact.

    O1: P1 2 x 30.00, P2 1 x 40.00      refund 20.00           P1 -12.00, P2 -8.00
                                        refund 20.00 of line 2  P2 -20.00
                                        refund 500.00           everything, 440.00 beyond the order

What remains of a base is base x (1 - refunded / paid amount of the line), whatever the base is. All
amounts here are paid amounts in thousandths of a minor unit.

Readings: a refund of a line that is larger than what remains of it takes the rest from the other
lines, as a cancellation does with what its products do not match. A refund that names no quantity
reduces the units in the proportion of the amount; one that names no line, or a line the order does
not have, is spread without a quantity. When all that was paid is refunded, nothing remains, of free
lines neither.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analytics.bases import MILLI
from analytics.exact import Left
from graph import money
from graph.model import NOBODY
from graph.money import Exact


@dataclass(slots=True)
class Line:
    """One line of an order and what was taken back of it."""

    row: int  # in columns.lines; NOBODY for the amount of an order without lines
    line_no: int | None
    product: int
    paid: int
    base: int
    units: int
    earns: bool
    taken: int = 0
    taken_bare: int = 0  # of it, without a quantity
    units_taken: int = 0

    @property
    def left(self) -> int:
        """What remains of the paid amount."""
        return self.paid - self.taken

    @property
    def units_left(self) -> int:
        """What remains of the quantity, by the quantities that were named."""
        return self.units - self.units_taken

    def take(self, amount: int, units: int | None = None) -> int:
        """Take back up to what remains (of a line that takes back: nothing); returns how much of
        `amount` it was.
        """
        part = min(amount, max(0, self.left))
        self.taken += part
        if units is None:
            self.taken_bare += part
        else:
            self.units_taken += min(units, max(0, self.units_left))
        return part

    def remaining(self) -> Left:
        """What remains of base and units; of a line that was free, what no quantity took back."""
        if not self.taken:
            return Left(Exact(self.base), Exact(self.units_left))
        if not self.left:
            return Left(Exact(0), Exact(0))
        units = self.units_left - Exact(self.units * self.taken_bare, self.paid)
        return Left(Exact(self.base * self.left, self.paid), max(Exact(0), units))


@dataclass
class Remains:
    """An order while its events are applied, one after the other, in the order they are given."""

    lines: list[Line]

    @property
    def left(self) -> int:
        """What remains of the paid amount of the order."""
        return sum(line.left for line in self.lines)

    def add(self, line: Line) -> None:
        """A line that arrived later; an order with a line has no amount of its own."""
        lines = [known for known in self.lines if known.row != NOBODY]
        self.lines = sorted([*lines, line], key=lambda known: known.row)

    def void(self) -> None:
        """Nothing remains."""
        self.lines = []

    def refund(self, amount_minor: int, line_no: int | None, units: int | None) -> int:
        """Apply a refund; returns by how many whole minor units it goes beyond the order."""
        amount, left = MILLI * abs(amount_minor), self.left
        if amount >= left > 0:
            self.void()
            return (amount - left) // MILLI
        named = [line for line in self.lines if line_no is not None and line.line_no == line_no]
        for line in named:
            amount -= line.take(amount, None if units is None else abs(units))
        self._spread(min(amount, self.left))
        return max(0, amount - left) // MILLI

    def cancel(self, cancelled: Iterable[Line]) -> int:
        """Apply a cancellation: its lines (negative) by product, the rest spread."""
        lines = list(cancelled)
        amount, left = sum(max(0, -line.paid) for line in lines), self.left
        if amount >= left > 0:
            self.void()
            return (amount - left) // MILLI
        rest = sum(self._match(line) for line in lines)
        self._spread(min(rest, self.left))
        return max(0, rest - left) // MILLI

    def remaining(self) -> list[tuple[int, Left]]:
        """The product and what remains, of each line that earns."""
        return [(line.product, line.remaining()) for line in self.lines if line.earns]

    def _match(self, cancelled: Line) -> int:
        """Take a cancelled line from the lines of its product; returns what they did not hold."""
        amount, units = max(0, -cancelled.paid), max(0, -cancelled.units)
        if cancelled.product < 0:
            return amount
        for line in self.lines:
            if line.product == cancelled.product and (amount or units):
                held = line.units_left
                amount -= line.take(amount, units)
                units -= min(units, held)
        return amount

    def _spread(self, amount: int) -> None:
        """Take `amount` from all lines by what remains of them, in whole minor units."""
        if amount <= 0:
            return
        unit = MILLI if amount % MILLI == 0 else 1
        shares = money.spread(amount // unit, [line.left for line in self.lines])
        taken = sum(_take(self.lines, [unit * share for share in shares]))
        for line in self.lines:  # a whole unit can be more than a line's last fraction of one
            taken += line.take(amount - taken)


def _take(lines: Sequence[Line], shares: Sequence[int]) -> list[int]:
    return [line.take(share) for line, share in zip(lines, shares, strict=True)]
