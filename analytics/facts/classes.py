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
    found: Bytes = TABLE[bought[lines.order], products[lines.product_row]]
    return found


def beyond(day: Rows, joined_day: Rows, listed: Flags) -> Bytes:
    """What goods beyond the allowance are: stock, near joining entry-linked, unlisted: either."""
    near = np.where(day - joined_day <= ENTRY_DAYS, J, S)
    return np.where(listed, near, S | J).astype(np.uint8)


def pieces(lines: Lines, classes: Bytes, net: Ints, split: Split) -> pl.DataFrame:
    """SPLIT_COLUMNS of PIECES: lines in order, one that is split in two one after the other."""
    first = classes.copy()
    mine = net[split.at]
    whole = split.known & (split.own >= mine)
    none = split.known & (split.own == 0) & (mine > 0)
    first[split.at] = np.select(
        [whole, none, split.known], [np.uint8(P), split.rest, np.uint8(P)], P | split.rest
    )
    halved = np.flatnonzero(split.known & ~whole & ~none)
    lines_halved, own = split.at[halved], split.own[halved]
    at = np.arange(len(classes))
    if len(halved):
        times = np.ones(len(classes), np.int64)
        times[lines_halved] = 2
        at = np.repeat(at, times)
    front = lines_halved + np.arange(len(halved))
    kinds = first[at]
    kinds[front], kinds[front + 1] = np.uint8(P), split.rest[halved]
    own_gross = _gross(lines.gross[lines_halved], net[lines_halved], own)
    return pl.DataFrame(
        {
            "order": lines.order[at],
            "line_row": lines.line_row[at],
            "product_row": lines.product_row[at],
            "classes": kinds,
            "gross": _halves(lines.gross, at, front, own_gross),
            "net": _halves(net, at, front, own),
        },
        {name: PIECES[name] for name in SPLIT_COLUMNS},
    )


SPLIT_COLUMNS = ("order", "line_row", "product_row", "classes", "gross", "net")


def _halves(whole: Ints, at: Ints, front: Ints, part: Ints) -> Ints:
    """`whole` piece by piece, where a line is in two: its part, and the rest."""
    found = whole[at]
    found[front], found[front + 1] = part, found[front] - part
    return found


@compiled
def _gross(gross: Ints, net: Ints, own: Ints) -> Ints:
    """The own part of the gross of some lines, in the ratio of the net, half up."""
    found = np.zeros(len(gross), np.int64)
    for i in range(len(gross)):
        part, rest = muldiv(own[i], gross[i], net[i])
        found[i] = part + (1 if 2 * rest >= net[i] else 0)
    return found
