"""The explanation of an order is what the night paid, at any time; a what-if tells the truth."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

import analytics.explain
import analytics.explain_report
import analytics.nightly
import analytics.plan_store
import analytics.sample
import analytics.unsaved
import graph.commissions
import graph.distributors
import graph.loads
import graph.orders
import graph.words
from analytics.explain import Explanation
from analytics.watch import Watch
from graph.connection import Database
from graph.errors import Missing
from graph.model import OPEN_MS
from graph.money import Exact
from graph.settings import LANGUAGES, Settings
from tests.analytics import one_night
from tests.conftest import EMPTY
from tests.graph import drawn as graph_drawn
from tests.graph.drawn import DAY_MS, START_MS

NOW_MS = START_MS + 300 * DAY_MS
AS_OF = "2024-06-30"
RETAIL = """
name = "retail"
version = "1"
[qualification]
own_retail = {amount = {CNY = "20.00"}, days = 30}
"""


def night(db: Database, settings: Settings) -> None:
    analytics.nightly.run(db, settings, AS_OF, who=one_night.who(), watch=Watch())


@pytest.fixture(scope="module")
def drawn(database: Database, settings: Settings) -> graph_drawn.Drawn:
    database.run_outside(EMPTY)
    found = graph_drawn.draw(400)
    graph_drawn.save(database, found, seq=graph.loads.next_seq(database))
    return found


def ids(drawn: graph_drawn.Drawn, every: int = 7) -> list[str]:
    return [order["id"] for order in drawn.orders[::every]]


def explained(db: Database, settings: Settings, order_ids: list[str]) -> dict[str, Explanation]:
    return analytics.explain.orders(db, order_ids, settings=settings, now_ms=NOW_MS)


@pytest.fixture(scope="module")
def before(
    database: Database, settings: Settings, drawn: graph_drawn.Drawn
) -> dict[str, Explanation]:
    """Explanations of some orders; then a night comes."""
    found = explained(database, settings, ids(drawn))
    night(database, settings)
    return found


def test_before_the_night_after_it_and_with_another_upline_since(
    database: Database, settings: Settings, before: dict[str, Explanation]
) -> None:
    wanted = list(before)
    assert {found.origin for found in before.values()} == {"today"}
    after = explained(database, settings, wanted)
    assert {found.origin for found in after.values()} == {"frozen"}
    assert [before[id].path for id in wanted] == [after[id].path for id in wanted]

    seller = next(found.seller_id for found in after.values() if len(found.path) > 2)
    graph.distributors.move(database, str(seller), "D0", START_MS + 1)
    assert explained(database, settings, wanted) == after


def test_the_path_is_what_was_booked(
    database: Database, settings: Settings, before: dict[str, Explanation]
) -> None:
    for id, found in explained(database, settings, list(before)).items():
        accruals = {
            (entry["beneficiary_id"], entry["level"]): entry["amount_minor"]
            for entry in found.entries
            if entry["kind"] == "accrual"
        }
        paid = {
            (place.beneficiary_id, place.level): place.amount
            for place in found.path
            if place.amount
        }
        assert paid == accruals, id
        assert found.conservation.check
        assert found.conservation.paid == sum(accruals.values())
        assert all(entry["state"] == "available" for entry in found.entries)


def test_one_by_one_is_the_same_as_together(
    database: Database, settings: Settings, before: dict[str, Explanation]
) -> None:
    wanted = list(before)[::14]
    together = explained(database, settings, wanted)
    for id in wanted:
        alone = analytics.explain.order(database, id, settings=settings, now_ms=NOW_MS)
        assert alone == together[id]


def test_a_page_of_orders_costs_a_bounded_number_of_statements(
    database: Database, settings: Settings, before: dict[str, Explanation]
) -> None:
    wanted = list(before)

    def statements(count: int) -> int:
        before = database.queries_run
        explained(database, settings, wanted[:count])
        return database.queries_run - before

    statements(1)  # a plan version is read once for all
    assert statements(50) == statements(2) == 2


def test_what_if_is_what_a_saved_order_gives(
    database: Database, settings: Settings, drawn: graph_drawn.Drawn
) -> None:
    order = drawn.orders[3]
    lines = tuple(
        analytics.unsaved.Line(line["product_id"], line["quantity_milli"], line["unit_price_minor"])
        for line in drawn.lines
        if line["order_id"] == order["id"]
    )
    unsaved = analytics.unsaved.Order(
        seller_id=order["seller_id"],
        paid_at_ms=order["paid_time_ms"],
        currency="CNY",
        lines=lines,
        buyer_id=order["buyer_id"],
    )
    asked = analytics.explain.what_if(database, unsaved, settings=settings, now_ms=NOW_MS)
    saved = explained(database, settings, [order["id"]])[order["id"]]
    assert asked.origin == "what_if"
    assert (asked.path, asked.conservation) == (saved.path, saved.conservation)
    bare = replace(unsaved, lines=(), amount=sum(line.unit_price for line in lines))
    whole = analytics.explain.what_if(database, bare, settings=settings, now_ms=NOW_MS)
    assert [place.amount for place in whole.path] == [place.amount for place in saved.path]


@pytest.mark.parametrize("name", ["seller_id", "buyer_id", "product"])
def test_what_nobody_knows_is_missing(
    database: Database, settings: Settings, drawn: graph_drawn.Drawn, name: str
) -> None:
    order = analytics.unsaved.Order("D1", NOW_MS, "CNY", amount=100)
    strange = {
        "product": replace(order, lines=(analytics.unsaved.Line("nothing", 1000, 1),)),
        "seller_id": replace(order, seller_id="nobody"),
        "buyer_id": replace(order, buyer_id="nobody"),
    }
    with pytest.raises(Missing, match="no"):
        analytics.explain.what_if(database, strange[name], settings=settings, now_ms=NOW_MS)
    with pytest.raises(Missing, match="no order"):
        analytics.explain.order(database, "none", settings=settings, now_ms=NOW_MS)


def test_own_retail_counts_recent_sales_of_the_upline(
    database: Database, settings: Settings, drawn: graph_drawn.Drawn
) -> None:
    """The what-if of an order looks at as many sales as a night does."""
    analytics.plan_store.save(database, RETAIL, settings, source="retail")
    retail = replace(settings, plan="retail")
    unfrozen = {
        "id": "fresh",
        "seller_id": drawn.orders[5]["seller_id"],
        "buyer_kind": "customer",
        "buyer_id": "C1",
        "ordered_at_ms": START_MS + 60 * DAY_MS,
        "paid_time_ms": START_MS + 60 * DAY_MS,
        "received_time_ms": START_MS + 60 * DAY_MS,
        "status": "received",
        "kind": "sale",
        "currency": "CNY",
        "amount_minor": 10_000,
        "period": "2024-01",
    }
    graph.orders.save_all(database, [unfrozen], seq=graph.loads.next_seq(database))
    early = analytics.explain.order(database, "fresh", settings=retail, now_ms=NOW_MS)
    assert early.origin == "today"
    assert early.plan == "retail@1"
    analytics.nightly.run(database, retail, "2024-07-01", who=one_night.who(), watch=Watch())
    late = analytics.explain.order(database, "fresh", settings=retail, now_ms=NOW_MS)
    assert late.origin == "frozen"
    assert late.path == early.path
    assert {place.outcome for place in early.path} & {"unqualified:own_retail", "paid"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_is_said_in_every_language(
    database: Database, settings: Settings, drawn: graph_drawn.Drawn, lang: str
) -> None:
    order = analytics.unsaved.Order("D1", NOW_MS, "CNY", amount=999)
    found = analytics.explain.what_if(database, order, settings=settings, now_ms=NOW_MS)
    said = io.StringIO()
    analytics.explain_report.tell(
        Console(file=said, width=200), found, lang=lang, zone=settings.zone
    )
    assert graph.words.text("outcomes", "paid", lang) in said.getvalue()
    assert {"9.99", "0.999", "1.00"} <= set(said.getvalue().replace("│", " ").split())


def test_the_sample_is_an_order_with_a_path(empty_database: Database, settings: Settings) -> None:
    with pytest.raises(Missing, match="nightly"):
        analytics.sample.order_id(empty_database)
    drawn = graph_drawn.draw(60)
    graph_drawn.save(empty_database, drawn, seq=graph.loads.next_seq(empty_database))
    night(empty_database, settings)
    id = analytics.sample.order_id(empty_database)
    found = analytics.explain.order(empty_database, id, settings=settings, now_ms=NOW_MS)
    assert len(found.path) >= 3


def test_a_long_way_up_is_climbed_in_steps(empty_database: Database, settings: Settings) -> None:
    """Under dynamic compression the only one who qualifies stands 200 hops up."""
    people = [
        {"id": f"D{i}", "joined_at_ms": START_MS, "status": "active" if i == 0 else "suspended"}
        for i in range(200)
    ]
    sponsors = [
        {"child_id": f"D{i}", "sponsor_id": f"D{i - 1}", "since_ms": START_MS, "until_ms": OPEN_MS}
        | {"reason": None}
        for i in range(1, 200)
    ]
    graph.distributors.save_all(empty_database, people, seq=1)
    graph.distributors.save_sponsors(empty_database, sponsors, seq=1)
    text = 'name = "deep"\nversion = "1"\nrates = ["0.10"]\ncompression = "dynamic"\n'
    analytics.plan_store.save(empty_database, text, settings, source="deep")
    order = analytics.unsaved.Order("D199", NOW_MS, "CNY", amount=1000)
    found = analytics.explain.what_if(
        empty_database, order, settings=replace(settings, plan="deep"), now_ms=NOW_MS
    )
    paid = [place for place in found.path if place.amount]
    assert [(one.beneficiary_id, one.position, one.amount) for one in paid] == [("D0", 199, 100)]
    assert found.conservation.promised == Exact(100)
