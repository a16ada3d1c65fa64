"""A snapshot that follows the graph is the one that a full reading gives, byte for byte."""

import os
import random
import shutil
from pathlib import Path

import pytest

import analytics.following
import analytics.ledger_since
import analytics.nightly
import analytics.parts
import analytics.snapshot
import graph.buybacks
import graph.customers
import graph.distributors
import graph.identifiers
import graph.keys
import graph.loads
import graph.orders
import graph.payouts
import graph.products
import graph.refunds
import graph.resales
import graph.runs
from analytics.columns import SCHEMAS
from analytics.generations import Manifest
from analytics.nightly import Outcome
from analytics.watch import Watch
from graph.connection import Database
from graph.keys import Row
from graph.queries import Query
from graph.settings import Settings
from tests.analytics import one_night
from tests.conftest import EMPTY
from tests.graph import drawn as graph_drawn
from tests.graph.drawn import DAY_MS, START_MS

FIRST = "2024-06-01"
PART_ROWS = 64
"""Parts so small that drawn networks have many."""


@pytest.fixture
def db(empty_database: Database, settings: Settings) -> Database:
    for name in ("snapshots", "nights"):
        shutil.rmtree(settings.data_folder / name, ignore_errors=True)
    return empty_database


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analytics.parts, "PART_ROWS", PART_ROWS)


def night(db: Database, settings: Settings, as_of: str) -> Outcome:
    return analytics.nightly.run(db, settings, as_of, who=one_night.who(), watch=Watch())


def folder(settings: Settings, run: Row) -> Path:
    return settings.data_folder / "snapshots" / analytics.ledger_since.folder_name(run)


def hold_to_a_full_reading(db: Database, settings: Settings, run: Row, aside: Path) -> Manifest:
    """The generation of a finished run against everything read anew, without what it wrote."""
    columns, manifest = analytics.snapshot.read(folder(settings, run))
    whole = analytics.snapshot.gather(db, seq=run["seq"], without_run=run["id"])
    for noun in SCHEMAS:
        assert getattr(columns, noun).equals(getattr(whole, noun)), noun
    assert columns.files == whole.files
    rebuilt = analytics.snapshot.keep(whole, aside, seq=run["seq"], as_of=run["as_of"])
    assert rebuilt.sha256 == manifest.sha256
    assert rebuilt.files == manifest.files
    return manifest


class Days:
    """A company that lives on: every day something else comes, in any order, to old and new."""

    def __init__(self, db: Database, size: int, seed: int) -> None:
        self._db, self._rng = db, random.Random(seed)
        self._drawn = graph_drawn.draw(size, seed=seed)
        self._orders = [row["id"] for row in self._drawn.orders]
        self._moved_ms = START_MS + 50 * DAY_MS
        graph_drawn.save(db, self._drawn, seq=graph.loads.next_seq(db))

    def go_on(self, day: int) -> None:
        """One more day: three loads, and moves that each draw a cursor of their own."""
        for what in (self._sales, self._what_others_named, self._what_came_later, self._beside):
            what(day, graph.loads.next_seq(self._db))
        self._moves()

    def _sales(self, day: int, seq: int) -> None:
        """Sales, some to buyers and of products that nobody knows yet, one cancelling the next."""
        size = len(self._drawn.distributors)
        orders = [graph_drawn.order(self._rng, 10_000 * day + i, size) for i in range(40)]
        for i, order in enumerate(orders[:12]):
            kind = "customer" if i % 2 else "distributor"
            order |= {"buyer_kind": kind, "buyer_id": f"{kind}-{day + i % 3}-{i}"}
        orders[20] |= {"kind": "cancellation", "cancels_id": f"O{10_000 * (day + 1) + 3}"}
        graph.orders.save_all(self._db, orders, seq=seq)
        lines = [
            graph_drawn.line(self._rng, row["id"], number) for row in orders for number in (1, 2)
        ]
        for i, line in enumerate(lines[::7]):
            line["product_id"] = f"later-{day + i % 3}"
        graph.orders.save_lines(self._db, lines, seq=seq)
        self._orders += [row["id"] for row in orders]

    def _what_others_named(self, day: int, seq: int) -> None:
        """Buyers and products that orders of this day or an earlier one have named."""
        ids = {
            kind: [f"{kind}-{day}-{i}" for i in range(12)] for kind in ("customer", "distributor")
        }
        graph.customers.save_all(self._db, ({"id": id} for id in ids["customer"]), seq=seq)
        people = ({"id": id, "joined_at_ms": START_MS} for id in ids["distributor"])
        graph.distributors.save_all(self._db, people, seq=seq)
        graph.products.save_all(
            self._db, [{"id": f"later-{day}", "commissionable": False}], seq=seq
        )

    def _what_came_later(self, day: int, seq: int) -> None:
        """Late lines, refunds, cancelled orders, changes of status, a product that says more."""
        some = self._rng.sample(self._orders, 12)
        late = [graph_drawn.line(self._rng, id, 100 + day) for id in some[:4]]
        graph.orders.save_lines(self._db, late, seq=seq)
        refunds = [
            {**graph_drawn.refund(0), "id": f"late-{id}", "order_id": id} for id in some[4:8]
        ]
        graph.refunds.save_all(self._db, refunds, seq=seq)
        cancelled = {"status": "cancelled", "cancelled_at_ms": START_MS + 150 * DAY_MS}
        graph.orders.save_all(self._db, ({"id": id, **cancelled} for id in some[8:]), seq=seq)
        change = {"distributor_id": f"D{7 * day}", "valid_from_ms": START_MS + 60 * DAY_MS}
        graph.distributors.save_status_changes(self._db, [{**change, "rank": "gold"}], seq=seq)
        graph.products.save_all(self._db, [{"id": f"P{day}", "commissionable": False}], seq=seq)

    def _beside(self, day: int, seq: int) -> None:
        """Identifiers, payouts and stock of today's orders and people, and of tomorrow's."""
        orders = [f"O{10_000 * (day + i % 2) + i}" for i in range(20)]
        people = [f"distributor-{day + i % 2}-{i}" for i in range(12)]
        owners = [*(("order", id) for id in orders), *(("distributor", id) for id in people)]
        owners += [("customer", id.replace("distributor", "customer")) for id in people]
        graph.identifiers.save_all(
            self._db,
            (
                {"id": f"{id}:{day}", "owner_kind": kind, "owner_id": id, "kind": "card"}
                | {"value": f"{day:064x}", "hashed": False}
                for kind, id in owners
            ),
            seq=seq,
        )
        paid = {"basis": "recruit_event", "amount_minor": 5, "earned_at_ms": START_MS}
        graph.payouts.save_all(
            self._db,
            (
                {**paid, "id": f"{id}:{day}", "beneficiary_id": people[i % 12], "order_id": id}
                | {"recruit_id": people[-1 - i % 12], "reverses_id": f"{id}:{day + 1}"}
                for i, id in enumerate(orders)
            ),
            seq=seq,
        )
        bought = [
            {"id": f"{id}:{day}", "distributor_id": people[0], "order_id": id} for id in orders
        ]
        graph.resales.save_all(self._db, bought, seq=seq)
        graph.buybacks.save_all(self._db, ({**b, "requested_at_ms": 1} for b in bought), seq=seq)

    def _moves(self) -> None:
        for _ in range(3):
            self._moved_ms += DAY_MS
            child, sponsor = self._rng.sample(self._drawn.distributors, 2)
            graph.distributors.move(self._db, child["id"], sponsor["id"], self._moved_ms)


def test_day_after_day_it_is_what_a_full_reading_gives(
    db: Database, settings: Settings, small_parts: None, tmp_path: Path
) -> None:
    days = Days(db, 300, seed=3)
    first = night(db, settings, FIRST).run["counts"]["snapshot"]
    assert (first["followed"], first["rebuilt"]) == ("", analytics.snapshot.NOTHING_TO_FOLLOW)
    for day in range(1, 5):
        days.go_on(day)
        run = night(db, settings, f"2024-06-{day + 1:02}").run
        told = run["counts"]["snapshot"]
        assert told["followed"] == f"2024-06-{day:02}#1"
        assert told["ledger"] == analytics.ledger_since.FILES
        assert told["rows_read"] < told["orders"] + told["lines"] + told["payouts"]
        hold_to_a_full_reading(db, settings, run, tmp_path / str(day))


def next_night(db: Database, settings: Settings, day: int) -> Row:
    return night(db, settings, f"2024-06-{day + 1:02}").run


def stands(db: Database, settings: Settings) -> tuple[Days, Row]:
    """A company after its first night."""
    days = Days(db, 120, seed=5)
    return days, night(db, settings, FIRST).run


def told(run: Row, *names: str) -> tuple[object, ...]:
    return tuple(run["counts"]["snapshot"][name] for name in names)


def test_what_nobody_touched_is_the_same_file(
    db: Database, settings: Settings, small_parts: None, tmp_path: Path
) -> None:
    _, first = stands(db, settings)
    order = graph_drawn.order(random.Random(1), 5_000, 120)
    graph.orders.save_all(db, [order], seq=graph.loads.next_seq(db))
    second = next_night(db, settings, 1)
    manifest = hold_to_a_full_reading(db, settings, second, tmp_path / "aside")
    old, new = folder(settings, first), folder(settings, second)
    both = [name for name in manifest.files if (old / name).exists()]
    same = {name for name in both if os.path.samefile(old / name, new / name)}
    orders = sorted(name for name in manifest.files if name.startswith("orders-"))
    assert set(orders) - same == {orders[-1]}
    assert told(second, "parts_linked", "parts_written") == (
        len(same),
        len(manifest.files) - len(same),
    )


def test_killed_at_every_step_it_follows_the_same_night(
    db: Database, settings: Settings, tmp_path: Path
) -> None:
    days, first = stands(db, settings)
    days.go_on(1)
    one_night.dies("2024-06-02", *one_night.MOMENTS)
    second = next_night(db, settings, 1)
    assert second["id"] == "2024-06-02#1"
    assert told(second, "followed", "rebuilt") == (first["id"], "")
    hold_to_a_full_reading(db, settings, second, tmp_path / "aside")


def test_a_night_given_up_has_written_too(db: Database, settings: Settings, tmp_path: Path) -> None:
    days, _ = stands(db, settings)
    days.go_on(1)
    one_night.dies("2024-06-02", "tick:booking")
    days.go_on(2)
    again = next_night(db, settings, 1)
    ledger = analytics.ledger_since
    assert told(again, "followed", "ledger") == ("2024-06-02#1", ledger.KEYS)
    hold_to_a_full_reading(db, settings, again, tmp_path / "again")
    days.go_on(3)
    after = next_night(db, settings, 2)
    assert told(after, "followed", "ledger") == ("2024-06-02#2", ledger.FILES)
    hold_to_a_full_reading(db, settings, after, tmp_path / "after")


def test_killed_while_booking_and_its_snapshot_lost(
    db: Database, settings: Settings, tmp_path: Path
) -> None:
    days, first = stands(db, settings)
    days.go_on(1)
    one_night.dies("2024-06-02", "tick:booking")
    shutil.rmtree(settings.data_folder / "snapshots" / "2024-06-02.1")
    second = next_night(db, settings, 1)
    assert told(second, "followed", "ledger") == (first["id"], analytics.ledger_since.GRAPH)
    hold_to_a_full_reading(db, settings, second, tmp_path / "aside")


def damage(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"!")


def test_files_that_are_not_what_they_were(
    db: Database, settings: Settings, tmp_path: Path
) -> None:
    _, first = stands(db, settings)
    part = folder(settings, first) / "orders-00000.arrow"
    os.utime(part)  # brought back from a backup, byte for byte
    second = next_night(db, settings, 1)
    assert told(second, "followed", "rebuilt") == (first["id"], "")

    shutil.rmtree(settings.data_folder / "nights" / "commissions")
    third = next_night(db, settings, 2)
    assert told(third, "followed", "ledger") == (second["id"], analytics.ledger_since.GRAPH)
    hold_to_a_full_reading(db, settings, third, tmp_path / "third")

    damage(folder(settings, third) / "orders-00000.arrow")
    damage(folder(settings, second) / "lines-00000.arrow")
    fourth = next_night(db, settings, 3)
    assert told(fourth, "followed", "rebuilt") == ("", analytics.snapshot.DAMAGED)
    hold_to_a_full_reading(db, settings, fourth, tmp_path / "fourth")


UNDO = (
    Query("t.run", "MATCH (run:Run {id: $id}) DELETE run"),
    Query("t.entries", "MATCH (e:CommissionEntry {run_id: $id}) DETACH DELETE e"),
    Query("t.paths", "MATCH (o:Order {frozen_run: $id}) REMOVE o.frozen_run, o.frozen_plan"),
)


def test_a_snapshot_of_another_past_is_not_followed(
    db: Database, settings: Settings, tmp_path: Path
) -> None:
    """A backup of the first night brought back: the second has never been."""
    days, first = stands(db, settings)
    days.go_on(1)
    second = next_night(db, settings, 1)
    for statement in UNDO:
        db.write(statement, id=second["id"])
    days.go_on(2)
    again = next_night(db, settings, 1)
    assert told(again, "followed", "ledger") == (first["id"], analytics.ledger_since.FILES)
    hold_to_a_full_reading(db, settings, again, tmp_path / "again")

    db.run_outside(EMPTY)
    Days(db, 100, seed=6)
    other = night(db, settings, FIRST).run
    assert told(other, "rebuilt") == (analytics.snapshot.NOTHING_TO_FOLLOW,)
    hold_to_a_full_reading(db, settings, other, tmp_path / "other")


def test_it_says_why_it_was_read_whole(
    db: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days, _ = stands(db, settings)
    graph.keys.take(db, "orders", 1)
    days.go_on(1)
    second = next_night(db, settings, 1)
    assert told(second, "rebuilt") == (analytics.following.KEYS_DO_NOT_ADD_UP,)
    days.go_on(2)
    third = next_night(db, settings, 2)
    assert told(third, "rebuilt") == ("",), "a gap of long ago is no gap"
    hold_to_a_full_reading(db, settings, third, tmp_path / "third")
    monkeypatch.setattr(analytics.following, "LITTLE", 2)
    monkeypatch.setattr(analytics.following, "MOST", 2)
    days.go_on(3)
    assert told(next_night(db, settings, 3), "rebuilt") == (analytics.following.MUCH_CHANGED,)
