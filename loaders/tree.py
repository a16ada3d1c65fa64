"""The sponsor tree of a folder: who may stand under whom, and from when to when.

A recruit and a change are held to the same rules: the sponsor exists and had joined, nobody has two
sponsors at once, nobody stands in a cycle at any moment. What a rejected distributor holds back is
rejected with the first cause named, down to the last recruit.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

import loaders.cycles
import loaders.times
from graph.model import OPEN_MS
from loaders.cycles import Cycle, Edges, Mask, Nodes
from loaders.faults import CAUSE, Faults
from loaders.index import Index
from loaders.nouns import SPONSOR_EDGES
from loaders.references import Referable

NEEDED = ("file", "row", "distributor_id", "sponsor_id", "joined_at", "joined_at_bare")
"""The columns of distributors that are looked at here."""

IDS_SHOWN_MAX = 20
"""A longer cycle is named whole once; its other members name that place."""


@dataclass(frozen=True)
class Folder:
    """The rows of both files that passed their own checks, and what the graph holds of them."""

    distributors: pl.DataFrame
    changes: pl.DataFrame
    files: tuple[str, ...]  # names of the files of distributors
    change_files: tuple[str, ...]
    known: pl.DataFrame  # references.DISTRIBUTORS: of all ids that the rows name
    known_edges: pl.DataFrame  # references.SPONSOR_EDGES; none where the folder has no changes
    contested: dict[str, str]  # ids whose changes name two sponsors at once, and where


@dataclass(frozen=True)
class Grown:
    """Faults of both files, in row order, and the edges of the good rows (SPONSOR_EDGES)."""

    distributors: pl.DataFrame
    changes: pl.DataFrame
    edges: pl.DataFrame


def grow(folder: Folder, referable: Referable, zone: str) -> Grown:
    """Check both files against each other; `referable` knows the distributors rejected so far."""
    tree = _Tree(folder, referable, zone)
    tree.check_sponsors()
    tree.check_changes()
    tree.check_cycles()
    tree.check_joined()
    tree.cascade()
    return tree.grown()


class _Tree:
    """Nodes are the distributors of the file, in their order, then those that are only known."""

    def __init__(self, folder: Folder, referable: Referable, zone: str) -> None:
        self.d, self.c, self.folder = folder.distributors, folder.changes, folder
        self.referable, self.zone = referable, zone
        self.index = Index({"joined_at": pl.Int64})
        self.index.add(self.d.select(id="distributor_id", joined_at="joined_at"))
        self.index.add(folder.known.filter(self.index.find(folder.known["id"]) < 0))
        ends = pl.concat([folder.known_edges["child_id"], folder.known_edges["sponsor_id"]])
        ends = ends.unique(maintain_order=True)
        missing = ends.filter(pl.Series(self.index.find(ends) < 0))
        self.index.add(pl.DataFrame({"id": missing, "joined_at": None}))
        self.known: Mask = np.zeros(len(self.index), np.bool_)
        self.known[self.index.find(folder.known["id"])] = True
        self.known[self.d.height :] = True
        self.sponsor = self.index.find(self.d["sponsor_id"])
        self.child = self.index.find(self.c["distributor_id"])
        self.new_sponsor = self.index.find(self.c["sponsor_id"])
        self.of_d, self.of_c = Faults(self.d.height), Faults(self.c.height)

    def check_sponsors(self) -> None:
        """Sponsors that nobody knows, or that are their own."""
        self._unknown(self.of_d, self.d, "sponsor_id", "unknown_sponsor")
        self._own_sponsor(self.of_d, self.d)
        ids = self.d["distributor_id"]
        where = ids.replace_strict(self.folder.contested, default=None, return_dtype=pl.String)
        contested = where.is_not_null().to_numpy() & ~self._known_d
        self.of_d.mark(contested, "sponsor_id", "two_sponsors", value=ids, detail=where)

    def check_changes(self) -> None:
        """The same for changes, and that they do not contradict the distributor's own row."""
        self._unknown(self.of_c, self.c, "distributor_id", "unknown_distributor")
        self._unknown(self.of_c, self.c, "sponsor_id", "unknown_sponsor")
        self._own_sponsor(self.of_c, self.c)
        self._two_sponsors()
        joined = self.index.get(self.new_sponsor, "joined_at")
        by_day = self.c["valid_from_bare"].to_numpy()
        early = loaders.times.before(self.c["valid_from"], joined, by_day, self.zone)
        self.of_c.mark(early, "valid_from", "sponsor_not_joined", value=self.c["sponsor_id"])

    def _two_sponsors(self) -> None:
        """A change at the very moment of joining, to another sponsor than the one joined under."""
        if not self.d.height:
            return
        own = np.where(self.child < self.d.height, self.child, -1)
        rows = self.d.select("sponsor_id", "joined_at")[np.maximum(own, 0)]
        bare = self.c["valid_from_bare"].to_numpy()
        same_day = loaders.times.days(self.c["valid_from"], self.zone) == loaders.times.days(
            rows["joined_at"], self.zone
        )
        same = np.where(bare, same_day.to_numpy(), self.c["valid_from"] == rows["joined_at"])
        other = (rows["sponsor_id"] != self.c["sponsor_id"]).fill_null(False).to_numpy()
        mask = (own >= 0) & same & other & ~self.of_c.bad
        self._contradict(np.flatnonzero(mask), own)

    def _contradict(self, changes: Nodes, own: Nodes) -> None:
        """Mark changes and the rows that they contradict, each with the place of the other."""
        in_d, in_c = np.zeros(self.d.height, np.bool_), np.zeros(self.c.height, np.bool_)
        at_d: list[str | None] = [None] * self.d.height
        at_c: list[str | None] = [None] * self.c.height
        for change in changes.tolist():
            row = int(own[change])
            in_c[change] = in_d[row] = True
            at_c[change] = _place(self.folder.files, self.d, row)
            at_d[row] = _place(self.folder.change_files, self.c, change)
        for faults, rows, column, mask, at in (
            (self.of_c, self.c, "valid_from", in_c, at_c),
            (self.of_d, self.d, "sponsor_id", in_d & ~self._known_d, at_d),
        ):
            detail = pl.Series(at, dtype=pl.String)
            ids = rows["distributor_id"]
            faults.mark(mask, column, "two_sponsors", value=ids, detail=detail)

    def check_cycles(self) -> None:
        """Every member of a cycle, at whatever moment it stands, with the whole cycle named."""
        if not self.c.height:
            usable = np.where(self.of_d.bad | self._known_d, -1, self.sponsor)
            sponsors = np.append(usable, np.full(len(self.index) - self.d.height, -1))
            found, new = loaders.cycles.standing(sponsors), np.full(self.d.height, -1)
        else:
            edges, new = self._edges()
            found = loaders.cycles.dated(edges, len(self.index))
        self._name(found, new)

    def _edges(self) -> tuple[Edges, Nodes]:
        """All dated edges of the folder and the graph, and the change row of each (-1: none)."""
        first = np.flatnonzero((self.sponsor >= 0) & ~self._known_d & ~self.of_d.bad)
        moves = np.flatnonzero(~self.of_c.bad)
        known = self.folder.known_edges
        child = [first, self.child[moves], self.index.find(known["child_id"])]
        sponsor = [
            self.sponsor[first],
            self.new_sponsor[moves],
            self.index.find(known["sponsor_id"]),
        ]
        since = [
            self.d["joined_at"].gather(first).to_numpy(),
            self.c["valid_from"].gather(moves).to_numpy(),
            known["since"].to_numpy(),
        ]
        new = np.concatenate([np.full(len(first), -1), moves, np.full(known.height, -1)])
        edges = Edges(np.concatenate(child), np.concatenate(sponsor), np.concatenate(since))
        return edges, new.astype(np.int64)

    def _name(self, cycles: list[Cycle], new: Nodes) -> None:
        """Mark the members' rows, and the change rows whose edges close a cycle."""
        in_d, in_c = np.zeros(self.d.height, np.bool_), np.zeros(self.c.height, np.bool_)
        of_d: list[str | None] = [None] * self.d.height
        of_c: list[str | None] = [None] * self.c.height
        for cycle in cycles:
            rows = [int(n) for n in cycle.nodes if n < self.d.height and not self._known_d[n]]
            changes = [int(c) for c in new[cycle.edges] if c >= 0]
            whole, short = self._path(cycle, rows)
            for i, row in enumerate(rows):
                in_d[row], of_d[row] = True, whole if i == 0 else short
            for i, row in enumerate(changes):
                in_c[row], of_c[row] = True, short if rows or i else whole
        self._mark_cycle(self.of_d, self.d, in_d, of_d)
        self._mark_cycle(self.of_c, self.c, in_c, of_c)

    def _mark_cycle(
        self, faults: Faults, rows: pl.DataFrame, mask: Mask, paths: list[str | None]
    ) -> None:
        detail = pl.Series(paths, dtype=pl.String)
        faults.mark(
            mask, "sponsor_id", "sponsor_cycle", value=rows["distributor_id"], detail=detail
        )

    def _path(self, cycle: Cycle, rows: list[int]) -> tuple[str, str]:
        """The cycle from one member round to itself: whole, and as the other members show it."""
        ids = self.index.get(cycle.nodes, "id").to_list()
        whole = " → ".join([*ids, ids[0]])
        if len(ids) <= IDS_SHOWN_MAX:
            return whole, whole
        place = _place(self.folder.files, self.d, rows[0]) if rows else ""
        return whole, " → ".join([*ids[:3], f"… ({len(ids)}; {place})", ids[0]])

    def check_joined(self) -> None:
        """A recruit joins after his sponsor or with him."""
        joined = self.index.get(self.sponsor, "joined_at")
        by_day = self.d["joined_at_bare"].to_numpy()
        early = loaders.times.before(self.d["joined_at"], joined, by_day, self.zone)
        self.of_d.mark(early, "joined_at", "sponsor_not_joined", value=self.d["sponsor_id"])

    def cascade(self) -> None:
        """Whoever stands under a rejected distributor, with the first cause."""
        stop = self.of_d.bad & ~self._known_d
        if not stop.any():
            return
        climb = np.where(self._known[self.sponsor] & (self.sponsor >= 0), -1, self.sponsor)
        root = loaders.cycles.nearest(climb, stop)
        self.of_d.mark(
            root >= 0,
            "sponsor_id",
            "unknown_sponsor",
            value=self.d["sponsor_id"],
            cause=self._causes(root),
        )
        root = np.append(root, -1)
        for column, node in (("distributor_id", self.child), ("sponsor_id", self.new_sponsor)):
            above = root[np.where((node >= 0) & (node < self.d.height), node, -1)]
            code = "unknown_sponsor" if column == "sponsor_id" else "unknown_distributor"
            cause = self._causes(above)
            self.of_c.mark(above >= 0, column, code, value=self.c[column], cause=cause)

    def _causes(self, root: Nodes) -> pl.DataFrame:
        """CAUSE of the rejected rows at `root`; anything where it is -1."""
        faults = self.of_d.frame(self.d["file"], self.d["row"])
        at = np.flatnonzero(self.of_d.bad)
        own = faults["cause_code"].is_null()
        names = pl.Series(list(self.folder.files), dtype=pl.String)
        causes = pl.DataFrame(
            {
                "cause_code": faults["code"],
                "cause_file": names.gather(faults["file"]),
                "cause_row": faults["row"],
                "cause_id": self.d["distributor_id"].gather(at),
            }
        )
        first = pl.DataFrame([faults[name].zip_with(~own, causes[name]) for name in CAUSE])
        return first[np.clip(np.searchsorted(at, root), 0, len(at) - 1)]

    def grown(self) -> Grown:
        """What was found, and the dated edges of the children that the good rows are about."""
        return Grown(
            self.of_d.frame(self.d["file"], self.d["row"]),
            self.of_c.frame(self.c["file"], self.c["row"]),
            self._good_edges(),
        )

    def _good_edges(self) -> pl.DataFrame:
        joined = self.d.filter(~self.of_d.bad & ~self._known_d & (self.sponsor >= 0))
        changes = self.c.filter(~self.of_c.bad)
        known = self.folder.known_edges
        edges = [
            known.filter(known["child_id"].is_in(changes["distributor_id"].implode())).drop(
                "until"
            ),
            joined.select(
                child_id="distributor_id", sponsor_id="sponsor_id", since="joined_at", reason=None
            ),
            changes.select(
                child_id="distributor_id",
                sponsor_id="sponsor_id",
                since="valid_from",
                reason="reason",
            ),
        ]
        return (
            pl.concat([edge.cast({"reason": pl.String}) for edge in edges], how="diagonal")
            .unique(["child_id", "since"], keep="first", maintain_order=True)
            .sort("child_id", "since", maintain_order=True)
            .with_columns(until=pl.col("since").shift(-1).over("child_id").fill_null(OPEN_MS))
            .select(list(SPONSOR_EDGES))
        )

    @property
    def _known_d(self) -> Mask:
        return self.known[: self.d.height]

    @property
    def _known(self) -> Mask:
        return np.append(self.known, False)

    def _unknown(self, faults: Faults, rows: pl.DataFrame, column: str, code: str) -> None:
        unknown = self.index.find(rows[column]) < 0
        unknown &= rows[column].is_not_null().to_numpy()
        if unknown.any():
            cause = self.referable.causes(rows[column])
            faults.mark(unknown, column, code, value=rows[column], cause=cause)

    def _own_sponsor(self, faults: Faults, rows: pl.DataFrame) -> None:
        own = (rows["sponsor_id"] == rows["distributor_id"]).fill_null(False).to_numpy()
        faults.mark(own, "sponsor_id", "self_sponsor", value=rows["sponsor_id"])


def _place(files: tuple[str, ...], rows: pl.DataFrame, at: int) -> str:
    return f"{files[rows['file'][at]]} {rows['row'][at]}"
