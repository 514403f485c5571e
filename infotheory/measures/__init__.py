"""Measures of distributions, joint tables and channels: numpy or torch in, the same out."""

from infotheory.measures.bottleneck import BottleneckCurve, information_bottleneck_curve
from infotheory.measures.channels import (
    ChannelCapacity,
    RateDistortion,
    channel_capacity,
    rate_distortion,
)
from infotheory.measures.conditional import conditional_entropy
from infotheory.measures.divergences import (
    chi_square_divergence,
    hellinger_distance,
    jeffreys_divergence,
    jensen_shannon_divergence,
    kl_divergence,
    renyi_divergence,
    total_variation,
)
from infotheory.measures.entropies import (
    cross_entropy,
    entropy,
    hill_number,
    renyi_cross_entropy,
    tsallis_entropy,
)
from infotheory.measures.joint import (
    co_information,
    dual_total_correlation,
    interaction_information,
    joint_entropy,
    o_information,
    s_information,
    total_correlation,
)
from infotheory.measures.mutual import (
    conditional_mutual_information,
    mutual_information,
    normalized_mutual_information,
    rajski_distance,
    variation_of_information,
)

__all__ = [
    "BottleneckCurve",
    "ChannelCapacity",
    "RateDistortion",
    "channel_capacity",
    "chi_square_divergence",
    "co_information",
    "conditional_entropy",
    "conditional_mutual_information",
    "cross_entropy",
    "dual_total_correlation",
    "entropy",
    "hellinger_distance",
    "hill_number",
    "information_bottleneck_curve",
    "interaction_information",
    "jeffreys_divergence",
    "jensen_shannon_divergence",
    "joint_entropy",
    "kl_divergence",
    "mutual_information",
    "normalized_mutual_information",
    "o_information",
    "rajski_distance",
    "rate_distortion",
    "renyi_cross_entropy",
    "renyi_divergence",
    "s_information",
    "total_correlation",
    "total_variation",
    "tsallis_entropy",
    "variation_of_information",
]


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
