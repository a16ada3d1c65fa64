"""The final-use class of every line of the money orders, and the pieces it falls into (rules.md 1).

What a line is follows from its buyer on that day and its product's kind; only a distributor's own
purchases of goods are asked about the allowance, which may split a line.

Readings: a fee is entry-linked whoever pays it, so an unknown buyer leaves nothing open there; with
an unknown buyer a kit is either entry-linked or an outside purchase, never own use. A cancellation
whose original is unknown may be of any class. The gross money of a split line is split as its net.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

import analytics.facts.buyers
from analytics.facts.frames import ANY, PIECES, J, P, R, S, W
from analytics.facts.remains import Lines, muldiv
from analytics.kernels import compiled
from graph.model import PRODUCT_KIND

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]

ENTRY_DAYS = 30
BY_ALLOWANCE = 0
"""Not a class yet."""
GOODS, COURSES, FEES = range(3)
KINDS = {"product": GOODS, "sales_aid": GOODS, "kit": COURSES, "training": COURSES, "fee": FEES}
UNKNOWN, OUTSIDE, LINKED, JOINING, MEMBER, UNMATCHED = range(6)
TABLE = np.array(
    [
        [ANY, R | W | J, J],
        [R, R, J],
        [W, W, J],
        [J, J, J],
        [BY_ALLOWANCE, J, J],
        [ANY, ANY, ANY],
    ],
    np.uint8,
)
"""By sort of purchase and sort of product."""


class Split(NamedTuple):
    """Lines that the allowance is for: which, how much of the net it covers, what the rest is."""

    at: Ints
    own: Ints
    known: Flags  # whether there is an allowance
    rest: Bytes


def purchases(kind: Bytes, linked: Bytes, prejoin: Flags, unmatched: Flags) -> Bytes:
    """The sort of purchase of each order: a linked one is linked, also before a joining."""
    outside = np.where(linked > 0, LINKED, np.where(prejoin, JOINING, OUTSIDE))
    found = np.select(
        [
            unmatched,
            kind == analytics.facts.buyers.DISTRIBUTOR,
            kind == analytics.facts.buyers.CUSTOMER,
        ],
        [np.full(len(kind), UNMATCHED), np.full(len(kind), MEMBER), outside],
        UNKNOWN,
    )
    return found.astype(np.uint8)


def goods(products: pl.DataFrame) -> Bytes:
    """The sort of every product, and at the end of what has no row: goods."""
    sort_of = np.array([KINDS[word] for word in PRODUCT_KIND], np.uint8)
    found = sort_of[products["kind"].fill_null(0).to_numpy()]
    found[products["mandatory_to_join"].fill_null(False).to_numpy()] = FEES
    return np.append(found, np.uint8(GOODS))


def of_lines(lines: Lines, bought: Bytes, products: Bytes) -> Bytes:
    """The class of each line; BY_ALLOWANCE where only the allowance tells."""
    return TABLE.ravel()[3 * bought[lines.order] + products[lines.product_row]]


def beyond(day: Rows, joined_day: Rows, listed: Flags) -> Bytes:
    """What goods beyond the allowance are: stock, near joining entry-linked, of nobody known both."""
    near = np.where(day - joined_day <= ENTRY_DAYS, J, S)
    return np.where(listed, near, S | J).astype(np.uint8)


def pieces(lines: Lines, classes: Bytes, net: Ints, split: Split) -> pl.DataFrame:
    """PIECES without what is known of products: order, line_row, product_row, classes, gross, net."""
    first, own = classes.copy(), np.zeros(len(classes), np.int64)
    mine = net[split.at]
    whole = split.known & (split.own >= mine)
    none = split.known & (split.own == 0) & (mine > 0)
    first[split.at] = np.select(
        [whole, none, split.known], [np.uint8(P), split.rest, np.uint8(P)], P | split.rest
    )
    halved = np.flatnonzero(split.known & ~whole & ~none)
    own[split.at[halved]] = split.own[halved]
    rest = np.zeros(len(classes), np.uint8)
    rest[split.at[halved]] = split.rest[halved]
    gross = lines.gross.copy()
    own_gross = _gross(lines.gross, net, own, split.at[halved])
    at = np.repeat(np.arange(len(classes)), 1 + (rest > 0))
    second = np.append(False, at[1:] == at[:-1]) & (rest[at] > 0)
    is_first = (rest[at] > 0) & ~second
    return pl.DataFrame(
        {
            "order": lines.order[at],
            "line_row": lines.line_row[at],
            "product_row": lines.product_row[at],
            "classes": np.where(second, rest[at], first[at]).astype(np.uint8),
            "gross": _halves(gross[at], own_gross[at], is_first, second),
            "net": _halves(net[at], own[at], is_first, second),
        },
        {name: PIECES[name] for name in SPLIT_COLUMNS},
    )


SPLIT_COLUMNS = ("order", "line_row", "product_row", "classes", "gross", "net")


def _halves(whole: Ints, part: Ints, is_first: Flags, second: Flags) -> Ints:
    found = np.where(is_first, part, whole)
    return np.where(second, whole - part, found)


@compiled
def _gross(gross: Ints, net: Ints, own: Ints, rows: Ints) -> Ints:
    """The own part of the gross of some lines, in the ratio of the net, half up."""
    found = np.zeros(len(gross), np.int64)
    for i in rows:
        part, rest = muldiv(own[i], gross[i], net[i])
        found[i] = part + (1 if 2 * rest >= net[i] else 0)
    return found
