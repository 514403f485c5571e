"""Mirror steps and online allocation."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize
from scipy.special import kl_div, logsumexp

from infotheory.fields.allocation import (
    allocate_rollouts,
    dual_mirror_descent,
    entropic_matching,
    entropic_mirror_step,
)

ONES = np.ones(4)


@given(st.integers(0, 300), st.floats(0.01, 3.0))
def test_step_minimises_the_proximal_problem(seed, step):
    rng = np.random.default_rng(seed)
    mu, gradient = rng.uniform(0.1, 3, 4), rng.normal(size=4)

    def objective(nu):
        return gradient @ nu + kl_div(nu, mu).sum() / step

    best = entropic_mirror_step(mu, gradient, step)
    assert best == pytest.approx(mu * np.exp(-step * gradient))
    for _ in range(20):
        assert objective(best) <= objective(best * rng.uniform(0.5, 2, 4)) + 1e-12
    slope = [(objective(best + h) - objective(best - h)) / 2e-6 for h in 1e-6 * np.eye(4)]
    assert slope == pytest.approx(np.zeros(4), abs=1e-5)


def test_step_never_reaches_the_fixed_point():
    assert entropic_mirror_step([1.0], [1.0], 1e6)[0] > 0.0


@pytest.mark.parametrize("mirror", ["entropy", "euclidean"])
@pytest.mark.parametrize("seed", range(3))
def test_ninety_nine_percent_of_the_offline_optimum(mirror, seed):
    n = 4000
    rewards = np.random.default_rng(seed).uniform(size=n)
    result = dual_mirror_descent(rewards, np.ones(n), 0.3 * n, n**-0.5, mirror=mirror, start=0.5)
    offline = np.sort(rewards)[-int(0.3 * n) :].sum()
    assert 0.99 * offline <= result.reward <= offline
    assert result.spent <= 0.3 * n
    assert result.prices[-1, 0] == pytest.approx(
        0.7, abs=0.08
    )  # the price that 30 % of uniform rewards exceed


@given(st.integers(0, 100), st.sampled_from(["entropy", "euclidean"]))
def test_budgets_hold_and_the_optimum_bounds_the_reward(seed, mirror):
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(5, 60)), int(rng.integers(1, 4))
    rewards, costs = rng.uniform(size=n), rng.uniform(size=(n, m))
    budget = rng.uniform(0.5, 0.3 * n + 1, m)
    result = dual_mirror_descent(rewards, costs, budget, 0.2, mirror=mirror, start=np.full(m, 0.3))
    assert result.spent == pytest.approx(costs[result.accepted].sum(axis=0))
    assert (result.spent <= budget + 1e-9).all()
    assert result.reward == pytest.approx(rewards[result.accepted].sum())
    offline = -linprog(-rewards, A_ub=costs.T, b_ub=budget, bounds=(0, 1)).fun
    assert result.reward <= offline + 1e-7
    for mu in result.prices[:: max(1, n // 5)]:  # weak duality at any prices
        assert mu @ budget + np.maximum(rewards - costs @ mu, 0).sum() >= offline - 1e-7


def test_by_hand():
    result = dual_mirror_descent(
        [0.9, 0.6, 0.4], [1.0, 1.0, 1.0], 2.0, 0.3, mirror="euclidean", start=0.5
    )
    # wanted, price + .3 (1 - 2/3); wanted at .6? .6 > .6 is false, price - .2; wanted at .4? .4 >
    # .4 is false
    assert result.prices.ravel() == pytest.approx([0.5, 0.6, 0.4])
    assert result.accepted.tolist() == [True, False, False]
    free = dual_mirror_descent([1.0, 1.0], [0.0, 3.0], 1.0, 0.1)
    assert free.accepted.tolist() == [True, False]
    assert free.spent.tolist() == [0.0]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: entropic_mirror_step([0.0, 1.0], [1.0, 1.0], 0.1), "mu must be positive, got 0"),
        (
            lambda: entropic_mirror_step([1.0], [1.0, 1.0], 0.1),
            r"gradient must have shape \(1,\), got shape \(2,\)",
        ),
        (lambda: entropic_mirror_step([1.0], [math.nan], 0.1), "gradient must be finite, got nan"),
        (
            lambda: entropic_mirror_step([1.0], [1.0], 0.0),
            "step must be finite and positive, got 0.0",
        ),
        (
            lambda: entropic_mirror_step([1.0], [-1.0], 1e4),
            "must be finite, got step 10000 along -1; take a shorter",
        ),
        (
            lambda: dual_mirror_descent(ONES, ONES, 2.0, 0.1, mirror="other"),
            "mirror must be one of 'entropy', 'euclid",
        ),
        (
            lambda: dual_mirror_descent(ONES, ONES, 2.0, 0.1, start=0.0),
            "nor 0 under the entropy map, .*, got 0",
        ),
        (
            lambda: dual_mirror_descent(ONES, ONES, 2.0, 0.1, mirror="euclidean", start=-1.0),
            "negative, .*, got -1",
        ),
        (
            lambda: dual_mirror_descent(ONES, ONES, 2.0, 0.1, start=[0.1, 0.1]),
            r"start must have shape \(1,\), got",
        ),
        (lambda: dual_mirror_descent(ONES, ONES, 0.0, 0.1), "budget must be positive, got 0"),
        (
            lambda: dual_mirror_descent(ONES, ONES, [1.0, 1.0], 0.1),
            r"budget must have shape \(1,\), got shape \(2,\)",
        ),
        (
            lambda: dual_mirror_descent(ONES, ONES[:2], 2.0, 0.1),
            r"costs must have shape \(4, n_resources\), got",
        ),
        (lambda: dual_mirror_descent(ONES, -ONES, 2.0, 0.1), "costs must not be negative, got -1"),
        (
            lambda: dual_mirror_descent([math.inf], [1.0], 2.0, 0.1),
            "rewards must be finite, got inf",
        ),
        (
            lambda: dual_mirror_descent([], [], 2.0, 0.1),
            r"rewards must have shape \(n_requests,\), got shape \(0,\)",
        ),
    ],
)
def test_messages(call, text):
    with pytest.raises(ValueError, match=text):
        call()


def test_zero_is_a_start_of_the_euclidean_map():
    assert dual_mirror_descent(
        [0.5], [1.0], 1.0, 0.1, mirror="euclidean", start=0.0
    ).accepted.tolist() == [True]


def test_rollouts_of_the_example():
    for low in (1, 2):
        found = allocate_rollouts([0.05, 0.3, 0.5, 0.9], 32, low=low, high=128)
        assert found.rollouts.tolist() == [12, 11, 7, 2]
        assert found.value == pytest.approx(0.289501, abs=5e-7)
        assert found.values.sum() == pytest.approx(found.value)


@given(st.integers(0, 300))
def test_rollouts_equal_brute_force(seed):
    rng = np.random.default_rng(seed)
    rates, gains = rng.random(3), rng.random(3)
    rates[0] = rng.choice([0.0, 1.0, rates[0]])
    low, high = int(rng.integers(1, 3)), int(rng.integers(3, 7))
    budget = int(rng.integers(3 * low, 3 * high + 1))
    found = allocate_rollouts(rates, budget, low=low, high=high, value=gains)
    assert found.rollouts.sum() == budget
    assert found.rollouts.min() >= low
    assert found.rollouts.max() <= high
    best = max(
        sum(gains * (1 - rates**n - (1 - rates) ** n))
        for n in map(np.array, itertools.product(range(low, high + 1), repeat=3))
        if n.sum() == budget
    )
    assert found.value == pytest.approx(best, abs=1e-12)


def test_rollouts_of_numpy_integers():
    expected = allocate_rollouts([0.3, 0.5], 10, low=2, high=7)
    for kind in (np.int8, np.int64, np.uint32):
        found = allocate_rollouts([0.3, 0.5], kind(10), low=kind(2), high=kind(7))
        assert found.rollouts.tolist() == expected.rollouts.tolist()
        assert allocate_rollouts([0.3, 0.5], kind(10)).value == pytest.approx(expected.value)
    # 2 * 100 is beyond the integers of the smallest type.
    assert allocate_rollouts([0.3, 0.5], 210, low=np.int8(100)).rollouts.sum() == 210


def test_rollouts_of_rare_successes_and_failures():
    found = allocate_rollouts([1e-18, 0.5], 10, value=[1e20, 1.0])
    assert found.rollouts.tolist() == [9, 1]
    # Nine rollouts reach a success with probability 9e-18, one rollout says nothing.
    assert found.values == pytest.approx([900.0, 0.0], rel=1e-12)
    assert found.value == pytest.approx(900.0, rel=1e-12)

    ends = allocate_rollouts([0.0, 1.0, 1.0 - 2.0**-53], 9, low=3)
    assert ends.values[:2].tolist() == [0.0, 0.0]
    assert allocate_rollouts([1.0 - 2.0**-53], 3, value=[1.0]).value == pytest.approx(
        3 * 2.0**-53, rel=1e-12
    )


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        (([0.5, 1.5], 8), {}, "success_rate must lie from 0 to 1"),
        (([0.5, 0.5], 8), {"value": [1.0, -1.0]}, "value must not be negative"),
        (([0.5, 0.5], 1), {}, "budget must be an integer of at least 2"),
        (([0.5, 0.5], True), {}, "budget must be an integer of at least 2"),
        (([0.5, 0.5], 9), {"high": 4}, "budget must be an integer from 2 to 8"),
        (([0.5, 0.5], 8), {"low": 0}, "low must be an integer of at least 1"),
        (([0.5, 0.5], 8), {"low": 3, "high": 2}, "high must be an integer of at least 3"),
        (([0.5, 0.5], 8.5), {}, "budget must be an integer"),
    ],
)
def test_rollouts_that_are_refused(arguments, options, words):
    with pytest.raises(ValueError, match=words):
        allocate_rollouts(*arguments, **options)


def offline_matching(rewards, budget, temperature):
    """Optimum with all requests known, by the dual."""
    ahead = np.zeros((len(rewards), rewards.shape[1] + 1))

    def dual(mu):
        ahead[:, 1:] = (rewards - mu) / temperature
        return temperature * logsumexp(ahead, axis=1).sum() + mu @ budget

    found = minimize(dual, np.full(budget.size, 0.3), bounds=[(0, None)] * budget.size)
    return found.fun


@pytest.mark.parametrize("mirror", ["entropy", "euclidean"])
@pytest.mark.parametrize("temperature", [0.05, 0.5])
def test_matching_comes_near_the_offline_optimum(mirror, temperature):
    rng = np.random.default_rng(0)
    rewards = rng.uniform(size=(3000, 3)) + np.array([0.3, 0.0, 0.0])
    budget = 3000 * np.array([0.2, 0.15, 0.3])
    found = entropic_matching(
        rewards, budget, 1 / math.sqrt(3000), temperature=temperature, mirror=mirror
    )
    best = offline_matching(rewards, budget, temperature)
    assert 0.97 * best < found.objective <= best * (1 + 1e-9)
    assert best <= found.bound * (1 + 1e-9) < 1.03 * best
    assert (found.spent <= budget + 1e-9).all()
    assert found.spent == pytest.approx(found.shares.sum(axis=0))
    assert found.objective == pytest.approx(found.reward + temperature * found.entropy)
    assert (found.shares >= 0).all()
    assert found.shares.sum(axis=1).max() <= 1


def test_each_share_is_the_best_at_its_price():
    rng = np.random.default_rng(2)
    rewards = rng.uniform(size=(5, 2))
    found = entropic_matching(rewards, 50.0, 0.2, temperature=0.3)
    for gain, mu, share in zip(rewards, found.prices, found.shares, strict=True):

        def value(x, gain=gain, mu=mu):
            parts = np.append(x, 1 - x.sum())
            return (gain - mu) @ x - 0.3 * (parts * np.log(parts)).sum()

        for _ in range(50):
            other = rng.dirichlet(np.ones(3))[:2] * 0.999
            assert value(share) >= value(other) - 1e-12


def test_cold_matching_of_one_option_is_dual_mirror_descent():
    rng = np.random.default_rng(3)
    rewards = rng.uniform(size=400)
    single = dual_mirror_descent(rewards, np.ones(400), 120.0, 0.05)
    cold = entropic_matching(rewards[:, None], 120.0, 0.05, temperature=1e-6)
    assert np.abs(cold.shares[:, 0] - single.accepted).max() < 1e-6
    assert cold.reward == pytest.approx(single.reward, abs=1e-4)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"rewards": [1.0, 2.0]}, "rewards must have shape"),
        ({"budget": -1.0}, "budget must be positive"),
        ({"budget": [1.0, 2.0, 3.0]}, "budget must have shape"),
        ({"temperature": 0.0}, "temperature must be finite and positive"),
        ({"temperature": 1e-300}, "rewards over temperature must be at most"),
        ({"start": 0.0}, "nor 0 under the entropy map"),
        ({"mirror": "none"}, "mirror must be one of"),
    ],
)
def test_wrong_matchings(arguments, match):
    given_ = {"rewards": np.ones((4, 2)), "budget": 2.0, "step": 0.1, "temperature": 0.5}
    with pytest.raises(ValueError, match=match):
        entropic_matching(**given_ | arguments)
