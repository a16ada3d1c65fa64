"""Every rule on its own examples: the band that its toml expects, and the value to 1e-9."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import analytics.screening.rulebook
from analytics.screening.rulebook import KINDS, NE, Rule
from graph.money import Exact
from tests.analytics.rules.examples import found

RULES = analytics.screening.rulebook.all_rules()
CASES = [
    pytest.param(rule, example, id=f"{rule.id}-{example['kind']}-{place}")
    for rule in RULES.values()
    for place, example in enumerate(rule.examples)
]


@pytest.mark.parametrize(("rule", "example"), CASES)
def test_an_example_gets_its_band(rule: Rule, example: Mapping[str, Any], tmp_path: Path) -> None:
    finding = found(rule, example, tmp_path)
    expected = example["expect"]
    assert (finding.band, finding.why) == (expected["band"], finding.why)
    if "value" in expected:
        assert finding.value == pytest.approx(float(Exact(expected["value"])), abs=1e-9)
    if expected["band"] == NE:
        assert finding.why


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_every_rule_has_an_example_of_each_kind(rule: Rule) -> None:
    assert {example["kind"] for example in rule.examples} == set(KINDS)


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_an_example_is_of_the_kind_it_says(rule: Rule) -> None:
    for example in rule.examples:
        band = example["expect"]["band"]
        kinds = {NE: "not_evaluable", "none": "clear"}
        assert example["kind"] == kinds.get(band, "flagged")
