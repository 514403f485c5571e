"""Effective dimensions of features and the decay of their spectrum."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from infotheory.spectral import (
    effective_rank,
    participation_ratio,
    rankme,
    spectral_decay,
    spectral_entropy,
    stable_rank,
    von_neumann_entropy,
)

DIAGONAL = np.diag([4.0, 2.0, 1.0, 1.0])


def features(n=60, d=7, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)) * np.linspace(0.1, 2, d) + 3


def test_published_values():
    Z = np.random.default_rng(0).standard_normal((1000, 20))
    half = spectral_entropy(np.linalg.eigvalsh(Z.T @ Z), t=0.5)
    assert rankme(Z) == pytest.approx(math.exp(half), rel=1e-12)
    assert rankme(Z[:1]) == pytest.approx(1.0)
    assert rankme(DIAGONAL) == pytest.approx(3.363586, abs=1e-6)
    assert effective_rank(DIAGONAL, spectrum="covariance") == pytest.approx(2.276322, abs=1e-6)


def test_numpy_reference():
    Z = features()
    s = np.linalg.svd(Z, compute_uv=False)
    lam = np.linalg.eigvalsh(np.cov(Z.T))
    assert rankme(Z) == pytest.approx(math.exp(stats.entropy(s)), rel=1e-10)
    centred = np.linalg.svd(Z - Z.mean(axis=0), compute_uv=False)
    assert effective_rank(Z, center=True) == pytest.approx(
        math.exp(stats.entropy(centred)), rel=1e-10
    )
    assert von_neumann_entropy(Z, base=2) == pytest.approx(stats.entropy(lam, base=2), abs=1e-10)
    assert participation_ratio(Z) == pytest.approx(lam.sum() ** 2 / (lam**2).sum(), rel=1e-10)
    assert stable_rank(Z) == pytest.approx(lam.sum() / lam.max(), rel=1e-10)


@settings(max_examples=20)
@given(st.integers(0, 99), st.floats(0.01, 100))
def test_range_order_and_invariances(seed, scale):
    Z = features(30, 5, seed)
    rotation = np.linalg.qr(np.random.default_rng(seed).standard_normal((5, 5)))[0]
    for measure in (rankme, effective_rank, participation_ratio, stable_rank):
        assert 1 <= measure(Z) <= 5 + 1e-9
        assert measure(scale * Z @ rotation) == pytest.approx(measure(Z), rel=1e-8)
    assert stable_rank(Z) <= participation_ratio(Z) <= math.exp(von_neumann_entropy(Z)) + 1e-9


def test_rows_in_blocks_and_as_one():
    Z = features(100)
    for measure in (rankme, participation_ratio, von_neumann_entropy):
        assert measure(iter([Z[:30], Z[30:31], Z[31:]])) == pytest.approx(measure(Z), rel=1e-10)
        assert measure([Z[:50], Z[50:]]) == pytest.approx(measure(Z), rel=1e-10)
    assert rankme([[1.0, 0.0], [0.0, 1.0]]) == pytest.approx(2.0)


def test_huge_offset():
    Z = features()
    assert participation_ratio(Z + 1e6) == pytest.approx(participation_ratio(Z), rel=1e-6)


def test_tensors():
    Z = torch.tensor(features(10, 4), requires_grad=True)
    for measure in (rankme, participation_ratio, von_neumann_entropy, stable_rank):
        assert torch.autograd.gradcheck(measure, (Z,))
    assert rankme(Z.detach().float()).dtype == torch.float32
    assert float(rankme(Z.detach().half())) == pytest.approx(float(rankme(Z.detach())), rel=1e-2)
    assert rankme(np.eye(3, dtype=np.int64)) == pytest.approx(3.0)


def test_a_tensor_that_stands_for_the_negative_of_another():
    Z = torch.tensor(features())
    turned = torch.complex(Z, -Z).conj().imag
    assert turned.is_neg()
    assert float(rankme(turned)) == float(rankme(Z))


def test_rows_that_may_not_be_written(tmp_path):
    np.save(tmp_path / "rows.npy", features())
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    assert rankme(mapped) == rankme(features())


def test_wide_features():
    Z = features(5, 40)
    s = np.linalg.svd(Z, compute_uv=False)
    assert rankme(Z) == pytest.approx(math.exp(stats.entropy(s)), rel=1e-8)


def test_decay_of_a_known_law():
    Z = np.diag(np.arange(1, 21) ** -0.75) * math.sqrt(20)
    fit = spectral_decay(Z, fit_range=(2, 15), center=False)
    assert fit.exponent == pytest.approx(1.5)
    assert fit.intercept == pytest.approx(0.0, abs=1e-9)
    assert (fit.r_squared, fit.fit_range) == (pytest.approx(1.0), (2, 15))


def test_decay_is_numpys_weighted_fit():
    Z = features(200, 12)
    lam = np.linalg.eigvalsh(np.cov(Z.T, bias=True))[::-1][:8]
    ranks = np.arange(1, 9)
    slope, intercept = np.polyfit(np.log(ranks), np.log(lam), 1, w=np.sqrt(1 / ranks))
    fit = spectral_decay(Z, fit_range=(1, 8))
    assert (fit.exponent, fit.intercept) == (pytest.approx(-slope), pytest.approx(intercept))
    assert 0 < fit.r_squared < 1
    flat = spectral_decay(np.eye(3), fit_range=(1, 3), center=False)
    assert (flat.exponent, flat.r_squared) == (pytest.approx(0.0, abs=1e-12), pytest.approx(1.0))


@pytest.mark.parametrize("fit_range", [(0, 2), (2, 2), (1, 4)])
def test_decay_messages(fit_range):
    with pytest.raises(ValueError, match="from 1 to the 3 positive eigenvalues, got"):
        spectral_decay(np.diag([3.0, 2.0, 1.0, 0.0]), fit_range=fit_range, center=False)


@pytest.mark.parametrize(
    ("Z", "text"),
    [
        (np.ones((4, 2)), "Z must vary, got 4 equal rows"),
        ([[1.0, 2.0]], "Z must vary, got 1 equal rows"),
        ([[1.0, math.nan]], "Z must be finite"),
        (np.zeros((0, 2)), "Z must have shape"),
        (iter([]), "Z must hold at least one row, got no blocks"),
        ([], "Z must have shape"),
        (iter([np.ones((2, 2)), np.ones((2, 3))]), "same columns, got 3 after 2"),
    ],
)
def test_messages(Z, text):
    with pytest.raises(ValueError, match=text):
        participation_ratio(Z)


def test_zeros_and_options():
    with pytest.raises(ValueError, match="got 3 rows of zeros"):
        rankme(np.zeros((3, 2)))
    with pytest.raises(
        ValueError, match="spectrum must be one of 'singular', 'covariance', got 'all'"
    ):
        effective_rank(DIAGONAL, spectrum="all")


def test_no_blocks():
    with pytest.raises(ValueError, match="Z must hold at least one row, got no blocks"):
        rankme(iter([]))
