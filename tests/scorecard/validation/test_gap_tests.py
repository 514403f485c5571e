"""The exact test of one law of two samples: by listing, against scipy, and its size with ties."""

from itertools import combinations

import numpy as np
import pytest
from scipy import special, stats

from infotheory.scorecard import kolmogorov_smirnov
from infotheory.scorecard.validation.gap_tests import exact_gap_p_value
from tests.studies import Study


def counts_of(first, second):
    values = np.unique(np.r_[first, second])
    return np.array([[np.count_nonzero(x == v) for v in values] for x in (first, second)])


def by_listing(counts):
    """Share of all choices of the rows of the first sample that leave as large a gap."""
    values, n = np.repeat(np.arange(counts.shape[1]), counts.sum(axis=0)), counts[0].sum()

    def gap(of_first):
        return np.abs(values.size * np.cumsum(of_first) - n * np.cumsum(counts.sum(axis=0))).max()

    seen = gap(counts[0])
    choices = combinations(range(values.size), int(n))
    gaps = [gap(np.bincount(values[list(c)], minlength=counts.shape[1])) for c in choices]
    return np.mean(np.array(gaps) >= seen)


@pytest.mark.parametrize("seed", range(12))
def test_the_share_of_all_choices_that_leave_as_large_a_gap(seed):
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 4, (2, rng.integers(2, 6)))
    counts[:, 0] += 1
    counts = counts[:, : 1 + np.searchsorted(np.cumsum(counts.sum(axis=0)), 12)]
    assert exact_gap_p_value(counts) == pytest.approx(by_listing(counts), rel=1e-10)
    assert exact_gap_p_value(counts[::-1, ::-1]) == pytest.approx(by_listing(counts), rel=1e-10)


@pytest.mark.parametrize("sizes", [(15, 60), (40, 41), (9, 300)])
def test_without_ties_it_is_that_of_scipy(sizes):
    rng = np.random.default_rng(3)
    first, second = rng.normal(size=sizes[0]), rng.normal(0.4, 1.0, sizes[1])
    exact = exact_gap_p_value(counts_of(first, second))
    assert exact == pytest.approx(stats.ks_2samp(first, second, method="exact").pvalue, rel=1e-9)


def test_what_takes_long_is_left_to_the_limit_law():
    rng = np.random.default_rng(4)
    assert exact_gap_p_value(rng.integers(0, 2, (2, 1500))) is None
    assert exact_gap_p_value(rng.multinomial(400_000, np.full(900, 1 / 900), 2)) is None

    # probabilities below 1e-18 rest on steps that are left out
    apart = np.array([[300, 0], [0, 900]])
    assert exact_gap_p_value(apart) is None
    y, score = np.repeat([0, 1], [900, 300]), np.repeat([0, 1], [900, 300])
    assert kolmogorov_smirnov(y, score).p_value == special.kolmogorov(15.0)

    # few events beside very many rows are a short count: no table of all of these is made
    beside = np.array([[10_000_000, 90_000_000, 100_000_000], [5, 5, 10]])
    binomial = stats.multinomial(20, [0.05, 0.45, 0.5])
    far = [
        (a, b) for a in range(21) for b in range(21 - a) if max(abs(a - 1), abs(a + b - 10)) >= 4
    ]
    wanted = sum(binomial.pmf([a, b, 20 - a - b]) for a, b in far)
    assert exact_gap_p_value(beside) == pytest.approx(wanted, rel=1e-5)

    # many rows of few values are counted, and near the limit law where the values are many
    even = rng.multinomial(20_000, np.full(400, 1 / 400), 2)
    gap = np.abs(np.diff(np.cumsum(even, axis=1) / 20_000, axis=0)).max()
    assert exact_gap_p_value(even) == pytest.approx(special.kolmogorov(100.0 * gap), rel=0.1)


def test_interval_and_test_agree_about_equal_laws():
    """Points of four values, whose gap the limit law would call equal with p = .11."""
    counts = np.array([[180, 200, 220, 200], [56, 58, 48, 38]])
    y, score = np.repeat([0, 1], counts.sum(axis=1)), np.tile(np.arange(4), 2)
    gap = kolmogorov_smirnov(y, np.repeat(score, counts.ravel()))
    assert gap.p_value == exact_gap_p_value(counts)
    assert gap.p_value < 0.05 < special.kolmogorov(gap.value * np.sqrt(160.0))
    assert gap.interval(0.95)[0] > 0.0
    assert gap.interval(1.0 - 0.9 * gap.p_value)[0] == 0.0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sizes", "shares"),
    [
        ((20, 400), [0.2, 0.3, 0.3, 0.2]),
        ((50, 500), [0.7, 0.2, 0.1]),
        ((60, 60), np.full(12, 1 / 12)),
        ((200, 3000), np.r_[0.5, np.full(10, 0.05)]),
    ],
)
def test_size_with_ties(sizes, shares):
    """Kolmogorov's limit law rejects .000 to .022 here, and this test .040 to .052."""
    rng, study = np.random.default_rng(5), Study(600, size=(0.01, 0.06))
    for _ in study:
        counts = np.array([rng.multinomial(n, shares) for n in sizes])
        counts = counts[:, counts.any(axis=0)]
        study.note(size=exact_gap_p_value(counts) < 0.05)
    study.check(f"{sizes} rows, {len(shares)} values")
