"""The income disclosure: what everybody who took part really got, beside what it cost them.

Layout of the Korean FTC's yearly publication (see `bands`), with what FTC staff missed in 70 income
statements: nobody is left out, those without income count in every share of all, medians stand
beside means, expenses beside income, and the months in which a person did anything beside both.

The year is the twelve calendar months that end with as-of's. A *participant* is a person with an
account during it. *Active* in a month: bought or sold something, or earned something, in it.
Expenses are those of the loss rate: entry-linked money, stock, and linked outside orders that he
sold; own use is shown apart and is no expense, resales reduce expenses.
"""

import polars as pl

import analytics.reports.bands as bands
import analytics.reports.members as members
import analytics.reports.money_by_month as money_by_month
from analytics.columns import Schema
from analytics.facts.frames import Facts, J, P, S, W
from analytics.reports.recruitment import person_of
from analytics.reports.tables import (
    COUNT_UNIT,
    INCOME,
    MONEY_UNIT,
    RATIO_UNIT,
    Chart,
    Report,
    Table,
    fitted,
    totals,
)
from graph import money
from graph.model import NOBODY

YEAR_MONTHS = 12
MONTH_GROUPS = ("months_0", "to_3", "to_6", "to_9", "to_12")
MONTH_EDGES = (0, 3, 6, 9, 12)
AMOUNT_EDGES = {"KRW": (500_000, 1_000_000, 5_000_000, 10_000_000, 30_000_000, 100_000_000)}
"""Major units; those of the Korean publication."""
OTHER_EDGES = (1_000, 5_000, 10_000, 50_000, 100_000, 500_000)
"""Of any other currency."""

BAND_ROWS: Schema = {
    "currency": pl.String,
    "group": pl.String,
    "persons": pl.Int64,
    "amount": pl.Int64,  # income of the band
    "share_of_income": pl.Float64,
    "mean": pl.Float64,
    "median": pl.Float64,
    "mean_expenses": pl.Float64,
    "median_expenses": pl.Float64,
    "mean_own_use": pl.Float64,
    "mean_left": pl.Float64,  # income less expenses
    "median_left": pl.Float64,
    "share_losing": pl.Float64,  # of the band, for whom less than nothing is left
    "mean_months": pl.Float64,  # active
    "suppressed": pl.Boolean,
}
PERCENTILE_ROWS: Schema = {
    "currency": pl.String,
    "edge": pl.String,  # p10 ... p99
    "all_members": pl.Float64,
    "paid_members": pl.Float64,
}
AMOUNT_ROWS: Schema = {
    "currency": pl.String,
    "span": pl.String,
    "persons": pl.Int64,
    "share": pl.Float64,  # of all participants
    "suppressed": pl.Boolean,
}
MONTH_ROWS: Schema = {
    "currency": pl.String,
    "group": pl.String,
    "persons": pl.Int64,
    "share_paid": pl.Float64,
    "mean": pl.Float64,
    "median": pl.Float64,
    "mean_expenses": pl.Float64,
    "suppressed": pl.Boolean,
}
PERSONS: Schema = {  # one row a participant and currency, by person
    "person": pl.Int64,
    "income": pl.Int64,
    "expenses": pl.Int64,
    "own_use": pl.Int64,
    "months": pl.Int64,
}


def work_out(facts: Facts, as_of: str) -> Report:
    """The disclosure of these facts: one set of rows for each currency with money."""
    by_currency = {currency: participants(facts, currency) for currency in facts.currencies}
    return of_persons(by_currency, _sales(facts), as_of)


def of_persons(by_currency: dict[str, pl.DataFrame], sales: dict[str, int], as_of: str) -> Report:
    """The same from frames of PERSONS and the year's net sales (minor units) by currency."""
    rows = sorted(by_currency.items())
    each = [(currency, frame.with_columns(group=_band(frame))) for currency, frame in rows]
    note = {"small": bands.SMALL}
    return Report(
        INCOME,
        as_of,
        (
            Table("income_totals", _joined([_totals(*one, sales) for one in each])),
            Table(
                "income_bands",
                _stacked([_bands(*one) for one in each], BAND_ROWS),
                note,
                chart=Chart("bars", "group", "share_of_income", by="currency"),
            ),
            Table(
                "income_percentiles",
                _stacked([_percentiles(*one) for one in each], PERCENTILE_ROWS),
                note,
            ),
            Table("income_amounts", _stacked([_amounts(*one) for one in each], AMOUNT_ROWS), note),
            Table("income_months", _stacked([_by_months(*one) for one in each], MONTH_ROWS), note),
        ),
    )


def _joined(frames: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat([totals([]), *frames])


def _stacked(frames: list[pl.DataFrame], schema: Schema) -> pl.DataFrame:
    return pl.concat([pl.DataFrame(schema=schema), *(fitted(one, schema) for one in frames)])


def _band(persons: pl.DataFrame) -> pl.Series:
    return bands.banded(persons["income"])


def participants(facts: Facts, currency: str) -> pl.DataFrame:
    """PERSONS of the year in one currency, everybody who had an account during it."""
    first = facts.as_of_month - YEAR_MONTHS + 1
    here = facts.accounts.filter("joined").filter(
        pl.col("left_day").is_null() | (members.month_of("left_day") >= first)
    )
    everybody = here.select(pl.col("person").cast(pl.Int64)).unique().sort("person")
    parts = _parts(facts, currency, first)
    summed = parts.group_by("person").agg(
        income=pl.col("net").filter(what="income").sum(),
        expenses=pl.col("net").filter(what="expenses").sum(),
        own_use=pl.col("net").filter(what="own_use").sum(),
        months=pl.col("month").filter("does").n_unique(),
    )
    found = everybody.join(summed, on="person", how="left").sort("person")
    return fitted(found.with_columns(pl.all().fill_null(0)), PERSONS)


def _parts(facts: Facts, currency: str, first: int) -> pl.DataFrame:
    """Long: `person`, `month`, `what`, `net`, and whether the row `does` something in its month."""
    pieces = money_by_month.pieces(facts).filter(
        pl.col("currency") == currency, pl.col("month") >= first
    )
    buyer = pl.when(pl.col("customer") == NOBODY).then("buyer_row").otherwise(NOBODY).alias("who")
    sold = pieces.select("month", "net", "classes", who="seller_row", does=pl.lit(True))
    bought = pieces.with_columns(buyer, does=pl.lit(True))
    linked = sold.filter(money_by_month.money_of(W))
    spent = bought.filter(money_by_month.money_of(S | J))
    mine = bought.filter(money_by_month.money_of(P))
    rows = [
        _of(facts, _earned(facts, currency, first), "income"),
        _of(facts, sold, "sold"),
        _of(facts, bought, "bought"),
        _of(facts, linked, "expenses"),
        _of(facts, spent, "expenses"),
        _of(facts, mine, "own_use"),
        _of(facts, _resold(facts, currency, first), "expenses"),
        _before_joining(pieces),
    ]
    return pl.concat(rows).drop_nulls("person")


def _of(facts: Facts, rows: pl.DataFrame, what: str) -> pl.DataFrame:
    person = person_of(facts, rows["who"]).cast(pl.Int64)
    return rows.select(
        person, pl.col("month").cast(pl.Int32), pl.lit(what).alias("what"), "net", "does"
    )


def _earned(facts: Facts, currency: str, first: int) -> pl.DataFrame:
    mine = facts.commission.filter(
        money_by_month.currency_names(facts) == currency, pl.col("earned_month") >= first
    )
    return mine.select(
        who="beneficiary_row", month="earned_month", net="amount", does=pl.col("amount") != 0
    )


def _resold(facts: Facts, currency: str, first: int) -> pl.DataFrame:
    """What stock was sold for takes away from its cost; a resale by itself is no month's doing."""
    period = pl.col("period").str
    month = period.slice(0, 4).cast(pl.Int32) * 12 + period.slice(5, 2).cast(pl.Int32) - 1
    mine = facts.columns.resales.filter(pl.col("currency") == currency)
    dated = mine.select(
        who="distributor_row", month=month, net=-pl.col("sold_for").fill_null(0), does=pl.lit(False)
    )
    return dated.filter(pl.col("month") >= first)


def _before_joining(pieces: pl.DataFrame) -> pl.DataFrame:
    """Entry-linked orders of outside buyers who then joined: the number is the person's own."""
    early = pieces.filter((pl.col("customer") != NOBODY) & money_by_month.money_of(J))
    return early.select(
        pl.col("customer").cast(pl.Int64).alias("person"),
        "month",
        pl.lit("expenses").alias("what"),
        "net",
        pl.lit(True).alias("does"),
    )


def _sales(facts: Facts) -> dict[str, int]:
    first = facts.as_of_month - YEAR_MONTHS + 1
    pieces = money_by_month.pieces(facts).filter(pl.col("month") >= first)
    summed = dict(pieces.group_by("currency").agg(pl.col("net").sum()).iter_rows())
    return {currency: int(summed.get(currency, 0)) for currency in facts.currencies}


def _bands(currency: str, persons: pl.DataFrame) -> pl.DataFrame:
    figures = [
        name for name in BAND_ROWS if name not in ("currency", "group", "persons", "suppressed")
    ]
    left = pl.col("income") - pl.col("expenses")
    whole = max(int(persons["income"].clip(0).sum()), 1)
    found = persons.group_by("group").agg(
        persons=pl.len(),
        amount=pl.col("income").sum(),
        share_of_income=pl.col("income").sum() / whole,
        mean=pl.col("income").mean(),
        median=pl.col("income").median(),
        mean_expenses=pl.col("expenses").mean(),
        median_expenses=pl.col("expenses").median(),
        mean_own_use=pl.col("own_use").mean(),
        mean_left=left.mean(),
        median_left=left.median(),
        share_losing=(left < 0).mean(),
        mean_months=pl.col("months").mean(),
    )
    return bands.suppressed(_every(found, bands.BANDS), figures).with_columns(
        currency=pl.lit(currency)
    )


def _every(found: pl.DataFrame, groups: tuple[str, ...]) -> pl.DataFrame:
    """A row for each group in its order, 0 persons where there are none."""
    frame = pl.DataFrame({"group": groups}).join(found, on="group", how="left")
    order = {group: place for place, group in enumerate(groups)}
    return frame.sort(pl.col("group").replace_strict(order)).with_columns(
        pl.col("persons").fill_null(0)
    )


def _percentiles(currency: str, persons: pl.DataFrame) -> pl.DataFrame:
    income = persons["income"].cast(pl.Float64).to_numpy()
    return pl.DataFrame(
        {
            "currency": [currency] * len(bands.PERCENTILES),
            "edge": [f"p{q}" for q in bands.PERCENTILES],
            "all_members": bands.percentiles(income),
            "paid_members": bands.percentiles(income[income > 0]),
        },
        schema=PERCENTILE_ROWS,
    )


def _amounts(currency: str, persons: pl.DataFrame) -> pl.DataFrame:
    """Persons by income between round sums, each edge in the span above it."""
    edges = AMOUNT_EDGES.get(currency, OTHER_EDGES)
    scale = 10 ** money.exponent(currency)
    labels = ["nothing", *spans(edges)]
    minor = [edge * scale for edge in edges]
    place = (
        pl.when(pl.col("income") <= 0)
        .then(0)
        .otherwise(1 + sum((pl.col("income") >= edge).cast(pl.Int32) for edge in minor))
    )
    counted = persons.group_by(place=place.cast(pl.Int32)).agg(persons=pl.len())
    every = pl.DataFrame({"place": range(len(labels)), "span": labels}).cast({"place": pl.Int32})
    found = every.join(counted, on="place", how="left").sort("place")
    shares = found.with_columns(pl.col("persons").fill_null(0)).with_columns(
        share=pl.col("persons") / max(persons.height, 1), currency=pl.lit(currency)
    )
    return bands.suppressed(shares, ("share",))


def spans(edges: tuple[int, ...]) -> list[str]:
    """Codes of the spans between edges (major units): `below:5`, `from:5:10`, `above:10`."""
    inner = [f"from:{low}:{high}" for low, high in zip(edges, edges[1:], strict=False)]
    return [f"below:{edges[0]}", *inner, f"above:{edges[-1]}"]


def _by_months(currency: str, persons: pl.DataFrame) -> pl.DataFrame:
    """Persons by the number of months in which they were active."""
    place = sum((pl.col("months") > edge).cast(pl.Int32) for edge in MONTH_EDGES[:-1])
    grouped = persons.with_columns(place=place)
    names = dict(enumerate(MONTH_GROUPS))
    found = grouped.group_by(
        group=pl.col("place").replace_strict(names, return_dtype=pl.String)
    ).agg(
        persons=pl.len(),
        share_paid=(pl.col("income") > 0).mean(),
        mean=pl.col("income").mean(),
        median=pl.col("income").median(),
        mean_expenses=pl.col("expenses").mean(),
    )
    figures = ("share_paid", "mean", "median", "mean_expenses")
    every = _every(found, MONTH_GROUPS).with_columns(currency=pl.lit(currency))
    return bands.suppressed(every, figures)


def _totals(currency: str, persons: pl.DataFrame, sales: dict[str, int]) -> pl.DataFrame:
    paid = persons.filter(pl.col("income") > 0)
    income, sold = int(persons["income"].sum()), sales.get(currency, 0)
    left = persons["income"] - persons["expenses"]
    enough_paid = paid.height >= bands.SMALL or not paid.height
    enough = persons.height >= bands.SMALL and enough_paid
    figures = [
        ("participants", float(persons.height), COUNT_UNIT),
        ("paid_participants", float(paid.height) if enough_paid else None, COUNT_UNIT),
        ("share_paid", _over(paid.height, persons.height) if enough_paid else None, RATIO_UNIT),
        ("sales", float(sold), MONEY_UNIT),
        ("income", float(income) if enough_paid else None, MONEY_UNIT),
        ("payout_ratio", _over(income, sold) if enough_paid else None, RATIO_UNIT),
        ("mean_of_paid", _over(income, paid.height) if enough_paid else None, MONEY_UNIT),
        ("median_of_paid", _median(paid["income"]) if enough_paid else None, MONEY_UNIT),
        ("mean_of_all", _over(income, persons.height) if enough else None, MONEY_UNIT),
        ("median_of_all", _median(persons["income"]) if enough else None, MONEY_UNIT),
        ("mean_expenses_of_all", _mean(persons["expenses"]) if enough else None, MONEY_UNIT),
        ("median_left_of_all", _median(left) if enough else None, MONEY_UNIT),
        ("share_losing", _mean(left < 0) if enough else None, RATIO_UNIT),
        ("share_active", _mean(persons["months"] > 0) if enough else None, RATIO_UNIT),
    ]
    return totals((name, value, unit, currency) for name, value, unit in figures)


def _over(one: int, other: int) -> float | None:
    return one / other if other > 0 else None


def _median(values: pl.Series) -> float | None:
    found = values.median()
    return None if found is None else float(str(found))


def _mean(values: pl.Series) -> float | None:
    return None if values.is_empty() else float(values.sum()) / len(values)
