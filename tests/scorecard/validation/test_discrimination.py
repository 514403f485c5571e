"""Gini, and Kolmogorov-Smirnov: by hand, scipy, scikit-learn, coverage."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import roc_auc_score, roc_curve

from infotheory.evidence import area_under_curve
from infotheory.exceptions import WithheldWarning
from infotheory.inference import Estimate
from infotheory.scorecard import auc_difference, gini_coefficient, kolmogorov_smirnov
from tests.studies import Study


def sample(n=400, mean=0.8, rate=0.2, seed=0):
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < rate).astype(int)
    return y, rng.normal(size=n) + mean * y


def test_gini_is_twice_the_area_less_one():
    y, score = sample()
    area, gini = area_under_curve(y, score), gini_coefficient(y, score)
    assert gini.value == pytest.approx(2 * roc_auc_score(y, score) - 1)
    assert gini.standard_error == pytest.approx(2 * area.standard_error)
    np.testing.assert_allclose(gini.interval(), 2 * np.array(area.interval()) - 1)
    assert gini.p_value == area.p_value


def test_difference_of_independent_areas():
    difference = auc_difference(
        *(Estimate(value=v, standard_error=e, method="m") for v, e in ((0.8, 0.03), (0.7, 0.04)))
    )
    assert difference.standard_error == pytest.approx(0.05)
    assert difference.p_value == pytest.approx(2 * stats.norm.sf(2.0))
    with pytest.raises(ValueError, match="one of the two standard errors must be positive"):
        auc_difference(*[Estimate(value=1.0, standard_error=0.0, method="m")] * 2)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 30))
def test_ks_equals_scipy_and_the_roc_curve(seed, n_values):
    rng = np.random.default_rng(seed)
    y, score = np.r_[0, 1, rng.integers(0, 2, 60)], rng.integers(0, n_values, 62)
    ours = kolmogorov_smirnov(y, score)
    assert ours.value == pytest.approx(
        stats.ks_2samp(score[y == 0], score[y == 1]).statistic, abs=1e-12
    )
    fpr, tpr, _ = roc_curve(y, score)
    assert ours.value == pytest.approx(np.abs(tpr - fpr).max(), abs=1e-12)
    assert kolmogorov_smirnov(y, -score).value == pytest.approx(ours.value, abs=1e-12)
    low, high = ours.interval()
    assert 0.0 <= low <= high <= 1.0


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 12), st.booleans())
def test_the_gap_is_the_same_from_either_end_of_the_score(seed, n_values, has_weights):
    """Ties weighed what lies below their cut, and of equal gaps the first one counted."""
    rng = np.random.default_rng(seed)
    y = np.repeat([0, 1], [300, 80])
    score = (
        np.round(rng.normal(size=380) + y * rng.uniform(0.0, 1.0), 1)
        if n_values > 6
        else (rng.integers(0, n_values, 380) + y)
    )
    weight = rng.uniform(0.5, 2.0, 380) if has_weights else None
    first = kolmogorov_smirnov(y, score, sample_weight=weight)
    other = kolmogorov_smirnov(y, -score, sample_weight=weight)
    assert other.interval() == pytest.approx(first.interval(), abs=1e-8)
    assert other.standard_error == pytest.approx(first.standard_error, abs=1e-10)
    assert other.p_value == pytest.approx(first.p_value, abs=1e-10)


def test_of_equal_gaps_that_with_the_largest_error_counts():
    """Shares of .5 and .1, then of .9 and .5: both gaps are .4."""
    counts = {0: (20, 10), 1: (16, 40), 2: (4, 50)}
    y = np.repeat([0, 1] * 3, [n for pair in counts.values() for n in pair])
    score = np.repeat([0, 0, 1, 1, 2, 2], [n for pair in counts.values() for n in pair])
    gap = kolmogorov_smirnov(y, score)
    assert gap.value == pytest.approx(0.4)
    errors = [np.sqrt(a * (1 - a) / 40 + b * (1 - b) / 100) for a, b in ((0.5, 0.1), (0.9, 0.5))]
    assert gap.standard_error == pytest.approx(max(errors))
    assert kolmogorov_smirnov(y, -score).standard_error == pytest.approx(max(errors))


def test_ks_p_value_and_error_by_hand():
    y, score = np.repeat([0, 1], [6, 4]), np.array([1, 2, 3, 4, 5, 9, 6, 7, 8, 10.0])
    with pytest.warns(WithheldWarning, match="4 rows of a class, 15 are needed"):
        ks = kolmogorov_smirnov(y, score)
    assert np.isnan(ks.interval()).all()
    assert ks.value == pytest.approx(5 / 6)
    assert ks.standard_error == pytest.approx(np.sqrt(5 / 6 * 1 / 6 / 6))
    # ten of the 210 choices of four rows leave a gap of 5 / 6 or more
    assert ks.p_value == pytest.approx(10 / 210)


def test_ks_with_integer_weights_has_the_value_of_repeated_rows():
    y, score = sample(200)
    weights = np.random.default_rng(2).integers(1, 4, 200)
    repeated = kolmogorov_smirnov(np.repeat(y, weights), np.repeat(score, weights))
    weighted = kolmogorov_smirnov(y, score, sample_weight=weights)
    assert weighted.value == pytest.approx(repeated.value)
    assert weighted.standard_error > repeated.standard_error


@pytest.mark.parametrize("first", [2.0, 0.8])
def test_ks_with_weights_where_no_row_of_a_class_lies_beyond_the_cut(first):
    """The share that ends at 1 but for rounding made the error NaN, and withheld the interval."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        y = np.repeat([1, 0], [60, 600])
        score = np.r_[rng.uniform(first, 3.0, 60), rng.uniform(0.0, 1.0, 600)]
        gap = kolmogorov_smirnov(y, score, sample_weight=rng.uniform(0.5, 1.5, 660))
        low, high = gap.interval()
        assert low < gap.value <= high
        assert gap.p_value < 1e-9
        # a perfect ranking has no error at its cut
        assert (gap.standard_error == 0.0) == (gap.value == 1.0)


def test_constant_score():
    ks = kolmogorov_smirnov([0, 1] * 400, [3] * 800)
    assert (ks.value, ks.p_value) == (0.0, 1.0)
    # 800 rows of one value do not show that no other value occurs
    low, high = ks.interval()
    assert low == 0.0
    assert 0.0 < high < 0.02


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: kolmogorov_smirnov([0, 0], [1, 2]), "got one class"),
        (lambda: kolmogorov_smirnov([0, 1], [1, np.nan]), "score must be finite, got nan in row 1"),
        (
            lambda: kolmogorov_smirnov([0, 1], [1, 2], sample_weight=[1, 0]),
            "got one class with positive sample_weight",
        ),
        (lambda: gini_coefficient([0, 1], [1]), r"score must have shape \(2,\)"),
    ],
)
def test_errors(call, text):
    with pytest.raises(ValueError, match=text):
        call()


@pytest.mark.slow
@pytest.mark.parametrize("n_values", [None, 50, 10])
@pytest.mark.parametrize(("n", "rate"), [(500, 0.1), (1000, 0.15), (5000, 0.15)])
def test_coverage_of_the_ks_interval(n, rate, n_values):
    """Binormal scores, continuous or cut; uncorrected intervals cover .82 to .93 of the former."""
    rng = np.random.default_rng(9)
    for mean in (0.3, 0.8, 1.5):
        cuts = (
            None
            if n_values is None
            else 0.15 * mean + stats.norm.ppf(np.arange(1, n_values) / n_values)
        )
        at = np.array([mean / 2]) if cuts is None else cuts
        truth = (stats.norm.cdf(at) - stats.norm.cdf(at - mean)).max()
        y = np.repeat([0, 1], [int(n * (1 - rate)), n - int(n * (1 - rate))])
        # With few values the largest gap lies at one cut, and intervals cover up to .98: of 300
        # samples one in ten has .99 of them.
        study = Study(300, covers=(0.91, 0.99 if n_values is None else 0.998))
        for _ in study:
            score = rng.normal(size=n) + mean * y
            low, high = kolmogorov_smirnov(
                y, score if cuts is None else np.searchsorted(cuts, score)
            ).interval()
            study.note(covers=low <= truth <= high)
        study.check(f"n {n}, KS {truth:.3f}, values {n_values}")


def test_the_interval_ends_where_the_highest_of_all_cuts_does():
    # gaps of .64 and .63: the smaller one has more than twice the variance, and may be the largest
    score = np.repeat([0, 1, 2, 0, 1, 2], [740, 220, 40, 10, 23, 67])
    gap = kolmogorov_smirnov(np.repeat([0, 1], [1000, 100]), score)
    error = np.sqrt(0.96 * 0.04 / 1000 + 0.33 * 0.67 / 100)
    assert gap.value == pytest.approx(0.64)
    assert gap.standard_error == pytest.approx(np.sqrt(0.74 * 0.26 / 1000 + 0.1 * 0.9 / 100))
    reach = stats.norm.ppf(0.975) * error - gap.law.bias
    assert gap.interval()[1] == pytest.approx(0.63 + reach)

    # the same of few events, by Wilson's intervals
    score = np.repeat([0, 1, 2, 0, 1, 2], [670, 260, 70, 1, 8, 21])
    gap = kolmogorov_smirnov(np.repeat([0, 1], [1000, 30]), score)
    assert gap.value == pytest.approx(0.67 - 1 / 30)
    of_events, of_others = (
        stats.binomtest(k, n).proportion_ci(method="wilson") for k, n in ((9, 30), (930, 1000))
    )
    reach = np.hypot(of_others.high - 0.93, 0.3 - of_events.low)
    assert gap.interval()[1] == pytest.approx(0.63 + reach)


@pytest.mark.slow
@pytest.mark.parametrize("n_events", [27, 49, 60, 100])
def test_coverage_where_two_cuts_are_nearly_the_largest(n_events):
    """Rounded normal scores, gaps of .647 and .691; by the largest cut alone .88 to .91."""
    rng, study = np.random.default_rng(n_events), Study(400, covers=(0.91, 1.0))
    y = np.repeat([0, 1], [1500, n_events])
    cuts = np.arange(-4.5, 7.0)
    truth = (stats.norm.cdf(cuts) - stats.norm.cdf(cuts - 2.2)).max()
    for _ in study:
        low, high = kolmogorov_smirnov(y, np.round(rng.normal(size=y.size) + 2.2 * y)).interval()
        study.note(covers=low <= truth <= high)
    study.check(f"{n_events} events")


@pytest.mark.slow
def test_size_of_the_difference_test():
    # three standard errors of 1000 samples
    rng, study = np.random.default_rng(10), Study(1000, rejects=(0.029, 0.071))
    for _ in study:
        areas = []
        for n in (700, 300):
            y = (rng.random(n) < 0.25).astype(int)
            areas.append(area_under_curve(y, rng.normal(size=n) + y))
        study.note(rejects=auc_difference(*areas).p_value < 0.05)
    study.check("difference of areas")
