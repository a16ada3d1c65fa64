"""What the engine found, as the rows that the graph keeps: entries and frozen paths with their ids.

Frames here have exactly the columns of `graph.commissions.save_all`, and what `first` makes of them
those of `graph.commissions.FIRST`: a night writes them to disk first and to the graph from there.
"""

from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import polars as pl

import analytics.volumes
import graph.commissions
from analytics.assembly import FROZEN_LISTS
from analytics.columns import Columns
from analytics.commission_schema import Worked
from graph.model import ENTRY_KIND


def entries(columns: Columns, worked: Worked, zone: ZoneInfo) -> pl.DataFrame:
    """New entries, in the ledger's order; `period` is the company's month of booked_at."""
    found = worked.entries
    return found.select(
        _of(columns.orders["id"], found["order_row"]).alias("order_id"),
        _of(columns.orders["key"], found["order_row"]).alias("order_key"),
        _of(columns.distributors["id"], found["beneficiary_row"]).alias("beneficiary_id"),
        _of(columns.distributors["key"], found["beneficiary_row"]).alias("beneficiary_key"),
        "level",
        pl.Series(ENTRY_KIND).gather(found["kind"]).alias("kind"),
        "cause",
        pl.col("amount").alias("amount_minor"),
        "currency",
        pl.col("booked_at").alias("booked_at_ms"),
        analytics.volumes.period("booked_at", zone).alias("period"),
        "plan",
        pl.col("trigger").fill_null(""),
        pl.col("freeze_ms").fill_null(0),
    )


def frozen(columns: Columns, worked: Worked) -> pl.DataFrame:
    """Orders worked out for the first time, each with its path as lists."""
    paths = worked.frozen_paths
    lists = (
        paths.with_columns(_of(columns.distributors["key"], paths["beneficiary_row"]).alias("key"))
        .sort("order_row", "position")
        .group_by("order_row", maintain_order=True)
        .agg(
            pl.col("key").alias("keys"),
            pl.col("level").alias("levels"),
            pl.col("gate").alias("gates"),
            pl.col("rank").fill_null("").alias("ranks"),
        )
    )
    found = worked.frozen.join(lists, on="order_row", how="left", maintain_order="left")
    return found.select(
        _of(columns.orders["key"], found["order_row"]).alias("order_key"),
        pl.col("plan").fill_null(""),
        pl.col("anchor").alias("anchor_ms"),
        "seq",
        pl.col("buyer_is_seller").alias("self"),
        *(pl.col(name).fill_null([]) for name in FROZEN_LISTS),
    )


COMMON = ("kind", "currency", "booked_at_ms", "period", "trigger", "freeze_ms")
"""What an order's own entries share: sent once for all of them."""


def first(frozen: pl.DataFrame, entries: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Frozen orders with their own entries inside, and all other entries, both by order.

    Where an order's own entries are not all alike (a line with a negative price may earn less than
    nothing on one level), those unlike the first are among the others.
    """
    of_frozen = pl.col("order_key").is_in(frozen["order_key"].implode())
    own = entries.with_row_index("at").filter(of_frozen & (pl.col("cause") == pl.col("order_id")))
    heads = own.unique("order_key", keep="first", maintain_order=True)
    own = own.join(heads, on=["order_key", *COMMON], how="semi", maintain_order="left")
    inside = np.zeros(entries.height, bool)
    inside[own["at"].to_numpy()] = True
    share = pl.concat_list(
        pl.col(name).cast(pl.Int64) for name in ("beneficiary_key", "level", "amount_minor")
    )
    shared = own.group_by("order_key", maintain_order=True).agg(
        *(pl.col(name).first() for name in COMMON), share.alias("shares")
    )
    found = frozen.join(shared, on="order_key", how="left", maintain_order="left")
    found = found.with_columns(pl.col("shares").fill_null([]))
    return found.select(graph.commissions.FIRST), entries.filter(pl.Series(~inside))


def notes(worked: Worked) -> pl.DataFrame:
    """What there is to say, a row each: code, what it is about, facts as JSON."""
    rows = [
        (note.code, note.id, msgspec.json.encode(dict(note.facts), enc_hook=str).decode())
        for note in worked.notes
    ]
    return pl.DataFrame(
        rows, schema={"code": pl.String, "id": pl.String, "facts": pl.String}, orient="row"
    )


def _of(values: pl.Series, rows: pl.Series) -> pl.Series:
    return values.gather(rows)
