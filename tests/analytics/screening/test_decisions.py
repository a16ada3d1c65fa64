"""Bands, currencies, typologies and verdicts as pure functions of numbers."""

from typing import Any

import numpy as np
import pytest

import analytics.screening.bands
import analytics.screening.judging
import analytics.screening.packs
import analytics.screening.rulebook
import analytics.screening.typologies
import analytics.screening.verdict
from analytics.measures import GATE, UNKNOWN_MONEY, Values, no_values
from analytics.screening.finding import CLEAR, ESCALATE, INSUFFICIENT, REVIEW
from analytics.screening.rulebook import NE, Rule
from graph.errors import Misconfigured

RULES = analytics.screening.rulebook.all_rules()
EVERYTHING_NONE = dict.fromkeys(RULES, "none")


def banded(rule: str, *values: float) -> list[str]:
    codes = analytics.screening.bands.found(RULES[rule], np.array(values))
    return [analytics.screening.bands.word(int(code)) for code in codes]


def values_of(**columns: list[float]) -> Values:
    count = len(next(iter(columns.values())))
    found = no_values(count)
    for name, numbers in columns.items():
        setattr(found, name, np.array(numbers, np.float64))
    found.sizes = {"entries": np.full(count, 100.0)}
    return found


def bands_of(**words: str) -> dict[str, Any]:
    named = {**EVERYTHING_NONE, **{rule.replace("_", "-"): word for rule, word in words.items()}}
    return {rule: np.array([analytics.screening.bands.code(word)]) for rule, word in named.items()}


def verdict_of(words: dict[str, str], *packs: str) -> str:
    bands = bands_of(**words)
    applies = {rule: np.array([True]) for rule in RULES}
    typologies = analytics.screening.typologies.hold(bands)
    named = analytics.screening.packs.named(packs or ("generic",))
    found: str = analytics.screening.verdict.verdicts(bands, applies, typologies, named)[0]
    return found


def typologies_of(**words: str) -> set[str]:
    held = analytics.screening.typologies.hold(bands_of(**words))
    return {name for name, flags in held.items() if flags[0]}


def test_edges_are_exact_fractions_and_belong_to_one_side() -> None:
    assert banded("REC-001", 0.0999, 0.1, 1 / 3 - 1e-9, 1 / 3, 0.5, 0.8) == [
        "none",
        "low",
        "low",
        "medium",
        "high",
        "critical",
    ]
    assert banded("RET-004", 1 / 3, 1 / 3 + 1e-9) == ["none", "medium"]
    assert banded("PAY-001", 0.3, 0.30001) == ["none", "low"]
    assert banded("RET-001", 0.7, 0.5, 0.2, 0.1999) == ["none", "low", "medium", "high"]


def test_what_is_next_to_an_edge_is_the_edge() -> None:
    assert banded("REC-001", 0.1 - 1e-14, 0.5 - 1e-13) == ["low", "high"]
    assert banded("REC-001", 0.1 - 1e-10) == ["none"]


def test_something_by_nothing_is_the_worst_and_nothing_by_nothing_is_no_number() -> None:
    assert banded("REC-005", np.inf, np.nan) == ["high", NE]


def test_unknown_money_that_decides_between_two_bands_decides_nothing() -> None:
    values = values_of(value=[0.2, 0.2], lower=[0.15, 0.05], upper=[0.3, 0.3])
    judged = analytics.screening.judging.judge(RULES["REC-001"], values)
    assert judged.band.tolist() == [2, -1]
    assert judged.why.tolist() == ["", UNKNOWN_MONEY]


def test_a_gate_that_is_not_met_is_no_clearance() -> None:
    values = values_of(value=[0.0])
    values.sizes["entries"] = np.array([49.0])
    judged = analytics.screening.judging.judge(RULES["REC-001"], values)
    assert (judged.band[0], judged.why[0]) == (-1, GATE)


@pytest.mark.parametrize(
    ("values", "orders", "expected"),
    [
        ([0.0, 0.6], [95, 5], "high"),  # the worst of what has 5 % of the orders
        ([0.0, 0.6], [96, 4], "none"),
        ([0.0, np.nan], [50, 50], NE),  # not evaluable in one of them is not evaluable
        ([0.4, np.nan], [50, 50], "medium"),  # unless another is medium or above
        ([0.2, np.nan], [50, 50], NE),
    ],
)
def test_currencies_are_put_together(
    values: list[float], orders: list[float], expected: str
) -> None:
    parts = [
        analytics.screening.judging.judge(RULES["REC-001"], values_of(value=[value]), code)
        for value, code in zip(values, ("CNY", "USD"), strict=True)
    ]
    weights = np.array(orders, np.float64).reshape(2, 1)
    judged = analytics.screening.judging.together(parts, weights)
    assert analytics.screening.bands.word(int(judged.band[0])) == expected


def test_nothing_found_and_enough_to_look_at_is_clear() -> None:
    assert verdict_of({}) == CLEAR


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"REC_001": "high"}, ESCALATE),
        ({"REC_001": "medium"}, REVIEW),
        ({"STR_002": "high"}, CLEAR),  # not counted
        ({"DQ_001": "high"}, INSUFFICIENT),  # no review, but never clear
        ({"RET_006": NE}, INSUFFICIENT),
        ({"RET_007": NE}, INSUFFICIENT),
        ({"REC_004": NE}, CLEAR),
        ({"REC_004": NE, "RET_002": NE}, INSUFFICIENT),
        ({"REC_003": "low"}, CLEAR),
    ],
)
def test_the_first_verdict_that_holds(words: dict[str, str], expected: str) -> None:
    assert verdict_of(words) == expected


def test_one_feature_is_enough_for_a_review_in_malaysia() -> None:
    """ENT-001 at medium would be a review anyway: the pack must not take it away."""
    assert verdict_of({"ENT_001": "medium"}, "my") == REVIEW


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"REC_002": "high"}, {"T1"}),
        ({"REC_001": "medium"}, set()),
        ({"REC_001": "medium", "REC_005": "high"}, {"T1"}),
        ({"REC_001": "medium", "REC_005": "medium"}, set()),
        ({"ENT_001": "medium", "ENT_003": NE}, set()),
        ({"ENT_001": "medium", "ENT_003": "medium"}, {"T2"}),
        ({"SUB_001": "high"}, {"T7"}),
        ({"SUB_001": "high", "RET_001": "low"}, {"T7"}),
        ({"SUB_001": "high", "RET_001": "medium"}, set()),
        ({"SUB_001": "high", "RET_001": NE}, set()),  # false in both directions
        ({"STR_004": "medium", "REC_001": "low"}, {"T5"}),
    ],
)
def test_typologies_are_conditions_on_bands(words: dict[str, str], expected: set[str]) -> None:
    assert typologies_of(**words) == expected


@pytest.mark.parametrize("text", ["", "REC-001", "REC-001>=high AND", "(REC-001>=high", "X"])
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        analytics.screening.typologies.parse(text)


def test_a_key_that_nobody_reads_is_an_error_that_names_it() -> None:
    text = (analytics.screening.rulebook.FOLDER / "rec_001.toml").read_text("utf-8")
    with pytest.raises(Misconfigured, match="'windw_days'"):
        analytics.screening.rulebook.read(f"windw_days = 3\n{text}", "rec_001.toml")


def test_bands_must_meet() -> None:
    text = (analytics.screening.rulebook.FOLDER / "rec_001.toml").read_text("utf-8")
    with pytest.raises(Misconfigured, match="do not meet"):
        analytics.screening.rulebook.read(text.replace('upper = "0.1"', 'upper = "0.2"'), "x")


def test_there_are_thirty_rules_and_every_one_names_a_source_or_says_it_is_ours() -> None:
    assert len(RULES) == 30
    assert all(rule.sources for rule in RULES.values())


@pytest.mark.parametrize(
    ("pack", "rule", "value", "expected"),
    [
        ("us-vemma", "RET-002", 0.10, "breach"),
        ("us-vemma", "RET-002", 0.0999, "ok"),
        ("kr", "PAY-001", 0.35, "ok"),
        ("kr", "PAY-001", 0.3501, "breach"),
        ("us-herbalife", "RET-004", 1 / 3, "ok"),
        ("us-herbalife", "RET-003", 0.80, "ok"),
        ("us-herbalife", "RET-003", 0.79, "breach"),
        ("cn-wechat", "STR-002", 2.0, "ok"),
        ("cn-wechat", "STR-002", 3.0, "breach"),
        ("vn", "RET-001", np.nan, NE),
    ],
)
def test_lines_of_packs(pack: str, rule: str, value: float, expected: str) -> None:
    values = values_of(value=[value])
    values.sizes = dict.fromkeys(RULES[rule].gate, np.array([1e6]))
    judged = analytics.screening.judging.judge(RULES[rule], values)
    line = analytics.screening.packs.known()[pack].lines[rule]
    assert line.words(judged) == expected


def test_a_source_from_memory_or_not_yet_in_force_is_held_against_nobody() -> None:
    known = analytics.screening.packs.known()
    assert not known["cn-direct-selling"].lines["STR-002"].counts("2026-06-30")
    assert known["vn"].lines["PAY-001"].counts("2026-06-30")
    assert not known["vn"].lines["PAY-001"].counts("2018-05-01")


def test_active_packs_are_those_given_else_the_plan_s_else_generic() -> None:
    active = analytics.screening.packs.active
    assert active(("eu",), ("kr",)) == ("eu",)
    assert active((), ("kr",)) == ("kr",)
    assert active(()) == ("generic",)


def test_reasons_name_the_strongest_first() -> None:
    rules: dict[str, Rule] = dict(RULES)
    bands = {rule: 0 for rule in rules} | {"RET-001": 4, "REC-001": 4, "REC-002": 4, "PAY-003": 2}
    found = analytics.screening.verdict.reasons(ESCALATE, bands, ("T1",), rules)
    assert found == ("REC-002", "REC-001", "RET-001", "PAY-003")
