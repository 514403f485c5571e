"""Optima have first derivatives at the best law, in every mode of torch, and no second one."""

import numpy as np
import pytest

import infotheory as it

torch = pytest.importorskip("torch")
# torch.func loads what torch itself calls deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")


def csiszar(scores):
    table = torch.softmax(scores.reshape(-1), dim=0).reshape(scores.shape)
    return it.mutual_information(table, order=2.0, kind="csiszar")


def capacity(scores):
    return it.channel_capacity(torch.softmax(scores, dim=1), tolerance=1e-13).capacity


OPTIMA = pytest.mark.parametrize("optimum", [csiszar, capacity])


@pytest.fixture
def scores():
    return torch.tensor(np.random.default_rng(1).normal(size=(3, 4)))


@OPTIMA
def test_every_mode_of_torch_has_the_slope_of_differences(optimum, scores):
    way = torch.tensor(np.random.default_rng(2).normal(size=(3, 4)))
    ahead, behind = (float(optimum(scores + step * way)) for step in (1e-5, -1e-5))
    slope = (ahead - behind) / 2e-5
    assert float((torch.func.grad(optimum)(scores) * way).sum()) == pytest.approx(slope, abs=1e-7)
    assert float(torch.func.jvp(optimum, (scores,), (way,))[1]) == pytest.approx(slope, abs=1e-7)
    with torch.autograd.forward_ad.dual_level():
        dual = optimum(torch.autograd.forward_ad.make_dual(scores, way))
        tangent = torch.autograd.forward_ad.unpack_dual(dual).tangent
    assert float(tangent) == pytest.approx(slope, abs=1e-7)


@OPTIMA
def test_a_second_derivative_is_refused(optimum, scores):
    """With the best law held it would be -.103 for the -.055 of differences, without a word."""
    tensor = scores.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(optimum(tensor), tensor, create_graph=True)
    with pytest.raises(ValueError, match="no second derivative here"):
        torch.autograd.grad(gradient.sum(), tensor)
    with pytest.raises(ValueError, match="no second derivative here"):
        torch.func.jvp(torch.func.grad(optimum), (scores,), (scores,))


def test_jacobians_of_batches_are_those_of_one_output_after_the_other():
    """Each way batches the derivative itself, which a function of one's own has to allow."""
    tables = torch.tensor(np.random.default_rng(3).normal(size=(2, 2, 3)))

    def informations(scores):
        laws = torch.softmax(scores.reshape(2, -1), dim=1).reshape(scores.shape)
        return it.mutual_information(laws, order=2.0, kind="csiszar")

    jacobian = torch.autograd.functional.jacobian
    one_by_one = jacobian(informations, tables)
    assert float(one_by_one.abs().max()) > 1e-3
    for found in (
        torch.func.jacrev(informations)(tables),
        torch.func.jacfwd(informations)(tables),
        jacobian(informations, tables, vectorize=True),
        jacobian(informations, tables, vectorize=True, strategy="forward-mode"),
    ):
        torch.testing.assert_close(found, one_by_one, rtol=1e-9, atol=1e-12)
    with pytest.raises(ValueError, match="no second derivative here"):
        torch.func.hessian(lambda scores: informations(scores).sum())(tables)


def test_rate_and_distortion_want_no_gradient():
    law, costs = torch.tensor([0.3, 0.7]), torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    with pytest.raises(ValueError, match="rate_distortion has no gradient"):
        it.rate_distortion(law.clone().requires_grad_(), costs, slope=2.0)
    with pytest.raises(ValueError, match="rate_distortion has no gradient"):
        it.rate_distortion(law, costs.clone().requires_grad_(), slope=2.0)
    with torch.no_grad():
        point = it.rate_distortion(law.clone().requires_grad_(), costs, slope=2.0)
    assert float(point.distortion) > 0.0
