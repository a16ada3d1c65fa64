"""docs/rules.md is the rulebook, and nothing but the rulebook."""

import re
from pathlib import Path

import analytics.screening.rulebook
import analytics.screening.rules_page

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def test_the_page_is_current() -> None:
    """`./plumbline rules --out docs/rules.md` makes it so."""
    assert PAGE.read_text("utf-8") == analytics.screening.rules_page.current()


def test_every_rule_has_its_place_and_its_link() -> None:
    page = analytics.screening.rules_page.current()
    rules = analytics.screening.rulebook.all_rules()
    assert re.findall(r"^### (\S+)", page, re.MULTILINE) == list(rules)
    anchors = {
        re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-")
        for head in re.findall(r"^### (.*)", page, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]*)\)", page)) == anchors


def test_sources_that_were_not_found_are_marked() -> None:
    page = analytics.screening.rules_page.current()
    for rule in analytics.screening.rulebook.all_rules().values():
        for source in rule.sources:
            assert source.cite in page
            assert source.status in page
