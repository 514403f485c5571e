"""Score tests of characteristics: closed forms, and many at a time as one by one."""

import numpy as np
import pytest
from scipy import stats

from infotheory._patterns import Patterns
from infotheory.evidence.binned_samples import BinnedSamples
from infotheory.scorecard.regression import _blocks
from infotheory.scorecard.regression import characteristic_tests as module
from infotheory.scorecard.regression.characteristic_tests import (
    characteristic_test,
    characteristic_tests,
)
from infotheory.scorecard.regression.logistic import fit_logistic
from infotheory.scorecard.regression.regressors import Regressor, columns_of

from .conftest import law, patterns_of, regressors_of


def rows(n=1500, n_features=5, seed=0, weights=False):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (n, n_features))
    codes[:, 1] = np.where(rng.random(n) < 0.6, codes[:, 0], codes[:, 1])  # two that tell the same
    log_odds = -1.5 + 0.5 * codes[:, 0] - 0.3 * codes[:, -1]
    y = (rng.random(n) < 1.0 / (1.0 + np.exp(-log_odds))).astype(float)
    values = [Regressor(np.append(rng.normal(size=3), 0.4).cumsum()) for _ in range(n_features)]
    return Patterns.from_rows(codes, y, rng.integers(1, 4, n) * 1.0 if weights else None), values


def one_by_one(patterns, regressors):
    return [characteristic_test(patterns, regressors, f) for f in range(len(regressors))]


def assert_equal_tests(found, expected):
    for one, other in zip(found, expected, strict=True):
        assert one.statistic == pytest.approx(other.statistic, rel=1e-8)
        assert one.degrees_of_freedom == other.degrees_of_freedom
        assert one.p_value == pytest.approx(other.p_value, rel=1e-7)


@pytest.mark.parametrize("seed", range(5))
def test_together_they_are_what_they_are_one_by_one(seed, monkeypatch):
    patterns, regressors = rows(seed=seed)
    expected = one_by_one(patterns, regressors)
    monkeypatch.delattr(module, "_fit_without")  # the regressions really are solved together
    monkeypatch.setattr(_blocks, "_BLOCK", 97)
    assert_equal_tests(characteristic_tests(patterns, regressors), expected)


def test_weights_and_estimated_evidence_go_one_by_one():
    patterns, regressors = rows(weights=True)
    assert_equal_tests(characteristic_tests(patterns, regressors), one_by_one(patterns, regressors))
    patterns, regressors = rows()
    counts = patterns.counts_by_code(0, 4)
    own = Regressor(np.log(counts[:, 0] / counts[:, 1]), BinnedSamples(*counts.T, *counts.T))
    mixed = [own, *regressors[1:]]
    assert_equal_tests(characteristic_tests(patterns, mixed), one_by_one(patterns, mixed))


@pytest.mark.filterwarnings("ignore:singular")
def test_a_single_characteristic_and_a_constant_one():
    patterns, regressors = rows(n_features=2)
    single = Patterns(patterns.codes[:, :1], patterns.counts, patterns.squared_weights)
    assert_equal_tests(
        characteristic_tests(single, regressors[:1]), one_by_one(single, regressors[:1])
    )
    constant = [regressors[0], Regressor(np.ones(4))]
    assert_equal_tests(characteristic_tests(patterns, constant), one_by_one(patterns, constant))


def test_a_bin_without_rows_takes_no_degree_of_freedom():
    patterns, regressors = rows()
    codes = patterns.codes.copy()
    codes[codes[:, 2] == 3, 2] = 1
    fewer = Patterns(codes, patterns.counts, patterns.squared_weights)
    tests = characteristic_tests(fewer, regressors)
    assert [test.degrees_of_freedom for test in tests] == [3, 3, 2, 3, 3]
    assert_equal_tests(tests, one_by_one(fewer, regressors))


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
