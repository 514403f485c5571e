"""Derivatives by every transform of torch are those of its backward pass, or are refused."""

import warnings

import numpy as np
import pytest
import torch

from infotheory.spectral import (
    cosine_vendi_score,
    diffusion_spectral_entropy,
    diffusion_spectral_mutual_information,
    effective_rank,
    matrix_renyi_entropy,
    matrix_renyi_mutual_information,
    participation_ratio,
    rankme,
    spectral_decay,
    spectral_entropy,
    stable_rank,
    vendi_score,
    von_neumann_entropy,
)

# torch.func loads what torch itself calls deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")

LABELS = [0] * 7 + [1] * 9


def kernel(X):
    return torch.exp(-((X[:, None] - X[None]) ** 2).sum(dim=-1) / 2.0)


def entropy(**options):
    return lambda X: diffusion_spectral_entropy(X, **options).value


MEASURES = {
    "median": entropy(),
    "order 2": entropy(order=2),
    "number": entropy(bandwidth=1.2, anisotropy=0.5),
    "adaptive": entropy(bandwidth="adaptive", n_neighbors=3),
    "blocked": entropy(order=2, method="blocked"),
    "nystrom": entropy(method="nystrom", t=3, rng=0),
    "information": lambda X: diffusion_spectral_mutual_information(X, LABELS, rng=0).value,
    "rankme": rankme,
    "effective_rank": effective_rank,
    "participation_ratio": participation_ratio,
    "stable_rank": stable_rank,
    "von_neumann_entropy": von_neumann_entropy,
    "cosine": cosine_vendi_score,
    "vendi": lambda X: vendi_score(kernel(X)),
    "matrix entropy": lambda X: matrix_renyi_entropy(kernel(X), order=2),
    "matrix information": lambda X: matrix_renyi_mutual_information(kernel(X), LABELS, order=1),
    "eigenvalues": lambda X: spectral_entropy((X * X).sum(dim=0)),
}


def normal(seed, shape=(16, 3)):
    return torch.tensor(np.random.default_rng(seed).normal(size=shape))


@pytest.mark.parametrize("name", MEASURES)
def test_transforms_have_the_derivative_of_the_backward_pass(name):
    measure, X, way = MEASURES[name], normal(0), normal(1)
    tensor = X.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(measure(tensor), tensor)
    slope = float((gradient * way).sum())
    assert slope != 0.0
    assert float((torch.func.grad(measure)(X) * way).sum()) == pytest.approx(slope, rel=1e-9)
    assert float(torch.func.jvp(measure, (X,), (way,))[1]) == pytest.approx(slope, rel=1e-9)


@pytest.mark.parametrize("name", ["number", "rankme", "cosine", "vendi", "eigenvalues"])
def test_first_and_second_derivatives_are_those_of_differences(name):
    X = normal(2, (6, 3)).requires_grad_()
    assert torch.autograd.gradcheck(MEASURES[name], (X,))
    assert torch.autograd.gradgradcheck(MEASURES[name], (X,), atol=1e-4)


@pytest.mark.parametrize("name", MEASURES)
def test_vmap_is_refused_in_words(name):
    with pytest.raises(ValueError, match=r"torch\.vmap hides the values"):
        torch.func.vmap(MEASURES[name])(normal(0, (2, 16, 3)))


def test_numbers_that_carry_no_derivative_come_out_of_a_transform():
    Z = normal(3)
    inside = []
    torch.func.grad(lambda X: (inside.append(spectral_decay(X, fit_range=(1, 3))), X.sum())[1])(Z)
    assert inside == [spectral_decay(Z, fit_range=(1, 3))]


def test_many_rows_inside_a_transform():
    """From a thousand rows on eigenvalues come from another thread, which knows no transform."""
    X, way = normal(4, (1001, 3)).float(), normal(5, (1001, 3)).float()
    measure = entropy(bandwidth=2.0, t=2.0)
    ahead, behind = (measure((X + step * way).double()) for step in (1e-4, -1e-4))
    slope = float(torch.func.jvp(measure, (X,), (way,))[1])
    assert slope == pytest.approx(float(ahead - behind) / 2e-4, rel=1e-2)


def test_a_quadrature_refuses_a_tangent():
    """It had the derivative NaN, and no gradient to refuse."""
    X = normal(6, (60, 3))
    with torch.autograd.forward_ad.dual_level():
        dual = torch.autograd.forward_ad.make_dual(X, X)
        with pytest.raises(ValueError, match=r"method='slq' has no gradient.*tangent"):
            diffusion_spectral_entropy(dual, method="slq")


def test_the_number_of_an_estimate_with_a_gradient_is_told_without_a_warning():
    estimate = diffusion_spectral_entropy(normal(7).requires_grad_())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert f"{float(estimate):.3f}" in str(estimate)
