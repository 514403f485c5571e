"""Credit scorecards and information theory with standard errors that hold.

The measures of distributions are here; everything else is in the subpackages, which load when they
are first named.
"""

import importlib
from types import ModuleType

from infotheory._version import __version__
from infotheory.measures import (
    BottleneckCurve,
    ChannelCapacity,
    RateDistortion,
    channel_capacity,
    chi_square_divergence,
    co_information,
    conditional_entropy,
    conditional_mutual_information,
    cross_entropy,
    dual_total_correlation,
    entropy,
    hellinger_distance,
    hill_number,
    information_bottleneck_curve,
    interaction_information,
    jeffreys_divergence,
    jensen_shannon_divergence,
    joint_entropy,
    kl_divergence,
    mutual_information,
    normalized_mutual_information,
    o_information,
    rajski_distance,
    rate_distortion,
    renyi_cross_entropy,
    renyi_divergence,
    s_information,
    total_correlation,
    total_variation,
    tsallis_entropy,
    variation_of_information,
)

_SUBPACKAGES = (
    "binning",
    "coupling",
    "datasets",
    "decomposition",
    "engines",
    "estimation",
    "evidence",
    "exceptions",
    "fairness",
    "fields",
    "inference",
    "lattice",
    "plots",
    "report",
    "scorecard",
    "spectral",
    "tables",
)

__all__ = [
    "BottleneckCurve",
    "ChannelCapacity",
    "RateDistortion",
    "__version__",
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


def __getattr__(name: str) -> ModuleType:
    """Import a subpackage when it is first named."""
    if name not in _SUBPACKAGES:
        message = f"module 'infotheory' has no attribute {name!r}"
        raise AttributeError(message)
    return importlib.import_module(f"infotheory.{name}")


def __dir__() -> list[str]:
    """List the measures and the subpackages, loaded or not."""
    return sorted({*__all__, *_SUBPACKAGES, "measures"})
