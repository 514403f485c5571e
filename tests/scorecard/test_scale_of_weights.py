"""All weights times a constant are the same weights: nothing that is meant in rows may move."""

import numpy as np
import pytest

from infotheory.binning import OptimalBinner, StumpBinner
from infotheory.evidence import weight_of_evidence
from infotheory.evidence.roc_area import area_under_curve
from infotheory.exceptions import SparseCellWarning
from infotheory.scorecard import Scorecard, calibration_intercept
from infotheory.scorecard.regression.logistic import fit_logistic
from infotheory.tables import CountTable

SCALES = [1e-9, 1e-3, 0.01, 7.0, 1e6]
N_ROWS = 2000


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(5)
    X = rng.normal(size=(N_ROWS, 3))
    X[rng.random(N_ROWS) < 0.1, 1] = np.nan
    y = (rng.random(N_ROWS) < 1 / (1 + np.exp(2 - X[:, 0]))).astype(int)
    return X, y, {"equal": np.ones(N_ROWS), "different": rng.uniform(0.3, 3.0, N_ROWS)}


def fitted(rows, binner, kind, scale):
    X, y, weights = rows
    return Scorecard(binner).fit(X, y, sample_weight=scale * weights[kind])


@pytest.mark.parametrize("kind", ["equal", "different"])
@pytest.mark.parametrize(
    "binner",
    [
        OptimalBinner(min_bin_n_event=20, max_pvalue=0.2),
        StumpBinner(reg_lambda=5.0, min_child_weight=3.0),
    ],
    ids=["optimal", "stumps"],
)
def test_cards_do_not_know_the_unit_of_the_weights(rows, binner, kind):
    first = fitted(rows, binner, kind, 1.0)
    for scale in SCALES:
        card = fitted(rows, binner, kind, scale)
        for name, splits in first.binner_.splits_.items():
            np.testing.assert_array_equal(card.binner_.splits_[name], splits)
            np.testing.assert_allclose(card.binner_.woe_[name], first.binner_.woe_[name], atol=1e-9)
        np.testing.assert_allclose(card.coef_, first.coef_, rtol=1e-8)
        np.testing.assert_allclose(card.covariance_, first.covariance_, rtol=1e-7)
        np.testing.assert_array_equal(card.predict_points(rows[0]), first.predict_points(rows[0]))


def test_bins_are_found_where_weights_sum_to_one(rows):
    X, y, _ = rows
    shares = OptimalBinner().fit(X, y, np.full(N_ROWS, 1.0 / N_ROWS))
    plain = OptimalBinner().fit(X, y)
    assert shares.splits_["x0"].tolist() == plain.splits_["x0"].tolist()
    assert shares.splits_["x0"].size > 1


@pytest.mark.parametrize("scale", SCALES)
def test_half_a_row_of_a_zero_cell_is_one_of_its_class(scale):
    counts = np.array([[30.0, 0.0], [20.0, 10.0]])
    with pytest.warns(SparseCellWarning):
        plain = weight_of_evidence(CountTable.from_counts(*counts.T))
    with pytest.warns(SparseCellWarning):
        scaled = weight_of_evidence(CountTable(("0", "1"), counts * scale, counts * scale**2))
    np.testing.assert_allclose(scaled[["woe", "low"]], plain[["woe", "low"]], rtol=1e-12)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("penalty", ["ridge", "firth"])
def test_penalties_are_as_heavy_as_rows(scale, penalty):
    counts, squares = np.array([[40.3, 10.1], [20.7, 30.9]]), np.array([[60.3, 13.1], [31.7, 44.9]])
    plain, scaled = (
        fit_logistic([[0.0], [1.0]], c * counts, squared_weights=c**2 * squares, penalty=penalty)
        for c in (1.0, scale)
    )
    np.testing.assert_allclose(scaled.coefficients, plain.coefficients, rtol=1e-8)
    np.testing.assert_allclose(scaled.covariance, plain.covariance, rtol=1e-7)


@pytest.mark.parametrize("penalty", ["ridge", "firth"])
def test_penalties_take_whole_weights_for_repeated_rows(penalty):
    times, X, y = np.array([1, 3, 2, 1, 4]), [[0.0], [1.0], [0.5], [1.0], [0.2]], [0, 1, 1, 0, 1]
    classes = np.eye(2)[y]
    weighted = fit_logistic(
        X,
        classes * times[:, None],
        squared_weights=classes * times[:, None] ** 2,
        penalty=penalty,
    )
    repeated = fit_logistic(np.repeat(X, times, axis=0), classes.repeat(times, 0), penalty=penalty)
    np.testing.assert_allclose(weighted.coefficients, repeated.coefficients, rtol=1e-9)


def test_large_weights_are_not_whole_for_being_large():
    counts = np.array([[40.3, 10.1], [20.7, 30.9]])
    plain, large = (
        fit_logistic(
            [[0.0], [1.0]], c * counts, squared_weights=c**2 * 1.5 * counts, penalty="firth"
        )
        for c in (1.0, 1e20)
    )
    np.testing.assert_allclose(large.coefficients, plain.coefficients, rtol=1e-8)


@pytest.mark.parametrize("kind", ["equal", "different"])
@pytest.mark.parametrize("scale", SCALES)
def test_validation_does_not_know_the_unit(rows, kind, scale):
    X, y, weights = rows
    p = 1 / (1 + np.exp(2 - X[:, 0]))
    for measure in (area_under_curve, calibration_intercept):
        plain, scaled = (measure(y, p, sample_weight=c * weights[kind]) for c in (1.0, scale))
        assert scaled.value == pytest.approx(plain.value, rel=1e-9)
        assert scaled.interval() == pytest.approx(plain.interval(), rel=1e-7)


def test_a_weight_that_outweighs_all_others_is_refused(rows):
    X, y, _ = rows
    weights = np.ones(N_ROWS)
    weights[3] = 1e9
    rule = r"up to 1e\+07 times their median \(of those above 0\), got a median of 1 and a largest"
    with pytest.raises(ValueError, match=rule):
        Scorecard().fit(X, y, sample_weight=weights)
    weights[3] = 0.0
    Scorecard().fit(X, y, sample_weight=weights)


def test_integer_weights_are_repeated_rows_under_a_given_trend(rows):
    X, y, _ = rows
    times = np.random.default_rng(1).integers(1, 5, N_ROWS)
    for trend in (None, "ascending", "peak"):
        binner = OptimalBinner(monotonic_trend=trend)
        weighted = binner.fit(X, y, times.astype(float)).splits_
        repeated = binner.fit(X.repeat(times, axis=0), y.repeat(times)).splits_
        assert {name: s.tolist() for name, s in weighted.items()} == {
            name: s.tolist() for name, s in repeated.items()
        }
