"""A scan of lags is one call, and warns as one."""

import warnings

import numpy as np
import pytest

from infotheory.estimation import estimate_mutual_information, lagged_mutual_information
from infotheory.exceptions import WithheldWarning

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
