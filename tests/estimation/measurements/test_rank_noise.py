"""Normal scores of ranks where little is left of the columns: what their noise does."""

import warnings

import numpy as np
import pytest
from scipy import stats

from infotheory.estimation import (
    estimate_conditional_mutual_information,
    estimate_mutual_information,
)
from infotheory.estimation.measurements import _gaussian_copula
from infotheory.estimation.measurements._gaussian import GaussianInformation
from infotheory.estimation.measurements._rank_noise import NO_NOISE, RankNoise, rank_noise
from infotheory.exceptions import WithheldWarning
from tests.studies import Study


def given(rng, n, columns, load, correlation):
    """Columns x and y that z explains but for a share, and what they have in common beyond it."""
    z = rng.normal(size=(n, columns))
    a, b = rng.normal(size=(2, n))
    b = correlation * a + np.sqrt(1.0 - correlation**2) * b
    shared = load * z.sum(axis=1) / np.sqrt(columns)
    rest = np.sqrt(1.0 - load**2)
    return shared + rest * a, shared + rest * b, z


def information(x, y, z):
    """By partial correlation of least-squares residuals."""
    basis = np.linalg.qr(np.column_stack([np.ones(len(x)), z]))[0]
    x, y = (column - basis @ (basis.T @ column) for column in (x, y))
    return -0.5 * np.log1p(-((x @ y) ** 2) / (x @ x) / (y @ y))


def scores(*columns):
    return [stats.norm.ppf(stats.rankdata(c, axis=0) / (len(c) + 1)) for c in columns]


def test_noise_of_ranks_is_that_of_other_samples():
    """Bias and spread of 400 samples of their own, from residuals one sample after the other."""
    rng = np.random.default_rng(4)
    by_ranks, by_values = np.transpose(
        [
            (information(*scores(*sample)), information(*sample))
            for sample in (given(rng, 60, 1, 0.9, 0.8) for _ in range(400))
        ]
    )
    # The correlations that the samples have, in a table of as many rows
    covariance = np.array([[1.0, 0.962, 0.9], [0.962, 1.0, 0.9], [0.9, 0.9, 1.0]])
    rows = rng.normal(size=(60, 3))
    rows = (rows - rows.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(rows.T))).T
    noise = rank_noise(rows @ np.linalg.cholesky(covariance).T, 1, 1)
    error = (by_ranks - by_values).std() / 20.0
    assert noise.bias == pytest.approx((by_ranks - by_values).mean(), abs=4.0 * error)
    assert noise.bias < -10.0 * error
    assert noise.spread == pytest.approx(by_ranks.var() / by_values.var(), abs=0.2)


def test_names_signs_and_units_do_not_matter():
    x, y, z = given(np.random.default_rng(0), 80, 2, 0.7, 0.5)
    call = estimate_conditional_mutual_information
    first = call(x, y, z, method="gaussian_copula")
    for other in (
        call(y, x, z, method="gaussian_copula"),
        call(-x, np.exp(y), -z, method="gaussian_copula"),
    ):
        assert other.value == pytest.approx(first.value, abs=1e-9)
        assert other.interval() == pytest.approx(first.interval(), abs=1e-9)
        assert other.p_value == pytest.approx(first.p_value, abs=1e-9)


def test_few_rows_have_no_noise_that_is_known():
    assert rank_noise(np.random.default_rng(0).normal(size=(11, 2)), 1, 1) == NO_NOISE
    ends = estimate_mutual_information(
        np.arange(8) ** 2, [3, 1, 2, 8, 5, 4, 7, 6], method="gaussian_copula"
    )
    assert np.isfinite(ends.interval()).all()


def test_what_is_withheld_and_why():
    rng = np.random.default_rng(1)
    with pytest.warns(WithheldWarning, match="no interval .* and no test; .* fewer columns in z"):
        found = estimate_conditional_mutual_information(
            *given(rng, 200, 3, 0.99, 0.0), method="gaussian_copula"
        )
    assert found.p_value is None
    assert np.isnan(found.interval()).all()

    # Without a condition the test holds whatever the ranks.
    x = rng.normal(size=100)
    with pytest.warns(WithheldWarning, match="columns differ by so little"):
        found = estimate_mutual_information(
            x, x + 0.02 * rng.normal(size=100), method="gaussian_copula"
        )
    assert found.p_value < 1e-20
    assert np.isnan(found.interval()).all()


@pytest.mark.parametrize(
    ("n", "columns", "excess", "shown"),
    [(50, 2, 0.3, True), (50, 2, 0.6, False), (50, 1, 0.5, True), (2000, 2, 0.6, True)],
)
def test_few_rows_do_not_tell_what_a_condition_leaves(n, columns, excess, shown):
    found = GaussianInformation(np.array([0.5]), 0.14, 0.0, n - columns, 1, 1, n)
    noise = RankNoise(bias=0.0, spread=1.0, excess=excess)
    reason = _gaussian_copula._why_withheld(found, noise)
    assert (reason is None) == shown
    if reason is not None:
        assert f"{n} rows with {columns} columns in z" in reason
        assert "no test" not in reason  # which has a limit of its own
    assert _gaussian_copula._p_value(found, noise) is not None


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.parametrize(
    ("n", "columns", "load", "correlation", "shown"),
    [
        (50, 2, 0.97, 0.5, (0.0, 0.06)),
        (30, 3, 0.9, 0.8, (0.3, 1.0)),
        (100, 3, 0.8, 0.5, (0.9, 1.01)),
        # Those that are shown happen to explain little: .91 of the first, .875 of the last.
        (50, 3, 0.9, 0.8, (0.3, 0.6)),
        (60, 4, 0.9, 0.5, (0.25, 0.6)),
    ],
)
def test_what_is_shown_of_few_rows_covers(n, columns, load, correlation, shown):
    """Of the first .10 of samples were shown, and .65 of these covered."""
    rng, truth = np.random.default_rng(n), -0.5 * np.log1p(-(correlation**2))
    study = Study(200, shown=shown, misses=(0.0, 0.1))
    for _ in study:
        low, high = estimate_conditional_mutual_information(
            *given(rng, n, columns, load, correlation), method="gaussian_copula"
        ).interval()
        study.note(shown=np.isfinite(low))
        if np.isfinite(low):
            study.note(misses=low > truth or high < truth)
    rarely = shown[1] < 0.5
    study.check(f"{n} rows, {columns} columns of z, {load}", but=("misses",) if rarely else ())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.parametrize(
    ("n", "columns", "load", "correlation"),
    [
        (50, 1, 0.9, 0.8),  # .89 by the delta method
        (200, 1, 0.97, 0.9),  # .85
        (1000, 1, 0.97, 0.9),
    ],
)
def test_intervals_given_a_condition_cover(n, columns, load, correlation):
    rng = np.random.default_rng(n)
    truth = -0.5 * np.log1p(-(correlation**2))
    # three standard errors of so many below .95
    study = Study(200, covers=(0.904, 1.0), shown=(0.95, 1.01))
    for _ in study:
        x, y, z = given(rng, n, columns, load, correlation)
        # Heavy tails, skewness and whole numbers are nothing to ranks.
        x, y = stats.t(2).ppf(stats.norm.cdf(x)), np.exp(2.0 * y)
        low, high = estimate_conditional_mutual_information(
            x, y, z, method="gaussian_copula"
        ).interval()
        study.note(shown=np.isfinite(low))
        if np.isfinite(low):
            study.note(covers=low <= truth <= high)
    study.check(f"{n} rows, {columns} columns of z, {load}, {correlation}")


@pytest.mark.slow
@pytest.mark.parametrize(("n", "columns", "load"), [(200, 3, 0.93), (300, 2, 0.95)])
def test_conditional_independence_is_rarely_rejected(n, columns, load):
    """By Bartlett's law alone .11 and .16, and .98 where three columns leave a fiftieth."""
    rng = np.random.default_rng(n + 1)
    # three standard errors of so many above .05
    study = Study(200, rejects=(0.0, 0.096), shown=(0.7, 1.01))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", WithheldWarning)
        for _ in study:
            found = estimate_conditional_mutual_information(
                *given(rng, n, columns, load, 0.0), method="gaussian_copula"
            )
            study.note(shown=found.p_value is not None)
            if found.p_value is not None:
                study.note(rejects=found.p_value < 0.05)
    study.check(f"{n} rows, {columns} columns of z, {load}")
