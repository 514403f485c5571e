"""Readings of a fitted card: direction, coefficients, contributions, scale, training weights."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import ClassifierMixin
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator

from infotheory.binning import OptimalBinner
from infotheory.plots import plot_binning
from infotheory.scorecard import Scorecard, compare_cards, from_toad, reject_inference
from infotheory.scorecard.card.methods import PointsCard
from infotheory.scorecard.points.estimator import ScoredByWeight
from infotheory.scorecard.points.fitted import (
    check_estimated,
    contributions_of,
    event_coefficients,
    event_direction,
    event_intercept,
    has_probabilities,
    scale_of,
    scaled_points,
    training_weights,
)
from tests.scorecard.card.test_card import portfolio

HOME = {"home": {"own": 60.0, "rent,free": 51.0}}


@pytest.fixture(scope="module")
def data():
    X, y = portfolio(600)
    return X, np.where(y == 1, "bad", "good")


def fitted_ways(data, event):
    """The same card from rows, a frame, frozen bins and a document."""
    X, labels = data
    binner = OptimalBinner(event_label=event)
    card = Scorecard(binner).fit(X, labels)
    return {
        "rows": card,
        "frame": Scorecard(binner).fit_frame(X.assign(label=labels), "label"),
        "frozen": Scorecard(card.binner_).fit(X, labels),
        "document": Scorecard.from_json(card.to_json()),
    }


@pytest.mark.parametrize("event", ["bad", "good"])
def test_the_event_is_resolved_once_however_a_card_was_made(data, event):
    for card in fitted_ways(data, event).values():
        assert card.event_label_ == event
        assert event_direction(card) == (-1.0 if event == "bad" else 1.0)
        assert event_intercept(card) == event_direction(card) * card.intercept_[0]
        assert (
            list(event_coefficients(card).values())
            == (event_direction(card) * card.coef_[0]).tolist()
        )


def test_the_event_of_an_imported_card_is_1():
    card = from_toad(HOME)
    assert card.event_label_ == 1
    assert card.classes_.tolist() == [0, 1]


def test_contributions_are_coefficients_by_evidence_and_scale_to_points(data):
    card = Scorecard(round=False, intercept="separate", event_label="good").fit(*data)
    contributions = contributions_of(card)
    for by_code, (name, bins) in zip(contributions, card.binner_.features_.items(), strict=True):
        np.testing.assert_array_equal(by_code, event_coefficients(card)[name] * bins.woe)
        factor = 20 / np.log(2)
        np.testing.assert_allclose(card.points_[name], -factor * by_code, atol=1e-12)
    points, base = scaled_points(card, rounded=False)
    assert base == card.base_
    assert all((p == card.points_[n]).all() for p, n in zip(points, card.points_, strict=True))
    assert scale_of(card).factor == 20 / np.log(2)


def test_a_card_of_another_package_has_points_only():
    card = from_toad(HOME)
    assert np.isnan(list(event_coefficients(card).values())).all()
    assert not has_probabilities(card)
    assert has_probabilities(from_toad(HOME, pdo=20, base_points=600, base_odds=50))
    with pytest.raises(ValueError, match="intervals need a card that was fitted on rows, got one"):
        check_estimated(card, "intervals")
    with pytest.raises(NotFittedError):
        check_estimated(Scorecard(), "intervals")


def test_training_weights_are_counts_by_bin(data):
    X, labels = data
    weights = np.linspace(0.5, 2.0, len(X))
    bins = Scorecard(event_label="bad").fit(X, labels, weights).binner_.features_["home"]
    np.testing.assert_allclose(training_weights(bins), bins.table.counts.sum(axis=1))
    assert training_weights(bins).sum() == pytest.approx(weights.sum())
    assert training_weights(from_toad(HOME).binner_.features_["home"]) is None


@pytest.mark.parametrize("option", [{"order_in_periods": 0.0}, {"max_rate_drift": 0.1}])
def test_a_binner_of_periods_is_fitted_before_the_card(data, option):
    X, labels = data
    binner, way_out = OptimalBinner(event_label="bad", **option), "FrozenEstimator"
    with pytest.raises(ValueError, match=way_out):
        Scorecard(binner).fit(X, labels)
    with pytest.raises(ValueError, match=way_out):
        Scorecard(binner).fit_frame(pd.DataFrame(X).assign(y=labels), "y")

    binner.fit(X, labels, periods=np.arange(len(X)) % 3)
    card = Scorecard(FrozenEstimator(binner), event_label="bad").fit(X, labels)
    assert card.binner_.specs_ == binner.specs_


def test_a_card_inherits_from_scikit_learn_and_its_exports_only():
    assert Scorecard.__bases__ == (ScoredByWeight, ClassifierMixin, PointsCard)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda card: card.binner_.set_params(woe_sign="event"), "woe_sign and zero_cells of a"),
        (lambda card: card.binner_.set_params(zero_cells=2.0), "woe_sign and zero_cells of a"),
        (lambda card: card.set_params(pdo=50), "options of a card must be those .* got pdo=50"),
        (lambda card: card.set_params(base_odds=1), "options of a card must be those of its fit"),
        (lambda card: card.set_params(round=False), "options of a card must be those of its fit"),
        (lambda card: card.set_params(intercept="separate"), "options of a card must be those"),
    ],
)
def test_options_set_after_the_fit_are_never_mixed_with_what_it_left(data, change, text):
    """Of pdo=50 points of 526 had the interval (384, 445); coefficients had the new sign."""
    X, labels = data
    card = Scorecard(OptimalBinner(event_label="bad")).fit(X, labels)
    points = card.predict_points(X)
    change(card)
    for read in (
        card.coefficient_table,
        card.point_intervals,
        lambda: card.score_intervals(X),
        lambda: card.probability_intervals(X),
        lambda: card.reason_confidence(X[:3], n_draws=10),
        lambda: reject_inference(card, X, labels, X[:50]),
        lambda: compare_cards(card, card, X, labels),
        card.to_json,
    ):
        with pytest.raises(ValueError, match=text):
            read()

    # What the fit left stands alone, and a new fit is of the new options.
    assert card.predict_points(X).tolist() == points.tolist()
    card.fit(X, labels)
    assert card.coefficient_table()["feature"].tolist() == list(card.binner_.features_)


def test_a_plot_of_evidence_refuses_a_sign_that_was_set_after_the_fit(data):
    X, labels = data
    binner = OptimalBinner(event_label="bad").fit(X, labels)
    name = next(iter(binner.features_))
    with pytest.raises(ValueError, match="woe_sign and zero_cells of a fitted binner must be"):
        plot_binning(binner.set_params(woe_sign="event"), name)
