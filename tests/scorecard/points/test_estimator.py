"""Parameters of a binner that a card does not name yet."""

import subprocess
import sys

import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from infotheory import Scorecard, StumpBinner
from infotheory.datasets import load_german_credit


def test_a_search_goes_over_parameters_of_the_binner_that_is_none():
    X, y = load_german_credit()
    X = X[["duration_in_month", "credit_amount", "age_in_years"]]
    search = GridSearchCV(Scorecard(), {"binner__max_n_bins": [2, 4]}, cv=2, scoring="roc_auc")
    search.fit(X, y)
    named = Scorecard(binner=search.best_estimator_.binner).fit(X, y)
    assert search.best_estimator_.binner.max_n_bins in (2, 4)
    assert named.points_table().equals(search.best_estimator_.points_table())
    in_pipeline = make_pipeline(Scorecard()).set_params(scorecard__binner__max_n_bins=3)
    assert in_pipeline[-1].binner.max_n_bins == 3


def test_a_binner_that_is_named_stays():
    binner = StumpBinner()
    card = Scorecard(binner).set_params(binner__max_n_bins=3, pdo=40)
    assert card.binner is binner
    assert (binner.max_n_bins, card.pdo) == (3, 40)
    assert clone(card).binner.max_n_bins == 3
    both = Scorecard().set_params(binner__max_n_bins=5, binner=StumpBinner())
    assert isinstance(both.binner, StumpBinner)
    assert both.binner.max_n_bins == 5


def test_what_the_binner_does_not_have_is_named():
    with pytest.raises(ValueError, match=r"Invalid parameter 'bins' for estimator OptimalBinner"):
        Scorecard().set_params(binner__bins=3)
    assert Scorecard().set_params(pdo=40).binner is None


EDITED_CARD = """
import subprocess
import sys

import numpy as np
from infotheory.binning import merge_bins
from infotheory.scorecard import Scorecard, ScorecardRegressor

rng = np.random.default_rng(0)
X = rng.normal(size=(400, 1))
y = (rng.random(400) < 1 / (1 + np.exp(-X[:, 0]))).astype(int)
for card in (Scorecard(), ScorecardRegressor()):
    card.fit(X, y)
    edited = merge_bins(card, "x0", [0, 1], reason="a test", rows=(X, y))
    n_bins = [len(one.points_["x0"]) for one in (card, edited)]
    print(type(edited).__name__, n_bins[1] - n_bins[0])
"""


def test_the_bins_of_a_card_are_edited_where_nothing_else_was_loaded():
    """A room loads its names later: what edits know of cards must come with the card."""
    result = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", EDITED_CARD], capture_output=True, text=True, check=False
    )
    assert result.stdout == "Scorecard -1\nScorecardRegressor -1\n", result.stderr
