"""Differences between groups, and frontiers of information against what it says of them."""

from typing import TYPE_CHECKING

from infotheory._later import names_of

if TYPE_CHECKING:
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

#: Where each name lives: what needs one of them does not load the others.
_PLACES = {
    "frontier": ("Frontier", "FrontierPoint"),
    "frontier_of_bins": ("fairness_frontier", "supported_frontier"),
    "frontier_of_scorecards": ("scorecard_frontier",),
    "infotheory.evidence.combinations": ("conservative_ratio",),
    "infotheory.evidence.groups.differences": (
        "adverse_impact_ratio",
        "demographic_information_value",
        "standardized_mean_difference",
    ),
    "infotheory.evidence.groups.metrics": ("group_estimates", "group_metrics"),
}

if not TYPE_CHECKING:  # to a checker it would give every name there is
    __getattr__ = names_of(__name__, _PLACES)


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted(__all__)
