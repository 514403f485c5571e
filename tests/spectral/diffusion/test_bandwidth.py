"""Median distances beside all pairs, and the entropy of order 2 beside all eigenvalues."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from infotheory.exceptions import BandwidthWarning
from infotheory.spectral import diffusion_spectral_entropy
from infotheory.spectral.diffusion import _triangle
from infotheory.spectral.diffusion._bandwidth import choose_bandwidth


@pytest.mark.parametrize("n", [2, 3, 150, 251, 402])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("kind", ["normal", "two values", "far apart", "tight", "least"])
def test_the_median_is_that_of_all_pairs(n, dtype, kind):
    X = np.random.default_rng(n).normal(size=(n, 3))
    if kind == "two values":
        X = np.sign(X)
        X[0] = 2.0
    if kind == "far apart":
        X[: n // 3] += 1000.0
    if kind == "tight":
        # Inner products lose what the rows of the larger part differ by.
        X *= 1e-3
        X[: n // 10] += 1000.0
    if kind == "least":
        X *= 1e-15 if dtype == torch.float32 else 1e-145
    points = torch.as_tensor(X, dtype=dtype)
    literal = np.median(torch.pdist(points).double().numpy())
    width = choose_bandwidth(points, "median", 1).sigma
    assert width == pytest.approx(
        literal / np.sqrt(2), rel=1e-6 if dtype == torch.float32 else 1e-14
    )


@pytest.mark.parametrize("n", [2, 60, 64, 700])
@pytest.mark.parametrize("bandwidth", ["median", "adaptive"])
@pytest.mark.parametrize("anisotropy", [0.0, 0.5])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_eigenvalues_of_both_libraries_are_the_same(n, bandwidth, anisotropy, dtype):
    """A gradient needs the whole matrix, and torch; else numpy fills one triangle of it."""
    X = torch.as_tensor(np.random.default_rng(n).normal(size=(n, 5)), dtype=dtype)
    options = {"bandwidth": bandwidth, "anisotropy": anisotropy, "n_neighbors": min(n - 1, 5)}
    plain = diffusion_spectral_entropy(X, order=0.8, **options).value
    with_gradient = diffusion_spectral_entropy(X.clone().requires_grad_(), order=0.8, **options)
    rel = 1e-11 if dtype == torch.float64 else 1e-4
    assert float(plain) == pytest.approx(float(with_gradient.value.detach()), rel=rel)


def test_memory_that_is_kept_does_not_mix_calls():
    """Of other sizes and types, in this thread and in others, whatever stood there before."""
    rng = np.random.default_rng(0)
    points = [rng.normal(size=(n, 4)).astype(t) for n in (90, 30, 120) for t in ("f4", "f8")]
    wanted = [diffusion_spectral_entropy(X.copy()).value for X in points]
    again = [diffusion_spectral_entropy(X).value for X in reversed(points)][::-1]
    with ThreadPoolExecutor(4) as pool:
        beside = list(pool.map(lambda X: diffusion_spectral_entropy(X).value, 5 * points))
    assert wanted == again
    assert 5 * wanted == beside


def test_rows_beyond_those_that_are_kept_are_zeros_at_first():
    n = _triangle._MOST_ROWS_HELD
    small, large = (_triangle._room(size, np.dtype(np.float32)) for size in (n, n + 1))
    assert small.base is _triangle._held.float32
    assert large.shape == (n + 1, n + 1)
    assert not large.any()


@pytest.mark.parametrize("rule", ["sqrt_d", 1e4])
def test_a_width_is_compared_with_the_distances_of_some_rows(rule):
    X = np.random.default_rng(0).normal(size=(600, 4)) * (1.0 if rule == 1e4 else 100.0)
    with pytest.warns(BandwidthWarning, match="median distance is"):
        diffusion_spectral_entropy(X, bandwidth=rule)


@pytest.mark.parametrize("anisotropy", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("bandwidth", ["median", "adaptive"])
def test_order_2_is_that_of_all_eigenvalues(anisotropy, bandwidth):
    X = np.random.default_rng(1).normal(size=(80, 3))
    options = {"bandwidth": bandwidth, "anisotropy": anisotropy, "method": "exact"}
    found = diffusion_spectral_entropy(X, order=2, **options).value
    # Orders on both sides, of which each is computed from all eigenvalues.
    near = [diffusion_spectral_entropy(X, order=2 + e, **options).value for e in (-1e-4, 1e-4)]
    assert found == pytest.approx(np.mean(near), abs=1e-8)
    assert near[0] > found > near[1]


def test_one_component_has_entropy_0_at_order_2():
    X = np.random.default_rng(2).normal(size=(50, 3))
    with pytest.warns(BandwidthWarning):
        value = diffusion_spectral_entropy(X, order=2, bandwidth=1e6, method="exact").value
    assert 0.0 <= value < 1e-9
