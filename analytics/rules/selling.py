"""What the rules on retail, stock and entry add up: pieces with what their orders say, commission
by month, the share of unknown money. rules.md 2 of the specification says what each counts as.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from analytics.facts.frames import ORDER_LINE, PIECES, RECRUIT_EVENT, Facts, Floats, Ints, R
from analytics.measures import (
    NO_GATE,
    UNKNOWN_MONEY,
    Evidence,
    Scopes,
    Share,
    Values,
    at_places,
    evidence_of,
    no_evidence,
    ratio,
)
from analytics.network import Flags
from graph.model import BUYER_KIND, NOBODY, PRODUCT_KIND

CUSTOMER, DISTRIBUTOR = BUYER_KIND.index("customer"), BUYER_KIND.index("distributor")
PRODUCT, KIT, FEE, TRAINING, SALES_AID = (
    PRODUCT_KIND.index(kind) for kind in ("product", "kit", "fee", "training", "sales_aid")
)
YEAR = 365
MONTHS = 6
"""The month of as-of and the five before it."""
MOST_UNKNOWN = 0.05
"""From this share of unknown money on, a measure that is no money share is not evaluable."""
MONEY = ("place_row", "classes", "net")
"""What a share of classes reads of every piece."""


def lately(days: pl.Series, as_of_day: int, length: int) -> pl.Series:
    """Which days lie in (as-of - length, as-of]."""
    return (days > as_of_day - length) & (days <= as_of_day)


def recent_orders(facts: Facts, length: int = YEAR) -> pl.Series:
    """By order: whether it was ordered in the last `length` days."""
    return lately(facts.orders["day"], facts.as_of_day, length)


def months_back(facts: Facts, months: pl.Series) -> pl.Series:
    """0 for the month of as-of, 1 for the one before, ...; null outside the last six."""
    back = facts.as_of_month - months.cast(pl.Int64)
    return back.set((back < 0) | (back >= MONTHS), None)


def pieces_of(facts: Facts, chosen: pl.Series, names: Sequence[str] = MONEY) -> pl.DataFrame:
    """The pieces of the chosen orders: `order`, and columns of the piece or else of its order."""
    own = [name for name in names if name in PIECES]
    pieces = facts.pieces.select("order", *own)
    if not chosen.all():
        pieces = pieces.filter(chosen.gather(pieces["order"]))
    rest = facts.orders.select(name for name in names if name not in PIECES)
    return pieces.hstack(rest[pieces["order"]].get_columns())


def may_be(classes: pl.Series, which: int) -> pl.Series:
    """Whether a piece may be of one of the classes `which`."""
    return (classes & which) != 0


def is_one_of(classes: pl.Series, which: int) -> pl.Series:
    """Whether a piece surely is of one of the classes `which`."""
    return (classes & (0xFF ^ which)) == 0


def money_where(facts: Facts, pieces: pl.DataFrame, column: str, where: pl.Series) -> Floats:
    """By place the money of the pieces that `where` takes."""
    some = pieces.filter(where)
    return facts.by_place(some["place_row"], some[column])


def share_of_classes(facts: Facts, which: int, orders: pl.Series) -> Share:
    """Net money of the classes `which` over all net money of the chosen orders."""
    pieces = pieces_of(facts, orders)
    sure = is_one_of(pieces["classes"], which)
    return Share(
        num=money_where(facts, pieces, "net", sure),
        den=facts.by_place(pieces["place_row"], pieces["net"]),
        num_maybe=money_where(facts, pieces, "net", may_be(pieces["classes"], which) & ~sure),
        sizes=sizes_of(facts, orders),
    )


def sizes_of(facts: Facts, orders: pl.Series) -> dict[str, Floats]:
    """By place: the chosen money orders, and accounts joined by as-of."""
    places = facts.orders["place_row"].filter(orders)
    return {
        "orders": facts.by_place(places, np.ones(len(places))),
        "distributors": with_nobody(facts.accounts["joined"].to_numpy()),
    }


def with_nobody(by_row: Flags | Floats | Ints) -> Floats:
    """A number of every distributor as a by-place array: nothing for nobody."""
    return np.append(by_row.astype(np.float64), 0.0)


def by_month(facts: Facts, rows: pl.Series, back: pl.Series, amounts: pl.Series) -> Floats:
    """[months back, distributor row]: sums of amounts; what is nobody's is left out."""
    at = rows.to_numpy().astype(np.int64)
    mine = at != NOBODY
    key = back.to_numpy().astype(np.int64)[mine] * facts.places + at[mine]
    weights = amounts.to_numpy().astype(np.float64)[mine]
    flat: Floats = np.bincount(key, weights, minlength=MONTHS * facts.places).astype(np.float64)
    return flat.reshape(MONTHS, facts.places)


def commission_of_months(facts: Facts) -> pl.DataFrame:
    """Commission of the last six months with its months `back`: of the order's month, or, where
    it is pay for a head, of the month in which it was earned; and `no_order`: paid on an order
    that nobody knows.
    """
    for_head = pl.col("basis") == RECRUIT_EVENT
    month = pl.when(for_head).then("earned_month").otherwise("order_month")
    rows = facts.commission.with_columns(
        month.alias("month"),
        no_order=(pl.col("basis") == ORDER_LINE) & (pl.col("order") == NOBODY),
    )
    dated = rows.with_columns(months_back(facts, rows["month"]).alias("back"))
    return dated.filter(pl.col("back").is_not_null())


def recent_pieces(facts: Facts, *more: str) -> pl.DataFrame:
    """Pieces of orders of the last six months, with their months `back` and columns `more`."""
    back = months_back(facts, facts.orders["month"])
    pieces = pieces_of(facts, back.is_not_null(), (*MONEY, *more))
    return pieces.with_columns(back.gather(pieces["order"]).alias("back"))


def paid_beneficiaries(scopes: Scopes, commission: pl.DataFrame) -> Floats:
    """By scope: how many different people these amounts are paid to."""
    paid = commission.filter(pl.col("amount") > 0)
    who = paid["beneficiary_row"].to_numpy().astype(np.int64)
    return scopes.distinct(paid["place_row"].to_numpy(), who)


def unknown_retail(facts: Facts, pieces: pl.DataFrame) -> tuple[Floats, Floats]:
    """By place: money of which nobody knows whether it is retail, and all money."""
    unknown = may_be(pieces["classes"], R) & ~is_one_of(pieces["classes"], R)
    whole = pieces.with_columns(pl.col("net").abs())
    return (
        money_where(facts, whole, "net", unknown),
        facts.by_place(whole["place_row"], whole["net"]),
    )


def unless_unknown(values: Values, scopes: Scopes, unknown: Floats, whole: Floats) -> Values:
    """Not evaluable where 5 % or more of the money (by place) is unknown."""
    share = ratio(scopes.sums(unknown), scopes.sums(whole))
    values.why[(share >= MOST_UNKNOWN) & (values.why == NO_GATE)] = UNKNOWN_MONEY
    return values


def unknown_buyers(facts: Facts, pieces: pl.DataFrame) -> tuple[Floats, Floats]:
    """By place: money of buyers whom nobody knows, and all money."""
    whole = pieces.with_columns(pl.col("net").abs())
    strange = whole.filter(~pl.col("buyer").is_in([CUSTOMER, DISTRIBUTOR]))
    return (
        facts.by_place(strange["place_row"], strange["net"]),
        facts.by_place(whole["place_row"], whole["net"]),
    )


def without(values: Values, given: bool | Flags, why: str) -> Values:
    """`values` with `why` wherever `given` does not hold: no gate says more than a missing file."""
    values.why[~np.broadcast_to(given, len(values))] = why
    return values


def unordered(facts: Facts, rows: pl.DataFrame) -> tuple[Floats, Floats]:
    """By place: commission on orders that nobody knows, and all commission of `rows`."""
    lost = rows.filter("no_order")
    return (
        facts.by_place(lost["place_row"], lost["amount"].abs()),
        facts.by_place(rows["place_row"], rows["amount"].abs()),
    )


def orders_in(
    facts: Facts, tops: tuple[int, ...], order: pl.Series, weights: pl.Series
) -> Evidence:
    """Evidence of orders (rows in facts.orders) whose place is in the scope, by `weights`."""
    if not len(order):
        return no_evidence("order")
    if tops:
        inside = at_places(facts.network, tops, facts.orders["place_row"].gather(order))
        order, weights = order.filter(inside), weights.filter(inside)
    named = facts.orders["order_row"].gather(order)
    return evidence_of("order", facts.columns.orders["id"].gather(named), weights)


def distributors_in(facts: Facts, tops: tuple[int, ...], weight: Floats) -> Evidence:
    """Evidence of the distributors (by row) with a weight above 0 in the scope."""
    rows = pl.Series(np.flatnonzero(weight > 0).astype(np.int32), dtype=pl.Int32)
    if not len(rows):
        return no_evidence("distributor")
    rows = rows.filter(at_places(facts.network, tops, rows))
    ids = facts.columns.distributors["id"].gather(rows)
    return evidence_of("distributor", ids, pl.Series(weight).gather(rows))
