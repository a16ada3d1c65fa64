"""How much a person may buy for himself in a month, and which part of his purchases that covers.

The allowance of a currency is three times the median of what an outside customer spends on real
retail in a month in which he spends anything, gross, since the start of the data. Where there are
fewer than 60 such orders it is a setting; a currency without one has none, and then nobody knows
which purchases are own use.

Readings: three times a median that lies between two amounts is rounded half up to a minor unit;
orders and months with nothing paid do not count.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from analytics.kernels import compiled

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]

TIMES = 3
ORDERS_MIN = 60
MONTH_BITS = 15
UNKNOWN = -1
DEFAULT: Mapping[str, int] = {"CNY": 50_000}
"""Minor units a person and month."""


class Retail(NamedTuple):
    """Orders with real retail in them: currency, customer's number, month, gross of that part."""

    currency: Bytes
    customer: Rows
    month: Rows
    gross: Ints


class Purchases(NamedTuple):
    """Lines of distributors that the allowance is for, by (order row, line)."""

    order: Rows
    person: Rows
    month: Rows
    currency: Bytes
    ordered_at: Ints
    net: Ints


def by_currency(
    retail: Retail, currencies: Sequence[str], setting: Mapping[str, int]
) -> dict[str, int | None]:
    """The allowance of each currency in minor units; None: not known."""
    return {code: _allowance(retail, at, setting.get(code)) for at, code in enumerate(currencies)}


def _allowance(retail: Retail, currency: int, setting: int | None) -> int | None:
    mine = (retail.currency == currency) & (retail.gross > 0)
    if int(mine.sum()) < ORDERS_MIN:
        return setting
    key = (retail.customer[mine].astype(np.int64) << MONTH_BITS) | retail.month[mine]
    frame = pl.DataFrame({"key": key, "gross": retail.gross[mine]})
    spent = frame.group_by("key").agg(pl.col("gross").sum())["gross"].sort()
    low, high = int(spent[(len(spent) - 1) // 2]), int(spent[len(spent) // 2])
    return (TIMES * (low + high) + 1) // 2


def own_use(bought: Purchases, allowance: Ints, ids: pl.Series) -> Ints:
    """Of each purchase's net money what the allowance (by currency, UNKNOWN) covers: in the order
    of (ordered_at, order id, line), person by person, month by month. `ids` by order.
    """
    if not len(bought.order):
        return np.empty(0, np.int64)
    return _covered(_in_order(bought, ids), bought, allowance)


def _in_order(bought: Purchases, ids: pl.Series) -> Ints:
    """Purchases by person and time; orders at one time by their ids, which are seldom compared."""
    since = bought.ordered_at - bought.ordered_at.min()
    bits = int(since.max()).bit_length()
    if int(bought.person.max()).bit_length() + bits < 63:
        key = (bought.person.astype(np.int64) << bits) | since
        order = np.argsort(key, kind="stable")
        same = key[order][1:] == key[order][:-1]
    else:
        order = np.lexsort((since, bought.person))
        person, time = bought.person[order], since[order]
        same = (person[1:] == person[:-1]) & (time[1:] == time[:-1])
    return _by_id(order, same, bought.order, ids)


def _by_id(order: Ints, same: npt.NDArray[np.bool_], rows: Rows, ids: pl.Series) -> Ints:
    """Sort what stands at one time by order id."""
    group = np.cumsum(np.append(True, ~same))
    differs = same & (rows[order][1:] != rows[order][:-1])
    tied = np.isin(group, group[1:][differs])
    if not tied.any():
        return order
    some = order[tied]
    distinct, back = np.unique(rows[some], return_inverse=True)
    rank = ids.gather(distinct).rank("ordinal").to_numpy()
    order = order.copy()
    order[tied] = some[np.lexsort((some, rank[back], group[tied]))]
    return order


@compiled
def _covered(order: Ints, bought: Purchases, allowance: Ints) -> Ints:
    found = np.zeros(len(order), np.int64)
    left = allowance.copy()
    person, month = np.int64(-1), np.int64(-1)
    for i in order:
        if bought.person[i] != person or bought.month[i] != month:
            person, month = np.int64(bought.person[i]), np.int64(bought.month[i])
            left[:] = allowance
        part = min(left[bought.currency[i]], bought.net[i])
        if part > 0:
            found[i] = part
            left[bought.currency[i]] -= part
    return found
