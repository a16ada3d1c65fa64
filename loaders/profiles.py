"""Mapping profiles: how the columns of another system's files become the canonical ones.

A profile is a TOML file in profiles/. It is chosen by name, or recognised by the columns of the
files and then named aloud. Each canonical column has a rule:

    region = "country"                                    that column, as it is
    currency = {value = "GBP"}                            always this
    buyer_kind = {value = "customer", where = "customer_id"}      this, where that one is not blank
    product_id = {column = "StockCode", upper = true}
    customer_id = {column = "CustomerID", without_end = ".0"}
    kind = {column = "InvoiceNo", starts = {C = "cancellation"}, otherwise = "sale"}
    line_no = {count_within = "InvoiceNo"}                1, 2, 3, ... by row order
    seller_id = {find = "customers.distributor_id", by = "customer_id"}
    commissionable = {find = "orders.buyer_id", by = "order_id", blank = "0"}     this, where blank

`derived = true` makes one row of all that share an id: the first value that is not blank stays, in
file and row order; of the columns in `earliest` the earliest.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path

import polars as pl

import loaders.formats
import loaders.values
from loaders.nouns import NOUNS, Noun
from loaders.source import Source, Unreadable, stem_of

FOLDER = Path(__file__).parent / "profiles"
ANY = "*"


@dataclass(frozen=True)
class Rule:
    """Where one canonical column comes from; the fields are the words of the module's text."""

    column: str = ""
    value: str = ""
    where: str = ""
    upper: bool = False
    without_end: str = ""
    starts: Mapping[str, str] = field(default_factory=dict)
    otherwise: str = ""
    count_within: str = ""
    find: str = ""
    by: str = ""
    blank: str = ""

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns of the file that the rule reads."""
        given = (self.column, self.where, self.count_within, self.by)
        return tuple(name for name in given if name)


@dataclass(frozen=True)
class NounMap:
    """How rows of a file become rows of one noun."""

    noun: Noun
    file: str
    rules: Mapping[str, Rule]
    derived: bool = False
    earliest: tuple[str, ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """The columns of the file that the rules read."""
        return frozenset(name for rule in self.rules.values() for name in rule.sources)

    @property
    def personal(self) -> frozenset[str]:
        """Those of them that become personal columns."""
        names = self.noun.personal & self.rules.keys()
        return frozenset(source for name in names for source in self.rules[name].sources)

    def shown(self, column: str) -> str:
        """The name in the file of a canonical column, for messages."""
        rule = self.rules.get(column)
        return rule.sources[0] if rule and rule.sources else column


@dataclass(frozen=True)
class Profile:
    """A form of files: `recognised_by` are columns by file (or ANY file)."""

    name: str
    recognised_by: Mapping[str, tuple[str, ...]]
    nouns: Mapping[str, NounMap]
    encoding: str = "utf-8"
    delimiter: str = ","


@cache
def shipped() -> Mapping[str, Profile]:
    """All profiles by name."""
    return {path.stem: _parsed(path) for path in sorted(FOLDER.glob("*.toml"))}


def _parsed(path: Path) -> Profile:
    raw = tomllib.loads(path.read_text("utf-8"))
    nouns = {
        name: NounMap(
            NOUNS[name],
            table["file"],
            {column: _rule(rule) for column, rule in table["columns"].items()},
            table.get("derived", False),
            tuple(table.get("earliest", ())),
        )
        for name, table in raw["nouns"].items()
    }
    recognised = {file: tuple(columns) for file, columns in raw["recognised_by"].items()}
    return Profile(
        path.stem, recognised, nouns, raw.get("encoding", "utf-8"), raw.get("delimiter", ",")
    )


def _rule(raw: str | dict[str, object]) -> Rule:
    given: dict[str, object] = {"column": raw} if isinstance(raw, str) else raw
    assert given.keys() <= {one.name for one in fields(Rule)}, given
    return Rule(**given)  # type: ignore[arg-type]


def chosen(name: str | None, sources: Sequence[Source]) -> tuple[Profile | None, bool]:
    """The profile of that name, or the one that the files' columns tell; and whether they told."""
    if name is not None:
        if name not in shipped():
            raise Unreadable("no_profile", name=name, known=", ".join(shipped()))
        return shipped()[name], False
    for profile in shipped().values():
        if _tells(profile, sources):
            return profile, True
    return None, False


def _tells(profile: Profile, sources: Sequence[Source]) -> bool:
    by_stem = {stem_of(source.path): source for source in sources}
    for file, columns in profile.recognised_by.items():
        if file == ANY:
            if by_stem.keys() & NOUNS.keys() or not any(_has(one, columns) for one in sources):
                return False
        elif file not in by_stem or not _has(by_stem[file], columns):
            return False
    return True


def _has(source: Source, columns: Sequence[str]) -> bool:
    """True where the header holds the columns; a file that cannot be read tells nothing."""
    try:
        return set(columns) <= set(loaders.formats.header(source) or ())
    except Unreadable:
        return False


@dataclass
class Counter:
    """Running numbers within a group of rows, across batches."""

    seen: dict[str, int] = field(default_factory=dict)

    def next(self, groups: pl.Series) -> pl.Series:
        """1, 2, 3, ... for each row of its group, as text; null where the group is blank."""
        frame = groups.rename("group").to_frame()
        nth = frame.select(pl.int_range(1, pl.len() + 1).over("group")).to_series()
        distinct = groups.drop_nulls().unique()
        before = {group: self.seen.get(group, 0) for group in distinct}
        counts = frame.filter(pl.col("group").is_not_null()).group_by("group").len()
        for group, count in counts.iter_rows():
            self.seen[group] = before[group] + count
        known = groups.replace_strict(before, default=None, return_dtype=pl.Int64)
        return (nth + known).cast(pl.String)


def text(rule: Rule, frame: pl.DataFrame, counter: Counter) -> pl.Series:
    """A canonical text column by a rule that needs no other noun."""
    blank = pl.Series([None], dtype=pl.String).new_from_index(0, frame.height)

    def column(name: str) -> pl.Series:
        return loaders.values.clean(frame[name]) if name in frame.columns else blank

    if rule.count_within:
        return counter.next(column(rule.count_within))
    if rule.value:
        value = pl.Series([rule.value]).new_from_index(0, frame.height)
        return value.zip_with(column(rule.where).is_not_null(), blank) if rule.where else value
    values = column(rule.column)
    if rule.upper:
        values = values.str.to_uppercase()
    if rule.without_end:
        values = values.str.strip_suffix(rule.without_end)
    if rule.starts:
        begun = values.str.slice(0, 1).replace_strict(
            dict(rule.starts), default=rule.otherwise, return_dtype=pl.String
        )
        values = begun.zip_with(values.is_not_null(), blank)
    return values
