"""A second fit leaves nothing of the first; one that fails leaves all of it."""

import copy
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose
from sklearn.base import BaseEstimator, clone

import infotheory.binning
import infotheory.estimation
import infotheory.fairness
import infotheory.scorecard
from infotheory.binning import FairBinner, OptimalBinner, StumpBinner, merge_bins
from infotheory.estimation import MutualInformationSelector
from infotheory.exceptions import RefitWarning
from infotheory.scorecard import Scorecard, ScorecardRegressor

N = 240
rng = np.random.default_rng(0)
X = pd.DataFrame(
    {"x": rng.normal(size=N), "z": rng.normal(size=N), "c": rng.choice(list("abc"), N)}
)
Y = (X["x"] + rng.normal(size=N) > 0).to_numpy(int)
AMOUNT = np.exp(X["x"].to_numpy() / 2 + rng.normal(size=N))
GROUP = np.where(X["z"] + rng.normal(size=N) > 0, "u", "v")
MONTH = np.tile(["2024-01", "2024-02"], N // 2)
NUMBERS = X[["x", "z"]].to_numpy()
FRAME = pl.from_pandas(X.assign(y=Y, amount=AMOUNT, group=GROUP))
#: Options and a fit for each kind of use, by estimator.
OF_BINNERS = {
    "names": ({}, lambda e: e.fit(X[["x", "z"]], Y)),
    "no names": ({}, lambda e: e.fit(NUMBERS, Y)),
    "text labels": ({"event_label": "bad"}, lambda e: e.fit(X, np.where(Y == 1, "bad", "good"))),
    "weights": ({}, lambda e: e.fit(X, Y, np.arange(N) % 3)),
    "a frame": ({}, lambda e: e.fit_frame(FRAME.drop("amount", "group"), "y")),
}
PERIODS = {"periods": ({}, lambda e: e.fit(X, Y, periods=MONTH))}
CALLS = {
    OptimalBinner: OF_BINNERS
    | PERIODS
    | {
        "amounts": ({"target_type": "continuous"}, lambda e: e.fit(X, AMOUNT)),
        "classes": ({"target_type": "multiclass"}, lambda e: e.fit(X[["x"]], X["c"])),
        "sums of a frame": (
            {"target_type": "rate"},
            lambda e: e.fit_frame(FRAME.drop("y", "group"), "amount"),
        ),
    },
    StumpBinner: {name: OF_BINNERS[name] for name in ("names", "no names", "text labels")},
    FairBinner: OF_BINNERS
    | PERIODS
    | {
        "groups": ({"budget": 0.1}, lambda e: e.fit(X, Y, protected=GROUP)),
        "certified": (
            {"budget": 2.0, "certify": True, "confidence": 0.9},
            lambda e: e.fit(X, Y, protected=GROUP),
        ),
    },
    Scorecard: {name: OF_BINNERS[name] for name in OF_BINNERS}
    | {
        "signs": ({"signs": "constrained"}, lambda e: e.fit(X, Y)),
        "groups": ({"binner": FairBinner(budget=0.1)}, lambda e: e.fit(X, Y, protected=GROUP)),
    },
    ScorecardRegressor: {
        "names": ({"target_type": "rate"}, lambda e: e.fit(X, AMOUNT)),
        "no names": ({"target_type": "continuous"}, lambda e: e.fit(NUMBERS, AMOUNT)),
        "a frame": (
            {"target_type": "rate"},
            lambda e: e.fit_frame(FRAME.drop("y", "group"), "amount"),
        ),
    },
    MutualInformationSelector: {
        "names": ({}, lambda e: e.fit(X[["x", "z"]], Y)),
        "no names": ({"criterion": "mrmr"}, lambda e: e.fit(NUMBERS, Y)),
    },
}
pytestmark = [
    pytest.mark.filterwarnings("ignore::infotheory.exceptions.CoefficientSignWarning"),
    pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning"),
    pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning"),
]


def fitted(kind, name, estimator=None):
    options, fit = CALLS[kind][name]
    if estimator is None:
        return fit(kind().set_params(**options))
    return fit(estimator.set_params(**(kind().get_params(deep=False) | options)))


def bins_of(estimator):
    learnt = getattr(estimator, "binner_", estimator)
    return list(getattr(learnt, "features_", {}).values())


@pytest.mark.parametrize("kind", CALLS, ids=lambda kind: kind.__name__)
def test_a_second_fit_is_a_first_one(kind):
    fresh = {name: fitted(kind, name) for name in CALLS[kind]}
    refitted = kind()
    # There and back again: each use after its neighbours on both sides.
    for name in [*CALLS[kind], *reversed(CALLS[kind])]:
        fitted(kind, name, refitted)
        assert sorted(vars(refitted)) == sorted(vars(fresh[name]))
        for mine, expected in zip(bins_of(refitted), bins_of(fresh[name]), strict=True):
            assert pickle.dumps(mine.spec) == pickle.dumps(expected.spec)
            # Engines add floats up in an order of their own.
            assert_allclose(mine.woe, expected.woe, rtol=1e-12)


def test_every_estimator_is_fitted_twice():
    rooms = (infotheory.binning, infotheory.estimation, infotheory.scorecard, infotheory.fairness)
    public = {getattr(room, name) for room in rooms for name in room.__all__}
    estimators = {
        each for each in public if isinstance(each, type) and issubclass(each, BaseEstimator)
    }
    assert {each for each in estimators if hasattr(each, "fit")} == set(CALLS)


@pytest.mark.parametrize("kind", CALLS, ids=lambda kind: kind.__name__)
def test_a_fit_that_fails_leaves_the_one_before(kind):
    estimator = fitted(kind, "names")
    before = copy.copy(vars(estimator))
    with pytest.raises(ValueError, match="y"):
        estimator.fit(X[["x"]], np.full(N, np.nan))
    assert vars(estimator) == before


def test_what_a_fit_sets_is_known_in_its_order():
    learnt = vars(OptimalBinner().fit(X, Y))
    assert learnt["_set_by_fit"] == tuple(name for name in learnt if name.endswith("_"))


def test_a_first_fit_that_fails_leaves_nothing():
    binner = OptimalBinner()
    before = copy.copy(vars(binner))
    with pytest.raises(ValueError, match="y"):
        binner.fit(X, np.full(N, np.nan))
    assert vars(binner) == before


def test_edits_are_lost_with_a_word_and_only_by_a_fit_that_ends():
    binner = merge_bins(OptimalBinner().fit(X, Y), "x", [0, 1], reason="policy")
    with pytest.raises(ValueError, match="y"):
        binner.fit(X, np.full(N, np.nan))
    assert len(binner.audit_) == 1
    with pytest.warns(RefitWarning, match="a fit learns bins anew"):
        binner.fit(X, Y)
    assert binner.audit_ == []


def test_what_scikit_learn_keeps_of_an_estimator_stays():
    binner = clone(OptimalBinner()).set_output(transform="pandas").fit(X, Y)
    assert isinstance(binner.fit(X, Y).transform(X), pd.DataFrame)


class Remembers(OptimalBinner):
    """A user's subclass, which sets an attribute of its own before the fit."""

    def fit(self, X, y, sample_weight=None, *, note=None):
        if note is not None:
            self.note_ = note
        return super().fit(X, y, sample_weight)


def test_what_a_subclass_sets_before_the_fit_stays():
    binner = Remembers().fit(X, Y, note="first")
    assert binner.note_ == "first"
    assert binner.fit(X, Y, note="second").note_ == "second"
    with pytest.raises(ValueError, match="one entry a row, got shape"):
        binner.fit(X, Y[:-1], note="third")
    assert binner.note_ == "third"
    assert binner.features_
