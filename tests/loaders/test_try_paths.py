"""Who stands on the path of an order, and why somebody is not paid, through the dry run."""

from typing import Any

import pytest

import tests.loaders.trying
from tests.loaders.trying import BEYOND_D2, CHAIN, D4_SUSPENDED, PAID, TO_D3, sale


def test_levels_without_an_ancestor_are_breakage(tried: Any) -> None:
    found = tried(orders=[sale(seller="D2", amount="100.00")])
    assert found.outcomes() == [
        ("D2", "1", "10.00", "paid"),
        ("D1", "2", "5.00", "paid"),
        ("", "3", "0.00", "no_ancestor"),
    ]
    (nobody,) = [row for row in found.paths if row["outcome"] == "no_ancestor"]
    assert (nobody["position"], nobody["rate"], nobody["rate_source"]) == ("", "0.03", "plan")
    assert nobody["exact_share"] == "300/1"
    assert found.conservation["CNY"]["breakage"] == "300/1"


def test_a_house_order_is_all_breakage(tried: Any) -> None:
    found = tried(orders=[sale(amount="100.00")])
    assert found.outcomes() == [("", level, "0.00", "no_ancestor") for level in "123"]
    assert found.conservation["CNY"]["breakage"] == "1800/1"
    assert found.entries == []


def test_first_level_is_the_sponsor(tried: Any) -> None:
    assert tried('first_level = "sponsor"').outcomes() == [
        ("D5", "", "0.00", "seller_unpaid"),
        ("D4", "1", "10.00", "paid"),
        ("D3", "2", "5.00", "paid"),
        ("D2", "3", "3.00", "paid"),
        ("D1", "", "0.00", "beyond_paid_levels"),
    ]


BY_D3 = [sale(seller="D3", amount="100.00", buyer_kind="distributor", buyer_id="D3")]


def test_an_own_purchase_pays_the_upline_only(tried: Any) -> None:
    found = tried(orders=BY_D3)
    assert found.outcomes() == [
        ("D3", "1", "0.00", "self_purchase"),
        ("D2", "2", "5.00", "paid"),
        ("D1", "3", "3.00", "paid"),
    ]
    assert found.conservation["CNY"]["breakage"] == "1000/1"


def test_an_own_purchase_below_the_first_level(tried: Any) -> None:
    assert tried('first_level = "sponsor"', orders=BY_D3).outcomes() == [
        ("D3", "", "0.00", "self_purchase"),
        ("D2", "1", "10.00", "paid"),
        ("D1", "2", "5.00", "paid"),
        ("", "3", "0.00", "no_ancestor"),
    ]


def test_an_own_purchase_pays_nobody(tried: Any) -> None:
    found = tried('self_purchase = "nobody"', orders=BY_D3)
    assert found.outcomes() == [
        ("D3", "1", "0.00", "self_purchase"),
        ("D2", "2", "0.00", "self_purchase"),
        ("D1", "3", "0.00", "self_purchase"),
    ]
    assert found.entries == []
    assert found.conservation["CNY"]["breakage"] == "1800/1"


@pytest.mark.parametrize("first", ["seller", "sponsor"])
def test_a_buyer_who_earns_is_level_one(tried: Any, first: str) -> None:
    plan = f'self_purchase = "buyer_earns"\nfirst_level = "{first}"'
    assert tried(plan, orders=BY_D3).outcomes() == [
        ("D3", "1", "10.00", "paid"),
        ("D2", "2", "5.00", "paid"),
        ("D1", "3", "3.00", "paid"),
    ]


def test_a_purchase_from_another_distributor_is_no_own_purchase(tried: Any) -> None:
    order = sale(seller="D5", amount="100.00", buyer_kind="distributor", buyer_id="D3")
    assert tried(orders=[order]).outcomes() == [*TO_D3, BEYOND_D2]


def test_a_buyer_without_a_kind_is_what_the_id_is(tried: Any) -> None:
    order = sale(seller="D3", amount="100.00", buyer_id="D3")
    assert tried(orders=[order]).outcomes()[0] == ("D3", "1", "0.00", "self_purchase")


def test_compression_consume(tried: Any) -> None:
    found = tried(tree=D4_SUSPENDED)
    assert found.outcomes() == [
        ("D5", "1", "10.00", "paid"),
        ("D4", "2", "0.00", "unqualified:status"),
        ("D3", "3", "3.00", "paid"),
        BEYOND_D2,
    ]
    assert found.conservation["CNY"]["breakage"] == "500/1"


def test_compression_dynamic(tried: Any) -> None:
    found = tried('compression = "dynamic"', tree=D4_SUSPENDED)
    assert found.outcomes() == [
        ("D5", "1", "10.00", "paid"),
        ("D4", "", "0.00", "unqualified:status"),
        ("D3", "2", "5.00", "paid"),
        ("D2", "3", "3.00", "paid"),
        ("D1", "", "0.00", "beyond_paid_levels"),
    ]
    assert [row["position"] for row in found.paths] == ["0", "1", "2", "3", "4"]


def test_compression_break(tried: Any) -> None:
    found = tried('compression = "break"', tree=D4_SUSPENDED)
    assert found.outcomes()[:3] == [
        ("D5", "1", "10.00", "paid"),
        ("D4", "2", "0.00", "unqualified:status"),
        ("D3", "3", "0.00", "path_broken"),
    ]
    assert found.conservation["CNY"]["breakage"] == "800/1"


def test_compression_pay_anyway(tried: Any) -> None:
    found = tried('compression = "pay_anyway"', tree=D4_SUSPENDED)
    assert found.outcomes() == [*TO_D3, BEYOND_D2]


@pytest.mark.parametrize(
    ("status", "qualifies"),
    [("applied", False), ("active", True), ("suspended", True), ("terminated", False)],
)
def test_the_plan_says_which_status_qualifies(tried: Any, status: str, qualifies: bool) -> None:
    found = tried(
        '[qualification]\nstatus = ["suspended", "active"]',
        tree=CHAIN.replace("D5", f"D5 {status}"),
    )
    assert found.outcomes()[0][3] == ("paid" if qualifies else "unqualified:status")


def test_status_and_rank_are_those_of_the_paid_time(tried: Any) -> None:
    changes = [
        {"distributor_id": "D5", "valid_from": "2026-03-01T12:00:00Z", "status": "suspended"},
        {"distributor_id": "D4", "valid_from": "2026-03-01T12:00:01Z", "status": "suspended"},
        {"distributor_id": "D3", "valid_from": "2026-02-01", "rank": "gold"},
    ]
    found = tried("unlock = {gold = 3}", status_changes=changes)
    assert [row[3] for row in found.outcomes()] == [
        "unqualified:status",
        "unqualified:unlock",
        "paid",
        "beyond_paid_levels",
    ]


def test_who_has_left_is_terminated(tried: Any) -> None:
    rows = tests.loaders.trying.tree(CHAIN)
    rows[4]["left_at"] = "2026-03-01T11:59:59Z"
    rows[3]["left_at"] = "2026-03-01T12:00:01Z"
    found = tried(tree=rows)
    assert [row[3] for row in found.outcomes()][:2] == ["unqualified:status", "paid"]


def test_verified_and_certified_as_of_the_paid_time(tried: Any) -> None:
    rows = tests.loaders.trying.tree(CHAIN)
    both = {"verified_at": PAID, "certified_until": PAID}
    rows[4] |= both
    rows[3] |= both | {"verified_at": "2026-03-01T12:00:01Z"}
    rows[2] |= both | {"certified_until": "2026-03-01T11:59:59Z"}
    found = tried("[qualification]\nverified = true\ncertified = true", tree=rows)
    assert [row[3] for row in found.outcomes()] == [
        "paid",
        "unqualified:verified",
        "unqualified:certified",
        "beyond_paid_levels",
    ]


def test_the_first_predicate_that_fails_is_named(tried: Any) -> None:
    plan = "unlock = {gold = 3}\n[qualification]\nverified = true\ncertified = true"
    found = tried(plan, tree=D4_SUSPENDED)
    assert [row[3] for row in found.outcomes()][:2] == [
        "unqualified:verified",
        "unqualified:status",
    ]


def test_own_retail_counts_this_order_and_the_days_up_to_it(tried: Any) -> None:
    """D5 sells 40.00 30 days before to the second, then 60.00: together the 100.00 asked for."""
    plan = '[qualification]\nown_retail = {amount = {CNY = "100.00"}, days = 30}\n'
    early = {"ordered_at": "2026-01-30T12:00:01Z"}
    orders = [sale("O0", "D5", "40.00", **early), sale("O1", "D5", "60.00")]
    found = tried(plan, orders=orders)
    assert [row[3] for row in found.outcomes("O0")][0] == "unqualified:own_retail"
    assert [row[3] for row in found.outcomes("O1")][:2] == ["paid", "unqualified:own_retail"]


def test_own_retail_leaves_out_what_distributors_buy(tried: Any) -> None:
    plan = '[qualification]\nown_retail = {amount = {CNY = "100.00"}, days = 30}\n'
    bought = sale("O0", "D5", "90.00", buyer_kind="distributor", buyer_id="D1")
    found = tried(plan, orders=[bought, sale("O1", "D5", "60.00")])
    assert found.outcomes("O1")[0][3] == "unqualified:own_retail"


def test_retail_customers_are_counted_once_each(tried: Any) -> None:
    plan = "[qualification]\nretail_customers = {count = 2, days = 30}\n"
    day = "2026-02-{:02}T00:00:00Z".format
    orders = [
        sale("O1", "D5", "10.00", buyer_kind="customer", buyer_id="C1", ordered_at=day(10)),
        sale("O2", "D5", "10.00", buyer_kind="customer", buyer_id="C1", ordered_at=day(11)),
        sale("O3", "D5", "10.00", buyer_kind="customer", buyer_id="C2", ordered_at=day(12)),
    ]
    found = tried(plan, orders=orders)
    assert [found.outcomes(order)[0][3] for order in ("O1", "O2", "O3")] == [
        "unqualified:retail_customers",
        "unqualified:retail_customers",
        "paid",
    ]


def test_a_rank_opens_levels(tried: Any) -> None:
    ranked = CHAIN.replace("D5", "D5 bronze").replace("D4", "D4 bronze").replace("D3", "D3 gold")
    plan = "unlock = {bronze = 1, gold = 3}\n"
    assert tried(plan, tree=ranked).outcomes() == [
        ("D5", "1", "10.00", "paid"),
        ("D4", "2", "0.00", "unqualified:unlock"),
        ("D3", "3", "3.00", "paid"),
        BEYOND_D2,
    ]


def test_a_rank_that_opens_no_level_is_passed_over_under_dynamic(tried: Any) -> None:
    ranked = CHAIN.replace("D5", "D5 bronze").replace("D4", "D4 bronze").replace("D3", "D3 gold")
    plan = 'compression = "dynamic"\nunlock = {bronze = 1, gold = 3}\n'
    assert tried(plan, tree=ranked).outcomes() == [
        ("D5", "1", "10.00", "paid"),
        ("D4", "", "0.00", "unqualified:unlock"),
        ("D3", "2", "5.00", "paid"),
        ("D2", "", "0.00", "unqualified:unlock"),
        ("D1", "", "0.00", "unqualified:unlock"),
        ("", "3", "0.00", "no_ancestor"),
    ]


def test_a_later_sponsor_moves_no_earlier_order(tried: Any) -> None:
    """D5 goes from D4 to D2 an hour after the first order."""
    changes = [{"distributor_id": "D5", "sponsor_id": "D2", "valid_from": "2026-03-01T13:00:00Z"}]
    later = sale("O2", "D5", "100.00", ordered_at="2026-03-01T13:00:00Z")
    found = tried(
        orders=[sale("O1", "D5", "100.00"), later],
        sponsor_changes=changes,
    )
    assert found.outcomes("O1") == [*TO_D3, BEYOND_D2]
    assert found.outcomes("O2") == [
        ("D5", "1", "10.00", "paid"),
        ("D2", "2", "5.00", "paid"),
        ("D1", "3", "3.00", "paid"),
    ]


def test_fewer_paid_levels_than_rates(tried: Any) -> None:
    assert tried("max_paid_levels = 1").outcomes() == [
        ("D5", "1", "10.00", "paid"),
        ("D4", "", "0.00", "beyond_paid_levels"),
    ]
