"""Income in the layout of the Korean FTC, from plain columns: bands, percentiles, small cells.

Everybody who took part counts, those who earned nothing too. The paid are sorted by income: the
uppermost 1 %, from there to 6 %, to 30 %, and the rest. A person stands above an edge where no more
than that share of the paid stands at or above him, so no band is ever wider than it says. Cells of
fewer than SMALL persons show no figures; where one cell alone is hidden, or all hidden ones hold
fewer than SMALL together, the next smallest is hidden too, or they could be worked out from sums.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from analytics.facts.frames import Floats

SMALL = 5
EDGES_PERCENT = (1, 6, 30)
BANDS = ("top_1", "from_1_to_6", "from_6_to_30", "rest", "nothing")
"""The paid by rank, then everybody who was paid nothing."""
PERCENTILES = (10, 25, 50, 75, 90, 95, 99)


def of_ranks(paid: int) -> list[int]:
    """How many of `paid` persons stand in each band of EDGES_PERCENT and in the rest."""
    upto = [0, *(paid * edge // 100 for edge in EDGES_PERCENT), paid]
    return [high - low for low, high in zip(upto, upto[1:], strict=False)]


def banded(income: pl.Series) -> pl.Series:
    """The band of each person's income (minor units); what is not above 0 is no pay.

    Equal incomes are taken in the order given, so give them in a fixed order.
    """
    values = income.cast(pl.Float64).to_numpy()
    order = np.argsort(-values, kind="stable")
    paid = int((values > 0).sum())
    names = np.repeat(BANDS, [*of_ranks(paid), len(values) - paid])
    found = np.empty(len(values), dtype=object)
    found[order] = names
    return pl.Series("group", found, dtype=pl.String)


def percentiles(values: Floats) -> list[float | None]:
    """PERCENTILES by linear interpolation; null where fewer than SMALL persons stand beyond one."""
    if not len(values):
        return [None] * len(PERCENTILES)
    found = np.percentile(values, PERCENTILES)
    beyond = [len(values) * min(q, 100 - q) / 100 for q in PERCENTILES]
    return [
        float(value) if many >= SMALL else None for value, many in zip(found, beyond, strict=True)
    ]


def hidden(persons: Sequence[int]) -> list[bool]:
    """Which cells of a partition must not show their figures."""
    small = [0 < count < SMALL for count in persons]
    others = [i for i, count in enumerate(persons) if count and not small[i]]
    for i in sorted(others, key=lambda i: (persons[i], i)):
        together = sum(count for count, hide in zip(persons, small, strict=True) if hide)
        if not any(small) or (sum(small) > 1 and together >= SMALL):
            break
        small[i] = True
    return small


def suppressed(frame: pl.DataFrame, figures: Sequence[str]) -> pl.DataFrame:
    """`frame`, whose rows are a partition with `persons`, with small cells' persons and `figures`
    null and `suppressed` set.
    """
    flags = pl.Series("suppressed", hidden(frame["persons"].to_list()), dtype=pl.Boolean)
    marked = frame.with_columns(flags)
    return marked.with_columns(
        pl.when(~pl.col("suppressed")).then(pl.col(name)).alias(name)
        for name in ("persons", *figures)
    )
