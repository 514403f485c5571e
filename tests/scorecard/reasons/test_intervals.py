"""Intervals of a card: their centre, what they say of an event, where they are refused."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator

from infotheory.binning import OptimalBinner
from infotheory.binning.prebins.searched import information_of_bins
from infotheory.exceptions import ApproximationWarning, UnseenValueWarning
from infotheory.laws import two_sided_quantile
from infotheory.scorecard import Scorecard, from_toad
from tests.scorecard.card.test_card import portfolio

INTERVALS = ("point_intervals", "score_intervals", "probability_intervals")


@pytest.fixture(scope="module")
def data():
    return portfolio(800)


def intervals(card, method, X, **options):
    return getattr(card, method)(*(() if method == "point_intervals" else (X,)), **options)


def test_intervals_are_centred_on_points_before_rounding(data):
    X, y = data
    rounded, exact = Scorecard().fit(X, y), Scorecard(round=False).fit(X, y)
    for method in INTERVALS[:2]:
        whole, broken = intervals(rounded, method, X), intervals(exact, method, X)
        np.testing.assert_array_equal(whole[["low", "high"]], broken[["low", "high"]])
        np.testing.assert_allclose((broken["low"] + broken["high"]) / 2, broken["points"])
        assert (whole["points"] == np.rint(whole["points"])).all()


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_the_level_is_the_reach_in_standard_errors(data, level):
    X, y = data
    card = Scorecard(round=False).fit(X, y)
    table = card.score_intervals(X, level=level)
    np.testing.assert_allclose(
        table["high"] - table["points"], two_sided_quantile(level) * table["standard_error"]
    )


def test_tables_have_one_row_a_bin_or_an_applicant(data):
    X, y = data
    card = Scorecard(intercept="separate").fit(X, y)
    points = card.point_intervals()
    assert points["feature"].tolist() == card.points_table()["feature"].tolist()
    assert list(points)[-4:] == ["standard_error", "low", "high", "reason"]
    assert list(card.score_intervals(X[:5])) == ["points", "standard_error", "low", "high"]
    chances = card.probability_intervals(X[:5])
    assert list(chances) == ["log_odds", "standard_error", "probability", "low", "high"]
    assert len(chances) == 5


def test_probabilities_are_those_of_the_event_whatever_its_label(data):
    X, y = data
    plain = Scorecard().fit(X, y)
    named = Scorecard(OptimalBinner(event_label="bad")).fit(X, np.where(y == 1, "bad", "good"))
    chances = named.probability_intervals(X)
    np.testing.assert_allclose(chances, plain.probability_intervals(X), rtol=1e-9)
    np.testing.assert_allclose(chances["probability"], named.predict_proba(X)[:, 0])
    assert (
        (chances["low"] < chances["probability"]) & (chances["probability"] < chances["high"])
    ).all()


def test_unseen_values_have_intervals_and_a_warning(data):
    X, y = data
    card = Scorecard().fit(X, y)
    with pytest.warns(UnseenValueWarning, match="home: 2 rows"):
        table = card.score_intervals(X.head(2).assign(home="boat"))
    assert (table["standard_error"] > 0.0).all()


@pytest.mark.parametrize("method", INTERVALS)
def test_cards_without_a_regression_have_no_intervals(data, method):
    with pytest.raises(NotFittedError):
        intervals(Scorecard(), method, data[0])
    card = from_toad({"home": {"own": 60.0, "rent,free": 51.0}})
    with pytest.raises(ValueError, match="intervals need a card that was fitted on rows"):
        intervals(card, method, data[0][["home"]])


def test_bins_that_are_noise_are_warned_of_whatever_the_number_of_events():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(6000, 5))
    y = (rng.random(6000) < 1.0 / (1.0 + np.exp(1.5 - X[:, 0]))).astype(int)
    card = Scorecard(signs="free").fit(X, y)
    for method in INTERVALS[1:]:
        with pytest.warns(ApproximationWarning, match="of 5 characteristics have no evidence"):
            intervals(card, method, X[:3])

    # bins of other rows were no choice among these, and half with evidence are enough
    binner = FrozenEstimator(OptimalBinner().fit(X[:3000], y[:3000]))
    Scorecard(binner, signs="free").fit(X[3000:], y[3000:]).score_intervals(X[:3])
    Scorecard(signs="free").fit(X[:, :2], y).score_intervals(X[:3, :2])


def test_bins_of_weak_evidence_are_no_noise():
    # Intervals over the search begin at 0 for all of these, whose information value is about .1.
    rng = np.random.default_rng(3)
    X = rng.normal(size=(1500, 6))
    y = (rng.random(1500) < 1.0 / (1.0 + np.exp(1.6 - 0.4 * X[:, :5].sum(axis=1)))).astype(int)
    card = Scorecard(signs="free").fit(X, y)
    lows = [
        information_of_bins(bins, card.binner_.zero_cells).interval()[0]
        for bins in card.binner_.features_.values()
    ]
    assert sum(low == 0.0 for low in lows) > 3
    card.score_intervals(X[:3])
    card.probability_intervals(X[:3])
