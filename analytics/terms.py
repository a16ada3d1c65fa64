"""The money of a plan as whole numbers: every rate over one common denominator, in one table.

A *source* is where a rate or fixed amount comes from: 0 is the plan, then each product, category
and distributor override; the window and the ranks are sources without a row of their own. A cell of
the table is unset, a rate, or an amount per unit in major units.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from analytics.columns import Columns
from analytics.network import Ints, Rows
from analytics.plan import ROUND_ATS, Override, Plan
from graph import money
from graph.errors import Misconfigured
from graph.model import DAY_MS
from graph.money import Exact

UNSET, RATE, AMOUNT = 0, 1, 2
NUMBERS_MAX = 2**62
Texts = pl.Series | Sequence[str | None]


class Terms(NamedTuple):
    """A plan for the kernels; rates and amounts are numerators over `scale`."""

    levels: int
    scale: int
    kind: npt.NDArray[np.uint8]  # [source, level - 1]: UNSET, RATE, AMOUNT
    number: Ints  # [source, level - 1]
    exempt: npt.NDArray[np.bool_]  # by source: a window does not touch its rates
    of_distributor: Rows  # by distributor row: his source, 0 for none
    of_product: Rows  # by product row, and 0 at the end for NOBODY
    of_category: Rows  # likewise
    window_ms: Ints  # by level: how long after the anchor; -1 for no window
    then: Ints  # by level: the rate afterwards
    differential: bool
    of_rank: Ints  # by rank: its rate
    highest: int  # the highest rate of a differential plan
    rounding: int
    round_at: int
    cap: int  # share of the base that an order pays at most, over cap_scale
    cap_scale: int  # 0: no cap


class Words(NamedTuple):
    """What the sources are called in rate_source, by number, and how rates are written."""

    sources: list[str]
    scale: int

    def rate(self, number: int) -> str:
        """A rate as a decimal string."""
        return money.format_exact(Exact(number, self.scale))


def terms(columns: Columns, plan: Plan, ranks: list[str | None]) -> tuple[Terms, Words]:
    """`plan` for the kernels and in words; Misconfigured where 64 bits do not hold its rates."""
    found, words = of_nobody(plan, ranks)
    ids, products = columns.distributors["id"], columns.products
    return placed(found, plan, ids, products["id"], products["category"]), words


def placed(
    found: Terms, plan: Plan, distributors: Texts, products: Texts, categories: Texts
) -> Terms:
    """Terms with the sources of these distributors and products, by their ids and categories."""
    names = [override.key for override in plan.product_rates]
    groups = [override.key for override in plan.category_rates]
    holders = [override.key for override in plan.distributor_rates]
    return found._replace(
        of_distributor=_by_row(distributors, holders, 1 + len(names) + len(groups)),
        of_product=_by_row(products, names, 1),
        of_category=_by_row(categories, groups, 1 + len(names)),
    )


def of_nobody(plan: Plan, ranks: list[str | None]) -> tuple[Terms, Words]:
    """What a plan says whoever and whatever there is; the rest is for `placed`."""
    overrides = (*plan.product_rates, *plan.category_rates, *plan.distributor_rates)
    rank_rates = [plan.rank_rates.get(rank or "", Exact(0)) for rank in ranks]
    scale = math.lcm(*(rate.denominator for rate in _all_rates(plan)))
    kind, number = _table(plan, overrides, scale)
    windows = {window.level: window for window in plan.window}
    levels = range(1, plan.max_paid_levels + 1)
    window_ms = [windows[at].days * DAY_MS if at in windows else -1 for at in levels]
    then = [windows[at].then if at in windows else Exact(0) for at in levels]
    cap = plan.caps.order
    nobody = np.zeros(1, np.int32)
    found = Terms(
        levels=plan.max_paid_levels,
        scale=scale,
        kind=kind,
        number=number,
        exempt=np.array([False, *(override.ignores_window for override in overrides)]),
        of_distributor=nobody,
        of_product=nobody,
        of_category=nobody,
        window_ms=np.array(window_ms, np.int64),
        then=_over(then, scale),
        differential=plan.kind == "differential",
        of_rank=_over(rank_rates, scale),
        highest=int(max(plan.rank_rates.values(), default=Exact(0)) * scale),
        rounding=plan.rounding_mode,
        round_at=ROUND_ATS.index(plan.round_at),
        cap=0 if cap is None else cap.numerator,
        cap_scale=0 if cap is None else cap.denominator,
    )
    return found, Words(_names(plan, ranks), scale)


def _names(plan: Plan, ranks: list[str | None]) -> list[str]:
    return [
        "plan",
        *(f"product:{override.key}" for override in plan.product_rates),
        *(f"category:{override.key}" for override in plan.category_rates),
        *(f"distributor:{override.key}" for override in plan.distributor_rates),
        "window",
        *(f"rank:{rank or ''}" for rank in ranks),
    ]


def _all_rates(plan: Plan) -> Iterable[Exact]:
    yield from plan.rates
    for override in (*plan.product_rates, *plan.category_rates, *plan.distributor_rates):
        yield from (*override.rates, *override.amounts)
    yield from (window.then for window in plan.window)
    yield from plan.rank_rates.values()


def _over(rates: Iterable[Exact], scale: int) -> Ints:
    numbers = [int(rate * scale) for rate in rates]
    if any(abs(number) >= NUMBERS_MAX for number in numbers) or 1000 * scale >= NUMBERS_MAX:
        raise Misconfigured("the rates of this plan are finer or larger than 64 bits hold")
    return np.array(numbers, np.int64)


def _table(
    plan: Plan, overrides: tuple[Override, ...], scale: int
) -> tuple[npt.NDArray[np.uint8], Ints]:
    kind = np.zeros((1 + len(overrides), plan.max_paid_levels), np.uint8)
    number = np.zeros(kind.shape, np.int64)
    kind[0] = RATE
    for source, override in enumerate((Override("", rates=plan.rates), *overrides)):
        given = (override.rates or override.amounts)[: plan.max_paid_levels]
        kind[source, : len(given)] = AMOUNT if override.amounts else RATE
        number[source, : len(given)] = _over(given, scale)
    return kind, number


def _by_row(ids: Texts, keys: list[str], first: int) -> Rows:
    """For each row the number of the source that names its id, 0 for none; a 0 more at the end."""
    if not keys:
        return np.zeros(len(ids) + 1, np.int32)
    numbers: Mapping[str, int] = {key: first + at for at, key in enumerate(keys)}
    found = (
        pl.Series(ids, dtype=pl.String)
        .replace_strict(numbers, default=0, return_dtype=pl.Int32)
        .fill_null(0)
    )
    return np.append(found.to_numpy(), np.int32(0)).astype(np.int32)
