"""Masks that hold the entropy of a policy, and the fit of reward on entropy."""

import itertools
import math
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from infotheory.exceptions import WithheldWarning
from infotheory.fields.language import (
    discriminator_clip_mask,
    entropy_band_mask,
    entropy_discriminator,
    entropy_performance_fit,
    entropy_quantile_mask,
    policy_entropy_change,
    relative_log_entropy,
    token_divergence,
    token_importance,
    token_weights,
    top_divergence,
)

SEEDS = st.integers(0, 300)


def numbers(seed, *shape, scale=1.0):
    return torch.tensor(np.random.default_rng(seed).normal(scale=scale, size=shape))


def test_band_by_hand():
    advantage = torch.tensor([[2.0, 0.0, -1.0]] * 3)
    entropy = torch.tensor([[0.9], [0.5], [0.1]])
    assert entropy_band_mask(advantage, entropy, 0.2, 0.6).tolist() == [
        [True, True, False],
        [True, True, True],
        [False, True, True],
    ]
    # the ends belong to the band
    assert entropy_band_mask(advantage, torch.tensor(0.2), 0.2, 0.6).all()
    assert entropy_band_mask(advantage, torch.tensor(0.6), 0.2, 0.6).all()


@given(SEEDS)
def test_band_moves_the_entropy_back(seed):
    """What the band keeps of an on-policy batch raises a low entropy and lowers a high one."""
    rng = np.random.default_rng(seed)
    logits = torch.tensor(rng.normal(scale=2.0, size=(1, 6)))
    action = torch.tensor([[int(torch.softmax(logits[0], 0).argmax())]])
    for entropy, sign in ((0.1, 1.0), (2.0, -1.0)):
        for gain in (1.0, -1.0):
            kept = entropy_band_mask(torch.tensor([gain]), torch.tensor(entropy), 0.5, 1.0)
            change = float(policy_entropy_change(logits, action[0], gain))
            assert bool(kept) == (sign * gain <= 0)
            if bool(kept):  # the likeliest token has a positive discriminator less its mean
                assert sign * change >= -1e-12


@given(SEEDS, st.floats(0.3, 3.0))
def test_clip_keeps_what_lies_within(seed, width):
    score = numbers(seed, 4, 9)
    mask = torch.tensor(np.random.default_rng(seed + 1).random((4, 9)) < 0.7)
    mask[0, 0] = True
    counted = score[mask].numpy()
    spread = counted.std()
    for center, middle in (("batch", counted.mean()), ("vocabulary", 0.0)):
        kept = discriminator_clip_mask(score, mask, width, center=center)
        wanted = mask.numpy() & (np.abs(score.numpy() - middle) <= width * spread)
        assert np.array_equal(kept.numpy(), wanted)


@given(SEEDS, st.floats(0.3, 3.0), st.sampled_from(["batch", "vocabulary"]))
def test_clip_by_advantage_is_one_sided(seed, width, center):
    score, advantage = numbers(seed, 4, 9), numbers(seed + 7, 4, 9)
    advantage[1] = 0.0
    kept = discriminator_clip_mask(score, None, width, center=center, advantage=advantage)
    # The authors' rules: z >= -mu sd of the tokens of negative advantage (Clip_B), and
    # N - S <= mu sd with N the mean over the policy (Clip_V); all others stay.
    middle = score.mean() if center == "batch" else 0.0
    low = score - middle < -width * score.std(correction=0)
    assert torch.equal(kept, ~(low & (advantage < 0)))
    assert (kept | ~discriminator_clip_mask(score, None, width, center=center)).all()


def test_clip_of_equal_scores_keeps_all():
    assert discriminator_clip_mask(torch.full((5,), 3.0), None, 0.1, center="vocabulary").all()


def test_vocabulary_score_is_minus_the_change():
    logits = numbers(3, 5, 7, scale=2.0)
    action = torch.arange(5)
    s = entropy_discriminator(logits)
    mean = (torch.softmax(logits, -1) * s).sum(-1)
    score = s.gather(-1, action[:, None])[:, 0] - mean
    assert torch.allclose(score, -policy_entropy_change(logits, action, 1.0))


def test_relative_entropy_by_hand():
    entropy = torch.tensor([0.25, 0.5, 1.0, 2.0, 16.0])
    mask = torch.tensor([True, True, True, True, True])
    assert relative_log_entropy(entropy, mask, 0.5).tolist() == pytest.approx(
        [-1.0, -0.5, 0.0, 0.25, 1.0]
    )


@given(SEEDS, st.floats(0.05, 0.95))
def test_relative_entropy_grows_from_minus_one_to_one(seed, quantile):
    entropy = numbers(seed, 30).exp()
    found = relative_log_entropy(entropy, None, quantile)
    assert torch.equal(found.argsort(), entropy.argsort())
    assert (float(found.min()), float(found.max())) == (pytest.approx(-1), pytest.approx(1))


def test_relative_entropy_of_tokens_alike_is_zero():
    assert relative_log_entropy(torch.full((4,), 0.3), None, 0.5).tolist() == [0.0] * 4


@given(SEEDS, st.floats(0.01, 1.0))
def test_quantile_mask_takes_the_largest(seed, share):
    entropy = numbers(seed, 5, 8).abs()
    mask = torch.tensor(np.random.default_rng(seed + 1).random((5, 8)) < 0.6)
    mask[0, 0] = True
    taken = entropy_quantile_mask(entropy, mask, share)
    assert not (taken & ~mask).any()
    assert int(taken.sum()) == max(1, math.floor(share * int(mask.sum()) + 1e-9))
    left = mask & ~taken
    assert not left.any() or entropy[taken].min() > entropy[left].max()


def test_quantile_mask_takes_ties_together():
    assert entropy_quantile_mask(torch.tensor([1.0, 1.0, 0.0]), None, 0.3).tolist() == [
        True,
        True,
        False,
    ]


def test_fit_finds_the_law_and_its_errors():
    rng = np.random.default_rng(0)
    entropy = np.linspace(1.5, 0.1, 40)
    covered = 0
    for _ in range(400):
        reward = 0.9 - 0.2 * np.exp(entropy) + rng.normal(scale=0.05, size=40)
        fit = entropy_performance_fit(entropy, reward)
        low, high = fit.a.interval(0.95)
        covered += low <= 0.2 <= high
    assert covered / 400 > 0.95 - 3 * math.sqrt(0.95 * 0.05 / 400)
    design = np.column_stack([-np.exp(entropy), np.ones(40)])
    theirs = np.linalg.lstsq(design, reward, rcond=None)[0]
    assert (fit.a.value, fit.b.value) == (pytest.approx(theirs[0]), pytest.approx(theirs[1]))
    assert fit.ceiling.value == pytest.approx(theirs[1] - theirs[0])


def noisy_run(rng, n, memory):
    entropy = np.linspace(1.5, 0.1, n)
    noise = rng.normal(scale=0.05, size=n)
    for t in range(1, n):
        noise[t] = memory * noise[t - 1] + math.sqrt(1.0 - memory**2) * noise[t]
    return entropy, 0.9 - 0.2 * np.exp(entropy) + noise


@pytest.mark.parametrize(("n", "memory"), [(30, 0.3), (50, 0.6), (100, 0.8), (200, 0.9)])
def test_fit_widens_errors_of_neighbours_alike(n, memory):
    rng = np.random.default_rng(1)
    covered, plain = [], []
    for _ in range(200):
        entropy, reward = noisy_run(rng, n, memory)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", WithheldWarning)
            fit = entropy_performance_fit(entropy, reward)
        low, high = fit.ceiling.interval(0.95)
        if math.isnan(low):
            continue
        covered.append(low <= 0.7 <= high)
        # least squares as if steps were apart, by the same residuals
        rows = np.column_stack([-np.exp(entropy), np.ones(n)])
        rest = reward - rows @ [fit.a.value, fit.b.value]
        error = np.sqrt([-1, 1] @ np.linalg.inv(rows.T @ rows) @ [-1, 1] * (rest @ rest) / (n - 2))
        plain.append(abs(fit.ceiling.value - 0.7) <= 1.96 * error)
    assert np.mean(plain) < np.mean(covered) - 0.05
    assert np.mean(covered) > 0.915
    assert len(covered) > 190


def test_few_steps_and_exact_lines_have_no_interval():
    entropy, reward = noisy_run(np.random.default_rng(2), 19, 0.0)
    with pytest.warns(WithheldWarning, match="19 steps do not tell how far they resemble"):
        fit = entropy_performance_fit(entropy, reward)
    assert np.isnan([fit.a.standard_error, *fit.a.interval(), *fit.ceiling.interval()]).all()
    assert "20 are needed" in fit.b.reason
    entropy = np.linspace(1.5, 0.1, 30)
    with pytest.warns(WithheldWarning, match="all steps lie on the line"):
        fit = entropy_performance_fit(entropy, 0.9 - 0.2 * np.exp(entropy))
    assert fit.a.value == pytest.approx(0.2)
    assert np.isnan(fit.a.interval()).all()
    wander = np.cumsum(np.random.default_rng(3).normal(size=30))
    with pytest.warns(WithheldWarning, match="30 steps resemble each other so far"):
        entropy_performance_fit(entropy, wander)


def test_weights_and_top_divergence():
    student, teacher = numbers(1, 6, 9, scale=2.0), numbers(2, 6, 9, scale=2.0)
    h, d, score = token_importance(student, teacher)
    assert torch.allclose(token_weights(student, teacher, alpha=2.0, gamma=0.5), h**2 * d**0.5)
    assert torch.allclose(token_weights(student, teacher, alpha=0.0, gamma=0.0), torch.ones_like(h))
    assert (token_weights(student, teacher) <= score).all()
    for kind in ("kl", "js"):
        whole = token_divergence(student, teacher, kind=kind)
        steps = [top_divergence(student, teacher, k, kind=kind) for k in range(1, 10)]
        for fewer, more in itertools.pairwise(steps):
            assert (fewer <= more + 1e-12).all()
        assert torch.allclose(steps[-1], whole)
        assert torch.allclose(steps[-2], whole)


def test_top_divergence_by_hand():
    p, q = torch.tensor([0.5, 0.3, 0.2]).double(), torch.tensor([0.2, 0.3, 0.5]).double()
    found = top_divergence(p.log(), q.log(), 1)
    assert float(found) == pytest.approx(0.5 * math.log(2.5) + 0.5 * math.log(0.5 / 0.8))


TENSOR = torch.tensor([1.0, 2.0])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: entropy_band_mask(TENSOR, TENSOR, 1.0, 0.5), "low must not exceed high"),
        (lambda: entropy_band_mask(TENSOR, torch.ones(3), 0.0, 0.5), "entropy must broadcast"),
        (lambda: discriminator_clip_mask(TENSOR, None, 0.0), "width must be finite and positive"),
        (lambda: discriminator_clip_mask(TENSOR, None, 1.0, center="x"), "center must be"),
        (lambda: discriminator_clip_mask(TENSOR, torch.ones(2), 1.0), "mask must be a bool"),
        (
            lambda: discriminator_clip_mask(TENSOR, None, 1.0, advantage=torch.ones(7)),
            "advantage must have shape",
        ),
        (lambda: relative_log_entropy(TENSOR * 0, None, 0.5), "entropy must be positive"),
        (lambda: relative_log_entropy(TENSOR, None, 1.0), "quantile must be strictly between"),
        (lambda: entropy_quantile_mask(TENSOR, None, 0.0), "share must be above 0"),
        (lambda: entropy_performance_fit([1.0] * 3, [1.0] * 3), "at least 4 steps"),
        (lambda: entropy_performance_fit([1.0] * 5, [1.0] * 5), "entropy must vary"),
        (lambda: entropy_performance_fit([1e4, 1, 2, 3], [1.0] * 4), "exp of it be finite"),
        (lambda: token_weights(TENSOR, TENSOR, alpha=-1.0), "alpha must be finite"),
        (lambda: top_divergence(TENSOR, TENSOR, 3), "k must be an integer from 1 to 2"),
    ],
)
def test_refusals(call, words):
    with pytest.raises(ValueError, match=words):
        call()
