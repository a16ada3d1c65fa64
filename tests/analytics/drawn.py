"""Networks drawn by hand or by hypothesis, as columns, for the tests of `analytics`."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import polars as pl

from analytics.columns import SCHEMAS, Columns
from graph.model import DISTRIBUTOR_STATUS, OPEN_MS

JOINED_MS = 1_000


def frame(noun: str, rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    """Rows of a noun with what is left out as null."""
    schema = SCHEMAS[noun]
    whole = [{name: row.get(name) for name in schema} for row in rows]
    return pl.DataFrame(whole, schema=schema, orient="row")


def forest(parents: Sequence[int | None], *, joined: Sequence[int] | None = None) -> Columns:
    """Distributors D0, D1, … each with the sponsor at `parents`, since joining."""
    times = joined or [JOINED_MS] * len(parents)
    edges = [(child, above, times[child], OPEN_MS) for child, above in enumerate(parents)]
    return dated(times, [edge for edge in edges if edge[1] is not None])


def dated(joined: Sequence[int], edges: Sequence[tuple[int, int | None, int, int]]) -> Columns:
    """Distributors by their joining and edges (child, sponsor, since, until)."""
    active = DISTRIBUTOR_STATUS.index("active")
    return Columns(
        distributors=frame(
            "distributors",
            (
                {"id": f"D{row}", "key": row, "joined_at": at, "status": active}
                for row, at in enumerate(joined)
            ),
        ),
        sponsor_edges=frame(
            "sponsor_edges",
            (
                dict(zip(SCHEMAS["sponsor_edges"], edge, strict=True))
                for edge in sorted(edges, key=lambda edge: (edge[0], edge[2]))
            ),
        ),
    )


def chain(length: int) -> Columns:
    """D0 ← D1 ← D2 …, everyone the sponsor of the next."""
    rows = np.arange(length, dtype=np.int32)
    people = pl.DataFrame({"id": [f"D{row}" for row in rows.tolist()], "key": rows})
    edges = pl.DataFrame({"child_row": rows[1:], "sponsor_row": rows[:-1]})
    return Columns(
        distributors=filled("distributors", people, joined_at=0, status=1),
        sponsor_edges=filled("sponsor_edges", edges, since=0, until=OPEN_MS),
    )


def filled(noun: str, given: pl.DataFrame, **constant: Any) -> pl.DataFrame:
    """`given` as a whole frame of a noun: its other columns hold one value, else null."""
    return given.select(
        (pl.col(name) if name in given.columns else pl.lit(constant.get(name)))
        .cast(dtype)
        .alias(name)
        for name, dtype in SCHEMAS[noun].items()
    )
