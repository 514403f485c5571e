"""Functions of a count table: weight of evidence, information value, stability, ranking, groups."""

from infotheory.evidence.information_value import information_value
from infotheory.evidence.ranking import area_under_curve, auc_influence
from infotheory.evidence.woe import weight_of_evidence, woe_values

__all__ = ["area_under_curve", "auc_influence", "information_value", "weight_of_evidence", "woe_values"]
