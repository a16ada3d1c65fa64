"""The real forest with its real invoices: the ledger is the dry run, to the cent.

All of it is loaded through the import tool into a database of its own, which is then copied, so
that each plan has its night on the same graph.
"""

import os
import shutil
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import analytics.nightly
import analytics.plan_store
import analytics.snapshot
import graph.connection
import graph.runs
import loaders.load
from analytics.watch import Watch
from graph import money
from graph.connection import Database
from graph.model import ENTRY_KIND
from graph.settings import Settings
from tests.analytics import one_night
from tests.loaders import loading, trying
from tests.schema.asking import Asking, asking

DATA = Path(__file__).parents[3] / "shared" / "data" / "combined_or_weibo"
AS_OF = "2012-01-01"
REJECTED = 1_342
KEY = ["order_id", "beneficiary_id", "level", "kind", "cause"]
TOTALS = """query ($after: String) { distributors(first: 200, after: $after) {
  pageInfo { hasNextPage endCursor }
  edges { node { totals { currency parts { level amount { minor } } } } } } }"""


@pytest.fixture(scope="module")
def loaded(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data folder of a database that holds the set, its server stopped."""
    if not DATA.exists():
        assert os.environ.get("CI") != "true", "the data must be there"
        pytest.skip("the data is not beside this checkout")
    if not settings.embedded:
        pytest.skip("a server of somebody else is not filled by import")
    folder = tmp_path_factory.mktemp("combined") / "data"
    own = replace(settings, data_folder=folder, currency="GBP", heap_mb=1024)
    result = loading.load(DATA, own, via=loaders.load.IMPORT)
    assert loading.sums(result)[3] == REJECTED
    yield folder
    shutil.rmtree(folder.parent)


def ledger(db: Database) -> pl.DataFrame:
    """All entries by identity, with their amounts."""
    columns = analytics.snapshot.gather(db, seq=2**62)
    entries = columns.entries
    return entries.select(
        columns.orders["id"].gather(entries["order_row"]).alias("order_id"),
        columns.distributors["id"].gather(entries["beneficiary_row"]).alias("beneficiary_id"),
        pl.col("level").cast(pl.Int64),
        pl.Series(ENTRY_KIND).gather(entries["kind"]).alias("kind"),
        "cause",
        "amount",
    ).sort(KEY)


def tried(plan: str, out: Path) -> pl.DataFrame:
    """The entries of the dry run."""
    code, _ = trying.attempt(DATA, plan, out, as_of=AS_OF)
    rows = trying.read(out, code).entries
    amounts = [money.parse_minor(row["amount"], "GBP") for row in rows]
    frame = pl.DataFrame(rows).select(*KEY).with_columns(pl.col("level").cast(pl.Int64))
    return frame.with_columns(pl.Series("amount", amounts)).sort(KEY)


@pytest.mark.parametrize("first", ["seller", "sponsor"])
def test_the_ledger_is_the_dry_run(
    first: str, loaded: Path, settings: Settings, tmp_path: Path
) -> None:
    shutil.copytree(loaded, tmp_path / "data")
    own = replace(settings, data_folder=tmp_path / "data", currency="GBP", plan=first, heap_mb=1024)
    plan = f'name = "{first}"\nversion = "1"\nfirst_level = "{first}"\n'
    with graph.connection.connect(own) as db:
        analytics.plan_store.save(db, plan, own, source=first)
        outcome = analytics.nightly.run(db, own, AS_OF, who=one_night.who(), watch=Watch())
        entries = ledger(db)
        assert entries.equals(tried(f'first_level = "{first}"', tmp_path / "out"))
        assert outcome.run["status"] == graph.runs.FINISHED
        with asking(own, db) as service:
            answered = sums_over_graphql(service)
    of_ledger = dict(entries.group_by("level").agg(pl.col("amount").sum()).iter_rows())
    recorded = {
        level["level"]: level["sales"] + level["taken_back"]
        for level in outcome.run["totals"]["levels"]
    }
    assert answered == of_ledger == recorded


def sums_over_graphql(service: Asking) -> dict[int, int]:
    """By level, what all distributors' totals add up to, page by page."""
    found: dict[int, int] = defaultdict(int)
    page: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
    while page["hasNextPage"]:
        answer = service.ask(TOTALS, after=page["endCursor"])["distributors"]
        page = answer["pageInfo"]
        for edge in answer["edges"]:
            for total in edge["node"]["totals"]:
                assert total["currency"] == "GBP"
                for part in total["parts"]:
                    found[part["level"]] += int(part["amount"]["minor"])
    return dict(found)
