"""Intervals, rate ratios, shrinkage, many tests at once, onset of a change, incomes.

Arrays in, arrays out; scipy and statsmodels do what they do. Small numbers decide most screening:
every estimate comes with an interval, and a branch is judged only after it was drawn towards the
rest of its network. Sources: Wilson (1927), Clopper and Pearson (1934), Marshall (1991) for the
moments of the Gamma prior, Benjamini and Hochberg (1995), Benjamini and Yekutieli (2001), Yekutieli
(2008) for trees, Page (1954) and Killick et al. (2012) for changes, Bass (1969), Gastwirth (1977).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.special
import scipy.stats

from analytics.kernels import compiled

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Numbers = npt.ArrayLike

Z_95, Z_95_ONE_SIDED = 1.96, 1.645
"""Of 95 % bounds, two-sided and one-sided, to the decimals that published ones use."""
MEDIAN_OF_SQUARE = 0.455
"""Median of a squared standard normal, to three decimals as published."""
TREE_FACTOR = 2 * 1.44
"""Yekutieli's universal bound: false discoveries in a whole tree, at most this times the level."""
SHRINKAGE = 10.0
"""How many observations the prior of a share is worth."""


class Interval(NamedTuple):
    """Bounds of an estimate; NaN where there is nothing to estimate."""

    lower: Floats
    upper: Floats


class Ratio(NamedTuple):
    """A ratio with its bounds; `lower_one_sided` is the 95 % lower bound, `p` against 1."""

    value: Floats
    lower: Floats
    upper: Floats
    lower_one_sided: Floats
    p: Floats


class RateComparison(NamedTuple):
    """Two Poisson rates: ratio, score interval of 95 %, two-sided p by four tests."""

    ratio: float
    lower: float
    upper: float
    p_score: float
    p_exact: float
    p_mid: float
    p_etest: float


class Shrunk(NamedTuple):
    """Estimates drawn towards a prior, with the 5 % quantile of the posterior."""

    mean: Floats
    lower: Floats
    prior_mean: Floats
    alpha: Floats
    beta: Floats


class Wealth(NamedTuple):
    """Of incomes: mean, median, Gini coefficient, share of the sum held by the best-paid part."""

    mean: float
    median: float
    gini: float
    top_1: float
    top_10: float


def _floats(numbers: Numbers) -> Floats:
    return np.asarray(numbers, np.float64)


def wilson(k: Numbers, n: Numbers, z: float = Z_95) -> Interval:
    """Score interval of a share k / n; one-sided bounds with z of the one side."""
    hits, tries = _floats(k), _floats(n)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = hits / tries
        scale = 1 + z * z / tries
        middle = (share + z * z / (2 * tries)) / scale
        half = z / scale * np.sqrt(share * (1 - share) / tries + z * z / (4 * tries * tries))
    return Interval(np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0))


def exact_binomial(k: Numbers, n: Numbers, confidence: float = 0.95) -> Interval:
    """Clopper-Pearson interval of a share k / n: never narrower than it says."""
    hits, tries = np.broadcast_arrays(_floats(k), _floats(n))
    tail = (1 - confidence) / 2
    lower = scipy.special.betaincinv(np.maximum(hits, 1), tries - hits + 1, tail)
    upper = scipy.special.betaincinv(hits + 1, np.maximum(tries - hits, 1), 1 - tail)
    bounds = np.where(hits > 0, lower, 0.0), np.where(hits < tries, upper, 1.0)
    return Interval(*(np.where(tries > 0, bound, np.nan) for bound in bounds))


def rate_ratio(count: int, exposure: float, other: int, other_exposure: float) -> RateComparison:
    """Rate `count / exposure` over the other one; statsmodels' tests for two Poisson samples."""
    from statsmodels.stats import rates  # a second of start that most commands never need

    four = (count, exposure, other, other_exposure)
    lower, upper = rates.confint_poisson_2indep(*four, method="score", compare="ratio")
    p = [
        float(rates.test_poisson_2indep(*four, method=method).pvalue)
        for method in ("score", "exact-cond", "cond-midp", "etest")
    ]
    ratio = count / exposure / (other / other_exposure) if other else np.inf
    return RateComparison(float(ratio), float(lower), float(upper), *p)


def ratio_of_ratios(a0: Numbers, a1: Numbers, b0: Numbers, b1: Numbers) -> Ratio:
    """(a1 / a0) / (b1 / b0) of counts, interval on the logarithm, Fisher's one-sided p.

    Half an event is added to both counts of a pair one of which is 0.
    """
    counts = np.broadcast_arrays(*(_floats(x) for x in (a0, a1, b0, b1)))
    before, after, other_before, other_after = counts
    pairs = [*_continued(before, after), *_continued(other_before, other_after)]
    value = pairs[1] / pairs[0] / (pairs[3] / pairs[2])
    deviation = np.sqrt(np.sum([1 / x for x in pairs], axis=0))
    total, drawn = np.sum(counts, axis=0), after + other_after
    return Ratio(
        value,
        value * np.exp(-Z_95 * deviation),
        value * np.exp(Z_95 * deviation),
        value * np.exp(-Z_95_ONE_SIDED * deviation),
        _floats(scipy.stats.hypergeom.sf(after - 1, total, before + after, drawn)),
    )


def _continued(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    more = np.where((first == 0) | (second == 0), 0.5, 0.0)
    return first + more, second + more


def gamma_poisson(counts: Numbers, exposure: Numbers) -> Shrunk:
    """Rates drawn towards their common mean, prior by Marshall's moments.

    Where the rates differ by no more than chance lets them, everybody gets the mean.
    """
    c, e = _floats(counts), _floats(exposure)
    mean = c.sum() / e.sum()
    spread = float((e * (c / e - mean) ** 2).sum() / e.sum() - mean / e.mean())
    if not spread > 0:
        same, none = np.full_like(c, mean), np.full_like(c, np.inf)
        return Shrunk(same, same, np.array(mean), none, none)
    alpha, beta = mean**2 / spread + c, mean / spread + e
    lower = _floats(scipy.stats.gamma.ppf(0.05, alpha, scale=1 / beta))
    return Shrunk(alpha / beta, lower, np.array(mean), alpha, beta)


def beta_binomial(
    k: Numbers, n: Numbers, prior_mean: Numbers, strength: float = SHRINKAGE
) -> Shrunk:
    """Shares k / n drawn towards `prior_mean`, which counts as `strength` observations."""
    prior = np.clip(_floats(prior_mean), 0.0, 1.0)
    alpha = _floats(k) + strength * prior
    beta = _floats(n) - _floats(k) + strength * (1 - prior)
    lower = _floats(scipy.stats.beta.ppf(0.05, np.maximum(alpha, 1e-12), np.maximum(beta, 1e-12)))
    return Shrunk(alpha / (alpha + beta), lower, prior, alpha, beta)


def over_dispersion(k: Numbers, n: Numbers) -> float:
    """Phi: how much more the shares k / n of groups vary than chance alone; never below 1.

    The median of the squared Pearson residuals, so that one odd group does not hide itself.
    """
    hits, tries = _floats(k), _floats(n)
    share = hits.sum() / tries.sum() if tries.sum() else 0.0
    if not 0 < share < 1:
        return 1.0
    residual = (hits - tries * share) ** 2 / (tries * share * (1 - share))
    return max(1.0, float(np.median(residual)) / MEDIAN_OF_SQUARE)


def pooled_z(k: Numbers, n: Numbers, k_rest: Numbers, n_rest: Numbers, phi: float = 1.0) -> Floats:
    """How far share k / n lies above that of the rest, in standard deviations widened by phi."""
    hits, tries, rest, rest_tries = (_floats(x) for x in (k, n, k_rest, n_rest))
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = (hits + rest) / (tries + rest_tries)
        deviation = np.sqrt(pooled * (1 - pooled) * (1 / tries + 1 / rest_tries) * phi)
        z = (hits / tries - rest / rest_tries) / deviation
    return np.where(deviation > 0, z, 0.0)


def upper_tail(z: Numbers) -> Floats:
    """One-sided p of a standard normal."""
    return _floats(scipy.stats.norm.sf(z))


def benjamini_hochberg(p: Numbers) -> Floats:
    """Adjusted p: rejected at q where it is ≤ q, false discoveries then at most q on average."""
    return _adjusted(_floats(p), "bh")


def benjamini_yekutieli(p: Numbers) -> Floats:
    """Adjusted p under any dependence."""
    return _adjusted(_floats(p), "by")


def _adjusted(p: Floats, method: str) -> Floats:
    return _floats(scipy.stats.false_discovery_control(p, method=method)) if p.size else p


def tree_level(target: float) -> float:
    """Level of the tests of every family that keeps false discoveries of the tree at `target`."""
    return target / TREE_FACTOR


def yekutieli(parent: Ints, p: Numbers, level: float) -> Flags:
    """Which nodes of a forest are rejected when tests go down it.

    `parent` is the index of the node above, negative for a top; any order. A family, the nodes that
    share a parent, is tested by Benjamini-Hochberg at `level` only if its parent was rejected.
    """
    values = _floats(p)
    rejected = np.zeros(len(values), np.bool_)
    above = np.where(parent >= 0, parent, -1)
    open_now = np.flatnonzero(above < 0)
    while open_now.size:
        adjusted = _by_family(above[open_now], values[open_now])
        failed = open_now[adjusted <= level]
        rejected[failed] = True
        open_now = np.flatnonzero(np.isin(above, failed) & (above >= 0)) if failed.size else failed
    return rejected


def _by_family(family: Ints, p: Floats) -> Floats:
    """Benjamini-Hochberg within each family: a running minimum from its largest p down."""
    order = np.lexsort((p, family))
    sorted_family = family[order]
    first = np.r_[True, sorted_family[1:] != sorted_family[:-1]]
    start = np.flatnonzero(first)
    size = np.diff(np.r_[start, len(p)])
    rank = np.arange(len(p)) - np.repeat(start, size) + 1
    scaled = p[order] * np.repeat(size, size) / rank
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(_running_minimum(scaled, first), 1.0)
    return adjusted


@compiled
def _running_minimum(scaled: Floats, first: Flags) -> Floats:
    """Of each run that begins at `first`, the minimum of what follows."""
    smallest = scaled.copy()
    for i in range(len(scaled) - 2, -1, -1):
        if not first[i + 1] and smallest[i + 1] < smallest[i]:
            smallest[i] = smallest[i + 1]
    return smallest


def onset(
    counts: Numbers, trailing: int = 26, slack: float = 0.5, limit: float = 5.0
) -> int | None:
    """Index from which counts run above (or below) what the `trailing` ones before them were.

    Two cumulative sums of standardised deviations; the first that passes `limit` gives the start of
    its run. Dates a change, is no verdict. None: no change, or fewer than `trailing` + 1 counts.
    """
    series = _floats(counts)
    sums, starts = np.zeros(2), np.zeros(2, np.int64)
    for i in range(trailing, len(series)):
        before = series[i - trailing : i]
        deviation = (series[i] - before.mean()) / np.sqrt(max(before.mean(), 1.0))
        for side, signed in enumerate((deviation, -deviation)):
            starts[side] = i if sums[side] == 0 else starts[side]
            sums[side] = max(0.0, sums[side] + signed - slack)
            if sums[side] > limit:
                return int(starts[side])
    return None


def change_points(counts: Numbers, penalty: float | None = None) -> tuple[int, ...]:
    """Indices at which the rate of a Poisson series changes: the partition of least cost (PELT).

    Cost is minus twice the log-likelihood plus `penalty` a change, by default 3 x ln(length).
    """
    series = _floats(counts)
    price = 3 * np.log(max(len(series), 2)) if penalty is None else penalty
    last = _partition(np.concatenate(([0.0], np.cumsum(series))), price)
    found: list[int] = []
    at = int(last[len(series)])
    while at > 0:
        found.append(at)
        at = int(last[at])
    return tuple(reversed(found))


@compiled
def _partition(prefix: Floats, price: float) -> Ints:
    """By end, the start of the last stretch of the cheapest partition."""
    length = len(prefix) - 1
    best, last = np.full(length + 1, np.inf), np.zeros(length + 1, np.int64)
    best[0] = -price
    for end in range(1, length + 1):
        for start in range(end):
            total = prefix[end] - prefix[start]
            cost = best[start] + price
            if total > 0:
                cost += 2 * (total - total * np.log(total / (end - start)))
            if cost < best[end]:
                best[end], last[end] = cost, start
    return last


def bass(time: Numbers, innovation: float, imitation: float) -> Floats:
    """Share of all adopters by `time` under Bass diffusion with p and q."""
    decay = np.exp(-(innovation + imitation) * _floats(time))
    return (1 - decay) / (1 + imitation / innovation * decay)


def bass_peak(innovation: float, imitation: float) -> float:
    """When most adopt."""
    return float(np.log(imitation / innovation) / (innovation + imitation))


def harmonic(n: Numbers) -> Floats:
    """H_n = 1 + 1/2 + ... + 1/n; the mean depth of a random recursive tree is H_n - 1."""
    return _floats(scipy.special.digamma(_floats(n) + 1) + np.euler_gamma)


def expected_recruits(entrant: Numbers, persons: Numbers) -> Floats:
    """Recruits that the k-th entrant of N may expect if newcomers pick sponsors by chance."""
    return harmonic(_floats(persons) - 1) - harmonic(_floats(entrant) - 1)


def board_losers(generations: int) -> float:
    """Share of a gifting board (eight pay the one on top, then it splits) that is never paid."""
    paid = (1 << max(generations - 3, 0)) - 1
    return 1 - paid / ((1 << generations) - 1)


def gini(amounts: Numbers) -> float:
    """0: everybody the same, towards 1: one has all. NaN for nothing."""
    sorted_up = np.sort(_floats(amounts))
    total, n = sorted_up.sum(), len(sorted_up)
    if not total > 0:
        return float("nan")
    return float((2 * np.arange(1, n + 1) - n - 1) @ sorted_up / (n * total))


def top_share(amounts: Numbers, part: float) -> float:
    """Share of the sum that goes to the best-paid `part` of all, at least one of them."""
    sorted_down = -np.sort(-_floats(amounts))
    total = sorted_down.sum()
    if not total > 0:
        return float("nan")
    return float(sorted_down[: max(1, round(part * len(sorted_down)))].sum() / total)


def wealth(amounts: Numbers) -> Wealth:
    """Concentration of incomes, those who earn nothing included as 0."""
    values = _floats(amounts)
    if not values.size:
        return Wealth(*(float("nan") for _ in range(5)))
    tops = (top_share(values, part) for part in (0.01, 0.10))
    return Wealth(float(values.mean()), float(np.median(values)), gini(values), *tops)


def banded(parts: Numbers, means: Numbers) -> tuple[float, Floats]:
    """Overall mean and the share of the sum of each band, from the bands' parts and means."""
    sums = _floats(parts) * _floats(means)
    return float(sums.sum() / _floats(parts).sum()), sums / sums.sum()
