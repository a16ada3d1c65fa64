"""What closing the months would cut from the orders worked out: entitlement, caps, and back.

What an order is entitled to when its month closes is its last state, after every event known.
"""

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

import analytics.caps
from analytics.batches import Result
from analytics.caps import Month
from analytics.columns import Columns
from analytics.commission_schema import empty
from analytics.events import when_of_accrual
from analytics.network import Ints
from analytics.paths import Part
from analytics.plan import Plan
from graph.money import Exact


def would_cut(columns: Columns, results: Sequence[Result], zone: ZoneInfo) -> pl.DataFrame:
    """WOULD_CUT of all orders, plan version by plan version."""
    plans = {result.part.plan.id: result.part.plan for result in results}
    capped = [plan for plan in plans.values() if has_period_cap(plan)]
    cuts = [_of_plan(columns, plan, results, zone) for plan in capped]
    return pl.concat([empty("would_cut"), *cuts]).sort("order_row", "level")


def by_path_row(part: Part, cuts: pl.DataFrame) -> Ints:
    """What `cuts` take from each path row of a part, never more than it was granted."""
    steps = part.work.steps
    size = int(steps.start[-1])
    if not cuts.height:
        return np.zeros(size, np.int64)
    rows = np.repeat(part.rows, np.diff(steps.start))
    keys = pl.DataFrame({"order_row": rows, "level": steps.level})
    found = keys.join(cuts, on=["order_row", "level"], how="left", maintain_order="left")
    cut = found.select(pl.col("beneficiary_cut") + pl.col("company_cut")).to_series().fill_null(0)
    taken: Ints = np.minimum(cut.to_numpy(), np.maximum(part.entitled.granted[:size], 0))
    return taken


def has_period_cap(plan: Plan) -> bool:
    """Whether the orders of a plan are capped month by month."""
    return plan.caps.beneficiary is not None or plan.caps.company is not None


def _of_plan(
    columns: Columns, plan: Plan, results: Iterable[Result], zone: ZoneInfo
) -> pl.DataFrame:
    months = [_month(columns, one, zone) for one in results if one.part.plan.id == plan.id]
    bases: dict[tuple[str, str], Exact] = {}
    for month in months:
        for key, base in month.bases.items():
            bases[key] = bases.get(key, Exact(0)) + base
    entitled = pl.concat([month.entitled for month in months])
    return analytics.caps.work_out(Month(entitled, bases), plan.caps)


def _month(columns: Columns, result: Result, zone: ZoneInfo) -> Month:
    """What the orders of a batch are entitled to and their bases, after all that happened."""
    part, steps = result.part, result.part.work.steps
    last = np.arange(len(part.rows))
    states = np.array(result.states.at, np.int64)
    last[states] = len(part.rows) + np.arange(len(states))  # of several the last one stays
    orders = columns.orders.select(
        pl.col("id").alias("order_id"), "currency", when_of_accrual()
    ).select(pl.all().gather(part.rows))
    orders = orders.with_columns(pl.Series("order_row", part.rows), analytics.caps.period(zone))
    lengths = np.diff(steps.start)
    at = np.repeat(np.arange(len(part.rows)), lengths)
    within = np.arange(len(at)) - steps.start[at]
    entitled = orders.select(pl.all().gather(at)).with_columns(
        pl.Series("beneficiary_row", steps.beneficiary),
        pl.Series("level", steps.level),
        pl.Series("amount", part.entitled.granted[part.entitled.start[last][at] + within]),
    )
    return Month(entitled, _bases(part, last, orders))


def _bases(part: Part, last: Ints, orders: pl.DataFrame) -> dict[tuple[str, str], Exact]:
    """The base by period and currency, in thousandths, net of all that was taken back."""
    pieces = part.work.pieces
    upto = np.zeros(len(pieces.base) + 1, np.int64)
    np.cumsum(pieces.base, out=upto[1:])
    base = pl.Series("base", upto[pieces.start[last + 1]] - upto[pieces.start[last]])
    sums = (
        orders.with_columns(base.cast(pl.Int128))
        .group_by("period", "currency")
        .agg(pl.col("base").sum())
    )
    found = {(row[0], row[1]): Exact(row[2]) for row in sums.iter_rows()}
    for state, left in part.odd.items():
        at = int(pieces.order[state])
        if last[at] == state:
            key = orders["period"][at], orders["currency"][at]
            found[key] += sum((one.base for one in left), Exact(0))
    return found
