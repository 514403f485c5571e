"""Errors of measures of values whose columns have tails."""

import numpy as np
import pytest
from scipy import special, stats

from infotheory.estimation import higher_order_information, o_information_gradient
from infotheory.estimation.many.gaussian import gaussian_measures
from infotheory.exceptions import WithheldWarning
from tests.studies import Study

COVARIANCE = np.full((4, 4), 0.5) + 0.5 * np.eye(4)
BENDS = {
    "log-normal": np.exp,
    "exponential": lambda z: -special.log_ndtr(-z),
    "uniform": special.ndtr,
    "t10": lambda z: stats.t.ppf(special.ndtr(z), 10),
}


def columns(n_rows, rng):
    return rng.multivariate_normal(np.zeros(4), COVARIANCE, n_rows)


@pytest.mark.parametrize("name", ["log-normal", "exponential", "uniform"])
def test_errors_are_withheld_for_multiplets_with_tails_alone(name):
    X = columns(5000, np.random.default_rng(0))
    plain = higher_order_information(X, sizes=(3,), method="gaussian")
    assert np.isfinite(plain.standard_errors).all()

    X[:, 3] = BENDS[name](2.0 * X[:, 3] if name == "uniform" else X[:, 3])
    with pytest.warns(WithheldWarning, match="3 of 4 multiplets have columns that are not normal"):
        found = higher_order_information(X, sizes=(3,), method="gaussian")
    touched = np.array(["x3" in one for one in found.multiplets])
    assert np.isnan(found.standard_errors[touched]).all()
    assert np.isnan(found.p_values[touched]).all()
    np.testing.assert_array_equal(found.standard_errors[~touched], plain.standard_errors[~touched])
    assert np.isfinite(
        higher_order_information(X, sizes=(3,), method="gaussian_copula").standard_errors
    ).all()

    with pytest.warns(WithheldWarning, match="columns that are not normal"):
        assert np.isnan(o_information_gradient(X, [0, 1, 3], 3, method="gaussian").standard_error)


def test_columns_of_one_order_are_measured_without_errors():
    """Ranks that determine each other are no reason to refuse measurements that do not."""
    x, y, z = np.random.default_rng(3).normal(size=(3, 300))
    X = np.column_stack([x, np.exp(x), y, z])
    with pytest.warns(WithheldWarning, match="3 of 4 multiplets have columns that are not normal"):
        found = higher_order_information(X, sizes=(3,), method="gaussian")
    expected = -0.5 * np.log(1.0 - np.corrcoef(x, X[:, 1])[0, 1] ** 2)
    assert found.total_correlation[0] == pytest.approx(expected, abs=0.03)
    touched = np.array(["x1" in one for one in found.multiplets])
    assert np.isnan(found.standard_errors).all(axis=1).tolist() == touched.tolist()


def test_short_tails_widen_errors():
    X = BENDS["t10"](columns(5000, np.random.default_rng(1)))
    ranks = higher_order_information(X, sizes=(3,))
    found = higher_order_information(X, sizes=(3,), method="gaussian")
    ratio = found.standard_errors / ranks.standard_errors
    assert (ratio > 1.0).all()
    assert (ratio < 3.0).all()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.parametrize(
    ("name", "n_rows"), [("log-normal", 100), ("exponential", 100), ("t10", 2000)]
)
def test_errors_that_are_shown_cover(name, n_rows):
    """Errors of log-normal columns covered .45 to .51, of exponential ones .71 to .75."""
    rng = np.random.default_rng(2)
    truth = gaussian_measures(COVARIANCE, np.arange(3)[None], 10**12).table[0]
    study = Study(200, wrong=(0.0, 0.09))
    for _ in study:
        X = BENDS[name](columns(n_rows, rng)[:, :3])
        found = higher_order_information(X, sizes=(3,), method="gaussian")
        off = found.total_correlation[0] - truth[0]
        study.note(wrong=abs(off) > 1.96 * found.standard_errors[0, 0])
    study.check(name)
