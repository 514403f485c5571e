"""Description lengths of a training run."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import zeta

from infotheory.fields.coding import prequential_code_length, requential_code_length

CURVES = st.lists(st.tuples(st.floats(-3, 10), st.floats(0.1, 100)), min_size=1, max_size=20)


def test_power_law_of_a_million_steps():
    losses = np.arange(1, 10**6 + 1) ** -0.5
    structure, noise = prequential_code_length(losses, np.ones(10**6))
    assert structure == pytest.approx(998.540, abs=1e-3)
    assert noise == pytest.approx(1000.0)
    # Euler and Maclaurin: sum t^(-1/2) = 2 sqrt(T) + zeta(1/2) + 1 / (2 sqrt(T)) - ...
    series = 2 * 10**3 + zeta(0.5) + 0.5e-3
    assert structure + noise == pytest.approx(series, abs=1e-6)


@given(CURVES, st.floats(-2, 5))
def test_the_parts_are_the_code_of_the_run(curve, final):
    losses, tokens = np.array(curve).T
    structure, noise = prequential_code_length(losses, tokens, final_loss=final)
    assert structure + noise == pytest.approx(tokens @ losses, abs=1e-8)
    assert noise == pytest.approx(final * tokens.sum(), abs=1e-8)
    bits = prequential_code_length(losses, tokens, final_loss=final, base=2)
    assert bits.structure == pytest.approx(structure / math.log(2))
    last = prequential_code_length(losses, tokens)
    assert last == prequential_code_length(losses, tokens, final_loss=losses[-1])


@given(CURVES)
def test_requential_code_adds_up(curve):
    kl, tokens = np.abs(np.array(curve).T)
    assert requential_code_length(kl, tokens) == pytest.approx(
        sum(k * n for k, n in zip(kl, tokens, strict=True))
    )
    assert requential_code_length(kl, tokens, base=2) == pytest.approx(
        requential_code_length(kl, tokens) / math.log(2)
    )


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: prequential_code_length([], []),
            r"losses must have shape \(n_steps,\), got shape \(0,\)",
        ),
        (
            lambda: prequential_code_length([1.0, math.nan], [1, 1]),
            "losses must be finite, got nan",
        ),
        (
            lambda: prequential_code_length([1.0], [1, 1]),
            r"tokens must have shape \(1,\), got shape \(2,\)",
        ),
        (
            lambda: prequential_code_length([1.0], [0]),
            "tokens must be positive, got 0; leave out steps without tokens",
        ),
        (
            lambda: prequential_code_length([1.0], [1], final_loss=math.inf),
            "final_loss must be finite, got inf",
        ),
        (
            lambda: prequential_code_length([1.0], [1], base=1),
            "base must be finite and above 1, got 1",
        ),
        (lambda: requential_code_length([-1.0], [1]), "kl must not be negative, got -1"),
    ],
)
def test_messages(call, text):
    with pytest.raises(ValueError, match=text):
        call()
