"""Tilts, best of n and differential information."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from infotheory import entropy, kl_divergence
from infotheory.fields.alignment import (
    best_of_n,
    best_of_n_kl_bound,
    differential_information,
    exponential_tilt,
    rejected_sample_law,
    tilt_for_kl,
)

P, R = np.array([0.5, 0.3, 0.2]), np.array([0.0, 1.0, 2.0])


def draw(seed, size=5):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(size)), rng.integers(0, 4, size).astype(float), rng


def test_values_of_the_sources():
    phi, lam = tilt_for_kl(P, R, 0.1)
    assert lam == pytest.approx(0.546514, abs=1e-6)
    assert phi == pytest.approx([0.309631, 0.320881, 0.369488], abs=1e-6)
    assert best_of_n_kl_bound(2) == pytest.approx(0.193147, abs=1e-6)
    half = best_of_n([0.5, 0.5], [0.0, 1.0], 2)
    assert kl_divergence(half, [0.5, 0.5]) == pytest.approx(0.130812, abs=1e-6)
    q = differential_information(P, P[::-1])
    assert q == pytest.approx([0.641026, 0.256410, 0.102564], abs=1e-6)
    assert entropy(q) == pytest.approx(0.867589, abs=1e-6)


@given(st.integers(0, 200), st.floats(-50, 50))
def test_tilt_is_the_definition(seed, lam):
    p, r, _ = draw(seed)
    weights = p * np.exp(lam * (r - (r.max() if lam > 0 else r.min())))
    assert exponential_tilt(p, r, lam) == pytest.approx(
        weights / weights.sum(), rel=1e-10, abs=1e-300
    )


@given(st.integers(0, 200), st.floats(-5, 5))
def test_tilt_maximises_reward_less_divergence(seed, lam):
    p, r, rng = draw(seed)
    phi, other = exponential_tilt(p, r, lam), rng.dirichlet(np.ones(5))
    assert (
        lam * (phi @ r) - kl_divergence(phi, p)
        >= lam * (other @ r) - kl_divergence(other, p) - 1e-9
    )


@given(st.integers(0, 200), st.floats(0.0, 0.99))
def test_tilt_for_kl_has_the_divergence_and_the_largest_reward(seed, part):
    p, r, rng = draw(seed)
    limit = -math.log(p[r == r.max()].sum())
    if r.min() == r.max():
        return
    phi, lam = tilt_for_kl(p, r, part * limit)
    assert lam >= 0
    assert kl_divergence(phi, p) == pytest.approx(part * limit, abs=1e-9)
    other = rng.dirichlet(np.ones(5))
    closer = p + (other - p) * np.linspace(0, 1, 200)[:, None]
    allowed = closer[kl_divergence(closer, np.broadcast_to(p, closer.shape)) <= part * limit]
    assert (allowed @ r).max() <= phi @ r + 1e-7


def test_tilt_for_kl_by_a_general_optimiser():
    found = minimize(
        lambda phi: -phi @ R,
        P,
        bounds=[(1e-9, 1)] * 3,
        constraints=[
            {"type": "eq", "fun": lambda phi: phi.sum() - 1},
            {"type": "ineq", "fun": lambda phi: 0.1 - (phi * np.log(phi / P)).sum()},
        ],
        method="SLSQP",
        options={"ftol": 1e-12},
    )
    assert tilt_for_kl(P, R, 0.1).phi == pytest.approx(found.x, abs=1e-5)


def test_tilt_edges():
    assert tilt_for_kl(P, R, 0.0) == (pytest.approx(P), 0.0)
    assert tilt_for_kl(P, 1e9 * R, 0.1).phi == pytest.approx(tilt_for_kl(P, R, 0.1).phi)
    assert exponential_tilt([0.5, 0.5, 0.0], [0.0, 1.0, 1e308], 1e4).tolist() == [0.0, 1.0, 0.0]
    assert tilt_for_kl([0.5, 0.5, 0.0], [0.0, 1.0, 99.0], 0.2).phi[2] == 0.0
    assert tilt_for_kl(P, R, -math.log(0.2) - 1e-9).phi == pytest.approx([0, 0, 1], abs=1e-6)


def test_tilts_of_rewards_at_the_ends_of_float64():
    phi, lam = tilt_for_kl([0.5, 0.5], [0.0, 1.0], 0.1)
    for scale in (1e-307, 1e-300, 1e300, 1.7e308):
        found = tilt_for_kl([0.5, 0.5], [0.0, scale], 0.1)
        assert found.phi == pytest.approx(phi, rel=1e-12)
        assert found.lam * scale == pytest.approx(lam, rel=1e-12)
    # A range that is no float64 itself.
    wide = [-1.7e308, 1.7e308]
    assert tilt_for_kl([0.5, 0.5], wide, 0.1).phi == pytest.approx(phi, rel=1e-12)
    assert exponential_tilt([0.5, 0.5], wide, 0.0).tolist() == [0.5, 0.5]
    assert exponential_tilt([0.5, 0.5], wide, 1e10).tolist() == [0.0, 1.0]
    odds = np.divide(*exponential_tilt([0.5, 0.5], wide, -1e-308))
    assert odds == pytest.approx(math.exp(3.4), rel=1e-12)


def test_best_of_as_many_draws_as_float64_counts():
    assert best_of_n([1.0, 1e-300], [0.0, 1.0], 10**300)[1] == pytest.approx(-math.expm1(-1.0))
    assert best_of_n_kl_bound(10**400) == pytest.approx(400 * math.log(10.0) - 1.0)


@given(st.integers(0, 200), st.integers(1, 4))
def test_best_of_n_by_enumeration(seed, n):
    p, r, _ = draw(seed, 4)
    law = np.zeros(4)
    for drawn in itertools.product(range(4), repeat=n):
        best = [y for y in drawn if r[y] == r[list(drawn)].max()]
        for y in best:
            law[y] += np.prod(p[list(drawn)]) / len(best)
    assert best_of_n(p, r, n) == pytest.approx(law, abs=1e-12)


@given(st.integers(0, 200), st.integers(1, 1000))
def test_best_of_n_obeys_its_bound(seed, n):
    p, r, _ = draw(seed, 8)
    best = best_of_n(p, r, n)
    assert best.sum() == pytest.approx(1.0)
    assert kl_divergence(best, p) <= best_of_n_kl_bound(n) + 1e-9


def test_bound_is_reached_without_atoms():
    m = 100_000
    best = best_of_n(np.full(m, 1 / m), np.arange(m), 4)
    assert kl_divergence(best, np.full(m, 1 / m)) == pytest.approx(best_of_n_kl_bound(4), abs=1e-4)
    assert best_of_n_kl_bound(1) == 0.0
    assert best_of_n_kl_bound(2, base=2) == pytest.approx(0.193147 / math.log(2), abs=1e-5)


def test_best_of_n_keeps_the_digits_of_a_rare_best_outcome():
    assert best_of_n([1 - 1e-15, 1e-15], [0.0, 1.0], 3)[1] == pytest.approx(3e-15, rel=1e-9)
    assert best_of_n([0.5, 0.5, 0.0], [0.0, 1.0, 2.0], 2).tolist() == [0.25, 0.75, 0.0]


@given(st.integers(0, 200))
def test_differential_information_turns_the_reference_into_the_policy(seed):
    p, _, rng = draw(seed)
    ref = rng.dirichlet(np.ones(5))
    q = differential_information(p, ref)
    assert exponential_tilt(ref, np.log(q), 1.0) == pytest.approx(p, rel=1e-9)
    assert differential_information(ref, ref) == pytest.approx(np.full(5, 0.2))


def test_differential_information_of_impossible_outcomes():
    assert differential_information([0.5, 0.5, 0.0], [0.5, 0.25, 0.25]) == pytest.approx(
        [1 / 3, 2 / 3, 0]
    )
    assert differential_information([0.5, 0.5, 0.0], [0.5, 0.5, 0.0]) == pytest.approx(
        [0.5, 0.5, 0]
    )


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: exponential_tilt([0.5, 0.6], [0, 1], 1.0),
            "p must sum to 1 along axis -1, got 1.1",
        ),
        (
            lambda: exponential_tilt([[0.5, 0.5]], [0, 1], 1.0),
            r"p must have shape \(n_outcomes,\), one pmf, got",
        ),
        (lambda: exponential_tilt(P, [0, 1], 1.0), r"r must have shape \(3,\), got shape \(2,\)"),
        (lambda: exponential_tilt(P, [0, 1, math.nan], 1.0), "r must be finite, got nan"),
        (
            lambda: exponential_tilt(P, R, math.inf),
            "lam must be finite, got inf; its limits are laws on the best",
        ),
        (lambda: exponential_tilt(P, ["a", "b", "c"], 1.0), "r must hold real numbers"),
        (lambda: tilt_for_kl(P, R, -0.1), "kl must lie between 0 and 1.60944, .*, got -0.1"),
        (lambda: tilt_for_kl(P, R, 2.0), "kl must lie between 0 and 1.60944, .*, got 2.0"),
        (lambda: tilt_for_kl(P, R, math.nan), "kl must lie between 0 and 1.60944, .*, got nan"),
        (lambda: tilt_for_kl(P, np.ones(3), 0.1), "kl must lie between 0 and 0, .*, got 0.1"),
        (lambda: best_of_n(P, R, 0), "n must be an integer of at least 1, got 0"),
        (lambda: best_of_n(P, R, 2.0), "n must be an integer of at least 1, got 2.0"),
        (
            lambda: best_of_n(P, R, 10**400),
            "n must be at most 1.8e.308, the largest float64, got an integer of 1329 bits",
        ),
        (
            lambda: tilt_for_kl([0.5, 0.5], [0.0, 1e-310], 0.1),
            "r must differ by so much .* kl=0.1 is a float64, got differences up to 1e-310",
        ),
        (
            lambda: tilt_for_kl([0.5, 0.3, 0.2], [1e-310, 0.0, -1.0], 0.1),
            "r must differ from its largest by amounts of similar size, got 1e-310 and 1",
        ),
        (lambda: best_of_n_kl_bound(0), "n must be an integer of at least 1, got 0"),
        (
            lambda: differential_information(P, [0.5, 0.5]),
            r"ref must have shape \(3,\), one pmf, got shape \(2,\)",
        ),
        (
            lambda: differential_information(P, [0.5, 0.5, 0]),
            "ref must be positive where pi is, got 0 at outcome 2",
        ),
        (lambda: differential_information([0.5, 0.6], P), "pi must sum to 1"),
    ],
)
def test_messages(call, text):
    with pytest.raises(ValueError, match=text):
        call()


@given(st.integers(0, 300), st.floats(0.0, 3.0))
def test_rejected_samples_imply_the_reward(seed, beta):
    rng = np.random.default_rng(seed)
    pi, ref = rng.dirichlet(np.ones(4), 2)
    law = rejected_sample_law(pi, ref, beta)
    assert law.sum() == pytest.approx(1.0)
    # chosen from the reference: the log ratio is the reward beta log(pi / ref), but for a constant
    difference = np.log(ref / law) - beta * np.log(pi / ref)
    assert np.ptp(difference) == pytest.approx(0.0, abs=1e-9)


def test_rejected_samples_where_a_law_is_zero():
    assert rejected_sample_law([0.5, 0.5], [0.0, 1.0], 2.0).tolist() == [0.0, 1.0]
    with pytest.raises(ValueError, match="pi must be positive where ref is"):
        rejected_sample_law([0.0, 1.0], [0.5, 0.5], 1.0)
    with pytest.raises(ValueError, match="beta must be finite and not negative"):
        rejected_sample_law([0.5, 0.5], [0.5, 0.5], -1.0)
