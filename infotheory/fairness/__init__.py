"""Differences between the groups of a protected attribute."""

from infotheory.evidence.group_metrics import group_metrics
from infotheory.evidence.groups import (
    adverse_impact_ratio,
    demographic_information_value,
    standardized_mean_difference,
)

__all__ = [
    "adverse_impact_ratio",
    "demographic_information_value",
    "group_metrics",
    "standardized_mean_difference",
]
