"""Numbers of arrangements, laws of maximum entropy, production of entropy."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import minimize

from infotheory import entropy, kl_divergence
from infotheory.exceptions import InfeasibleError
from infotheory.fields.statmech import (
    boltzmann_entropy,
    entropy_production_diffusion,
    entropy_production_linear,
    entropy_production_markov,
    entropy_production_parts,
    log_multiplicity,
    maximum_entropy,
    structural_entropy,
)

COUNTS = st.lists(st.integers(0, 500), min_size=1, max_size=8).filter(any)
DIE = np.arange(1.0, 7.0)[:, None]
RING = np.array([[0.3, 0.5, 0.2], [0.2, 0.3, 0.5], [0.5, 0.2, 0.3]])


def test_multiplicity_of_six_things():
    assert (
        log_multiplicity([3, 2, 1])
        == pytest.approx(math.log(60))
        == pytest.approx(4.094345, abs=1e-6)
    )
    assert structural_entropy([3, 2, 1]) == pytest.approx(4.094345, abs=1e-6)
    assert log_multiplicity([3, 2, 1], base=2) == pytest.approx(math.log2(60))
    assert len(set(itertools.permutations("aaabbc"))) == 60


@given(COUNTS)
def test_duality_of_multiplicity_and_entropy(counts):
    n, k = sum(counts), len(counts)
    top = n * entropy(np.array(counts) / n)
    assert top - k * math.log(n + 1) - 1e-9 <= log_multiplicity(counts) <= top + 1e-9


@given(COUNTS)
def test_multiplicity_is_the_multinomial_coefficient(counts):
    shares = np.full(len(counts), 1 / len(counts))
    outside = stats.multinomial.logpmf(counts, sum(counts), shares) + sum(counts) * math.log(
        len(counts)
    )
    assert log_multiplicity(counts) == pytest.approx(outside, abs=1e-8)


def test_multiplicity_of_batches_and_extremes():
    assert log_multiplicity([[3, 2, 1], [6, 0, 0]]).tolist() == [pytest.approx(math.log(60)), 0.0]
    assert log_multiplicity([10**9, 0]) == 0.0
    assert structural_entropy([1, 1, 1, 0], normalized=True) == pytest.approx(1.0)
    assert structural_entropy([3, 0], normalized=True) == 0.0
    assert structural_entropy([3, 2, 1], normalized=True, base=2) == pytest.approx(
        math.log(60) / math.log(720)
    )


def test_boltzmann_entropy_of_a_gas_that_spreads():
    n = 10**6
    split = boltzmann_entropy([n // 2, n // 2], [7.0, 7.0]) - boltzmann_entropy([n, 0], [7.0, 7.0])
    assert split / n == pytest.approx(0.693140, abs=1e-6)
    doubled = boltzmann_entropy([n], [14.0]) - boltzmann_entropy([n], [7.0])
    assert doubled / n == pytest.approx(math.log(2), rel=1e-12)


@given(COUNTS, st.floats(0.1, 10))
def test_boltzmann_entropy_is_multiplicity_up_to_a_constant(counts, volume):
    n = sum(counts)
    constant = n * math.log(volume) - math.lgamma(n + 1)
    expected = log_multiplicity(counts) + constant
    assert boltzmann_entropy(counts, np.full(len(counts), volume)) == pytest.approx(
        expected, rel=1e-9, abs=1e-7
    )
    assert boltzmann_entropy([counts], np.full(len(counts), volume), base=2) == pytest.approx(
        expected / math.log(2), rel=1e-9, abs=1e-7
    )


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: log_multiplicity([1.5, 2]), "counts must be whole numbers, got 1.5"),
        (lambda: log_multiplicity([-1, 2]), "counts must not be negative, got -1.0"),
        (lambda: log_multiplicity([0, 0]), "counts must not all be zero"),
        (lambda: log_multiplicity([]), "counts must not be empty"),
        (lambda: log_multiplicity([math.nan]), "counts must be finite, got nan"),
        (
            lambda: structural_entropy([1, 0], normalized=True),
            "counts must hold at least two things .*, got 1; use",
        ),
        (
            lambda: boltzmann_entropy([1, 2], [1.0]),
            r"volumes must have shape \(2,\), got shape \(1,\)",
        ),
        (lambda: boltzmann_entropy([1, 2], [1.0, 0.0]), "volumes must be positive, got 0"),
        (
            lambda: maximum_entropy(DIE[:, 0], [4.5]),
            r"features must have shape \(n_outcomes, n_features\), got",
        ),
        (
            lambda: maximum_entropy(DIE, [4.5, 1.0]),
            r"means must have shape \(1,\), got shape \(2,\)",
        ),
        (lambda: maximum_entropy(DIE, [math.inf]), "means must be finite, got inf"),
        (
            lambda: maximum_entropy(DIE, [4.5], prior=[0.5, 0.5]),
            r"prior must have shape \(6,\), one pmf, got",
        ),
        (
            lambda: entropy_production_markov([[0.5, 0.5]]),
            r"P must have shape \(n_states, n_states\), got",
        ),
        (
            lambda: entropy_production_markov([[0.5, 0.6], [0.5, 0.5]]),
            "P must sum to 1 along axis -1, got 1.1",
        ),
        (
            lambda: entropy_production_markov(np.eye(2)),
            "P must have one recurrent class, got 2: its stationary law",
        ),
        (
            lambda: entropy_production_diffusion([[1.0]], [[1.0], [2.0]], [[1.0]]),
            r"score must have shape \(1, 1\)",
        ),
        (
            lambda: entropy_production_diffusion([[math.nan]], [[1.0]], [[1.0]]),
            "drift must be finite, got nan",
        ),
        (
            lambda: entropy_production_diffusion([[1.0]], [[1.0]], [[-1.0]]),
            "D must be symmetric and positive def",
        ),
        (
            lambda: entropy_production_linear(-np.eye(2), [[1.0, 0.5], [0.0, 1.0]]),
            "D must be symmetric and positive",
        ),
        (
            lambda: entropy_production_linear(-np.eye(2), np.eye(3)),
            r"D must have shape \(2, 2\), got shape \(3, 3\)",
        ),
        (
            lambda: entropy_production_linear(np.ones((2, 3)), np.eye(2)),
            r"A must have shape \(2, 2\), got",
        ),
        (
            lambda: entropy_production_linear(np.diag([-1.0, 0.5]), np.eye(2)),
            "must have negative real parts, got 0.5",
        ),
    ],
)
def test_messages(call, text):
    with pytest.raises(ValueError, match=text):
        call()


def test_the_die_of_jaynes():
    p, multipliers = maximum_entropy(DIE, [4.5])
    assert entropy(p) == pytest.approx(1.613581, abs=1e-6)
    assert p == pytest.approx(
        [0.05435, 0.07877, 0.11416, 0.16545, 0.23977, 0.34749], abs=1e-5
    )  # Jaynes, Brandeis
    assert multipliers == pytest.approx([0.371049], abs=1e-6)
    fair, zero = maximum_entropy(DIE, [3.5])
    assert fair == pytest.approx(np.full(6, 1 / 6))
    assert zero == pytest.approx([0.0], abs=1e-12)


@given(st.integers(0, 300))
def test_maximum_entropy_has_the_means_and_the_form(seed):
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(3, 40)), int(rng.integers(1, 4))
    features = rng.normal(size=(n, k)) * 10.0 ** rng.uniform(-5, 5)
    prior, truth = rng.dirichlet(np.ones(n)), 0.9 * rng.dirichlet(np.ones(n)) + 0.1 / n
    means = truth @ features
    p, multipliers = maximum_entropy(features, means, prior=prior)
    assert np.abs(p @ features - means).max() <= 1e-10 * np.abs(features).max()
    weights = prior * np.exp(features @ multipliers - (features @ multipliers).max())
    assert p == pytest.approx(weights / weights.sum(), abs=1e-9)
    assert kl_divergence(p, prior) <= kl_divergence(truth, prior) + 1e-9


def test_maximum_entropy_by_a_general_optimiser():
    rng = np.random.default_rng(1)
    features = rng.normal(size=(6, 2))
    means = np.full(6, 1 / 6) @ features + 0.2
    constraints = [
        {"type": "eq", "fun": lambda p: p.sum() - 1},
        {"type": "eq", "fun": lambda p: p @ features - means},
    ]
    found = minimize(
        lambda p: (p * np.log(p)).sum(),
        np.full(6, 1 / 6),
        bounds=[(1e-9, 1)] * 6,
        constraints=constraints,
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert maximum_entropy(features, means).p == pytest.approx(found.x, abs=1e-5)


def test_maximum_entropy_of_dependent_features_and_excluded_outcomes():
    twice = np.hstack([DIE, 2 * DIE, np.ones((6, 1))])
    p, multipliers = maximum_entropy(twice, [4.5, 9.0, 1.0])
    assert p == pytest.approx(maximum_entropy(DIE, [4.5]).p)
    assert multipliers[0] + 2 * multipliers[1] == pytest.approx(0.371049, abs=1e-6)
    some = maximum_entropy(DIE, [2.0], prior=[0.5, 0.0, 0.5, 0.0, 0.0, 0.0])
    assert some.p == pytest.approx([0.5, 0, 0.5, 0, 0, 0])


def test_maximum_entropy_of_a_prior_that_hardly_allows_it():
    p, multipliers = maximum_entropy([[0.0], [1.0]], [0.5], prior=[1.0, 1e-300])
    assert p == pytest.approx([0.5, 0.5])
    assert multipliers == pytest.approx([300 * math.log(10)])
    features = np.random.default_rng(0).normal(size=(6, 3))
    prior = 10.0 ** -np.array([0, 200, 100, 66, 50, 180])
    with pytest.raises(
        InfeasibleError, match="means must be in reach of the prior, got means off by"
    ):
        maximum_entropy(features, features.mean(axis=0), prior=prior)


def test_maximum_entropy_of_many_outcomes():
    features = np.random.default_rng(0).normal(size=(5000, 3))
    means = features.mean(axis=0) + 0.3
    assert maximum_entropy(features, means).p @ features == pytest.approx(means, abs=1e-12)


@pytest.mark.parametrize(
    ("means", "text"),
    [
        (
            [6.5],
            r"means must lie in the convex hull of the features, got \[6.5\], which no law has",
        ),
        (
            [6.0],
            (
                r"means must lie inside the convex hull of .*, got \[6.0\] on its boundary; "
                "set the prior to 0"
            ),
        ),
    ],
)
def test_means_that_cannot_be(means, text):
    with pytest.raises(InfeasibleError, match=text):
        maximum_entropy(DIE, means)


def test_production_of_a_ring():
    assert entropy_production_markov(RING) == pytest.approx(0.274887, abs=1e-6)
    assert entropy_production_markov(RING, base=2) == pytest.approx(0.3 * math.log2(2.5))


@given(st.integers(0, 300))
def test_production_of_chains_by_eigenvectors(seed):
    rng = np.random.default_rng(seed)
    P = rng.dirichlet(np.ones(5), size=5)
    values, vectors = np.linalg.eig(P.T)
    law = np.real(vectors[:, np.argmin(np.abs(values - 1))])
    law = law / law.sum()
    expected = (law[:, None] * P * np.log(P / P.T)).sum()
    assert entropy_production_markov(P) == pytest.approx(expected, rel=1e-9)


@given(st.integers(0, 300))
def test_reversible_chains_produce_nothing(seed):
    flows = np.random.default_rng(seed).uniform(size=(4, 4))
    flows = flows + flows.T
    assert entropy_production_markov(flows / flows.sum(axis=1, keepdims=True)) == pytest.approx(
        0.0, abs=1e-12
    )


def test_one_way_and_transient_states():
    assert (
        entropy_production_markov([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]) == math.inf
    )
    start = np.zeros((4, 4))
    start[1:, 1:], start[0] = RING, 0.25
    assert entropy_production_markov(start) == pytest.approx(entropy_production_markov(RING))
    assert entropy_production_markov([[1.0]]) == 0.0


@given(st.floats(0.1, 5), st.floats(-5, 5), st.floats(0.01, 100))
def test_production_of_turning_relaxation(a, w, c):
    drift = np.array([[-a, -w], [w, -a]])
    assert entropy_production_linear(drift, c * np.eye(2)) == pytest.approx(
        2 * w * w / a, rel=1e-9, abs=1e-12
    )


def test_production_of_the_published_matrix():
    assert entropy_production_linear([[-2.0, -3.0], [3.0, -2.0]], 0.3 * np.eye(2)) == pytest.approx(
        9.0
    )
    assert entropy_production_linear(
        [[-2.0, -3.0], [3.0, -2.0]], np.eye(2), base=2
    ) == pytest.approx(9 / math.log(2))


@given(st.integers(0, 200))
def test_detailed_balance_and_the_expectation_over_points(seed):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(3, 3))
    D = root @ root.T + np.eye(3)
    turn = rng.normal(size=(3, 3))
    covariance = rng.normal(size=(3, 3))
    covariance = covariance @ covariance.T + np.eye(3)
    # A S = -D + (antisymmetric) has the stationary covariance S; without the second part detailed
    # balance holds
    inverse = np.linalg.inv(covariance)
    assert entropy_production_linear(-D @ inverse, D) == pytest.approx(0.0, abs=1e-9)
    A = (turn - turn.T - D) @ inverse
    rate = entropy_production_linear(A, D)
    expected = np.trace((turn - turn.T).T @ np.linalg.inv(D) @ (turn - turn.T) @ inverse)
    assert rate == pytest.approx(expected, rel=1e-8)
    points = np.vstack(
        [np.linalg.cholesky(covariance).T, -np.linalg.cholesky(covariance).T]
    ) * math.sqrt(3)
    assert entropy_production_diffusion(points @ A.T, -points @ inverse, D) == pytest.approx(
        rate, rel=1e-8
    )


def test_rounding_of_a_diffusion_matrix_is_excused():
    drift = [[-1.0, 0.0], [0.0, -2.0]]
    assert entropy_production_linear(drift, [[1.0, 1e-20], [0.0, 1.0]]) == pytest.approx(0.0)
    with pytest.raises(ValueError, match="D must be symmetric"):
        entropy_production_linear(drift, [[1.0, 1e-3], [0.0, 1.0]])


def test_parts_of_the_production_add_up():
    rng = np.random.default_rng(0)
    drift, score = rng.normal(size=(2, 50, 3))
    factor = rng.normal(size=(3, 3))
    D = factor @ factor.T + np.eye(3)
    parts = entropy_production_parts(drift, score, D, base=2)
    assert parts.sum() == pytest.approx(entropy_production_diffusion(drift, score, D, base=2))
    v = drift - score @ D
    by_hand = [np.mean(v[:, i] * (v @ np.linalg.inv(D))[:, i]) / math.log(2) for i in range(3)]
    assert parts == pytest.approx(np.array(by_hand))
