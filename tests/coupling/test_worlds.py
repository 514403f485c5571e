"""Worlds of the coding game: moves and slips by hand, policies and rewards by other ways."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infotheory.coupling import GridWorld, expected_reward, markov_coding_game, soft_policy

UP, RIGHT, DOWN, LEFT = range(4)
STEPS = {UP: (-1, 0), RIGHT: (0, 1), DOWN: (1, 0), LEFT: (0, -1)}
FEW = settings(max_examples=20)


@st.composite
def grids(draw):
    """Grids of 2 to 12 cells with up to three obstacles, and what they were built of."""
    shape = draw(st.tuples(st.integers(1, 3), st.integers(2, 4)))
    cells = draw(st.permutations(list(np.ndindex(*shape))))
    n_obstacles = draw(st.integers(0, max(0, min(3, len(cells) - 2))))
    built = {
        "shape": shape,
        "start": cells[0],
        "goal": cells[1],
        "trap": None,
        "obstacles": cells[2 : 2 + n_obstacles],
        "slip": draw(st.sampled_from([0.0, 0.1, 0.25, 0.5])),
        "discount": draw(st.sampled_from([0.0, 0.5, 0.95])),
    }
    return GridWorld.build(**built), built


def where(cell, move, built):
    """The cell that a step leads to."""
    there = tuple(a + b for a, b in zip(cell, STEPS[move], strict=True))
    inside = all(0 <= a < n for a, n in zip(there, built["shape"], strict=True))
    return there if inside and there not in built["obstacles"] else cell


@FEW
@given(grids())
def test_moves_and_slips_by_hand(grid):
    world, built = grid
    columns, slip = built["shape"][1], built["slip"]
    for cell in np.ndindex(*built["shape"]):
        for move in range(4):
            law = np.zeros(world.reward.size)
            for turn, probability in ((0, 1 - 2 * slip), (1, slip), (-1, slip)):
                row, column = where(cell, (move + turn) % 4, built)
                law[row * columns + column] += probability
            np.testing.assert_allclose(
                world.transition[cell[0] * columns + cell[1], move], law, atol=1e-15
            )
    goal = built["goal"][0] * columns + built["goal"][1]
    assert np.flatnonzero(world.terminal).tolist() == [goal]
    assert world.reward.sum() == world.reward[goal] == 1.0


def rolled_out(world, policy, n_steps, first_power):
    """Expected reward of the first steps, by the law of the state after each."""
    at, total = np.zeros(world.reward.size), 0.0
    at[world.start] = 1.0
    for step in range(n_steps):
        at = np.where(world.terminal, 0.0, at)
        at = np.einsum("s,sm,smt->t", at, policy, world.transition)
        total += world.discount ** (step + first_power) * float(at @ world.reward)
    return total


@FEW
@given(grids(), st.integers(0, 2**32 - 1))
def test_the_expected_reward_is_that_of_steps_one_by_one(grid, seed):
    world, _ = grid
    policy = np.random.default_rng(seed).dirichlet(np.ones(4), size=world.reward.size)
    for convention, first_power in (("entering", 0), ("authors", 1)):
        by_steps = rolled_out(world, policy, 600, first_power)
        exact = expected_reward(world, policy, convention=convention)
        # What comes after 600 steps counts less than .95^600.
        assert exact == pytest.approx(by_steps, abs=1e-11)
        assert exact <= 1.0 + 1e-12


@FEW
@given(grids(), st.sampled_from(["entering", "authors"]))
def test_without_a_morrow_a_hot_policy_is_uniform(grid, convention):
    """With one it is not: what ends an episode ends the choice of moves, which heat values."""
    world, _ = grid
    brief = GridWorld(world.transition, world.reward, world.terminal, world.start, 0.0)
    hot = soft_policy(brief, 30.0, convention=convention)
    np.testing.assert_allclose(hot, 0.25, atol=1e-9)
    later = soft_policy(world, 30.0, convention=convention)
    assert (later > 0.0).all()
    np.testing.assert_allclose(later.sum(axis=1), 1.0, atol=1e-12)


def best_value(world):
    """Value iteration: the best that any policy earns."""
    value = np.zeros(world.reward.size)
    for _ in range(400):
        onward = np.where(world.terminal, 0.0, value)
        value = (world.transition @ (world.reward + world.discount * onward)).max(axis=1)
    return value[world.start]


@FEW
@given(grids())
def test_a_cold_policy_earns_what_the_best_one_earns(grid):
    world, _ = grid
    cold = soft_policy(world, -12.0)
    assert expected_reward(world, cold) == pytest.approx(best_value(world), abs=1e-3)
    # and no temperature earns more
    for log_beta in (-6.0, -2.0, 0.0):
        assert expected_reward(world, soft_policy(world, log_beta)) <= best_value(world) + 1e-9


def corridor(**options):
    """Four cells in a row, the goal at the right end."""
    cells = {"shape": (1, 4), "start": (0, 0), "goal": (0, 3), "trap": None, "obstacles": []}
    return GridWorld.build(**(cells | options))


def test_a_corridor_by_hand():
    world, always = corridor(slip=0.0, discount=0.9), np.zeros((4, 4))
    always[:, RIGHT] = 1.0
    assert expected_reward(world, always) == pytest.approx(0.9**2)
    assert expected_reward(world, always, convention="authors") == pytest.approx(0.9**3)
    never = np.zeros((4, 4))
    never[:, LEFT] = 1.0
    assert expected_reward(world, never) == 0.0

    # A slip of this corridor stays where it is: a move takes 1 / (1 - 2 slip) steps on average.
    slippery = corridor(slip=0.25, discount=0.0)
    assert expected_reward(slippery, always) == 0.0
    near = corridor(slip=0.25, discount=0.0, start=(0, 2))
    assert expected_reward(near, always) == pytest.approx(0.5)


def test_a_trap_costs_what_the_goal_earns():
    world = corridor(slip=0.0, discount=0.5, start=(0, 1), trap=(0, 0))
    policy = np.zeros((4, 4))
    policy[:, LEFT] = 1.0
    assert expected_reward(world, policy) == -1.0
    policy[1] = [0.0, 0.5, 0.0, 0.5]
    # Half of the time the trap at once; else right, and from there left again: the start anew.
    expected = -0.5 / (1.0 - 0.5 * 0.5**2)
    assert expected_reward(world, policy) == pytest.approx(expected)


def test_states_at_the_end_are_not_read():
    world = corridor(slip=0.0)
    transition, policy = world.transition.copy(), np.full((4, 4), 0.25)
    transition[3] = np.nan
    spoilt = GridWorld(transition, world.reward, world.terminal, world.start, world.discount)
    odd = policy.copy()
    odd[3] = np.nan
    assert expected_reward(spoilt, odd) == expected_reward(world, policy)


@pytest.mark.parametrize("log_beta", [-101.0, 101.0, math.nan, math.inf, "cold", None])
def test_temperatures_that_are_none(log_beta):
    with pytest.raises(ValueError, match="log_beta must lie between -100 and 100"):
        soft_policy(corridor(), log_beta)


@pytest.mark.parametrize("log_beta", [-100.0, 100.0])
def test_the_ends_of_the_temperatures_are_numbers(log_beta):
    policy = soft_policy(corridor(), log_beta)
    assert np.isfinite(policy).all()
    np.testing.assert_allclose(policy.sum(axis=1), 1.0)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda _: soft_policy("a grid", -5.0), "GridWorld, got str; see GridWorld.build"),
        (lambda world: expected_reward(world, np.full((4, 3), 1 / 3)), r"\(4, 4\), got \(4, 3\)"),
        (lambda world: expected_reward(world, np.full((4, 4), 0.3)), "policy must sum to 1"),
        (
            lambda world: expected_reward(world, np.full((4, 4), 0.25), convention="later"),
            "convention must be one of",
        ),
        (lambda _: corridor(start=(0, 0.5)), r"inside the grid of shape \(1, 4\)"),
        (lambda _: corridor(start=(0, math.inf)), r"inside the grid of shape \(1, 4\)"),
        (lambda _: corridor(start="nowhere"), "inside the grid"),
        (lambda _: corridor(trap=(0, 0)), "must be different cells"),
        (lambda _: corridor(shape=(0, 4)), "n_rows must be an integer"),
        (lambda _: corridor(slip=math.nan), "slip must be"),
    ],
)
def test_what_is_refused_says_what_is_wanted(call, text):
    with pytest.raises(ValueError, match=text):
        call(corridor())


def test_games_stay_in_the_world_and_pay_by_it():
    world = corridor(slip=0.1, discount=0.9)
    policy = soft_policy(world, -3.0)
    game = markov_coding_game(4, world=world, policy=policy, episodes=10, rng=3)
    np.testing.assert_array_equal(game.policy, np.where(world.terminal[:, None], 0.0, policy))
    for states, moves, reward, steps in zip(
        game.states, game.moves, game.discounted_rewards, game.steps, strict=True
    ):
        assert states[0] == world.start
        assert states.size == moves.size + 1 == steps + 1
        assert world.terminal[states[-1]]
        assert not world.terminal[states[:-1]].any()
        for here, move, there in zip(states, moves, states[1:], strict=False):
            assert world.transition[here, move, there] > 0.0
        assert reward == pytest.approx(0.9 ** (steps - 1))


def test_a_seed_is_a_game():
    games = [markov_coding_game(8, rate=0.5, episodes=6, rng=seed) for seed in (4, 4, 5)]
    for name in ("discounted_rewards", "decoded", "messages", "steps"):
        np.testing.assert_array_equal(getattr(games[0], name), getattr(games[1], name))
    generator = np.random.default_rng(4)
    drawn = markov_coding_game(8, rate=0.5, episodes=6, rng=generator)
    np.testing.assert_array_equal(games[0].messages, drawn.messages)
    assert not np.array_equal(games[0].steps, games[2].steps) or not np.array_equal(
        games[0].messages, games[2].messages
    )
