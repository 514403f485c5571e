"""The Markov coding game and entropic causal direction."""

import math

import numpy as np
import pytest
from scipy import stats

from infotheory.coupling import (
    GridWorld,
    entropic_causal_direction,
    expected_reward,
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


@pytest.mark.parametrize(
    ("convention", "rewards"),
    [("authors", (0.332, 0.321, 0.0925)), ("entering", (0.350, 0.339, 0.1093))],
)
def test_exact_rewards_of_both_conventions(convention, rewards):
    world = GridWorld.build()
    for log_beta, reward in zip((-6, -5, -4), rewards, strict=True):
        policy = soft_policy(world, log_beta, convention=convention)
        exact = expected_reward(world, policy, convention=convention)
        assert exact == pytest.approx(reward, abs=0.0005 if reward > 0.2 else 0.00005)


def test_expected_reward_by_hand():
    """A corridor of three cells: always to the right, 1 is discounted once less than steps."""
    world = GridWorld.build(
        shape=(1, 3), start=(0, 0), goal=(0, 2), trap=None, obstacles=[], slip=0.0, discount=0.5
    )
    right = np.tile([0.0, 1.0, 0.0, 0.0], (3, 1))
    assert expected_reward(world, right) == pytest.approx(0.5)
    assert expected_reward(world, right, convention="authors") == pytest.approx(0.25)
    # half of the moves stay: x = (y + x) / 4 with y = 1 / 2 + y / 4
    lazy = np.tile([0.5, 0.5, 0.0, 0.0], (3, 1))
    assert expected_reward(world, lazy) == pytest.approx((2 / 3) / 3)
    assert expected_reward(world, np.vstack([lazy[:2], np.full(4, np.nan)])) > 0  # the end


@pytest.mark.parametrize("convention", ["authors", "entering"])
def test_the_mean_reward_is_the_exact_one_at_every_rate(convention):
    world = GridWorld.build()
    policy = soft_policy(world, -5.0, convention=convention)
    exact = expected_reward(world, policy, convention=convention)
    for compress, rate in (("message", 0.3), ("moves", 0.1), ("moves", math.inf)):
        game = markov_coding_game(
            16, rate=rate, compress=compress, episodes=60, convention=convention, rng=3
        )
        assert game.policy[~world.terminal] == pytest.approx(policy[~world.terminal])
        assert abs(game.reward.value - exact) < 3.5 * game.reward.standard_error
        powers = game.steps - (convention == "entering")
        assert np.abs(game.discounted_rewards) == pytest.approx(0.95**powers)


def test_beliefs_over_time():
    prior = np.array([0.5, 0.3, 0.15, 0.05])
    game = markov_coding_game(prior=prior, episodes=150, rate=0.6, keep_beliefs=True, rng=2)
    for sent, belief, whole, steps, read in zip(
        game.messages[:, 0], game.beliefs, game.whole_beliefs, game.steps, game.decoded, strict=True
    ):
        assert whole.shape == (steps + 1, 1, 4)
        assert whole.sum(axis=2) == pytest.approx(np.ones((steps + 1, 1)))
        assert belief == pytest.approx(whole[:, 0, sent])
        assert belief[0] == prior[sent]
        assert read == (whole[-1, 0].argmax() == sent)

    # Bayes: a belief changes by nothing on average, and what is sent follows the prior
    late = np.array([whole[min(6, len(whole) - 1), 0] for whole in game.whole_beliefs])
    error = late.std(axis=0, ddof=1) / np.sqrt(len(late))
    assert (np.abs(late.mean(axis=0) - prior) < 4 * error).all()
    shares = np.bincount(game.messages[:, 0], minlength=4) / 150
    assert (np.abs(shares - prior) < 4 * np.sqrt(prior * (1 - prior) / 150)).all()

    # the belief in what was sent grows, by what the couplings tell; rates hold at each step
    assert game.belief_after(0).value == pytest.approx(np.mean(prior[game.messages[:, 0]]))
    assert game.belief_after(1000).value > game.belief_after(3).value > game.belief_after(0).value
    assert max(path.max() for path in game.informations) <= game.rate + 1e-9
    entropy = -(prior * np.log2(prior)).sum()
    assert game.rate == pytest.approx(0.6 * entropy)
    assert all(path[0] == pytest.approx(entropy) for path in game.belief_entropies)


def test_a_rate_of_nothing_tells_nothing_in_either_mode():
    for compress in ("message", "moves"):
        game = markov_coding_game(4, rate=0.0, compress=compress, episodes=10, rng=1)
        assert all(np.abs(path - path[0]).max() < 1e-9 for path in game.beliefs)
        assert all(np.abs(path).max() < 1e-12 for path in game.informations)


def test_the_reverse_mode_compresses_the_moves():
    """At a rate between the entropies of move and message only the message is cut."""
    free = markov_coding_game(64, episodes=20, rng=5)
    moves = markov_coding_game(64, rate=0.5, compress="moves", episodes=20, rng=5)
    assert (moves.decoded == free.decoded).all()  # 3 bits hold any move
    cut = markov_coding_game(64, rate=0.1, compress="moves", episodes=20, rng=5)
    assert max(path.max() for path in cut.informations) <= 0.6 + 1e-9
    assert cut.belief_after(8).value < free.belief_after(8).value


def test_messages_in_blocks():
    game = markov_coding_game(8, n_blocks=2, episodes=60, keep_beliefs=True, rng=1)
    assert game.messages.shape == game.decoded_blocks.shape == (60, 2)
    assert (game.decoded == game.decoded_blocks.all(axis=1)).all()
    assert game.accuracy.value > 0.5
    for sent, belief, whole in zip(game.messages, game.beliefs, game.whole_beliefs, strict=True):
        assert belief == pytest.approx(whole[:, 0, sent[0]] * whole[:, 1, sent[1]])
        # one block changes at a time, the most uncertain
        changed = np.abs(np.diff(whole, axis=0)).max(axis=2) > 0
        assert (changed.sum(axis=1) <= 1).all()
        doubt = -(whole * np.log(np.where(whole > 0, whole, 1.0))).sum(axis=2)[:-1]
        for row, entropies in zip(changed, doubt, strict=True):
            assert not row.any() or row.argmax() == entropies.argmax()
    laws = [[0.5, 0.5, 0.0], [0.2, 0.3, 0.5]]
    assert (markov_coding_game(prior=laws, episodes=30).messages[:, 0] < 2).all()


def test_a_world_and_a_policy_of_ones_own():
    world = GridWorld.build(
        shape=(1, 4), start=(0, 0), goal=(0, 3), trap=None, obstacles=[], slip=0
    )
    policy = np.tile([0.25, 0.25, 0.25, 0.25], (4, 1))
    game = markov_coding_game(4, world=world, policy=policy, episodes=50, rng=0)
    for states, moves in zip(game.states, game.moves, strict=True):
        expected = np.clip(states[:-1] + (moves == 1) - (moves == 3), 0, 3)
        assert (states[1:] == expected).all()
        assert states[-1] == 3
    # uniform moves carry two bits: the first move tells one message of four
    assert (game.decoded == 1).all()
    assert all(path[1] == pytest.approx(1.0) for path in game.beliefs)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"prior": [0.5, 0.4]}, "prior must sum to 1"),
        ({"prior": [0.5, 0.5], "n_messages": 3}, "with n_messages=3"),
        ({"prior": [[0.5, 0.5]] * 2, "n_blocks": 3}, "n_blocks=3"),
        ({"n_messages": 4, "n_blocks": 0}, "n_blocks must be an integer"),
        ({"n_messages": 10**6, "n_blocks": 10**6}, "n_blocks times n_messages must be at most"),
        ({"prior": [0.5, 0.5], "n_blocks": 10**6}, "n_blocks times n_messages must be at most"),
        ({"compress": "state"}, "compress must be one of"),
        ({"convention": "ours"}, "convention must be one of"),
        ({"world": 3}, "world must be a GridWorld, got int"),
        ({"policy": np.ones((64, 4))}, "policy must sum to 1"),
        ({"policy": np.full((64, 3), 1 / 3)}, "policy must have shape"),
        ({"keep_beliefs": 1}, "keep_beliefs must be True or False"),
    ],
)
def test_wrong_games(arguments, match):
    with pytest.raises(ValueError, match=match):
        markov_coding_game(episodes=1, **arguments)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"shape": (8,)}, "shape must be"),
        ({"shape": (100, 100)}, "at most 2000 cells"),
        ({"goal": (8, 0)}, "inside the grid"),
        ({"goal": (5, 4)}, "must be different cells"),
        ({"obstacles": [(0, 7)]}, "must be different cells"),
        ({"slip": 0.6}, "slip must be"),
        ({"discount": 1.0}, "discount must be"),
    ],
)
def test_wrong_grids(arguments, match):
    with pytest.raises(ValueError, match=match):
        GridWorld.build(**arguments)


def test_wrong_worlds():
    good = GridWorld.build()
    with pytest.raises(ValueError, match="transition must sum to 1"):
        GridWorld(good.transition * 0.5, good.reward, good.terminal, good.start)
    with pytest.raises(ValueError, match="start must not be terminal"):
        GridWorld(good.transition, good.reward, good.terminal, 7)
    with pytest.raises(ValueError, match="a world needs transition of shape"):
        GridWorld(good.transition[:, :, :3], good.reward, good.terminal, good.start)
    with pytest.raises(ValueError, match="terminal must be bool"):
        GridWorld(good.transition, good.reward, good.terminal.astype(int), good.start)
    with pytest.raises(ValueError, match="reward must hold real numbers"):
        GridWorld(good.transition, ["none"] * 64, good.terminal, good.start)
    with pytest.raises(ValueError, match="transition must hold real numbers"):
        GridWorld(good.transition + 0j, good.reward, good.terminal, good.start)


def test_a_world_of_lists_plays_as_one_of_arrays():
    good = GridWorld.build(shape=(2, 3), start=(0, 0), goal=(0, 2), trap=None, obstacles=[])
    lists = GridWorld(
        good.transition.tolist(), good.reward.tolist(), good.terminal.tolist(), np.int8(good.start)
    )
    policy = soft_policy(lists, -5.0)
    np.testing.assert_array_equal(policy, soft_policy(good, -5.0))
    assert expected_reward(lists, policy.tolist()) == expected_reward(good, policy)
    assert "GridWorld" in repr(lists)

    # What is edited afterwards is no longer part of the world that was checked.
    reward = good.reward.copy()
    world = GridWorld(good.transition, reward, good.terminal, good.start)
    reward[:] = np.nan
    assert np.isfinite(expected_reward(world, policy))


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


def test_no_interval_of_episodes_that_agree_has_no_width():
    """All of 60 messages read is no certainty, and equal rewards have no error that is known."""
    game = markov_coding_game(2, episodes=60, log_beta=-4.0, rng=0)
    assert game.accuracy.value == 1.0
    low, high = game.accuracy.interval()
    # Beta(60.5, 0.5) leaves 2.5 % below
    assert (low, high) == (pytest.approx(stats.beta.ppf(0.025, 60.5, 0.5)), 1.0)

    world = GridWorld.build(
        shape=(1, 3), start=(0, 0), goal=(0, 2), trap=None, obstacles=[], slip=0.0
    )
    right = np.tile([0.0, 1.0, 0.0, 0.0], (3, 1))
    sure = markov_coding_game(2, world=world, policy=right, episodes=7)
    assert sure.reward.value == pytest.approx(0.95)
    for estimate in (sure.reward, game.belief_after(0), markov_coding_game(2, episodes=1).reward):
        assert np.isnan(estimate.interval()).all()
        assert "say nothing of their error" in estimate.reason


def test_the_reward_of_few_episodes_has_student_s_interval():
    game = markov_coding_game(2, episodes=5, rng=0)
    low, high = game.reward.interval()
    spread = stats.t.ppf(0.975, 4) * game.discounted_rewards.std(ddof=1) / math.sqrt(5)
    assert (low + high) / 2.0 == pytest.approx(game.reward.value)
    assert high - low == pytest.approx(2.0 * spread)


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
