"""Stacked standard errors and variance inflation: closed forms, derivatives, coverage and size."""

import numpy as np
import pytest

from infotheory._patterns import Patterns
from infotheory.evidence.binned_samples import BinnedSamples
from infotheory.evidence.woe import woe_values
from infotheory.scorecard.regression import _blocks
from infotheory.scorecard.regression.characteristic_tests import characteristic_test
from infotheory.scorecard.regression.coefficients import stacked_covariance, variance_inflation
from infotheory.scorecard.regression.contributions import contribution_covariance
from infotheory.scorecard.regression.logistic import fit_logistic
from infotheory.scorecard.regression.regressors import Regressor, columns_of
from tests.studies import Study

from .conftest import draws, law, patterns_of, random_rows, regressors_of, solve


def test_influence_equals_the_numerical_derivative():
    counts = np.random.default_rng(1).multinomial(20_000, law().ravel()).reshape(-1, 2) + 1.0
    patterns, step = patterns_of(counts), 1e-4
    regressors = regressors_of(patterns)
    fit = fit_logistic(patterns.design(columns_of(regressors)), counts)
    total = np.zeros((4, 4))
    for cell in np.ndindex(*counts.shape):
        moved = [counts.copy(), counts.copy()]
        moved[0][cell] += step
        moved[1][cell] -= step
        up, down = (solve(table) for table in moved)
        slope = (
            np.r_[up.intercept, up.coefficients] - np.r_[down.intercept, down.coefficients]
        ) / (2 * step)
        total += counts[cell] * np.outer(slope, slope)
    np.testing.assert_allclose(
        stacked_covariance(fit, patterns, regressors), total, rtol=2e-4, atol=1e-10
    )


def test_one_characteristic_has_coefficient_minus_one_without_error():
    patterns = Patterns(
        np.arange(3)[:, None], np.array([[40.0, 5], [30, 10], [10, 15]]), np.ones((3, 2))
    )
    counts = patterns.counts
    sample = BinnedSamples(counts[:, 0], counts[:, 1], counts[:, 0], counts[:, 1])
    regressor = Regressor(woe_values(counts[:, 0], counts[:, 1]), sample)
    fit = fit_logistic(patterns.design([regressor.woe]), counts)
    assert fit.coefficients[0] == pytest.approx(-1.0, abs=1e-10)
    assert stacked_covariance(fit, patterns, [regressor])[1, 1] == pytest.approx(0.0, abs=1e-12)


def test_given_values_leave_the_sandwich():
    counts = 2000 * law()
    patterns = patterns_of(counts)
    given = [Regressor(r.woe) for r in regressors_of(patterns)]
    fit = fit_logistic(patterns.design(columns_of(given)), counts, squared_weights=counts)
    np.testing.assert_allclose(stacked_covariance(fit, patterns, given), fit.covariance, atol=1e-12)


def rows_one_by_one(fit, patterns, regressors):
    """Sum of squared influences, written out from the formulas at the head of ``influences``."""
    design = np.column_stack(
        [np.ones(len(patterns.codes)), patterns.design(columns_of(regressors))]
    )
    p = 1.0 / (1.0 + np.exp(-fit.log_odds(design[:, 1:])))
    meat = np.zeros((design.shape[1],) * 2)
    slopes = []
    for f, r in enumerate(regressors):
        slope = np.zeros((r.woe.size, design.shape[1]))
        for codes, a, q, c in zip(patterns.codes, design, p, patterns.counts, strict=True):
            slope[codes[f]] -= a * q * (1 - q) * c.sum() * fit.coefficients[f]
            slope[codes[f], 1 + f] += c[1] - c.sum() * q
        slopes.append(slope)
    for codes, a, q, squares in zip(
        patterns.codes, design, p, patterns.squared_weights, strict=True
    ):
        for label, sign in ((0, 1.0), (1, -1.0)):
            u = a * (label - q)
            for f, r in enumerate(regressors):
                counts = r.counts.second if label else r.counts.first
                moved = -np.where(counts > 0, 1.0, 0.0) / counts.sum()
                moved[codes[f]] += 1.0 / max(counts[codes[f]], 1e-300)
                u = u + sign * moved @ slopes[f]
            meat += squares[label] * np.outer(u, u)
    return fit.bread @ meat @ fit.bread


@pytest.mark.parametrize("size", [7, 8192])
def test_rows_in_blocks_are_rows_one_by_one(size, monkeypatch):
    monkeypatch.setattr(_blocks, "_BLOCK", size)
    patterns, regressors = random_rows()
    fit = fit_logistic(
        patterns.design(columns_of(regressors)),
        patterns.counts,
        squared_weights=patterns.squared_weights,
    )
    expected = rows_one_by_one(fit, patterns, regressors)
    np.testing.assert_allclose(
        stacked_covariance(fit, patterns, regressors), expected, rtol=1e-10, atol=1e-15
    )


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("penalty", [None, "ridge", "firth"])
def test_the_size_of_blocks_changes_nothing(penalty, weighted, monkeypatch):
    patterns, regressors = random_rows(weighted=weighted)
    found = []
    for size in (5, 8192):
        monkeypatch.setattr(_blocks, "_BLOCK", size)
        design = patterns.design(columns_of(regressors))
        squares = patterns.squared_weights if weighted else None
        fit = fit_logistic(design, patterns.counts, squared_weights=squares, penalty=penalty)
        arrays = [
            fit.coefficients,
            fit.covariance,
            variance_inflation(design, patterns.counts.sum(axis=1)),
        ]
        arrays += contribution_covariance(fit, patterns, regressors)
        tests = [characteristic_test(patterns, regressors, f) for f in range(len(regressors))]
        found.append([*arrays, np.array([(t.statistic, t.p_value) for t in tests])])
    for small, large in zip(*found, strict=True):
        np.testing.assert_allclose(small, large, rtol=1e-12, atol=1e-12 * np.abs(large).max())


def test_variance_inflation_is_that_of_a_regression():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3)) @ np.array([[1, 0.5, 0], [0, 1, 0.5], [0, 0, 1.0]])
    A = np.column_stack([np.ones(300), X[:, 1:]])
    residual = X[:, 0] - A @ np.linalg.lstsq(A, X[:, 0], rcond=None)[0]
    r_squared = 1.0 - residual.var() / X[:, 0].var()
    assert variance_inflation(X, np.ones(300))[0] == pytest.approx(1.0 / (1.0 - r_squared))
    twin = variance_inflation(np.column_stack([X, X[:, 0]]), np.ones(300))
    assert np.isinf(twin).tolist() == [True, False, False, True]
    np.testing.assert_allclose(twin[1:3], variance_inflation(X, np.ones(300))[1:])
    assert variance_inflation(np.zeros((5, 0)), np.ones(5)).shape == (0,)


def test_scaled_weights_change_neither_errors_nor_tests():
    counts = np.random.default_rng(4).multinomial(5000, law().ravel()).reshape(-1, 2).astype(float)
    results = []
    for c in (1.0, 7.0):
        patterns = patterns_of(c * counts, c**2 * counts)
        regressors = regressors_of(patterns)
        fit = fit_logistic(patterns.design(columns_of(regressors)), patterns.counts)
        covariance = stacked_covariance(fit, patterns, regressors)
        results.append((covariance, characteristic_test(patterns, regressors, 2).statistic))
    np.testing.assert_allclose(results[0][0], results[1][0], rtol=1e-8)
    assert results[0][1] == pytest.approx(results[1][1], rel=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize("weights", [False, True])
def test_intervals_cover_where_the_naive_ones_do_not(weights):
    table, rng = law(), np.random.default_rng(7)
    beta, study = solve(table).coefficients, Study(1500, covers=(0.93, 0.97), naive=(0.99, 1.0))
    drawn = draws(table, 6000, study.most, rng, weights)
    for _, (counts, squared) in zip(study, drawn, strict=False):
        patterns = patterns_of(counts, squared)
        regressors = regressors_of(patterns)
        fit = fit_logistic(
            patterns.design(columns_of(regressors)), patterns.counts, squared_weights=squared
        )
        distance = np.abs(fit.coefficients - beta)
        variances = np.diag(stacked_covariance(fit, patterns, regressors))[1:]
        study.note(
            covers=distance < 1.96 * np.sqrt(variances),
            naive=distance < 1.96 * np.sqrt(np.diag(fit.covariance))[1:],
        )
    study.check(f"coefficients, weights {weights}")


@pytest.mark.slow
@pytest.mark.parametrize("in_sample", [True, False])
def test_size_of_the_characteristic_test_with_fixed_bins(in_sample):
    rng, study = np.random.default_rng(8), Study(1500, rejects=(0.035, 0.065))
    table = law(last=(0.0,) * 5)
    for _, (counts, _) in zip(study, draws(table, 3000, study.most, rng, False), strict=False):
        patterns = patterns_of(counts)
        regressors = regressors_of(patterns)
        if not in_sample:
            regressors = [Regressor(r.woe) for r in regressors_of(patterns_of(table))]
        study.note(rejects=characteristic_test(patterns, regressors, 2).p_value < 0.05)
    study.check(f"characteristic test, in sample {in_sample}")
