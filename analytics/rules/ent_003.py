"""ENT-003: whether the price stands in a reasonable relation to what one gets for it.

Two parts, of which the worse counts: what joiners pay for joining, and the price list. Sources:
多層次傳銷管理法 art. 18, Cap. 617 s. 4; ent_003.toml.
"""

import numpy as np
import polars as pl

from analytics.facts.frames import Facts, Floats
from analytics.measures import (
    NO_REFERENCE,
    Evidence,
    Scopes,
    Values,
    evidence_of,
    no_evidence,
    no_values,
    ratio,
)
from analytics.rules.selling import (
    DISTRIBUTOR,
    FEE,
    KIT,
    PRODUCT,
    SALES_AID,
    TRAINING,
    YEAR,
    lately,
    pieces_of,
    recent_orders,
)
from graph.model import NOBODY

TOP = 20
EARLY = 30
BUNDLE_SHARE, BUNDLE_BUYERS = 0.8, 10
"""A product is an entry bundle from this share of members' money within 30 days of joining on,
bought by this many members at least."""
WORST = "high"
OF_LINE = (
    "product_row",
    "product_kind",
    "day",
    "currency",
    "place_row",
    "buyer",
    "buyer_row",
)


def work_out(facts: Facts, scopes: Scopes) -> Values:
    """The larger of paid over reference of the entry, and of the median price over reference of
    the 20 best sellers. The price list is one for everybody, the entry each scope's own.
    """
    lines = _lines(facts)
    entry = lines.filter(_entry(facts, lines)).filter(pl.col("reference").is_not_null())
    goods = _prices(lines)
    paid = scopes.sums(facts.by_place(entry["place_row"], entry["net"]))
    worth = scopes.sums(facts.by_place(entry["place_row"], entry["reference"]))
    entered = np.where(paid > 0, ratio(paid, worth), np.nan)
    listed = float(np.median(goods["times"].to_numpy())) if goods.height else np.nan
    return _larger(entered, listed, paid, worth, _references(goods, entry))


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """The products behind the numbers, by money."""
    lines = _lines(facts)
    entry = lines.filter(_entry(facts, lines)).filter(pl.col("reference").is_not_null())
    some = pl.concat(
        [entry.select("product_row", "net"), _prices(lines).select("product_row", "net")]
    )
    if not some.height:
        return no_evidence("product")
    ids = facts.columns.products["id"].gather(some["product_row"])
    return evidence_of("product", ids, some["net"])


def _larger(entered: Floats, listed: float, paid: Floats, worth: Floats, references: int) -> Values:
    values = no_values(len(entered))
    by_entry = np.nan_to_num(entered, nan=-1.0) >= np.nan_to_num(listed, nan=-1.0)
    values.value = np.fmax(entered, listed)
    values.lower, values.upper = values.value.copy(), values.value.copy()
    values.numerator = np.where(by_entry, paid, listed)
    values.denominator = np.where(by_entry, worth, 1.0)
    values.n = np.full(len(entered), float(references))
    values.sizes = {"references": values.n}
    values.why[np.isnan(values.value)] = NO_REFERENCE
    values.severity = np.where(np.isinf(values.value), WORST, "").astype(object)
    values.shown = {"entry": entered, "price_list": np.full(len(entered), listed)}
    return values


def _references(goods: pl.DataFrame, entry: pl.DataFrame) -> int:
    """How many different products have a reference price."""
    return pl.concat([goods["product_row"], entry["product_row"]]).n_unique()


def _lines(facts: Facts) -> pl.DataFrame:
    """Lines of a year with a product: pieces put together again, with price and reference money.

    A reference price in another currency than the order's compares nothing and is left out.
    """
    pieces = pieces_of(facts, recent_orders(facts), ("line_row", "gross", "net", *OF_LINE))
    sold = pieces.filter((pl.col("product_row") != NOBODY) & (pl.col("line_row") != NOBODY))
    once = sold.group_by("line_row", maintain_order=True).agg(
        pl.first(
            "product_row", "product_kind", "day", "currency", "place_row", "buyer", "buyer_row"
        ),
        pl.sum("gross", "net"),
    )
    lines = facts.columns.lines.select("quantity_milli", "unit_price")[once["line_row"]]
    known = facts.columns.products.select("reference_price", "mandatory_to_join", "currency")
    of_product = known[once["product_row"]].rename({"currency": "of_price"})
    names = pl.Series(facts.currencies, dtype=pl.String).gather(once["currency"])
    rows = once.hstack(lines.get_columns()).hstack(of_product.get_columns())
    same = (rows["of_price"] == names).fill_null(True)
    return rows.with_columns(
        reference_price=pl.when(same).then("reference_price"),
    ).with_columns(reference=_reference())


def _reference() -> pl.Expr:
    """Reference money of what was kept of a line: a refund takes goods back as it takes money."""
    kept = pl.when(pl.col("gross") != 0).then(pl.col("net") / pl.col("gross")).otherwise(1.0)
    return pl.col("reference_price") * pl.col("quantity_milli") / 1000 * kept


def _entry(facts: Facts, lines: pl.DataFrame) -> pl.Series:
    """Which lines are paid for joining: fees, kits, training and bundles, bought by members who
    joined in the last 365 days.
    """
    bought = (lines["buyer"] == DISTRIBUTOR) & (lines["buyer_row"] != NOBODY)
    joined = facts.accounts["joined_day"].gather(lines["buyer_row"].set(~bought, 0))
    fresh = bought & lately(joined, facts.as_of_day, YEAR).fill_null(False)
    for_joining = lines["product_kind"].is_in([FEE, KIT, TRAINING]) | lines["mandatory_to_join"]
    bundles = _bundles(lines, bought, joined).implode()
    return fresh & (for_joining | lines["product_row"].is_in(bundles))


def _bundles(lines: pl.DataFrame, bought: pl.Series, joined: pl.Series) -> pl.Series:
    """Products that members buy when they join and hardly ever again."""
    early = (lines["day"] - joined).is_between(0, EARLY).fill_null(False)
    mine = lines.with_columns(early=early).filter(bought & (lines["product_kind"] == PRODUCT))
    whole = mine.group_by("product_row").agg(
        pl.col("net").sum(),
        pl.col("net").filter("early").sum().alias("early_net"),
        pl.col("buyer_row").n_unique().alias("buyers"),
    )
    is_one = (
        (pl.col("net") > 0)
        & (pl.col("early_net") >= BUNDLE_SHARE * pl.col("net"))
        & (pl.col("buyers") >= BUNDLE_BUYERS)
    )
    return whole.filter(is_one)["product_row"]


def _prices(lines: pl.DataFrame) -> pl.DataFrame:
    """Of the 20 goods with most net money, those with a reference: mean price over it."""
    sold = lines.filter(
        pl.col("product_kind").is_in([PRODUCT, SALES_AID]) & (pl.col("quantity_milli") > 0)
    )
    goods = sold.group_by("product_row").agg(
        pl.sum("net"),
        pl.col("reference_price").first(),
        (pl.col("unit_price") * pl.col("quantity_milli")).sum().alias("asked"),
        pl.sum("quantity_milli"),
    )
    best = goods.sort(["net", "product_row"], descending=[True, False]).head(TOP)
    price = pl.col("asked") / pl.col("quantity_milli")
    return best.filter(pl.col("reference_price").is_not_null()).with_columns(
        times=pl.when(pl.col("reference_price") > 0)
        .then(price / pl.col("reference_price"))
        .otherwise(pl.lit(np.inf))
    )
