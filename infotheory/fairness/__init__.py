"""Differences between groups, and frontiers of information against what it says of them."""

from infotheory.evidence.combinations import conservative_ratio
from infotheory.evidence.groups.differences import (
    adverse_impact_ratio,
    demographic_information_value,
    standardized_mean_difference,
)
from infotheory.evidence.groups.metrics import group_estimates, group_metrics
from infotheory.fairness.frontier import Frontier, FrontierPoint
from infotheory.fairness.frontier_of_bins import fairness_frontier, supported_frontier
from infotheory.fairness.frontier_of_scorecards import scorecard_frontier

__all__ = [
    "Frontier",
    "FrontierPoint",
    "adverse_impact_ratio",
    "conservative_ratio",
    "demographic_information_value",
    "fairness_frontier",
    "group_estimates",
    "group_metrics",
    "scorecard_frontier",
    "standardized_mean_difference",
    "supported_frontier",
]


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
