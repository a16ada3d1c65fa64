"""What a later load may do to rows that the graph already holds (files.md "A later load").

A blank says nothing. What was blank may be filled in, what lives may advance, what is settled stays
as it is: such a row is rejected (`settled`; `use_change_file` for a distributor's status, rank and
sponsor, which change by files of their own). Rows that a profile derived only ever fill blanks.
Everything here is pure: frames in, frames out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from graph.model import ORDER_STATUS

SETTLED, USE_CHANGE_FILE = "settled", "use_change_file"

# What may become another value than it was. Of an order: until it is paid, or until a night froze
# it, see `_may_advance`.
LIVES: dict[str, tuple[str, ...]] = {
    "distributors": ("left_at_ms", "verified_at_ms", "certified_until_ms", "name"),
    "customers": ("name",),
    "products": ("name",),
    "orders": ("received_at_ms", "cancelled_at_ms"),
}
UNTIL_PAID = ("ordered_at_ms", "ordered_bare", "amount_minor")
UNTIL_FROZEN = ("paid_at_ms",)
BY_CHANGE_FILE = ("status", "rank", "sponsor_id")
BESIDE = ("file", "row", "id", "currency_bare", "valid_from_bare")


@dataclass(frozen=True)
class Compared:
    """The rows of a batch by what they are to the graph.

    `fresh` are new to it; `changes` are rows that differ, whole and as they shall stand; `faults`
    name rows that would change what is settled, the first such column of each: file, row, column
    (as the graph names it), code, stored, given.
    """

    fresh: pl.DataFrame
    changes: pl.DataFrame
    same: int
    faults: pl.DataFrame


def compared(noun: str, new: pl.DataFrame, old: pl.DataFrame, *, derived: bool = False) -> Compared:
    """Compare stored frames of a batch with those rows of the graph that have its ids.

    `old` has the columns that `old_columns` names. Of each id there is one row on either side.
    """
    if old.is_empty():
        return Compared(new, new.clear(), 0, _no_faults())
    both = new.join(
        old.with_columns(there=True), on="id", how="left", suffix=":old", maintain_order="left"
    )
    fresh = both.filter(pl.col("there").is_null()).select(new.columns)
    pairs = both.filter(pl.col("there").is_not_null()).with_columns(_judged(noun, new, derived))
    facts = _facts(new)
    wrong = pl.any_horizontal(pl.col(f"{name}:wrong") for name in facts)
    writes = pl.any_horizontal(pl.col(f"{name}:write") for name in facts)
    good = pairs.filter(~wrong)
    standing = [
        pl.when(pl.col(f"{name}:write"))
        .then(pl.col(name))
        .otherwise(pl.col(f"{name}:old"))
        .alias(name)
        for name in facts
    ]
    changes = good.filter(writes).with_columns(standing).select(new.columns)
    faults = _faults(noun, pairs.filter(wrong), facts)
    return Compared(fresh, changes, good.height - changes.height, faults)


def old_columns(noun: str, new: Sequence[str]) -> list[str]:
    """The columns that `compared` reads of what the graph holds, for a stored frame with `new`."""
    names = ["id", *(name for name in new if name not in BESIDE)]
    if noun == "distributors":
        names += [f"{name}:now" for name in BY_CHANGE_FILE]
    if noun == "orders":
        names += ["paid", "frozen"]
    if noun == "order_lines":
        names += ["frozen"]
    return names


def _facts(new: pl.DataFrame) -> list[str]:
    return [name for name in new.columns if name not in BESIDE]


def _judged(noun: str, new: pl.DataFrame, derived: bool) -> list[pl.Expr]:
    """For each fact whether it is to be written (`:write`) and whether it may not be (`:wrong`)."""
    judged = []
    for name in _facts(new):
        given, kept = pl.col(name), pl.col(f"{name}:old")
        says = given.is_not_null() & _meant(name, new)
        fills = says & kept.is_null() & _may_fill(noun, name)
        differs = says & given.ne_missing(kept) & ~fills & ~_stands_already(noun, name)
        may = pl.lit(False) if derived else _may_advance(noun, name)
        advances = differs & may
        wrong = pl.lit(False) if derived else differs & ~may
        judged += [
            (fills | advances).fill_null(False).alias(f"{name}:write"),
            wrong.fill_null(False).alias(f"{name}:wrong"),
        ]
    return judged


def _meant(name: str, new: pl.DataFrame) -> pl.Expr:
    """False where a value is not the file's own word: the company's currency for a blank one."""
    if name == "currency" and "currency_bare" in new.columns:
        return ~pl.col("currency_bare").fill_null(False)
    return pl.lit(True)


def _may_fill(noun: str, name: str) -> pl.Expr:
    if noun == "order_lines":
        # A night took the line as it stood: what is filled in later would count twice.
        return ~pl.col("frozen").fill_null(False)
    if noun == "distributors" and name == "sponsor_id":
        return pl.lit(False)  # blank is a root, which is not unknown
    if noun == "distributors" and name == "rank":
        return pl.col("rank:now").is_null()
    return pl.lit(True)


def _stands_already(noun: str, name: str) -> pl.Expr:
    """True where another value than the stored one still changes nothing."""
    if noun == "distributors" and name in BY_CHANGE_FILE:
        return pl.col(name).eq_missing(pl.col(f"{name}:now"))
    if noun == "orders" and name == "buyer_kind":
        # What a buyer was is frozen at order time, also if the same id has become another since.
        return pl.col("buyer_id").eq_missing(pl.col("buyer_id:old"))
    return pl.lit(False)


def _may_advance(noun: str, name: str) -> pl.Expr:
    if name in LIVES.get(noun, ()):
        return pl.lit(True)
    if noun != "orders":
        return pl.lit(False)
    if name == "status":
        return _step(pl.col("status")) > _step(pl.col("status:old"))
    if name in UNTIL_PAID:
        return ~pl.col("paid").fill_null(False)
    if name in UNTIL_FROZEN:
        return ~pl.col("frozen").fill_null(False)
    return pl.lit(False)


def _step(status: pl.Expr) -> pl.Expr:
    """An order only goes on: created, paid, shipped, received, and from anywhere cancelled."""
    return status.replace_strict(list(ORDER_STATUS), list(range(len(ORDER_STATUS))), default=None)


def _no_faults() -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            "file": pl.Int32,
            "row": pl.Int64,
            "column": pl.String,
            "code": pl.String,
            "stored": pl.String,
            "given": pl.String,
        }
    )


def _faults(noun: str, wrong: pl.DataFrame, facts: Sequence[str]) -> pl.DataFrame:
    if wrong.is_empty():
        return _no_faults()
    column, stored, given = (pl.lit(None, dtype=pl.String) for _ in range(3))
    for name in reversed(facts):
        here = pl.col(f"{name}:wrong")
        column = pl.when(here).then(pl.lit(name)).otherwise(column)
        kept = pl.col(f"{name}:old").cast(pl.String)
        stored = pl.when(here).then(kept).otherwise(stored)
        given = pl.when(here).then(pl.col(name).cast(pl.String)).otherwise(given)
    by_file = pl.lit(noun == "distributors") & column.is_in(BY_CHANGE_FILE)
    return wrong.select(
        "file",
        "row",
        column.alias("column"),
        pl.when(by_file).then(pl.lit(USE_CHANGE_FILE)).otherwise(pl.lit(SETTLED)).alias("code"),
        stored.fill_null("").alias("stored"),
        given.alias("given"),
    )
