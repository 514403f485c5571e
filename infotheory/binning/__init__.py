"""Binning: pre-bins, exact optimal bins, boosted stumps, scikit-learn transformers."""

from infotheory.binning.binners import OptimalBinner
from infotheory.binning.limits import Limits
from infotheory.binning.optimal import OptimalGroups, optimal_groups
from infotheory.binning.stumps import StumpBinner

__all__ = ["Limits", "OptimalBinner", "OptimalGroups", "StumpBinner", "optimal_groups"]
