"""Credit scorecards and information theory with standard errors that hold.

The measures of distributions are here, which need numpy and scipy only. The subpackages, and the
names that most users want of them (``infotheory.OptimalBinner``, ``infotheory.Scorecard``, ...),
load when they are first named.
"""

import importlib
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:  # what ``__getattr__`` loads, for type checkers and editors
    from infotheory import binning as binning
    from infotheory import coupling as coupling
    from infotheory import datasets as datasets
    from infotheory import decomposition as decomposition
    from infotheory import engines as engines
    from infotheory import estimation as estimation
    from infotheory import evidence as evidence
    from infotheory import exceptions as exceptions
    from infotheory import fairness as fairness
    from infotheory import fields as fields
    from infotheory import inference as inference
    from infotheory import lattice as lattice
    from infotheory import laws as laws
    from infotheory import plots as plots
    from infotheory import report as report
    from infotheory import scorecard as scorecard
    from infotheory import spectral as spectral
    from infotheory import tables as tables
    from infotheory import workbench as workbench
    from infotheory._versions import show_versions as show_versions
    from infotheory.binning import FairBinner as FairBinner
    from infotheory.binning import OptimalBinner as OptimalBinner
    from infotheory.binning import StumpBinner as StumpBinner
    from infotheory.coupling import minimum_entropy_coupling as minimum_entropy_coupling
    from infotheory.estimation import estimate_entropy as estimate_entropy
    from infotheory.estimation import estimate_mutual_information as estimate_mutual_information
    from infotheory.evidence import information_value as information_value
    from infotheory.evidence import population_stability_index as population_stability_index
    from infotheory.evidence import weight_of_evidence as weight_of_evidence
    from infotheory.lattice import Information as Information
    from infotheory.report import scorecard_report as scorecard_report
    from infotheory.scorecard import Scorecard as Scorecard
    from infotheory.scorecard import ScorecardMonitor as ScorecardMonitor
    from infotheory.scorecard import ScorecardRegressor as ScorecardRegressor
    from infotheory.spectral import diffusion_spectral_entropy as diffusion_spectral_entropy
    from infotheory.tables import CountTable as CountTable

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
    "laws",
    "plots",
    "report",
    "scorecard",
    "spectral",
    "tables",
    "workbench",
)

_HOMES = {
    "CountTable": "tables",
    "FairBinner": "binning",
    "Information": "lattice",
    "OptimalBinner": "binning",
    "Scorecard": "scorecard",
    "ScorecardMonitor": "scorecard",
    "ScorecardRegressor": "scorecard",
    "StumpBinner": "binning",
    "diffusion_spectral_entropy": "spectral",
    "estimate_entropy": "estimation",
    "estimate_mutual_information": "estimation",
    "information_value": "evidence",
    "minimum_entropy_coupling": "coupling",
    "population_stability_index": "evidence",
    "scorecard_report": "report",
    "show_versions": "_versions",
    "weight_of_evidence": "evidence",
}

# Names of ``_HOMES`` are left out: ``from infotheory import *`` stays light, and needs no extra.
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


if not TYPE_CHECKING:  # to a checker it would give every name there is

    def __getattr__(name: str) -> Any:
        """Load a subpackage, or a name of one, when it is first named."""
        if name not in _SUBPACKAGES and name not in _HOMES:
            message = f"module 'infotheory' has no attribute {name!r}"
            raise AttributeError(message)

        module = importlib.import_module(f"infotheory.{_HOMES.get(name, name)}")
        value = getattr(module, name) if name in _HOMES else module
        globals()[name] = value  # the next look-up does not come here
        return value


def __dir__() -> list[str]:
    """List the measures, the subpackages and their well-known names, loaded or not."""
    return sorted({*__all__, *_SUBPACKAGES, *_HOMES, "measures"})
