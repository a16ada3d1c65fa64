"""Identifiers before they are kept: one form for equal values, then a keyed hash, never clear text.

How is said in `graph.sealing`. Whoever hashes at the source with the same salt gets the same; such
values stay as they are.
"""

import polars as pl

import graph.sealing


def sealed(typed: pl.DataFrame, regions: pl.Series, salt: bytes) -> pl.DataFrame:
    """Rows of identifiers with `value` hashed; `regions` of their owners, null where unknown."""
    given = typed.select("kind", "value", "hashed", regions.alias("region"))
    distinct = given.unique(maintain_order=True)
    made = [
        graph.sealing.plain(value)
        if is_hashed
        else graph.sealing.hashed(salt, graph.sealing.normalised(kind, value, region))
        for kind, value, is_hashed, region in distinct.iter_rows()
    ]
    keyed = distinct.with_columns(pl.Series("made", made, dtype=pl.String))
    joined = given.join(
        keyed,
        on=["kind", "value", "hashed", "region"],
        how="left",
        maintain_order="left",
        nulls_equal=True,
    )
    return typed.with_columns(joined["made"].alias("value"))
