"""Nights on the real store: booked once, whatever is repeated, killed, run together or lost."""

import shutil
import threading
from collections import Counter

import pytest

import analytics.commission
import analytics.nightly
import analytics.plan_store
import analytics.snapshot
import graph.commissions
import graph.digest
import graph.jobs
import graph.loads
import graph.orders
import graph.refunds
import graph.runs
from analytics.nightly import Outcome
from analytics.watch import Watch
from graph.connection import Database
from graph.errors import Conflict, Locked, Misconfigured
from graph.keys import Row
from graph.money import Exact
from graph.settings import Settings
from tests.analytics import one_night
from tests.conftest import EMPTY
from tests.graph import drawn as graph_drawn

AS_OF = "2024-06-30"


def night(
    db: Database, settings: Settings, as_of: str = AS_OF, watch: Watch | None = None
) -> Outcome:
    return analytics.nightly.run(db, settings, as_of, who=one_night.who(), watch=watch or Watch())


def load(db: Database, size: int = 400) -> graph_drawn.Drawn:
    drawn = graph_drawn.draw(size)
    graph_drawn.save(db, drawn, seq=graph.loads.next_seq(db))
    return drawn


def forget(settings: Settings) -> None:
    for name in ("snapshots", "nights"):
        shutil.rmtree(settings.data_folder / name, ignore_errors=True)


@pytest.fixture
def db(empty_database: Database, settings: Settings) -> Database:
    forget(settings)
    return empty_database


def ledger(db: Database, drawn: graph_drawn.Drawn) -> list[Row]:
    return graph.commissions.of_orders(db, [order["id"] for order in drawn.orders])


def test_a_night_books_what_the_engine_finds_once(db: Database, settings: Settings) -> None:
    drawn = load(db)
    first = night(db, settings)
    assert (first.outcome, first.run["status"]) == (graph.runs.STARTED, graph.runs.FINISHED)
    columns = analytics.snapshot.gather(db, seq=1)
    worked = analytics.commission.work_out(
        columns,
        analytics.plan_store.versions(db, settings.plan),
        as_of_ms=first.run["counts"]["as_of_ms"],
        zone=settings.zone,
    )
    assert worked.entries.height == 0, "the ledger lacks something"
    assert first.run["counts"]["entries"]["ledger"] == len(ledger(db, drawn)) > 0
    assert columns.frozen.height == len(drawn.orders)
    assert all(one["check"] for one in first.run["totals"]["conservation"].values())
    sales = sum(level["sales"] for level in first.run["totals"]["levels"])
    accruals = [e["amount_minor"] for e in ledger(db, drawn) if e["kind"] == "accrual"]
    assert sales == sum(accruals)

    again = night(db, settings)
    assert again == Outcome(graph.runs.NOTHING_NEW, first.run)
    assert len(ledger(db, drawn)) == first.run["counts"]["entries"]["ledger"]


def test_totals_by_level_add_up_to_conservation(db: Database, settings: Settings) -> None:
    load(db)
    totals = night(db, settings).run["totals"]
    for currency, whole in totals["conservation"].items():
        levels = [level for level in totals["levels"] if level["currency"] == currency]
        for name in ("promised", "breakage", "rounding"):
            assert sum((Exact(level[name]) for level in levels), Exact(0)) == Exact(whole[name])


def test_a_date_before_the_last_finished_one_is_refused(db: Database, settings: Settings) -> None:
    load(db)
    night(db, settings)
    with pytest.raises(Misconfigured, match="earlier"):
        night(db, settings, "2024-06-29")
    assert night(db, settings, "2024-07-01").outcome == graph.runs.STARTED


def test_what_arrived_since_is_a_further_attempt(db: Database, settings: Settings) -> None:
    drawn = load(db)
    night(db, settings)
    before = Counter(entry["order_id"] for entry in ledger(db, drawn))
    whole = {line["order_id"]: 0 for line in drawn.lines}
    for line in drawn.lines:
        whole[line["order_id"]] += line["unit_price_minor"]
    given_back = sorted(before)[:5]
    refunds = [
        {
            "id": f"whole-{id}",
            "order_id": id,
            "amount_minor": whole[id],
            "currency": "CNY",
            "refunded_at_ms": graph_drawn.START_MS + 150 * graph_drawn.DAY_MS,
        }
        for id in given_back
    ]
    graph.refunds.save_all(db, refunds, seq=graph.loads.next_seq(db))
    again = night(db, settings)
    assert (again.run["id"], again.outcome) == (f"{AS_OF}#2", graph.runs.STARTED)
    assert again.run["counts"]["commissions"]["frozen"] == 0
    for id in given_back:
        entries = graph.commissions.of_orders(db, [id])
        assert sum(entry["amount_minor"] for entry in entries) == 0
        assert len(entries) > before[id]


def test_two_nights_at_once(db: Database, settings: Settings) -> None:
    load(db)
    reached, go_on = threading.Event(), threading.Event()

    class Waiting(Watch):
        def begin(self, step: str) -> None:
            if step == "commissions":
                reached.set()
                assert go_on.wait(60)

    done: list[Outcome] = []
    first = threading.Thread(target=lambda: done.append(night(db, settings, watch=Waiting())))
    first.start()
    assert reached.wait(60)
    with pytest.raises(Locked) as refused:
        night(db, settings)
    assert refused.value.exit_code == 4
    with pytest.raises(Locked):
        graph.jobs.claim(db, kind="load", host="h", pid=1, now_ms=one_night.now_ms())
    go_on.set()
    first.join()
    assert done[0].run["status"] == graph.runs.FINISHED
    assert night(db, settings).outcome == graph.runs.NOTHING_NEW


def dies(*moments: str) -> None:
    one_night.dies(AS_OF, *moments)


def state(db: Database, outcome: Outcome) -> tuple[object, object]:
    return graph.digest.of(db), outcome.run["digests"]


def test_killed_at_every_step_it_ends_as_if_nothing_had_been(
    db: Database, settings: Settings
) -> None:
    load(db)
    undisturbed = state(db, night(db, settings))
    db.run_outside(EMPTY)
    forget(settings)
    load(db)
    dies(*one_night.MOMENTS)
    outcome = night(db, settings)
    assert outcome.outcome == graph.runs.RESUMED
    assert outcome.run["id"] == f"{AS_OF}#1"
    assert state(db, outcome) == undisturbed


def test_killed_while_booking_and_its_files_lost(db: Database, settings: Settings) -> None:
    load(db)
    undisturbed = state(db, night(db, settings))
    db.run_outside(EMPTY)
    forget(settings)
    load(db)
    dies("tick:booking")
    forget(settings)
    assert state(db, night(db, settings)) == undisturbed


def test_killed_while_booking_and_more_loaded_before_the_next(
    db: Database, settings: Settings
) -> None:
    drawn = load(db)
    dies("tick:booking")
    late = {"order_id": "O1", "line_no": 9, "product_id": "P1", "quantity_milli": 1000}
    graph.orders.save_lines(db, [{**late, "unit_price_minor": 5000}], seq=graph.loads.next_seq(db))
    outcome = night(db, settings)
    assert (outcome.outcome, outcome.run["id"]) == (graph.runs.STARTED, f"{AS_OF}#2")
    assert {entry["cause"] for entry in ledger(db, drawn) if entry["order_id"] == "O1"} >= {
        "O1",
        "O1:line:9",
    }
    assert night(db, settings).outcome == graph.runs.NOTHING_NEW


def test_a_later_night_that_has_begun_to_book_is_finished_first(
    db: Database, settings: Settings
) -> None:
    load(db)
    dies("tick:booking")
    with pytest.raises(Misconfigured, match=AS_OF):
        night(db, settings, "2024-06-01")
    assert night(db, settings).outcome == graph.runs.RESUMED


def test_a_ledger_that_holds_something_else_is_named(db: Database, settings: Settings) -> None:
    drawn = load(db)

    class Meddling(Watch):
        def begin(self, step: str) -> None:
            if step == "entries":
                rows = graph_drawn.entries(db, drawn, every=len(drawn.orders))
                strange = [{**rows[0], "cause": "strange"}]
                graph.commissions.save_all(db, strange, "somebody")

    with pytest.raises(Conflict, match="expected"):
        night(db, settings, watch=Meddling())
    failed = graph.runs.page(db, first=1)[0]
    assert (failed["status"], failed["step"]) == (graph.runs.FAILED, "commissions")
    assert "expected" in failed["error"]
