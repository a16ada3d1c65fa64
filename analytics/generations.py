"""Frames on disk: one immutable folder of files with a manifest of counts and digests.

A generation is written under a temporary name and renamed when it is whole, so whoever sees the
folder sees all of it. The same frames give the same bytes. What a killed writer left behind is
swept away by the next one: only the holder of the night's lease writes here.

`write` and `read` keep one Parquet file a frame; a snapshot keeps many parts (analytics.parts) and
lets unchanged ones stand in both generations. The manifest is the same for both.
"""

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
import polars as pl

import graph.disk
from graph.errors import Conflict, Unavailable

FORMAT = 3
MANIFEST = "manifest.json"
UNFINISHED = ".unfinished-"
ROWS_IN_GROUP = 500_000

Facts = dict[str, str | int | list[str]]


class File(msgspec.Struct, frozen=True):
    """A file of a generation: rows, size, and the sha256 of its bytes."""

    rows: int
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a generation holds: rows and digest by frame, its files by their names, and the `facts`
    it was written with. The digest of a frame is that of its one file, or of its files' digests.
    """

    format: int = FORMAT
    polars: str = pl.__version__
    facts: Facts
    rows: dict[str, int]
    sha256: dict[str, str]
    files: dict[str, File]


def write(frames: Mapping[str, pl.DataFrame], folder: Path, facts: Facts) -> Manifest:
    """Write `frames` as the generation `folder`, replacing what stood there.

    Unavailable when the disk is full or may not be written; then nothing of it is left.
    """
    with made(folder) as unfinished:
        files = {
            f"{name}.parquet": _write(frame, name, unfinished) for name, frame in frames.items()
        }
        return seal(unfinished, facts, frames, files)


def write_parts(
    parts: Iterable[Mapping[str, pl.DataFrame]], folder: Path, facts: Facts
) -> Manifest:
    """The same where frames come part by part, at least one: each part of a frame is a file."""
    with made(folder) as unfinished:
        files: dict[str, File] = {}
        for number, part in enumerate(parts):
            for name, frame in part.items():
                file = f"{name}-{number:05}"
                files[f"{file}.parquet"] = _write(frame, file, unfinished)
        return seal(unfinished, facts, dict.fromkeys(map(frame_of, files)), files)


def parts(folder: Path) -> Iterator[dict[str, pl.DataFrame]]:
    """What `write_parts` has kept, part by part."""
    names = standing(folder).files
    for number in sorted({name.split("-")[-1] for name in names}):
        mine = [name for name in names if name.endswith(f"-{number}")]
        yield {frame_of(name): pl.read_parquet(folder / name) for name in mine}


def _write(frame: pl.DataFrame, name: str, folder: Path) -> File:
    path = folder / f"{name}.parquet"
    frame.rechunk().write_parquet(
        path,
        compression="zstd",
        compression_level=1,
        statistics=False,
        row_group_size=ROWS_IN_GROUP,
    )
    keep_through_power_loss(path)
    return file_at(path, frame.height)


@contextmanager
def made(folder: Path) -> Iterator[Path]:
    """A folder to write into, which becomes `folder` when the block ends well: all or nothing.

    Unavailable when the disk is full or may not be written; then nothing of it is left.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep(folder.parent)
        unfinished = folder.parent / f"{UNFINISHED}{folder.name}"
        unfinished.mkdir()
        yield unfinished
        keep_through_power_loss(unfinished)
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.rename(folder)
        keep_through_power_loss(folder.parent)
    except (OSError, pl.exceptions.PolarsError) as problem:
        _sweep(folder.parent)
        raise refused(problem, folder) from None


def seal(folder: Path, facts: Facts, names: Iterable[str], files: Mapping[str, File]) -> Manifest:
    """Write the manifest, the last file of a generation of the frames `names`."""
    by_name = {
        name: [one for file, one in files.items() if frame_of(file) == name] for name in names
    }
    manifest = Manifest(
        facts=facts,
        rows={name: sum(file.rows for file in of) for name, of in by_name.items()},
        sha256={name: _digest_of([file.sha256 for file in of]) for name, of in by_name.items()},
        files=dict(files),
    )
    path = folder / MANIFEST
    path.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1))
    keep_through_power_loss(path)
    return manifest


def file_at(path: Path, rows: int) -> File:
    """What a manifest says of a file."""
    return File(rows, path.stat().st_size, digest(path))


def frame_of(file: str) -> str:
    """The frame that a file of a generation belongs to: orders.parquet, orders-00007.arrow."""
    return file.split(".")[0].split("-")[0]


def _digest_of(digests: list[str]) -> str:
    one = len(digests) == 1
    return digests[0] if one else hashlib.sha256("".join(digests).encode()).hexdigest()


def keep_through_power_loss(path: Path) -> None:
    """A file or the names in a folder reach the disk before this returns."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sweep(folder: Path) -> None:
    for left in folder.glob(f"{UNFINISHED}*"):
        shutil.rmtree(left, ignore_errors=True)


def refused(problem: Exception, folder: Path) -> Unavailable:
    """The sentence for a disk that is full or may not be written."""
    number = graph.disk.errno_of(problem)
    if number in graph.disk.TROUBLE:
        return Unavailable(graph.disk.sentence(number, folder.parent))
    return Unavailable(f"{folder} cannot be written: {problem}")


def manifest(folder: Path) -> Manifest | None:
    """The manifest of a whole generation, None where there is none of this format."""
    try:
        found = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (FileNotFoundError, NotADirectoryError, msgspec.DecodeError):
        return None
    return found if found.format == FORMAT else None


def read(folder: Path, *, check: bool = True) -> tuple[dict[str, pl.DataFrame], Manifest]:
    """All frames that were kept; Conflict where a file is not what the manifest says."""
    found = standing(folder)
    if check:
        hold(folder, found)
    files = {
        name: [folder / file for file in sorted(found.files) if frame_of(file) == name]
        for name in found.rows
    }
    return {name: pl.read_parquet(paths) for name, paths in files.items()}, found


def standing(folder: Path) -> Manifest:
    """The manifest; Conflict where there is none."""
    found = manifest(folder)
    if found is None:
        raise Conflict(f"{folder} is no whole generation; remove it and run the night again")
    return found


def hold(folder: Path, found: Manifest) -> None:
    """Conflict where a file of a generation is not what its manifest says."""
    for name, file in found.files.items():
        if not is_whole(folder / name, file):
            raise Conflict(f"{folder / name} was changed or damaged; remove {folder} and run again")


def whole(folder: Path) -> bool:
    """Whether a generation is there and every file is what its manifest says."""
    found = manifest(folder)
    return found is not None and all(
        is_whole(folder / name, file) for name, file in found.files.items()
    )


def is_whole(path: Path, file: File) -> bool:
    """Whether a file is there, byte for byte."""
    return path.exists() and path.stat().st_size == file.bytes and digest(path) == file.sha256


def digest(path: Path) -> str:
    """sha256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def prune(folder: Path, keep: frozenset[str]) -> int:
    """Remove the generations of a folder that are not named in `keep`; how many."""
    ours = [path for path in folder.iterdir() if (path / MANIFEST).exists()]
    old = [path for path in ours if path.name not in keep]
    for path in old:
        shutil.rmtree(path, ignore_errors=True)
    return len(old)
