"""Where tensors lie: the same values on a CUDA device, results that stay there, nothing of size n x
n on the host; and what numpy is not asked for.
"""

from functools import partial

import numpy as np
import pytest
import torch
from torch.autograd import forward_ad
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from infotheory.exceptions import InfeasibleError
from infotheory.spectral import (
    cosine_vendi_score,
    diffusion_spectral_entropy,
    diffusion_spectral_mutual_information,
    matrix_renyi_entropy,
    matrix_renyi_mutual_information,
    participation_ratio,
    rankme,
    spectral_entropy,
    vendi_score,
    von_neumann_entropy,
)

N = 300
LABELS = np.arange(N) % 3
needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


def entropy(X, **options):
    return diffusion_spectral_entropy(X, rng=0, **options).value


def kernel(X):
    return torch.exp(-(torch.cdist(X, X) ** 2) / 20)


MEASURES = {
    "exact": entropy,
    "exact, anisotropy": lambda X: entropy(X, anisotropy=1.0),
    "exact, adaptive": lambda X: entropy(X, bandwidth="adaptive"),
    "blocked": lambda X: entropy(X, order=2.0, method="blocked"),
    "slq": lambda X: entropy(X, method="slq"),
    "nystrom": lambda X: entropy(X, t=3.0, method="nystrom", subset_size=100),
    "information": lambda X: diffusion_spectral_mutual_information(X, LABELS, rng=0).value,
    "spectral_entropy": lambda X: spectral_entropy(X[:, 0].abs()),
    "rankme": rankme,
    "von Neumann": von_neumann_entropy,
    "vendi": lambda X: vendi_score(kernel(X)),
    "Renyi": lambda X: matrix_renyi_entropy(kernel(X), order=2),
    "Renyi information": lambda X: matrix_renyi_mutual_information(kernel(X), LABELS, order=1),
}


class LargeOnHost(TorchDispatchMode):
    """Note every operation whose result lies on the host and has at least ``limit`` entries."""

    def __init__(self, limit):
        super().__init__()
        self.limit = limit
        self.seen = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if (
                isinstance(leaf, torch.Tensor)
                and leaf.device.type == "cpu"
                and leaf.numel() >= self.limit
            ):
                self.seen.append(str(func))
        return result


def points(device):
    return torch.tensor(np.random.default_rng(0).standard_normal((N, 10)), device=device)


def test_the_watch_sees_a_matrix_on_the_host():
    with LargeOnHost(N * N) as watch:
        entropy(points("cpu"))
    assert watch.seen
    with LargeOnHost(N * N) as watch:
        rankme(points("cpu"))
    assert not watch.seen


@needs_cuda
@pytest.mark.parametrize("name", MEASURES)
def test_cuda_gives_the_same_value_and_stays_there(name):
    measure = MEASURES[name]
    here, X = measure(points("cpu")), points("cuda")
    with LargeOnHost(N * N // 4) as watch:
        there = measure(X)
    assert not watch.seen
    assert there.device == X.device
    assert there.dtype == X.dtype
    assert float(there) == pytest.approx(float(here), abs=1e-8)


@needs_cuda
def test_cuda_takes_numpy_and_gives_gradients():
    X = points("cpu").numpy()
    assert entropy(X, device="cuda") == pytest.approx(entropy(X), abs=1e-8)
    here, there = points("cpu").requires_grad_(), points("cuda").requires_grad_()
    entropy(here, bandwidth=2.0).backward()
    entropy(there, bandwidth=2.0).backward()
    assert there.grad.device.type == "cuda"
    np.testing.assert_allclose(there.grad.cpu(), here.grad, atol=1e-8)


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=needs_cuda)])
def test_float32_is_not_shortened(device):
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high")
    try:
        short = entropy(points(device).float())
        assert torch.get_float32_matmul_precision() == "high"
    finally:
        torch.set_float32_matmul_precision(before)
    assert float(short) == pytest.approx(float(entropy(points("cpu"))), abs=1e-5)


@pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA device is here")
def test_missing_device():
    with pytest.raises(
        InfeasibleError, match="device must be one that torch finds here, got 'cuda'"
    ):
        entropy([[1.0], [2.0]], device="cuda")


# torch's own rules of forward derivatives are written in what it gives up
@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
@pytest.mark.parametrize(
    "measure",
    [
        diffusion_spectral_entropy,
        partial(diffusion_spectral_entropy, order=2),
        von_neumann_entropy,
        cosine_vendi_score,
        participation_ratio,
        rankme,
    ],
)
def test_derivatives_forward_are_those_backward(measure):
    """Numpy takes over where nothing asks for a derivative, and would lose one without a word."""
    X, along = map(torch.as_tensor, np.random.default_rng(0).normal(size=(2, 30, 3)))

    def number(rows):
        found = measure(rows)
        return getattr(found, "value", found)

    rows = X.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(number(rows), rows)
    with forward_ad.dual_level():
        tangent = forward_ad.unpack_dual(number(forward_ad.make_dual(X, along))).tangent
    assert tangent.item() == pytest.approx((gradient * along).sum().item(), rel=1e-9)
