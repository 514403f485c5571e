"""Half precision, masks and near models in the functions of language models."""

import math

import pytest

torch = pytest.importorskip("torch")

from infotheory.fields.language import (  # noqa: E402
    attention_entropy,
    temperature_for_entropy,
    token_divergence,
    token_entropy,
)


def generator():
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_attention_in_half_precision(dtype):
    scores = torch.randn(2, 4, 64, 512, generator=generator())
    value = attention_entropy(torch.softmax(scores, dim=-1).to(dtype))
    assert value.dtype == torch.float32
    assert torch.allclose(value, attention_entropy(torch.softmax(scores, dim=-1)), rtol=2e-3)
    with pytest.raises(ValueError, match="attn must sum to 1"):
        attention_entropy(torch.full((2, 2), 0.51, dtype=dtype))


def test_padding_and_causal_masks():
    attn = torch.full((1, 1, 3, 3), 1 / 3)
    causal = torch.ones(3, 3, dtype=torch.bool).tril()
    expected = [0.0, math.log(2), math.log(3)]
    assert attention_entropy(attn, mask=causal).flatten().tolist() == pytest.approx(expected)
    padding = torch.tensor([True, True, False])[None, None, None]
    assert attention_entropy(attn, mask=padding).flatten().tolist() == pytest.approx(
        [math.log(2)] * 3
    )
    nothing = torch.zeros(3, 3, dtype=torch.bool)
    attn[..., 0, 0] = math.nan
    assert attention_entropy(attn, mask=nothing).flatten().tolist() == [0.0, 0.0, 0.0]


def test_masked_attention_has_a_gradient():
    scores = torch.randn(4, 4, generator=generator(), requires_grad=True)
    causal = torch.ones(4, 4, dtype=torch.bool).tril()
    attention_entropy(torch.softmax(scores, dim=-1), mask=causal).sum().backward()
    assert bool(torch.isfinite(scores.grad).all())


@pytest.mark.parametrize("mask", [torch.ones(3, 3), [[True]], torch.ones(5, dtype=torch.bool)])
def test_masks_that_do_not_fit(mask):
    with pytest.raises(ValueError, match=r"mask must be a tensor of bool, .* got"):
        attention_entropy(torch.full((3, 3), 1 / 3), mask=mask)


def test_masked_weights_must_be_laws():
    attn, mask = torch.tensor([[0.0, 1.0]]), torch.tensor([[True, False]])
    with pytest.raises(ValueError, match="mass on an allowed key"):
        attention_entropy(attn, mask=mask)
    with pytest.raises(ValueError, match="at most 1"):
        attention_entropy(2.0 * attn, mask=~mask)


@pytest.mark.parametrize("kind", ["kl", "js"])
def test_near_models_of_fifty_thousand_tokens(kind):
    p = torch.randn(50_000, generator=generator())
    q = p + 1e-3 * torch.randn(50_000, generator=generator().manual_seed(1))
    expected = float(token_divergence(p.double(), q.double(), kind=kind))
    assert float(token_divergence(p, q, kind=kind)) == pytest.approx(expected, rel=3e-3)


def test_gradient_of_a_divergence_of_tokens():
    p = torch.randn(6, generator=generator(), dtype=torch.float64, requires_grad=True)
    q = p.detach() + torch.tensor([0.01, -0.02, 1.0, -3.0, 0.0, 0.2])
    for kind in ("kl", "js"):
        assert torch.autograd.gradcheck(lambda x, k=kind: token_divergence(x, q, kind=k), (p,))


def test_vmap_is_refused_in_words():
    with pytest.raises(ValueError, match=r"torch\.vmap hides the values"):
        torch.vmap(token_entropy)(torch.zeros(3, 4))


def test_a_temperature_has_no_second_derivative():
    """That at a temperature that stays was .049 for the .030 of differences, without a word."""
    scores = torch.tensor([2.0, 1.0, 0.0, -1.0], dtype=torch.float64, requires_grad=True)
    found = temperature_for_entropy(scores, 1.0)
    (gradient,) = torch.autograd.grad(found, scores, create_graph=True)
    with pytest.raises(ValueError, match="no second derivative here"):
        torch.autograd.grad(gradient.sum(), scores)


@pytest.mark.parametrize("target", [1e-300, 1e-12, math.log(4) - 1e-12])
def test_a_target_too_near_to_a_limit_is_refused(target):
    """For 1e-300 nats it found a temperature at which the entropy is 1e-63."""
    scores = torch.tensor([2.0, 1.0, 0.0, -1.0], dtype=torch.float64)
    with pytest.raises(ValueError, match="and 1e-10 away from both"):
        temperature_for_entropy(scores, target)
    assert float(token_entropy(scores / temperature_for_entropy(scores, 1e-9))) == pytest.approx(
        1e-9, rel=1e-5
    )
