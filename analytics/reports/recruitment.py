"""The recruitment report: cohorts, acquisitions, pay for recruiting, recruiters, branches.

Money shares come first and growth second, each with its interval: growth alone separates lawful
from unlawful badly. Roots are nobody's recruits. R180 is the mean number of persons whom a person
brought in his first 180 days; it is reported, and no law bands it.
"""

from collections.abc import Iterable

import polars as pl

import analytics.reports.members as members
import analytics.reports.money_by_month as money_by_month
import analytics.statistics
from analytics.columns import Schema
from analytics.facts.frames import Facts, J, R
from analytics.reports.tables import (
    COUNT_UNIT,
    NUMBER_UNIT,
    RATIO_UNIT,
    RECRUITMENT,
    Chart,
    Report,
    Table,
    fitted,
    totals,
)
from analytics.screening.finding import Finding, Screening
from graph.model import NOBODY

R180_DAYS, RETAIL_DAYS, ACQUIRED_DAYS = 180, 90, 180
RECRUITERS = 50
ONE_SIDED = 1.645
SHARES_FIRST = ("REC-001", "RET-001", "RET-003", "REC-004", "REC-003")
"""Rules that answer whether recruiting outpaces selling: shares of money, then of heads, then
growth."""
BRANCH_RULE = "SUB-001"

COHORTS: Schema = {
    "month": pl.Int32,
    "joined": pl.Int64,  # persons, roots left out
    "recruits": pl.Int64,  # persons whom they brought so far
    "recruiting_share": pl.Float64,  # of them, with at least one recruit
    "r180": pl.Float64,  # null: some have not been members for 180 days yet
    "survival": pl.Float64,
}
COHORT_MONEY: Schema = {
    "month": pl.Int32,
    "currency": pl.String,
    "joined": pl.Int64,
    "paid_in": pl.Int64,  # net entry-linked money of theirs, before joining included
    "paid_out": pl.Int64,  # commission that they earned so far
    "retail_per_head": pl.Float64,  # net real retail that they sold in their first 90 days
}
ACQUISITIONS: Schema = {
    "month": pl.Int32,
    "recruits": pl.Int64,
    "customers": pl.Int64,  # by first real retail order of which something remains
    "share": pl.Float64,
}
RECRUITING_PAY: Schema = {
    "month": pl.Int32,
    "currency": pl.String,
    "commission": pl.Int64,
    "on_recruiting": pl.Float64,
    "unknown": pl.Float64,
    "share": pl.Float64,  # unknown money left out of the numerator ...
    "share_upper": pl.Float64,  # ... and in it
}
RECRUITERS_COLUMNS: Schema = {
    "distributor": pl.String,
    "recruits_180": pl.Int64,  # in the last 180 days
    "recruits": pl.Int64,  # ever
    "share": pl.Float64,  # of all recruits of the last 180 days
}
ANSWERS: Schema = {
    "rule": pl.String,
    "about": pl.String,
    "value": pl.Float64,
    "ci_lower": pl.Float64,
    "ci_upper": pl.Float64,
    "n": pl.Int64,
    "band": pl.String,
    "why": pl.String,
}
BRANCHES: Schema = {
    "branch": pl.String,
    "value": pl.Float64,
    "ci_lower": pl.Float64,
    "ci_upper": pl.Float64,
    "n": pl.Int64,
    "p_adjusted": pl.Float64,
    "band": pl.String,
}


def work_out(facts: Facts, as_of: str, screening: Screening | None = None) -> Report:
    """The report of these facts; without a screening its tables of rules are empty."""
    people, recruits = members.persons(facts), members.recruits(facts)
    gained = _acquired(facts, recruits)
    return Report(
        RECRUITMENT,
        as_of,
        (
            Table("recruitment_totals", _totals(facts, people, recruits, gained)),
            Table("answers", _answers(screening)),
            Table(
                "cohorts", _cohorts(facts, people, recruits), chart=Chart("bars", "month", "joined")
            ),
            Table("cohort_money", _cohort_money(facts, people), {"days": RETAIL_DAYS}),
            Table("acquisitions", _by_month(gained), chart=Chart("lines", "month", "share")),
            Table(
                "recruiting_pay", _pay(facts), chart=Chart("lines", "month", "share", "currency")
            ),
            Table("recruiters", _recruiters(facts, people, recruits), {"most": RECRUITERS}),
            Table("branches", _branches(screening)),
        ),
    )


def _cohorts(facts: Facts, people: pl.DataFrame, recruits: pl.DataFrame) -> pl.DataFrame:
    brought = _brought(people, recruits)
    whole = people.filter("recruited").join(brought, on="person", how="left")
    whole = whole.with_columns(pl.col("recruits", "early").fill_null(0))
    youngest = pl.col("joined_day").max() + R180_DAYS <= facts.as_of_day
    found = whole.group_by("month").agg(
        joined=pl.len(),
        recruits=pl.col("recruits").sum(),
        recruiting_share=(pl.col("recruits") > 0).mean(),
        r180=pl.when(youngest).then(pl.col("early").mean()),
        survival=pl.col("stays").mean(),
    )
    return fitted(found.sort("month"), COHORTS)


def _brought(people: pl.DataFrame, recruits: pl.DataFrame) -> pl.DataFrame:
    """By person: `recruits` ever, `early` those of his first 180 days."""
    own_day = people.select(sponsor_person="person", sponsor_day="joined_day")
    early = pl.col("joined_day") < pl.col("sponsor_day") + R180_DAYS
    return (
        recruits.join(own_day, on="sponsor_person")
        .group_by(person="sponsor_person")
        .agg(recruits=pl.len(), early=early.sum())
    )


def _cohort_money(facts: Facts, people: pl.DataFrame) -> pl.DataFrame:
    whole = money_by_month.pieces(facts)
    cohort = people.filter("recruited").select("person", "joined_day", cohort="month")
    sizes = cohort.group_by("cohort").agg(joined=pl.len())
    found = pl.concat(
        [
            _paid_in(facts, whole).select("person", "currency", what=pl.lit("paid_in"), net="net"),
            _paid_out(facts).select("person", "currency", what=pl.lit("paid_out"), net="amount"),
            _early_retail(facts, whole, cohort).select(
                "person", "currency", what=pl.lit("retail"), net="net"
            ),
        ]
    ).join(cohort, on="person")
    summed = found.group_by("cohort", "currency").agg(
        pl.col("net").filter(what=what).sum().alias(what)
        for what in ("paid_in", "paid_out", "retail")
    )
    summed = summed.join(sizes, on="cohort").rename({"cohort": "month"})
    per_head = summed.with_columns(retail_per_head=pl.col("retail") / pl.col("joined"))
    return fitted(per_head.sort("currency", "month"), COHORT_MONEY)


def person_of(facts: Facts, rows: pl.Series) -> pl.Series:
    """The person of each distributor row; null for NOBODY."""
    known = rows.cast(pl.Int64).replace(NOBODY, None)
    return facts.accounts["person"].gather(known)


def _paid_in(facts: Facts, whole: pl.DataFrame) -> pl.DataFrame:
    """Entry-linked pieces with the `person` who paid: buyer, or outside buyer who then joined."""
    mine = whole.filter(money_by_month.money_of(J))
    outside = pl.col("customer") != NOBODY
    buyer = person_of(facts, _distributor_buyers(mine))
    return mine.with_columns(person=pl.when(outside).then("customer").otherwise(buyer))


def _distributor_buyers(pieces: pl.DataFrame) -> pl.Series:
    rows = pieces.select(pl.when(pl.col("customer") == NOBODY).then("buyer_row").otherwise(NOBODY))
    return rows.to_series()


def _paid_out(facts: Facts) -> pl.DataFrame:
    rows = facts.commission.select(
        "amount", currency=money_by_month.currency_names(facts)
    ).with_columns(person=person_of(facts, facts.commission["beneficiary_row"]))
    return rows


def _early_retail(facts: Facts, whole: pl.DataFrame, cohort: pl.DataFrame) -> pl.DataFrame:
    """Real retail pieces that a person sold within his first 90 days."""
    sold = whole.filter(money_by_month.money_of(R))
    sold = sold.with_columns(person=person_of(facts, sold["seller_row"]))
    dated = sold.join(cohort.select("person", "joined_day"), on="person")
    since = pl.col("day") - pl.col("joined_day")
    return dated.filter((since >= 0) & (since < RETAIL_DAYS))


def _acquired(facts: Facts, recruits: pl.DataFrame) -> pl.DataFrame:
    """Everybody won: `day`, `month`, `recruit` (else a customer by his first retail order)."""
    retail = facts.pieces.filter(money_by_month.money_of(R) & (pl.col("net") > 0))["order"]
    orders = facts.orders[retail.unique().sort().to_numpy()].filter(pl.col("customer") != NOBODY)
    customers = orders.group_by("customer").agg(pl.col("day").min()).select("day")
    days = pl.concat(
        [
            recruits.select(day="joined_day", recruit=pl.lit(True)),
            customers.select("day", recruit=pl.lit(False)),
        ]
    )
    return days.with_columns(month=members.month_of("day"))


def _by_month(gained: pl.DataFrame) -> pl.DataFrame:
    found = gained.group_by("month").agg(
        recruits=pl.col("recruit").sum(),
        customers=(~pl.col("recruit")).sum(),
        share=pl.col("recruit").mean(),
    )
    return fitted(found.sort("month"), ACQUISITIONS)


def _pay(facts: Facts) -> pl.DataFrame:
    found = money_by_month.on_recruiting(facts).rename({"amount": "commission"})
    tied = pl.col("on_recruiting")
    paid = pl.col("commission") > 0
    found = found.with_columns(
        share=pl.when(paid).then(tied / pl.col("commission")),
        share_upper=pl.when(paid).then((tied + pl.col("unknown")) / pl.col("commission")),
    )
    return fitted(found, RECRUITING_PAY)


def _recruiters(facts: Facts, people: pl.DataFrame, recruits: pl.DataFrame) -> pl.DataFrame:
    recent = pl.col("joined_day") > facts.as_of_day - ACQUIRED_DAYS
    found = (
        recruits.drop_nulls("sponsor_person")
        .group_by(person="sponsor_person")
        .agg(recruits=pl.len(), recruits_180=recent.sum())
        .join(people.select("person", "row"), on="person")
    )
    found = found.with_columns(
        distributor=members.named(facts, found["row"]),
        share=pl.when(pl.lit(recruits.filter(recent).height > 0)).then(
            pl.col("recruits_180") / max(recruits.filter(recent).height, 1)
        ),
    ).sort(["recruits_180", "recruits", "distributor"], descending=[True, True, False])
    return fitted(found.head(RECRUITERS), RECRUITERS_COLUMNS)


def _answers(screening: Screening | None) -> pl.DataFrame:
    rules = {} if screening is None else screening.rules
    found = [rules[id] for id in SHARES_FIRST if id in rules]
    rows = [{"rule": one.rule, "about": f"answer_{one.rule}", **_numbers(one)} for one in found]
    return pl.DataFrame(rows, schema=ANSWERS)


def _branches(screening: Screening | None) -> pl.DataFrame:
    """Branches that differ from the rest of the network, the most certain first."""
    found = [
        {"branch": one.scope_id, "p_adjusted": one.p_adjusted, **_numbers(one)}
        for one in ([] if screening is None else screening.findings)
        if one.rule == BRANCH_RULE and one.scope_kind == "branch"
    ]
    columns = [{name: row[name] for name in BRANCHES} for row in found]
    frame = pl.DataFrame(columns, schema=BRANCHES)
    return frame.sort("p_adjusted", "branch", nulls_last=True)


def _numbers(one: Finding) -> dict[str, object]:
    return {
        "value": one.value,
        "ci_lower": one.ci_lower,
        "ci_upper": one.ci_upper,
        "n": None if one.n is None else int(one.n),
        "band": one.shown_band,
        "why": one.why or None,
    }


def _totals(
    facts: Facts, people: pl.DataFrame, recruits: pl.DataFrame, gained: pl.DataFrame
) -> pl.DataFrame:
    cohort = _brought(people, recruits)
    grown = people.filter(pl.col("joined_day") + R180_DAYS <= facts.as_of_day)
    early = grown.join(cohort, on="person", how="left")["early"].fill_null(0)
    recent = gained.filter(pl.col("day") > facts.as_of_day - ACQUIRED_DAYS)["recruit"]
    shares = _wilson(int(recent.sum()), len(recent))
    return totals(
        [
            ("members", float(people.height), COUNT_UNIT, None),
            ("recruited_ever", float(recruits.height), COUNT_UNIT, None),
            ("recruits_180", float(recent.sum()), COUNT_UNIT, None),
            ("customers_180", float((~recent).sum()), COUNT_UNIT, None),
            *((name, value, RATIO_UNIT, None) for name, value in shares),
            ("r180", None if early.is_empty() else _mean(early), NUMBER_UNIT, None),
        ]
    )


def _mean(numbers: pl.Series) -> float:
    return float(numbers.sum()) / len(numbers)


def _wilson(recruits: int, gained: int) -> Iterable[tuple[str, float | None]]:
    """The share of recruits among the gained, and its one-sided bounds."""
    names = ("recruits_among_gained", "recruits_among_gained_lower", "recruits_among_gained_upper")
    if not gained:
        return [(name, None) for name in names]
    low, high = analytics.statistics.wilson(recruits, gained, ONE_SIDED)
    return list(zip(names, (recruits / gained, float(low), float(high)), strict=True))
