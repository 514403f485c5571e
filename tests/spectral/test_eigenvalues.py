"""The one entropy formula: values by hand, limits, agreement with entropies of a pmf, messages."""

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from infotheory import entropy
from infotheory.spectral import spectral_entropy

SPECTRA = st.lists(st.floats(1e-6, 1e3), min_size=1, max_size=8)
ORDERS = st.sampled_from([0.0, 0.3, 0.999999, 1.0, 1.000001, 2.0, 5.0, math.inf])


def test_by_hand():
    assert spectral_entropy([4.0, 4.0, 0.0], base=2) == pytest.approx(1.0)
    assert spectral_entropy([4.0, 2.0, 1.0, 1.0], base=2) == pytest.approx(1.75)
    assert spectral_entropy([4.0, 1.0], order=math.inf) == pytest.approx(math.log(5 / 4))
    assert spectral_entropy([4.0, 1.0], order=2) == pytest.approx(math.log(25 / 17))
    assert spectral_entropy([4.0, 1.0, 0.0], order=0, base=2) == pytest.approx(1.0)
    assert math.exp(spectral_entropy([16.0, 4.0, 1.0, 1.0], t=0.5)) == pytest.approx(
        3.363586, abs=1e-6
    )


def test_scipy():
    lam = np.array([5.0, 3.0, 0.2])
    assert spectral_entropy(lam, t=3, base=2) == pytest.approx(
        stats.entropy(lam**3, base=2), abs=1e-14
    )


@settings(max_examples=50)
@given(SPECTRA, ORDERS, st.floats(0.1, 5))
def test_is_the_entropy_of_the_shares(spectrum, order, t):
    lam = np.array(spectrum)
    value = spectral_entropy(lam, t=t, order=order)
    assert value == pytest.approx(entropy(lam**t / (lam**t).sum(), order=order), abs=1e-9)
    assert 0 <= value <= math.log(lam.size) + 1e-12
    assert spectral_entropy(lam * 7, t=t, order=order) == pytest.approx(value, abs=1e-9)


@settings(max_examples=30)
@given(SPECTRA, st.floats(0.1, 3), st.floats(0.1, 2))
def test_falls_in_t(spectrum, t, more):
    assert spectral_entropy(spectrum, t=t + more) <= spectral_entropy(spectrum, t=t) + 1e-9


@settings(max_examples=30)
@given(ORDERS, st.floats(0.2, 3))
def test_weights_are_multiplicities(order, t):
    weighted = spectral_entropy([3.0, 1.0, 9.0], weights=[2.0, 3.0, 0.0], t=t, order=order)
    assert weighted == pytest.approx(
        spectral_entropy([3.0, 3.0, 1.0, 1.0, 1.0], t=t, order=order), abs=1e-9
    )


def test_extreme_powers_do_not_overflow():
    assert spectral_entropy([1e-300, 1e-300], t=5) == pytest.approx(math.log(2))
    assert spectral_entropy([1e300, 1.0], t=1000) == 0.0


def exact_entropy(spectrum, weights, t, order):
    """Entropy by its formula in 340 digits."""
    with localcontext() as context:
        context.prec = 340
        lam = [Decimal(value) ** Decimal(t) for value in spectrum]
        counts = [Decimal(weight) for weight in weights]
        total = sum(w * x for w, x in zip(counts, lam, strict=True))
        if order == math.inf:
            return float((total / max(lam)).ln())
        shares = [x / total for x in lam]
        if order == 1.0:
            return float(-sum(w * p * p.ln() for w, p in zip(counts, shares, strict=True)))
        power = Decimal(order)
        powers = sum(w * (power * p.ln()).exp() for w, p in zip(counts, shares, strict=True))
        return float(powers.ln() / (1 - power))


@pytest.mark.parametrize("order", [1e-3, 0.3, 1 - 1e-9, 1.0, 1 + 1e-9, 1.5, 2.0, 50.0, math.inf])
@pytest.mark.parametrize("rest", [[1e-20], [1e-320], [0.06, 1e-9], [0.2, 0.1], [1e-3] * 5])
def test_little_beside_one_eigenvalue_keeps_its_digits(order, rest):
    assert spectral_entropy([1.0, 1e-20], order=2) == pytest.approx(2e-20, rel=1e-15)
    values = [2.0, *rest]
    for t in (0.5, 3.0):
        found = spectral_entropy(values, t=t, order=order)
        expected = exact_entropy(values, [1] * len(values), t, order)
        assert found >= 0.0
        assert found == pytest.approx(expected, rel=2e-12, abs=1e-300)

    # Weights of a quadrature: the largest mass is not always that of the largest eigenvalue.
    for counts in ([1.0, *[3.0] * 5], [0.5, *[0.25] * 5], [1e-5, *[9.0] * 5]):
        weights = counts[: len(values)]
        expected = exact_entropy(values, weights, 1.0, order)
        weighted = spectral_entropy(values, order=order, weights=weights)
        assert weighted == pytest.approx(expected, rel=2e-12, abs=1e-12)


def test_batches_and_gradient():
    rows = np.array([[1.0, 1.0], [1.0, 0.0]])
    np.testing.assert_allclose(spectral_entropy(rows, base=2), [1.0, 0.0])
    lam = torch.tensor([3.0, 2.0, 0.5], dtype=torch.float64, requires_grad=True)
    little = torch.tensor([[3.0, 0.02, 0.0], [2.0, 1.0, 0.5]], dtype=torch.float64)
    little.requires_grad_()
    weights = torch.tensor([[0.7, 0.3, 1.0], [1.0, 2.0, 0.5]], dtype=torch.float64)
    weights.requires_grad_()
    for order in (0.5, 1.0, 1.001, 2.0, math.inf):
        assert torch.autograd.gradcheck(
            lambda x, a=order: spectral_entropy(x, t=1.5, order=a), (lam,)
        )
        assert torch.autograd.gradcheck(
            lambda x, w, a=order: spectral_entropy(x[:, :2], t=1.5, order=a, weights=w[:, :2]),
            (little, weights),
        )
        (slope,) = torch.autograd.grad(spectral_entropy(little, order=order).sum(), little)
        assert torch.isfinite(slope).all()


@pytest.mark.parametrize(
    ("spectrum", "options", "text"),
    [
        ([], {}, "spectrum must have at least one entry"),
        (1.0, {}, "spectrum must have at least one entry"),
        ([0.0, 0.0], {}, "spectrum must have a positive eigenvalue of positive weight, got none"),
        ([1.0, -1e-9], {}, "spectrum must not be negative, got -1e-09; set rounding"),
        ([1.0, math.nan], {}, "spectrum must be finite"),
        ([1.0, math.inf], {}, "spectrum must be finite, got values from 1.0 to inf"),
        (["a"], {}, "spectrum must hold real numbers"),
        ([1.0], {"t": math.inf}, "t must be finite and positive, got inf"),
        ([1.0], {"order": math.nan}, "order must be a number from 0 to inf, got nan"),
        (
            [1.0],
            {"weights": [1.0, 2.0]},
            r"weights must have the shape of spectrum \(1,\), got \(2,\)",
        ),
        ([1.0], {"weights": [-1.0]}, "weights must not be negative, got -1.0"),
        ([1.0], {"weights": [0.0]}, "positive weight, got none"),
    ],
)
def test_messages(spectrum, options, text):
    with pytest.raises(ValueError, match=text):
        spectral_entropy(spectrum, **options)
