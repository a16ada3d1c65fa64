import threading
from typing import Any

import pytest

import graph.commissions
import graph.distributors
import graph.orders
import tests.graph.drawn
from graph.connection import Database
from graph.errors import Conflict

Row = dict[str, Any]
RUN = "2023-11-30#1"
DAY_MS = tests.graph.drawn.DAY_MS


@pytest.fixture
def db(empty_database: Database) -> Database:
    """Two distributors and three orders of the first one."""
    people = [{"id": "D1", "joined_at_ms": 0}, {"id": "D2", "joined_at_ms": 0}]
    graph.distributors.save_all(empty_database, people, seq=1)
    rows = [
        {
            "id": f"O{i}",
            "seller_id": "D1",
            "ordered_at_ms": 10,
            "paid_time_ms": 10,
            "received_time_ms": None if i == 2 else 20,
        }
        for i in range(3)
    ]
    graph.orders.save_all(empty_database, rows, seq=1)
    return empty_database


def entry(order: int, beneficiary: int = 1, **facts: Any) -> Row:
    given = {
        "id": f"O{order}",
        "seller_id": f"D{beneficiary}",
        "paid_time_ms": 10,
        "period": "2023-11",
    }
    return {**tests.graph.drawn.entry(given, order, beneficiary - 1), **facts}


def test_an_entry_is_booked_once(db: Database) -> None:
    rows = [entry(0), entry(0, 2, level=2), entry(1)]
    assert graph.commissions.save_all(db, rows, RUN) == 3
    assert graph.commissions.save_all(db, [*rows, entry(2)], "2023-12-01#1") == 1
    found = graph.commissions.of_orders(db, ["O0", "O2"])
    assert [(row["order_id"], row["beneficiary_id"], row["run_id"]) for row in found] == [
        ("O0", "D1", RUN),
        ("O0", "D2", RUN),
        ("O2", "D1", "2023-12-01#1"),
    ]
    assert graph.commissions.by_ids(db, ["O0|D1|1|accrual|O0"]) == found[:1]


def test_another_amount_under_the_same_identity_is_a_conflict(db: Database) -> None:
    graph.commissions.save_all(db, [entry(0)], RUN)
    with pytest.raises(Conflict, match="another amount"):
        graph.commissions.save_all(db, [entry(1), entry(0, amount_minor=101)], RUN)
    assert graph.commissions.of_orders(db, ["O1"]) == []


def test_an_entry_for_nobody_is_a_conflict(db: Database) -> None:
    with pytest.raises(Conflict, match="1 of 1"):
        graph.commissions.save_all(db, [entry(0, 9)], RUN)


def test_two_runs_at_once_pay_once(empty_database: Database) -> None:
    db, drawn = empty_database, tests.graph.drawn.draw(300)
    tests.graph.drawn.save(db, drawn, seq=1)
    rows, new = tests.graph.drawn.entries(db, drawn), []

    def book(run: str) -> None:
        new.append(graph.commissions.save_all(db, rows, run))

    threads = [threading.Thread(target=book, args=(f"2023-11-30#{i}",)) for i in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(new) == len(rows)
    columns = graph.commissions.columns(db, after=-1, upto=9_999)
    assert len(columns["order_key"]) == len(rows) == 450
    assert columns["order_key"] == sorted(columns["order_key"])


def test_pages_and_totals_of_a_beneficiary(db: Database) -> None:
    rows = [
        entry(0),
        entry(1, booked_at_ms=5),
        entry(2, period="2023-12", booked_at_ms=99),
        entry(0, kind="reversal", cause="R1", amount_minor=-30),
    ]
    graph.commissions.save_all(db, rows, RUN)
    page = graph.commissions.page_of_beneficiary(db, "D1", first=2)
    assert [row["order_id"] for row in page] == ["O1", "O0", "O0"]
    place = (page[1]["booked_at_ms"], page[1]["id"])
    rest = graph.commissions.page_of_beneficiary(db, "D1", after=place, first=2)
    assert [(row["order_id"], row["kind"]) for row in rest] == [
        ("O0", "reversal"),
        ("O2", "accrual"),
    ]
    month = graph.commissions.page_of_beneficiary(db, "D1", period="2023-12")
    assert [row["order_id"] for row in month] == ["O2"]
    sums = {
        (row["kind"], row["level"]): (row["amount_minor"], row["entries"])
        for row in graph.commissions.totals(db, ["D1", "D2"], "2023-11")
    }
    assert sums == {("accrual", 1): (200, 2), ("reversal", 1): (-30, 1)}
    assert sum(row["entries"] for row in graph.commissions.totals(db, ["D1"])) == 4


def test_columns_of_a_list_of_orders(db: Database) -> None:
    graph.commissions.save_all(db, [entry(2), entry(0), entry(0, 2)], RUN)
    columns = graph.commissions.columns_of(db, [0, 1])
    assert columns["beneficiary_key"] == [0, 1] and columns["order_key"] == [0, 0]
    assert columns["kind"] == ["accrual"] * 2 and columns["plan"] == ["three-tier@2026-01"] * 2


def test_states_are_derived(db: Database) -> None:
    at_once: Row = {"kind": "reversal", "cause": "R", "trigger": "", "freeze_ms": 0}
    rows = [entry(0), entry(2), entry(1, trigger="paid", freeze_ms=0), entry(0, **at_once)]
    graph.commissions.save_all(db, rows, RUN)
    received, at_once_row = graph.commissions.of_orders(db, ["O0"])
    [waiting] = graph.commissions.of_orders(db, ["O2"])
    [paid] = graph.commissions.of_orders(db, ["O1"])
    state = graph.commissions.state_at
    assert [state(received, at) for at in (19, 20, 20 + 7 * DAY_MS)] == [
        "pending",
        "frozen",
        "available",
    ]
    assert state(waiting, 10**15) == "pending"
    assert graph.commissions.available_at_ms(waiting) is None
    assert [state(paid, at) for at in (9, 10)] == ["pending", "available"]
    assert state(at_once_row, 10) == "available"
