"""Vendi score, matrix-based Rényi entropy and mutual information."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from infotheory.spectral import (
    cosine_vendi_score,
    matrix_renyi_entropy,
    matrix_renyi_mutual_information,
    vendi_score,
)


def gaussian_kernel(n=40, seed=0):
    X = np.random.default_rng(seed).standard_normal((n, 3))
    return np.exp(-((X[:, None] - X[None]) ** 2).sum(axis=-1) / 2)


def test_by_hand():
    K = np.array([[1.0, 0.5], [0.5, 1.0]])
    p = np.array([0.75, 0.25])
    assert vendi_score(K) == pytest.approx(math.exp(stats.entropy(p)))
    assert vendi_score(K, order=2) == pytest.approx(1 / (p @ p))
    assert vendi_score(K, order=math.inf) == pytest.approx(4 / 3)
    assert vendi_score(np.ones((3, 3)), order=0) == pytest.approx(1.0)
    assert matrix_renyi_entropy(2 * K, order=1, base=2) == pytest.approx(stats.entropy(p, base=2))
    assert matrix_renyi_entropy(np.eye(4), order=3, base=2) == pytest.approx(2.0)


def test_cosine():
    Z = np.random.default_rng(0).standard_normal((30, 4))
    U = Z / np.linalg.norm(Z, axis=1, keepdims=True)
    assert cosine_vendi_score(Z) == pytest.approx(vendi_score(U @ U.T), rel=1e-9)
    assert cosine_vendi_score(Z[:3], order=2) == pytest.approx(
        vendi_score((U @ U.T)[:3, :3], order=2), rel=1e-9
    )
    with pytest.raises(ValueError, match="rows of Z must not be zero, got 1 zero rows"):
        cosine_vendi_score([[0.0, 0.0], [1.0, 0.0]])


def test_mutual_information_of_the_definition():
    K = gaussian_kernel()
    y = np.arange(40) % 3
    B = (y[:, None] == y[None]).astype(float)

    def renyi(M, a):
        lam = np.linalg.eigvalsh(M / np.trace(M)).clip(0)
        return math.log((lam**a).sum()) / (1 - a)

    for order in (0.7, 2.0, 3.0):
        literal = renyi(K, order) + renyi(B, order) - renyi(K * B, order)
        assert matrix_renyi_mutual_information(K, y, order=order) == pytest.approx(
            literal, abs=1e-7
        )


@settings(max_examples=20)
@given(st.integers(0, 50), st.integers(1, 6))
def test_mutual_information_is_bounded_by_the_labels(seed, n_classes):
    y = np.random.default_rng(seed).integers(0, n_classes, 30)
    value = matrix_renyi_mutual_information(gaussian_kernel(30, seed), y, order=1)
    assert 0 <= value <= stats.entropy(np.bincount(y)) + 1e-9


def test_mutual_information_ends():
    K = np.kron(np.eye(3), np.ones((4, 4)))
    y = np.repeat(["a", "b", "c"], 4)
    assert matrix_renyi_mutual_information(K, y, order=1, base=3) == pytest.approx(1.0)
    assert matrix_renyi_mutual_information(K, ["a"] * 12, order=1) == pytest.approx(0.0, abs=1e-12)


def test_tensors_and_gradient():
    X = torch.tensor(np.random.default_rng(0).standard_normal((6, 2)), requires_grad=True)

    def information(x):
        K = torch.exp(-((x[:, None] - x[None]) ** 2).sum(-1))
        return matrix_renyi_mutual_information(K, torch.tensor([0, 0, 0, 1, 1, 1]), order=1)

    assert torch.autograd.gradcheck(information, (X,))
    assert vendi_score(torch.eye(3)).dtype == torch.float32


@pytest.mark.parametrize(
    ("K", "text"),
    [
        (np.ones((2, 3)), r"K must be square, got shape \(2, 3\)"),
        ([[1.0, 0.5], [0.1, 1.0]], "K must be symmetric, got entries that differ by 0.4"),
        ([[1.0, 2.0], [2.0, 1.0]], "K must be positive semidefinite, got the eigenvalue -1 beside"),
        (np.zeros((2, 2)), "K must have a positive trace, got 0.0"),
        ([[math.nan]], "K must be finite"),
    ],
)
def test_messages(K, text):
    with pytest.raises(ValueError, match=text):
        matrix_renyi_entropy(K, order=2)


def test_diagonals_and_labels():
    with pytest.raises(ValueError, match=r"K must have 1 on its diagonal, got 2\.0"):
        vendi_score(2 * np.eye(2))
    with pytest.raises(
        ValueError, match=r"K must have a constant diagonal, got values from 1\.0 to 2\.0"
    ):
        matrix_renyi_mutual_information(np.diag([1.0, 2.0]), [0, 1], order=1)
    with pytest.raises(ValueError, match="one label a row of K, got 3 labels for 2 rows"):
        matrix_renyi_mutual_information(np.eye(2), [0, 1, 1], order=1)


@pytest.mark.parametrize("kind", [">f8", "<f8", ">f4", ">i4", np.longdouble, np.float16])
def test_numbers_of_any_order_of_bytes_and_width_are_taken(kind):
    """torch had its own words for arrays of the other order, and for numbers of 80 bits."""
    K = gaussian_kernel(6) if np.dtype(kind).kind == "f" else np.eye(6)
    given = K.astype(kind)
    wanted = vendi_score(given.astype(np.float64))
    assert vendi_score(given) == pytest.approx(wanted, rel=1e-3 if given.itemsize < 8 else 1e-12)
    assert cosine_vendi_score(given) == pytest.approx(
        cosine_vendi_score(given.astype(np.float64)), rel=1e-2 if given.itemsize < 8 else 1e-9
    )
