"""A frontier of rows without weights is that of rows with weights of one, bit for bit."""

import numpy as np
import pytest

from infotheory.binning import FairBinner, OptimalBinner
from infotheory.datasets import make_portfolio
from infotheory.fairness import fairness_frontier, scorecard_frontier
from infotheory.fairness.score_measures import score_rule
from infotheory.scorecard import Scorecard

FRONTIERS = {
    "bins": (fairness_frontier, {"binner": FairBinner(max_n_prebins=6, mip_gap=1e-9)}),
    "scorecards": (scorecard_frontier, {"card": Scorecard(OptimalBinner(max_n_prebins=6))}),
}


def table(name, weights):
    function, options = FRONTIERS[name]
    data = make_portfolio(
        1200, numeric=[0.4, 0.2], categorical=[], protected_slope=1.2, random_state=0
    )
    held_out = {"X": data.X[:400], "y": data.y[:400], "protected": data.protected[:400]}
    if weights is not None:
        held_out["sample_weight"] = weights[:400]
    frontier = function(
        data.X,
        data.y,
        data.protected,
        [0.05, np.inf],
        sample_weight=weights,
        holdout=held_out,
        **options,
    )
    return frontier.to_frame().drop(columns="seconds").to_csv(float_format="%.17g")


@pytest.mark.parametrize("name", FRONTIERS)
def test_weights_of_one_are_no_weights(name):
    assert table(name, np.ones(1200)) == table(name, None)


# A band of the smaller group has few rows, whose interval is withheld.
@pytest.mark.filterwarnings("ignore:weights in bin:infotheory.exceptions.WithheldWarning")
@pytest.mark.parametrize("name", FRONTIERS)
def test_other_weights_make_a_difference(name):
    assert table(name, np.tile([0.5, 2.0], 600)) != table(name, None)


@pytest.mark.parametrize("weight", [0.1, 0.3, 1 / 3, 0.7])
def test_the_cut_off_does_not_feel_the_rounding_of_sums(weight):
    scores = np.random.default_rng(5).permutation(300_000).astype(float)
    for rate in (0.1, 0.25, 0.5, 0.07):
        rule = score_rule(scores, np.full(scores.size, weight), 5, rate)
        assert rule.cut_off == round(rate * scores.size) - 1
        assert score_rule(scores, None, 5, rate).cut_off == rule.cut_off
        assert rule.edges.tolist() == [60_000.0, 120_000.0, 180_000.0, 240_000.0]
