"""Binning: pre-bins, exact optimal bins, boosted stumps, scikit-learn transformers."""

from infotheory.binning.binners import OptimalBinner
from infotheory.binning.crossfit import cross_fitted_information_value
from infotheory.binning.fair import FairBinner
from infotheory.binning.fair_search import FairSolution
from infotheory.binning.limits import Limits
from infotheory.binning.optimal import OptimalGroups, optimal_groups
from infotheory.binning.permutation import PermutationResult, permutation_test
from infotheory.binning.stumps import StumpBinner
from infotheory.binning.tuning import merge_bins, move_category, set_bins, split_bin, undo_step

__all__ = [
    "FairBinner",
    "FairSolution",
    "Limits",
    "OptimalBinner",
    "OptimalGroups",
    "PermutationResult",
    "StumpBinner",
    "cross_fitted_information_value",
    "merge_bins",
    "move_category",
    "optimal_groups",
    "permutation_test",
    "set_bins",
    "split_bin",
    "undo_step",
]
