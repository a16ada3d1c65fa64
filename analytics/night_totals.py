"""What a night adds up to, by currency and level: what its report prints and its record keeps.

Money is minor units; exact shares are fractions `n/d` of them, so that a record loses nothing.
Level 0 holds what no level claims: breakage that has no row of its own, adjustments.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import polars as pl

from analytics.columns import Columns
from analytics.commission_schema import Conservation, Worked
from graph import money
from graph.model import ENTRY_KIND, ORDER_KIND, OUTCOME
from graph.money import Exact

MONEY_OUTCOMES = tuple(
    OUTCOME.index(word) for word in ("zero_rate", "capped", "below_one_minor_unit", "paid")
)
"""Outcomes of an ancestor who passed every gate: what he does not get is a cut or rounding."""

NAMED_MAX = 10
"""How many notes of one code a run record names."""


class Level(msgspec.Struct):
    """One level of one currency: the ledger's entries to date, and where the rest of it went."""

    currency: str
    level: int
    entries: int = 0
    sales: int = 0  # accruals
    taken_back: int = 0  # reversals, negative
    booked: int = 0  # entries of this night
    booked_minor: int = 0
    promised: str = "0/1"
    breakage: str = "0/1"
    rounding: str = "0/1"
    capped: int = 0


def by_level(columns: Columns, worked: Worked) -> list[Level]:
    """Totals of the whole ledger after the night, by (currency, level)."""
    found: dict[tuple[str, int], Level] = {}

    def of(currency: str, level: int) -> Level:
        return found.setdefault((currency, level), Level(currency, level))

    for row in _ledger(columns.entries, worked.entries):
        one = of(row["currency"], row["level"])
        one.entries, one.booked, one.booked_minor = row["entries"], row["booked"], row["minor"]
        one.sales, one.taken_back = row["sales"], row["taken_back"]
    for key, shares in _shares(columns, worked).items():
        one = of(*key)
        one.promised, one.breakage = map(money.format_fraction, (shares.promised, shares.breakage))
        one.rounding, one.capped = money.format_fraction(shares.rounding), shares.capped
    return [found[key] for key in sorted(found)]


def _ledger(before: pl.DataFrame, new: pl.DataFrame) -> Iterable[dict[str, Any]]:
    whole = pl.concat(
        [
            before.select("currency", "level", "kind", "amount", pl.lit(0).alias("new")),
            new.select("currency", "level", "kind", "amount", pl.lit(1).alias("new")),
        ]
    )
    accrual = pl.col("kind") == ENTRY_KIND.index("accrual")
    reversal = pl.col("kind") == ENTRY_KIND.index("reversal")
    return (
        whole.group_by("currency", "level")
        .agg(
            pl.len().alias("entries"),
            pl.col("amount").filter(accrual).sum().alias("sales"),
            pl.col("amount").filter(reversal).sum().alias("taken_back"),
            pl.col("new").sum().alias("booked"),
            pl.col("amount").filter(pl.col("new") == 1).sum().alias("minor"),
        )
        .sort("currency", "level")
        .iter_rows(named=True)
    )


def _shares(columns: Columns, worked: Worked) -> Mapping[tuple[str, int], Conservation]:
    """Conservation of each level; what the currency's own has beyond them stands at level 0."""
    kinds = columns.orders["kind"]
    paths = worked.paths.filter(
        pl.col("level") > 0,
        kinds.gather(pl.select(worked.paths["order_row"]).to_series()) == ORDER_KIND.index("sale"),
    )
    passed = pl.col("gate").is_in(MONEY_OUTCOMES)
    sums = paths.group_by("currency", "level", passed.alias("passed"), "share_den").agg(
        pl.col("share_num").sum(), pl.col("amount").sum(), pl.col("cut").sum()
    )
    found: dict[tuple[str, int], Conservation] = defaultdict(Conservation)
    for row in sums.sort(pl.all().exclude("share_num")).iter_rows(named=True):
        key = row["currency"], row["level"]
        found[key] = _plus(found[key], row)
    for currency, whole in worked.conservation.items():
        rest = whole.breakage - sum(
            (one.breakage for (of, _), one in found.items() if of == currency), Exact(0)
        )
        if rest:
            found[currency, 0] = Conservation(promised=rest, breakage=rest)
    return found


def _plus(one: Conservation, row: Mapping[str, Any]) -> Conservation:
    share = Exact(row["share_num"], row["share_den"])
    passed, amount, cut = row["passed"], row["amount"], row["cut"]
    return Conservation(
        promised=one.promised + share,
        paid=one.paid + amount,
        breakage=one.breakage + (0 if passed else share),
        capped=one.capped + cut,
        rounding=one.rounding + (share - amount - cut if passed else 0),
    )


def conservation(worked: Worked) -> dict[str, dict[str, object]]:
    """By currency, as a record keeps it: fractions as `n/d`, whole minor units as numbers."""
    return {
        currency: {
            "promised": money.format_fraction(one.promised),
            "paid": one.paid,
            "breakage": money.format_fraction(one.breakage),
            "capped": one.capped,
            "rounding": money.format_fraction(one.rounding),
            "check": one.check,
        }
        for currency, one in sorted(worked.conservation.items())
    }


def notes(worked: Worked) -> dict[str, dict[str, Any]]:
    """How many of each code there are, the first ids and their facts; all stand on disk."""
    found: dict[str, dict[str, Any]] = {}
    for note in sorted(worked.notes, key=lambda note: note.code):
        of_code = found.setdefault(note.code, {"count": 0, "first": [], "facts": []})
        of_code["count"] += 1
        if len(of_code["first"]) < NAMED_MAX:
            of_code["first"].append(note.id)
            of_code["facts"].append(dict(note.facts))
    return found


def would_cut(worked: Worked) -> list[dict[str, object]]:
    """What closing the months now would cut, by period and currency."""
    sums = (
        worked.would_cut.group_by("period", "currency")
        .agg(pl.col("beneficiary_cut", "company_cut").sum())
        .filter((pl.col("beneficiary_cut") != 0) | (pl.col("company_cut") != 0))
        .sort("period", "currency")
    )
    return list(sums.iter_rows(named=True))
