"""Who earns what on which order, and why: the one engine for one order and for all of them.

    columns -> walk (who stands where, which gate stops him) -> amounts (rates, shares, rounding,
    order cap) -> ledger (events as differences of entitlement) -> caps of closed months

Decisions are pure: the same columns, plans and as-of give the same frames, and an order worked out
alone gives the rows that it gives among a hundred million. An order that an earlier night froze
(`columns.frozen`, `columns.frozen_paths`) is never walked again; its later events are booked as
differences to what the ledger granted.

Readings where the text leaves two: under `self_purchase = nobody` all rows of the order, the levels
without an ancestor included, have the outcome `self_purchase`; windows, product and distributor
rates do not touch a differential plan; a positive difference after an event is an `accrual` with
the cause of the event; a cancellation of an unknown order is one whose original is not known.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl

import analytics.batches
import analytics.closing
import analytics.conservation
import analytics.ledger
import analytics.paths
from analytics.batches import Asked, Group, Result
from analytics.columns import FROZEN, FROZEN_PATHS, Columns
from analytics.commission_schema import SCHEMAS, Booked, Conservation, Note, Worked, typed
from analytics.events import when_of_accrual
from analytics.ledger import Due
from analytics.paths import BUYER_IS_SELLER
from analytics.plan import Plan, Plans
from analytics.whole import Whole


def work_out(
    columns: Columns,
    plans: Plans,
    *,
    as_of_ms: int,
    zone: ZoneInfo,
    orders: npt.NDArray[np.int32] | None = None,
    months_close: bool = False,
    booked: Booked | None = None,
    seq: int = 0,
    older: Sequence[Plan] = (),
    currency: str = "CNY",
    whole: Whole | None = None,
) -> Worked:
    """Work out the orders (all, or the rows in `orders`) as they stand at `as_of_ms`.

    `months_close`: period caps cut amounts as if every month closed now (a dry run); otherwise they
    are only told in `would_cut`, for the orders worked out. `booked`: how far finished nights have
    written the ledger. `seq`: the change cursor of this night, kept with what it freezes. `older`:
    plans of other names that frozen orders carry; Missing where a frozen order's is in neither.
    `currency`: the company's, for products without one. All orders in `columns` count for window
    anchors and for own retail, whichever are worked out; where `columns` are cut out of more
    (analytics.subset), `whole` says what they were cut from.
    """
    when = columns.orders.select(when_of_accrual()).to_series().to_numpy()
    call = Asked(columns, as_of_ms, booked, currency, whole or Whole(columns), when)
    groups = list(analytics.batches.groups(call, plans, older, orders))
    results = [
        analytics.batches.result(call, group.plan, group)
        for group in groups
        if group.plan is not None
    ]
    would_cut = analytics.closing.would_cut(columns, results, zone)
    frames = [
        _frames(columns, result, would_cut if months_close else would_cut.clear(), as_of_ms)
        for result in results
    ]
    walked = [result for result in results if result.batch.frozen_seq is None]
    unplanned = [group for group in groups if group.plan is None and not group.is_frozen]
    frozen = [*(_frozen(columns, one, seq) for one in walked), *_unplanned(columns, unplanned, seq)]
    return Worked(
        paths=_whole("paths", (one.paths for one in frames)),
        path_lines=_whole("path_lines", (one.path_lines for one in frames)),
        entries=_whole("entries", (one.entries for one in frames)),
        frozen=_whole("frozen", frozen),
        frozen_paths=_whole("frozen_paths", (_frozen_paths(one) for one in walked)),
        would_cut=would_cut,
        conservation=analytics.conservation.total(one.kept for one in frames),
        notes=_notes(columns, groups, results),
        unfinished=_unfinished(walked),
    )


class Frames(NamedTuple):
    """What one batch adds to `Worked`."""

    paths: pl.DataFrame
    path_lines: pl.DataFrame
    entries: pl.DataFrame
    kept: Mapping[str, Conservation]


def _frames(columns: Columns, result: Result, cuts: pl.DataFrame, as_of_ms: int) -> Frames:
    part, batch = result.part, result.batch
    cut = analytics.closing.by_path_row(part, cuts)
    steps, states, events = part.work.steps, result.states, result.events
    due = Due(batch, steps, part.entitled, states, events, result.own_booked)
    paths = analytics.paths.frame(columns, part, cut)
    return Frames(
        paths=paths,
        path_lines=analytics.paths.lines(columns.lines["line_no"], part),
        entries=analytics.ledger.entries(columns, due, part.plan, as_of_ms, cut),
        kept=analytics.conservation.of(columns, part, paths["amount"].to_numpy()),
    )


def _whole(name: str, parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """The frames of all batches as one, by order; a batch is sorted already."""
    frames = [part for part in parts if part.height]
    if len(frames) == 1:
        return frames[0]
    whole = pl.concat([pl.DataFrame(schema=SCHEMAS[name]), *frames])
    return whole.sort("order_row", maintain_order=True)


def _frozen(columns: Columns, result: Result, seq: int) -> pl.DataFrame:
    """What this night fixes about the orders of a batch."""
    plan = result.part.plan
    anchor = pl.Series(result.anchor) if plan.window else pl.lit(None)
    fixed = _fixed(columns, result.batch.rows, seq).with_columns(anchor.alias("anchor"))
    return typed(fixed.with_columns(pl.lit(plan.id).alias("plan")), FROZEN)


def _unplanned(columns: Columns, groups: Sequence[Group], seq: int) -> list[pl.DataFrame]:
    """Orders paid before any version of the plan: fixed without one."""
    return [typed(_fixed(columns, group.rows, seq), FROZEN) for group in groups]


def _fixed(columns: Columns, rows: npt.NDArray[np.int32], seq: int) -> pl.DataFrame:
    himself = columns.orders.select(BUYER_IS_SELLER.alias("buyer_is_seller"))
    return himself.select(pl.all().gather(rows)).with_columns(
        pl.Series("order_row", rows),
        pl.lit(None).alias("plan"),
        pl.lit(None).alias("anchor"),
        pl.lit(seq).alias("seq"),
    )


def _frozen_paths(result: Result) -> pl.DataFrame:
    """The walked ancestors of a batch; the levels without one follow from them."""
    part, steps = result.part, result.part.work.steps
    at = np.repeat(result.batch.rows, np.diff(steps.start))
    walked = np.flatnonzero(steps.position >= 0)
    made = {
        "order_row": at[walked],
        "position": steps.position[walked],
        "beneficiary_row": steps.beneficiary[walked],
        "level": steps.level[walked],
        "gate": steps.gate[walked],
        "rank": pl.Series(part.ranks, dtype=pl.String).gather(steps.rank[walked]),
    }
    return typed(pl.DataFrame(made), FROZEN_PATHS)


def _notes(
    columns: Columns, groups: Sequence[Group], results: Sequence[Result]
) -> tuple[Note, ...]:
    ids = columns.orders["id"]
    without = [group for group in groups if group.plan is None]
    notes = [Note("no_plan", order) for group in without for order in ids.gather(group.rows)]
    notes += [note for result in results for note in result.notes]
    return tuple(sorted(notes, key=lambda note: (note.code, note.id)))


def _unfinished(walked: Sequence[Result]) -> npt.NDArray[np.int32]:
    rows = [one.batch.rows[one.part.work.steps.unfinished] for one in walked]
    return np.sort(np.concatenate([np.empty(0, np.int32), *rows]))
