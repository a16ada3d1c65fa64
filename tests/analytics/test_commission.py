"""The engine against the oracle, exactly, on random plans, trees, orders and events."""

from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import analytics.commission
from analytics.commission_schema import Worked
from analytics.plan import Plan, Plans
from graph.model import ENTRY_KIND, ENTRY_STATE, OUTCOME
from graph.money import format_exact
from tests.analytics import oracle, oracle_ledger
from tests.analytics.worlds import World, columns_of
from tests.analytics.worlds_drawn import AS_OF, plans, times, worlds

TAIPEI = ZoneInfo("Asia/Taipei")
many = settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def engine(world: World, plan: Plan, as_of: int = AS_OF, **how: Any) -> Worked:
    return analytics.commission.work_out(
        columns_of(world), Plans.always(plan), as_of_ms=as_of, zone=TAIPEI, **how
    )


def row_of(row: dict[str, Any]) -> tuple[Any, ...]:
    """A row of `Worked.paths` as the oracle says it."""
    return (
        row["order_row"],
        row["position"],
        None if row["beneficiary_row"] < 0 else row["beneficiary_row"],
        row["level"],
        OUTCOME[row["outcome"]],
        row["rate"],
        row["rate_source"],
        Fraction(int(row["base_milli"]), 1000),
        Fraction(int(row["share_num"]), row["share_den"]),
        row["amount"],
        row["cut"],
        row["rank"],
    )


def expected_row(row: oracle.Row, cut: int = 0) -> tuple[Any, ...]:
    rate = None if row.rate is None else format_exact(row.rate)
    amount = row.amount - cut
    outcome = "capped" if cut and not amount else row.outcome
    where = row.order, row.position, row.person, row.level, outcome
    return (*where, rate, row.source, row.base, row.share, amount, row.rounded - amount, row.rank)


def entry_of(row: dict[str, Any]) -> tuple[Any, ...]:
    return (
        row["order_row"],
        row["beneficiary_row"],
        row["level"],
        ENTRY_KIND[row["kind"]],
        row["cause"],
        row["amount"],
        row["booked_at"],
        ENTRY_STATE[row["state"]],
        row["available_at"],
    )


def expected_entry(entry: oracle_ledger.Entry) -> tuple[Any, ...]:
    return tuple(vars(entry).values())


@many
@given(worlds(), plans(), st.just(AS_OF) | times)
def test_paths_and_entries_as_the_oracle_has_them(world: World, plan: Plan, as_of: int) -> None:
    books = oracle_ledger.work_out(world, plan, as_of)
    found = engine(world, plan, as_of)
    assert [row_of(row) for row in found.paths.to_dicts()] == [expected_row(r) for r in books.rows]
    entries = sorted(expected_entry(entry) for entry in books.entries)
    assert sorted(entry_of(row) for row in found.entries.to_dicts()) == entries
