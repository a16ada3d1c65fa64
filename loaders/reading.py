"""One reading of a folder, noun by noun: rows typed, checked, spooled or rejected, then settled.

While a file is read its rows are judged by themselves and by what they name; when it has been read
whole, by each other: rows that share an id, sponsors, links between rows of one file. Rows that
fall then are taken out of the spool, and their texts are read once more.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

import graph.sealing
import loaders.checks
import loaders.duplicates
import loaders.formats
import loaders.gathered
import loaders.identities
import loaders.mapped
import loaders.nouns
import loaders.rows
import loaders.tree
from graph.settings import Settings
from loaders.duplicates import Keys
from loaders.gathered import Gathered
from loaders.mapped import Derived, Feed
from loaders.nouns import NOUNS
from loaders.references import Known
from loaders.rejecting import Rejecting
from loaders.rejects import Rejects
from loaders.report import Report, likened, named
from loaders.rows import Checked, Company
from loaders.source import Raw, Source
from loaders.spool import Table, places

Progress = Callable[[str, int, int], None]
"""Called after each batch with the noun, the bytes of its files read so far and those in all."""

# The columns of a good row that later rows need, by the names of `loaders.references`.
KEPT: Mapping[str, Mapping[str, str]] = {
    "distributors": {"distributor_id": "id", "joined_at": "joined_at", "region": "region"},
    "customers": {"customer_id": "id", "distributor_id": "distributor_id", "region": "region"},
    "products": {"product_id": "id"},
    "orders": {
        "order_id": "id",
        "kind": "kind",
        "currency": "currency",
        "region": "region",
        "buyer_id": "buyer_id",
    },
    "payouts": {"payout_id": "id"},
}
TREE = ("distributors", "sponsor_changes")


@dataclass
class _Counts:
    """What a file left to the company's settings."""

    blank_currencies: int = 0
    bare_times: int = 0
    unknown: set[str] = field(default_factory=set)

    def add(self, checked: Checked, batch: Gathered) -> None:
        self.blank_currencies += checked.blank_currencies
        self.bare_times += checked.bare_times
        self.unknown |= batch.unknown

    def note(self, report: Report, noun: str, company: Company) -> None:
        if self.unknown:
            columns = ", ".join(likened(sorted(self.unknown), NOUNS[noun].names))
            report.note("unknown_columns", noun=noun, columns=columns)
        if self.blank_currencies:
            facts = {"rows": self.blank_currencies, "currency": company.currency}
            report.note("blank_currency", noun=noun, **facts)
        if self.bare_times:
            facts = {"rows": self.bare_times, "zone": company.zone}
            report.note("bare_times", noun=noun, **facts)


class Reading:
    """The state of a reading; `tables`, `report` and `rejecting` are its result."""

    def __init__(
        self,
        settings: Settings,
        known: Known,
        feeds: Mapping[str, Feed],
        spool: Path,
        rejects: Rejects,
    ) -> None:
        self.settings, self.known, self.feeds, self.spool = settings, known, feeds, spool
        self.company = Company(settings.time_zone, settings.currency)
        finds = {rule.find for feed in feeds.values() for rule in feed.rules}
        self.at = loaders.checks.named(
            known,
            settings.time_zone,
            with_regions="identifiers" in feeds,
            with_buyers="orders.buyer_id" in finds,
        )
        self.at.has_products |= "products" in feeds
        self.at.lines.given = "order_lines" in feeds
        self._names_lines = bool(feeds.keys() & {"refunds", "resales"})
        self.tables: dict[str, Table] = {}
        self.report = Report()
        self.rejecting = Rejecting(rejects, self.report, self.at)
        self._contested: dict[str, str] = {}
        self._seen: set[Path] = set()

    def run(self, progress: Progress | None) -> None:
        """Read every noun in the order in which rows may name each other."""
        for noun in NOUNS.values():
            table = Table(noun.name, noun.schema, self.spool / noun.name)
            self.tables[noun.name] = table
            if noun.name in self.feeds:
                self._read(self.feeds[noun.name], table, progress)
            if noun.name == TREE[-1]:
                self._grow()
            elif noun.name not in TREE:
                self._keep(table)
        self.rejecting.note_incomplete()

    # One file ------------------------------------------------------------------------------------

    def _read(self, feed: Feed, table: Table, progress: Progress | None) -> None:
        table.files = tuple(source.path for source in feed.sources)
        table.derived = feed.derived
        keys, derived, counts = Keys(feed.noun), Derived(feed), _Counts()
        for batch in loaders.gathered.gathered(self._raws(feed, progress)):
            good = self._good(feed, batch, counts)
            if feed.derived:
                derived.add(good)
            else:
                keys.add(good)
                table.append(good)
            if self._names_lines and feed.noun.name == "order_lines":
                self.at.lines.add(good)
        table.append(derived.rows())
        counts.note(self.report, feed.noun.name, self.company)
        self._count(feed, table)
        self._settle_duplicates(feed, table, keys)
        self._seen.update(table.files)

    def _raws(self, feed: Feed, progress: Progress | None) -> Iterator[tuple[int, Raw]]:
        """The batches of all files of a noun, each with the position of its file."""
        self.report.count(feed.noun.name)
        sizes = [source.path.stat().st_size for source in feed.sources]
        for file, source in enumerate(feed.sources):
            loaders.mapped.check_header(feed, source, self.report)
            for raw in loaders.formats.read(source, wanted=feed.wanted, personal=feed.personal):
                yield file, self._unspoiled(source, raw)
                if progress is not None:
                    progress(feed.noun.name, sum(sizes[:file]) + raw.bytes_read, sum(sizes))

    def _unspoiled(self, source: Source, raw: Raw) -> Raw:
        """A file that gives several nouns is read for each of them: a row is rejected once."""
        if source.path not in self._seen:
            return raw
        bad = self.rejecting.spoiled.get(source.path)
        frame = raw.frame.filter(~raw.frame["row"].is_in(sorted(bad))) if bad else raw.frame
        return Raw(frame, raw.texts, [], raw.bytes_read, raw.unknown)

    def _good(self, feed: Feed, batch: Gathered, counts: _Counts) -> pl.DataFrame:
        """The good rows of a batch; the others are rejected."""
        noun = feed.noun
        text, misses = loaders.mapped.canonical(feed, batch.frame, self.at)
        currency_of = self._currency_of if noun.name == "order_lines" else None
        checked = loaders.rows.check(noun, text, self.company, currency_of)
        faults = checked.faults
        for miss in misses:
            faults.mark(miss.mask, miss.column, miss.code, value=miss.ids, cause=miss.causes)
        typed = loaders.checks.check(noun.name, checked.typed, faults, self.at)
        counts.add(checked, batch)
        self.report.count(noun.name).read += typed.height
        for file, broken in batch.broken:
            self.report.count(noun.name).read += len(broken)
            self.rejecting.broken(feed, file, broken)
        if faults.bad.any():
            frame = faults.frame(typed["file"], typed["row"])
            texts = batch.texts(frame, feed.personal)
            self.rejecting.reject(feed, frame, typed.filter(faults.bad), texts)
            typed = typed.filter(~faults.bad)
        return self._sealed(typed) if noun.name == "identifiers" and typed.height else typed

    def _currency_of(self, order_ids: pl.Series) -> pl.Series:
        return loaders.checks.currency_of(self.at, order_ids)

    def _sealed(self, typed: pl.DataFrame) -> pl.DataFrame:
        salt = graph.sealing.salt(self.settings.data_folder)
        filled = loaders.nouns.filled("identifiers", typed)
        regions = loaders.checks.regions_of(self.at, typed)
        return typed.with_columns(loaders.identities.sealed(filled, regions, salt)["value"])

    # When a file has been read whole -------------------------------------------------------------

    def _count(self, feed: Feed, table: Table) -> None:
        count = self.report.count(feed.noun.name)
        count.accepted = table.rows
        if feed.derived:
            count.read = table.rows + count.rejected
            self.report.note("derived", noun=feed.noun.name, rows=table.rows)

    def _settle_duplicates(self, feed: Feed, table: Table, keys: Keys) -> None:
        name, repeated = feed.noun.name, list[str]()
        for chunk in keys.chunks():
            shared = loaders.duplicates.compared(feed.noun, table, chunk)
            if shared.repeated.height:
                at = places(shared.repeated)
                table.drop(at)
                repeated.extend(table.place_names(at))
            if name == "sponsor_changes":
                two = shared.differing.filter(pl.col("code") == "two_sponsors")
                self._contested.update(two.select("value", "detail").iter_rows())
            self.rejecting.late(feed, table, shared.differing)
        count = self.report.count(name)
        count.accepted, count.repeated = table.rows, len(repeated)
        if repeated:
            self.report.repeated += repeated
            facts = {"rows": len(repeated), "places": named(repeated)}
            self.report.note("identical_rows", noun=name, **facts)

    def _keep(self, table: Table) -> None:
        """Make the good rows of a noun known to the rows that come."""
        noun = table.noun
        referable, link = self.at.of(noun), loaders.checks.LINKS.get(noun)
        if referable is None or noun not in self.feeds:
            return
        self._add(table)
        if link is None:
            return
        linked = [batch.filter(batch[link.column].is_not_null()) for batch in table.batches()]
        rows = pl.concat([pl.DataFrame(schema=table.schema), *linked], rechunk=True)
        if rows.height:
            feed = self.feeds[noun]
            files = [source.name for source in feed.sources]
            bad = loaders.checks.check_links(rows, feed.noun.key[0], link, referable, files)
            if bad.height:
                self.rejecting.late(feed, table, bad)
                referable.forget()
                self._add(table)

    def _add(self, table: Table) -> None:
        referable = self.at.of(table.noun)
        assert referable is not None
        names = {old: new for old, new in KEPT[table.noun].items() if new in referable.good.schema}
        frame = table.frame(list(names)).rename(names)
        if table.noun == "orders":
            frame = loaders.nouns.filled("orders", frame)
        referable.good.add(frame)

    def _grow(self) -> None:
        """Distributors and their changes of sponsor, judged together."""
        distributors, changes = (self.tables[noun] for noun in TREE)
        folder = self._folder(distributors.frame(loaders.tree.NEEDED), changes.frame())
        grown = loaders.tree.grow(folder, self.at.distributors, self.settings.time_zone)
        for noun, faults in ((TREE[0], grown.distributors), (TREE[1], grown.changes)):
            if noun in self.feeds:
                self.rejecting.late(self.feeds[noun], self.tables[noun], faults)
        edges = Table("sponsor_edges", loaders.nouns.SPONSOR_EDGES, self.spool / "sponsor_edges")
        for part in grown.edges.iter_slices(loaders.mapped.PART_ROWS):
            edges.append(part)
        self.tables["sponsor_edges"] = edges
        self._keep(distributors)

    def _folder(self, d: pl.DataFrame, c: pl.DataFrame) -> loaders.tree.Folder:
        ids = [d["distributor_id"], d["sponsor_id"], c["distributor_id"], c["sponsor_id"]]
        mentioned = pl.concat(ids).drop_nulls().unique()
        known = self.known.distributors(mentioned)
        names = {noun: [path.name for path in self.tables[noun].files] for noun in TREE}
        return loaders.tree.Folder(
            distributors=d,
            changes=c,
            files=tuple(names[TREE[0]]),
            change_files=tuple(names[TREE[1]]),
            known=known,
            known_edges=self.known.sponsor_edges(mentioned)
            if c.height
            else pl.DataFrame(schema=loaders.nouns.SPONSOR_EDGES),
            contested=self._contested,
        )
