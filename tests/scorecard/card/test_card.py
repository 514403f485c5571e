"""The card: points by hand, probabilities, weights, frozen binners, labels, tables, reasons."""

import json
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from infotheory.binning import OptimalBinner, merge_bins
from infotheory.exceptions import LeakageWarning, NotConvergedWarning, UnseenValueWarning
from infotheory.inference import holm
from infotheory.scorecard import Scorecard, ScorecardRegressor


def portfolio(n=1500, seed=0):
    rng = np.random.default_rng(seed)
    income, age = rng.normal(size=n), rng.integers(20, 70, size=n).astype(float)
    home = rng.choice(["own", "rent", "free"], size=n, p=[0.5, 0.4, 0.1])
    eta = -1.5 - 0.9 * income + 0.6 * (home == "rent") - 0.02 * (age - 45)
    income[rng.random(n) < 0.05] = np.nan
    y = (rng.random(n) < 1.0 / (1.0 + np.exp(-eta))).astype(int)
    return pd.DataFrame({"income": income, "age": age, "home": home}), y


@pytest.fixture(scope="module")
def data():
    return portfolio()


@pytest.fixture(scope="module")
def card(data):
    return Scorecard().fit(*data)


def test_points_by_hand():
    X = pd.DataFrame({"x": [1.0] * 50 + [2.0] * 50})
    y = np.repeat([0, 1, 0, 1], [20, 30, 40, 10])
    card = Scorecard(base_odds=1, base_points=500, round=False).fit(X, y)
    factor = 20 / np.log(2)
    expected = [500 + factor * np.log(20 / 30), 500 + factor * np.log(4)]
    np.testing.assert_allclose(card.points_["x"][:2], expected, atol=1e-8)
    assert card.coef_[0, 0] == pytest.approx(-1.0, abs=1e-9)
    assert card.intercept_[0] == pytest.approx(np.log(40 / 60), abs=1e-9)
    assert card.coefficient_table()["standard_error"][0] == pytest.approx(0.0, abs=1e-7)
    np.testing.assert_allclose(card.predict_proba(X)[[0, -1], 1], [0.6, 0.2], atol=1e-9)


def test_probabilities_equal_sklearn_on_the_same_woe(card, data):
    X, y = data
    woe = card.binner_.transform(X)
    theirs = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10, max_iter=1000).fit(
        woe, y
    )
    np.testing.assert_allclose(card.coef_, theirs.coef_, atol=1e-6)
    np.testing.assert_allclose(card.predict_proba(X), theirs.predict_proba(woe), atol=1e-6)
    assert (card.predict(X) == theirs.predict(woe)).all()
    assert card.status_ == "converged"
    assert card.coefficient_table()["sign_ok"].all()


def test_points_are_the_scaled_log_odds(data):
    X, y = data
    for intercept in ("spread", "separate"):
        card = Scorecard(
            round=False, intercept=intercept, pdo=40, base_points=500, base_odds=20
        ).fit(X, y)
        expected = 500 - 40 / np.log(2) * (card.decision_function(X) + np.log(20))
        np.testing.assert_allclose(card.predict_points(X), expected, atol=1e-8)
        assert (card.base_ == 0.0) == (intercept == "spread")


def test_rounded_score_is_the_sum_of_rounded_bins(card, data):
    X, _ = data
    codes = card.binner_.bin_codes(X)
    total = sum(card.points_[name][codes[:, f]] for f, name in enumerate(card.points_))
    np.testing.assert_array_equal(card.predict_points(X), total)
    assert all((points == np.rint(points)).all() for points in card.points_.values())
    exact = Scorecard(round=False).fit(*data).predict_points(X)
    assert np.abs(total - exact).max() <= 1.5
    separate = Scorecard(intercept="separate").fit(*data)
    table = separate.points_table()
    assert table["feature"][0] == "(base points)"
    assert table["points"][0] == separate.base_ == np.rint(separate.base_)


def test_points_table_shows_every_bin(card):
    table = card.points_table()
    assert list(table.columns) == [
        "feature",
        "bin",
        "count",
        "event_rate",
        "woe",
        "coefficient",
        "points",
    ]
    for name, spec in card.binner_.specs_.items():
        own = table[table["feature"] == name]
        labels = [*spec.labels, "Unseen"] if spec.kind == "categorical" else list(spec.labels)
        assert own["bin"].tolist() == labels
        np.testing.assert_array_equal(own["points"], card.points_[name][: len(own)])
    assert (table["count"].groupby(table["feature"]).sum() == 1500).all()


def test_unseen_values_have_neutral_points_and_one_warning(card, data):
    X = data[0].head(3).assign(home="boat")
    with pytest.warns(UnseenValueWarning, match="home: 3 rows"):
        points = card.predict_points(X)
    codes = card.binner_.bin_codes(X)
    assert (codes[:, 2] == len(card.binner_.woe_["home"]) - 1).all()
    neutral = np.rint(600 / 3 - 20 / np.log(2) * (np.log(50) + card.intercept_[0]) / 3)
    others = card.points_["income"][codes[:, 0]] + card.points_["age"][codes[:, 1]]
    np.testing.assert_array_equal(points - others, neutral)


def test_integer_weights_are_repeated_rows_except_for_errors(data):
    X, y = data
    weights = np.random.default_rng(1).integers(0, 4, size=y.size)
    weighted = Scorecard().fit(X, y, sample_weight=weights)
    repeated = Scorecard().fit(X.loc[X.index.repeat(weights)], np.repeat(y, weights))
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, atol=1e-8)
    np.testing.assert_array_equal(weighted.predict_points(X), repeated.predict_points(X))
    assert (np.diag(weighted.covariance_) > np.diag(repeated.covariance_)).all()


def test_scaling_of_weights_changes_no_standard_error(data):
    X, y = data
    binner = FrozenEstimator(OptimalBinner().fit(X, y))
    weights = np.random.default_rng(1).exponential(size=y.size)
    one, ten = (Scorecard(binner).fit(X, y, sample_weight=c * weights) for c in (1.0, 10.0))
    np.testing.assert_allclose(one.covariance_, ten.covariance_, rtol=1e-6)


def test_labels_and_event_label(data):
    X, y = data
    text = np.where(y == 1, "bad", "good")
    plain, named = Scorecard().fit(X, y), Scorecard(OptimalBinner(event_label="bad")).fit(X, text)
    assert named.classes_.tolist() == ["bad", "good"]
    np.testing.assert_array_equal(plain.predict_points(X), named.predict_points(X))
    np.testing.assert_allclose(plain.decision_function(X), -named.decision_function(X), atol=1e-10)
    np.testing.assert_allclose(
        plain.predict_proba(X)[:, 1], named.predict_proba(X)[:, 0], atol=1e-10
    )
    assert ((named.predict(X) == "bad") == (plain.predict(X) == 1)).all()


def test_woe_sign_changes_no_score(data):
    X, y = data
    plain, flipped = Scorecard().fit(X, y), Scorecard(OptimalBinner(woe_sign="event")).fit(X, y)
    np.testing.assert_array_equal(plain.predict_points(X), flipped.predict_points(X))
    np.testing.assert_allclose(plain.covariance_[1:, 1:], flipped.covariance_[1:, 1:], atol=1e-12)
    assert flipped.coefficient_table()["sign_ok"].all()
    assert (flipped.coef_ > 0).all()


def test_constant_features_stay_out_of_the_regression(data):
    X, y = data
    card = Scorecard().fit(X.assign(constant=1.0), y)
    assert card.status_ == "converged"
    assert card.coef_[0, 3] == 0.0
    assert set(card.points_["constant"]) == {0.0}
    row = card.coefficient_table().iloc[3]
    assert row["p_value_note"].startswith("one bin")
    assert np.isnan(row["vif"])
    np.testing.assert_array_equal(
        card.predict_points(X.assign(constant=1.0)), Scorecard().fit(X, y).predict_points(X)
    )


def test_only_constant_features_give_the_base_score():
    X, y = np.ones((40, 2)), np.repeat([0, 1], [30, 10])
    card = Scorecard(round=False, base_points=0, base_odds=1).fit(X, y)
    np.testing.assert_allclose(card.predict_points(X), 20 / np.log(2) * np.log(3), atol=1e-9)
    assert card.points_table()["feature"][0] == "(base points)"


def test_frozen_binner_is_not_refitted(data):
    X, y = data
    binner = OptimalBinner(max_n_bins=3).fit(X.head(700), y[:700])
    card = Scorecard(FrozenEstimator(binner)).fit(X.tail(800), y[700:])
    assert card.binner_.features_ is binner.features_
    table = card.coefficient_table(X.tail(800), y[700:])
    assert (table["p_value_note"] == "rows on which no bins were learnt").all()
    naive = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10).fit(
        binner.transform(X.tail(800)), y[700:]
    )
    np.testing.assert_allclose(card.coef_, naive.coef_, atol=1e-6)


def test_a_second_fit_forgets_the_names_of_the_first(data):
    X, y = data
    card = Scorecard().fit(X[["income", "age"]], y)
    card.fit(X[["income", "age"]].to_numpy(), y)
    assert not hasattr(card, "feature_names_in_")
    assert json.loads(card.to_json())["named"] is False


def test_a_card_on_frozen_bins_has_labels_of_its_own(data):
    X, y = data
    frozen = FrozenEstimator(OptimalBinner().fit(X, y))
    text = np.where(y == 1, "yes", "no")
    numbers, words = Scorecard(frozen).fit(X, y), Scorecard(frozen, event_label="yes").fit(X, text)
    assert words.event_label_ == "yes"
    pd.testing.assert_frame_equal(words.coefficient_table(X, text), numbers.coefficient_table(X, y))


def test_p_values_are_withheld_marked_or_from_hold_out(card, data):
    X, y = data
    assert card.coefficient_table()["p_value"].isna().all()
    assert card.coefficient_table()["p_value_note"].str.startswith("withheld").all()
    assert card.coefficient_table(X, y)["p_value_note"].str.startswith("after selection").all()
    hold_out = card.coefficient_table(*portfolio(seed=5))
    assert hold_out["p_value"].loc[[0, 2]].lt(0.01).all()
    np.testing.assert_array_equal(
        hold_out["adjusted_p_value"], holm(hold_out["p_value"].to_numpy())
    )
    assert (hold_out["low"] < hold_out["high"]).all()


def test_reasons_name_what_costs_points(card, data):
    X, _ = data
    reasons = card.reason_codes(X.head(20), n=4)
    assert list(reasons.columns)[:2] == ["reason_1", "shortfall_1"]
    assert len(reasons) == 20
    codes = card.binner_.bin_codes(X.head(20))
    best = sum(
        points[:-1][card.binner_.tables_[name].counts.sum(axis=1) > 0].max()
        for name, points in card.points_.items()
    )
    lost = reasons[[f"shortfall_{i}" for i in range(1, 5)]].sum(axis=1)
    np.testing.assert_allclose(lost, best - card.predict_points(X.head(20)))
    assert reasons["shortfall_4"].isna().all()
    assert codes.shape == (20, 3)
    safe = Scorecard(exclude_from_reasons=["age"]).fit(*data)
    texts = {"income": "income too low"}
    shown = safe.reason_codes(X, n=2, texts=texts, reference="average")
    assert set(shown["reason_1"].dropna()) <= {"income too low", "home"}
    with pytest.raises(
        ValueError,
        match=r"exclude_from_reasons must name characteristics of the card, got \['agee'\]",
    ):
        Scorecard(exclude_from_reasons=["agee"]).fit(*data).reason_codes(X)
    with pytest.raises(ValueError, match="n must be an integer of at least 1, got 0"):
        card.reason_codes(X, n=0)


def test_json_round_trip(card, data):
    X, y = data
    text = card.to_json()
    again = Scorecard.from_json(text)
    np.testing.assert_array_equal(again.predict_points(X), card.predict_points(X))
    np.testing.assert_array_equal(again.predict_proba(X), card.predict_proba(X))
    pd.testing.assert_frame_equal(again.points_table(), card.points_table())
    pd.testing.assert_frame_equal(again.coefficient_table(X, y), card.coefficient_table(X, y))
    assert again.to_json() == text
    document = json.loads(text)
    with pytest.raises(ValueError, match="version must be 1, got 99"):
        Scorecard.from_json(json.dumps(document | {"version": 99}))
    with pytest.raises(ValueError, match="must be a document of format"):
        Scorecard.from_json("{}")


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
def test_separation_names_the_characteristic(data):
    X, y = data
    leak = np.where(y == 1, "event", "other")
    with (
        pytest.warns(NotConvergedWarning, match="separation: columns .*'leak'"),
        pytest.warns(LeakageWarning, match="'leak'"),
    ):
        card = Scorecard().fit(X.assign(leak=leak), y)
    assert card.status_ == "separation"
    assert np.isfinite(card.coef_).all()
    assert np.isfinite(card.covariance_).all()


def test_routing_of_weights_through_a_pipeline(data):
    X, y = data
    weights = np.random.default_rng(1).exponential(size=y.size)
    with sklearn.config_context(enable_metadata_routing=True):
        pipeline = make_pipeline("passthrough", Scorecard().set_fit_request(sample_weight=True))
        routed = pipeline.fit(X, y, sample_weight=weights)[-1]
    np.testing.assert_array_equal(routed.coef_, Scorecard().fit(X, y, sample_weight=weights).coef_)


def test_frames_of_any_kind_give_one_score(card, data):
    X, _ = data
    np.testing.assert_array_equal(card.predict_points(pl.from_pandas(X)), card.predict_points(X))


def test_missing_at_prediction_only_is_neutral_and_warned(card, data):
    with pytest.warns(UnseenValueWarning, match="age: 2 rows"):
        points = card.predict_points(data[0].head(2).assign(age=np.nan))
    assert np.isfinite(points).all()


def test_ridge_shrinks_towards_equal_risk(data):
    X, y = data
    free, tight = Scorecard().fit(X, y), Scorecard(penalty="ridge", alpha=1e4).fit(X, y)
    assert (np.abs(tight.coef_) < np.abs(free.coef_)).all()


def test_pickle(card, data):
    again = pickle.loads(pickle.dumps(card))  # noqa: S301 - our own bytes
    np.testing.assert_array_equal(again.predict_points(data[0]), card.predict_points(data[0]))


def test_protected_needs_a_binner_that_takes_it(data):
    X, y = data
    with pytest.raises(
        ValueError,
        match=r"protected needs a binner whose fit takes it \(FairBinner\), got OptimalBinner",
    ):
        Scorecard().fit(X, y, protected=X["age"] > 40)


class TakesProtected(OptimalBinner):
    def fit(self, X, y, sample_weight=None, *, protected=None):
        self.seen_ = protected
        return super().fit(X, y, sample_weight)


def test_protected_reaches_a_binner_that_takes_it(data):
    X, y = data
    assert Scorecard(TakesProtected()).fit(X, y, protected="marker").binner_.seen_ == "marker"


def test_metadata_requests_exist():
    card = Scorecard()
    assert {"sample_weight", "protected"} <= set(card.get_metadata_routing().fit.requests)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"pdo": 0}, "pdo must be a finite positive number, got 0"),
        ({"pdo": None}, "pdo must be a finite positive number, got None"),
        ({"base_odds": -1}, "base_odds must be a finite positive number, got -1"),
        ({"base_points": np.nan}, "base_points must be a finite number, got nan"),
        ({"intercept": "none"}, "intercept must be one of 'spread', 'separate', got 'none'"),
        ({"penalty": "l1"}, "penalty must be one of"),
    ],
)
def test_errors_of_options(data, options, text):
    with pytest.raises(ValueError, match=text):
        Scorecard(**options).fit(*data)


def test_other_errors(card, data):
    X, y = data
    with pytest.raises(NotFittedError):
        Scorecard().predict_points(X)
    with pytest.raises(ValueError, match="got one class"):
        Scorecard().fit(X, np.zeros(len(X)))
    with pytest.raises(ValueError, match="X and y go together"):
        card.coefficient_table(X)
    with pytest.raises(ValueError, match="level must lie strictly between 0 and 1"):
        card.coefficient_table(X, y, level=1.0)


@pytest.mark.parametrize("signs", ["free", "constrained"])
@pytest.mark.parametrize("event_label", [0, 1])
def test_a_card_that_begins_from_the_one_before_an_edit_is_the_same_in_fewer_steps(
    data, signs, event_label
):
    X, y = data
    options = {"signs": signs, "event_label": event_label}
    binner = OptimalBinner(event_label=event_label).fit(X, y)
    before = Scorecard(FrozenEstimator(binner), **options).fit(X, y)
    edited = merge_bins(binner, "age", [0, 1], reason="too fine")
    cold = Scorecard(FrozenEstimator(edited), **options).fit(X, y)
    warm = Scorecard(FrozenEstimator(edited), **options).fit(X, y, start=before)
    np.testing.assert_allclose(warm.coef_, cold.coef_, atol=1e-9)
    np.testing.assert_allclose(warm.intercept_, cold.intercept_, atol=1e-9)
    np.testing.assert_allclose(warm.covariance_, cold.covariance_, rtol=1e-7, atol=1e-12)
    assert warm.n_iter_ < cold.n_iter_

    # from itself; from a card without one of the characteristics, and of the other event
    again = warm.n_iter_
    warm.fit(X, y, start=warm)
    assert warm.n_iter_ <= again
    np.testing.assert_allclose(warm.coef_, cold.coef_, atol=1e-9)
    other = Scorecard(event_label=1 - event_label).fit(X[["age", "home"]], y)
    far = Scorecard(FrozenEstimator(edited), **options).fit(X, y, start=other)
    np.testing.assert_allclose(far.coef_, cold.coef_, atol=1e-9)
    assert far.n_iter_ <= cold.n_iter_


@pytest.mark.parametrize("start", ["a card", Scorecard(), LogisticRegression()])
def test_a_card_begins_from_a_fitted_card_alone(data, start):
    with pytest.raises(ValueError, match="start must be a Scorecard with coefficients, got"):
        Scorecard().fit(*data, start=start)


def test_a_fit_on_rows_with_values_new_to_its_frozen_bins_says_so():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=400), "home": rng.choice(["own", "rent"], 400)})
    y = (rng.random(400) < 1.0 / (1.0 + np.exp(1.0 - X["x"] - (X["home"] == "own")))).astype(int)
    binner = FrozenEstimator(OptimalBinner().fit(X, y))
    new = X.assign(home=X["home"].where(X.index >= 9, "boat"))
    words = r"that the rows of the frozen bins never had \(home: 9 rows\); they get weight of ev"
    for fit in (
        lambda: Scorecard(binner).fit(new, y),
        lambda: Scorecard(binner).fit(new, y, np.ones(400)),
        lambda: Scorecard(binner).fit_frame(new.assign(y=y), "y"),
    ):
        with pytest.warns(UnseenValueWarning, match=words):
            fit()
    with pytest.warns(UnseenValueWarning, match=r"home: 4.5 of weight"):
        Scorecard(binner).fit(new, y, np.full(400, 0.5))

    # Nothing is new among rows that have weight, or to bins that are learnt on these rows.
    Scorecard(binner).fit(new, y, (X.index >= 9).astype(float))
    Scorecard().fit(new, y)
    amounts = X["x"] + (X["home"] == "own") + rng.normal(size=400)
    learnt = OptimalBinner(target_type="continuous").fit(X, amounts)
    with pytest.warns(UnseenValueWarning, match=r"home: 9 rows"):
        ScorecardRegressor(FrozenEstimator(learnt), target_type="continuous").fit(new, amounts)


def test_tests_on_rows_with_new_values_say_so():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=400), "home": rng.choice(["own", "rent"], 400)})
    y = (rng.random(400) < 1.0 / (1.0 + np.exp(1.0 - X["x"] - (X["home"] == "own")))).astype(int)
    card = Scorecard().fit(X, y)
    with pytest.warns(UnseenValueWarning, match=r"the training rows never had \(home: 9 rows\)"):
        card.coefficient_table(X.assign(home=X["home"].where(X.index >= 9, "boat")), y)


@pytest.mark.parametrize("binner", [make_pipeline(OptimalBinner()), LogisticRegression()])
@pytest.mark.parametrize("card", [Scorecard, ScorecardRegressor])
def test_what_is_no_binner_is_refused(card, binner):
    X, y = portfolio()
    with pytest.raises((TypeError, ValueError), match=r"binner .*got (Pip|Log)"):
        card(binner).fit(X, y)
