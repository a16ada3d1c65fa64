"""What the plan lint refuses and warns of, each from a small plan file."""

import json
import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import analytics.columns
import analytics.plan
import analytics.plan_lint
import analytics.plan_packs
import analytics.plan_promise
from analytics.plan_lint import NOT_EVALUABLE, REFUSE, WARN
from graph.errors import Misconfigured
from graph.money import Exact

RULEBOOK = Path(__file__).parents[3] / "shared" / "domain" / "rulebook.json"


def complaints(text: str, products: pl.DataFrame | None = None) -> set[tuple[str, str]]:
    report = analytics.plan_lint.lint_text(text, products)
    for lang in ("en", "zh-Hant", "zh-Hans"):
        assert all(one.said(lang) for one in report.complaints)
    return {(one.severity, one.code) for one in report.complaints}


def refused(text: str, products: pl.DataFrame | None = None) -> set[str]:
    return {code for severity, code in complaints(text, products) if severity == REFUSE}


def warned(text: str, products: pl.DataFrame | None = None) -> set[str]:
    return {code for severity, code in complaints(text, products) if severity == WARN}


def products(*rows: dict[str, Any]) -> pl.DataFrame:
    """Products, money in minor units; what a row leaves out is blank, and it is commissionable."""
    filled = [{"commissionable": True, **row} for row in rows]
    return pl.DataFrame(
        {name: [row.get(name) for row in filled] for name in analytics.columns.PRODUCTS},
        schema=analytics.columns.PRODUCTS,
    )


def product(price: int | None, cost: int | None, **more: Any) -> dict[str, Any]:
    return {"id": "P1", "list_price": price, "cost": cost, **more}


def rates(*found: str) -> str:
    return f"rates = {json.dumps(found)}\n"


def test_the_shipped_plan_is_accepted() -> None:
    text = analytics.plan.text_of(analytics.plan.SHIPPED / "three-tier.toml")
    assert complaints(text) == {(NOT_EVALUABLE, "margin_no_products")}
    report = analytics.plan_lint.lint_text(text)
    assert report.accepted("three-tier.toml").id == "three-tier@1"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('recruit_bonus = {CNY = "50.00"}', "pays_for_recruiting"),
        ('[bonus]\nper_recruit = "50.00"', "pays_for_recruiting"),
        ('[[bonus]]\nevery = "recruit"', "pays_for_recruiting"),
        ('[bonus]\nper_order = "50.00"', "unknown_key"),
        ('signup_reward = "5"', "pays_for_recruiting"),
        ('join_bonus = "5"', "pays_for_recruiting"),
        ('bonus_on_joining = "5"', "pays_for_recruiting"),
        ('headcount_pay = "5"', "pays_for_recruiting"),
        ('trigger = "recruited"', "pays_for_recruiting"),
        ('base = "joining_fee"', "pays_for_recruiting"),
        ('"拉人奖" = "5"', "pays_for_recruiting"),
        ("[qualification]\nrecruits = {count = 3, days = 30}", "ranks_by_recruits"),
        ("[ranks_by_recruits]\ngold = 10", "ranks_by_recruits"),
        ("[caps]\nrecruits = 3", "pays_for_recruiting"),
    ],
)
def test_pay_or_rank_for_recruits_is_refused_for_what_it_is(text: str, code: str) -> None:
    assert refused(text) == {code}


def test_pay_tied_to_own_purchases_is_refused() -> None:
    text = '[qualification]\nown_purchase = {amount = {CNY = "900.00"}, days = 30}'
    assert refused(text) == {"ties_pay_to_own_purchases"}


def test_more_than_three_levels_need_a_pack_and_are_always_found() -> None:
    four = rates("0.1", "0.05", "0.03", "0.01")
    assert refused(four) == {"more_than_three_levels"}
    assert refused(four + 'packs = ["generic"]\n') == {"more_than_three_levels"}
    assert refused(four + 'packs = ["eu"]\n') == set()
    assert warned(four + 'packs = ["eu"]\n') == {"levels_above_three"}
    assert warned(four + "max_paid_levels = 3\n") == {"beyond_max_levels"}
    assert refused(four + "max_paid_levels = 3\n") == set()


def test_no_more_levels_than_the_lowest_limit_of_the_packs() -> None:
    assert refused('packs = ["cn-wechat"]') == {"more_levels_than_pack"}
    assert refused('packs = ["cn-wechat"]\n' + rates("0.1", "0.05")) == set()
    both = 'packs = ["eu", "cn-wechat", "cn-direct-selling"]\n'
    assert refused(both + rates("0.1")) == set()
    report = analytics.plan_lint.lint_text(both + rates("0.1", "0.05"))
    assert [one.facts["pack"] for one in report.reasons] == ["cn-direct-selling"]
    assert refused('packs = ["atlantis"]') == {"unknown_pack"}


def test_a_differential_plan_pays_three_levels_unless_it_says_more() -> None:
    ranks = 'kind = "differential"\n[rank_rates]\ngold = "0.1"\n'
    assert refused(ranks) == set()
    assert refused("max_paid_levels = 5\n" + ranks) == {"more_than_three_levels"}
    assert refused('packs = ["eu"]\nmax_paid_levels = 5\n' + ranks) == set()


def test_a_level_without_a_rate_is_a_gap() -> None:
    assert refused("max_paid_levels = 3\n" + rates("0.1", "0.05")) == {"rate_gap"}
    only = '[[product_rates]]\nproduct_id = "P"\nrates = ["0.1", "0.1", "0.1"]\n'
    assert refused("rates = []\n" + only) == {"rate_gap"}
    assert refused('kind = "differential"\n') == {"no_rank_rates"}
    assert refused('rates = ["0"]') == set()


def test_no_more_than_the_whole_base() -> None:
    assert refused(rates("0.6", "0.3", "0.1")) == set()
    assert refused(rates("0.6", "0.3", "0.100000001")) == {"rates_above_one"}
    assert refused('kind = "differential"\n[rank_rates]\ngold = "1.1"') == {"rates_above_one"}


@pytest.mark.parametrize(
    ("more", "above"),
    [
        # the product names level 1, the rest falls through to the plan: 0.92 + 0.05 + 0.03
        ('[[product_rates]]\nproduct_id = "P"\nrates = ["0.92"]', False),
        ('[[product_rates]]\nproduct_id = "P"\nrates = ["0.93"]', True),
        # ... or to the dearest category: 0.5 + 0.4 + 0.2
        (
            '[[product_rates]]\nproduct_id = "P"\nrates = ["0.5"]\n'
            '[[category_rates]]\ncategory = "c"\nrates = ["0.0", "0.4", "0.2"]',
            True,
        ),
        # two products never meet in one line
        (
            '[[product_rates]]\nproduct_id = "P"\nrates = ["0.9", "0", "0"]\n'
            '[[product_rates]]\nproduct_id = "Q"\nrates = ["0", "0.9", "0"]',
            False,
        ),
        # one distributor stands on one level only: 0.6 + 0.05 + 0.03 or 0.1 + 0.6 + 0.03
        ('[[distributor_rates]]\ndistributor_id = "D"\nrates = ["0.6", "0.6"]', False),
        # two distributors can stand on one path: 0.6 + 0.6 + 0.03
        (
            '[[distributor_rates]]\ndistributor_id = "D"\nrates = ["0.6", "0.6"]\n'
            '[[distributor_rates]]\ndistributor_id = "E"\nrates = ["0.6", "0.6"]',
            True,
        ),
        # a window raises level 1, another has by then ended level 2
        ('[[window]]\nlevel = 1\ndays = 30\nthen = "0.95"', True),
        (
            '[[window]]\nlevel = 1\ndays = 30\nthen = "0.95"\n'
            '[[window]]\nlevel = 2\ndays = 20\nthen = "0"',
            False,
        ),
        # an override that ignores the window keeps its rate beside a raised level 2
        (
            '[[window]]\nlevel = 2\ndays = 30\nthen = "0.5"\n'
            '[[distributor_rates]]\ndistributor_id = "D"\nrates = ["0.5"]\nignores_window = true',
            True,
        ),
        # amounts per unit are no share of the base
        ('[[product_rates]]\nproduct_id = "P"\namounts = ["5.00", "5.00"]', False),
    ],
)
def test_the_promise_is_the_worst_that_can_really_come_about(more: str, above: bool) -> None:
    assert refused(more) == ({"rates_above_one"} if above else set())


def test_a_promise_above_the_margin_names_the_product() -> None:
    """18 % of 100.00 against a margin of 18.00, then of 17.99."""
    assert refused("", products(product(10_000, 8_200))) == set()
    report = analytics.plan_lint.lint_text("", products(product(10_000, 8_201)))
    (reason,) = report.reasons
    assert reason.facts == {
        "count": 1,
        "product": "P1",
        "promised": "18",
        "margin": "17.99",
        "currency": "CNY",
    }


def test_only_what_is_commissionable_is_held_to_its_margin() -> None:
    assert refused("", products(product(10_000, 9_900, commissionable=False))) == set()


def test_amounts_per_unit_count_in_the_currency_of_the_product() -> None:
    """2.00 + 1.00 per unit, and 3 % of the price on level 3."""
    text = '[[product_rates]]\nproduct_id = "P1"\namounts = ["2", "1"]\n'
    assert refused(text, products(product(10_000, 9_400))) == set()
    assert refused(text, products(product(10_000, 9_401))) == {"above_margin"}
    assert refused(text, products(product(100, 94, currency="JPY"))) == set()
    assert refused(text, products(product(100, 95, currency="JPY"))) == {"above_margin"}


def test_a_category_is_that_of_the_product() -> None:
    text = '[[category_rates]]\ncategory = "wine"\nrates = ["0.5", "0.2", "0.2"]\n'
    assert refused(text, products(product(100, 50, category="wine"))) == {"above_margin"}
    assert refused(text, products(product(100, 50, category="tea"))) == set()
    assert refused(text, products(product(100, 50))) == set()


def test_shares_of_the_margin_never_exceed_it() -> None:
    assert refused('base = "margin"', products(product(100, 99), product(100, 120))) == set()


def test_without_cost_or_price_it_is_not_evaluable() -> None:
    unknown = (NOT_EVALUABLE, "margin_not_evaluable")
    assert unknown in complaints("", products(product(100, None), product(100, 10)))
    assert unknown in complaints("", products(product(None, 10)))
    assert unknown not in complaints("", products(product(100, 10)))


def test_what_has_no_effect_is_warned_of() -> None:
    assert warned('[rank_rates]\ngold = "0.1"') == {"no_effect"}
    assert warned("[unlock]\ngold = 2") == {"level_never_opens"}
    assert warned('[[window]]\nlevel = 4\ndays = 1\nthen = "0"') == {"beyond_max_levels"}
    assert warned('packs = ["kr"]\n' + rates("0.2", "0.2")) == {"above_payout_cap"}
    assert warned('packs = ["kr"]\n' + rates("0.2", "0.15")) == set()


def test_all_reasons_come_at_once_and_in_the_language_asked_for() -> None:
    report = analytics.plan_lint.lint_text(
        'recruit_bonus = "5"\nmax_paid_levels = 5\nrates = ["0.9", "0.2", "x"]\n'
    )
    codes = [one.code for one in report.reasons]
    assert sorted(codes) == [
        "more_than_three_levels",
        "not_decimal",
        "pays_for_recruiting",
        "rate_gap",
        "rates_above_one",
    ]
    with pytest.raises(Misconfigured) as found:
        report.accepted("P.toml", "zh-Hant")
    assert str(found.value).startswith("方案 P.toml 被拒絕：\n")
    assert "recruit_bonus: 為拉人付酬" in str(found.value)
    assert len(str(found.value).splitlines()) == 6


def test_a_file_that_is_not_toml_has_that_one_reason() -> None:
    assert refused("rates = [") == {"bad_toml_end"}
    assert refused("rates = ]") == {"bad_toml"}


def test_the_packs_agree_with_the_rulebook() -> None:
    if not RULEBOOK.exists():
        assert os.environ.get("CI") != "true", "the rulebook must be there"
        pytest.skip("the rulebook is not beside this checkout")
    book = json.loads(RULEBOOK.read_text("utf-8"))["jurisdiction_packs"]
    ours = analytics.plan_packs.known()
    assert ours.keys() - {"generic"} == book.keys()
    for name, found in book.items():
        assert ours[name].max_tiers == found.get("STR-002.max_tiers")
        cap = found.get("PAY-001.cap")
        assert ours[name].payout_cap == (None if cap is None else Exact(str(cap)))


def test_distributors_are_placed_where_they_cost_most() -> None:
    """Two good on level 1, one of them on level 2 as well: 0.5 + 0.4, not 0.6 + 0.4 of one."""
    plan = analytics.plan.parse(
        rates("0", "0")
        + '[[distributor_rates]]\ndistributor_id = "D"\nrates = ["0.6", "0.4"]\n'
        + '[[distributor_rates]]\ndistributor_id = "E"\nrates = ["0.5"]\n',
        source="p",
    )
    share = analytics.plan_promise.SHARE
    assert analytics.plan_promise.most(plan, [], share) == Exact(9, 10)


def test_a_product_or_category_that_nobody_knows_is_warned_of() -> None:
    own = '[[product_rates]]\nproduct_id = "P1"\nrates = ["0.01"]\n'
    own += '[[category_rates]]\ncategory = "tea"\nrates = ["0.01"]\n'
    known = products(product(10_000, 0, category="tea"))
    assert warned(own, known) == set()
    other = own.replace("P1", "P9").replace("tea", "wine")
    assert warned(other, known) == {"unknown_in_product_rates", "unknown_in_category_rates"}
    assert warned(other) == set()


def test_a_long_or_hidden_value_is_cut_and_shown_plainly() -> None:
    long = analytics.plan_lint.lint_text(f'rates = ["{"1" * 5000}"]')
    assert len(long.reasons[0].said()) < 200
    escape = analytics.plan_lint.lint_text('base = "\\u001b[31m"')
    assert escape.reasons[0].said().isprintable()
