"""STR-004: how many accounts have a twin close by: the same person, bank, device or household?

China's opinion of 2013 counts persons, not accounts. A twin is an account within three sponsor
steps (up, down or across) that shares the person, a bank account, a device, or an address together
with one more kind. Identifiers marked as shared link nobody; two adults under one address only are
shown, not counted.
"""

from typing import NamedTuple

import numpy as np
import polars as pl

from analytics.facts.frames import IDENTIFIER_KINDS, Facts, Floats, Ints
from analytics.measures import (
    NO_FILE,
    Evidence,
    Flags,
    Scopes,
    Share,
    Values,
    evidence_of,
    inside,
    once,
    rolled,
)
from analytics.network import Network
from graph.model import OWNER_KIND

STEPS = 3
FAR = STEPS + 1


class Twins(NamedTuple):
    """By account: whether it has a twin; whether only an address says so; whether it shares person,
    bank or device with anybody at all; size of the largest group that shares one of these.
    """

    close: Flags
    address_only: Flags
    anywhere: Flags
    largest: int


def work_out(facts: Facts, scopes: Scopes) -> Values:
    """Accounts with a twin over all accounts; shown: what is not counted."""
    found = twins(facts)
    joined = _by_account(facts.accounts["joined"].to_numpy())
    share = Share(_by_account(found.close), joined, sizes={"distributors": joined})
    values = rolled(share, scopes)
    if not facts.given.identifiers or facts.given.mixed_kinds:
        values.why[:] = NO_FILE
    values.shown = {
        "one_address_only": scopes.sums(_by_account(found.address_only & ~found.close)),
        "farther_away": scopes.sums(_by_account(found.anywhere & ~found.close)),
        "largest_group": np.full(len(scopes), float(found.largest)),
    }
    return values


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """The accounts that have a twin."""
    here = np.flatnonzero(twins(facts).close & inside(facts.network, tops)[:-1])
    return evidence_of("distributor", facts.columns.distributors["id"].gather(here))


def twins(facts: Facts) -> Twins:
    """Twins among the accounts joined by as-of."""
    return once(facts, "str_004_twins", lambda: _twins(facts))


def _twins(facts: Facts) -> Twins:
    strong = pl.concat(
        [_persons(facts), *(_held(facts, kind) for kind in ("bank", "device")), _household(facts)]
    )
    address = _held(facts, "address")
    anywhere = np.zeros(facts.places, np.bool_)
    anywhere[strong["row"].to_numpy()] = True
    largest = strong.group_by("kind", "value").len()["len"].to_numpy()
    return Twins(
        _close(facts.network, strong, facts.places),
        _close(facts.network, address, facts.places),
        anywhere,
        int(largest.max(initial=0)),
    )


def _persons(facts: Facts) -> pl.DataFrame:
    """kind, value, row: accounts of persons who have several."""
    accounts = facts.accounts.select(
        pl.lit(IDENTIFIER_KINDS.index("person"), pl.UInt8).alias("kind"),
        pl.col("person").cast(pl.Int64).alias("value"),
        pl.int_range(pl.len(), dtype=pl.Int32).alias("row"),
        "joined",
    )
    return _held_by_several(accounts.filter("joined").drop("joined"))


def _held(facts: Facts, kind: str) -> pl.DataFrame:
    """kind, value, row: what joined accounts have in common with others, of one kind."""
    own = facts.identifiers.filter(
        (pl.col("owner_kind") == OWNER_KIND.index("distributor"))
        & (pl.col("kind") == IDENTIFIER_KINDS.index(kind))
        & (pl.col("owner_row") >= 0)
    ).select("kind", "value", pl.col("owner_row").alias("row"))
    mine = own.filter(facts.accounts["joined"].gather(own["row"]))
    return _held_by_several(_held_by_several(mine).unique())


def _household(facts: Facts) -> pl.DataFrame:
    """Pairs of an address and a phone or card of one account, as values of a kind of their own."""
    other = pl.concat([_held(facts, "phone"), _held(facts, "card")])
    pairs = _held(facts, "address").join(other, on="row", suffix="_other")
    return _held_by_several(
        pairs.select(
            pl.lit(len(IDENTIFIER_KINDS), pl.UInt8).alias("kind"),
            pl.struct("value", "value_other", "kind_other")
            .rank("dense")
            .cast(pl.Int64)
            .alias("value"),
            "row",
        )
    )


def _held_by_several(values: pl.DataFrame) -> pl.DataFrame:
    """Rows with a value that another row has too; all of one kind."""
    return values.filter(values["value"].is_duplicated())


def _close(network: Network, values: pl.DataFrame, places: int) -> Flags:
    """By account: whether another one with the same value stands within STEPS.

    Two accounts are that close where they have an ancestor in common (or one is the other's) to
    which their ways up add to no more: every account calls on itself and three ancestors.
    """
    calls = pl.concat(_calls(network, values))
    met = calls.group_by("kind", "value", "above").agg(
        pl.col("steps").min().alias("least"),
        pl.col("steps").sort().get(1, null_on_oob=True).fill_null(FAR).alias("next"),
        (pl.col("steps") == pl.col("steps").min()).sum().alias("ties"),
    )
    both = calls.join(met, on=["kind", "value", "above"])
    own_least = (pl.col("steps") == pl.col("least")) & (pl.col("ties") == 1)
    others = pl.when(own_least).then("next").otherwise("least")
    twin = both.filter(pl.col("steps") + others <= STEPS)["row"].unique()
    found = np.zeros(places, np.bool_)
    found[twin.to_numpy()] = True
    return found


def _calls(network: Network, values: pl.DataFrame) -> list[pl.DataFrame]:
    found = []
    above: Ints = values["row"].to_numpy().astype(np.int64)
    for steps in range(STEPS + 1):
        at = pl.Series("above", above)
        called = values.with_columns(at, pl.lit(steps, pl.Int32).alias("steps"))
        found.append(called.filter(pl.col("above") >= 0))
        above = np.where(above >= 0, network.parent[above], -1).astype(np.int64)
    return found


def _by_account(flags: Flags) -> Floats:
    return np.append(flags, False).astype(np.float64)
