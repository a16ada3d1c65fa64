"""Who qualifies when: for each distributor, the moments at which a predicate or his rank changes.

Every predicate of a plan is a step in time: a status holds from its change on, a verification from
its moment, own retail of 30 days rises with each order and falls 30 x 24 h later. All steps of a
distributor are laid side by side once, so that asking about a moment is one binary search, whatever
the plan tests, and the answer for an order does not depend on what else is worked out with it.

Readings: `left_at` ends a status for good (terminated at every later moment); sums are of the paid
base of all lines, refunds and later cancellations left out; a threshold with several currencies is
met in any one of them; a buyer without an id is no countable retail customer.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

import analytics.bases
from analytics.columns import Columns
from analytics.commission_schema import PREDICATES
from analytics.network import ALWAYS, Ints
from analytics.plan import Count, Plan, Threshold
from graph.model import BUYER_KIND, DAY_MS, DISTRIBUTOR_STATUS, NOBODY, ORDER_KIND, STATUS_UNCHANGED

TERMINATED = DISTRIBUTOR_STATUS.index("terminated")
BY_DISTRIBUTOR = pl.col("buyer_kind") == BUYER_KIND.index("distributor")


class Standing(NamedTuple):
    """Per distributor row r the steps `start[r] : start[r + 1]`; each holds from `since` on."""

    start: Ints  # n + 1
    since: Ints
    failed: npt.NDArray[np.uint8]  # bits of PREDICATES
    rank: npt.NDArray[np.int32]  # position in `ranks`


def ranks(columns: Columns) -> list[str | None]:
    """Every rank that occurs, also where only a frozen path still has it; the first is None."""
    frames = (columns.distributors, columns.status_changes, columns.frozen_paths)
    named = pl.concat([frame["rank"] for frame in frames])
    return [None, *named.drop_nulls().unique().sort().to_list()]


def standing(columns: Columns, plan: Plan) -> Standing:
    """Steps of every distributor under `plan`."""
    asked = [_at_joining(columns, plan), *_changes(columns), *_asked(columns, plan)]
    steps = pl.concat(asked, how="diagonal").sort("row", "since", maintain_order=True)
    steps = steps.with_columns(pl.all().exclude("row", "since").forward_fill())
    named = ranks(columns)
    codes = pl.DataFrame({"rank": named[1:], "code": range(1, len(named))}, _RANK_CODES)
    coded = steps.select("rank").join(codes, on="rank", how="left", maintain_order="left")
    counts = np.bincount(steps["row"].to_numpy(), minlength=columns.distributors.height)
    return Standing(
        start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        since=steps["since"].to_numpy(),
        failed=steps.select(_bits(plan)).to_series().to_numpy(),
        rank=coded["code"].fill_null(0).to_numpy(),
    )


def of_status(status: npt.NDArray[np.uint8], allowed: Sequence[str]) -> Standing:
    """Everyone with one status at all times and no rank; `allowed` as in a plan."""
    rows = len(status)
    fails = np.isin(np.arange(len(DISTRIBUTOR_STATUS)), _codes(allowed), invert=True)
    return Standing(
        start=np.arange(rows + 1),
        since=np.full(rows, ALWAYS, np.int64),
        failed=fails.astype(np.uint8)[status],
        rank=np.zeros(rows, np.int32),
    )


def _codes(statuses: Iterable[str]) -> list[int]:
    return [DISTRIBUTOR_STATUS.index(word) for word in statuses]


_RANK_CODES = {"rank": pl.String, "code": pl.Int32}


def _facts(plan: Plan) -> dict[str, bool]:
    """The columns beside status and rank that the plan asks for, and how each begins."""
    wanted = plan.qualification
    facts = {"left": False}
    facts |= {"verified": False} if wanted.verified else {}
    facts |= {"certified": False} if wanted.certified else {}
    for name, sums in (("own_retail", wanted.own_retail), ("own_purchase", wanted.own_purchase)):
        facts |= {f"{name}:{cur}": minor <= 0 for cur, minor in sums.amount.items()} if sums else {}
    count = wanted.retail_customers
    return facts | ({"retail_customers": count.count <= 0} if count else {})


def _at_joining(columns: Columns, plan: Plan) -> pl.DataFrame:
    """The first step of everyone; it answers for every earlier moment too."""
    begin = [pl.lit(holds).alias(name) for name, holds in _facts(plan).items()]
    return columns.distributors.with_row_index("row").select(
        pl.col("row").cast(pl.Int32),
        pl.lit(ALWAYS).alias("since"),
        "status",
        pl.col("rank").fill_null(""),  # no rank, and not that of the distributor before
        *begin,
    )


def _changes(columns: Columns) -> Iterator[pl.DataFrame]:
    changes = columns.status_changes
    if changes.height:
        status = pl.when(pl.col("status") != STATUS_UNCHANGED).then("status").alias("status")
        yield changes.select(
            pl.col("distributor_row").alias("row"),
            pl.col("valid_from").alias("since"),
            status,
            "rank",
        )
    if columns.distributors["left_at"].null_count() < columns.distributors.height:
        yield _step(columns, pl.col("left_at") + 1, "left", True)


def _asked(columns: Columns, plan: Plan) -> Iterator[pl.DataFrame]:
    """Steps of the predicates that the plan asks for."""
    wanted = plan.qualification
    if wanted.verified:
        yield _step(columns, pl.col("verified_at"), "verified", True)
    if wanted.certified:
        certified = pl.col("certified_until").is_not_null()
        yield _step(columns, pl.when(certified).then(ALWAYS), "certified", True)
        yield _step(columns, pl.col("certified_until") + 1, "certified", False)
    if (
        wanted.own_retail is None
        and wanted.retail_customers is None
        and wanted.own_purchase is None
    ):
        return
    sold = _sold(columns)
    if wanted.own_retail is not None:
        retail = sold.filter(~BY_DISTRIBUTOR).rename({"seller_row": "row"})
        yield from _sums(retail, wanted.own_retail, "own_retail")
    if wanted.retail_customers is not None:
        retail = sold.filter(~BY_DISTRIBUTOR).rename({"seller_row": "row"})
        yield _customers(retail, wanted.retail_customers)
    if wanted.own_purchase is not None:
        bought = sold.filter(BY_DISTRIBUTOR).rename({"buyer_row": "row"})
        yield from _sums(bought, wanted.own_purchase, "own_purchase")


def _step(columns: Columns, since: pl.Expr, name: str, holds: bool) -> pl.DataFrame:
    """One change of one fact, for each distributor who has its time."""
    frame = columns.distributors.with_row_index("row").select(
        pl.col("row").cast(pl.Int32), since.alias("since"), pl.lit(holds).alias(name)
    )
    return frame.drop_nulls("since")


def _sold(columns: Columns) -> pl.DataFrame:
    paid = analytics.bases.paid_milli(columns)
    return columns.orders.with_columns(paid.alias("paid_milli")).filter(
        pl.col("kind") == ORDER_KIND.index("sale"), pl.col("paid_at").is_not_null()
    )


def _sums(orders: pl.DataFrame, threshold: Threshold, name: str) -> Iterator[pl.DataFrame]:
    """Whether the sum within the days reaches the threshold, a column for each currency."""
    for currency, minor in threshold.amount.items():
        mine = orders.filter(pl.col("row") != NOBODY, pl.col("currency") == currency)
        amount = pl.col("paid_milli").cast(pl.Int128)
        after = pl.col("paid_at") + threshold.days * DAY_MS
        zero = pl.lit(0, pl.Int128)
        events = pl.concat(
            [
                mine.select("row", pl.col("paid_at").alias("since"), amount.alias("change")),
                mine.select("row", after.alias("since"), (zero - amount).alias("change")),
            ]
        )
        yield _reached(events, pl.lit(1000 * minor, pl.Int128), f"{name}:{currency}")


def _customers(retail: pl.DataFrame, wanted: Count) -> pl.DataFrame:
    """Whether enough different customers bought within the days.

    A purchase counts until its days are over or the same customer buys again, whichever is first.
    """
    mine = retail.filter(pl.col("row") != NOBODY, pl.col("buyer_id").is_not_null())
    again = pl.col("paid_at").shift(-1).over("row", "buyer_kind", "buyer_id", order_by="paid_at")
    over = pl.min_horizontal(pl.col("paid_at") + wanted.days * DAY_MS, again)
    events = pl.concat(
        [
            mine.select(
                "row", pl.col("paid_at").alias("since"), pl.lit(1, pl.Int128).alias("change")
            ),
            mine.select("row", over.alias("since"), pl.lit(-1, pl.Int128).alias("change")),
        ]
    )
    enough = pl.lit(wanted.count, pl.Int128)
    return _reached(events, enough, "retail_customers")


def _reached(events: pl.DataFrame, enough: pl.Expr, name: str) -> pl.DataFrame:
    """Steps at which a running sum passes `enough`. Each row's changes sum to zero, so that one
    running sum over all rows starts every row at zero."""
    summed = events.sort("row", "since", maintain_order=True)
    holds = (pl.col("change").cum_sum() >= enough).alias(name)
    changed = (pl.col(name) != pl.col(name).shift(1)) | (pl.col("row") != pl.col("row").shift(1))
    return summed.select("row", "since", holds).filter(changed.fill_null(True))


def _bits(plan: Plan) -> pl.Expr:
    """`failed` from the facts side by side: a bit for each predicate asked that fails."""
    allowed = _codes(plan.qualification.status)
    now = pl.when("left").then(pl.lit(TERMINATED, pl.UInt8)).otherwise("status")
    facts = _facts(plan)
    holds = {name: _any(facts, name) for name in PREDICATES[1:]} | {"status": now.is_in(allowed)}
    bits = (pl.when(holds[name]).then(0).otherwise(1 << bit) for bit, name in enumerate(PREDICATES))
    return pl.sum_horizontal(*bits).cast(pl.UInt8)


def _any(facts: Mapping[str, bool], name: str) -> pl.Expr:
    """Whether one of the facts `name` or `name:...` holds; true where the plan does not ask."""
    asked = [pl.col(fact) for fact in facts if fact.partition(":")[0] == name]
    return pl.any_horizontal(asked) if asked else pl.lit(True)
