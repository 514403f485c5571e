"""A binner that was changed by hand warns where its bins are learnt anew, and keeps them frozen."""

import warnings

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline

from infotheory.binning import (
    FairBinner,
    OptimalBinner,
    StumpBinner,
    cross_fitted_information_value,
    merge_bins,
    permutation_test,
    undo_step,
)
from infotheory.datasets import make_portfolio
from infotheory.exceptions import RefitWarning
from infotheory.fairness import fairness_frontier, scorecard_frontier
from infotheory.report import scorecard_report
from infotheory.scorecard import Scorecard, select_characteristics

DATA = make_portfolio(900, numeric=[0.6, 0.4], categorical=[], random_state=0)
X, Y = DATA.X, DATA.y
GROUP = np.where(np.arange(900) % 2, "a", "b")


def tuned(cls=OptimalBinner):
    how = {"protected": GROUP} if cls is FairBinner else {}
    return merge_bins(cls(max_n_bins=4).fit(X, Y, **how), "number_0", [0, 1], reason="policy")


def refits(call):
    """Return the lines of this file at which edits were said to be lost."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    lost = [w for w in caught if w.category is RefitWarning]
    assert all(w.filename == __file__ for w in lost)
    return [str(w.message) for w in lost]


@pytest.mark.parametrize("cls", [OptimalBinner, StumpBinner, FairBinner])
def test_a_fit_says_what_it_forgets(cls):
    binner = tuned(cls)
    (message,) = refits(lambda: binner.fit(X, Y))
    assert "the 1 steps by hand in audit_ (on 'number_0') are lost" in message
    assert "FrozenEstimator" in message
    assert binner.audit_ == []
    assert refits(lambda: binner.fit(X, Y)) == []


def logistic(binner):
    return make_pipeline(binner, LogisticRegression())


def frame():
    return X.assign(y=Y)


CALLS = {
    "fit_transform": lambda b: b.fit_transform(X, Y),
    "fit_frame": lambda b: b.fit_frame(frame(), "y"),
    "clone": clone,
    "undone": lambda b: clone(undo_step(b, reason="no")),
    "card": lambda b: Scorecard(b).fit(X, Y),
    "card of a frame": lambda b: Scorecard(b).fit_frame(frame(), "y"),
    "clone of a card": lambda b: clone(Scorecard(b)),
    "cross-validated card": lambda b: cross_val_score(Scorecard(b), X, Y, cv=3),
    "pipeline": lambda b: logistic(b).fit(X, Y),
    "cross-validated pipeline": lambda b: cross_val_score(logistic(b), X, Y, cv=3),
    "grid search": lambda b: GridSearchCV(
        logistic(b), {"optimalbinner__max_n_bins": [3, 4]}, cv=3
    ).fit(X, Y),
    "columns": lambda b: ColumnTransformer([("all", b, list(X))]).fit(X, Y),
    "selection": lambda b: select_characteristics(X, Y, binner=b, rng=0),
    "cross-fitted": lambda b: cross_fitted_information_value(b, X, Y, rng=0),
    "permutations": lambda b: permutation_test(b, X, Y, n_permutations=19, rng=0),
    "frontier of cards": lambda b: scorecard_frontier(X, Y, GROUP, [0.1], card=Scorecard(b)),
}


def cross_val_threads(model):
    with joblib.parallel_backend("threading", n_jobs=2):
        return cross_val_score(model, X, Y, cv=6)


@pytest.mark.parametrize("name", CALLS)
def test_edits_that_are_lost_are_told_of_once(name):
    binner = tuned()
    assert len(refits(lambda: CALLS[name](binner))) == 1
    again = tuned()
    assert len(refits(lambda: CALLS[name](again))) == 1


def test_folds_in_threads_are_told_of_at_the_line_of_the_caller():
    """Threads share the filters of warnings, so that scikit-learn's blocks may let one repeat."""
    assert refits(lambda: cross_val_threads(logistic(tuned())))


def test_another_budget_forgets_edits_too():
    fair = tuned(FairBinner)
    assert len(refits(lambda: fair.with_budget(0.5))) == 1
    assert len(refits(lambda: fairness_frontier(X, Y, GROUP, [0.5], binner=fair))) == 1


@pytest.mark.parametrize("name", ["card", "cross-validated card", "pipeline", "clone"])
def test_a_frozen_binner_keeps_its_edits_in_silence(name):
    frozen = FrozenEstimator(tuned())
    assert refits(lambda: CALLS[name](frozen)) == []
    card = Scorecard(frozen).fit(X, Y)
    assert card.binner_.audit_ == frozen.audit_


def test_an_unedited_binner_and_a_report_say_nothing():
    plain = OptimalBinner().fit(X, Y)
    assert refits(lambda: cross_val_score(Scorecard(plain), X, Y, cv=3)) == []
    card = Scorecard(FrozenEstimator(tuned())).fit(X, Y)
    assert refits(lambda: scorecard_report(card, X.assign(other=X["number_1"] ** 2), Y)) == []
