"""Why rows are rejected: the first reason of each row, with what its words need."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from loaders.nouns import Schema
from loaders.times import Mask

CAUSE: Schema = {  # the first cause of a cascade; null where the row itself is the cause
    "cause_code": pl.String,
    "cause_file": pl.String,
    "cause_row": pl.Int64,
    "cause_id": pl.String,
}
FAULTS: Schema = {
    "file": pl.Int32,  # position in `Table.files`
    "row": pl.Int64,
    "column": pl.String,  # the canonical column; "" where it is the whole row
    "code": pl.String,  # has words in graph/words/rejects.toml
    "value": pl.String,  # what stood there; null for a personal column
    "detail": pl.String,  # what else the words need
    **CAUSE,
}


def frame(
    file: pl.Series,
    row: pl.Series,
    column: str,
    code: pl.Series | str,
    **facts: pl.Series | str | None,
) -> pl.DataFrame:
    """Faults of one code; `facts` are columns of FAULTS, those not given are null."""
    data: Mapping[str, object] = {"file": file, "row": row, "column": column, "code": code, **facts}
    columns = [
        pl.lit(data.get(name), kind).cast(kind).alias(name)
        if not isinstance(data.get(name), pl.Series)
        else pl.lit(data[name]).cast(kind).alias(name)
        for name, kind in FAULTS.items()
    ]
    return pl.select(columns) if row.len() else pl.DataFrame(schema=FAULTS)


@dataclass(frozen=True)
class _Piece:
    places: np.ndarray  # positions in the batch
    column: str
    code: str
    value: pl.Series | None
    detail: pl.Series | str
    cause: pl.DataFrame | None


class Faults:
    """The faults of one batch of rows: the first one marked for a row stays."""

    def __init__(self, rows: int) -> None:
        self.bad: Mask = np.zeros(rows, np.bool_)
        self._pieces: list[_Piece] = []

    def mark(
        self,
        mask: Mask,
        column: str,
        code: str,
        *,
        value: pl.Series | None = None,
        detail: pl.Series | str = "",
        cause: pl.DataFrame | None = None,
    ) -> None:
        """Where `mask`: value, detail and cause are columns as long as the batch."""
        fresh = mask & ~self.bad
        if fresh.any():
            self.bad |= fresh
            places = np.flatnonzero(fresh)
            piece = _Piece(
                places,
                column,
                code,
                None if value is None else value.gather(places),
                detail if isinstance(detail, str) else detail.gather(places),
                None if cause is None else cause[places],
            )
            self._pieces.append(piece)

    def frame(self, files: pl.Series, rows: pl.Series) -> pl.DataFrame:
        """FAULTS of the batch, one for each bad row, in order; its places: `files`, `rows`."""
        parts = [self._part(piece, files, rows) for piece in self._pieces]
        if not parts:
            return pl.DataFrame(schema=FAULTS)
        order = np.argsort(np.concatenate([piece.places for piece in self._pieces]))
        return pl.concat(parts)[order]

    def _part(self, piece: _Piece, files: pl.Series, rows: pl.Series) -> pl.DataFrame:
        cause = {} if piece.cause is None else {name: piece.cause[name] for name in CAUSE}
        facts = {"value": piece.value, "detail": piece.detail, **cause}
        file, row = files.gather(piece.places), rows.gather(piece.places)
        return frame(file, row, piece.column, piece.code, **facts)
