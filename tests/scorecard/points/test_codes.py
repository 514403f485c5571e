"""Scores and log odds from bin codes: by hand, as the public methods give them, refused."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_validate
from sklearn.pipeline import make_pipeline

from infotheory.binning import OptimalBinner
from infotheory.datasets import load_german_credit
from infotheory.exceptions import UnseenValueWarning
from infotheory.scorecard import Scorecard, from_toad
from infotheory.scorecard.points.codes import (
    check_points,
    codes_with_warning,
    event_log_odds_of_codes,
    log_odds_of_codes,
    points_of_codes,
    sum_by_code,
)
from tests.scorecard.card.test_card import portfolio

AGE = {"[-inf ~ 25)": 40.0, "[25 ~ inf)": 52.5}
SCALE = {"pdo": 20, "base_points": 600, "base_odds": 50}


@pytest.fixture(scope="module")
def data():
    return portfolio(600)


def test_a_sum_by_hand_starts_where_it_is_told():
    codes = np.array([[0, 1], [1, 0]])
    by_code = [np.array([1.0, 2.0]), np.array([10.0, 20.0])]
    assert sum_by_code(codes, by_code, 0.5).tolist() == [21.5, 12.5]
    assert sum_by_code(np.zeros((2, 0), dtype=int), [], 7.0).tolist() == [7.0, 7.0]


def test_the_order_of_the_sum_is_that_of_the_features():
    """In float64, 1e16 + 1 - 1e16 depends on the order; exports add up in the same one."""
    by_code = [np.array([1e16]), np.array([1.0]), np.array([-1e16])]
    assert sum_by_code(np.zeros((1, 3), dtype=int), by_code, 0.0).tolist() == [0.0]
    assert sum_by_code(np.zeros((1, 3), dtype=int), by_code[::2] + by_code[1:2], 0.0).tolist() == [
        1.0
    ]


@pytest.mark.parametrize("event", ["bad", "good"])
def test_codes_give_what_rows_give(data, event):
    X, y = data
    card = Scorecard(OptimalBinner(event_label=event)).fit(X, np.where(y == 1, "bad", "good"))
    codes = card.binner_.bin_codes(X)
    np.testing.assert_array_equal(points_of_codes(card, codes), card.predict_points(X))
    np.testing.assert_array_equal(log_odds_of_codes(card, codes), card.decision_function(X))
    direction = -1.0 if event == "bad" else 1.0
    np.testing.assert_array_equal(
        event_log_odds_of_codes(card, codes), direction * card.decision_function(X)
    )


def test_log_odds_of_points_are_those_of_their_scale():
    card = from_toad({"age": AGE}, unlisted=0.0, **SCALE)
    codes = np.array([[0], [1]])
    by_hand = -np.log(50.0) - (np.array([40.0, 52.5]) - 600.0) * np.log(2.0) / 20.0
    np.testing.assert_allclose(event_log_odds_of_codes(card, codes), by_hand)
    np.testing.assert_array_equal(
        log_odds_of_codes(card, codes), card.decision_function(pd.DataFrame({"age": [24, 25]}))
    )


def test_log_odds_of_zero_have_no_sign():
    X, y = np.ones((20, 1)), np.repeat([0, 1], 10)
    card = Scorecard(OptimalBinner(event_label=0)).fit(X, y)
    log_odds = card.decision_function(X)
    assert not log_odds.any()
    assert not np.signbit(log_odds).any()


def test_unknown_points_and_an_unknown_scale_are_refused():
    card = from_toad({"age": AGE})
    missing = np.array([[0], [2]])
    with pytest.raises(ValueError, match=r"export of toad, got 1 rows of feature 'age'"):
        points_of_codes(card, missing)
    with pytest.raises(ValueError, match="pass pdo, base_points and base_odds to from_toad"):
        log_odds_of_codes(card, missing[:1])
    check_points(missing, {"age": np.zeros(4)}, "toad")


def test_one_warning_names_every_feature_with_unseen_values(data):
    X, y = data
    card = Scorecard().fit(X, y)
    strange = X.head(4).assign(home=["boat", "boat", "own", "own"], age=[20.0, 30.0, 40.0, np.nan])
    with pytest.warns(UnseenValueWarning) as caught:
        codes_with_warning(card.binner_, strange)
    assert len(caught) == 1
    assert "(age: 1 rows, home: 2 rows); they get weight of evidence 0" in str(caught[0].message)
    with pytest.warns(UnseenValueWarning, match="they get the points of unseen values"):
        codes_with_warning(
            from_toad({"home": {"own": 60.0}}, unlisted=0.0).binner_, strange[["home"]]
        )


def test_values_that_a_fit_never_saw_are_told_of_once_a_call():
    """Three folds and three scores make one warning, whatever their counts."""
    X, y = load_german_credit()
    rare = ["a"] * 1000
    rare[::40] = [f"r{i}" for i in range(25)]
    X = X[["duration_in_month", "purpose"]].assign(rare=rare)
    scores = ["roc_auc", "accuracy", "neg_log_loss"]
    folds = StratifiedKFold(3, shuffle=True, random_state=0)

    for model in (Scorecard(), make_pipeline(OptimalBinner(), LogisticRegression())):
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            cross_validate(model, X, y, cv=folds, scoring=scores)
            fitted = model.fit(X[1::2], y[1::2])
            for _ in range(2):
                fitted.predict(X[::2])
        unseen = [w for w in told if w.category is UnseenValueWarning]
        assert [w.filename for w in unseen] == [__file__] * 3
        assert all("rare" in str(w.message) for w in unseen)
