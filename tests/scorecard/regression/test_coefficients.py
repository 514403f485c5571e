"""Stacked standard errors, variance inflation, score tests: closed forms, numerical derivatives, coverage and size."""

import itertools

import numpy as np
import pytest
from scipy import stats

from infotheory._patterns import Patterns
from infotheory.evidence.binned_samples import BinnedSamples
from infotheory.evidence.woe import woe_values
from infotheory.scorecard.regression import _blocks
from infotheory.scorecard.regression.characteristic_tests import characteristic_test
from infotheory.scorecard.regression.coefficients import stacked_covariance, variance_inflation
from infotheory.scorecard.regression.contributions import contribution_covariance
from infotheory.scorecard.regression.logistic import fit_logistic
from infotheory.scorecard.regression.regressors import Regressor, columns_of

SIZES = (4, 3, 5)
CODES = np.array(list(itertools.product(*map(range, SIZES))))


def law(last=(0.3, 0.1, 0.0, -0.2, -0.4), correlation=0.4, sizes=SIZES):
    """Joint law of three dependent characteristics (normal cells) and the class."""
    rng = np.random.default_rng(0)
    covariance = np.full((3, 3), correlation) + (1 - correlation) * np.eye(3)
    z = rng.multivariate_normal(np.zeros(3), covariance, size=200_000)
    cells = [
        np.searchsorted(stats.norm.ppf(np.arange(1, k) / k), z[:, f]) for f, k in enumerate(sizes)
    ]
    codes = np.array(list(itertools.product(*map(range, sizes))))
    base = np.bincount(np.ravel_multi_index(cells, sizes), minlength=len(codes)) / len(z)
    eta = (
        -1.5
        + np.array([0.8, 0.2, -0.3, -0.7])[codes[:, 0]]
        + np.array([0.5, 0.0, -0.5])[codes[:, 1]]
    )
    p = 1.0 / (1.0 + np.exp(-eta - np.array(last)[codes[:, 2]]))
    return np.stack([base * (1.0 - p), base * p], axis=1)


def patterns_of(counts, squared=None):
    kept = counts.sum(axis=1) > 0
    own = counts[kept]
    return Patterns(CODES[kept], own, own if squared is None else squared[kept])


def regressors_of(patterns):
    tables = [patterns.counts_by_code(f, k) for f, k in enumerate(SIZES)]
    samples = [BinnedSamples(t[:, 0], t[:, 1], t[:, 0], t[:, 1]) for t in tables]
    return [Regressor(woe_values(s.first, s.second), s) for s in samples]


def solve(counts):
    patterns = patterns_of(counts)
    return fit_logistic(patterns.design(columns_of(regressors_of(patterns))), patterns.counts)


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


def random_rows(n=700, n_features=4, seed=3, weighted=True):
    """Patterns with weights of their own, and weights of evidence estimated on them."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (n, n_features))
    y = (rng.random(n) < 1.0 / (1.0 + np.exp(1.0 - 0.5 * codes[:, 0] + 0.4 * codes[:, 1]))).astype(
        float
    )
    patterns = Patterns.from_rows(codes, y, rng.uniform(0.5, 2.0, n) if weighted else None)
    tables = [patterns.counts_by_code(f, 5) for f in range(n_features)]
    samples = [BinnedSamples(t[:, 0], t[:, 1], t[:, 0], t[:, 1]) for t in tables]
    return patterns, [Regressor(woe_values(s.first, s.second), s) for s in samples]


def rows_one_by_one(fit, patterns, regressors):
    """Sum over the rows of squared influences, written out from the formulas at the head of ``influences``."""
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


def test_score_test_of_a_single_characteristic_is_pearsons():
    counts = np.array([[40.0, 5], [30, 10], [10, 15]])
    patterns = Patterns(np.arange(3)[:, None], counts, counts)
    test = characteristic_test(patterns, [Regressor(np.zeros(3))], 0)
    pearson = stats.chi2_contingency(counts, correction=False)
    assert test.statistic == pytest.approx(pearson.statistic, abs=1e-9)
    assert test.degrees_of_freedom == 2
    assert test.p_value == pytest.approx(pearson.pvalue, abs=1e-12)


def test_score_test_is_near_the_likelihood_ratio():
    counts = (
        np.random.default_rng(3).multinomial(20_000, law().ravel()).reshape(-1, 2).astype(float)
    )
    patterns = patterns_of(counts)
    given = [Regressor(r.woe) for r in regressors_of(patterns)]
    columns = patterns.design(columns_of(given))[:, :2]
    small = fit_logistic(columns, patterns.counts).log_likelihood
    bins = (patterns.codes[:, 2][:, None] == np.arange(1, 5)).astype(float)
    large = fit_logistic(np.column_stack([columns, bins]), patterns.counts).log_likelihood
    test = characteristic_test(patterns, given, 2)
    assert test.degrees_of_freedom == 4
    assert test.statistic == pytest.approx(2 * (large - small), rel=0.05)


def test_a_characteristic_in_one_bin_has_nothing_to_test():
    counts = np.array([[40.0, 5], [30, 10]])
    patterns = Patterns(np.array([[0, 0], [1, 0]]), counts, counts)
    test = characteristic_test(
        patterns, [Regressor(np.array([0.5, -0.5])), Regressor(np.zeros(1))], 1
    )
    assert (test.statistic, test.degrees_of_freedom, test.p_value) == (0.0, 0, 1.0)


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


def draws(table, n, replicates, rng, weights):
    """Count tables of samples; with weights each row has weight 1 or 3, unrelated to anything."""
    for _ in range(replicates):
        if not weights:
            counts = rng.multinomial(n, table.ravel()).reshape(-1, 2).astype(float)
            yield counts, None
        else:
            light = rng.multinomial(n // 2, table.ravel()).reshape(-1, 2)
            heavy = rng.multinomial(n // 2, table.ravel()).reshape(-1, 2)
            yield light + 3.0 * heavy, light + 9.0 * heavy


@pytest.mark.slow
@pytest.mark.parametrize("weights", [False, True])
def test_intervals_cover_where_the_naive_ones_do_not(weights):
    table, rng, replicates = law(), np.random.default_rng(7), 4000
    beta = solve(table).coefficients
    hits, naive = np.zeros(3), np.zeros(3)
    for counts, squared in draws(table, 6000, replicates, rng, weights):
        patterns = patterns_of(counts, squared)
        regressors = regressors_of(patterns)
        fit = fit_logistic(
            patterns.design(columns_of(regressors)), patterns.counts, squared_weights=squared
        )
        distance = np.abs(fit.coefficients - beta)
        hits += (
            distance < 1.96 * np.sqrt(np.diag(stacked_covariance(fit, patterns, regressors)))[1:]
        )
        naive += distance < 1.96 * np.sqrt(np.diag(fit.covariance))[1:]
    print(f"weights {weights}: coverage {hits / replicates}, naive {naive / replicates}")
    assert ((hits / replicates > 0.93) & (hits / replicates < 0.97)).all()
    assert (naive / replicates > 0.99).all()


@pytest.mark.slow
@pytest.mark.parametrize("in_sample", [True, False])
def test_size_of_the_characteristic_test_with_fixed_bins(in_sample):
    rng, replicates = np.random.default_rng(8), 4000
    table = law(last=(0.0,) * 5)
    rejected = 0
    for counts, _ in draws(table, 3000, replicates, rng, False):
        patterns = patterns_of(counts)
        regressors = regressors_of(patterns)
        if not in_sample:
            regressors = [Regressor(r.woe) for r in regressors_of(patterns_of(table))]
        rejected += characteristic_test(patterns, regressors, 2).p_value < 0.05
    print(f"in sample {in_sample}: rejected {rejected / replicates}")
    assert 0.035 < rejected / replicates < 0.065
