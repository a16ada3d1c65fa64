"""What period caps cut: per beneficiary and month first, then the company's share of the month.

Months are the company's, of the order's paid time; amounts are entitlements after refunds by then.
A beneficiary's amounts are granted in the order of paid time and order id until his cap is used up.
The company's limit is a share of the month's base net of refunds, floored; what exceeds it is cut
pro rata: floors, then the left-over minor units one by one to the largest remainders, ties by order
id and level.

Readings: caps are those of the plan version of the order, each version by itself; a currency that a
beneficiary cap does not name is not capped; a negative amount (a cancellation whose original is not
known) is never cut and gives room to the beneficiary and to the company.
"""

from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from analytics.commission_schema import WOULD_CUT, typed
from analytics.kernels import compiled
from analytics.network import Ints
from analytics.plan import Caps
from graph import money
from graph.errors import Conflict
from graph.money import Exact

FITS = 2.0**62
MILLI = 1000


class Month(NamedTuple):
    """What the caps of one plan version work on."""

    entitled: pl.DataFrame
    """order_row, order_id, beneficiary_row, level, amount (now), period, currency, when."""
    bases: dict[tuple[str, str], Exact]
    """Base of a period and currency in thousandths, net of refunds."""


def period(zone: ZoneInfo) -> pl.Expr:
    """The company's month of the column `when` (ms UTC), YYYY-MM."""
    local = pl.from_epoch("when", time_unit="ms").dt.replace_time_zone("UTC")
    return local.dt.convert_time_zone(zone.key).dt.strftime("%Y-%m").alias("period")


def work_out(month: Month, caps: Caps) -> pl.DataFrame:
    """What is cut of each order's beneficiaries; WOULD_CUT, only rows where something is."""
    rows = month.entitled.filter(pl.col("amount") != 0)
    if float(rows["amount"].cast(pl.Float64).abs().sum()) > FITS:
        raise Conflict("the commissions of these months add up to more than 64 bits hold")
    rows = rows.with_columns(_of_beneficiaries(rows, caps))
    rows = rows.with_columns((pl.col("amount") - pl.col("beneficiary_cut")).alias("left"))
    rows = rows.with_columns(_of_company(rows, month.bases, caps))
    cut = (pl.col("beneficiary_cut") != 0) | (pl.col("company_cut") != 0)
    return typed(rows.filter(cut).sort("order_row", "level"), WOULD_CUT)


def _of_beneficiaries(rows: pl.DataFrame, caps: Caps) -> pl.Series:
    if caps.beneficiary is None:
        return pl.Series("beneficiary_cut", np.zeros(rows.height, np.int64))
    group = ["beneficiary_row", "period", "currency"]
    keys = rows.with_row_index("row").sort(*group, "when", "order_id", "level")
    begins = pl.struct(group) != pl.struct(group).shift(1)
    cap = pl.col("currency").replace_strict(
        dict(caps.beneficiary), default=-1, return_dtype=pl.Int64
    )
    sorted_ = keys.select(begins.fill_null(True).alias("begins"), "amount", cap.alias("cap"))
    cuts = _cut_in_order(*(sorted_[name].to_numpy() for name in ("begins", "amount", "cap")))
    found = np.zeros(rows.height, np.int64)
    found[keys["row"].to_numpy()] = cuts
    return pl.Series("beneficiary_cut", found)


@compiled
def _cut_in_order(begins: Ints, amount: Ints, cap: Ints) -> Ints:
    """What is cut of amounts in their order, each group up to its cap (negative: none)."""
    cuts = np.zeros(len(amount), np.int64)
    room = 0
    for i in range(len(amount)):
        if begins[i]:
            room = cap[i]
        if cap[i] >= 0:
            cuts[i] = max(0, amount[i] - max(0, room))
            room -= amount[i] - cuts[i]
    return cuts


def _of_company(rows: pl.DataFrame, bases: dict[tuple[str, str], Exact], caps: Caps) -> pl.Series:
    found = np.zeros(rows.height, np.int64)
    if caps.company is not None:
        order = rows.with_row_index("row").sort("period", "currency", "order_id", "level")
        for (when, currency), mine in order.group_by("period", "currency", maintain_order=True):
            base = bases.get((str(when), str(currency)), Exact(0))
            limit = max(0, int(caps.company * base / MILLI // 1))
            found[mine["row"].to_numpy()] = _pro_rata(mine["left"].to_list(), limit)
    return pl.Series("company_cut", found)


def _pro_rata(amounts: list[int], limit: int) -> list[int]:
    """What is cut of each amount so that all together stay within the limit."""
    positive = [max(0, amount) for amount in amounts]
    room = limit + sum(positive) - sum(amounts)
    if sum(positive) <= room:
        return [0] * len(amounts)
    kept = money.spread(room, positive)
    return [amount - left for amount, left in zip(positive, kept, strict=True)]
