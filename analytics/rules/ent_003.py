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
    at_places,
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
ONE = 100.0
"""A price list stands against 1.00 of reference."""
READ = ("line_row", "product_row", "product_kind", "net", "day", "place_row", "buyer", "buyer_row")


def work_out(facts: Facts, scopes: Scopes) -> Values:
    """The larger of paid over reference of the entry, and of the median price over reference of
    the 20 best sellers. The price list is one for everybody, the entry each scope's own.
    """
    pieces = _pieces(facts)
    entry, goods = _entry(facts, pieces), _goods(facts, pieces)
    paid = scopes.sums(facts.by_place(entry["place_row"], entry["net"]))
    worth = scopes.sums(facts.by_place(entry["place_row"], entry["reference"]))
    entered = np.where(paid > 0, ratio(paid, worth), np.nan)
    listed = float(np.median(goods["times"].to_numpy())) if goods.height else np.nan
    references = pl.concat([goods["product_row"], entry["product_row"]]).n_unique()
    return _larger(entered, listed, (paid, worth), references)


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """The products behind the numbers, by money."""
    pieces = _pieces(facts)
    entry, goods = _entry(facts, pieces), _goods(facts, pieces)
    inside = entry.filter(at_places(facts.network, tops, entry["place_row"]))
    money = pl.col("net").cast(pl.Float64)
    some = pl.concat([part.select("product_row", money) for part in (inside, goods)])
    if not some.height:
        return no_evidence("product")
    ids = facts.columns.products["id"].gather(some["product_row"])
    return evidence_of("product", ids, some["net"])


def _larger(
    entered: Floats, listed: float, money: tuple[Floats, Floats], references: int
) -> Values:
    values = no_values(len(entered))
    by_entry = np.nan_to_num(entered, nan=-1.0) >= np.nan_to_num(listed, nan=-1.0)
    values.value = np.fmax(entered, listed)
    values.lower, values.upper = values.value.copy(), values.value.copy()
    values.numerator = np.where(by_entry, money[0], listed * ONE)
    values.denominator = np.where(by_entry, money[1], ONE)
    values.n = np.full(len(entered), float(references))
    values.sizes = {"references": values.n}
    values.why[np.isnan(values.value)] = NO_REFERENCE
    values.severity = np.where(np.isinf(values.value), WORST, "").astype(object)
    values.shown = {"entry": entered, "price_list": np.full(len(entered), listed)}
    return values


def _pieces(facts: Facts) -> pl.DataFrame:
    """Pieces of a year that are of a line and a product."""
    pieces = pieces_of(facts, recent_orders(facts), READ)
    return pieces.filter((pl.col("product_row") != NOBODY) & (pl.col("line_row") != NOBODY))


def _references(facts: Facts) -> pl.Series:
    """By product its reference price in minor units; null where it has none, or one in another
    currency than that of these facts: it compares nothing.
    """
    products = facts.columns.products
    here = products["currency"].is_in(facts.currencies).fill_null(True)
    return products["reference_price"].set(~here, None)


def _entry(facts: Facts, pieces: pl.DataFrame) -> pl.DataFrame:
    """product_row, place_row, net, reference (money): what members who joined in the last 365
    days paid for joining, fees, kits, training and bundles; without what has no reference.
    """
    bought = pieces.filter((pl.col("buyer") == DISTRIBUTOR) & (pl.col("buyer_row") != NOBODY))
    joined = facts.accounts["joined_day"].gather(bought["buyer_row"])
    must = facts.columns.products["mandatory_to_join"].gather(bought["product_row"])
    for_joining = bought["product_kind"].is_in([FEE, KIT, TRAINING]) | must
    bundled = bought["product_row"].is_in(_bundles(bought, joined).to_list())
    fresh = lately(joined, facts.as_of_day, YEAR).fill_null(False)
    entry = bought.filter(fresh & (for_joining | bundled))
    return _with_reference(facts, entry)


def _with_reference(facts: Facts, entry: pl.DataFrame) -> pl.DataFrame:
    """Reference money of what was kept: of a line its net part, for a refund takes goods back as
    it takes money.
    """
    lines = facts.columns.lines[entry["line_row"]]
    asked = lines["unit_price"].cast(pl.Float64) * lines["quantity_milli"] / 1000
    base = asked - lines["discount"]
    kept = pl.Series(np.where(base != 0, ratio(entry["net"].to_numpy(), base.to_numpy()), 1.0))
    worth = _references(facts).gather(entry["product_row"]) * lines["quantity_milli"] / 1000
    valued = entry.with_columns((worth * kept).alias("reference"))
    return valued.filter(pl.col("reference").is_not_null())


def _bundles(bought: pl.DataFrame, joined: pl.Series) -> pl.Series:
    """Products that members buy when they join and hardly ever again."""
    goods = bought["product_kind"] == PRODUCT
    early = (bought["day"] - joined).is_between(0, EARLY).fill_null(False)
    mine = bought.select("product_row", "net", "buyer_row").with_columns(early=early).filter(goods)
    whole = mine.group_by("product_row").agg(
        pl.col("net").sum(), pl.col("net").filter("early").sum().alias("early_net")
    )
    loaded = whole.filter(
        (pl.col("net") > 0) & (pl.col("early_net") >= BUNDLE_SHARE * pl.col("net"))
    )["product_row"]
    some = mine.filter(pl.col("product_row").is_in(loaded.to_list()))
    buyers = some.group_by("product_row").agg(pl.col("buyer_row").n_unique())
    return buyers.filter(pl.col("buyer_row") >= BUNDLE_BUYERS)["product_row"]


def _goods(facts: Facts, pieces: pl.DataFrame) -> pl.DataFrame:
    """Of the 20 goods with most net money, those with a reference: product_row, net, and `times`,
    the mean price asked for one over its reference.
    """
    kinds = facts.columns.products["kind"]
    net = np.bincount(pieces["product_row"], pieces["net"].to_numpy(), minlength=len(kinds))
    sold = pl.DataFrame(
        {"product_row": np.arange(len(kinds), dtype=np.int32), "net": net.astype(np.int64)}
    )
    some = kinds.fill_null(PRODUCT).is_in([PRODUCT, SALES_AID]) & pl.Series(net > 0)
    best = sold.filter(some).sort(["net", "product_row"], descending=[True, False]).head(TOP)
    asked, quantity = _asked(facts, pieces, best["product_row"])
    priced = best.with_columns(
        pl.Series("price", ratio(asked, quantity)[best["product_row"].to_numpy()]),
        _references(facts).gather(best["product_row"]).alias("reference"),
    ).filter(pl.col("reference").is_not_null() & pl.col("price").is_finite())
    times = pl.when(pl.col("reference") > 0).then(pl.col("price") / pl.col("reference"))
    return priced.with_columns(times=times.otherwise(pl.lit(np.inf)))


def _asked(facts: Facts, pieces: pl.DataFrame, products: pl.Series) -> tuple[Floats, Floats]:
    """By product what was asked for it and how many were sold: sums over lines, each once."""
    mine = pieces.filter(pl.col("product_row").is_in(products.to_list()))
    line = mine["line_row"].to_numpy()
    first = np.diff(line, prepend=NOBODY) != 0
    row, product = line[first], mine["product_row"].to_numpy()[first]
    lines = facts.columns.lines
    quantity = np.maximum(lines["quantity_milli"].to_numpy()[row], 0) / 1000
    price = lines["unit_price"].to_numpy()[row]
    count = facts.columns.products.height
    return (
        np.bincount(product, quantity * price, minlength=count).astype(np.float64),
        np.bincount(product, quantity, minlength=count).astype(np.float64),
    )
