"""Entropies of language models: values, theorems, gradients."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import brentq
from scipy.spatial.distance import jensenshannon
from torch.distributions import Categorical, kl_divergence

from infotheory.fields.language import (
    attention_entropy,
    attention_entropy_penalty,
    clip_cov_mask,
    cluster_entropy,
    entropy_change,
    entropy_discriminator,
    kl_cov_mask,
    policy_covariance,
    policy_entropy_change,
    segment_entropy,
    temperature_for_entropy,
    token_divergence,
    token_entropy,
    token_importance,
    truncated_entropy,
    window_entropy,
)

Z = torch.tensor([2.0, 1.0, 0.0], dtype=torch.float64)
MIRROR = Z.flip(0)
SEEDS = st.integers(0, 300)


def logits(seed, *shape, dtype=torch.float64):
    return torch.tensor(np.random.default_rng(seed).normal(scale=2.0, size=shape), dtype=dtype)


def near(values):
    return pytest.approx(values, abs=1e-6)


def test_values_of_importance():
    assert float(token_divergence(Z, MIRROR)) == near(1.150421)
    assert float(token_divergence(Z, MIRROR, kind="js")) == near(0.247588)
    h, d, score = token_importance(Z, MIRROR)
    assert (float(h), float(d), float(score)) == (
        near(0.757679),
        near(0.247588 / math.log(2)),
        near(0.844235),
    )


def test_importance_tells_student_from_teacher():
    student, teacher = torch.tensor([3.0, 0.0, 0.0]), torch.tensor([1.0, 1.0, 0.0])
    p, q = (torch.softmax(x.double(), 0).numpy() for x in (student, teacher))
    h, d, score = (float(x) for x in token_importance(student[None], teacher[None]))
    assert h == near(stats.entropy(p) / math.log(3))
    assert d == near(jensenshannon(p, q, base=2) ** 2)
    assert score == near(1 - (1 - h) * (1 - d))
    assert float(token_importance(teacher, student).entropy) == near(stats.entropy(q) / math.log(3))
    assert h < 0.6 < stats.entropy(q) / math.log(3)


@given(SEEDS)
def test_entropy_and_divergence_are_those_of_torch(seed):
    p, q = logits(seed, 2, 3, 7), logits(seed + 1000, 2, 3, 7)
    assert torch.allclose(token_entropy(p), Categorical(logits=p).entropy())
    assert torch.allclose(
        token_entropy(p, temperature=0.5, base=2), Categorical(logits=2 * p).entropy() / math.log(2)
    )
    assert torch.allclose(
        token_divergence(p, q), kl_divergence(Categorical(logits=p), Categorical(logits=q))
    )
    js = jensenshannon(p.softmax(-1).numpy(), q.softmax(-1).numpy(), axis=-1) ** 2
    assert token_divergence(p, q, kind="js").numpy() == pytest.approx(js)


@given(SEEDS)
def test_bounds_on_divergences(seed):
    p, q = logits(seed, 50, 6), logits(seed + 1000, 50, 6)
    variation = (p.softmax(-1) - q.softmax(-1)).abs().sum(-1) / 2
    kl, js = token_divergence(p, q), token_divergence(p, q, kind="js")
    assert (kl >= 2 * variation**2 - 1e-12).all()  # Pinsker
    assert (js <= math.log(2) * variation + 1e-12).all()  # Lin
    assert torch.allclose(js, token_divergence(q, p, kind="js"))


def test_excluded_tokens_play_no_part():
    inf = torch.inf
    p, q = torch.tensor([[1.0, 0.0, -inf, -inf]]), torch.tensor([[0.0, 1.0, 2.0, -inf]])
    assert torch.allclose(token_entropy(p), token_entropy(p[:, :2]))
    assert token_divergence(p, q).isfinite().all()
    assert token_divergence(q, p).tolist() == [inf]
    assert 0 < float(token_divergence(q, p, kind="js")) < math.log(2)
    apart = torch.tensor([0.0, -inf]), torch.tensor([-inf, 0.0])
    assert float(token_divergence(*apart, kind="js", base=2)) == near(1.0)
    assert entropy_discriminator(p)[0, 2:].tolist() == [0.0, 0.0]
    assert float(temperature_for_entropy(torch.tensor([2.0, 1.0, 0.0, -inf]), 1.0)) == near(
        1.769046
    )


def test_far_tokens_keep_a_finite_divergence_in_float32():
    p, q = torch.tensor([0.0, -200.0]), torch.tensor([-200.0, 0.0])
    assert float(token_divergence(p, q)) == pytest.approx(200.0)


@given(SEEDS, st.integers(1, 9))
def test_truncated_entropy_is_a_lower_bound(seed, k):
    logs = torch.log_softmax(logits(seed, 4, 9), -1).sort(descending=True).values
    whole, tail, bare = (
        token_entropy(logs),
        truncated_entropy(logs[:, :k]),
        truncated_entropy(logs[:, :k], tail=False),
    )
    assert (bare <= tail + 1e-12).all()
    assert (tail <= whole + 1e-9).all()
    if k >= 8:
        assert torch.allclose(tail, whole, atol=1e-9)


def test_truncated_entropy_by_hand():
    top = torch.tensor([0.5, 0.25], dtype=torch.float64).log()
    assert float(truncated_entropy(top, base=2)) == pytest.approx(1.5)
    assert float(truncated_entropy(torch.tensor([0.5, 0.5, 0.0]).log(), base=2)) == pytest.approx(
        1.0
    )


def test_values_of_the_discriminator():
    assert entropy_discriminator(Z).tolist() == near([0.282587, -0.140770, -0.141817])
    changes = policy_entropy_change(Z.expand(3, 3), torch.arange(3), 1.0)
    assert changes.tolist() == near([-0.141817, 0.281541, 0.282587])


@given(SEEDS)
def test_discriminator_is_minus_the_gradient_of_entropy(seed):
    z = logits(seed, 5, 6).requires_grad_()
    (gradient,) = torch.autograd.grad(token_entropy(z).sum(), z)
    assert torch.allclose(entropy_discriminator(z), -gradient)
    assert torch.allclose(
        entropy_discriminator(z).sum(-1), torch.zeros(5, dtype=torch.float64), atol=1e-12
    )


@given(SEEDS)
def test_entropy_change_is_first_order(seed):
    z, delta = logits(seed, 6), logits(seed + 1000, 6)
    p, log_p = z.softmax(-1), z.log_softmax(-1)
    covariance = (p * log_p * delta).sum() - (p * log_p).sum() * (p * delta).sum()
    assert float(entropy_change(z, delta)) == pytest.approx(-float(covariance))
    step = 1e-5
    measured = (token_entropy(z + step * delta) - token_entropy(z - step * delta)) / (2 * step)
    assert float(entropy_change(z, delta)) == pytest.approx(float(measured), abs=1e-8)
    assert float(entropy_change(z, torch.ones_like(z))) == pytest.approx(0.0, abs=1e-12)


@given(SEEDS, st.floats(-3, 3))
def test_policy_change_is_the_change_along_the_policy_gradient(seed, weight):
    z = logits(seed, 4, 5)
    action = torch.tensor(np.random.default_rng(seed).integers(0, 5, 4))
    step = weight * (torch.eye(5, dtype=torch.float64)[action] - z.softmax(-1))
    assert torch.allclose(policy_entropy_change(z, action, weight), entropy_change(z, step))
    weights = torch.full((4,), weight, dtype=torch.float64)
    assert torch.allclose(policy_entropy_change(z, action, weights), entropy_change(z, step))
    # the mean over the policy is the change of the expected step, which is none
    every = torch.stack(
        [policy_entropy_change(z, torch.full((4,), a), 1.0) for a in range(5)], dim=-1
    )
    assert torch.allclose(
        (z.softmax(-1) * every).sum(-1), torch.zeros(4, dtype=torch.float64), atol=1e-12
    )


def test_no_change_is_zero_without_a_sign():
    equal = torch.zeros(2, 4)
    for dtype in (torch.uint8, torch.int16, torch.int64):
        change = policy_entropy_change(equal, torch.tensor([0, 3], dtype=dtype), 1.0)
        assert change.tolist() == [0.0, 0.0]
        assert not torch.signbit(change).any()
    assert not torch.signbit(entropy_change(equal, torch.ones(2, 4))).any()


@given(SEEDS)
def test_policy_covariance_has_the_covariance_as_its_mean(seed):
    logs, gains = logits(seed, 3, 8), logits(seed + 1000, 3, 8)
    mask = torch.tensor(np.random.default_rng(seed).uniform(size=(3, 8)) < 0.6)
    mask[0, 0] = True
    shares = policy_covariance(logs, gains, mask)
    assert (shares[~mask] == 0).all()
    expected = (
        np.mean(logs[mask].numpy() * gains[mask].numpy())
        - logs[mask].numpy().mean() * gains[mask].numpy().mean()
    )
    assert float(shares[mask].mean()) == pytest.approx(expected, abs=1e-12)
    assert torch.equal(
        policy_covariance(logs, gains), policy_covariance(logs, gains, torch.ones_like(mask))
    )


@given(SEEDS, st.floats(0.01, 1.0))
def test_masks_take_what_they_say(seed, share):
    shares = 3 * logits(seed, 6, 10)
    counted = torch.tensor(np.random.default_rng(seed).uniform(size=(6, 10)) < 0.7)
    counted[0, 0] = True
    number = max(1, int(share * int(counted.sum())))
    top = kl_cov_mask(shares, counted, share=share)
    assert int(top.sum()) == number
    assert not (top & ~counted).any()
    rest = counted & ~top
    assert not rest.any() or shares[top].min() >= shares[rest].max()
    candidates = counted & (shares > 1) & (shares < 5)
    clipped = clip_cov_mask(shares, counted, share=share, rng=torch.Generator().manual_seed(seed))
    assert int(clipped.sum()) == min(number, int(candidates.sum()))
    assert not (clipped & ~candidates).any()


def test_clip_cov_is_random_and_reproducible():
    shares = torch.full((1000,), 2.0)
    draws = [
        clip_cov_mask(shares, share=0.1, rng=torch.Generator().manual_seed(seed))
        for seed in (0, 0, 1)
    ]
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])
    generator = torch.Generator().manual_seed(0)
    taken = sum(clip_cov_mask(shares, share=0.1, rng=generator).double() for _ in range(400)) / 400
    assert float(taken.mean()) == pytest.approx(0.1)
    assert float(taken.std()) == pytest.approx(
        math.sqrt(0.1 * 0.9 / 400), rel=0.15
    )  # every token alike
    assert int(clip_cov_mask(shares).sum()) == 1
    assert int(kl_cov_mask(shares).sum()) == 2  # shares of 2e-4 and 2e-3, rounded down


def test_value_of_the_temperature():
    assert float(temperature_for_entropy(Z, 1.0)) == near(1.769046)
    assert float(temperature_for_entropy(Z.float(), 1.0)) == near(1.769046)


@given(SEEDS, st.floats(0.01, 0.99))
def test_temperature_has_the_entropy(seed, part):
    z = logits(seed, 3, 6)
    target = part * math.log(6)
    found = temperature_for_entropy(z, target)
    assert found.shape == (3,)
    assert token_entropy(z / found[:, None]).tolist() == pytest.approx([target] * 3, abs=1e-12)

    def excess(t):
        return stats.entropy(torch.softmax(z[0] / t, 0).numpy()) - target

    assert float(found[0]) == pytest.approx(brentq(excess, 1e-3, 1e6, xtol=1e-12), rel=1e-7)


def test_temperatures_far_apart():
    z = torch.stack([Z, 1e-6 * Z, 1e6 * Z, torch.tensor([0.0, -1e-9, -1e3], dtype=torch.float64)])
    found = temperature_for_entropy(z, torch.tensor([1.0, 1.0, 1.0, 0.5], dtype=torch.float64))
    assert (found[:3] / found[0]).tolist() == pytest.approx([1.0, 1e-6, 1e6])
    assert float(token_entropy(z[3] / found[3])) == pytest.approx(0.5)
    for target in (1e-9, math.log(3) - 1e-9):
        assert float(token_entropy(Z / temperature_for_entropy(Z, target))) == pytest.approx(
            target, abs=1e-14
        )
    tied = torch.tensor([1.0, 1.0, 0.0], dtype=torch.float64)
    assert float(
        token_entropy(tied / temperature_for_entropy(tied, math.log(2) + 0.01))
    ) == pytest.approx(math.log(2) + 0.01)


def test_temperature_slope_is_the_variance():
    target = torch.tensor(0.9, dtype=torch.float64, requires_grad=True)
    found = temperature_for_entropy(Z, target)
    (gradient,) = torch.autograd.grad(found, target)
    p = (Z / found.detach()).softmax(-1)
    variance = (p * Z**2).sum() - (p * Z).sum() ** 2
    assert float(gradient) == pytest.approx(float(found.detach() ** 3 / variance))


def test_value_of_the_attention_penalty():
    causal = torch.tril(torch.ones(4, 4, dtype=torch.float64)) / torch.arange(1.0, 5.0)[:, None]
    assert attention_entropy(causal).tolist() == pytest.approx([math.log(n) for n in (1, 2, 3, 4)])
    assert float(attention_entropy_penalty(causal[None, None], torch.tensor([0.5]))) == near(
        1.125308
    )
    two = causal.expand(3, 2, 4, 4)
    assert float(attention_entropy_penalty(two, torch.tensor([0.5, 0.5]))) == near(3 * 1.125308)
    assert float(attention_entropy_penalty(two, torch.tensor([0.5, 0.5]), margin=0.51)) == 0.0


@given(SEEDS)
def test_attention_entropy_is_scipys(seed):
    attn = logits(seed, 2, 3, 4, 5).softmax(-1)
    assert attention_entropy(attn, base=2).numpy() == pytest.approx(
        stats.entropy(attn.numpy(), axis=-1, base=2)
    )
    short = attention_entropy(attn.float())
    assert short.dtype == torch.float32
    assert torch.allclose(short.double(), attention_entropy(attn), atol=1e-6)


@given(SEEDS)
def test_segments_windows_and_their_means(seed):
    values = logits(seed, 2, 9).abs()
    ids = torch.tensor(np.random.default_rng(seed).integers(-1, 3, (2, 9)))
    means = segment_entropy(values, ids, 3)
    for row in range(2):
        for segment in range(3):
            inside = values[row][ids[row] == segment]
            assert float(means[row, segment]) == pytest.approx(
                float(inside.mean()) if len(inside) else 0.0
            )
    for w in (1, 4, 20):
        expected = [[float(row[t : t + w].mean()) for t in range(9)] for row in values]
        assert window_entropy(values, w).tolist() == [pytest.approx(row) for row in expected]


def test_value_of_cluster_entropy():
    logs = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64).log()
    assert float(cluster_entropy(torch.tensor([0, 0, 1]), logs)) == near(0.500402)
    assert float(cluster_entropy(torch.tensor([7, 7, -1, 3]), base=2)) == pytest.approx(1.5)


@given(SEEDS)
def test_cluster_entropy_is_at_most_that_of_the_answers(seed):
    logs = logits(seed, 8)
    labels = torch.tensor(np.random.default_rng(seed).integers(0, 4, 8))
    whole = float(token_entropy(logs))
    assert -1e-12 <= float(cluster_entropy(labels, logs)) <= whole + 1e-12
    assert float(cluster_entropy(torch.arange(8), logs + 5.0)) == pytest.approx(whole)


ROW = logits(0, 2, 5)
LOGS = torch.log_softmax(logits(1, 2, 5), -1)[:, :3]
MASKED = torch.tensor([[0.0, 0.0, -torch.inf, 0.0, -torch.inf]], dtype=torch.float64)


@pytest.mark.parametrize(
    "function",
    [
        token_entropy,
        lambda x: token_entropy(x, temperature=0.7, base=2),
        lambda x: token_entropy(x + MASKED),
        lambda x: token_divergence(x, ROW.flip(0)),
        lambda x: token_divergence(ROW.flip(0), x),
        lambda x: token_divergence(x, ROW.flip(0), kind="js"),
        lambda x: token_divergence(x + MASKED, ROW.flip(0)),
        lambda x: token_divergence(x + MASKED, ROW.flip(0) + MASKED, kind="js"),
        lambda x: token_divergence(x + MASKED, ROW.flip(0) + MASKED.flip(1), kind="js"),
        lambda x: token_importance(x, ROW.flip(0)).score,
        entropy_discriminator,
        lambda x: entropy_discriminator(x + MASKED),
        lambda x: entropy_change(x, ROW.flip(1)),
        lambda x: policy_entropy_change(x, torch.tensor([0, 3]), 0.5),
        lambda x: policy_covariance(x, ROW.flip(1)),
        lambda x: policy_covariance(ROW.flip(1), x),
        lambda x: temperature_for_entropy(x, 1.0),
        lambda x: temperature_for_entropy(x + MASKED, 1.0),
        lambda x: temperature_for_entropy(ROW, x.sigmoid().mean(-1) + 0.5),
        lambda x: attention_entropy(x.softmax(-1)),
        lambda x: attention_entropy((x + MASKED).softmax(-1)),
        lambda x: attention_entropy_penalty(
            x.softmax(-1)[None, None], torch.tensor([0.3], dtype=torch.float64)
        ),
        lambda x: attention_entropy_penalty(ROW.softmax(-1)[None, None], x[0, :1]),
        lambda x: segment_entropy(x, torch.tensor([[0, 1, 1, -1, 0]] * 2), 3),
        lambda x: window_entropy(x, 2),
        lambda x: cluster_entropy(torch.tensor([0, 1, 0, 2, 1]), x[0]),
    ],
)
def test_gradients(function):
    assert torch.autograd.gradcheck(function, (ROW.clone().requires_grad_(),))


@pytest.mark.parametrize("tail", [True, False])
def test_gradients_of_the_truncated_entropy(tail):
    assert torch.autograd.gradcheck(
        lambda x: truncated_entropy(x, tail=tail), (LOGS.clone().requires_grad_(),)
    )
    whole = torch.tensor([0.0, -torch.inf], requires_grad=True)
    (gradient,) = torch.autograd.grad(truncated_entropy(whole, tail=tail), whole)
    assert gradient.isfinite().all()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_short_floats_are_summed_in_float32(dtype):
    short = logits(0, 4, 500, dtype=dtype)
    assert token_entropy(short).dtype == torch.float32
    assert torch.allclose(token_entropy(short).double(), token_entropy(short.double()), atol=1e-5)
    assert (
        token_divergence(short, short.flip(0)).dtype
        == temperature_for_entropy(short, 1.0).dtype
        == torch.float32
    )


def test_empty_batches_and_scalars():
    assert token_entropy(torch.empty(0, 5)).shape == (0,)
    assert temperature_for_entropy(torch.empty(0, 5), 1.0).shape == (0,)
    assert truncated_entropy(torch.empty(0, 5)).shape == (0,)
    assert attention_entropy(torch.empty(0, 2, 5)).shape == (0, 2)
    assert token_entropy(torch.zeros(1)).item() == 0.0


def test_temperatures_of_blocks_of_rows_are_those_of_rows(monkeypatch):
    """Rows are solved a few at a time; excluded tokens and gradients come through."""
    generator = torch.Generator().manual_seed(3)
    logits = torch.randn(3, 4, 50, generator=generator, dtype=torch.float64) * 3.0
    logits[..., ::7] = -torch.inf
    logits.requires_grad_()
    goals = torch.linspace(0.5, 3.0, 12, dtype=torch.float64).reshape(3, 4)
    found, slopes = {}, {}
    for size in (1, 120, 1 << 17):
        monkeypatch.setattr("infotheory.fields.language.temperature._ON_CPU", size)
        found[size] = temperature_for_entropy(logits, goals)
        (slopes[size],) = torch.autograd.grad(found[size].sum(), logits)
    for size in (120, 1 << 17):
        torch.testing.assert_close(found[size], found[1], rtol=1e-13, atol=0.0)
        torch.testing.assert_close(slopes[size], slopes[1], rtol=1e-10, atol=1e-14)
    p = torch.softmax(logits / found[1][..., None], dim=-1)
    torch.testing.assert_close(torch.special.entr(p).sum(dim=-1), goals, rtol=1e-12, atol=0.0)
    assert temperature_for_entropy(torch.zeros(0, 5), torch.zeros(0)).shape == (0,)
