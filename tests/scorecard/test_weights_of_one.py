"""No weights and weights of 1 give the same numbers, bit for bit."""

import numpy as np
import pandas as pd
import pytest
from sklearn.frozen import FrozenEstimator

from infotheory.datasets import make_portfolio
from infotheory.scorecard import Scale, Scorecard, align_scores, select_characteristics

PORTFOLIO = make_portfolio(1500, numeric=[0.6, 0.3, 0.0], categorical=[0.4], random_state=0)
OTHERS = make_portfolio(800, numeric=[0.6, 0.3, 0.0], categorical=[0.4], random_state=1)
X, Y = PORTFOLIO.X, PORTFOLIO.y
SCORE = X["number_0"].fillna(0.0).to_numpy()


def fitted(card):
    return {
        name: getattr(card, name)
        for name in ("coef_", "intercept_", "covariance_", "contribution_covariance_", "points_")
    }


def fit(weights):
    return fitted(Scorecard().fit(X, Y, weights))


def fit_on_given_bins(weights):
    binner = Scorecard().fit(OTHERS.X, OTHERS.y).binner_
    return fitted(Scorecard(FrozenEstimator(binner)).fit(X, Y, weights))


def fit_with_ridge(weights):
    return fitted(Scorecard(penalty="ridge", alpha=3.0).fit(X, Y, weights))


def fit_frame(weights):
    frame = X.assign(y=Y)
    if weights is None:
        return fitted(Scorecard().fit_frame(frame, "y"))
    return fitted(Scorecard().fit_frame(frame.assign(w=weights), "y", sample_weight="w"))


def coefficients_on_training_rows(weights):
    return Scorecard().fit(X, Y).coefficient_table(X, Y, weights)


def coefficients_on_other_rows(weights):
    return Scorecard().fit(OTHERS.X, OTHERS.y).coefficient_table(X, Y, weights)


def selection(weights):
    return select_characteristics(X, Y, sample_weight=weights, rng=0).to_frame()


def selection_backward(weights):
    return select_characteristics(
        X, Y, sample_weight=weights, direction="backward", rng=0
    ).to_frame()


def selection_with_holdout(weights):
    holdout = {"X": X, "y": Y} if weights is None else {"X": X, "y": Y, "sample_weight": weights}
    return select_characteristics(OTHERS.X, OTHERS.y, holdout=holdout, rng=0).to_frame()


def alignment(weights):
    aligned = align_scores(Y, SCORE, Scale(20, 600, 50), sample_weight=weights)
    return {"covariance": aligned.covariance, "table": aligned.table(SCORE[:20]).to_numpy()}


FUNCTIONS = [
    fit,
    fit_on_given_bins,
    fit_with_ridge,
    fit_frame,
    coefficients_on_training_rows,
    coefficients_on_other_rows,
    selection,
    selection_backward,
    selection_with_holdout,
    alignment,
]


def assert_same(one, other):
    if isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other, check_exact=True)
    elif isinstance(one, dict):
        assert list(one) == list(other)
        for key, value in one.items():
            assert_same(value, other[key])
    else:
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_weights_of_one_change_nothing(function):
    assert_same(function(None), function(np.ones(len(X))))


def test_the_likelihood_ratio_stays_a_likelihood_ratio():
    log = selection(np.ones(len(X)))
    assert "likelihood_ratio" in set(log["statistic"])
