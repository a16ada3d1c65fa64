import os
import socket
import threading
import time
from contextlib import suppress
from typing import Any

import pytest

import graph.commissions
import graph.distributors
import graph.jobs
import graph.migrations
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


def first(order: int, *shares: tuple[int, int, int]) -> list[Any]:
    """An order worked out for the first time, with what D1, D2 (keys 0, 1) get of it."""
    path = {"keys": [0, 1], "levels": [1, 2], "gates": [13, 13], "ranks": ["", ""]}
    plan = {"plan": "three-tier@2026-01", "anchor_ms": None, "self": False}
    return tests.graph.drawn.first({"order_key": order, **path, **plan}, shares)


def test_an_order_is_frozen_with_its_entries_or_neither(db: Database) -> None:
    rows = [first(0, (0, 1, 100), (1, 2, 50)), first(1)]
    refund = entry(0, kind="reversal", cause="R", amount_minor=-30)
    assert graph.commissions.book(db, rows, [refund], RUN, seq=3) == (2, 3)
    one_by_one = entry(0, amount_minor=100, booked_at_ms=10, currency="CNY")
    graph.commissions.save_all(db, [one_by_one], RUN)  # the same, or it would be a conflict
    with pytest.raises(Conflict, match="1 of 1"):
        graph.commissions.book(db, [first(2, (9, 1, 100))], [], RUN, seq=3)
    assert graph.orders.frozen_columns_of(db, [0, 1, 2])["order_key"] == [0, 1]
    again = [first(0, (0, 1, 999)), first(2, (0, 1, 7))]
    assert graph.commissions.book(db, again, [refund], "2023-12-01#1", seq=4) == (1, 1)
    found = graph.commissions.columns_of(db, [0, 1, 2])
    assert found["amount"] == [100, 50, -30, 7]
    assert found["run_id"] == [RUN, RUN, RUN, "2023-12-01#1"]


def test_ids_with_the_sign_that_parts_them(empty_database: Database) -> None:
    db, strange = empty_database, {"person": "D|1\\", "order": "O\\|"}
    graph.distributors.save_all(db, [{"id": strange["person"], "joined_at_ms": 0}], seq=1)
    graph.orders.save_all(db, [{"id": strange["order"], "ordered_at_ms": 10}], seq=1)
    graph.commissions.book(db, [first(0, (0, 1, 100))], [], RUN, seq=1)
    [booked] = graph.commissions.of_orders(db, [strange["order"]])
    assert booked["id"] == graph.commissions.identity(booked)
    assert (booked["beneficiary_id"], booked["cause"]) == (strange["person"], strange["order"])


def test_two_that_freeze_the_same_orders(empty_database: Database) -> None:
    """Whoever loses the race has written nothing."""
    db, drawn = empty_database, tests.graph.drawn.draw(300)
    tests.graph.drawn.save(db, drawn, seq=1)
    rows, new = [first(key, (0, 1, 5), (1, 2, 3)) for key in range(450)], []

    def book(run: str) -> None:
        with suppress(Conflict):
            new.append(graph.commissions.book(db, rows, [], run, seq=1))

    threads = [threading.Thread(target=book, args=(f"2023-11-30#{i}",)) for i in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(new)[-1] == (450, 900) and sum(one.created for one in new) == 900
    runs = graph.orders.frozen_columns(db, after=-1, upto=9_999)["run_id"]
    assert len(runs) == 450 and len(set(runs)) == 1
    assert len(graph.commissions.columns(db, after=-1, upto=9_999)["order_key"]) == 900


def test_a_first_mass_of_entries_is_booked_without_the_indexes_for_reading(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph.commissions, "MASS", 2)
    away = sorted(graph.commissions.SECONDARY)
    with graph.commissions.in_mass(db, 1) as in_mass:
        assert not in_mass and graph.migrations.absent(db) == []
    with pytest.raises(Conflict), graph.commissions.in_mass(db, 3) as in_mass:
        assert in_mass and graph.migrations.absent(db) == away
        graph.commissions.save_all(db, [entry(0), entry(1), entry(2)], RUN)
        raise Conflict("whatever ends it")
    assert graph.migrations.absent(db) == []
    with graph.commissions.in_mass(db, 3) as in_mass:
        assert not in_mass, "there are as many already"
    graph.migrations.drop(db, graph.commissions.SECONDARY)  # as a kill would leave it
    graph.migrations.apply(db)  # as everybody does who connects
    assert graph.migrations.absent(db) == []
    now_ms = time.time_ns() // 1_000_000
    host, pid = socket.gethostname(), os.getpid()
    with graph.jobs.held(db, kind=graph.jobs.NIGHT, host=host, pid=pid, now=lambda: now_ms):
        graph.migrations.drop(db, graph.commissions.SECONDARY)
        graph.migrations.apply(db)
        assert graph.migrations.absent(db) == away, "whoever connects leaves a night at work alone"
    graph.migrations.apply(db)
    assert graph.migrations.absent(db) == []
    assert len(graph.commissions.columns_of(db, [0, 1, 2])["order_key"]) == 3


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
