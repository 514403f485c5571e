"""Options that say how evidence is read, changed after the fit that learnt it."""

import numpy as np
import pandas as pd
import pytest
from sklearn.frozen import FrozenEstimator

from infotheory.binning import OptimalBinner, StumpBinner, merge_bins, set_woe
from infotheory.report import scorecard_report
from infotheory.scorecard import Scorecard
from infotheory.workbench import workbench


def portfolio():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=500), "home": rng.choice(["own", "rent"], 500)})
    y = (rng.random(500) < 1.0 / (1.0 + np.exp(1.0 - X["x"] - (X["home"] == "own")))).astype(int)
    return X, y


def reads(binner, X, y):
    """Whatever reads evidence by the options of its binner."""
    return {
        "table": lambda: binner.binning_table("x"),
        "document": binner.to_json,
        "edit": lambda: merge_bins(binner, "x", [0, 1], reason="r"),
        "card": lambda: Scorecard(FrozenEstimator(binner), signs="constrained").fit(X, y),
        "card of a frame": lambda: Scorecard(FrozenEstimator(binner)).fit_frame(X.assign(y=y), "y"),
        "session": lambda: workbench(binner, X, y),
    }


@pytest.mark.filterwarnings("ignore:bins with rows of one class only")
@pytest.mark.parametrize("kind", [OptimalBinner, StumpBinner])
@pytest.mark.parametrize("options", [{"woe_sign": "event"}, {"zero_cells": 5.0}])
def test_options_that_are_not_those_of_the_fit_are_refused(kind, options):
    X, y = portfolio()
    binner = kind().fit(X, y)
    before, learnt = binner.transform(X), binner.get_params(deep=False)
    binner.set_params(**options)
    # What the fit learnt is what it was, as everywhere in scikit-learn.
    np.testing.assert_array_equal(binner.transform(X), before)
    for read in reads(binner, X, y).values():
        with pytest.raises(
            ValueError, match=r"from which the evidence of 'x' does not follow; fit"
        ):
            read()

    binner.set_params(**{name: learnt[name] for name in options})
    assert kind.from_json(binner.to_json()).transform(X).tolist() == before.tolist()
    again = binner.set_params(**options).fit(X, y)
    assert again.binning_table("x")["woe"][0] == again.woe_["x"][0]


def test_a_card_whose_binner_was_changed_is_neither_written_nor_reported_on():
    X, y = portfolio()
    card = Scorecard().fit(X, y)
    card.binner_.set_params(woe_sign="event")
    with pytest.raises(
        ValueError, match="woe_sign and zero_cells of a fitted binner must be those"
    ):
        card.to_json()
    with pytest.raises(
        ValueError, match="woe_sign and zero_cells of a fitted binner must be those"
    ):
        scorecard_report(card, X, y)


def test_evidence_by_hand_and_joined_codes_follow_from_their_options():
    X, y = portfolio()
    X.loc[:30, "x"] = np.nan
    binner = set_woe(OptimalBinner().fit(X, y), "x", 0, 1.5, reason="r")
    joined = merge_bins(binner, "x", [1, "Missing"], reason="r")
    assert joined.woe_["x"][0] == 1.5
    assert OptimalBinner.from_json(joined.to_json()).woe_["x"].tolist() == (
        joined.woe_["x"].tolist()
    )
