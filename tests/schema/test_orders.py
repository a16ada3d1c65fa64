"""Orders, paths, entries and runs over GraphQL, with the number of statements that each takes."""

from collections import Counter
from typing import Any

import pytest

import graph.commissions
from graph.connection import Database
from schema.scalars import moment_text
from tests.graph.drawn import DAY_MS, Drawn
from tests.schema.asking import Asking
from tests.schema.world import AS_OF, EARLY_MS, LATE_MS

PATH = """query($id: String!) { order(id: $id) { commissionPath {
  orderId planId paidAt currency origin { code } notes { code label }
  conservation { promised paid { minor } breakage capped { minor } rounding check }
  rows { totalCount nodes { position level beneficiaryId rank rate base exactShare
    amount { minor amount currency } cut { minor } outcome { code label } failed { code }
    rateSource { code label } beneficiary { distributorId } } } } } }"""
ORDER = """{ order(id: "HO-late") { orderId seller { distributorId name }
  buyer { __typename ... on Customer { customerId name distributor { distributorId } } }
  buyerKind { code } status { code label } kind { code } currency period orderedAt
  lines { totalCount nodes { lineNo quantity unitPrice { amount } product { name kind { code } } } }
  refunds { refundId } entries { beneficiaryId level amount { amount } kind { code } } } }"""
ENTRIES = """query($id: String!, $period: Period, $first: Int, $after: String) {
  distributor(id: $id) { entries(period: $period, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { entryId orderId level kind { code } amount { minor currency } state { code }
      bookedAt availableAt period planId runId } }
  totals(period: $period) { currency amount { minor } entries
    parts { kind { code } level amount { minor } entries } } } }"""


def path(service: Asking, id: str) -> Any:
    return service.ask(PATH, id=id)["order"]["commissionPath"]


def short(rows: list[Any]) -> list[tuple[Any, ...]]:
    return [
        (
            row["position"],
            row["level"],
            row["beneficiaryId"],
            row["amount"]["minor"],
            row["outcome"]["code"],
        )
        for row in rows
    ]


def test_a_path_pays_the_upline_of_its_own_time(service: Asking) -> None:
    found = path(service, "HO-early")
    assert short(found["rows"]["nodes"]) == [
        (0, 1, "H4", "1000", "paid"),
        (1, 2, "H3", "500", "paid"),
        (2, 3, "H5", "300", "paid"),
        (3, None, "H1", "0", "beyond_paid_levels"),
    ]
    assert found["paidAt"] == moment_text(EARLY_MS) and found["origin"]["code"] == "frozen"
    assert found["planId"] == "three-tier@1"


def test_unpaid_ancestors_are_rows_too(service: Asking) -> None:
    found = path(service, "HO-late")
    rows = found["rows"]["nodes"]
    assert short(rows) == [
        (0, 1, "H4", "2500", "paid"),
        (1, 2, "H3", "1250", "paid"),
        (2, 3, "H2", "0", "unqualified:status"),
        (3, None, "H1", "0", "beyond_paid_levels"),
    ]
    assert rows[0]["base"] == "250.005" and rows[0]["exactShare"] == "50001/20"
    assert rows[0]["rateSource"] == {"code": "plan", "label": "the plan"}
    assert [one["code"] for one in rows[2]["failed"]] == ["unqualified:status"]
    assert found["conservation"] == {
        "promised": "450009/100",
        "paid": {"minor": "3750"},
        "breakage": "150003/200",
        "capped": {"minor": "0"},
        "rounding": "3/40",
        "check": True,
    }


@pytest.mark.parametrize(
    ("id", "rows"),
    [
        ("HO-self", [(0, 1, "H4", "0", "self_purchase"), (1, 2, "H3", "500", "paid")]),
        ("HO-yen", [(0, 1, "H4", "101", "paid"), (1, 2, "H3", "50", "paid")]),
        ("HO-house", [(None, 1, None, "0", "no_ancestor"), (None, 2, None, "0", "no_ancestor")]),
        ("HO-unpaid", []),
    ],
)
def test_other_paths(service: Asking, id: str, rows: list[Any]) -> None:
    found = path(service, id)
    assert short(found["rows"]["nodes"])[:2] == rows
    assert found["conservation"]["check"]


def test_a_refund_leaves_the_path_and_takes_the_entries_back(service: Asking) -> None:
    query = """{ order(id: "HO-refunded") { refunds { refundId amount { amount } reason }
      entries { kind { code } cause amount { minor } } } }"""
    found = service.ask(query)["order"]
    assert found["refunds"] == [
        {"refundId": "HR", "amount": {"amount": "100.00"}, "reason": "came back"}
    ]
    kinds = Counter(one["kind"]["code"] for one in found["entries"])
    assert kinds == {"accrual": 2, "reversal": 2}
    assert sum(int(one["amount"]["minor"]) for one in found["entries"]) == 0
    assert [row[3] for row in short(path(service, "HO-refunded")["rows"]["nodes"])][:2] == [
        "1000",
        "500",
    ]


def test_an_order_with_all_that_hangs_on_it(service: Asking) -> None:
    found, statements = service.counted(ORDER)
    order = found["order"]
    assert order["seller"] == {"distributorId": "H4", "name": "name of H4"}
    assert order["buyer"]["name"] == "name of HC"
    assert order["buyer"]["distributor"] == {"distributorId": "H4"}
    assert order["lines"]["totalCount"] == 2
    assert order["lines"]["nodes"][1] == {
        "lineNo": 2,
        "quantity": "0.5",
        "unitPrice": {"amount": "100.01"},
        "product": {"name": "tea", "kind": {"code": "product"}},
    }
    assert [one["amount"]["amount"] for one in order["entries"]] == ["25.00", "12.50"]
    assert order["orderedAt"] == moment_text(LATE_MS)
    # order, seller, his name, customer, its name, lines, product, refunds, entries; and for each
    # of the two names three for the audit, because somebody was shown it
    assert statements == 9 + 2 * 3


def test_orders_of_a_page_take_no_more_statements_than_one(service: Asking, drawn: Drawn) -> None:
    query = """{ distributors(first: %d) { nodes { orders(first: 2) { nodes { lines { nodes {
      product { name } } } entries { amount { minor } } seller { region } } } } } }"""
    few, many = service.counted(query % 20)[1], service.counted(query % 40)[1]
    # a page of orders is a statement for each distributor, what hangs on them is not
    assert many - few == 20


def test_pages_of_orders(service: Asking) -> None:
    query = """query($after: String) { distributor(id: "H4") { orders(first: 4, after: $after) {
      totalCount nodes { orderId } pageInfo { hasNextPage endCursor } } } }"""
    first = service.ask(query)["distributor"]["orders"]
    rest = service.ask(query, after=first["pageInfo"]["endCursor"])["distributor"]["orders"]
    ids = [one["orderId"] for one in first["nodes"] + rest["nodes"]]
    assert ids[0] == "HO-early" and len(ids) == len(set(ids)) == first["totalCount"] == 6
    assert first["pageInfo"]["hasNextPage"] and not rest["pageInfo"]["hasNextPage"]


def test_a_path_takes_a_bounded_number_of_statements(service: Asking) -> None:
    service.ask(PATH, id="HO-early")  # a plan version is read once for all
    one = service.counted(PATH, id="HO-late")[1]
    other = '{ other: order(id: "HO-early") { commissionPath { planId } } order'
    two = service.counted(PATH.replace("{ order", other, 1), id="HO-late")[1]
    # orders, all that is around them, the beneficiaries
    assert one == two == 3


def test_what_is_read_ahead_of_an_order_that_is_not_there(service: Asking) -> None:
    query = """{ order(id: "nothing") { commissionPath { planId } entries { level }
      lines { totalCount } } }"""
    assert service.ask(query) == {"order": None}


def test_entries_and_totals_of_a_distributor(service: Asking) -> None:
    found = service.ask(ENTRIES, id="H4")["distributor"]
    entries = found["entries"]["nodes"]
    assert found["entries"]["totalCount"] == len(entries) == 5
    sums: Counter[str] = Counter()
    for one in entries:
        sums[one["amount"]["currency"]] += int(one["amount"]["minor"])
    assert sums == {"CNY": 3500, "JPY": 101}
    assert {one["currency"]: int(one["amount"]["minor"]) for one in found["totals"]} == sums
    kinds = {part["kind"]["code"]: part["entries"] for part in found["totals"][0]["parts"]}
    assert kinds == {"accrual": 3, "reversal": 1}
    assert entries[0]["runId"] == f"{AS_OF}#1" and entries[0]["state"]["code"] == "available"
    assert entries[0]["availableAt"] == moment_text(EARLY_MS + 7 * DAY_MS)


def test_entries_of_one_period_in_pages(service: Asking) -> None:
    first = service.ask(ENTRIES, id="H4", period="2024-01", first=2)["distributor"]["entries"]
    assert first["totalCount"] == 4 and first["pageInfo"]["hasNextPage"]
    after = first["pageInfo"]["endCursor"]
    rest = service.ask(ENTRIES, id="H4", period="2024-01", first=2, after=after)
    nodes = first["nodes"] + rest["distributor"]["entries"]["nodes"]
    assert len({one["entryId"] for one in nodes}) == 4
    assert {one["period"] for one in nodes} == {"2024-01"}


def test_the_state_of_an_entry_is_that_of_the_moment(service: Asking) -> None:
    query = """query($asOf: DateTime) { entry(id: "HO-early|H4|1|accrual|HO-early") {
      state(asOf: $asOf) { code } plan { version } run { status { code } }
      order { orderId } beneficiary { distributorId } } }"""
    frozen = service.ask(query, asOf=moment_text(EARLY_MS + DAY_MS))["entry"]
    assert frozen == {
        "state": {"code": "frozen"},
        "plan": {"version": "1"},
        "run": {"status": {"code": "finished"}},
        "order": {"orderId": "HO-early"},
        "beneficiary": {"distributorId": "H4"},
    }
    assert service.ask(query, asOf=moment_text(EARLY_MS - 1))["entry"]["state"]["code"] == "pending"


def test_the_sum_over_graphql_is_the_ledger_and_the_run(
    service: Asking, database: Database, drawn: Drawn
) -> None:
    query = """query($after: String) { distributors(first: 200, after: $after) {
      nodes { totals { currency amount { minor } entries } }
      pageInfo { hasNextPage endCursor } } }"""
    over_graphql: Counter[str] = Counter()
    after, more = None, True
    while more:
        page = service.ask(query, after=after)["distributors"]
        for total in (one for node in page["nodes"] for one in node["totals"]):
            over_graphql[total["currency"]] += int(total["amount"]["minor"])
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    known = [f"HO-{name}" for name in ("early", "late", "self", "yen", "house", "refunded")]
    ids = [row["id"] for row in drawn.orders] + known
    ledger: Counter[str] = Counter()
    for row in graph.commissions.of_orders(database, ids):
        ledger[row["currency"]] += row["amount_minor"]
    of_levels = """query($d: Date!) { run(asOf: $d) { levels {
      currency sales { minor } takenBack { minor } } } }"""
    levels = service.ask(of_levels, d=AS_OF)
    of_run: Counter[str] = Counter()
    for level in levels["run"]["levels"]:
        of_run[level["currency"]] += int(level["sales"]["minor"]) + int(level["takenBack"]["minor"])
    assert over_graphql == ledger == of_run and ledger["CNY"] > 0


def test_runs(service: Asking) -> None:
    query = """{ dataAsOf runs { totalCount nodes { runId } }
      run(asOf: "%s") { id runId attempt status { code label } steps { name counts { name value } }
        conservation { currency promised paid { minor } check } digests { name sha256 }
        notes { code count } wouldCut { period } finishedAt error }
      other: run(asOf: "2020-01-01") { id } }"""
    found = service.ask(query % AS_OF)
    run = found["run"]
    assert found["dataAsOf"] == AS_OF and found["other"] is None
    assert found["runs"] == {"totalCount": 1, "nodes": [{"runId": f"{AS_OF}#1"}]}
    assert run["status"]["code"] == "finished" and run["error"] is None
    assert [step["name"] for step in run["steps"]][0] == "snapshot"
    assert {one["currency"] for one in run["conservation"]} == {"CNY", "JPY"}
    assert all(one["check"] for one in run["conservation"]) and run["digests"]


def test_plan_versions(service: Asking) -> None:
    query = (
        """query($name: String) { planVersions(name: $name) { planId validFrom text digest } }"""
    )
    [one] = service.ask(query)["planVersions"]
    assert one["planId"] == "three-tier@1" and 'rates = ["0.1' in one["text"]
    assert service.ask(query, name="nothing")["planVersions"] == []


def test_ready_says_up_to_which_night(service: Asking) -> None:
    answer = service.client.get("/healthz/ready")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "database": True,
        "missing": [],
        "dataAsOf": AS_OF,
    }
