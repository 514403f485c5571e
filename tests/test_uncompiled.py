"""torch.compile around functions whose iterations and numpy it cannot trace."""

import warnings

import numpy as np
import pytest

from infotheory.exceptions import NotConvergedWarning
from infotheory.measures import channel_capacity, mutual_information, rate_distortion
from infotheory.spectral import diffusion_spectral_entropy, diffusion_spectral_mutual_information

torch = pytest.importorskip("torch")

CHANNEL = [[0.9, 0.1], [0.2, 0.8]]
ROWS = np.random.default_rng(0).normal(size=(20, 3))

OPTIMA = {
    "capacity": (lambda w: channel_capacity(w).capacity, CHANNEL),
    "augustin": (lambda w: mutual_information(w / 2, order=2.0, kind="csiszar"), CHANNEL),
    "diffusion": (lambda X: diffusion_spectral_entropy(X).value, ROWS),
    "diffusion information": (
        lambda X: diffusion_spectral_mutual_information(X, np.arange(20) % 2, rng=0).value,
        ROWS,
    ),
}


def compiled(function):
    """What torch compiles, by the backend that needs no compiler of C++."""
    torch._dynamo.reset()
    return torch.compile(function, backend="eager")


@pytest.mark.filterwarnings("ignore::UserWarning:torch")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", OPTIMA)
def test_a_compiled_function_has_the_value_and_the_gradient_of_the_plain_one(name):
    measure, numbers = OPTIMA[name]

    def loss(values):
        return 2.0 * measure(values + 0.0)

    plain, traced = (
        torch.tensor(numbers, dtype=torch.float64, requires_grad=True) for _ in range(2)
    )
    expected, found = loss(plain), compiled(loss)(traced)
    assert float(found.detach()) == pytest.approx(float(expected.detach()), rel=1e-12)
    expected.backward()
    found.backward()
    np.testing.assert_allclose(traced.grad.numpy(), plain.grad.numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_has_no_gradient_says_so_when_compiled_too():
    law = torch.tensor([0.4, 0.6], dtype=torch.float64, requires_grad=True)
    costs = 1.0 - torch.eye(2, dtype=torch.float64)
    with pytest.raises(ValueError, match="rate_distortion has no gradient"):
        compiled(lambda p: rate_distortion(p, costs, slope=1.0).rate)(law)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_warning_names_the_line_of_the_caller_when_compiled():
    channel = torch.tensor([[0.9, 0.1], [0.3, 0.7]], dtype=torch.float64)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        compiled(lambda w: channel_capacity(w, max_iter=1).capacity)(channel)
    (told,) = [one for one in caught if one.category is NotConvergedWarning]
    assert told.filename == __file__


@pytest.mark.parametrize("name", ["capacity", "augustin", "diffusion"])
def test_vmap_over_what_is_solved_for_is_refused_in_words(name):
    measure, numbers = OPTIMA[name]
    batch = torch.tensor(np.stack([numbers, numbers]))
    for transformed in (measure, torch.func.grad(measure)):
        with pytest.raises(ValueError, match=r"torch\.vmap hides the values"):
            torch.func.vmap(transformed)(batch)
