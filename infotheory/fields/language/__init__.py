"""Entropy of language models, on torch tensors with gradients; needs the extra ``torch``.

Logarithms of softmax are taken in float32, in float64 where the logits are; leading axes are a
batch throughout.
"""

from infotheory.fields.language.attention import attention_entropy, attention_entropy_penalty
from infotheory.fields.language.control import (
    EntropyPerformance,
    discriminator_clip_mask,
    entropy_band_mask,
    entropy_performance_fit,
    entropy_quantile_mask,
    relative_log_entropy,
)
from infotheory.fields.language.covariance import clip_cov_mask, kl_cov_mask, policy_covariance
from infotheory.fields.language.dynamics import (
    entropy_change,
    entropy_discriminator,
    policy_entropy_change,
)
from infotheory.fields.language.spans import cluster_entropy, segment_entropy, window_entropy
from infotheory.fields.language.temperature import temperature_for_entropy
from infotheory.fields.language.tokens import token_entropy, truncated_entropy
from infotheory.fields.language.two_models import (
    TokenImportance,
    token_divergence,
    token_importance,
    token_weights,
    top_divergence,
)

__all__ = [
    "EntropyPerformance",
    "TokenImportance",
    "attention_entropy",
    "attention_entropy_penalty",
    "clip_cov_mask",
    "cluster_entropy",
    "discriminator_clip_mask",
    "entropy_band_mask",
    "entropy_change",
    "entropy_discriminator",
    "entropy_performance_fit",
    "entropy_quantile_mask",
    "kl_cov_mask",
    "policy_covariance",
    "policy_entropy_change",
    "relative_log_entropy",
    "segment_entropy",
    "temperature_for_entropy",
    "token_divergence",
    "token_entropy",
    "token_importance",
    "token_weights",
    "top_divergence",
    "truncated_entropy",
    "window_entropy",
]


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
