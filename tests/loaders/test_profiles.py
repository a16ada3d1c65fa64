"""Mapping profiles: recognised by columns, and both real sets held to their published truth."""

import json
import os
import tarfile
from pathlib import Path

import polars as pl
import pytest

import loaders.profiles
import loaders.references
from graph.errors import Misconfigured
from loaders.intake import Intake
from tests.loaders.folders import DISTRIBUTORS, Frames, codes, ids, read, rejects

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
real = pytest.mark.skipif(
    not DATA.exists() and os.environ.get("CI") != "true",
    reason=f"the real data sets are not beside this checkout ({DATA})",
)

RETAIL = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"


@pytest.fixture(scope="module")
def by_day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("online_retail")
    with tarfile.open(DATA / "online_retail" / "by-day.tar.gz") as packed:
        packed.extractall(folder, filter="data")
    return folder / "by-day"


@pytest.fixture(scope="module")
def daily(tmp_path_factory: pytest.TempPathFactory, by_day: Path) -> Intake:
    """All 305 days read at once."""
    return read(tmp_path_factory.mktemp("daily"), by_day)


@real
def test_combined_or_weibo_loses_exactly_what_its_rules_say(tmp_path: Path) -> None:
    intake = read(tmp_path, DATA / "combined_or_weibo")
    assert (intake.profile, intake.recognised) == ("combined_or_weibo", True)
    assert {noun: intake.tables[noun].rows for noun in sorted(intake.nouns)} == {
        "customers": 4372,
        "distributors": 6961,
        "order_lines": 541_909 - 1342,
        "orders": 25_900,
        "products": 3958,
    }
    assert intake.report.rejects == len(rejects(intake)) == 1342
    assert intake.report.rejected["order_lines"] == {
        "negative_quantity": 1336,
        "too_many_decimals": 4,
        "negative": 2,
    }
    orders = intake.tables["orders"].frame()
    lines = intake.tables["order_lines"].frame()
    assert orders["seller_id"].null_count() == orders["buyer_id"].null_count() == 3710
    nobody = orders.filter(pl.col("buyer_id").is_null())["order_id"]
    free = lines.filter(pl.col("order_id").is_in(nobody.implode()))
    assert free["commissionable"].to_list() == [False] * free.height
    assert lines["commissionable"].null_count() == lines.height - free.height
    products = intake.tables["products"].frame()
    assert products["commissionable"].sum() == 3958 - 32  # M and m are one code there
    _check_base(intake)


def _check_base(intake: Intake) -> None:
    """The base of RULES.md, summed once more from the typed rows and from the raw text."""
    folder = DATA / "combined_or_weibo"
    raw = {
        noun: pl.read_csv(folder / f"{noun}.csv.gz", infer_schema=False)
        for noun in ("order_lines", "orders", "products")
    }
    thousandths = pl.col("unit_price").cast(pl.Decimal(20, 3)) * 1000
    expected = (
        raw["order_lines"]
        .join(raw["orders"].filter(pl.col("customer_id") != ""), on="order_id")
        .join(raw["products"].filter(pl.col("is_product") == "1"), on="product_id")
        .select(pl.col("quantity").cast(pl.Int64) * thousandths.cast(pl.Int64))
        .sum()
        .item()
    )
    typed = (
        intake.tables["order_lines"]
        .frame()
        .filter(pl.col("commissionable").is_null())
        .join(intake.tables["products"].frame().filter(pl.col("commissionable")), on="product_id")
        .select(pl.col("quantity") * pl.col("unit_price"))
        .sum()
        .item()
    )
    assert typed == expected * 100


@real
def test_online_retail_agrees_with_its_truth(daily: Intake) -> None:
    truth = json.loads((DATA / "online_retail" / "truth.json").read_text("utf-8"))
    intake = daily
    assert (intake.profile, intake.recognised) == ("online_retail", True)
    orders, lines = (intake.tables[noun].frame() for noun in ("orders", "order_lines"))
    kinds = dict(orders["kind"].value_counts().rows())
    assert kinds == {
        word: truth["by_kind"][name]["invoices"]
        for word, name in (("sale", "sale"), ("cancellation", "cancel"), ("adjustment", "adjust"))
    }
    assert intake.tables["products"].rows == truth["distinct_StockCode_case_insensitive"]
    assert intake.tables["customers"].rows == truth["distinct_CustomerID_nonblank"]
    assert lines.height == truth["lines"] - 1342
    assert orders["seller_id"].null_count() == orders.height == truth["distinct_InvoiceNo"]
    blank = orders.filter(pl.col("buyer_id").is_null()).height
    assert blank == truth["blank_CustomerID"]["invoices"]
    assert not orders["buyer_id"].str.ends_with(".0").any()
    assert intake.tables["orders"].derived and not intake.tables["order_lines"].derived
    assert orders["ordered_at"].min() == 1291191960000  # 2010-12-01 08:26:00


@real
def test_both_real_sets_are_the_same_invoices(tmp_path: Path, daily: Intake) -> None:
    """combined_or_weibo was made from the daily files: orders and lines must be equal."""
    combined = read(tmp_path / "combined", DATA / "combined_or_weibo")
    for noun, names in {
        "orders": ["order_id", "ordered_at", "kind", "currency", "buyer_id", "region"],
        "order_lines": ["order_id", "line_no", "product_id", "quantity", "unit_price"],
        "products": ["product_id"],
        "customers": ["customer_id"],
    }.items():
        ours, theirs = (
            intake.tables[noun].frame(names).sort(names[:2]) for intake in (daily, combined)
        )
        assert ours.equals(theirs), noun


@real
def test_one_day_gives_the_same_orders_as_that_day_of_all(
    tmp_path: Path, by_day: Path, daily: Intake
) -> None:
    every = daily.tables["orders"].frame().drop("file", "row")
    for day in ("2010-12-01", "2011-10-31", "2011-12-09"):
        intake = read(tmp_path / day, by_day / f"{day}.csv")
        assert (intake.profile, intake.recognised) == ("online_retail", True)
        alone = intake.tables["orders"].frame().drop("file", "row")
        same = every.filter(pl.col("order_id").is_in(alone["order_id"].implode()))
        assert alone.height and alone.equals(same)


def test_derived_rows_take_first_values_and_the_earliest_time(tmp_path: Path) -> None:
    files = {
        "a.csv": RETAIL
        + "1,a1, ,1,2011-01-01 09:00:00,1.00,17850.0,EIRE\n"
        + "1,A1,LAMP,2,2011-01-01 08:59:00,1.00,17850.0,EIRE\n"
        + "C2,A1,OTHER,-1,2011-01-01 10:00:00,1.00,17850.0,France\n",
        "b.csv": RETAIL + "1,B2,TRAY,1,2011-01-02 08:00:00,2.50,,EIRE\n"
        "A3,B,debt,1,soon,1.00,,EIRE\n",
    }
    intake = read(tmp_path, files)
    orders = intake.tables["orders"].frame(["order_id", "kind", "ordered_at", "buyer_id"])
    assert orders.rows() == [
        ("1", "sale", 1293872340000, "17850"),
        ("C2", "cancellation", 1293876000000, "17850"),
    ]
    lines = intake.tables["order_lines"].frame(["order_id", "line_no", "product_id"]).rows()
    assert lines == [("1", 1, "A1"), ("1", 2, "A1"), ("C2", 1, "A1"), ("1", 3, "B2")]
    products = intake.tables["products"].frame(["product_id", "name"]).rows()
    assert products[:2] == [("A1", "LAMP"), ("B2", "TRAY")]
    assert intake.tables["customers"].frame(["customer_id", "region"]).rows() == [("17850", "EIRE")]
    # The time is a column of the order: the row is rejected once, by the name in the file.
    assert codes(intake) == [("b.csv", "2", "InvoiceDate", "bad_time")]
    assert rejects(intake)[0]["original"] == "A3,B,debt,1,soon,1.00,,EIRE"


def test_a_profile_asks_the_graph_for_customers_that_came_earlier(tmp_path: Path) -> None:
    schema = loaders.references
    held = Frames(
        distributors=pl.DataFrame([("D1", 0, None)], schema=schema.DISTRIBUTORS, orient="row"),
        customers=pl.DataFrame([("C1", "D1", None)], schema=schema.CUSTOMERS, orient="row"),
        products=pl.DataFrame({"id": ["P1"]}),
    )
    files = {
        "distributors.csv": "distributor_id,sponsor_id,joined_at\n",
        "customers.csv": "customer_id,country_first_seen,distributor_id\n",
        "products.csv": "product_id,name,is_product\n",
        "orders.csv": "order_id,customer_id,ordered_at,country,kind,currency\n"
        "O1,C1,2026-02-01,X,sale,GBP\n",
        "order_lines.csv": "order_id,line_no,product_id,quantity,unit_price\nO1,1,P1,1,1.00\n",
    }
    intake = read(tmp_path, files, known=held)
    assert intake.tables["orders"].frame(["seller_id", "buyer_kind"]).rows() == [("D1", "customer")]
    assert intake.tables["order_lines"].rows == 1


def test_a_profile_is_chosen_by_name_or_told_by_columns(tmp_path: Path) -> None:
    canonical = read(tmp_path / "canonical", {"distributors.csv": DISTRIBUTORS})
    assert (canonical.profile, canonical.recognised) == (None, False)
    one = {"day.csv": RETAIL}
    named = read(tmp_path / "named", one, profile="online_retail")
    assert (named.profile, named.recognised) == ("online_retail", False)
    told = read(tmp_path / "told", one)
    assert told.report.notes[0].text("en") == "read as online_retail, recognised by its columns"
    with pytest.raises(Misconfigured, match="there is no profile amazon; name one of: combined_or"):
        read(tmp_path / "unknown", one, profile="amazon")
    with pytest.raises(Misconfigured, match="needs a file distributors"):
        read(tmp_path / "missing", one, profile="combined_or_weibo")
    with pytest.raises(Misconfigured, match="day.csv lacks the column Country"):
        read(
            tmp_path / "column",
            {"day.csv": RETAIL.replace(",Country", "")},
            profile="online_retail",
        )


def test_every_profile_maps_required_columns_and_only_known_ones() -> None:
    for profile in loaders.profiles.shipped().values():
        for noun in profile.nouns.values():
            assert set(noun.noun.required) <= noun.rules.keys() <= set(noun.noun.names), profile
            assert set(noun.earliest) <= noun.rules.keys()


def test_a_canonical_file_beside_a_foreign_form_is_read_too(tmp_path: Path) -> None:
    refunds = "refund_id,order_id,amount,currency,refunded_at\nR1,1,1.00,GBP,2011-02-01\n"
    day = RETAIL + "1,A1,LAMP,1,2011-01-01 09:00:00,1.00,,EIRE\n"
    files = {"orders_of_the_day.csv": day}
    assert ids(read(tmp_path, files), "orders") == ["1"]
    graph = Frames(
        orders=pl.DataFrame(
            [("1", "sale", "GBP", None, None)], schema=loaders.references.ORDERS, orient="row"
        )
    )
    assert ids(read(tmp_path / "later", {"refunds.csv": refunds}, known=graph), "refunds") == ["R1"]
