"""What the commission engine gives back: typed frames, and what a run adds up to.

Amounts, cuts and entries are whole minor units of the row's currency; a base is in thousandths of a
minor unit (a quantity has three decimals); a share before rounding is the fraction
`share_num / share_den` of minor units in lowest terms. `*_row` points into the frames of the
`Columns` that were worked out; outcomes are positions in `graph.model.OUTCOME`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from analytics.columns import ENTRIES, FROZEN, FROZEN_PATHS, Schema
from graph.money import Exact

PREDICATES = ("status", "verified", "certified", "own_retail", "retail_customers", "own_purchase")
"""The bits of `failed`, from the lowest; a seventh, `unlock`, depends on the level."""

PATHS: Schema = {  # by (order_row, position, level); rows without an ancestor last
    "order_row": pl.Int32,
    "position": pl.Int32,  # null: no ancestor for this level
    "beneficiary_row": pl.Int32,
    "level": pl.UInt8,  # 0: none
    "gate": pl.UInt8,  # the outcome before the money; "paid": passed every gate
    "failed": pl.UInt8,  # bits of PREDICATES and unlock, whatever compression does
    "outcome": pl.UInt8,
    "rate": pl.String,  # decimal; null: a fixed amount, `mixed`, or no level
    "rate_source": pl.String,  # null: no level
    "base_milli": pl.Int128,  # of the whole order
    "share_num": pl.Int128,
    "share_den": pl.Int64,
    "amount": pl.Int64,  # as accrued, after caps
    "cut": pl.Int64,  # what caps took
    "currency": pl.String,
    "rank": pl.String,  # at the paid time
}
PATH_LINES: Schema = {  # by (order_row, line_no, position, level); where rate_source is `mixed`
    "order_row": pl.Int32,
    "line_no": pl.Int64,
    "position": pl.Int32,
    "beneficiary_row": pl.Int32,
    "level": pl.UInt8,
    "rate": pl.String,
    "rate_source": pl.String,
    "base_milli": pl.Int128,
    "share_num": pl.Int128,
    "share_den": pl.Int64,
}
NEW_ENTRIES: Schema = {  # by (order_row, booked_at, cause, level)
    **ENTRIES,
    "state": pl.UInt8,  # at as-of
    "available_at": pl.Int64,  # null while pending
    "trigger": pl.String,  # "paid" | "received"; null: available at once
    "freeze_ms": pl.Int64,
}
WOULD_CUT: Schema = {  # by (order_row, level); what closing the months at as-of would cut
    "order_row": pl.Int32,
    "beneficiary_row": pl.Int32,
    "level": pl.UInt8,
    "period": pl.String,  # YYYY-MM of the paid time in the company's zone
    "currency": pl.String,
    "beneficiary_cut": pl.Int64,
    "company_cut": pl.Int64,
}


@dataclass(frozen=True)
class Conservation:
    """One currency: all that was promised is accounted for. Minor units; shares exact."""

    promised: Exact = Exact(0)
    paid: int = 0
    breakage: Exact = Exact(0)
    capped: int = 0
    rounding: Exact = Exact(0)

    @property
    def check(self) -> bool:
        """promised = paid + breakage + capped + rounding, exactly."""
        return self.promised == self.paid + self.breakage + self.capped + self.rounding

    def __add__(self, other: "Conservation") -> "Conservation":
        """Both together."""
        return Conservation(
            self.promised + other.promised,
            self.paid + other.paid,
            self.breakage + other.breakage,
            self.capped + other.capped,
            self.rounding + other.rounding,
        )


class Booked(NamedTuple):
    """How far the ledger goes: rows up to `seq`, events up to `as_of_ms`, by the last night."""

    seq: int
    as_of_ms: int


class Note(NamedTuple):
    """Something to say in the report: a code of graph/words/notes.toml, what it is about, facts."""

    code: str
    id: str
    facts: Mapping[str, object] = {}


@dataclass(frozen=True)
class Worked:
    """All that `analytics.commission.work_out` found. Entries are only those the ledger lacks."""

    paths: pl.DataFrame
    path_lines: pl.DataFrame
    entries: pl.DataFrame
    frozen: pl.DataFrame
    frozen_paths: pl.DataFrame
    would_cut: pl.DataFrame
    conservation: Mapping[str, Conservation] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    unfinished: npt.NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    """Orders whose walk reached an ancestor whose sponsor was not given (`columns.NOT_GIVEN`)."""


SCHEMAS: dict[str, Schema] = {
    "paths": PATHS,
    "path_lines": PATH_LINES,
    "entries": NEW_ENTRIES,
    "frozen": FROZEN,
    "frozen_paths": FROZEN_PATHS,
    "would_cut": WOULD_CUT,
}


def empty(name: str) -> pl.DataFrame:
    """A frame of `Worked` with no rows."""
    return pl.DataFrame(schema=SCHEMAS[name])


def typed(frame: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """The columns of a schema, in its order and types; an overflow is an error."""
    return frame.select(*schema).cast(dict(schema))  # type: ignore[arg-type]
