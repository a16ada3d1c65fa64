"""A plan file is read exactly or refused with every problem and its key."""

import dataclasses

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

import analytics.plan
import graph.words
from analytics.plan import Override, Plan, Plans, Qualification, Threshold, Window
from graph.errors import Misconfigured, Missing
from graph.money import Exact, format_exact

# The example of the plan file's description, every key in it.
EVERY_KEY = """
name = "three-tier"
version = "2026-01"
valid_from = "2026-01-01T00:00:00+08:00"
packs = ["eu"]
kind = "unilevel"
rates = ["0.10", "0.05", "0.03"]
first_level = "sponsor"
base = "list"
compression = "dynamic"
self_purchase = "nobody"
max_paid_levels = 2
rounding = "floor"
round_at = "unit"
trigger = "paid"
freeze_days = 14
minimum_withdrawal = {CNY = "100.00", JPY = "5"}
withdrawal_fee = "0.006"
withholding_tax = "0.2"

[qualification]
status = ["suspended", "active"]
verified = true
certified = true
own_retail = {amount = {CNY = "100.00"}, days = 30}
retail_customers = {count = 3, days = 31}
own_purchase = {amount = {CNY = "900.00"}, days = 32}

[[product_rates]]
product_id = "P1"
rates = ["0.50"]
[[product_rates]]
product_id = "P0"
amounts = ["2.00", "1.005"]
[[category_rates]]
category = "wine"
rates = ["0.08", "0", "0.02"]
[[distributor_rates]]
distributor_id = "D7"
rates = ["0.30"]
ignores_window = true

[unlock]
gold = 3
bronze = 1
[[window]]
level = 1
days = 365
then = "0.10"

[caps]
order = "0.18"
beneficiary = {amount = {CNY = "5000.00"}, period = "month"}
company = {share = "0.40", period = "month"}

[rank_rates]
silver = "0.08"
bronze = "0.05"
"""


FIELDS = dataclasses.fields(Plan)


def plan(text: str) -> Plan:
    return analytics.plan.parse(text, source="PLAN.toml")


def problems(text: str) -> set[str]:
    return {f"{one.key}: {one.code}" for one in analytics.plan.examine(text)[1]}


def test_every_key_arrives() -> None:
    found = plan(EVERY_KEY)
    assert found.id == "three-tier@2026-01"
    assert found.valid_from_ms == 1_767_196_800_000  # 2025-12-31T16:00:00Z
    assert (found.packs, found.kind, found.first_level) == (("eu",), "unilevel", "sponsor")
    assert found.rates == (Exact(1, 10), Exact(1, 20), Exact(3, 100))
    assert (found.base, found.compression, found.self_purchase) == ("list", "dynamic", "nobody")
    assert (found.max_paid_levels, found.rounding, found.round_at) == (2, "floor", "unit")
    assert (found.trigger, found.freeze_days) == ("paid", 14)
    assert found.minimum_withdrawal == {"CNY": 10_000, "JPY": 5}
    assert (found.withdrawal_fee, found.withholding_tax) == (Exact(6, 1000), Exact(1, 5))
    assert found.qualification.status == ("active", "suspended")
    assert (found.qualification.verified, found.qualification.certified) == (True, True)
    assert found.qualification.own_retail == Threshold({"CNY": 10_000}, 30)
    assert found.qualification.retail_customers == analytics.plan.Count(3, 31)
    assert found.qualification.own_purchase == Threshold({"CNY": 90_000}, 32)
    assert found.product_rates == (
        Override("P0", amounts=(Exact(2), Exact(1005, 1000))),
        Override("P1", rates=(Exact(1, 2),)),
    )
    assert found.category_rates[0].rates[1] == 0
    assert found.distributor_rates == (Override("D7", rates=(Exact(3, 10),), ignores_window=True),)
    assert found.unlock == {"bronze": 1, "gold": 3}
    assert found.window == (Window(1, 365, Exact(1, 10)),)
    assert found.caps == analytics.plan.Caps(Exact(18, 100), {"CNY": 500_000}, Exact(2, 5))
    assert found.rank_rates == {"bronze": Exact(1, 20), "silver": Exact(2, 25)}


def test_what_is_left_out_takes_the_default() -> None:
    found = plan("")
    assert found == Plan()
    assert found.rates == (Exact(1, 10), Exact(1, 20), Exact(3, 100))
    assert (found.kind, found.first_level, found.base) == ("unilevel", "seller", "paid")
    assert (found.compression, found.self_purchase) == ("consume", "upline_only")
    assert (found.rounding, found.round_at, found.trigger) == ("half_up", "entry", "received")
    assert (found.freeze_days, found.max_paid_levels) == (7, 3)
    assert found.qualification == Qualification(status=("active",))


def test_a_qualification_without_status_still_wants_active() -> None:
    assert plan("[qualification]\nverified = true\n").qualification.status == ("active",)


def test_paid_levels_are_the_rates_given_and_three_in_a_differential_plan() -> None:
    assert plan('rates = ["0.1"]').max_paid_levels == 1
    assert plan('kind = "differential"\nrates = ["0.1"]').max_paid_levels == 3


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nonsense = 1", "nonsense: unknown_key"),
        ("[qualification]\nactive = true", "qualification.active: unknown_key"),
        ("[caps]\nmonth = 1", "caps.month: unknown_key"),
        ('[caps]\ncompany = {share = "0.1", of = "x"}', "caps.company.of: unknown_key"),
        ('[[window]]\nlevel=1\ndays=1\nthen="0"\nelse="1"', "window[1].else: unknown_key"),
        (
            '[[product_rates]]\nproduct_id="P"\nrates=["0"]\nignores_window=true',
            "product_rates[1].ignores_window: unknown_key",
        ),
        ("rates = [0.1]", "rates[1]: number_not_text"),
        ('rates = ["0.1", 0]', "rates[2]: number_not_text"),
        ("withdrawal_fee = 0.006", "withdrawal_fee: number_not_text"),
        ('rates = [""]', "rates[1]: blank_rate"),
        ('rates = [" "]', "rates[1]: blank_rate"),
        ('rates = ["10%"]', "rates[1]: not_decimal"),
        ('rates = ["1e-1"]', "rates[1]: not_decimal"),
        ('rates = ["1/3"]', "rates[1]: not_decimal"),
        ('rates = ["\uff11"]', "rates[1]: not_decimal"),
        ('rates = ["nan"]', "rates[1]: not_decimal"),
        ('rates = ["-0.1"]', "rates[1]: negative"),
        ('rates = ["0.1234567891"]', "rates[1]: too_many_decimals"),
        ('rates = "0.1"', "rates: not_list"),
        ("rates = [true]", "rates[1]: not_text"),
        ("rates = [[]]", "rates[1]: not_text"),
        ('withdrawal_fee = "1.01"', "withdrawal_fee: out_of_range"),
        ('kind = "binary"', "kind: unknown_word"),
        ("base = 1", "base: unknown_word"),
        ("freeze_days = -1", "freeze_days: out_of_range"),
        ('freeze_days = "7"', "freeze_days: not_whole"),
        ("freeze_days = 7.0", "freeze_days: not_whole"),
        ("freeze_days = true", "freeze_days: not_whole"),
        ("max_paid_levels = 0", "max_paid_levels: out_of_range"),
        ('minimum_withdrawal = {XXQ = "1"}', "minimum_withdrawal.XXQ: unknown_currency"),
        ('minimum_withdrawal = {cny = "1"}', "minimum_withdrawal.cny: unknown_currency"),
        (
            'minimum_withdrawal = {JPY = "1.5"}',
            "minimum_withdrawal.JPY: more_decimals_than_currency",
        ),
        ("minimum_withdrawal = {CNY = 100}", "minimum_withdrawal.CNY: number_not_text"),
        ('minimum_withdrawal = {CNY = ""}', "minimum_withdrawal.CNY: blank_rate"),
        ('minimum_withdrawal = "100"', "minimum_withdrawal: not_table"),
        ("[qualification]\nstatus = []", "qualification.status: no_status"),
        ('[qualification]\nstatus = ["admin"]', "qualification.status[1]: unknown_word"),
        ("[qualification]\nverified = 1", "qualification.verified: not_flag"),
        (
            '[qualification]\nown_retail = {amount = {CNY = "1"}}',
            "qualification.own_retail.days: missing",
        ),
        ("[qualification]\nown_retail = {days = 3}", "qualification.own_retail.amount: missing"),
        (
            '[qualification]\nown_retail = {amount = "1", days = 3}',
            "qualification.own_retail.amount: not_table",
        ),
        ('[[product_rates]]\nrates = ["0"]', "product_rates[1].product_id: missing"),
        ('[[product_rates]]\nproduct_id = "P"', "product_rates[1]: rates_or_amounts"),
        (
            '[[product_rates]]\nproduct_id = "P"\nrates = ["0"]\namounts = ["0"]',
            "product_rates[1]: rates_or_amounts",
        ),
        (
            '[[category_rates]]\ncategory = "c"\nrates = ["0"]\n' * 2,
            "category_rates[2].category: duplicate",
        ),
        ('product_rates = {P1 = "0.5"}', "product_rates: not_list"),
        ('product_rates = ["P1"]', "product_rates[1]: not_table"),
        ('[[window]]\nlevel = 1\ndays = 1\nthen = ""', "window[1].then: blank_rate"),
        ("[[window]]\nlevel = 1\ndays = 1", "window[1].then: missing"),
        ('[[window]]\nlevel = 1\ndays = 1\nthen = "0"\n' * 2, "window[2].level: duplicate"),
        ("[unlock]\ngold = -1", "unlock.gold: out_of_range"),
        ('[unlock]\ngold = "3"', "unlock.gold: not_whole"),
        ('[caps]\norder = "1.5"', "caps.order: out_of_range"),
        (
            '[caps]\ncompany = {share = "0.4", period = "week"}',
            "caps.company.period: unknown_word",
        ),
        ("[rank_rates]\ngold = 0.1", "rank_rates.gold: number_not_text"),
        ('valid_from = "soon"', "valid_from: bad_time"),
        ('valid_from = "1969-12-31T00:00:00Z"', "valid_from: bad_time"),
        ('name = "a@b"', "name: at_sign"),
        ('name = ""', "name: bad_text"),
        ("version = 2026", "version: not_text"),
        ('packs = "eu"', "packs: not_list"),
        ('packs = ["eu", "eu"]', "packs[2]: duplicate"),
        ("rates = [", ": bad_toml_end"),
        ("rates = ]", ": bad_toml"),
        ("freeze_days = " + "9" * 5000, ": toml_too_large"),
        ("a = " + "[" * 5000 + "]" * 5000, ": toml_too_large"),
        ('rates = ["0.1"]\nrates = ["0.2"]', ": bad_toml_end"),
    ],
)
def test_a_problem_is_named_with_its_key(text: str, problem: str) -> None:
    assert problem in problems(text)


def test_all_problems_come_at_once_with_the_file_named() -> None:
    with pytest.raises(Misconfigured) as refused:
        plan('colour = "red"\nrates = [""]\nbase = "gross"\n')
    said = str(refused.value).splitlines()
    assert said == [
        "PLAN.toml is not a plan:",
        '  rates[1]: is blank; a zero is written "0"',
        "  base: gross is not one of: paid, list, margin",
        said[-1],
    ]
    assert said[-1].startswith("  colour: unknown key; remove it, or write one of: kind, rates, ")
    assert all(f"{field.name.removesuffix('_ms')}" in said[-1] for field in FIELDS)
    assert refused.value.exit_code == 2


def test_every_code_has_words_in_three_languages() -> None:
    for code, texts in graph.words.family("lint").items():
        assert texts.keys() == {"en", "zh-Hant", "zh-Hans"}, code


def test_a_bare_valid_from_is_in_the_zone_given() -> None:
    import zoneinfo

    zone = zoneinfo.ZoneInfo("Asia/Shanghai")
    for text in ('"2026-01-01"', '"2026-01-01T00:00:00"', "2026-01-01", '"2025-12-31T16:00:00Z"'):
        found = analytics.plan.parse(f"valid_from = {text}", source="p", zone=zone)
        assert found.valid_from_ms == 1_767_196_800_000


def test_a_bom_is_fine_and_a_missing_file_is_named(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "p.toml").write_text("\ufefffreeze_days = 1\n", "utf-8")
    assert analytics.plan.read(tmp_path / "p.toml").freeze_days == 1
    (tmp_path / "p.toml").write_bytes(b"name = '\xff'")
    with pytest.raises(Misconfigured, match="not UTF-8"):
        analytics.plan.read(tmp_path / "p.toml")
    with pytest.raises(Misconfigured, match="does not exist"):
        analytics.plan.read(tmp_path / "q.toml")


def test_the_shipped_plan_holds_since_1970() -> None:
    shipped = analytics.plan.shipped()
    assert shipped == dataclasses.replace(Plan(), name="three-tier", version="1")
    with pytest.raises(Missing):
        analytics.plan.shipped("nobody's")


def test_the_text_of_a_plan_reads_back_to_the_same_plan() -> None:
    for text in ("", EVERY_KEY, 'rates = []\n[unlock]\n"a \\"b\\"" = 1\n'):
        found = plan(text)
        again = plan(found.text)
        assert again == found
        assert (again.text, again.digest) == (found.text, found.digest)


def test_the_digest_is_of_the_meaning() -> None:
    plain = plan('rates = ["0.10", "0.05", "0.03"]\nbase = "paid" # as always\n')
    assert plain.digest == plan("").digest
    assert plan('rates = ["0.10", "0.05"]').digest != plan("").digest


rates = st.integers(0, 10**9).map(lambda n: Exact(n, 10**9))


@hypothesis.given(st.lists(rates, min_size=1, max_size=5), st.dictionaries(st.text(), rates))
def test_any_rates_and_any_rank_names_survive_their_text(
    found: list[Exact], ranks: dict[str, Exact]
) -> None:
    ranks = {name: rate for name, rate in ranks.items() if name.strip()}
    one = dataclasses.replace(
        Plan(), rates=tuple(found), max_paid_levels=len(found), rank_rates=ranks
    )
    assert plan(one.text) == one
    assert all(Exact(format_exact(rate)) == rate for rate in found)


def test_the_version_in_force_is_the_last_one_begun() -> None:
    versions = [
        dataclasses.replace(Plan(), name="p", version="2", valid_from_ms=2000),
        dataclasses.replace(Plan(), name="p", version="1", valid_from_ms=1000),
    ]
    plans = Plans(versions)
    found = plans.in_force(np.array([999, 1000, 1999, 2000, 9999], np.int64))
    assert found.tolist() == [-1, 0, 0, 1, 1]
    assert [one.version for one in plans.versions] == ["1", "2"]
    assert Plans.always(versions[0]).in_force(np.array([0], np.int64)).tolist() == [0]
    with pytest.raises(Misconfigured):
        Plans([versions[0], dataclasses.replace(versions[1], valid_from_ms=2000)])
    with pytest.raises(Misconfigured):
        Plans([versions[0], dataclasses.replace(versions[1], name="q")])
