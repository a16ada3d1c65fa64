"""Published numbers and worked fixtures of the statistics that rules rest on."""

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest
import scipy.stats

import analytics.statistics as s


def close(found: object, expected: object, digits: int) -> None:
    assert found == pytest.approx(expected, abs=0.5 * 10**-digits)


def test_wilson_and_exact_agree_with_scipy() -> None:
    for k, n in ((0, 5), (1, 30), (15, 30), (30, 30), (9384, 10000)):
        ours = s.wilson(k, n, z=float(scipy.stats.norm.ppf(0.975)))
        theirs = scipy.stats.binomtest(k, n).proportion_ci(method="wilson")
        close((ours.lower, ours.upper), (theirs.low, theirs.high), 9)
        exact, other = s.exact_binomial(k, n), scipy.stats.binomtest(k, n).proportion_ci()
        close((exact.lower, exact.upper), (other.low, other.high), 9)


def test_nothing_tried_has_no_interval() -> None:
    assert np.isnan(s.wilson([0], [0]).lower).all()
    assert np.isnan(s.exact_binomial([0], [0]).upper).all()


def test_rates_of_breast_cancer_by_fluoroscopy() -> None:
    """compliance.md B2.2: ratio 2.11 and five p values."""
    found = s.rate_ratio(60, 51477.5, 30, 54308.7)
    close(found.ratio, 2.11, 2)
    close((found.lower, found.upper), (1.366, 3.259), 3)
    close((found.p_score, found.p_exact, found.p_mid), (0.000632, 0.000675, 0.000557), 6)
    close(found.p_etest, 0.000567, 6)


def test_ratio_of_ratios_fx15() -> None:
    found = s.ratio_of_ratios(40, 90, 400, 420)
    close((found.value, found.lower, found.upper), (2.1429, 1.4410, 3.1867), 3)
    close(found.value, 2.1429, 4)
    close(found.upper, 3.1867, 4)
    close(found.p, 7.871e-5, 8)
    close(found.lower_one_sided, 1.5359, 4)
    few = s.ratio_of_ratios(2, 5, 10, 10)
    close(few.value, 2.5, 9)
    close(few.lower, 0.39, 2)
    close(few.upper, 16, 0)


def test_half_an_event_only_beside_a_zero() -> None:
    found = s.ratio_of_ratios([0, 4], [3, 8], [5, 5], [5, 10])
    close(found.value, [3.5 / 0.5, 1.0], 9)


def test_gamma_poisson_fx17() -> None:
    found = s.gamma_poisson([1, 3, 30, 5, 120, 2], [1, 10, 400, 50, 300, 40])
    close(found.prior_mean, 0.2010, 4)
    close(found.alpha[0] - 1, 1.6869, 4)
    close(found.beta[0] - 1, 8.3928, 4)
    close(found.mean, [0.2861, 0.2548, 0.0776, 0.1145, 0.3946, 0.0762], 4)
    close(found.lower, [0.0704, 0.0966, 0.0564, 0.0526, 0.3376, 0.0245], 4)


def test_equal_rates_all_get_the_mean() -> None:
    found = s.gamma_poisson([10, 20], [100, 200])
    close(found.mean, [0.1, 0.1], 12)


def test_shares_are_drawn_by_ten_observations() -> None:
    found = s.beta_binomial([15, 150, 0], [20, 200, 0], 0.25)
    close(found.mean, [17.5 / 30, 152.5 / 210, 0.25], 12)
    assert (found.lower < found.mean).all()
    close(s.beta_binomial(5, 5, 1.0).mean, 1.0, 12)


def test_phi_of_chance_is_one_and_of_cascades_is_more() -> None:
    rng = np.random.default_rng(7)
    n = np.full(400, 50)
    assert s.over_dispersion(rng.binomial(n, 0.3), n) < 1.3
    assert s.over_dispersion(rng.binomial(n, rng.beta(1.5, 3.5, 400)), n) > 3
    assert s.over_dispersion([0, 0], [10, 10]) == 1.0


def test_pooled_z_is_the_two_sample_test() -> None:
    z = s.pooled_z(30, 40, 100, 400)
    table = scipy.stats.chi2_contingency([[30, 10], [100, 300]], correction=False)
    statistic = np.asarray(table[0])
    close(z * z, statistic, 9)
    close(s.pooled_z(30, 40, 100, 400, phi=4.0), z / 2, 12)
    assert s.pooled_z(0, 10, 0, 10) == 0


P_VALUES = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216]


def test_benjamini_two_and_yekutieli_one() -> None:
    assert (s.benjamini_hochberg(P_VALUES) <= 0.05).sum() == 2
    assert (s.benjamini_yekutieli(P_VALUES) <= 0.05).sum() == 1
    assert s.benjamini_hochberg([]).size == 0
    assert s.benjamini_yekutieli([]).size == 0


def test_level_down_a_tree_fx19() -> None:
    close(s.tree_level(0.05), 0.01736, 5)


def test_tree_stops_below_what_is_not_rejected() -> None:
    """0 and 1 are tops; 2 and 3 stand below 0, 4 below 1, 5 below 2."""
    parent = np.array([-1, -1, 0, 0, 1, 2])
    found = s.yekutieli(parent, [0.001, 0.5, 0.004, 0.9, 0.0001, 0.01], s.tree_level(0.05))
    assert found.tolist() == [True, False, True, False, False, True]


@hypothesis.given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_one_family_is_benjamini_hochberg(p: list[float]) -> None:
    parent = np.full(len(p), -1)
    flat = s.benjamini_hochberg(p) <= 0.05
    assert (s.yekutieli(parent, p, 0.05) == flat).all() or np.isclose(p, 0.05).any()


def test_tree_keeps_false_discoveries_low() -> None:
    rng = np.random.default_rng(11)
    parent = np.r_[np.full(10, -1), np.repeat(np.arange(10), 10)]
    level = s.tree_level(0.05)
    runs = [s.yekutieli(parent, rng.uniform(size=110), level).any() for _ in range(400)]
    assert np.mean(runs) < 0.05


def test_onset_of_a_wave() -> None:
    quiet = [4, 5, 3, 6, 4, 5, 4, 3, 5, 4] * 4
    assert s.onset(quiet) is None
    assert s.onset([*quiet, 15, 18, 20]) == 40
    assert s.onset([*quiet, 0, 0, 0, 0, 0, 0]) == 40
    assert s.onset([1, 2]) is None


def test_partition_finds_both_changes() -> None:
    rng = np.random.default_rng(3)
    series = np.r_[rng.poisson(5, 40), rng.poisson(20, 30), rng.poisson(2, 40)]
    first, second = s.change_points(series)
    assert abs(first - 40) <= 1 and abs(second - 70) <= 1
    assert s.change_points(rng.poisson(5, 100)) == ()
    assert s.change_points([]) == ()


def test_bass_diffusion() -> None:
    """p = .03, q = .38 (compliance.md B)."""
    peak = s.bass_peak(0.03, 0.38)
    close(peak, 6.1926, 4)
    close(s.bass([peak, 5, 10], 0.03, 0.38), [0.4605, 0.3312, 0.8128], 4)


def test_first_third_can_expect_one_recruit() -> None:
    close(s.expected_recruits([368, 369], 1000), [1.0005, 0.9978], 4)


def test_random_recursive_tree_fx21() -> None:
    n = 5000
    close(s.harmonic(n) - 1, 8.095, 3)
    rng = np.random.default_rng(5)
    sponsor = np.r_[0, (rng.uniform(size=n - 1) * np.arange(1, n)).astype(int)]
    depth = np.zeros(n)
    for i in range(1, n):
        depth[i] = depth[sponsor[i]] + 1
    recruits = np.bincount(sponsor[1:], minlength=n)
    shares = [(recruits == k).mean() for k in range(3)]
    assert shares == pytest.approx([0.5, 0.25, 0.125], abs=0.02)
    assert depth.mean() == pytest.approx(8.095, abs=0.8)


@pytest.mark.parametrize(("generations", "losers"), [(4, 0.9333), (6, 0.8889), (10, 0.8759)])
def test_gifting_board(generations: int, losers: float) -> None:
    close(s.board_losers(generations), losers, 4)


def test_korean_sellers_2023_fx23() -> None:
    mean, shares = s.banded([0.01, 0.05, 0.24, 0.70], [71.08, 7.345, 0.81, 0.08])
    close(mean, 1.32845, 5)
    close(shares[0], 0.5351, 4)
    close(shares[:2].sum(), 0.8115, 4)
    close(shares[3], 0.0422, 4)
    close(1.25 / 7.20, 0.1736, 4)
    close(1.6558 / 4.9606, 0.3338, 4)


def test_korean_sellers_2024() -> None:
    mean, shares = s.banded([0.01, 0.05, 0.24, 0.70], [70.16, 7.21, 0.80, 0.08])
    close(mean, 1.3101, 4)
    close(shares[0], 0.5355, 4)
    close(1.5099 / 4.5373, 0.3328, 4)


@pytest.mark.parametrize(
    ("k", "n", "share"),
    [
        (27_517, 1_573_435, 0.017),
        (9_451, 1_573_435, 0.006),
        (704, 71_535, 0.00984),
        (40_120, 71_535, 0.5608),
    ],
)
def test_published_shares_stand_in_their_intervals(k: int, n: int, share: float) -> None:
    assert k / n == pytest.approx(share, abs=5e-4)
    found = s.exact_binomial(k, n)
    assert found.lower < k / n < found.upper


def test_incomes() -> None:
    close(s.gini([1, 1, 1, 1]), 0, 12)
    close(s.gini([0, 0, 0, 1]), 0.75, 12)
    close(s.top_share([1] * 99 + [101], 0.01), 101 / 200, 12)
    found = s.wealth([0, 0, 10])
    close((found.mean, found.median), (10 / 3, 0), 9)
    assert np.isnan(s.wealth([]).mean) and np.isnan(s.gini([0])) and np.isnan(s.top_share([0], 0.1))
