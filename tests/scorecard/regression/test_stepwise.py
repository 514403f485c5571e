"""Stepwise search: rankings, entries and removals on patterns with known effects, and size."""

import itertools

import numpy as np
import pytest

from infotheory._patterns import Patterns
from infotheory.scorecard.regression.characteristic_tests import characteristic_test
from infotheory.scorecard.regression.regressors import Regressor
from infotheory.scorecard.regression.stepwise import stepwise
from tests.studies import Study


def pattern_rows(n, rng, last=0.0, weights=False):
    """Three characteristics with known effects; the last has one of its own, or none."""
    cells = np.array(list(itertools.product(range(4), range(3), range(5))))
    drawn = rng.integers(len(cells), size=n)
    woe = [np.array([0.9, 0.3, -0.3, -1.0]), np.array([0.5, 0.0, -0.5]), np.linspace(-1, 1, 5)]
    eta = -1.5 - woe[0][cells[drawn, 0]] - woe[1][cells[drawn, 1]] - last * woe[2][cells[drawn, 2]]
    y = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(float)
    w = rng.choice([1.0, 4.0], size=n) if weights else None
    return Patterns.from_rows(cells[drawn], y, w), woe


@pytest.mark.parametrize("weighted", [False, True])
def test_ranking_scores_are_those_of_the_test_of_one_characteristic(weighted):
    patterns, woe = pattern_rows(2000, np.random.default_rng(11), last=0.3, weights=weighted)
    moves = stepwise(patterns, woe, direction="forward", alpha=1e-300)
    assert {move.decision for move in moves} == {"left out"}
    for move in moves:
        alone = Patterns(
            patterns.codes[:, [move.feature]], patterns.counts, patterns.squared_weights
        )
        theirs = characteristic_test(alone, [Regressor(woe[move.feature])], 0)
        assert move.test.statistic == pytest.approx(theirs.statistic, rel=1e-8)
        assert move.test.degrees_of_freedom == theirs.degrees_of_freedom
    moves = stepwise(patterns, woe, direction="backward", alpha=1.0 if weighted else 0.5)
    kept = [move.feature for move in moves if move.decision == "kept"]
    used = Patterns(patterns.codes[:, kept], patterns.counts, patterns.squared_weights)
    for place, move in enumerate(move for move in moves if move.decision == "kept"):
        theirs = characteristic_test(used, [Regressor(woe[f]) for f in kept], place)
        assert move.test.statistic == pytest.approx(theirs.statistic, rel=1e-6)


def test_backward_takes_out_noise_and_stays():
    patterns, woe = pattern_rows(4000, np.random.default_rng(5))
    moves = stepwise(patterns, woe, direction="backward", alpha=0.01)
    assert [(move.feature, move.decision) for move in moves] == [
        (2, "removed"),
        (0, "kept"),
        (1, "kept"),
    ]
    assert moves[0].test.degrees_of_freedom == 4


def test_what_a_later_entry_makes_idle_leaves_and_does_not_come_back():
    # the third characteristic repeats the sum of the first two with noise: first in, idle once both
    # are there
    rng = np.random.default_rng(6)
    a, b = rng.integers(0, 4, size=(2, 20_000))
    both = np.clip(a + b + rng.integers(-1, 2, size=a.size), 0, 6)
    y = (rng.random(a.size) < 1 / (1 + np.exp(2.5 - 0.8 * (a + b) / 2))).astype(float)
    codes = np.column_stack([both, a, b])
    woe = [np.log(np.bincount(c, 1 - y) / np.bincount(c, y)) for c in codes.T]
    moves = stepwise(Patterns.from_rows(codes, y), woe, direction="both", alpha=0.001)
    assert [(move.feature, move.decision) for move in moves] == [
        (0, "entered"), (1, "entered"), (2, "entered"), (0, "removed")
    ]  # fmt: skip
    forward = stepwise(Patterns.from_rows(codes, y), woe, direction="forward", alpha=0.001)
    assert [move.feature for move in forward if move.decision == "entered"] == [0, 1, 2]


def test_separated_patterns_leave_finite_tests_without_a_warning():
    codes = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 50)
    y = (codes[:, 0] == 1).astype(float)
    for direction in ("forward", "backward", "both"):
        moves = stepwise(
            Patterns.from_rows(codes, y),
            [np.array([2.0, -2.0])] * 2,
            direction=direction,
            alpha=0.05,
        )
        assert [move.feature for move in moves if move.decision in {"entered", "kept"}] == [0]
        assert all(np.isfinite(move.test.statistic) for move in moves)
    assert moves[-1].test.p_value > 0.5


@pytest.mark.slow
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_size_with_given_bins(direction, weighted):
    # three standard errors of 500 samples
    rng, alpha, study = np.random.default_rng(9), 0.05, Study(500, stays=(0.021, 0.079))
    for _ in study:
        patterns, woe = pattern_rows(1500, rng, weights=weighted)
        out = {"removed", "left out"}
        moves = stepwise(patterns, woe, direction=direction, alpha=alpha)
        study.note(stays=not any(move.feature == 2 and move.decision in out for move in moves))
    study.check(f"noise, {direction}, weighted {weighted}")
