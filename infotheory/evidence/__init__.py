"""Functions of a count table: weight of evidence, information value, stability, ranking, groups."""

from infotheory.evidence.ranking import area_under_curve, auc_influence

__all__ = ["area_under_curve", "auc_influence"]
