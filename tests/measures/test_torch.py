"""Tensors in, tensors out, with gradients, distributions with zeros included."""

import math

import numpy as np
import pytest

import infotheory as it

torch = pytest.importorskip("torch")
ORDERS = [0.5, 1.0, 1.001, 2.0, math.inf]


def law(logits, shape):
    """A table with two zeros whose gradient cannot leave the simplex."""
    return torch.cat([torch.softmax(logits, dim=0), torch.zeros(2, dtype=logits.dtype)]).reshape(
        shape
    )


@pytest.fixture
def logits():
    values = np.random.default_rng(0).normal(size=10)
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def check(function, logits):
    assert torch.autograd.gradcheck(function, (logits,))


@pytest.mark.parametrize("order", ORDERS)
def test_gradients_of_entropies(logits, order):
    check(lambda x: it.entropy(law(x, (12,)), order=order), logits)
    check(lambda x: it.hill_number(law(x, (12,)), order=order), logits)
    check(lambda x: it.joint_entropy(law(x, (3, 4)), order=order), logits)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("kind", ["arimoto", "hayashi", "jizba_arimitsu", "cachin"])
def test_gradients_of_conditional_entropies(logits, order, kind):
    check(lambda x: it.conditional_entropy(law(x, (3, 4)), order=order, kind=kind), logits)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("kind", ["sibson", "arimoto"])
def test_gradients_of_mutual_information(logits, order, kind):
    check(lambda x: it.mutual_information(law(x, (3, 4)), order=order, kind=kind), logits)
    check(lambda x: it.conditional_mutual_information(law(x, (3, 2, 2)), order=order), logits)


@pytest.mark.parametrize("order", [0.5, 2.0])
def test_gradient_at_the_augustin_center(logits, order):
    check(lambda x: it.mutual_information(law(x, (3, 4)), order=order, kind="csiszar"), logits)


def test_gradient_of_the_capacity():
    logits = torch.tensor(
        [[1.0, -1.0, 0.3], [-0.4, 1.2, 0.0]], dtype=torch.float64, requires_grad=True
    )
    check(lambda x: it.channel_capacity(torch.softmax(x, dim=1), tolerance=1e-13).capacity, logits)


@pytest.mark.parametrize("order", ORDERS)
def test_gradients_of_divergences(logits, order):
    q = torch.tensor(np.random.default_rng(1).dirichlet(np.ones(12)))
    check(lambda x: it.renyi_divergence(law(x, (12,)), q, order=order), logits)
    check(lambda x: it.renyi_cross_entropy(law(x, (12,)), q, order=order), logits)


def test_gradients_of_the_other_divergences(logits):
    q = law(logits.detach().flip(0), (12,))
    for measure in (
        it.jeffreys_divergence,
        it.hellinger_distance,
        it.jensen_shannon_divergence,
        it.total_variation,
    ):
        check(lambda x, measure=measure: measure(law(x, (12,)), q), logits)


@pytest.mark.parametrize(
    "measure", [it.total_correlation, it.dual_total_correlation, it.o_information]
)
def test_gradients_of_joint_measures(logits, measure):
    check(lambda x: measure(law(x, (2, 3, 2))), logits)


def test_kind_and_dtype_are_kept():
    p = torch.full((7, 4), 0.25)
    value = it.entropy(p, base=2)
    assert value.dtype == torch.float32
    assert value.shape == (7,)
    assert value.tolist() == [2.0] * 7
    assert it.entropy(p[0]).ndim == 0
    assert isinstance(it.entropy([0.5, 0.5]), float)
    assert isinstance(it.kl_divergence([0.5, 0.5], torch.tensor([0.5, 0.5])), torch.Tensor)
    assert float(it.channel_capacity(torch.eye(2), base=2)) == pytest.approx(1.0)


def test_tensors_equal_arrays(logits):
    table = law(logits.detach(), (3, 4))
    for order in (0.0, *ORDERS):
        for measure in (it.joint_entropy, it.conditional_entropy, it.mutual_information):
            expected = measure(table.numpy(), order=order)
            assert float(measure(table, order=order)) == pytest.approx(expected, abs=1e-12)


def test_tolerance_follows_the_dtype():
    it.entropy(torch.tensor([0.5, 0.500005]))
    with pytest.raises(ValueError, match=r"p must sum to 1 along axis -1, got 1\.000005"):
        it.entropy(torch.tensor([0.5, 0.500005], dtype=torch.float64))
