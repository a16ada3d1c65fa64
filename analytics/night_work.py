"""The commissions of one night, chunk by chunk, in memory that does not grow with history.

Only what `analytics.delta` names is worked out, a part of it at a time on columns cut to it. Plans
with caps per month need whole months; those are worked out once more for what closing would cut.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import polars as pl

import analytics.closing
import analytics.commission
import analytics.delta
import analytics.ledger_rows
import analytics.subset
from analytics.columns import Columns
from analytics.commission_schema import Booked, Worked
from analytics.network import Rows
from analytics.night_totals import Tally
from analytics.plan import Plan, Plans
from analytics.subset import Subset
from analytics.whole import Whole
from graph.errors import Conflict

CHUNK_ORDERS = 250_000


@dataclass(frozen=True)
class Night:
    """What the commissions of a night follow from."""

    columns: Columns
    plans: Plans
    older: Sequence[Plan]
    booked: Booked | None
    as_of_ms: int
    seq: int
    zone: ZoneInfo
    currency: str


def parts(
    night: Night, tally: Tally, chunk: int = CHUNK_ORDERS
) -> Iterator[Mapping[str, pl.DataFrame]]:
    """Notes, entries and frozen orders of each chunk, as the night keeps them; one at least.

    Whatever there is to add up goes into `tally`. Conflict where money does not add up.
    """
    due = analytics.delta.of(night.columns, night.as_of_ms, night.booked)
    whole = Whole(night.columns)
    for rows in _chunks(due.new, chunk, at_least=1):
        subset, worked = _worked(night, rows, whole)
        _hold_to_conservation(worked)
        tally.add_new(subset.columns, worked)
        yield _kept(night, subset, worked)
    for rows in _chunks(due.changed, chunk, at_least=0):
        subset, worked = _worked(night, rows, whole)
        tally.add_changed(worked)
        yield _kept(night, subset, worked)
    if any(
        analytics.closing.has_period_cap(plan) for plan in (*night.plans.versions, *night.older)
    ):
        for rows in analytics.delta.of_months(night.columns, due, night.as_of_ms, night.zone):
            tally.add_month(_worked(night, rows, whole)[1])


def _chunks(rows: Rows, size: int, at_least: int) -> Iterator[Rows]:
    count = max(at_least, -(-len(rows) // size))
    return (rows[at * size : (at + 1) * size] for at in range(count))


def _worked(night: Night, rows: Rows, whole: Whole) -> tuple[Subset, Worked]:
    subset = analytics.subset.of(night.columns, rows)
    worked = analytics.commission.work_out(
        subset.columns,
        night.plans,
        as_of_ms=night.as_of_ms,
        zone=night.zone,
        orders=subset.orders,
        booked=night.booked,
        seq=night.seq,
        older=night.older,
        currency=night.currency,
        whole=whole,
    )
    return subset, worked


def _kept(night: Night, subset: Subset, worked: Worked) -> Mapping[str, pl.DataFrame]:
    return {
        "notes": analytics.ledger_rows.notes(worked),
        "entries": analytics.ledger_rows.entries(subset.columns, worked, night.zone),
        "frozen": analytics.ledger_rows.frozen(subset.columns, worked),
    }


def _hold_to_conservation(worked: Worked) -> None:
    broken = [currency for currency, one in worked.conservation.items() if not one.check]
    if broken:
        raise Conflict(
            f"the commissions in {', '.join(broken)} do not add up to what was promised;"
            " nothing was booked. This is a fault of Plumbline: please report it"
        )
