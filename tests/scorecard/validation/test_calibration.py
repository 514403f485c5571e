"""Calibration line, Hosmer-Lemeshow, Brier score: by hand, scipy, scikit-learn, size."""

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss

from infotheory.scorecard import (
    brier_score,
    calibration_intercept,
    calibration_slope,
    hosmer_lemeshow,
)


def sample(n=600, seed=0):
    rng = np.random.default_rng(seed)
    p = 1.0 / (1.0 + np.exp(1.5 - rng.normal(size=n)))
    return (rng.random(n) < p).astype(int), p


def test_brier_equals_sklearn_and_its_error_is_that_of_a_mean():
    y, p = sample()
    brier = brier_score(y, p)
    assert brier.value == pytest.approx(brier_score_loss(y, p))
    assert brier.standard_error == pytest.approx(np.std((y - p) ** 2) / np.sqrt(y.size))
    weights = np.random.default_rng(1).random(y.size)
    assert brier_score(y, p, sample_weight=weights).value == pytest.approx(
        brier_score_loss(y, p, sample_weight=weights)
    )


def test_calibration_line_equals_sklearn():
    y, p = sample()
    eta = np.log(p / (1 - p))
    theirs = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10).fit(eta[:, None], y)
    slope = calibration_slope(y, p)
    assert slope.value == pytest.approx(theirs.coef_[0, 0], abs=1e-6)
    assert slope.p_value == pytest.approx(
        2 * stats.norm.sf(abs(slope.value - 1) / slope.standard_error)
    )


def test_calibration_in_the_large_by_hand():
    shift = calibration_intercept(np.repeat([0, 1], [30, 10]), np.full(40, 0.5))
    assert shift.value == pytest.approx(np.log(1 / 3))
    assert shift.standard_error == pytest.approx(np.sqrt(1 / 30 + 1 / 10))


def test_a_shifted_model_is_shifted_back():
    y, p = sample()
    odds = p / (1 - p) * np.exp(calibration_intercept(y, p).value)
    assert calibration_intercept(y, odds / (1 + odds)).value == pytest.approx(0.0, abs=1e-8)


def test_hosmer_lemeshow_counts_the_kurtosis_of_heavy_rows():
    """The plain law rejected .09 of such samples, this one .05."""
    rng, rejected, plain = np.random.default_rng(5), [], []
    for _ in range(300):
        p = 1.0 / (1.0 + np.exp(3.6 - rng.gamma(2.0, 0.7, 300)))
        weights = rng.lognormal(0.0, 1.0, 300)
        test = hosmer_lemeshow(rng.random(300) < p, p, sample_weight=weights)
        rejected.append(test.p_value < 0.05)
        plain.append(stats.chi2.sf(test.statistic, test.degrees_of_freedom) < 0.05)
    assert np.mean(plain) > 0.07 + 0.01
    assert np.mean(rejected) < 0.06 + 0.025

    # by hand: one row in each of two groups, and a row of twice the weight
    y, p, weights = np.array([0, 1, 1]), np.array([0.1, 0.2, 0.2]), np.array([1.0, 1.0, 2.0])
    test = hosmer_lemeshow(y, p, n_groups=2, sample_weight=weights)
    fourth = np.array([0.09 * 0.46 / 0.09**2, 17 * 0.16 * 0.04 / (5 * 0.16) ** 2])
    shape = 2 / (1 + fourth.mean() / 2)
    assert test.degrees_of_freedom == 2
    assert test.p_value == pytest.approx(stats.chi2.sf(test.statistic * shape / 2, shape))


def test_hosmer_lemeshow_is_pearsons_statistic_of_the_groups():
    rng = np.random.default_rng(2)
    p = np.repeat([0.1, 0.3, 0.6], 50)
    y = (rng.random(150) < p).astype(int)
    events = y.reshape(3, 50).sum(axis=1)
    observed = np.stack([events, 50 - events])
    expected = 50 * np.array([[0.1, 0.3, 0.6], [0.9, 0.7, 0.4]])
    test = hosmer_lemeshow(y, p, n_groups=3)
    assert test.statistic == pytest.approx(((observed - expected) ** 2 / expected).sum())
    assert (
        test.degrees_of_freedom,
        hosmer_lemeshow(y, p, n_groups=3, fitted=True).degrees_of_freedom,
    ) == (3, 1)
    assert test.p_value == pytest.approx(stats.chi2.sf(test.statistic, 3))
    assert np.isnan(hosmer_lemeshow(y, p, n_groups=2, fitted=True).p_value)
    twice = hosmer_lemeshow(y, p, n_groups=3, sample_weight=np.full(150, 2.0))
    assert twice.statistic == pytest.approx(test.statistic)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: brier_score([0, 1], [0.5, 1.5]),
            "probability must lie between 0 and 1, got 1.5 in row 1",
        ),
        (
            lambda: hosmer_lemeshow([0, 1], [0.5, 1.0]),
            "probability must lie strictly between 0 and 1, got 1.0 in row 1",
        ),
        (
            lambda: calibration_intercept([0, 1], [0.0, 0.5]),
            "strictly between 0 and 1, got 0.0 in row 0",
        ),
        (
            lambda: calibration_slope([0, 1], [0.5, 0.5]),
            "probabilities must differ for a slope, got 0.5 in all 2 rows",
        ),
        (lambda: brier_score([0, 0], [0.5, 0.5]), "got one class"),
    ],
)
def test_errors(call, text):
    with pytest.raises(ValueError, match=text):
        call()


@pytest.mark.slow
@pytest.mark.parametrize("weighted", [False, True])
def test_size_and_coverage_where_probabilities_hold(weighted):
    rng, replicates, n = np.random.default_rng(11), 1000, 1500
    counts = dict.fromkeys(["brier", "intercept", "slope", "hosmer"], 0)
    grid = 1.0 / (1.0 + np.exp(1.5 - rng.normal(size=1_000_000)))
    truth = (grid * (1 - grid)).mean()
    for _ in range(replicates):
        p = 1.0 / (1.0 + np.exp(1.5 - rng.normal(size=n)))
        y = (rng.random(n) < p).astype(int)
        w = rng.choice([1.0, 3.0], size=n) if weighted else None
        low, high = brier_score(y, p, sample_weight=w).interval()
        counts["brier"] += not low <= truth <= high
        counts["intercept"] += calibration_intercept(y, p, sample_weight=w).p_value < 0.05
        counts["slope"] += calibration_slope(y, p, sample_weight=w).p_value < 0.05
        counts["hosmer"] += hosmer_lemeshow(y, p, sample_weight=w).p_value < 0.05
    print({name: count / replicates for name, count in counts.items()})
    # three standard errors
    assert all(0.029 < count / replicates < 0.071 for count in counts.values())


@pytest.mark.slow
def test_size_of_hosmer_lemeshow_on_the_rows_of_the_fit():
    rng, replicates, n, rejected = np.random.default_rng(12), 600, 1500, 0
    for _ in range(replicates):
        x = rng.normal(size=(n, 2))
        y = (rng.random(n) < 1.0 / (1.0 + np.exp(1.5 - x.sum(axis=1)))).astype(int)
        model = LogisticRegression(C=np.inf, solver="newton-cholesky").fit(x, y)
        rejected += hosmer_lemeshow(y, model.predict_proba(x)[:, 1], fitted=True).p_value < 0.05
    print(f"rejected {rejected / replicates}")
    # three standard errors
    assert 0.023 < rejected / replicates < 0.077


def test_a_slope_needs_probabilities_that_differ_where_rows_weigh():
    y, p, weights = [0, 1, 0, 1], [0.8, 0.8, 0.2, 0.3], [1.0, 2.0, 0.0, 0.0]
    with pytest.raises(ValueError, match=r"must differ for a slope, got 0\.8 in all 2 rows"):
        calibration_slope(y, p, sample_weight=weights)
