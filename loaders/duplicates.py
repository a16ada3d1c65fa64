"""Rows that share an id: identical ones count once, differing ones are all rejected.

While a file is read only a 64-bit hash of each row's id is kept. Where a hash stands twice, the
rows are fetched from the spool and compared exactly.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

import loaders.faults
from loaders.nouns import Noun
from loaders.spool import PLACE_BITS, Table, places

CHUNK_ROWS = 500_000
"""So many rows that share ids are compared at one time."""

Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]


@dataclass
class Keys:
    """The id hashes of one noun's good rows as they come, with their places."""

    noun: Noun
    _hashes: list[Hashes] = field(default_factory=list)
    _places: list[Places] = field(default_factory=list)

    def add(self, typed: pl.DataFrame) -> None:
        """Remember the ids of good rows."""
        key = self.noun.key
        hashed = typed[key[0]].hash() if len(key) == 1 else typed.select(key).hash_rows()
        self._hashes.append(hashed.to_numpy())
        self._places.append(places(typed))

    def chunks(self) -> list[Places]:
        """Places of rows whose hash stands more than once, those of one hash together."""
        if not self._hashes:
            return []
        hashes, at = np.concatenate(self._hashes), np.concatenate(self._places)
        self._hashes, self._places = [], []
        order = np.argsort(hashes, kind="stable")
        hashes = hashes[order]
        same = hashes[1:] == hashes[:-1]
        if not same.any():
            return []
        shared = np.append(same, False) | np.insert(same, 0, False)
        at, hashes = at[order][shared], hashes[shared]
        cuts = [0]
        while cuts[-1] < len(at):
            end = min(cuts[-1] + CHUNK_ROWS, len(at))
            cuts.append(int(np.searchsorted(hashes, hashes[end - 1], side="right")))
        return [at[a:b] for a, b in zip(cuts[:-1], cuts[1:], strict=True)]


@dataclass(frozen=True)
class Shared:
    """Rows that share an id: `repeated` to be counted once, `differing` (FAULTS) to be rejected."""

    repeated: pl.DataFrame  # file, row, first_file, first_row: the row that it repeats
    differing: pl.DataFrame
    rows: pl.DataFrame  # the typed rows of `differing`, in its order


def compared(noun: Noun, table: Table, chunk: Places) -> Shared:
    """Compare the rows at these places, exactly."""
    rows = table.at(chunk)
    content = [name for name in rows.columns if name not in ("file", "row")]
    counted = rows.with_columns(
        pl.len().over(noun.key).alias("_rows"),
        pl.struct(content).n_unique().over(noun.key).alias("_contents"),
        pl.int_range(pl.len()).over(noun.key).alias("_nth"),
        pl.col("file").first().over(noun.key).alias("first_file"),
        pl.col("row").first().over(noun.key).alias("first_row"),
    )
    repeated = counted.filter((pl.col("_contents") == 1) & (pl.col("_nth") > 0))
    differing = counted.filter(pl.col("_contents") > 1)
    return Shared(
        repeated.select("file", "row", "first_file", "first_row"),
        _faults(noun, table, differing),
        differing.select(rows.columns),
    )


def _faults(noun: Noun, table: Table, differing: pl.DataFrame) -> pl.DataFrame:
    """Each row names another of its id that differs from it: the first one, or the second."""
    if not differing.height:
        return pl.DataFrame(schema=loaders.faults.FAULTS)
    content = [name for name in differing.columns if not name.startswith("_")]
    content = [n for n in content if n not in ("file", "row", "first_file", "first_row")]
    packed = pl.col("file").cast(pl.Int64) * (1 << PLACE_BITS) + pl.col("row")
    shaped = differing.with_columns(packed.alias("_place"), pl.struct(content).hash().alias("_it"))
    first = pl.col("_it").first().over(noun.key)
    other = pl.col("_place").filter(pl.col("_it") != first).first().over(noun.key)
    here = pl.col("_place").first().over(noun.key)
    shaped = shaped.with_columns(
        pl.when(pl.col("_it") == first).then(other).otherwise(here).alias("_other"),
        two_sponsors(noun).alias("_two"),
    )
    return loaders.faults.frame(
        shaped["file"],
        shaped["row"],
        noun.key[0],
        pl.Series(np.where(shaped["_two"], "two_sponsors", "differing_duplicate")),
        value=shaped[noun.key[0]],
        detail=table.place_names(shaped["_other"].to_numpy()),
    )


def two_sponsors(noun: Noun) -> pl.Expr:
    """True where the rows of one id name more than one sponsor."""
    if "sponsor_id" not in noun.names:
        return pl.lit(False)
    return pl.col("sponsor_id").drop_nulls().n_unique().over(noun.key) > 1
