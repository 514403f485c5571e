"""Rows of series are no independent rows: measures of many variables say so."""

import warnings

import numpy as np
import pytest
from scipy import signal

from infotheory.estimation import higher_order_information, o_information_gradient
from infotheory.estimation._row_memory import warn_of_memory
from infotheory.exceptions import ApproximationWarning


def remembering(memory, n_columns, n_rows=400, seed=0):
    shocks = np.random.default_rng(seed).normal(size=(n_rows, n_columns))
    return signal.lfilter([1], [1, -memory], shocks, axis=0)


@pytest.mark.parametrize("method", ["gaussian", "gaussian_copula", "ksg", "plugin"])
def test_series_are_told_at_the_line_of_the_caller(method):
    x = remembering(0.9, 3, 200)
    x = x > 0.0 if method == "plugin" else x
    with pytest.warns(ApproximationWarning, match="rows remember those before them") as told:
        higher_order_information(x, method=method)
    assert [one.filename for one in told] == [__file__]
    with pytest.warns(ApproximationWarning, match="independent rows"):
        o_information_gradient(x, [0, 1, 2], 0, method=method)


def test_the_growth_is_that_of_bartlett():
    """Of AR(1) it is ``(1 + r s) / (1 - r s)``."""
    with pytest.warns(ApproximationWarning) as told:
        warn_of_memory(remembering(0.8, 2, 30_000))
    factor = float(str(told[0].message).split("up to ")[1].split(")")[0])
    assert factor == pytest.approx(1.64 / 0.36, rel=0.1)


def test_a_season_is_a_memory():
    weights = np.r_[1.0, np.zeros(11), -0.8]
    shocks = np.random.default_rng(1).normal(size=(400, 3))
    with pytest.warns(ApproximationWarning):
        warn_of_memory(signal.lfilter([1], weights, shocks, axis=0))


def test_one_column_that_remembers_changes_no_error():
    rng = np.random.default_rng(2)
    one = np.column_stack([remembering(0.95, 1)[:, 0], rng.normal(size=(400, 3))])
    rows = np.random.default_rng(3).permutation(remembering(0.95, 4))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for columns in (one, rows, np.exp(3.0 * rng.normal(size=(100, 40))), np.ones((20, 3))):
            warn_of_memory(columns)


def test_independent_rows_are_hardly_ever_warned_of():
    rng = np.random.default_rng(4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for n_rows, n_columns in [(12, 5), (50, 30), (400, 3)] * 30:
            warn_of_memory(rng.normal(size=(n_rows, n_columns)))
