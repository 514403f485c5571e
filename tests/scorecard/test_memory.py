"""Cards of many rows: what a fit does not need any more is gone before the regression begins."""

import weakref

import numpy as np
import pytest

from infotheory.binning import OptimalBinner
from infotheory.scorecard import Scorecard, ScorecardRegressor


@pytest.mark.parametrize("card", [Scorecard(), ScorecardRegressor(target_type="continuous")])
def test_codes_of_the_rows_are_gone_when_the_regression_begins(card, monkeypatch):
    x = np.random.default_rng(0).normal(size=(300, 2))
    y = x[:, 0] + np.random.default_rng(1).normal(size=300)
    codes, alive = [], []
    bin_codes, learn = OptimalBinner.bin_codes, type(card)._learn

    def watched(self, X):
        made = bin_codes(self, X)
        codes.append(weakref.ref(made))
        return made

    def learn_watched(self, *arguments):
        alive.append(codes[-1]() is not None)
        return learn(self, *arguments)

    monkeypatch.setattr(OptimalBinner, "bin_codes", watched)
    monkeypatch.setattr(type(card), "_learn", learn_watched)
    card.fit(x, (y > 0).astype(int) if isinstance(card, Scorecard) else np.exp(y))
    assert alive == [False]
