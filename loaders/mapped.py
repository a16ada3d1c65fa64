"""What feeds a noun: its files, and the profile's mapping where they are another system's."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

import loaders.formats
import loaders.parquet_rows
import loaders.profiles
import loaders.values
from loaders.checks import Named
from loaders.nouns import NOUNS, Noun
from loaders.profiles import ANY, Counter, NounMap, Profile, Rule
from loaders.report import Report, likened
from loaders.source import FORMS, Source, Unreadable, form_of, stem_of
from loaders.spool import BATCH_ROWS
from loaders.times import Mask

PART_ROWS = 4 * BATCH_ROWS
HEADER_SHOWN_CHARS = 300
OTHER_DELIMITERS = {";": '";"', "\t": "TAB", "|": '"|"'}


@dataclass
class Feed:
    """The files of one noun; `mapping` None: they are canonical."""

    noun: Noun
    sources: Sequence[Source]
    mapping: NounMap | None = None
    counter: Counter = field(default_factory=Counter)

    @property
    def derived(self) -> bool:
        """True where rows are made from rows of something else."""
        return self.mapping is not None and self.mapping.derived

    @property
    def rules(self) -> Iterable[Rule]:
        """The rules of the mapping."""
        return () if self.mapping is None else self.mapping.rules.values()

    @property
    def wanted(self) -> frozenset[str]:
        """The columns that are read of the files."""
        return frozenset(self.noun.names) if self.mapping is None else self.mapping.columns

    @property
    def personal(self) -> frozenset[str]:
        """The columns of the files that no reject may show."""
        return self.noun.personal if self.mapping is None else self.mapping.personal

    @property
    def shown(self) -> Mapping[str, str]:
        """The names that canonical columns have in the files."""
        mapping = self.mapping
        return {} if mapping is None else {name: mapping.shown(name) for name in self.noun.names}


@dataclass(frozen=True)
class Miss:
    """Rows whose value a rule looks up in another noun, which does not have it."""

    mask: Mask
    column: str
    code: str
    ids: pl.Series
    causes: pl.DataFrame


def feeds(found: Sequence[Source], profile: Profile | None) -> dict[str, Feed]:
    """What feeds each noun; Unreadable for a noun in two forms, or where a profile finds no file.

    A profile needs not all of its files: a day's orders come without those who placed them.
    """
    canonical = {
        noun: Feed(NOUNS[noun], (source,))
        for noun, source in loaders.formats.by_noun(found, NOUNS).items()
    }
    if profile is None:
        return canonical
    sources = [Source(one.path, one.form, profile.encoding, profile.delimiter) for one in found]
    mapped: dict[str, Feed] = {}
    for noun, mapping in profile.nouns.items():
        chosen = [one for one in sources if mapping.file in (ANY, stem_of(one.path))]
        if chosen:
            mapped[noun] = Feed(NOUNS[noun], chosen, mapping)
    if not mapped:
        needed = " / ".join(dict.fromkeys(mapping.file for mapping in profile.nouns.values()))
        raise Unreadable("profile_file_missing", name=profile.name, file=needed)
    return canonical | mapped


def left_out(folder: Path, feeds: Mapping[str, Feed]) -> list[str]:
    """The names of files in the folder that feed nothing; a mistyped name shows here."""
    if folder.is_file():
        return []
    read = {source.path for feed in feeds.values() for source in feed.sources}
    left = sorted(
        path.name
        for path in folder.iterdir()
        if path not in read and path.is_file() and not path.name.startswith(".")
    )
    return files_likened(left)


def files_likened(names: Iterable[str]) -> list[str]:
    """Names of files, each with the name of a noun's file that may be meant."""
    found: list[str] = []
    for name in names:
        (noun,) = likened([name.split(".")[0]], NOUNS)
        meant = noun.rpartition("(")[2].removesuffix("?)") if "(" in noun else ""
        form = form_of(Path(name)) or FORMS[0]
        found.append(f"{name} ({meant}.{form}?)" if meant else name)
    return found


def check_header(feed: Feed, source: Source, report: Report) -> None:
    """Unreadable where a column that is needed is missing; unknown ones are named once."""
    header = loaders.formats.header(source)
    if header is None:
        return
    if feed.mapping is None:
        needed: Iterable[str] = feed.noun.required
    else:
        needed = sorted(feed.mapping.columns)
    missing = [name for name in needed if name not in header]
    if missing:
        raise _missing(missing, header, source)
    unknown = [name for name in header if name and name not in feed.wanted]
    if unknown and feed.mapping is None:
        free = [name for name in feed.noun.names if name not in header]
        columns = ", ".join(likened(unknown, free))
        report.note("unknown_columns", noun=feed.noun.name, columns=columns)
    if source.form == "parquet":
        _check_floats(feed, source, report)


def _missing(missing: Sequence[str], header: Sequence[str], source: Source) -> Unreadable:
    """What to say of a header without columns that are needed."""
    if len(header) == 1:
        for delimiter, shown in OTHER_DELIMITERS.items():
            if set(missing) & {name.strip(' "') for name in header[0].split(delimiter)}:
                return Unreadable("other_delimiter", file=source.name, delimiter=shown)
    return Unreadable(
        "missing_column",
        file=source.name,
        columns=", ".join(likened(missing, header)),
        header=", ".join(header)[:HEADER_SHOWN_CHARS],
    )


def _check_floats(feed: Feed, source: Source, report: Report) -> None:
    floats = [name for name in loaders.parquet_rows.float_columns(source) if name in feed.wanted]
    ids = {column.name for column in feed.noun.columns if column.kind == "id"}
    for name in floats:
        if feed.mapping is None and name in ids:
            raise Unreadable("parquet_type", file=source.name, column=name, type="double")
    if floats:
        report.note("float_columns", file=source.name, columns=", ".join(floats))


def canonical(feed: Feed, raw: pl.DataFrame, at: Named) -> tuple[pl.DataFrame, list[Miss]]:
    """The canonical text columns of a batch, and the rows of which a rule finds nothing."""
    if feed.mapping is None:
        return raw, []
    columns: dict[str, pl.Series] = {"file": raw["file"], "row": raw["row"]}
    misses: list[Miss] = []
    for name, rule in feed.mapping.rules.items():
        if rule.find:
            columns[name], miss = _found(rule, raw, at)
            misses += [miss] if miss.mask.any() else []
        else:
            columns[name] = loaders.profiles.text(rule, raw, feed.counter)
    text = pl.DataFrame(columns)
    if feed.derived:
        # A row without the id of this noun tells nothing of it: an invoice line of nobody.
        assert not misses, feed.noun.name
        text = text.filter(pl.col(feed.noun.key[0]).is_not_null())
    return text, misses


def _found(rule: Rule, raw: pl.DataFrame, at: Named) -> tuple[pl.Series, Miss]:
    """An attribute of the row of another noun that the column `by` names."""
    noun, attribute = rule.find.split(".")
    referable = at.of(noun)
    assert referable is not None, rule
    by = raw[rule.by] if rule.by in raw.columns else raw["row"].cast(pl.String).clear(raw.height)
    ids = loaders.values.parse_ids(loaders.values.clean(by)).values
    positions = referable.find(ids)
    values = referable.good.get(positions, attribute).cast(pl.String)
    missing = (positions < 0) & ids.is_not_null().to_numpy()
    miss = Miss(missing, rule.by, f"unknown_{noun[:-1]}", ids, referable.causes(ids))
    if rule.blank:
        given = pl.Series([rule.blank]).new_from_index(0, raw.height)
        values = given.set(values.is_not_null(), None)
    return values, miss


class Derived:
    """One row of all that share an id: first values stay, of some columns the earliest."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._parts: list[pl.DataFrame] = []
        self._rows = 0

    def add(self, typed: pl.DataFrame) -> None:
        """Good rows in file order; rows without an id derive nothing."""
        self._parts.append(typed)
        self._rows += typed.height
        if self._rows > PART_ROWS:
            self._parts = [self.rows()]
            self._rows = self._parts[0].height

    def rows(self) -> pl.DataFrame:
        """The derived rows so far, in the order in which their ids came first."""
        noun = self._feed.noun
        if not self._parts:
            return pl.DataFrame(schema=noun.schema)
        whole = pl.concat(self._parts, rechunk=True)
        mapping = self._feed.mapping
        earliest = mapping.earliest if mapping is not None else ()
        merged = [self._merged(name, earliest) for name in whole.columns if name not in noun.key]
        return whole.group_by(noun.key, maintain_order=True).agg(merged).select(list(noun.schema))

    @staticmethod
    def _merged(name: str, earliest: tuple[str, ...]) -> pl.Expr:
        if name in earliest:
            return pl.col(name).min()
        if name.removesuffix("_bare") in earliest:
            return pl.col(name).sort_by(name.removesuffix("_bare"), maintain_order=True).first()
        return pl.col(name).drop_nulls().first()
