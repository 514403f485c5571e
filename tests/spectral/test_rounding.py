"""Eigenvalues that are rounding, squares that vanish: values by hand, or a word."""

import math
import re

import numpy as np
import pytest
import torch

from infotheory.exceptions import ApproximationWarning, WithheldWarning
from infotheory.spectral import (
    cosine_vendi_score,
    diffusion_spectral_entropy,
    diffusion_spectral_mutual_information,
    matrix_renyi_entropy,
    participation_ratio,
    rankme,
    spectral_entropy,
    vendi_score,
)

POWERS = [{"t": 0.1}, {"t": 0.01}, {"order": 0.1}, {"t": 0.5, "order": 0.5}, {"t": 0.2, "order": 3}]


def repeated(n_copies=6):
    return np.repeat(np.random.default_rng(0).normal(size=(5, 3)), n_copies, axis=0)


def spectrum_of_five(X):
    """Of equal rows the operator has the spectrum of one row each, and zeros."""
    points = X[:: len(X) // 5]
    distances = ((X[:, None] - X[None]) ** 2).sum(axis=-1)
    width = np.median(np.sqrt(distances[np.triu_indices(len(X), 1)])) / math.sqrt(2)
    kernel = np.exp(-((points[:, None] - points[None]) ** 2).sum(axis=-1) / (2 * width**2))
    degrees = kernel.sum(axis=1)
    return np.linalg.eigvalsh(kernel / np.sqrt(np.outer(degrees, degrees)))


@pytest.mark.parametrize("powers", POWERS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("with_gradient", [False, True])
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.ApproximationWarning")
def test_equal_rows_count_once_at_low_powers(powers, dtype, with_gradient):
    X = repeated()
    expected = spectral_entropy(spectrum_of_five(X), **powers)
    points = torch.tensor(X, dtype=dtype, requires_grad=with_gradient)
    found = float(diffusion_spectral_entropy(points, **powers))
    assert found == pytest.approx(expected, abs=1e-9 if dtype == torch.float64 else 1e-5)
    assert found <= math.log(5)


def test_what_rounding_hides_is_said_once_a_call():
    X = np.repeat(np.random.default_rng(1).normal(size=(40, 2)), 2, axis=0)
    with pytest.warns(ApproximationWarning, match=r"t=0\.1 should be at least 1.*between") as said:
        diffusion_spectral_entropy(X, t=0.1)
    assert len(said) == 1
    with pytest.warns(ApproximationWarning, match=r"order=0\.1 should be at least 1"):
        diffusion_spectral_entropy(X, order=0.1)
    # Here every eigenvalue is far above rounding, and nothing is to be said.
    few = np.random.default_rng(1).normal(size=(5, 5))
    diffusion_spectral_entropy(few, t=0.1, order=0.1)


@pytest.mark.parametrize("order", [0.05, 0.3, 0.9])
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.ApproximationWarning")
def test_scores_of_repeated_items_are_those_of_one_each(order):
    X = repeated(40)
    kernel = np.exp(-((X[:, None] - X[None]) ** 2).sum(axis=-1) / 2)
    assert vendi_score(kernel, order=order) == pytest.approx(
        vendi_score(kernel[::40, ::40], order=order), rel=1e-9
    )
    assert matrix_renyi_entropy(kernel, order=order) <= math.log(5)


def test_a_quadrature_says_that_it_errs_at_low_powers():
    X = np.random.default_rng(2).normal(size=(80, 6))
    words = r"at least 0\.75, got t=0\.5 and order=1"
    for measure in (
        lambda t: diffusion_spectral_entropy(X, t=t, method="slq", rng=0),
        lambda t: diffusion_spectral_mutual_information(
            np.repeat(X, 2, axis=0), np.arange(160) % 2, t=t, method="slq", repeats=2, rng=0
        ),
    ):
        with (
            pytest.warns(WithheldWarning, match=words),
            pytest.warns(ApproximationWarning, match=words),
        ):
            low = measure(0.5)
        assert np.isnan(low.interval()).all()
        assert re.search(words, low.reason)
        high = measure(0.8)
        assert high.reason is None
        assert np.isfinite(high.interval()).all()


@pytest.mark.parametrize("scale", [1e-140, 1e-160, 1e-200, 1e-300, 1e140])
def test_directions_have_no_scale(scale):
    Z = np.random.default_rng(3).normal(size=(30, 3))
    assert cosine_vendi_score(Z * scale) == pytest.approx(cosine_vendi_score(Z), rel=1e-12)


def test_moments_that_lose_digits_are_refused():
    """The sixth digit went at 1e-160, and at 1e-200 rows were told to be zeros."""
    Z = np.random.default_rng(3).normal(size=(30, 3))
    assert rankme(Z * 1e-145) == pytest.approx(rankme(Z), rel=1e-12)
    for measure in (rankme, participation_ratio):
        with pytest.raises(ValueError, match=r"squares of at least 1e-300.*rescale"):
            measure(Z * 1e-160)
        with pytest.raises(ValueError, match="squares that vanish"):
            measure(Z * 1e-200)


def test_short_floats_do_not_shorten_the_result():
    Z = torch.tensor(np.random.default_rng(3).normal(size=(30, 3))).bfloat16()
    found = rankme(Z)
    assert found.dtype == torch.float32
    assert float(found) == pytest.approx(rankme(Z.double().numpy()), rel=1e-6)
