"""The cap of licensed direct selling in China: pay of a month by one's own direct sales of it.

Not the network's ratio but every seller's, month by month: a finding per distributor, its worst
month first. Source: packs.toml, cn-direct-selling.
"""

from collections.abc import Iterator

import polars as pl

import analytics.screening.packs
import analytics.screening.rulebook
import analytics.screening.scopes
from analytics.facts.frames import Facts, R
from analytics.measures import DISTRIBUTOR
from analytics.screening.bands import NEAR
from analytics.screening.evaluation import Evaluation
from analytics.screening.finding import Finding
from analytics.screening.packs import BREACH, OK, Pack
from analytics.screening.reporting import Reporter
from analytics.screening.rulebook import NE
from graph.model import NOBODY

RULE = "PAY-001"
MONTHS = 6
"""The month of as-of and the five before it, as with every rule by month."""
MOST = 2_000


def lines(evaluation: Evaluation, found: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """`found` with the line of every pack that caps a seller's month."""
    for name, pack in _capping().items():
        if name in found and RULE in found[name]:
            months = [_months(facts, pack) for facts in evaluation.currencies.values()]
            broken = any(one.filter("broken").height for one in months)
            known = any(one.height for one in months)
            found[name][RULE] = (BREACH if broken else OK) if known else NE
    return found


def findings(reporter: Reporter) -> Iterator[Finding]:
    """Of the active packs, by what was paid beyond the cap, most first; at most 2,000."""
    evaluation = reporter.evaluation
    active = [pack for pack in evaluation.packs if pack.by_month is not None]
    if RULE not in evaluation.rules:
        return
    for pack in active:
        for currency, facts in evaluation.currencies.items():
            months = _months(facts, pack).filter("broken")
            by_seller = months.sort("beyond", "month", descending=[True, False])
            rows = by_seller.group_by("seller", maintain_order=True).agg(pl.all())
            for row in rows.head(MOST).iter_rows(named=True):
                yield _finding(reporter, pack, currency, row)


def _capping() -> dict[str, Pack]:
    known = analytics.screening.packs.known()
    return {name: pack for name, pack in known.items() if pack.by_month is not None}


def _months(facts: Facts, pack: Pack) -> pl.DataFrame:
    """One row per paid distributor and month: paid, own retail, whether it is beyond the cap."""
    assert pack.by_month is not None
    cap = float(pack.by_month)
    since = facts.as_of_month - MONTHS
    paid = (
        facts.commission.filter(pl.col("earned_month") > since)
        .group_by(pl.col("beneficiary_row").alias("seller"), pl.col("earned_month").alias("month"))
        .agg(pl.col("amount").sum().alias("paid"))
        .filter((pl.col("paid") > 0) & (pl.col("seller") != NOBODY))
    )
    known = paid.join(_own_retail(facts, since), on=["seller", "month"], how="left")
    sold = pl.col("sold").fill_null(0)
    beyond = pl.col("paid") - cap * sold
    return known.with_columns(sold).with_columns(
        beyond.alias("beyond"), (beyond > NEAR * pl.max_horizontal(sold, 1)).alias("broken")
    )


def _own_retail(facts: Facts, since: int) -> pl.DataFrame:
    """Net retail by seller and month; what may be retail counts for the seller here."""
    orders = facts.orders.select("month", pl.col("seller_row").alias("seller"))
    pieces = facts.pieces.filter((pl.col("classes") & R) != 0)
    sold = pieces.select("net").hstack(orders[pieces["order"]].get_columns())
    mine = sold.filter((pl.col("month") > since) & (pl.col("seller") != NOBODY))
    return mine.group_by("seller", "month").agg(pl.col("net").sum().alias("sold"))


def _finding(reporter: Reporter, pack: Pack, currency: str, row: dict[str, list[float]]) -> Finding:
    facts = reporter.evaluation.facts
    seller = int(row["seller"])  # type: ignore[call-overload]
    paid, sold = float(row["paid"][0]), float(row["sold"][0])
    months = [f"{int(month) // 12}-{int(month) % 12 + 1:02}" for month in sorted(row["month"])]
    value = paid / sold if sold > 0 else None
    rule = reporter.evaluation.rules[RULE]
    return Finding(
        rule=RULE,
        version=rule.version,
        rulebook=analytics.screening.rulebook.VERSION,
        pack=pack.name,
        scope_kind=DISTRIBUTOR,
        scope_id=facts.columns.distributors["id"][seller],
        path=analytics.screening.scopes.path_of(facts, (seller,)),
        currency=currency,
        band="high",
        shown_band="high",
        value=value,
        lower=value,
        upper=value,
        ci_lower=None,
        ci_upper=None,
        numerator=paid,
        denominator=sold,
        n=float(len(months)),
        p_adjusted=None,
        why="",
        shown={"months": months, **({} if sold > 0 else {"infinite": True})},
    )
