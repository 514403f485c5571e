"""How bins were learnt, in documents that hold the bins alone."""

import json

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator

from infotheory._documents import DocumentError
from infotheory.binning import (
    FairBinner,
    OptimalBinner,
    StumpBinner,
    cross_fitted_information_value,
    permutation_test,
)
from infotheory.binning.prebins.options import why_not_learnt_again
from infotheory.scorecard import Scorecard
from infotheory.scorecard.points.learners import learner_entry, read_learner


def fitted(binner, n=400):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 2))
    return binner.fit(X, rng.random(n) < 0.3), X, rng.random(n) < 0.3


@pytest.mark.parametrize(
    "binner",
    [
        OptimalBinner(max_n_bins=3, feature_params={"x0": {"max_n_prebins": 7}}),
        OptimalBinner(special_codes={"x1": {"refused": [-9.0, float("inf")]}}),
        OptimalBinner(user_splits={"x0": np.array([0.0, 0.5])}, monotonic_trend="ascending"),
        StumpBinner(n_rounds=3, gamma=np.float64(2.0)),
    ],
)
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SpecialCodesWarning")
def test_options_come_back(binner):
    learnt, X, y = fitted(binner)
    entry = json.loads(json.dumps(learner_entry(FrozenEstimator(learnt)), allow_nan=False))
    again = read_learner(entry, "$.learner", ["x0", "x1"], event_label=None, woe_sign="nonevent")
    assert type(again) is type(binner)
    # Once read they say the same, and what is learnt with them is the same.
    for name, splits in clone(learnt).fit(X, y).splits_.items():
        np.testing.assert_array_equal(again.fit(X, y).splits_[name], splits)
    assert learner_entry(again) == entry
    assert why_not_learnt_again(again) is None


def test_what_bins_mean_is_not_said_twice():
    learnt, *_ = fitted(OptimalBinner(event_label=0, woe_sign="event", zero_cells=0.5))
    assert not {"event_label", "woe_sign", "zero_cells"} & set(learner_entry(learnt)["parameters"])


class OwnBinner(OptimalBinner):
    """Of another class nobody knows what it learns."""


@pytest.mark.parametrize(
    ("binner", "entry"),
    [
        (OwnBinner(), None),
        (OptimalBinner(feature_params={0: {}}), None),
        (FairBinner(), {"binner": "FairBinner", "parameters": None}),
    ],
)
def test_who_cannot_learn_again_says_so(binner, entry):
    assert learner_entry(binner) == entry
    stand_in = read_learner(entry, "$.learner", ["x0"], event_label=None)
    assert learner_entry(FrozenEstimator(stand_in)) == entry
    # As after reading a card: bins without their pre-bins.
    stand_in.features_ = {"x": next(iter(fitted(OptimalBinner())[0].features_.values()))}
    assert why_not_learnt_again(stand_in) is None
    stand_in.features_ = {"x": type(stand_in.features_["x"])(spec=stand_in.features_["x"].spec)}
    said = "FairBinner depend on all features" if entry else "does not say with which options"
    assert said in why_not_learnt_again(stand_in)
    for function in cross_fitted_information_value, permutation_test:
        with pytest.raises(ValueError, match="must know how it learnt its bins"):
            function(stand_in, [[1.0], [2.0]], [0, 1])


def test_options_that_no_binner_has_are_damage():
    entry = {"binner": "OptimalBinner", "parameters": {"bins": 3}}
    with pytest.raises(DocumentError, match=r"\$\.learner\.parameters"):
        read_learner(entry, "$.learner", ["x0"])


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")  # of free stumps
@pytest.mark.parametrize(
    ("binner", "option", "value"),
    [
        (OptimalBinner(), "max_n_bins", "many"),
        (OptimalBinner(), "max_n_prebins", 3.5),
        (OptimalBinner(), "min_bin_size", -3),
        (OptimalBinner(), "max_pvalue", True),
        (OptimalBinner(), "monotonic_trend", "upwards"),
        (OptimalBinner(), "divergence", "js2"),
        (OptimalBinner(), "cat_cutoff", 2),
        (OptimalBinner(), "cat_unknown", "guess"),
        (OptimalBinner(), "categorical_features", "x0"),
        (OptimalBinner(), "feature_params", {"x9": {"max_n_bins": 3}}),
        (OptimalBinner(), "n_jobs", "all"),
        (StumpBinner(), "min_bin_size", 1.5),
        (StumpBinner(), "n_jobs", [1]),
    ],
)
def test_values_that_a_fit_would_refuse_are_damage_when_they_are_read(binner, option, value):
    """A report that learns bins again met them hours later, and said nothing of the document."""
    learnt, *_ = fitted(binner)
    entry = learner_entry(learnt)
    entry["parameters"][option] = value
    with pytest.raises(DocumentError, match=rf"^\$\.learner\.parameters .*{option}"):
        read_learner(entry, "$.learner", ["x0", "x1"])

    # The document of the binner itself has the same options.
    document = json.loads(learnt.to_json())
    document["parameters"][option] = value
    with pytest.raises(DocumentError, match=rf"^\$\.parameters .*{option}"):
        type(binner).from_json(json.dumps(document))


def test_what_only_a_mean_allows_may_stand_where_the_fit_decides():
    entry = learner_entry(fitted(OptimalBinner())[0])
    entry["parameters"]["feature_params"] = {"x0": {"min_event_rate_diff": 7.5}}
    assert read_learner(entry, "$.learner", ["x0"], target_type="continuous").n_jobs is None
    with pytest.raises(DocumentError, match="min_event_rate_diff"):
        read_learner(entry, "$.learner", ["x0"], target_type="binary")


@pytest.mark.filterwarnings("ignore:about . of 3 characteristics have no evidence")
@pytest.mark.parametrize("kept", [False, True])
def test_a_search_that_no_document_tells_of_may_have_been_free(kept):
    """A trend takes off some of the noise of a search; the default one was believed in silence."""
    rng = np.random.default_rng(4)
    X = rng.normal(size=(1500, 3))
    y = rng.random(1500) < 1.0 / (1.0 + np.exp(2.0 - X[:, 0]))
    card = Scorecard(OptimalBinner(monotonic_trend=None), signs="free").fit(X, y)
    document = json.loads(card.to_json())
    if not kept:
        document["learner"] = None
    again = Scorecard.from_json(json.dumps(document))
    for read, known in (
        (again.probability_intervals(X[:5]), card.probability_intervals(X[:5])),
        (again.coefficient_table()[["low", "high"]], card.coefficient_table()[["low", "high"]]),
    ):
        np.testing.assert_allclose(np.asarray(read, float), np.asarray(known, float), rtol=1e-9)
