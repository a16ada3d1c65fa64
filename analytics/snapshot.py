"""The graph as columns, one generation a night: brought up to date from the last, or read whole.

Nothing is read row by row and no text is mapped: the graph hands out dense keys and
`analytics.assembly` turns them into row numbers. The same graph gives the same bytes, whichever way
it was read. A generation is followed (analytics.following) only if the graph itself vouches for it:
its record of that run holds the digests that the manifest has. So no snapshot of another database,
of one that was emptied, or of a future that a backup has undone is ever taken for this one's past.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import analytics.following
import analytics.generations
import analytics.ledger_since
import analytics.parts
import analytics.rebuild
import graph.loads
import graph.runs
from analytics.columns import SCHEMAS, Columns
from analytics.following import Base
from analytics.generations import Facts, File, Manifest
from analytics.pages import Tick
from analytics.parts import Parts
from analytics.rebuild import Piece
from graph.connection import Database
from graph.keys import Row

NOTHING_TO_FOLLOW = "nothing_to_follow"
DAMAGED = "damaged"
FILE_OF = {"lines": "order_lines"}
"""Nouns whose file has another name."""


class Brought(NamedTuple):
    """A snapshot that is kept: its columns, its manifest, and how it came about: `followed` (the
    run whose generation it followed, or ""), `rebuilt` (why it was read whole, or ""), `ledger`
    (where entries and frozen paths came from), `rows_read`, `parts_written` and `parts_linked`.
    """

    columns: Columns
    manifest: Manifest
    told: dict[str, str | int]


class _Source(NamedTuple):
    """What a generation is made of: parts to write, files that already stand in `folder`; so many
    rows were read, and all of the nouns `whole`.
    """

    pieces: Iterable[Piece]
    told: dict[str, str | int]
    folder: Path
    linked: dict[str, File]
    rows_read: int
    whole: Iterable[str]


def bring(
    db: Database, folder: Path, run: Row, *, commissions: Path, tick: Tick | None = None
) -> Brought:
    """The graph up to the change that `run` was claimed at, without what it wrote itself, as the
    generation `folder`. Older ones stand beside it; `commissions` is where nights keep what they
    work out. Unavailable when the disk is full.
    """
    standing = analytics.ledger_since.standing(db)
    source = _source(db, folder, run, commissions, tick)
    facts: Facts = {"seq": run["seq"], "as_of": run["as_of"], "run": run["id"]}
    facts |= {"finished": standing.finished, "open": standing.open}
    facts["files"] = sorted(graph.loads.nouns_given(db, upto=run["seq"]))
    manifest = _keep(source, folder, facts)
    columns, _ = read(folder, check=False)
    told = source.told | {
        "rows_read": source.rows_read + sum(manifest.rows[noun] for noun in source.whole),
        "parts_written": len(manifest.files) - len(source.linked),
        "parts_linked": len(source.linked),
    }
    return Brought(columns, manifest, told)


def gather(db: Database, *, seq: int, without_run: str = "", tick: Tick | None = None) -> Columns:
    """The whole graph up to change `seq`, without what the run `without_run` has written itself."""
    parts: dict[str, Parts] = {noun: {} for noun in SCHEMAS}
    for piece in analytics.rebuild.whole(db, seq=seq, without_run=without_run, tick=tick):
        parts[piece.noun][piece.number] = piece.rows
    return _columns(parts, graph.loads.nouns_given(db, upto=seq))


def keep(columns: Columns, folder: Path, *, seq: int, as_of: str) -> Manifest:
    """Write a snapshot as the generation `folder`; the same columns give the same bytes."""
    pieces = (
        Piece(noun, number, rows)
        for noun in SCHEMAS
        for number, rows in analytics.parts.split(noun, getattr(columns, noun)).items()
    )
    facts: Facts = {"seq": seq, "as_of": as_of, "files": sorted(columns.files)}
    return _keep(_Source(pieces, {}, folder, {}, 0, ()), folder, facts)


def read(folder: Path, *, check: bool = True) -> tuple[Columns, Manifest]:
    """A kept snapshot and its manifest; Conflict where it is damaged."""
    manifest = analytics.generations.standing(folder)
    if check:
        analytics.generations.hold(folder, manifest)
    given = manifest.facts["files"]
    assert isinstance(given, list)
    return _columns(_parts(folder, manifest), given), manifest


def _columns(parts: dict[str, Parts], given: Iterable[str]) -> Columns:
    """Given are the nouns that a load had a file of, and those that have rows all the same."""
    frames = {noun: analytics.parts.joined(noun, parts[noun]) for noun in SCHEMAS}
    held = (FILE_OF.get(noun, noun) for noun in SCHEMAS if frames[noun].height)
    return Columns(**frames, files=frozenset((*given, *held)))


def _parts(folder: Path, manifest: Manifest) -> dict[str, Parts]:
    return {noun: analytics.parts.read(folder, noun, manifest.files) for noun in SCHEMAS}


def _keep(source: _Source, folder: Path, facts: Facts) -> Manifest:
    with analytics.generations.made(folder) as unfinished:
        files = dict(source.linked)
        for file in source.linked:
            analytics.parts.link(file, source.folder, unfinished)
        for noun, number, rows in source.pieces:
            name = analytics.parts.name(noun, number)
            files[name] = analytics.parts.write(noun, number, rows, unfinished)
        in_order = {name: files[name] for name in sorted(files)}
        return analytics.generations.seal(unfinished, facts, SCHEMAS, in_order)


def _source(db: Database, folder: Path, run: Row, commissions: Path, tick: Tick | None) -> _Source:
    """The last snapshot brought up to date; else everything, and why."""
    base = _base(db, folder.parent, run)
    if isinstance(base, str):
        return _whole(db, run, base, tick)
    found = analytics.following.follow(db, base, run, commissions=commissions, tick=tick)
    if isinstance(found, str):
        return _whole(db, run, found, tick)
    told: dict[str, str | int] = {
        "followed": str(base.manifest.facts["run"]),
        "rebuilt": "",
        "ledger": found.ledger,
    }
    return _Source(found.pieces, told, base.folder, found.linked, found.rows_read, found.whole)


def _whole(db: Database, run: Row, why: str, tick: Tick | None) -> _Source:
    pieces = analytics.rebuild.whole(db, seq=run["seq"], without_run=run["id"], tick=tick)
    told: dict[str, str | int] = {"followed": "", "rebuilt": why}
    told["ledger"] = analytics.ledger_since.GRAPH
    return _Source(pieces, told, Path(), {}, 0, SCHEMAS)


def _base(db: Database, shelf: Path, run: Row) -> Base | str:
    """The latest generation that this graph vouches for and nobody has touched; else why not."""
    why = NOTHING_TO_FOLLOW
    for folder, manifest in _vouched(db, shelf, run["seq"]):
        if all(
            analytics.parts.is_sealed(folder / name, file) for name, file in manifest.files.items()
        ):
            return Base(folder, manifest, _parts(folder, manifest))
        why = DAMAGED
    return why


def _vouched(db: Database, shelf: Path, seq: int) -> list[tuple[Path, Manifest]]:
    """Generations whose digests stand in the record of their run, the latest first."""
    found = [(path, analytics.generations.manifest(path)) for path in shelf.glob("[!.]*")]
    kept = [(path, manifest) for path, manifest in found if manifest and "run" in manifest.facts]
    runs = graph.runs.by_ids(db, [str(manifest.facts["run"]) for _, manifest in kept])
    digests = {run["id"]: run["digests"].get("snapshots") for run in runs if run["seq"] <= seq}
    vouched = [one for one in kept if digests.get(one[1].facts["run"]) == one[1].sha256]
    return sorted(vouched, key=lambda one: (one[1].facts["seq"], one[0].name), reverse=True)
