"""Deep trees: chains of 100,000, and jumps that find what step by step would find."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

import analytics.commission
from analytics.columns import NOT_GIVEN, Columns
from analytics.plan import Plan, Plans
from analytics.walk import SHOWN_MAX
from graph.model import DISTRIBUTOR_STATUS, NOBODY, OUTCOME
from tests.analytics.drawn import chain, filled
from tests.analytics.whiteboard import UTC, plan

ACTIVE, SUSPENDED = (DISTRIBUTOR_STATUS.index(word) for word in ("active", "suspended"))
PAID = OUTCOME.index("paid")


def with_orders(columns: Columns, sellers: list[int], at: list[int]) -> Columns:
    """One paid order of 100.00 for each seller."""
    given = pl.DataFrame({"seller_row": sellers, "paid_at": at, "key": range(len(at))})
    given = given.with_columns(("O" + pl.col("key").cast(pl.String)).alias("id"))
    given = given.with_columns(pl.col("paid_at").alias("ordered_at"))
    constant = {"buyer_kind": 1, "buyer_row": NOBODY, "status": 3, "kind": 0, "seq": 0}
    money = {"currency": "CNY", "amount": 10_000, "cancels_row": NOBODY}
    return replace(columns, orders=filled("orders", given, **constant, **money))


def only(columns: Columns, rows: list[int]) -> Columns:
    """Suspend everybody else."""
    active = pl.Series(range(columns.distributors.height)).is_in(rows)
    status = pl.when(active).then(ACTIVE).otherwise(SUSPENDED).cast(pl.UInt8).alias("status")
    return replace(columns, distributors=columns.distributors.with_columns(status))


def paid(columns: Columns, terms: Plan) -> list[tuple[int, int, int, int]]:
    found = analytics.commission.work_out(columns, Plans.always(terms), as_of_ms=10**12, zone=UTC)
    rows = found.paths.filter(pl.col("outcome") == PAID)
    return rows.select("order_row", "position", "beneficiary_row", "level").rows()


DYNAMIC = plan(compression="dynamic", rates=["0.1", "0.05"])


@pytest.mark.parametrize("compression", ["dynamic", "consume", "break", "pay_anyway"])
def test_a_chain_of_100_000_finishes(compression: str) -> None:
    sellers = list(range(99_999, 0, -50))
    columns = only(with_orders(chain(100_000), sellers, [1] * len(sellers)), [0])
    found = paid(columns, replace(DYNAMIC, compression=compression))
    if compression == "dynamic":
        assert found == [(order, seller, 0, 1) for order, seller in enumerate(sellers)]


def test_what_is_passed_over_is_shown_up_to_a_bound() -> None:
    columns = only(with_orders(chain(1_000), [999], [1]), [0])
    found = analytics.commission.work_out(columns, Plans.always(DYNAMIC), as_of_ms=10, zone=UTC)
    assert found.paths["position"].to_list() == [*range(SHOWN_MAX), 999, None]
    assert found.conservation["CNY"].check


def test_a_differential_chain_of_100_000_finishes() -> None:
    ranks = {"bronze": DYNAMIC.rates[1], "silver": DYNAMIC.rates[0]}
    columns = with_orders(chain(100_000), [99_999] * 1_000, [1] * 1_000)
    rank = pl.when(pl.arange(pl.len()) == 0).then(pl.lit("silver")).otherwise(pl.lit("bronze"))
    ranked = columns.distributors.with_columns(rank.alias("rank"))
    terms = plan(kind="differential", rank_rates=ranks, max_paid_levels=3)
    found = paid(replace(columns, distributors=ranked), terms)
    assert found[:2] == [(0, 0, 99_999, 1), (0, 99_999, 0, 2)] and len(found) == 2_000


def test_jumps_find_what_steps_find() -> None:
    """A chain of 2,000 whose statuses and sponsors change, walked at many moments."""
    random = np.random.default_rng(7)
    size, moments = 2_000, 300
    columns = only(chain(size), random.choice(size, 12, replace=False).tolist())
    changes = pl.DataFrame(
        {
            "distributor_row": random.integers(0, size, 60),
            "valid_from": random.integers(0, 1_000, 60),
            "status": random.choice([ACTIVE, SUSPENDED, SUSPENDED], 60),
        }
    ).sort("distributor_row", "valid_from")
    columns = replace(columns, status_changes=filled("status_changes", changes))
    sellers = random.integers(size // 2, size, moments).tolist()
    at = random.integers(0, 1_000, moments).tolist()
    expected = []
    for order, (seller, moment) in enumerate(zip(sellers, at, strict=True)):
        row, level = seller, 0
        while row >= 0 and level < 2:
            status = columns.distributors["status"][row]
            own = changes.filter(
                (pl.col("distributor_row") == row) & (pl.col("valid_from") <= moment)
            )
            if (own["status"][-1] if own.height else status) == ACTIVE:
                level += 1
                expected.append((order, seller - row, row, level))
            row -= 1
    assert paid(with_orders(columns, sellers, at), DYNAMIC) == expected


def test_a_walk_says_when_the_columns_end_before_the_sponsors_do() -> None:
    columns = with_orders(chain(3), [2, 2], [1, 1])
    edges = pl.concat(
        [
            filled(
                "sponsor_edges",
                pl.DataFrame({"child_row": [0], "sponsor_row": [NOT_GIVEN]}),
                since=0,
                until=10**15,
            ),
            columns.sponsor_edges,
        ]
    )
    columns = replace(columns, sponsor_edges=edges)

    def unfinished(levels: int) -> list[int]:
        terms = plan(rates=["0.1"] * levels)
        found = analytics.commission.work_out(columns, Plans.always(terms), as_of_ms=9, zone=UTC)
        return [int(row) for row in found.unfinished]

    assert unfinished(2) == []
    assert unfinished(3) == [0, 1]


def test_a_cycle_does_not_hold_up_a_walk() -> None:
    columns = only(with_orders(chain(3), [2], [1]), [])
    loop = filled(
        "sponsor_edges", pl.DataFrame({"child_row": [0], "sponsor_row": [2]}), since=0, until=10**15
    )
    columns = replace(columns, sponsor_edges=pl.concat([loop, columns.sponsor_edges]))
    assert paid(columns, DYNAMIC) == []
