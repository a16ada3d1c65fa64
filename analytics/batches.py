"""Which orders are worked out together, and the working out of one such batch.

A batch is the orders of one plan version that no night has frozen yet, or those that one has. The
steps are the same for both but for the path: walked now, or taken as it was frozen.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

import analytics.amounts
import analytics.anchors
import analytics.bases
import analytics.events
import analytics.exact
import analytics.paths
import analytics.pieces
import analytics.terms
import analytics.walk
from analytics.amounts import Orders
from analytics.columns import Columns
from analytics.commission_schema import Booked, Note
from analytics.events import CANCELLATION_KIND, COUNTS, Batch, States
from analytics.kernels import readonly
from analytics.network import Ints, Rows
from analytics.paths import BUYER_IS_SELLER, Part
from analytics.pieces import Currencies, Cut, Reading
from analytics.plan import Plan, Plans
from analytics.terms import Words
from analytics.walk import Sales, Steps
from analytics.whole import Whole
from graph.errors import Missing
from graph.model import NOBODY, ORDER_KIND

NO_PLAN = -1
EARNS = ((pl.col("kind") == ORDER_KIND.index("sale")) & pl.col("paid_at").is_not_null()) | (
    (pl.col("kind") == CANCELLATION_KIND) & (pl.col("cancels_row") < 0) & COUNTS
)
"""Orders that are worked out: paid sales, and cancellations without a known original."""


class Asked(NamedTuple):
    """What one call works on."""

    columns: Columns
    as_of_ms: int
    booked: Booked | None
    currency: str  # the company's
    whole: Whole
    when: Ints  # by order row: when its own entries are booked


class Group(NamedTuple):
    """Orders that share a plan version; `plan` is None where none was in force."""

    plan: Plan | None
    rows: Rows
    is_frozen: bool


class Result(NamedTuple):
    """One batch worked out."""

    part: Part
    batch: Batch
    states: States
    events: pl.DataFrame
    own_booked: npt.NDArray[np.bool_]  # by order: a finished night has written its own entries
    anchor: Ints  # by order
    notes: list[Note]


def groups(
    call: Asked, plans: Plans, older: Sequence[Plan], orders: Rows | None
) -> Iterator[Group]:
    """The orders that have happened by as-of, by plan version and whether a night froze them."""
    frozen_at = np.full(call.columns.orders.height, NOBODY, np.int64)
    frozen_at[call.columns.frozen["order_row"].to_numpy()] = np.arange(call.columns.frozen.height)
    wanted = _happened(call, frozen_at >= 0)
    if orders is not None:
        chosen = np.zeros(len(wanted), np.bool_)
        chosen[orders] = True
        wanted &= chosen
    rows = np.flatnonzero(wanted).astype(np.int32)
    versions = [*plans.versions, *older]
    which, frozen = plans.in_force(call.when[rows]), frozen_at[rows] >= 0
    which[frozen] = _frozen_versions(call.columns, frozen_at[rows[frozen]], versions)
    for is_frozen in (False, True):
        for version in range(NO_PLAN, len(versions)):
            mine = rows[(which == version) & (frozen == is_frozen)]
            if len(mine):
                yield Group(None if version == NO_PLAN else versions[version], mine, is_frozen)


def _happened(call: Asked, frozen: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Sales paid by as-of and cancellations without a known original; what was frozen, always."""
    counts = call.columns.orders.select(EARNS).to_series().to_numpy()
    happened: npt.NDArray[np.bool_] = (counts | frozen) & (call.when <= call.as_of_ms)
    return happened


def _frozen_versions(columns: Columns, at: Ints, versions: list[Plan]) -> Ints:
    """The version that each frozen order carries, NO_PLAN where it was frozen without one."""
    carried = columns.frozen["plan"].gather(at)
    number = {plan.id: version for version, plan in enumerate(versions)}
    unknown = sorted(set(carried.drop_nulls().unique().to_list()) - set(number))
    if unknown:
        raise Missing(f"frozen orders carry plans that are not at hand: {', '.join(unknown)}")
    found = carried.replace_strict(number, default=NO_PLAN, return_dtype=pl.Int64)
    return found.fill_null(NO_PLAN).to_numpy()


class Past(NamedTuple):
    """What is fixed about the orders of a batch before the money."""

    steps: Steps
    anchor: Ints
    frozen_seq: Ints | None


def result(call: Asked, plan: Plan, group: Group) -> Result:
    """Work one batch out: paths, entitlement in every state, events."""
    columns, rows = call.columns, group.rows
    past = _frozen(call, plan, rows) if group.is_frozen else _walked(call, plan, rows)
    batch = Batch(rows, past.frozen_seq)
    own_booked = _own_booked(call, batch)
    events = _events(call, batch, plan)
    states = analytics.events.applied(columns, batch, events, plan.base)
    terms, words = analytics.terms.terms(columns, plan, call.whole.ranks)
    lines = analytics.bases.lines_of(columns, rows, past.frozen_seq, plan.base)
    reading = Reading(plan, terms, call.currency)
    currency = columns.orders["currency"].gather(rows)
    currencies = Currencies(currency, columns.products["currency"])
    cut = analytics.pieces.cut(currencies, lines, states, reading)
    orders = analytics.pieces.orders_of(currency, call.when[rows] - past.anchor)
    part = paid(rows, past.steps, cut, orders, Said(reading, words, call.whole.ranks))
    notes = states.notes + analytics.bases.notes(columns, rows, plan.base)
    return Result(part, batch, states, events, own_booked, past.anchor, notes)


class Said(NamedTuple):
    """A plan as the kernels read it, and as people do."""

    reading: Reading
    words: Words
    ranks: list[str | None]


def paid(rows: Rows, steps: Steps, cut: Cut, orders: Orders, said: Said) -> Part:
    """The money of the orders at `rows`: what everybody on their paths is entitled to."""
    steps = Steps(*(readonly(array) for array in steps))
    work = analytics.amounts.work(steps, cut.pieces, orders, said.reading.terms, cut.odd)
    entitled = analytics.amounts.entitled(work)
    exact = analytics.exact.fill(entitled, work, cut.odd)
    share, large = analytics.paths.shares(work, entitled, exact)
    of_orders, of_pieces = analytics.pieces.bases(cut, len(rows))
    return Part(
        said.reading.plan,
        rows,
        work,
        entitled,
        share,
        large,
        of_orders,
        of_pieces,
        cut.odd,
        cut.line,
        said.words,
        said.ranks,
    )


def _walked(call: Asked, plan: Plan, rows: Rows) -> Past:
    columns = call.columns
    himself = columns.orders.select(BUYER_IS_SELLER).to_series().to_numpy()
    sales = Sales(columns.orders["seller_row"].to_numpy()[rows], call.when[rows], himself[rows])
    steps = analytics.walk.walk(
        Sales(*(readonly(array) for array in sales)),
        call.whole.history,
        call.whole.standing(plan),
        analytics.walk.gates(plan, call.whole.ranks),
    )
    anchor = call.when[rows]
    if plan.window:
        anchor = analytics.anchors.of(columns, rows, call.whole.first_paid)
    return Past(steps, anchor, None)


def _frozen(call: Asked, plan: Plan, rows: Rows) -> Past:
    kept = pl.DataFrame({"order_row": rows}).join(
        call.columns.frozen, on="order_row", how="left", maintain_order="left"
    )
    steps = analytics.paths.frozen(call.columns, rows, call.whole.ranks, plan)
    anchor = kept.select(pl.coalesce("anchor", pl.Series("when", call.when[rows]))).to_series()
    return Past(steps, anchor.to_numpy(), kept["seq"].to_numpy())


def _own_booked(call: Asked, batch: Batch) -> npt.NDArray[np.bool_]:
    if batch.frozen_seq is None or call.booked is None:
        return np.zeros(len(batch.rows), np.bool_)
    in_time = call.when[batch.rows] <= call.booked.as_of_ms
    booked: npt.NDArray[np.bool_] = in_time & (batch.frozen_seq <= call.booked.seq)
    return booked


def _events(call: Asked, batch: Batch, plan: Plan) -> pl.DataFrame:
    """The events of a batch; of frozen orders only where there are new ones, unless a period cap
    has to know what is left of every order."""
    events = analytics.events.of(call.columns, batch, call.as_of_ms, call.booked)
    if (
        batch.frozen_seq is None
        or plan.caps.beneficiary is not None
        or plan.caps.company is not None
    ):
        return events
    return events.filter((~pl.col("booked")).any().over("at"))
