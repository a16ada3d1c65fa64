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
from analytics.commission_schema import Conservation, Note, Worked, empty
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


class Tally:
    """What a night finds, chunk by chunk of its orders, added to what the last night's record says.

    Promised, breakage, rounding and cuts are those of sales as they accrued, each counted by the
    night that books it; entries are counted in the ledger itself.
    """

    def __init__(self, last: Mapping[str, Any]) -> None:
        """`last`: the totals of the last finished night, empty before the first."""
        self._shares = {
            (one["currency"], one["level"]): _carried(one) for one in last.get("levels", ())
        }
        self._conservation = {
            currency: _carried(one) for currency, one in last.get("conservation", {}).items()
        }
        self._entries = [empty("entries").select(_COUNTED)]
        self._notes: list[Note] = []
        self._would_cut = [empty("would_cut")]

    def add_new(self, columns: Columns, worked: Worked) -> None:
        """Orders whose own entries no night had booked."""
        for key, shares in _shares(columns, worked).items():
            self._shares[key] = self._shares.get(key, Conservation()) + shares
        for currency, one in worked.conservation.items():
            self._conservation[currency] = self._conservation.get(currency, Conservation()) + one
        self.add_changed(worked)

    def add_changed(self, worked: Worked) -> None:
        """Orders that something has happened to."""
        self._entries.append(worked.entries.select(_COUNTED))
        self._notes += worked.notes

    def add_month(self, worked: Worked) -> None:
        """A whole month, for its caps."""
        self._would_cut.append(worked.would_cut)

    def totals(self, ledger: pl.DataFrame) -> dict[str, Any]:
        """As a record keeps them; `ledger` holds the entries of all nights before."""
        return {
            "levels": msgspec.to_builtins(self._levels(ledger)),
            "conservation": _conservation(self._conservation),
            "would_cut": _would_cut(pl.concat(self._would_cut)),
            "notes": _noted(self._notes),
        }

    def _levels(self, ledger: pl.DataFrame) -> list[Level]:
        found: dict[tuple[str, int], Level] = {}
        for row in _ledger(ledger.select(_COUNTED), pl.concat(self._entries)):
            key = row["currency"], row["level"]
            one = found.setdefault(key, Level(*key))
            one.entries, one.booked, one.booked_minor = row["entries"], row["booked"], row["minor"]
            one.sales, one.taken_back = row["sales"], row["taken_back"]
        for key, shares in self._shares.items():
            one = found.setdefault(key, Level(*key))
            one.promised = money.format_fraction(shares.promised)
            one.breakage = money.format_fraction(shares.breakage)
            one.rounding = money.format_fraction(shares.rounding)
            one.capped = shares.capped
        return [found[key] for key in sorted(found)]


_COUNTED = ("currency", "level", "kind", "amount")


def _carried(one: Mapping[str, Any]) -> Conservation:
    """What a record says of a level or a currency."""
    return Conservation(
        promised=Exact(one["promised"]),
        paid=one.get("paid", 0),
        breakage=Exact(one["breakage"]),
        capped=one["capped"],
        rounding=Exact(one["rounding"]),
    )


def _ledger(before: pl.DataFrame, new: pl.DataFrame) -> Iterable[dict[str, Any]]:
    summed = pl.concat([_sums(before, new=False), _sums(new, new=True)])
    by_level = summed.group_by("currency", "level").agg(pl.all().sum())
    return by_level.sort("currency", "level").iter_rows(named=True)


def _sums(entries: pl.DataFrame, *, new: bool) -> pl.DataFrame:
    kinds = {name: pl.col("kind") == ENTRY_KIND.index(name) for name in ("accrual", "reversal")}
    return entries.group_by("currency", "level").agg(
        pl.len().alias("entries"),
        pl.col("amount").filter(kinds["accrual"]).sum().alias("sales"),
        pl.col("amount").filter(kinds["reversal"]).sum().alias("taken_back"),
        (pl.len() * int(new)).alias("booked"),
        (pl.col("amount").sum() * int(new)).alias("minor"),
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


def _conservation(found: Mapping[str, Conservation]) -> dict[str, dict[str, object]]:
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
        for currency, one in sorted(found.items())
    }


def _noted(notes: Iterable[Note]) -> dict[str, dict[str, Any]]:
    """How many of each code there are, the first ids and their facts; all stand on disk."""
    found: dict[str, dict[str, Any]] = {}
    for note in sorted(notes, key=lambda note: (note.code, note.id)):
        of_code = found.setdefault(note.code, {"count": 0, "first": [], "facts": []})
        of_code["count"] += 1
        if len(of_code["first"]) < NAMED_MAX:
            of_code["first"].append(note.id)
            of_code["facts"].append(dict(note.facts))
    return found


def _would_cut(found: pl.DataFrame) -> list[dict[str, object]]:
    """What closing the months now would cut, by period and currency."""
    sums = (
        found.group_by("period", "currency")
        .agg(pl.col("beneficiary_cut", "company_cut").sum())
        .filter((pl.col("beneficiary_cut") != 0) | (pl.col("company_cut") != 0))
        .sort("period", "currency")
    )
    return list(sums.iter_rows(named=True))
