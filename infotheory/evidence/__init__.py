"""Functions of a count table: weight of evidence, information value, stability, ranking, groups."""

from infotheory.evidence.combinations import conservative_ratio, linear_combination
from infotheory.evidence.drift import stability_by_period
from infotheory.evidence.frame_stability import population_stability_indices
from infotheory.evidence.groups.differences import (
    adverse_impact_ratio,
    demographic_information_value,
    standardized_mean_difference,
)
from infotheory.evidence.groups.metrics import group_estimates, group_metrics
from infotheory.evidence.influence import (
    InformationValues,
    information_value_covariance,
    information_values,
)
from infotheory.evidence.information_value import information_value
from infotheory.evidence.rates import event_rates
from infotheory.evidence.roc_area import area_under_curve, auc_influence
from infotheory.evidence.significance import independence_tests
from infotheory.evidence.stability import (
    characteristic_stability,
    jensen_shannon_stability,
    population_stability_index,
    stability_band,
)
from infotheory.evidence.targets.estimates import target_divergence
from infotheory.evidence.totals import total_information_value
from infotheory.evidence.woe import weight_of_evidence, woe_values

__all__ = [
    "InformationValues",
    "adverse_impact_ratio",
    "area_under_curve",
    "auc_influence",
    "characteristic_stability",
    "conservative_ratio",
    "demographic_information_value",
    "event_rates",
    "group_estimates",
    "group_metrics",
    "independence_tests",
    "information_value",
    "information_value_covariance",
    "information_values",
    "jensen_shannon_stability",
    "linear_combination",
    "population_stability_index",
    "population_stability_indices",
    "stability_band",
    "stability_by_period",
    "standardized_mean_difference",
    "target_divergence",
    "total_information_value",
    "weight_of_evidence",
    "woe_values",
]


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
