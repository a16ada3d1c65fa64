"""All of the real forest and the real invoices through their profile, into our own database."""

import os
from pathlib import Path

import pytest

import graph.connection
import graph.distributors
import graph.loads
import graph.orders
import loaders.load
from graph.settings import Settings
from tests.loaders.loading import load

DATA = Path(__file__).parents[3] / "shared" / "data" / "combined_or_weibo"
LOADED = {  # RULES.md: every row but the 1,342 lines that break a rule
    "distributors": 6_961,
    "customers": 4_372,
    "products": 3_958,
    "orders": 25_900,
    "order_lines": 541_909 - 1_342,
}


@pytest.mark.server
def test_all_of_it_loads_but_the_lines_that_break_a_rule(own_settings: Settings) -> None:
    if not DATA.exists() and not os.environ.get("CI"):
        pytest.skip(f"not run: {DATA} is not there")
    result = load(DATA, own_settings, via=None)
    assert result.via == loaders.load.IMPORT
    assert {noun: count.new for noun, count in result.tally.items()} == LOADED
    assert result.rejects == 1_342
    with result.rejects_file.open(encoding="utf-8") as file:
        assert sum(1 for _ in file) == 1_342 + 1
    with graph.connection.connect(own_settings) as db:
        record = graph.loads.page(db)[0]["counts"]
        assert record["profile"] == "combined_or_weibo"
        assert record["rejected"] == {
            "negative": 2,
            "negative_quantity": 1_336,
            "too_many_decimals": 4,
        }
        assert graph.orders.last_key(db) == LOADED["orders"] - 1
        assert graph.distributors.last_key(db) == LOADED["distributors"] - 1
        assert load(DATA, own_settings, via=None).via == loaders.load.NOTHING
