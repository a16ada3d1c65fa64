"""What a reading found: rows read, accepted, rejected and why, and what was noticed on the way."""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import polars as pl

import graph.words
import loaders.rows
from graph import money
from loaders.nouns import NOUNS
from loaders.source import printable

NAMED_MAX = 20
"""So many ids or places are printed with a note; the report holds them all."""

LIKE_MIN = 0.8
"""How alike two names are (difflib) of which one may be meant for the other."""


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

    def text(self, lang: str) -> str:
        """The sentence in a language."""
        return graph.words.text("intake", self.code, lang, **self.facts)


@dataclass
class Report:
    """Counts by noun and by code, the money of rejected orders, notes.

    `rejected[noun][code]` is a number of rows; `first_causes[code]` counts every rejected row under
    the code of its first cause, so that a cycle answers for all that it held back;
    `money[code][currency]` is the paid base of rejected orders and lines in minor units (rounded
    half up), as far as it can be read, by first cause. `incomplete` are good orders of which a line
    was rejected; `repeated` places of identical rows beyond the first.
    """

    counts: dict[str, Count] = field(default_factory=dict)
    rejected: dict[str, dict[str, int]] = field(default_factory=dict)
    first_causes: dict[str, int] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    _milli: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def rejects(self) -> int:
        """All rejected rows."""
        return sum(count.rejected for count in self.counts.values())

    @property
    def money(self) -> dict[str, dict[str, int]]:
        """Rejected order money by code of the first cause and currency, minor units."""
        return {
            code: {
                currency: money.round_ratio(milli, 1000, money.HALF_UP)
                for currency, milli in sums.items()
            }
            for code, sums in self._milli.items()
        }

    def count(self, noun: str) -> Count:
        """The counts of a noun, made where there are none yet."""
        return self.counts.setdefault(noun, Count())

    def note(self, code: str, **facts: object) -> None:
        """Add a note."""
        shown = {k: printable(v) if isinstance(v, str) else v for k, v in facts.items()}
        self.notes.append(Note(code, shown))

    def reject(self, noun: str, faults: pl.DataFrame) -> None:
        """Count FAULTS of a noun."""
        self.count(noun).rejected += faults.height
        by_code = self.rejected.setdefault(noun, {})
        first = pl.coalesce("cause_code", "code").alias("first")
        for (code, cause), rows in faults.group_by("code", first, maintain_order=True):
            by_code[str(code)] = by_code.get(str(code), 0) + rows.height
            self.first_causes[str(cause)] = self.first_causes.get(str(cause), 0) + rows.height

    def reject_money(self, noun: str, typed: pl.DataFrame, faults: pl.DataFrame) -> None:
        """Add the order money of rejected rows: `typed` beside their `faults`, as far as typed."""
        if noun not in ("orders", "order_lines") or not typed.height:
            return
        if noun == "orders":
            base = typed.select(pl.col("amount").cast(pl.Int128) * 1000).to_series()
        else:
            base = loaders.rows.paid_base_milli(typed)
        code = faults.select(pl.coalesce("cause_code", "code")).to_series()
        sums = pl.DataFrame({"code": code, "currency": typed["currency"], "base": base})
        for row in sums.drop_nulls().group_by("code", "currency").agg(pl.sum("base")).iter_rows():
            by_currency = self._milli.setdefault(str(row[0]), {})
            by_currency[str(row[1])] = by_currency.get(str(row[1]), 0) + int(row[2])

    def lines(self, lang: str) -> Iterator[str]:
        """The whole report in a language, line by line."""
        for noun in (noun for noun in NOUNS if noun in self.counts):
            count = self.counts[noun]
            yield graph.words.text("intake", "counted", lang, noun=noun, **vars(count))
            for code, rows in sorted(self.rejected.get(noun, {}).items()):
                yield graph.words.text("intake", "rejected", lang, noun=noun, rows=rows, code=code)
        for code, sums in sorted(self.money.items()):
            for currency, minor in sorted(sums.items()):
                amount = money.format_minor(minor, currency)
                facts = {"code": code, "amount": amount, "currency": currency}
                yield graph.words.text("intake", "rejected_money", lang, **facts)
        if self.incomplete:
            orders = named(self.incomplete)
            rows = len(self.incomplete)
            yield graph.words.text("intake", "incomplete", lang, rows=rows, orders=orders)
        for note in self.notes:
            yield note.text(lang)


def named(ids: list[str]) -> str:
    """The first few ids, and that there are more."""
    more = ", …" if len(ids) > NAMED_MAX else ""
    return ", ".join(ids[:NAMED_MAX]) + more


def likened(names: Iterable[str], known: Iterable[str]) -> list[str]:
    """Each name that nobody knows, with the known one that may be meant: "sponser (sponsor?)"."""
    plain = {_plain(name): name for name in known}
    found: list[str] = []
    for name in names:
        near = difflib.get_close_matches(_plain(name), plain, n=1, cutoff=LIKE_MIN)
        found.append(f"{name} ({plain[near[0]]}?)" if near else name)
    return found


def _plain(name: str) -> str:
    return name.lower().replace(" ", "_").replace("-", "_")
