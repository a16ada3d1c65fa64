"""What there was to look at, and what the plan promises: what a rule may ask beside the facts."""

import polars as pl

import analytics.facts.identities
from analytics.columns import Columns
from analytics.facts.frames import IDENTIFIER_KINDS, Given
from analytics.plan import Plan


def of_columns(columns: Columns) -> Given:
    """Which files were given, and which kinds of identifiers in two forms."""
    rows, files = columns.identifiers, columns.files
    forms = rows.group_by("kind").agg(pl.col("hashed").n_unique().alias("forms"))
    mixed = forms.filter(pl.col("forms") > 1)["kind"].to_list()
    has_person = columns.distributors["person_id"].null_count() < columns.distributors.height
    owners = rows["owner_kind"]
    return Given(
        identifiers=bool(rows.height) or has_person,
        order_identifiers=bool((owners != analytics.facts.identities.DISTRIBUTOR).any()),
        refunds="refunds" in files,
        resales="resales" in files,
        buybacks="buybacks" in files,
        payouts="payouts" in files,
        products="products" in files,
        mixed_kinds=frozenset(IDENTIFIER_KINDS[kind] for kind in mixed),
    )


def own_purchase(plan: Plan | None) -> dict[str, int]:
    """The threshold on own purchases by currency, minor units; none: empty."""
    wanted = None if plan is None else plan.qualification.own_purchase
    return {} if wanted is None else dict(wanted.amount)


def plan_levels(plan: Plan | None) -> int:
    """The levels for which some rate or amount is above 0."""
    if plan is None:
        return 0
    if plan.kind == "differential":
        return plan.max_paid_levels if any(rate > 0 for rate in plan.rank_rates.values()) else 0
    overrides = (*plan.product_rates, *plan.category_rates, *plan.distributor_rates)
    given = [plan.rates, *(override.rates or override.amounts for override in overrides)]
    paid = {at for rates in given for at, rate in enumerate(rates, 1) if rate > 0}
    paid |= {window.level for window in plan.window if window.then > 0}
    return len([level for level in paid if level <= plan.max_paid_levels])
