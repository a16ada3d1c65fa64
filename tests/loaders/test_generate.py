"""Generated networks: the same bytes for the same seed, and nothing in them that cannot be."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

import loaders.generate
import loaders.generate_files
import loaders.generate_network
from graph.errors import Misconfigured
from loaders.generate_network import Shape

UNTIL_S = 1_793_491_199  # 2026-10-31T23:59:59Z
SMALL = Shape(
    distributors=600, orders=5_000, seed=7, until_s=UNTIL_S, customers=900, identifiers=True
)


def made(folder: Path, shape: Shape = SMALL, form: str = "csv") -> dict[str, pl.DataFrame]:
    loaders.generate.write(folder, shape, form=form, progress=lambda noun, rows: None)
    return {
        path.name.split(".")[0]: pl.read_csv(path, infer_schema=False)
        for path in sorted(folder.glob(f"*.{form}"))
    }


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.mark.parametrize("form", loaders.generate_files.FORMS)
def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, form: str) -> None:
    for name in ("once", "again"):
        loaders.generate.write(tmp_path / name, SMALL, form=form, progress=lambda noun, rows: None)
    assert digests(tmp_path / "once") == digests(tmp_path / "again")
    other = replace(SMALL, seed=8)
    loaders.generate.write(tmp_path / "other", other, form=form, progress=lambda noun, rows: None)
    assert digests(tmp_path / "once") != digests(tmp_path / "other")


def test_the_four_forms_hold_the_same_rows(tmp_path: Path) -> None:
    wanted = made(tmp_path / "csv")["orders"]
    read: dict[str, Callable[[Path], pl.DataFrame]] = {
        "csv.gz": lambda path: pl.read_csv(path, infer_schema=False),
        "parquet": pl.read_parquet,
        "jsonl": lambda path: pl.read_ndjson(path, infer_schema_length=None),
    }
    for form, reader in read.items():
        loaders.generate.write(tmp_path / form, SMALL, form=form, progress=lambda noun, rows: None)
        assert reader(tmp_path / form / f"orders.{form}").equals(wanted)


def test_sponsors_join_before_those_they_sponsor(tmp_path: Path) -> None:
    files = made(tmp_path)
    people = files["distributors"]
    assert people.height == SMALL.distributors
    assert people["sponsor_id"].null_count() == SMALL.roots
    sponsors = people.select(
        pl.col("distributor_id").alias("sponsor_id"),
        sponsor_joined="joined_at",
        sponsor_left="left_at",
    )
    first = people.join(sponsors, on="sponsor_id")
    assert first.height == SMALL.distributors - SMALL.roots
    assert first.filter(pl.col("sponsor_joined") > pl.col("joined_at")).is_empty()
    assert first.filter(pl.col("sponsor_left") <= pl.col("joined_at")).is_empty()
    later = files["sponsor_changes"].join(sponsors, on="sponsor_id")
    assert later.height == files["sponsor_changes"].height > 0
    assert later.filter(pl.col("sponsor_joined") > pl.col("valid_from")).is_empty()
    # A smaller number sponsors a greater one, at first and later: no cycle is possible.
    assert first.filter(pl.col("sponsor_id") >= pl.col("distributor_id")).is_empty()
    assert later.filter(pl.col("sponsor_id") >= pl.col("distributor_id")).is_empty()


def test_sellers_and_customers_are_there_when_an_order_is_made(tmp_path: Path) -> None:
    files = made(tmp_path)
    orders = files["orders"].filter(pl.col("kind") == "sale")
    people = files["distributors"].select(
        pl.col("distributor_id").alias("seller_id"), "joined_at", "left_at"
    )
    sold = orders.join(people, on="seller_id")
    assert sold.filter(pl.col("joined_at") > pl.col("ordered_at")).is_empty()
    assert sold.filter(pl.col("left_at") <= pl.col("ordered_at")).is_empty()
    bound = files["customers"].rename({"customer_id": "buyer_id"})
    retail = orders.filter(pl.col("buyer_kind") == "customer").join(bound, on="buyer_id")
    assert retail.filter(pl.col("bound_at") > pl.col("ordered_at")).is_empty()
    by_seller = retail.drop_nulls("seller_id")
    assert by_seller.filter(pl.col("seller_id") != pl.col("distributor_id")).is_empty()


def test_orders_fill_one_year_in_order(tmp_path: Path) -> None:
    orders = made(tmp_path)["orders"]
    assert orders.height == SMALL.orders
    assert orders["ordered_at"].is_sorted()
    assert orders["ordered_at"].min() >= "2025-10-31"  # type: ignore[operator]
    assert orders["ordered_at"].max() <= "2026-10-31T23:59:59Z"  # type: ignore[operator]


def test_shares_are_near_what_was_asked(tmp_path: Path) -> None:
    files = made(tmp_path)
    orders = files["orders"]
    share = {
        "retail": (orders["buyer_kind"] == "customer").mean(),
        "churn": files["distributors"]["left_at"].count() / SMALL.distributors,
        "refunds": files["refunds"].height / SMALL.orders,
        "cancellations": (
            (orders["kind"] == "cancellation") | (orders["status"] == "cancelled")
        ).mean(),
    }
    for name, found in share.items():
        assert found == pytest.approx(getattr(SMALL, name), rel=0.35), name


def test_the_tree_is_as_deep_as_asked() -> None:
    for depth in (5, 12):
        shape = replace(SMALL, distributors=20_000, depth=depth)
        sponsor = loaders.generate_network.network(shape).sponsor
        depths = [0] * len(sponsor)
        for number, above in enumerate(sponsor.tolist()):
            depths[number] = depths[above] + 1 if above >= 0 else 0
        assert sum(depths) / len(depths) == pytest.approx(depth, rel=0.3)


def test_a_cancellation_takes_back_one_earlier_sale_whole(tmp_path: Path) -> None:
    files = made(tmp_path)
    back = files["orders"].filter(pl.col("kind") == "cancellation")
    assert back.height > 0
    assert back["cancels_order_id"].is_unique().all()
    assert back.filter(pl.col("cancels_order_id") >= pl.col("order_id")).is_empty()
    lines = files["order_lines"].select(
        "order_id", pl.col("quantity").cast(pl.Int64), "product_id", "unit_price"
    )
    mine = back.join(lines, on="order_id").sort("cancels_order_id", "product_id", "quantity")
    theirs = back.select("cancels_order_id").join(
        lines, left_on="cancels_order_id", right_on="order_id"
    )
    assert mine.height == theirs.height
    assert -mine["quantity"].sum() == theirs["quantity"].sum()
    assert sorted(mine["product_id"]) == sorted(theirs["product_id"])


def test_money_has_the_decimals_of_its_currency(tmp_path: Path) -> None:
    files = made(tmp_path, replace(SMALL, currencies=("CNY", "JPY", "KWD")))
    digits = {"CNY": 2, "JPY": 0, "KWD": 3}
    lines = files["order_lines"].join(files["orders"].select("order_id", "currency"), "order_id")
    assert set(lines["currency"].unique()) == set(digits)
    for currency, price in lines.select("currency", "unit_price").unique().iter_rows():
        assert len(price.partition(".")[2]) == digits[currency], price
    products = files["products"].select("product_id", own="currency")
    assert lines.join(products, "product_id").filter(pl.col("own") != pl.col("currency")).is_empty()


def test_tiny_networks_are_networks_too(tmp_path: Path) -> None:
    tiny = replace(SMALL, distributors=1, orders=0, customers=0)
    assert made(tmp_path / "none", tiny)["orders"].is_empty()
    files = made(tmp_path / "one", replace(tiny, orders=3))
    assert files["orders"]["seller_id"].to_list() == ["D0000001"] * 3


@pytest.mark.parametrize(
    "wrong", [{"churn": 1.5}, {"roots": 0}, {"currencies": ("XXY",)}, {"depth": 0.0}]
)
def test_a_shape_that_makes_no_network_is_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(Misconfigured):
        made(tmp_path, replace(SMALL, **wrong))  # type: ignore[arg-type]


def test_another_form_in_the_folder_is_not_left_beside_ours(tmp_path: Path) -> None:
    made(tmp_path)
    with pytest.raises(Misconfigured, match="already holds"):
        made(tmp_path, form="jsonl")


def test_everybody_has_a_card_and_few_customers_borrow_one(tmp_path: Path) -> None:
    files = made(tmp_path)
    cards = files["identifiers"]
    assert cards.height == SMALL.distributors + SMALL.customers
    own = cards.filter(pl.col("owner_kind") == "distributor")["value"]
    assert own.is_unique().all()
    of_customers = cards.filter(pl.col("owner_kind") == "customer")["value"]
    assert 0 < of_customers.is_in(own.implode()).sum() < 0.03 * SMALL.customers
    made(tmp_path / "none", replace(SMALL, identifiers=False))
    assert not (tmp_path / "none" / "identifiers.csv").exists()
