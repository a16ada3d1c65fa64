"""The money report: what was bought for what use, and how much of it was paid out, on what.

A class is a final use (real retail, own use, stock, entry-linked, linked outside order); what is
not surely of one is *unknown* and adds up with the others. Payout ratios are put on the base that
each jurisdiction counts on; numbers and sources stand in analytics/plans/packs.toml.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

import analytics.plan_packs
import analytics.reports.money_by_month as money_by_month
from analytics.columns import Schema
from analytics.facts.frames import Facts, R
from analytics.plan_packs import Pack
from analytics.reports.money_by_month import CLASS_ORDER
from analytics.reports.tables import MONEY, Across, Chart, Report, Table, fitted
from graph.model import NOBODY

MONTHS, YEAR_DAYS, HALF_YEAR_DAYS = 24, 365, 180
OWN_SALES_PACK = "cn-direct-selling"
"""Its base is each seller's own sales of a month, not the sales of the company."""
ALL_SALES, OWN_SALES = "all_sales", "own_sales"
HALF_YEAR, YEAR, CALENDAR_YEAR, SIX_MONTHS = "days_180", "days_365", "calendar_year", "months_6"
NO_PACK = "generic"

CLASS_MIX: Schema = {
    "month": pl.Int32,
    "currency": pl.String,
    "class": pl.String,
    "amount": pl.Int64,  # net of refunds
    "share": pl.Float64,  # of the month's money in that currency
}
COMPENSATION: Schema = {
    "currency": pl.String,
    "class": pl.String,  # of the line it was earned on; head, other
    "level": pl.Int32,  # 0: none
    "amount": pl.Float64,
    "share": pl.Float64,  # of all commission in that currency
}
END_MONEY: Schema = {
    "month": pl.Int32,
    "currency": pl.String,
    "commission": pl.Int64,
    "end_user": pl.Int64,  # net real retail and own use
    "coe": pl.Float64,  # commission over end users' money; null: there was none
}
PAYOUT: Schema = {
    "pack": pl.String,  # generic: no jurisdiction, for comparison
    "base": pl.String,
    "window": pl.String,
    "currency": pl.String,
    "commission": pl.Int64,
    "sales": pl.Int64,
    "ratio": pl.Float64,
    "cap": pl.Float64,
    "above": pl.Boolean,  # null: no cap, or no sales
    "months_paid": pl.Int64,  # seller-months with pay, where the base is each seller's own sales
    "months_above": pl.Int64,
    "status": pl.String,  # how far the source of the cap was found
}


@dataclass(frozen=True)
class Window:
    """A stretch of days, both inclusive, and its code."""

    code: str
    first_day: int
    last_day: int

    def holds(self, day: str) -> pl.Expr:
        """Whether a column of days is inside."""
        return pl.col(day).is_between(self.first_day, self.last_day)


def work_out(facts: Facts, as_of: str) -> Report:
    """The report of these facts."""
    pieces = money_by_month.pieces(facts)
    return Report(
        MONEY,
        as_of,
        (
            Table(
                "class_mix",
                _class_mix(facts, pieces),
                {"months": MONTHS},
                across=Across(("month", "currency"), "class", "amount", CLASS_ORDER),
                chart=Chart("stack", "month", "share", by="class"),
            ),
            Table(
                "compensation",
                _compensation(facts),
                {"days": YEAR_DAYS},
                across=Across(("currency", "class"), "level", "amount"),
            ),
            Table(
                "end_money",
                _end_money(facts, pieces),
                {"months": MONTHS},
                chart=Chart("lines", "month", "coe", by="currency"),
            ),
            Table("payout", _payout(facts, pieces)),
        ),
    )


def _ordered(column: str = "class") -> pl.Expr:
    return pl.col(column).replace_strict({name: place for place, name in enumerate(CLASS_ORDER)})


def _class_mix(facts: Facts, pieces: pl.DataFrame) -> pl.DataFrame:
    recent = pieces.filter(pl.col("month") > facts.as_of_month - MONTHS)
    found = recent.group_by("month", "currency", "class").agg(amount=pl.col("net").sum())
    whole = pl.col("amount").sum().over("month", "currency")
    found = found.with_columns(share=pl.when(whole > 0).then(pl.col("amount") / whole))
    return fitted(found.sort("currency", "month", _ordered()), CLASS_MIX)


def _compensation(facts: Facts) -> pl.DataFrame:
    found = money_by_month.commission(facts, YEAR_DAYS).with_columns(
        pl.col("amount") / money_by_month.FINE
    )
    whole = pl.col("amount").sum().over("currency")
    found = found.with_columns(share=pl.when(whole > 0).then(pl.col("amount") / whole))
    return fitted(found.sort("currency", _ordered(), "level"), COMPENSATION)


def _end_money(facts: Facts, pieces: pl.DataFrame) -> pl.DataFrame:
    keys = ["month", "currency"]
    end = money_by_month.money_of(money_by_month.END_USER)
    bought = pieces.group_by(keys).agg(end_user=pl.col("net").filter(end).sum())
    paid = (
        facts.commission.select(
            "amount", month="earned_month", currency=money_by_month.currency_names(facts)
        )
        .group_by(keys)
        .agg(commission=pl.col("amount").sum())
    )
    found = bought.join(paid, on=keys, how="full", coalesce=True).with_columns(
        pl.col("commission", "end_user").fill_null(0)
    )
    coe = pl.when(pl.col("end_user") > 0).then(pl.col("commission") / pl.col("end_user"))
    recent = found.filter(pl.col("month") > facts.as_of_month - MONTHS)
    return fitted(recent.with_columns(coe=coe).sort("currency", "month"), END_MONEY)


def windows(facts: Facts) -> dict[str, Window]:
    """The stretches over which payout is counted, by code."""
    last = facts.as_of_day
    year = pl.select(pl.date(facts.as_of_month // 12, 1, 1).cast(pl.Int32)).item()
    return {
        HALF_YEAR: Window(HALF_YEAR, last - HALF_YEAR_DAYS + 1, last),
        YEAR: Window(YEAR, last - YEAR_DAYS + 1, last),
        CALENDAR_YEAR: Window(CALENDAR_YEAR, year, last),
    }


def _payout(facts: Facts, pieces: pl.DataFrame) -> pl.DataFrame:
    """Without a jurisdiction first, then each pack that has a cap, by its base."""
    capped = [pack for pack in analytics.plan_packs.known().values() if pack.payout_cap is not None]
    rows = [
        row
        for pack in (None, *capped)
        for row in (
            _own_sales(facts, pieces, pack)
            if pack is not None and pack.name == OWN_SALES_PACK
            else _all_sales(facts, pieces, pack)
        )
    ]
    return pl.DataFrame(rows, schema=PAYOUT)


def _all_sales(
    facts: Facts, pieces: pl.DataFrame, pack: Pack | None
) -> Iterator[dict[str, object]]:
    """All commission over all net money, over each stretch and in each currency."""
    earned = facts.commission.with_columns(currency=money_by_month.currency_names(facts))
    for window in windows(facts).values():
        paid = earned.filter(window.holds("earned_day"))
        sold = pieces.filter(window.holds("day"))
        for currency in facts.currencies:
            commission = int(paid.filter(currency=currency)["amount"].sum())
            sales = int(sold.filter(currency=currency)["net"].sum())
            if commission or sales:
                row = _row(pack, ALL_SALES, window.code, currency)
                yield {**row, **_ratio(pack, commission, sales)}


def _own_sales(facts: Facts, pieces: pl.DataFrame, pack: Pack) -> Iterator[dict[str, object]]:
    """Each seller's pay of a month over what he sold to customers in it, six months."""
    since = pl.col("month") > facts.as_of_month - 6
    keys = ["place_row", "month", "currency"]
    sold = pieces.filter(since & money_by_month.money_of(R))
    by_seller = sold.group_by(keys).agg(sales=pl.col("net").sum())
    paid = facts.commission.select(
        "amount",
        place_row="beneficiary_row",
        month="order_month",
        currency=money_by_month.currency_names(facts),
    ).filter(since & (pl.col("place_row") != NOBODY))
    by_month = paid.group_by(keys).agg(commission=pl.col("amount").sum())
    found = by_month.filter(pl.col("commission") > 0).join(by_seller, on=keys, how="left")
    found = found.with_columns(pl.col("sales").fill_null(0)).sort(keys)
    for (currency,), mine in found.group_by("currency", maintain_order=True):
        commission, sales = int(mine["commission"].sum()), int(mine["sales"].sum())
        above = [_above(pack, c, s) for c, s in mine.select("commission", "sales").iter_rows()]
        yield {
            **_row(pack, OWN_SALES, SIX_MONTHS, str(currency)),
            **_ratio(pack, commission, sales),
            "above": any(above),
            "months_paid": mine.height,
            "months_above": sum(above),
        }


def _row(pack: Pack | None, base: str, window: str, currency: str) -> dict[str, object]:
    return {
        "pack": NO_PACK if pack is None else pack.name,
        "base": base,
        "window": window,
        "currency": currency,
        "months_paid": None,
        "months_above": None,
        "status": None if pack is None else pack.status.replace(" ", "_"),
    }


def _ratio(pack: Pack | None, commission: int, sales: int) -> dict[str, object]:
    cap = None if pack is None else pack.payout_cap
    return {
        "commission": commission,
        "sales": sales,
        "ratio": commission / sales if sales > 0 else None,
        "cap": None if cap is None else float(cap),
        "above": None if pack is None or sales <= 0 else _above(pack, commission, sales),
    }


def _above(pack: Pack, commission: int, sales: int) -> bool:
    """Whether it is more than the cap, exactly; the cap itself is kept."""
    assert pack.payout_cap is not None
    return commission > pack.payout_cap * max(sales, 0)
