"""The real forest with its real invoices, screened: what can be said of it, and what cannot.

Its two halves are real, their link is invented: the value of no rule is a statement about anybody.
What is tested is that every rule says honestly whether it could look.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.loaders import trying

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "combined_or_weibo"
AS_OF = "2011-12-31"
EVALUABLE = frozenset(
    "REC-001 REC-002 REC-005 REC-006 RET-001 RET-003 RET-004 INV-002 STR-001 STR-002 STR-003"
    " PAY-001 PAY-002 DYN-001 SUB-001 DQ-001".split()
)
NO_FILE = frozenset("RET-006 RET-007 INV-004 STR-004 PAY-003".split())
UNKNOWN_BUYERS = frozenset("REC-003 REC-004 RET-002 RET-005 INV-001".split())
NO_REFERENCE = frozenset("ENT-002 ENT-003 INV-003".split())
NOBODY_JOINED = frozenset({"ENT-001"})


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    if not DATA.exists():
        assert os.environ.get("CI") != "true", "the data must be there"
        pytest.skip("the data is not beside this checkout")
    tmp = tmp_path_factory.mktemp("screened")
    plan = (ROOT / "analytics" / "plans" / "three-tier.toml").read_text("utf-8")
    settings = trying.settings(tmp, currency="GBP")
    trying.attempt(DATA, plan, tmp / "out", as_of=AS_OF, settings=settings)
    found: dict[str, Any] = json.loads((tmp / "out" / "verdict.json").read_text("utf-8"))
    return found


def why(verdict: dict[str, Any], reason: str) -> set[str]:
    return {name for name, one in verdict["rules"].items() if one["why"] == reason}


def test_the_rules_that_can_be_evaluated_are_these(verdict: dict[str, Any]) -> None:
    assert {name for name, one in verdict["rules"].items() if one["band"] != "NE"} == EVALUABLE
    every = EVALUABLE | NO_FILE | UNKNOWN_BUYERS | NO_REFERENCE | NOBODY_JOINED
    assert set(verdict["rules"]) == every and len(every) == 30


def test_every_other_rule_says_why_it_could_not_look(verdict: dict[str, Any]) -> None:
    assert why(verdict, "no_file") == NO_FILE
    assert why(verdict, "unknown_money") == UNKNOWN_BUYERS
    assert why(verdict, "no_reference") == NO_REFERENCE
    assert why(verdict, "gate") == NOBODY_JOINED


def test_too_little_is_known_to_call_it_anything(verdict: dict[str, Any]) -> None:
    """A fifth of the money has no buyer, and there are no identifiers and no refunds file."""
    assert verdict["verdict"] == "INSUFFICIENT"
    assert verdict["typologies"] == []
    assert verdict["rules"]["DQ-001"]["band"] == "high"
    assert verdict["rules"]["DQ-001"]["value"] == pytest.approx(0.2173, abs=1e-4)
