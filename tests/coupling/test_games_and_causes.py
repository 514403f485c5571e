"""The Markov coding game and entropic causal direction."""

import math

import numpy as np
import pytest

from infotheory.coupling import (
    GridWorld,
    entropic_causal_direction,
    markov_coding_game,
    minimum_entropy_coupling,
    soft_policy,
)


def test_grid_and_policy():
    world = GridWorld.build()
    assert world.transition.sum(axis=2) == pytest.approx(np.ones((64, 4)))
    assert world.transition[0, 0, 0] == pytest.approx(
        0.9
    )  # up from the corner: bump, or slip left into the wall; .1 right
    assert world.transition[0, 0, 1] == pytest.approx(0.1)
    assert world.transition[8, 1, 8] == pytest.approx(
        0.8
    )  # right of (1, 0) stands the obstacle (1, 1)
    policy = soft_policy(world, -5.0)
    assert policy.sum(axis=1) == pytest.approx(np.ones(64))
    assert policy[6].argmax() == 1  # beside the goal: go right


def test_orderings_of_the_game():
    free = markov_coding_game(64, episodes=60, rng=1)
    played = {
        (rate, method): markov_coding_game(64, rate=rate, method=method, episodes=60, rng=1)
        for rate in (0.5, 0.25)
        for method in ("best", "uniform")
    }
    assert free.accuracy.value > 0.5
    for rate in (0.5, 0.25):
        best, uniform = played[rate, "best"], played[rate, "uniform"]
        difference = best.accuracy.value - uniform.accuracy.value
        assert difference > 4 * math.hypot(
            best.accuracy.standard_error, uniform.accuracy.standard_error
        )
        for game in (
            best,
            uniform,
        ):  # the law of the moves is the policy's: the reward does not suffer
            error = math.hypot(game.reward.standard_error, free.reward.standard_error)
            assert abs(game.reward.value - free.reward.value) < 4 * error
    assert played[0.25, "best"].accuracy.value < played[0.5, "best"].accuracy.value


def test_game_errors():
    with pytest.raises(ValueError, match="got n_messages=1, episodes=100, rate=inf"):
        markov_coding_game(1)
    with pytest.raises(ValueError, match="rate=nan"):
        markov_coding_game(2, rate=math.nan)
    with pytest.raises(ValueError, match="method must be one of"):
        markov_coding_game(2, method="none")
    assert markov_coding_game(2, episodes=1).accuracy.standard_error == math.inf


def test_direction_by_hand():
    # Y = X mod 2, X uniform on 4: X -> Y needs no noise (2 bits); Y -> X needs 1 + 1 bits
    joint = np.zeros((4, 2))
    joint[np.arange(4), np.arange(4) % 2] = 0.25
    result = entropic_causal_direction(joint, base=2)
    assert (result.x_to_y, result.y_to_x, result.direction) == (2.0, 2.0, "undecided")
    assert result.margin == 0.0


def test_noise_is_the_coupling_of_the_conditionals():
    joint = np.array([[0.3, 0.1, 0.0], [0.05, 0.25, 0.3], [0.0, 0.0, 0.0]])
    result = entropic_causal_direction(joint)
    rows, columns = joint[:2], joint.T
    noise = [
        minimum_entropy_coupling(*(row / row.sum() for row in part)).entropy
        for part in (rows, columns)
    ]
    marginal = [minimum_entropy_coupling(joint.sum(axis=axis)).entropy for axis in (1, 0)]
    assert (result.x_to_y, result.y_to_x) == pytest.approx(
        (marginal[0] + noise[0], marginal[1] + noise[1])
    )
    mirrored = entropic_causal_direction(joint.T)
    assert (mirrored.x_to_y, mirrored.y_to_x) == pytest.approx((result.y_to_x, result.x_to_y))


def test_sparse_noise_is_found_more_often_than_not():
    rng = np.random.default_rng(0)
    right = 0
    for _ in range(40):
        cause, noise = rng.dirichlet(np.ones(10)), rng.dirichlet(np.full(10, 0.1))
        joint = np.zeros((10, 10))
        for x in range(10):
            np.add.at(joint[x], rng.integers(10, size=10), cause[x] * noise)
        right += entropic_causal_direction(joint).direction == "x->y"
    assert right >= 30


def test_causal_errors():
    with pytest.raises(ValueError, match="joint"):
        entropic_causal_direction([0.5, 0.5])
    with pytest.raises(ValueError, match="joint"):
        entropic_causal_direction([[0.5, 0.4]])
    with pytest.raises(ValueError, match="shape"):
        entropic_causal_direction(np.full((2, 2, 2), 0.25))
