"""Frames on disk: one immutable folder of Parquet files with a manifest of counts and digests.

A generation is written under a temporary name and renamed when it is whole, so whoever sees the
folder sees all of it. The same frames give the same bytes. What a killed writer left behind is
swept away by the next one: only the holder of the night's lease writes here.
"""

import errno
import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec
import polars as pl

from graph.errors import Conflict, Unavailable

FORMAT = 1
MANIFEST = "manifest.json"
UNFINISHED = ".unfinished-"
ROWS_IN_GROUP = 500_000


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a generation holds: rows and sha256 by file, and the `facts` it was written with."""

    format: int = FORMAT
    polars: str = pl.__version__
    facts: dict[str, str | int | list[str]]
    rows: dict[str, int]
    sha256: dict[str, str]


def write(
    frames: Mapping[str, pl.DataFrame], folder: Path, facts: dict[str, str | int | list[str]]
) -> Manifest:
    """Write `frames` as the generation `folder`, replacing what stood there.

    Unavailable when the disk is full or may not be written; then nothing of it is left.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep(folder.parent)
        unfinished = folder.parent / f"{UNFINISHED}{folder.name}"
        unfinished.mkdir()
        manifest = _fill(frames, unfinished, facts)
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.rename(folder)
        return manifest
    except OSError as problem:
        _sweep(folder.parent)
        raise refused(problem, folder) from None
    except pl.exceptions.PolarsError as problem:
        _sweep(folder.parent)
        raise Unavailable(f"{folder} cannot be written: {problem}") from None


def _fill(
    frames: Mapping[str, pl.DataFrame], folder: Path, facts: dict[str, str | int | list[str]]
) -> Manifest:
    for name, frame in frames.items():
        frame.rechunk().write_parquet(
            folder / f"{name}.parquet",
            compression="zstd",
            compression_level=1,
            statistics=False,
            row_group_size=ROWS_IN_GROUP,
        )
    manifest = Manifest(
        facts=facts,
        rows={name: frame.height for name, frame in frames.items()},
        sha256={name: digest(folder / f"{name}.parquet") for name in frames},
    )
    (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1))
    _keep_through_power_loss(folder)
    return manifest


def _keep_through_power_loss(folder: Path) -> None:
    for path in (*folder.iterdir(), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _sweep(folder: Path) -> None:
    for left in folder.glob(f"{UNFINISHED}*"):
        shutil.rmtree(left, ignore_errors=True)


def refused(problem: OSError, folder: Path) -> Unavailable:
    """The sentence for a disk that is full or may not be written."""
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return Unavailable(f"the disk under {folder.parent} is full; free some space and run again")
    return Unavailable(f"{folder} cannot be written: {problem.strerror}")


def manifest(folder: Path) -> Manifest | None:
    """The manifest of a whole generation, None where there is none of this format."""
    try:
        found = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (FileNotFoundError, NotADirectoryError, msgspec.DecodeError):
        return None
    return found if found.format == FORMAT else None


def read(folder: Path, *, check: bool = True) -> tuple[dict[str, pl.DataFrame], Manifest]:
    """All frames of a generation; Conflict where a file is not what the manifest says."""
    found = manifest(folder)
    if found is None:
        raise Conflict(f"{folder} is no whole generation; remove it and run the night again")
    frames = {}
    for name, sha256 in found.sha256.items():
        path = folder / f"{name}.parquet"
        if check and (not path.exists() or digest(path) != sha256):
            raise Conflict(f"{path} was changed or damaged; remove {folder} and run again")
        frames[name] = pl.read_parquet(path)
    return frames, found


def whole(folder: Path) -> bool:
    """Whether a generation is there and every file is what its manifest says."""
    found = manifest(folder)
    return found is not None and all(
        (path := folder / f"{name}.parquet").exists() and digest(path) == sha256
        for name, sha256 in found.sha256.items()
    )


def digest(path: Path) -> str:
    """sha256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def prune(folder: Path, keep: frozenset[str]) -> int:
    """Remove the generations of a folder that are not named in `keep`; how many."""
    old = [path for path in folder.iterdir() if path.name not in keep and manifest(path)]
    for path in old:
        shutil.rmtree(path, ignore_errors=True)
    return len(old)
