"""Estimates from samples and counts, each with a standard error and an interval."""

from infotheory.estimation.bootstrap import bootstrap_counts
from infotheory.estimation.entropy import entropy_from_counts, estimate_entropy
from infotheory.estimation.mutual import estimate_conditional_mutual_information, estimate_mutual_information

__all__ = [
    "bootstrap_counts",
    "entropy_from_counts",
    "estimate_conditional_mutual_information",
    "estimate_entropy",
    "estimate_mutual_information",
]
