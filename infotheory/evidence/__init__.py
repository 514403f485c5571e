"""Functions of a count table: weight of evidence, information value, stability, ranking, groups.

Names are loaded when they are first named: a table of counts needs no package for frames.
"""

from typing import TYPE_CHECKING

from infotheory._later import names_of

if TYPE_CHECKING:
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
else:
    # At once: its module, loaded by another, would else stand under this name.
    from infotheory.evidence.information_value import information_value

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

#: Where each name lives: what needs one of them does not load the others.
_PLACES = {
    "combinations": ("conservative_ratio", "linear_combination"),
    "drift": ("stability_by_period",),
    "frame_stability": ("population_stability_indices",),
    "groups.differences": (
        "adverse_impact_ratio",
        "demographic_information_value",
        "standardized_mean_difference",
    ),
    "groups.metrics": ("group_estimates", "group_metrics"),
    "influence": ("InformationValues", "information_value_covariance", "information_values"),
    "rates": ("event_rates",),
    "roc_area": ("area_under_curve", "auc_influence"),
    "significance": ("independence_tests",),
    "stability": (
        "characteristic_stability",
        "jensen_shannon_stability",
        "population_stability_index",
        "stability_band",
    ),
    "targets.estimates": ("target_divergence",),
    "totals": ("total_information_value",),
    "woe": ("weight_of_evidence", "woe_values"),
}

if not TYPE_CHECKING:  # to a checker it would give every name there is
    __getattr__ = names_of(__name__, _PLACES)


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted(__all__)
