"""Reading one table of a plan file key by key, keeping every problem, not only the first.

A `Table` wraps what TOML gave. Each method takes one key out, checks its form and returns the value
or the default; what is wrong is added to the shared list of problems with the whole key
(`product_rates[2].rates[1]`). Keys that nobody took are unknown keys. Rates and amounts must be
text: a TOML float has lost its exact value before anyone can look at it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any, TypeVar

from graph import money
from graph.money import Exact

DAYS_MAX = 100_000
SHOWN_CHARS_MAX = 80
LEVELS_MAX = 200
TEXT_MAX = 128
YEARS = (1970, 2200)

T = TypeVar("T")


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a plan file: the whole key, a code of graph/words/lint.toml, facts."""

    key: str
    code: str
    facts: Mapping[str, object] = field(default_factory=dict)


class Table:
    """One table of the file. `problems` is shared by all tables of one file."""

    def __init__(self, raw: Mapping[str, Any], path: str, problems: list[Problem]) -> None:
        self.raw = dict(raw)
        self.path = path
        self.problems = problems
        self._asked: list[str] = []

    def at(self, key: str) -> str:
        """The whole name of a key of this table."""
        return f"{self.path}.{key}" if self.path else key

    def wrong(self, key: str, code: str, **facts: object) -> None:
        """Note a problem at the whole name `key`."""
        shown = {name: _shown(value) for name, value in facts.items()}
        self.problems.append(Problem(_shown(key), code, shown))

    def take(self, key: str) -> Any:
        """The raw value, or None where the key was left out."""
        self._asked.append(key)
        return self.raw.pop(key, None)

    def close(self) -> None:
        """Every key that nobody took is unknown."""
        for key, value in self.raw.items():
            self.wrong(self.at(key), "unknown_key", value=value, allowed=Listed(self._asked))
        self.raw.clear()

    def text(self, key: str, *, default: str | None = None) -> str:
        """A text of 1 to 128 characters; without a default the key must be there."""
        value = self.take(key)
        if value is None and default is not None:
            return default
        if value is None:
            self.wrong(self.at(key), "missing")
        elif not isinstance(value, str):
            self.wrong(self.at(key), "not_text", value=value)
        elif not value.strip() or len(value) > TEXT_MAX or value != value.strip():
            self.wrong(self.at(key), "bad_text", most=TEXT_MAX)
        else:
            return value
        return ""

    def word(self, key: str, allowed: Sequence[str]) -> str:
        """One of a closed list; the first is the default."""
        value = self.take(key)
        if value is None or value in allowed:
            return str(value or allowed[0])
        self.wrong(self.at(key), "unknown_word", value=value, allowed=Listed(allowed))
        return allowed[0]

    def words(self, key: str, allowed: Sequence[str] | None, default: Sequence[str]) -> list[str]:
        """A list of distinct texts, each of a closed list where one is given."""
        found: list[str] = []
        for at, value in self.items(key, default):
            if not isinstance(value, str) or not value.strip():
                self.wrong(at, "not_text", value=value)
            elif allowed is not None and value not in allowed:
                self.wrong(at, "unknown_word", value=value, allowed=Listed(allowed))
            elif value in found:
                self.wrong(at, "duplicate", value=value)
            else:
                found.append(value)
        return found

    def items(self, key: str, default: Sequence[Any] = ()) -> Iterator[tuple[str, Any]]:
        """The members of a list with their whole names, counted from 1."""
        value = self.take(key)
        if value is not None and not isinstance(value, list):
            self.wrong(self.at(key), "not_list")
            value = None
        for place, member in enumerate(default if value is None else value, 1):
            yield f"{self.at(key)}[{place}]", member

    def flag(self, key: str) -> bool:
        """true or false; false where left out."""
        value = self.take(key)
        if value is None or isinstance(value, bool):
            return bool(value)
        self.wrong(self.at(key), "not_flag", value=value)
        return False

    def whole(self, key: str, *, low: int, high: int, default: int | None = None) -> int:
        """A whole number between two bounds; without a default the key must be there."""
        value = self.take(key)
        if value is None and default is not None:
            return default
        if value is None:
            self.wrong(self.at(key), "missing")
        elif isinstance(value, bool) or not isinstance(value, int):
            self.wrong(self.at(key), "not_whole", value=value)
        elif not low <= value <= high:
            self.wrong(self.at(key), "out_of_range", value=value, low=low, high=high)
        else:
            return value
        return low

    def rate(self, key: str, *, default: Exact | None = None, most: int | None = None) -> Exact:
        """One exact rate of 0 or more, at most `most` where one is given."""
        value = self.take(key)
        if value is None and default is not None:
            return default
        if value is None:
            self.wrong(self.at(key), "missing")
            return Exact(0)
        rate = self.exact(self.at(key), value)
        if most is not None and rate > most:
            self.wrong(self.at(key), "out_of_range", value=value, low=0, high=most)
        return rate

    def rates(self, key: str) -> tuple[Exact, ...] | None:
        """A list of exact rates (or amounts) by level, None where left out."""
        if key not in self.raw:
            self._asked.append(key)
            return None
        found = tuple(self.exact(at, value) for at, value in self.items(key))
        if len(found) > LEVELS_MAX:
            self.wrong(self.at(key), "too_many_levels", most=LEVELS_MAX)
        return found

    def exact(self, at: str, value: Any) -> Exact:
        """A number written as text: 0 or more, at most nine decimals."""
        code = _fault(value)
        if code:
            self.wrong(at, code, value=value, most=money.RATE_DECIMALS_MAX)
            return Exact(0)
        return money.parse_rate(value)

    def amounts(self, key: str, *, needed: bool = True) -> dict[str, int]:
        """Money by currency, `{CNY = "100.00"}`, as minor units."""
        inner = self.table(key)
        if inner is None or not inner.raw:
            if needed:
                self.wrong(self.at(key), "missing")
            return {}
        found = {
            currency: self._amount(inner.at(currency), currency, value)
            for currency, value in inner.raw.items()
        }
        return dict(sorted(found.items()))

    def _amount(self, at: str, currency: str, value: Any) -> int:
        if currency not in money.known_currencies():
            self.wrong(at, "unknown_currency", currency=currency)
            return 0
        before = len(self.problems)
        minor = self.exact(at, value) * 10 ** money.exponent(currency)
        if len(self.problems) > before:
            return 0
        if minor.denominator != 1:
            self.wrong(at, "more_decimals_than_currency", value=value, currency=currency)
        elif minor > money.MINOR_UNITS_MAX:
            self.wrong(at, "amount_too_large", value=value)
        return int(minor)

    def moment(self, key: str, zone: tzinfo) -> int:
        """A time in ms UTC, 0 where left out: a bare one is in `zone`, a date its first moment."""
        value = self.take(key)
        if value is None:
            return 0
        moment = _moment(value, zone)
        if moment is None or not YEARS[0] <= moment.year <= YEARS[1]:
            self.wrong(self.at(key), "bad_time", value=value)
            return 0
        return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // _MILLISECOND

    def table(self, key: str) -> "Table | None":
        """A table inside this one, None where left out."""
        value = self.take(key)
        if value is not None and not isinstance(value, dict):
            self.wrong(self.at(key), "not_table")
            value = None
        return None if value is None else Table(value, self.at(key), self.problems)

    def tables(self, key: str) -> "Iterator[Table]":
        """Each `[[key]]` table."""
        for at, value in self.items(key):
            if isinstance(value, dict):
                yield Table(value, at, self.problems)
            else:
                self.wrong(at, "not_table")

    def mapping(self, key: str, read: Callable[["Table", str], T]) -> dict[str, T]:
        """A table whose keys are names (ranks), sorted by name; empty where left out."""
        inner = self.table(key)
        if inner is None:
            return {}
        for name in [name for name in inner.raw if not name.strip()]:
            self.wrong(inner.at(repr(name)), "bad_text", most=TEXT_MAX)
        return {name: read(inner, name) for name in sorted(inner.raw)}


class Listed(tuple[str, ...]):
    """The names of a list, shown whole."""

    def __str__(self) -> str:
        return ", ".join(self)


def _shown(value: object) -> str:
    """A value as a message shows it: one line, nothing that a terminal would obey, not too long."""
    if isinstance(value, Listed):
        return str(value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    cut = text if len(text) <= SHOWN_CHARS_MAX else f"{text[:SHOWN_CHARS_MAX]}…"
    return "".join(sign if sign.isprintable() else " " for sign in cut)


_MILLISECOND = datetime(1970, 1, 1, 0, 0, 0, 1000) - datetime(1970, 1, 1)


def _fault(value: Any) -> str:
    """What keeps a value from being a rate: a code, or nothing."""
    if not isinstance(value, str):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return "number_not_text" if number else "not_text"
    if not value.strip():
        return "blank_rate"
    try:
        exact = money.parse_exact(value)
    except ValueError:
        return "not_decimal"
    if exact < 0:
        return "negative"
    scaled = exact * 10**money.RATE_DECIMALS_MAX
    return "" if scaled.denominator == 1 else "too_many_decimals"


def _moment(value: Any, zone: tzinfo) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):
        return None
    try:
        return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        return None
