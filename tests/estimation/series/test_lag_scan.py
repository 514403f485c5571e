"""A scan of lags is one call, and warns as one."""

import warnings

import numpy as np
import pytest
from scipy import signal

import infotheory.estimation.series.lag_scan as module
from infotheory.estimation import estimate_mutual_information, lagged_mutual_information
from infotheory.exceptions import ApproximationWarning, WithheldWarning
from tests.estimation.series.processes import sticky
from tests.studies import Study

RNG = np.random.default_rng(0)
STEPS = np.arange(100)


@pytest.mark.parametrize(
    ("method", "x", "y"),
    [
        # Either tells the other at all lags, to within a hundredth of a step.
        ("ksg", STEPS + 0.01 * RNG.normal(size=100), STEPS**1.5 + 0.01 * RNG.normal(size=100)),
        # 97 to 100 rows, a number that each message names, for 225 cells.
        ("plugin", RNG.integers(0, 15, 100), RNG.integers(0, 15, 100)),
    ],
)
def test_all_lags_without_an_interval_are_one_warning(method, x, y):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        lagged_mutual_information(x, y, max_lag=3, method=method, n_permutations=19, rng=0)
    assert [one.category for one in told] == [WithheldWarning]
    assert str(told[0].message).startswith("7 of 7 lags, the first of them: ")
    assert told[0].filename == __file__


def test_where_intervals_hold_nothing_is_said():
    x = np.random.default_rng(1).normal(size=200)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lagged_mutual_information(x, x[::-1], max_lag=3, method="ksg", n_permutations=19, rng=0)


def test_errors_are_withheld_where_those_of_single_estimates_are():
    rng = np.random.default_rng(2)
    x = rng.normal(size=300)
    y = x + 1e-9 * rng.normal(size=300)
    options = {"max_lag": 1, "method": "ksg", "n_permutations": 19, "rng": 0}
    with pytest.warns(WithheldWarning, match="1 of 3 lags"):
        scan = lagged_mutual_information(x, y, **options)
    assert np.isnan(scan.standard_errors).tolist() == [False, True, False]
    assert np.isfinite(scan.values).all()
    with pytest.warns(WithheldWarning, match="neighbours"):
        assert np.isnan(estimate_mutual_information(x, y, method="ksg").interval()).all()


def remembering(memory, n_steps, rng):
    return signal.lfilter([1], [1, -memory], rng.normal(size=n_steps + 300))[300:]


@pytest.mark.parametrize("method", ["gaussian", "gaussian_copula"])
def test_short_series_that_remember_are_tested_by_pairs(method, monkeypatch):
    rng = np.random.default_rng(3)
    x, y = (remembering(0.95, 150, rng) for _ in range(2))
    scan = lagged_mutual_information(x, y, max_lag=5, method=method, rng=0)
    behind = np.roll(x, 2) + 0.1 * rng.normal(size=150)
    same = lagged_mutual_information(x, behind, max_lag=5, method=method, rng=0)
    assert same.p_value < 0.01
    assert same.best_lag == 2

    monkeypatch.setattr(module, "is_short", lambda *_: False)
    by_bartlett = lagged_mutual_information(x, y, max_lag=5, method=method, rng=0)
    assert (scan.p_values >= by_bartlett.p_values).all()
    assert (scan.p_values > by_bartlett.p_values).any()
    assert scan.p_value >= by_bartlett.p_value
    np.testing.assert_array_equal(scan.values, by_bartlett.values)


def test_a_scan_without_a_model_of_memory_says_so():
    """No step has one before it where every other one is missing: no autoregression."""
    x, y = np.cumsum(np.random.default_rng(5).normal(size=(2, 120)), axis=1)
    x[::2] = np.nan
    options = {"max_lag": 2, "method": "gaussian", "missing": "omit", "rng": 0}
    with pytest.warns(ApproximationWarning, match="Bartlett's law of 120 steps rejects") as told:
        lagged_mutual_information(x, y, **options)
    assert [one.filename for one in told] == [__file__]
    whole = np.cumsum(np.random.default_rng(5).normal(size=(2, 120)), axis=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lagged_mutual_information(*whole, **options)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["gaussian", "gaussian_copula"])
def test_size_of_scans_of_short_series_that_remember(method):
    """Bartlett's law rejected .085 and .095."""
    most = 0.065 + 2 * np.sqrt(0.05 * 0.95 / 200)
    # Eleven lags of one pair are nearly one: their share varies no less.
    rng, study = np.random.default_rng(4), Study(200, scan=(-1.0, most), one_lag=(-1.0, most))
    for i in study:
        x, y = (remembering(0.95, 150, rng) for _ in range(2))
        scan = lagged_mutual_information(x, y, max_lag=5, method=method, rng=i)
        study.note(scan=scan.p_value <= 0.05, one_lag=np.mean(np.array(scan.p_values) <= 0.05))
    study.check(method)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["plugin", "miller_madow"])
def test_labels_that_stay_for_long_say_nothing_of_each_other(method):
    """By blocks, of which each is one stay, .09 were rejected at 5 %."""
    rng, largest, each = np.random.default_rng(3), [], []
    for _ in range(60):
        x, y = (sticky(0.98, 500, rng) for _ in range(2))
        if np.unique(x).size == np.unique(y).size == 2:
            scan = lagged_mutual_information(
                x, y, max_lag=3, method=method, n_permutations=19, rng=rng
            )
            largest.append(scan.p_value <= 0.05)
            each.append(np.mean(scan.p_values <= 0.05))
    # Of 60 at .05 eight and more are seen in .01.
    assert np.sum(largest) <= 7
    assert np.mean(each) < 0.1
