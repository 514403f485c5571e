import math

import numpy as np
import pytest
import torch

from infotheory.fields.language import (
    attention_entropy,
    attention_entropy_penalty,
    clip_cov_mask,
    cluster_entropy,
    entropy_change,
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

Z = torch.tensor([2.0, 1.0, 0.0])
A = torch.full((1, 2, 3, 4), 0.25)


@pytest.mark.parametrize(
    ("bad", "text"),
    [
        ([1.0, 2.0], "must be a torch tensor, got list; torch.as_tensor makes one"),
        (np.ones(2), "must be a torch tensor, got ndarray"),
        (
            torch.tensor([1, 2]),
            r"must be of a floating type, got torch.int64; call .float\(\) on it",
        ),
        (torch.tensor(1.0), r"must have shape \(..., n_tokens\) with at least one token, got \(\)"),
        (
            torch.empty(3, 0),
            r"must have shape \(..., n_tokens\) with at least one token, got \(3, 0\)",
        ),
        (torch.tensor([1.0, math.nan]), "must be finite, .*; got a row whose largest is nan"),
        (torch.tensor([1.0, math.inf]), "got a row whose largest is inf"),
        (
            torch.tensor([-math.inf, -math.inf]),
            "with one finite in each row; got a row whose largest is -inf",
        ),
    ],
)
def test_not_logits(bad, text):
    for name, function in (
        ("logits", token_entropy),
        ("p_logits", lambda x: token_divergence(x, Z)),
        ("q_logits", lambda x: token_divergence(Z, x)),
        ("log_probs", truncated_entropy),
        ("logits", lambda x: temperature_for_entropy(x, 0.5)),
    ):
        with pytest.raises(ValueError, match=f"{name} {text}" if text.startswith("must") else text):
            function(bad)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: token_entropy(Z, temperature=0.0),
            "temperature must be finite and positive, got 0.0",
        ),
        (
            lambda: token_entropy(Z, temperature=math.nan),
            "temperature must be finite and positive, got nan",
        ),
        (lambda: token_entropy(Z, base=1.0), "base must be finite and above 1, got 1.0"),
        (
            lambda: truncated_entropy(torch.tensor([0.0, 0.0])),
            "that sum to 1 at most, got the sum 2; take the log",
        ),
        (lambda: token_divergence(Z, Z, kind="tv"), "kind must be one of 'kl', 'js', got 'tv'"),
        (
            lambda: token_divergence(Z, Z[:2]),
            r"p_logits and q_logits must have one shape, got \(3,\) and \(2,\)",
        ),
        (
            lambda: token_importance(Z, Z[None]),
            r"student and teacher must have one shape, got \(3,\) and \(1, 3\)",
        ),
        (
            lambda: token_importance(Z[:1], Z[:1]),
            r"student must have at least two tokens, got shape \(1,\)",
        ),
        (lambda: entropy_change(Z, Z[:2]), r"delta must have shape \(3,\), got \(2,\)"),
        (lambda: entropy_change(Z, Z / 0), "delta must be finite, got inf"),
        (
            lambda: policy_entropy_change(Z, 1, 1.0),
            r"action must be an integer tensor of shape \(\), got 1",
        ),
        (
            lambda: policy_entropy_change(Z, torch.tensor(1.0), 1.0),
            r"shape \(\), got torch.float32 of shape \(\)",
        ),
        (
            lambda: policy_entropy_change(Z, torch.tensor(True), 1.0),
            r"action must be an integer tensor of shape \(\), got torch.bool of shape \(\)",
        ),
        (
            lambda: policy_entropy_change(Z, torch.tensor(1 + 2j), 1.0),
            r"action must be an integer tensor of shape \(\), got torch.complex64",
        ),
        (
            lambda: policy_entropy_change(Z, torch.tensor([1]), 1.0),
            r"shape \(\), got torch.int64 of shape \(1,\)",
        ),
        (
            lambda: policy_entropy_change(Z, torch.tensor(3), 1.0),
            "action must name a token from 0 to 2, got 3",
        ),
        (
            lambda: policy_entropy_change(Z, torch.tensor(-1), 1.0),
            "action must name a token from 0 to 2, got -1",
        ),
        (
            lambda: policy_entropy_change(Z, torch.tensor(1), math.nan),
            "weight must be finite, got nan",
        ),
        (
            lambda: policy_entropy_change(Z, torch.tensor(1), Z),
            r"weight must have shape \(\), got \(3,\)",
        ),
        (lambda: policy_covariance(Z, Z[:2]), r"advantage must have shape \(3,\), got \(2,\)"),
        (
            lambda: policy_covariance(Z, Z, Z),
            r"mask must be a bool tensor of shape \(3,\), got torch.float32 of shape",
        ),
        (
            lambda: policy_covariance(Z, Z, [True]),
            r"mask must be a bool tensor of shape \(3,\), got \[True\]",
        ),
        (lambda: policy_covariance(Z, Z, Z > 9), "mask must keep a token, got none of 3"),
        (lambda: clip_cov_mask(Z, low=5.0, high=1.0), "low must lie below high, got 5.0 and 1.0"),
        (lambda: clip_cov_mask(Z, share=0.0), "share must be above 0 and at most 1, got 0.0"),
        (lambda: kl_cov_mask(Z, share=1.5), "share must be above 0 and at most 1, got 1.5"),
        (lambda: kl_cov_mask(Z / 0), "covariance must be finite, got inf"),
        (
            lambda: temperature_for_entropy(Z, 1.2),
            "target must lie strictly between 0 and 1.09861, .*, got 1.2",
        ),
        (
            lambda: temperature_for_entropy(Z, 0.0),
            "target must lie strictly between 0 and 1.09861, .*, got 0",
        ),
        (
            lambda: temperature_for_entropy(Z * 0, 1.0),
            "target must lie strictly between 1.09861 and 1.09861",
        ),
        (lambda: temperature_for_entropy(Z, math.nan), "target must be finite, got nan"),
        (lambda: temperature_for_entropy(Z, Z), r"target must have shape \(\), got \(3,\)"),
        (
            lambda: attention_entropy(A * 2),
            "attn must sum to 1 along axis -1, got 2.0; each row is a law over",
        ),
        (lambda: attention_entropy(-A), "attn must not be negative, got -0.25"),
        (
            lambda: attention_entropy(Z),
            r"attn must have shape \(..., n_queries, n_keys\) with both positive",
        ),
        (lambda: attention_entropy(A / 0), "attn must be finite, got inf"),
        (
            lambda: attention_entropy_penalty(A[0], Z[:2]),
            r"attn must have shape \(n_sequences, .*got \(2, 3, 4\)",
        ),
        (lambda: attention_entropy_penalty(A, Z), r"threshold must have shape \(2,\), got \(3,\)"),
        (
            lambda: attention_entropy_penalty(A, Z[:2], margin=-1.0),
            "margin must not be negative, got -1.0",
        ),
        (
            lambda: segment_entropy(Z, torch.tensor([0, 1]), 2),
            r"ids must have shape \(3,\), got \(2,\)",
        ),
        (lambda: segment_entropy(Z, Z, 2), "ids must be a tensor of integers, got torch.float32"),
        (
            lambda: segment_entropy(Z, torch.tensor([True, False, True]), 2),
            "ids must be a tensor of integers, got torch.bool",
        ),
        (
            lambda: segment_entropy(Z, torch.tensor([0j, 1.0, 1.0]), 2),
            "ids must be a tensor of integers, got torch.complex64",
        ),
        (
            lambda: cluster_entropy(torch.tensor([True, False])),
            "labels must be a tensor of integers, got torch.bool",
        ),
        (lambda: segment_entropy(Z, [0, 1, 1], 2), "ids must be a tensor of integers, got list"),
        (
            lambda: segment_entropy(Z, torch.tensor([0, 1, 2]), 2),
            "ids must lie from 0 to 1, or be -1, got 2",
        ),
        (
            lambda: segment_entropy(Z, torch.tensor([0, 1, -2]), 2),
            "ids must lie from 0 to 1, or be -1, got -2",
        ),
        (
            lambda: segment_entropy(Z, torch.tensor([0, 0, 0]), 0),
            "n must be an integer from 1 to 10000000, got 0",
        ),
        (lambda: window_entropy(Z, 0), "w must be an integer of at least 1, got 0"),
        (
            lambda: window_entropy(torch.tensor(1.0), 1),
            r"entropies must have shape \(..., n_tokens\) .*, got \(\)",
        ),
        (lambda: window_entropy(Z / 0, 1), "entropies must be finite, got inf"),
        (
            lambda: cluster_entropy(torch.tensor([[1]])),
            r"labels must have shape \(n_answers,\) .*, got \(1, 1\)",
        ),
        (
            lambda: cluster_entropy(torch.tensor([], dtype=torch.int64)),
            r"labels must have shape \(n_answers,\)",
        ),
        (
            lambda: cluster_entropy(torch.tensor([0, 1]), Z),
            r"log_prob must have shape \(2,\), got \(3,\)",
        ),
    ],
)
def test_messages(call, text):
    with pytest.raises(ValueError, match=text):
        call()
