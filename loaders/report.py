"""What a reading found: rows read, accepted, rejected and why, and what was noticed on the way."""

from dataclasses import dataclass, field


@dataclass
class Count:
    """Rows of one noun: read = accepted + repeated (identical rows beyond the first) + rejected."""

    read: int = 0
    accepted: int = 0
    repeated: int = 0
    rejected: int = 0


@dataclass
class Note:
    """Something noticed that rejects nothing; `code` has words in graph/words/intake.toml."""

    code: str
    facts: dict[str, object]


@dataclass
class Report:
    """Counts by noun and by code, the money of rejected orders, notes.

    `rejected[noun][code]` is a number of rows; `first_causes[code]` counts every rejected row under
    the code of its first cause, so that a cycle answers for all that it held back;
    `money[code][currency]` is the paid base of rejected orders and lines in minor units, as far as
    it can be read, by first cause.
    """

    counts: dict[str, Count] = field(default_factory=dict)
    rejected: dict[str, dict[str, int]] = field(default_factory=dict)
    first_causes: dict[str, int] = field(default_factory=dict)
    money: dict[str, dict[str, int]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)

    @property
    def rejects(self) -> int:
        """All rejected rows."""
        return sum(count.rejected for count in self.counts.values())
