"""STR-002: how many people on the seller's chain are paid for one order?

China's direct selling regulation lets one be paid, the WeChat practice (a secondary source) two;
Korea and Taiwan count levels of pay to tell who has to register. The seller's own level counts.
What is really paid is counted order by order; a plan that promises more levels counts as promised.
"""

import numpy as np
import polars as pl

import analytics.rules.counted as counted
from analytics.facts.frames import ORDER_LINE, Facts, Floats
from analytics.measures import (
    NO_FILE,
    Evidence,
    Flags,
    Scopes,
    Values,
    at_places,
    evidence_of,
    no_values,
    nobody_last,
    once,
)
from analytics.network import Network, Rows

DAYS = 90


def work_out(facts: Facts, scopes: Scopes) -> Values:
    """The most tiers paid for one order, or the plan's if it promises more; numerator: tiers of
    orders, denominator: levels of the plan, n: orders of the window.
    """
    paid = scopes.most(_by_place(facts, tiers(facts)))
    values = no_values(len(scopes), "" if _known(facts) else NO_FILE)
    values.value = values.lower = values.upper = np.maximum(paid, facts.plan_levels)
    values.numerator, values.denominator = paid, np.full(len(scopes), float(facts.plan_levels))
    recent = facts.orders.filter(facts.window(facts.orders["day"], DAYS))["place_row"]
    values.n = scopes.sums(counted.rows_at(facts, recent))
    values.sizes = {"orders": np.maximum(values.n, min(facts.plan_levels, 1))}
    return values


def evidence(facts: Facts, tops: tuple[int, ...]) -> Evidence:
    """The orders with the most tiers."""
    here = tiers(facts).filter(at_places(facts.network, tops, tiers(facts)["place_row"]))
    most = here.filter(pl.col("tiers") == pl.col("tiers").max())
    rows = facts.orders["order_row"].gather(most["order"])
    return evidence_of("order", facts.columns.orders["id"].gather(rows), most["tiers"])


def tiers(facts: Facts) -> pl.DataFrame:
    """Orders of the window for which anybody on the chain was paid: order, place_row, tiers."""
    return once(facts, "str_002_tiers", lambda: _tiers(facts))


def _tiers(facts: Facts) -> pl.DataFrame:
    recent = facts.window(facts.orders["day"], DAYS).to_numpy()
    of_lines = facts.commission.filter(
        (pl.col("basis") == ORDER_LINE) & (pl.col("order") >= 0) & (pl.col("beneficiary_row") >= 0)
    )
    paid = (
        of_lines.filter(pl.Series(recent[of_lines["order"].to_numpy()]))
        .group_by("order", "beneficiary_row")
        .agg(pl.col("amount").sum())
        .filter(pl.col("amount") > 0)
    )
    seller = facts.orders["seller_row"].gather(paid["order"]).to_numpy()
    on_chain = _above(facts.network, paid["beneficiary_row"].to_numpy(), seller)
    found = paid.filter(pl.Series(on_chain)).group_by("order").len("tiers").sort("order")
    return found.with_columns(facts.orders["place_row"].gather(found["order"]).alias("place_row"))


def _above(network: Network, upper: Rows, lower: Rows) -> Flags:
    """Whether `upper` is `lower` or stands above him."""
    at = np.where(lower >= 0, network.position[lower], -1)
    found: Flags = (at >= 0) & (network.position[upper] <= at) & (at < network.end[upper])
    return found


def _by_place(facts: Facts, found: pl.DataFrame) -> Floats:
    most = np.zeros(facts.places + 1)
    at = nobody_last(found["place_row"], facts.places)
    np.maximum.at(most, at, found["tiers"].to_numpy().astype(np.float64))
    return most


def _known(facts: Facts) -> bool:
    """Whether anything says who is paid: payouts, the ledger, or a plan."""
    return facts.given.payouts or not facts.commission.is_empty() or facts.plan_levels > 0
