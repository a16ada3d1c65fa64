"""Paths as frames: what every ancestor on a path gets and why, and the lines where they differ.

Also the way back: the paths that earlier nights have frozen, as the walk would have given them.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

import analytics.amounts
from analytics.amounts import MILLI, MIXED, NONE, Entitled, Work
from analytics.columns import Columns
from analytics.commission_schema import PATH_LINES, PATHS, typed
from analytics.exact import Odd
from analytics.network import Ints, Rows
from analytics.plan import Plan
from analytics.terms import Words
from analytics.walk import NO_ANCESTOR, PAID, SELF_PURCHASE, UNQUALIFIED, ZERO_RATE, Steps
from graph.model import BUYER_KIND, NOBODY, OUTCOME
from graph.money import Exact

CAPPED, BELOW = OUTCOME.index("capped"), OUTCOME.index("below_one_minor_unit")
MIXED_WORD = "mixed"


class Part(NamedTuple):
    """The orders of one plan version worked out together."""

    plan: Plan
    rows: Rows
    work: Work
    entitled: Entitled
    share: pl.Series  # by path row, Int128 over 1000 x scale; `large` rows are not in `entitled`
    large: list[int]
    base_milli: pl.Series  # by order, Int128
    bases: pl.Series  # by piece, Int128
    odd: Odd  # by state, lines that 64-bit whole numbers do not hold
    line: Rows  # by piece, row in columns.lines
    words: Words
    ranks: list[str | None]


def frame(columns: Columns, part: Part, cut: Ints) -> pl.DataFrame:
    """PATHS of the orders of a part; `cut` is what period caps take, by path row."""
    steps, found = part.work.steps, part.entitled
    size = int(steps.start[-1])
    at = np.repeat(np.arange(len(part.rows), dtype=np.int64), np.diff(steps.start))
    amount = found.granted[:size] - cut
    number, over = _reduced(part)
    rows = part.rows[at]
    position = pl.Series(steps.position)
    made = {
        "order_row": rows,
        "position": position.set(position < 0, None),
        "beneficiary_row": steps.beneficiary,
        "level": steps.level,
        "gate": steps.gate,
        "failed": steps.failed,
        "outcome": outcomes(part, amount),
        "rate": _rates(found.rate[:size], part.words),
        "rate_source": _sources(found.source[:size], part.words),
        "base_milli": part.base_milli.gather(at),
        "share_num": number,
        "share_den": over,
        "amount": amount,
        "cut": found.rounded[:size] - amount,
        "currency": columns.orders["currency"].gather(rows),
        "rank": pl.Series(part.ranks, dtype=pl.String).gather(steps.rank),
    }
    return typed(pl.DataFrame(made), PATHS)


def outcomes(part: Part, amount: Ints) -> npt.NDArray[np.uint8]:
    """The outcome of every path row, `amount` being what is left of it after all caps."""
    size = len(amount)
    zero, rounded = part.entitled.zero[:size], part.entitled.rounded[:size]
    after = np.full(size, PAID, np.uint8)
    after[amount == 0] = CAPPED
    after[rounded == 0] = BELOW
    after[zero] = ZERO_RATE
    return np.where(part.work.steps.gate == PAID, after, part.work.steps.gate).astype(np.uint8)


def shares(work: Work, found: Entitled, exact: dict[int, Exact]) -> tuple[pl.Series, list[int]]:
    """The shares of path rows over 1000 x scale, and the rows whose share only `exact` knows."""
    size = int(work.steps.start[-1])
    share = pl.Series("share", found.share[:size]).cast(pl.Int128)
    large = [row for row in exact if row < size]
    if not large:
        return share, large
    numbers = [exact[row] * MILLI * work.terms.scale for row in large]
    assert all(number.denominator == 1 for number in numbers)
    values = pl.Series([number.numerator for number in numbers], dtype=pl.Int128)
    return share.scatter(pl.Series(large, dtype=pl.UInt32), values), large


def _reduced(part: Part) -> tuple[pl.Series, Ints]:
    """Numerators and denominators of the exact shares, in lowest terms."""
    scale = MILLI * part.work.terms.scale
    share = part.entitled.share[: len(part.share)]
    common = np.gcd(share, scale)
    number, over = pl.Series(share // common).cast(pl.Int128), scale // common
    if part.large:
        at = pl.Series(part.large, dtype=pl.UInt32)
        large, below = _lowest(part.share.gather(at), scale)
        number = number.scatter(at, large)
        over[part.large] = below.to_numpy()
    return number, over


def _rates(numbers: Ints, words: Words) -> pl.Series:
    """Each rate as a decimal string, null for NONE."""
    different, which = np.unique(numbers, return_inverse=True)
    texts = [None if number == NONE else words.rate(number) for number in different.tolist()]
    return pl.Series(texts, dtype=pl.String).gather(which)


def _sources(sources: Rows, words: Words) -> pl.Series:
    texts = pl.Series([*words.sources, MIXED_WORD, None], dtype=pl.String)
    last = {NONE: len(words.sources) + 1, MIXED: len(words.sources)}
    which = np.where(sources >= 0, sources, np.where(sources == NONE, last[NONE], last[MIXED]))
    return texts.gather(which)


def lines(line_no: pl.Series, part: Part) -> pl.DataFrame:
    """PATH_LINES of the path rows whose lines differ; `line_no` of all lines."""
    steps, pieces = part.work.steps, part.work.pieces
    mixed = np.flatnonzero(part.entitled.source[: int(steps.start[-1])] == MIXED)
    order = np.searchsorted(steps.start, mixed, side="right") - 1
    lengths = np.diff(pieces.start)[order]
    step = np.repeat(mixed, lengths)
    piece = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    piece += np.repeat(pieces.start[order], lengths)
    order = np.repeat(order, lengths)
    number, source, fixed = analytics.amounts.terms_of(part.work, order, step, piece)
    position = pl.Series(steps.position[step])
    made = pl.DataFrame(
        {
            "order_row": part.rows[order],
            "line_no": line_no.gather(part.line[piece]),
            "position": position.set(position < 0, None),
            "beneficiary_row": steps.beneficiary[step],
            "level": steps.level[step],
            "rate": _rates(np.where(fixed, NONE, number), part.words),
            "rate_source": _sources(source, part.words),
            "base_milli": part.bases.gather(piece),
            "major": part.work.orders.major[order],
            "units": pieces.units[piece],
            "number": number,
            "fixed": fixed,
        }
    )
    of = pl.when("fixed").then(pl.col("units").cast(pl.Int128) * pl.col("major"))
    made = made.with_columns((of.otherwise("base_milli") * pl.col("number")).alias("share"))
    exact, over = _lowest(made["share"], MILLI * part.work.terms.scale)
    made = made.with_columns(exact.alias("share_num"), over.alias("share_den"))
    found = typed(made, PATH_LINES)
    return found.sort("order_row", "line_no", "position", "level", nulls_last=True)


def _lowest(shares: pl.Series, scale: int) -> tuple[pl.Series, pl.Series]:
    """Fractions over `scale` in lowest terms."""
    exact = [Exact(share, scale) for share in shares.to_list()]
    numbers = pl.Series([one.numerator for one in exact], dtype=pl.Int128)
    return numbers, pl.Series([one.denominator for one in exact], dtype=pl.Int64)


class Kept(NamedTuple):
    """What a night has frozen of a batch, by (order, position)."""

    at: Ints  # order of the batch
    position: Rows
    beneficiary: Rows
    level: npt.NDArray[np.uint8]
    gate: npt.NDArray[np.uint8]
    rank: Rows


def frozen(columns: Columns, rows: Rows, ranks: list[str | None], plan: Plan) -> Steps:
    """The paths of orders that an earlier night has frozen, as its walk gave them."""
    place = np.full(columns.orders.height, NOBODY, np.int64)
    place[rows] = np.arange(len(rows))
    at = place[columns.frozen_paths["order_row"].to_numpy()]
    kept, at = columns.frozen_paths.filter(at >= 0), at[at >= 0]
    code = pl.DataFrame({"rank": pl.Series(ranks, dtype=pl.String), "code": range(len(ranks))})
    coded = kept.select("rank").join(
        code, on="rank", how="left", nulls_equal=True, maintain_order="left"
    )
    himself = columns.orders.select(BUYER_IS_SELLER).to_series().to_numpy()[rows]
    found = Kept(
        at=at,
        position=kept["position"].to_numpy(),
        beneficiary=kept["beneficiary_row"].to_numpy(),
        level=kept["level"].to_numpy(),
        gate=kept["gate"].to_numpy(),
        rank=coded["code"].cast(pl.Int32).to_numpy(),
    )
    return completed(found, himself, plan)


def completed(kept: Kept, himself: npt.NDArray[np.bool_], plan: Plan) -> Steps:
    """Frozen paths with the levels that nobody stands for; `himself`, by order: the buyer sold."""
    orders = len(himself)
    taken = np.zeros(orders, np.int64)
    np.maximum.at(taken, kept.at, kept.level.astype(np.int64))
    nobody = _without_ancestor(taken, himself, plan)
    order = np.argsort(np.concatenate([kept.at, nobody.at]), kind="stable")
    whole = Kept(*(_joined(one, other)[order] for one, other in zip(kept, nobody, strict=True)))
    start = np.zeros(orders + 1, np.int64)
    np.cumsum(np.bincount(whole.at, minlength=orders), out=start[1:])
    return Steps(
        start=start,
        position=whole.position,
        beneficiary=whole.beneficiary,
        level=whole.level,
        gate=whole.gate,
        failed=_failed(whole.gate),
        rank=whole.rank,
        unfinished=np.zeros(orders, np.bool_),
    )


def _joined(one: Any, other: Any) -> npt.NDArray[Any]:
    return np.concatenate([one, other])


def _without_ancestor(taken: Ints, himself: npt.NDArray[np.bool_], plan: Plan) -> Kept:
    """The levels above the last one that somebody stands for, `taken` by order."""
    missing = np.maximum(0, plan.max_paid_levels - taken)
    if plan.kind == "differential":
        missing[:] = 0
    at = np.repeat(np.arange(len(taken)), missing)
    first = np.repeat(np.cumsum(missing) - missing, missing)
    all_his = himself[at] & (plan.self_purchase == "nobody")
    return Kept(
        at=at,
        position=np.full(len(at), NOBODY, np.int32),
        beneficiary=np.full(len(at), NOBODY, np.int32),
        level=(taken[at] + 1 + np.arange(len(at)) - first).astype(np.uint8),
        gate=np.where(all_his, SELF_PURCHASE, NO_ANCESTOR).astype(np.uint8),
        rank=np.zeros(len(at), np.int32),
    )


def _failed(gate: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The bit of the predicate that a gate names; of a frozen path only the first is known."""
    named = (gate >= UNQUALIFIED) & (gate < ZERO_RATE)
    return np.where(named, 1 << (gate - UNQUALIFIED) % 8, 0).astype(np.uint8)


BUYER_IS_SELLER = (
    (pl.col("buyer_kind") == BUYER_KIND.index("distributor"))
    & (pl.col("buyer_row") == pl.col("seller_row"))
    & (pl.col("seller_row") != NOBODY)
)
