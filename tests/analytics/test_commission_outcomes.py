"""Each outcome and each gate of a plan on a tree that one can see."""

from fractions import Fraction

import pytest

import graph.words
from analytics.commission_schema import PREDICATES
from analytics.plan import Caps, Count, Override, Qualification, Threshold
from graph.model import DAY_MS, OUTCOME
from tests.analytics.whiteboard import PAID_AT, path, plan, sold, tree, worked
from tests.analytics.worlds import World

FOUR = """
    D1
      D2
        D3
          D4
"""


def test_three_levels_and_one_ancestor_beyond() -> None:
    assert path(sold(tree(FOUR), "D4"), plan()) == [
        "D4 1 paid 1000",
        "D3 2 paid 500",
        "D2 3 paid 300",
        "D1 0 beyond_paid_levels 0",
    ]


def test_levels_that_nobody_stands_for() -> None:
    assert path(sold(tree("D1"), "D1"), plan()) == [
        "D1 1 paid 1000",
        "- 2 no_ancestor 0",
        "- 3 no_ancestor 0",
    ]


def test_a_house_order_earns_nobody_anything() -> None:
    assert path(sold(tree("D1"), None), plan(rates=["0.1", "0.05"])) == [
        "- 1 no_ancestor 0",
        "- 2 no_ancestor 0",
    ]


def test_first_level_is_the_sponsor() -> None:
    """The seller stands at position 0 and is not tested."""
    world = sold(tree("D1\n  D2 suspended"), "D2")
    assert path(world, plan(first_level="sponsor", rates=["0.1", "0.05"])) == [
        "D2 0 seller_unpaid 0",
        "D1 1 paid 1000",
        "- 2 no_ancestor 0",
    ]


SUSPENDED = """
    D1
      D2
        D3 suspended
          D4
"""


@pytest.mark.parametrize(
    ("compression", "expected"),
    [
        ("consume", ["D4 1 paid 1000", "D3 2 unqualified:status 0", "D2 3 paid 300"]),
        ("dynamic", ["D4 1 paid 1000", "D3 0 unqualified:status 0", "D2 2 paid 500"]),
        ("break", ["D4 1 paid 1000", "D3 2 unqualified:status 0", "D2 3 path_broken 0"]),
        ("pay_anyway", ["D4 1 paid 1000", "D3 2 paid 500", "D2 3 paid 300"]),
    ],
)
def test_what_an_unqualified_ancestor_does_to_his_level(
    compression: str, expected: list[str]
) -> None:
    last = "D1 3 paid 300" if compression == "dynamic" else "D1 0 beyond_paid_levels 0"
    world = sold(tree(SUSPENDED), "D4")
    assert path(world, plan(compression=compression)) == [*expected, last]


def test_nobody_stands_for_levels_after_a_break_at_the_top() -> None:
    world = sold(tree("D1\n  D2 suspended"), "D2")
    assert path(world, plan(compression="break")) == [
        "D2 1 unqualified:status 0",
        "D1 2 path_broken 0",
        "- 3 no_ancestor 0",
    ]


def bought_himself() -> World:
    return sold(tree(FOUR), "D4", buyer="D4")


@pytest.mark.parametrize("first_level", ["seller", "sponsor"])
def test_own_purchase_pays_only_the_upline(first_level: str) -> None:
    seller, sponsor = (1, 2) if first_level == "seller" else (0, 1)
    rates = {1: 1000, 2: 500, 3: 300}
    found = path(bought_himself(), plan(first_level=first_level))
    assert found[:2] == [f"D4 {seller} self_purchase 0", f"D3 {sponsor} paid {rates[sponsor]}"]


@pytest.mark.parametrize("first_level", ["seller", "sponsor"])
def test_own_purchase_pays_the_buyer_as_level_one(first_level: str) -> None:
    terms = plan(first_level=first_level, self_purchase="buyer_earns")
    assert path(bought_himself(), terms)[:2] == ["D4 1 paid 1000", "D3 2 paid 500"]


def test_own_purchase_pays_nobody() -> None:
    assert path(bought_himself(), plan(self_purchase="nobody")) == [
        "D4 1 self_purchase 0",
        "D3 2 self_purchase 0",
        "D2 3 self_purchase 0",
        "D1 0 self_purchase 0",
    ]


def test_a_purchase_from_somebody_else_is_no_self_purchase() -> None:
    assert path(sold(tree(FOUR), "D4", buyer="D3"), plan())[0] == "D4 1 paid 1000"


def one(**asked: object) -> object:
    return plan(rates=["0.1"], qualification=Qualification(**asked))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        ("verified certified", "paid 1000"),
        ("certified", "unqualified:verified 0"),
        ("verified", "unqualified:certified 0"),
        ("applied", "unqualified:status 0"),
    ],
)
def test_the_first_failing_predicate_is_named(words: str, outcome: str) -> None:
    terms = one(verified=True, certified=True)
    assert path(sold(tree(f"D1 {words}"), "D1"), terms)[0] == f"D1 1 {outcome}"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("days_ago", "outcome"), [(30, "unqualified:own_retail 0"), (29, "paid 1000")]
)
def test_own_retail_within_the_days_up_to_this_order(days_ago: int, outcome: str) -> None:
    """This order counts; one of exactly 30 x 24 h before does not."""
    terms = one(own_retail=Threshold({"CNY": 20_000}, 30))
    world = sold(tree("D1"), "D1", paid_at=PAID_AT - days_ago * DAY_MS)
    found = path(sold(world, "D1"), terms, order=1)  # type: ignore[arg-type]
    assert found[0] == f"D1 1 {outcome}"


def test_own_retail_is_not_sold_to_distributors() -> None:
    terms = one(own_retail=Threshold({"CNY": 10_000}, 30))
    world = sold(tree("D1\n  D2"), "D1", buyer="D2")
    assert path(world, terms)[0] == "D1 1 unqualified:own_retail 0"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("buyers", "outcome"), [("CC", "unqualified:retail_customers 0"), ("CE", "paid 1000")]
)
def test_retail_customers_are_different_ones(buyers: str, outcome: str) -> None:
    terms = one(retail_customers=Count(2, 30))
    world = tree("D1")
    for number, buyer in enumerate(buyers):
        sold(world, "D1", buyer_id=buyer, paid_at=PAID_AT + number)
    assert path(world, terms, order=1)[0] == f"D1 1 {outcome}"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("amount", "outcome"), [(89_999, "unqualified:own_purchase 0"), (90_000, "paid 1000")]
)
def test_own_purchase_as_a_condition(amount: int, outcome: str) -> None:
    terms = one(own_purchase=Threshold({"CNY": 90_000}, 30))
    world = sold(tree("D1"), None, amount, buyer="D1", paid_at=PAID_AT - DAY_MS)
    assert path(sold(world, "D1"), terms, order=1)[0] == f"D1 1 {outcome}"  # type: ignore[arg-type]


GOLD_ABOVE = """
    D1 gold
      D2 bronze
        D3
"""


@pytest.mark.parametrize(
    ("compression", "expected"),
    [
        ("consume", ["D3 1 unqualified:unlock 0", "D2 2 unqualified:unlock 0", "D1 3 paid 300"]),
        ("dynamic", ["D3 0 unqualified:unlock 0", "D2 1 paid 1000", "D1 2 paid 500"]),
    ],
)
def test_a_rank_opens_levels(compression: str, expected: list[str]) -> None:
    terms = plan(unlock={"bronze": 1, "gold": 3}, compression=compression)
    assert path(sold(tree(GOLD_ABOVE), "D3"), terms)[:3] == expected


def test_zero_rate_capped_and_below_one_minor_unit() -> None:
    terms = plan(rates=["0.1", "0", "0.000001", "0.05"], caps=Caps(order=Fraction("0.1")))
    assert path(sold(tree(FOUR), "D4"), terms) == [
        "D4 1 paid 1000",
        "D3 2 zero_rate 0",
        "D2 3 below_one_minor_unit 0",
        "D1 4 capped 0",
    ]


RANKS = {"bronze": Fraction("0.05"), "silver": Fraction("0.08")}


def test_differential_pays_the_difference() -> None:
    """
    D1 silver
      D2 silver
        D3 suspended silver
          D4 bronze
            D5
    """
    world = sold(tree(test_differential_pays_the_difference.__doc__ or ""), "D5")
    terms = plan(kind="differential", rank_rates=RANKS, max_paid_levels=3)
    assert path(world, terms) == [
        "D5 0 zero_rate 0",
        "D4 1 paid 500",
        "D3 0 unqualified:status 0",
        "D2 2 paid 300",
        "D1 0 zero_rate 0",
    ]


def test_the_rank_of_an_unpaid_seller_does_not_count() -> None:
    world = sold(tree("D1 silver\n  D2 silver"), "D2", buyer="D2")
    terms = plan(kind="differential", rank_rates=RANKS, max_paid_levels=3)
    assert path(world, terms) == ["D2 0 self_purchase 0", "D1 1 paid 800"]


def test_overrides_by_precedence() -> None:
    """An explicit 0 is 0; a level that an override does not name falls through."""
    terms = plan(
        rates=["0.1", "0.05"],
        distributor_rates=(Override("D2", rates=(Fraction("0.3"),)),),
    )
    world = sold(tree("D1\n  D2"), "D2")
    assert path(world, terms) == ["D2 1 paid 3000", "D1 2 paid 500"]
    zero = plan(rates=["0.1", "0.05"], distributor_rates=(Override("D2", rates=(Fraction(0),)),))
    assert path(world, zero) == ["D2 1 zero_rate 0", "D1 2 paid 500"]


@pytest.mark.parametrize("lang", ["en", "zh-Hant", "zh-Hans"])
def test_every_outcome_and_note_has_words(lang: str) -> None:
    assert all(graph.words.text("outcomes", code, lang) for code in OUTCOME)
    facts = {"id": "R1", "order_id": "O1", "beyond_minor": 5}
    codes = ("no_plan", "no_cost", "no_amount", "refund_beyond_order", "late_line")
    assert all("R1" in graph.words.text("notes", code, lang, **facts) for code in codes)


def test_every_failing_predicate_is_told_and_none_of_a_seller_who_is_not_tested() -> None:
    """
    D1 suspended
      D2 suspended
    """
    drawing = test_every_failing_predicate_is_told_and_none_of_a_seller_who_is_not_tested.__doc__
    terms = plan(
        rates=["0.1"],
        first_level="sponsor",
        qualification=Qualification(verified=True),
        unlock={"gold": 1},
    )
    found = worked(sold(tree(drawing or ""), "D2"), terms).paths["failed"].to_list()
    names = [*PREDICATES, "unlock"]
    assert [[name for bit, name in enumerate(names) if bits >> bit & 1] for bits in found] == [
        [],
        ["status", "verified", "unlock"],
    ]
