"""Binning: pre-bins, exact optimal bins, boosted stumps, scikit-learn transformers."""

from infotheory.binning.edits.automatic import rebin
from infotheory.binning.edits.edits import merge_bins, move_category, set_bins, split_bin
from infotheory.binning.edits.evidence import set_woe
from infotheory.binning.edits.features import keep_features
from infotheory.binning.edits.steps import redo_step, undo_step
from infotheory.binning.fair.binner import FairBinner
from infotheory.binning.fair.search import FairSolution
from infotheory.binning.features import FeatureBins
from infotheory.binning.optimal_binner import OptimalBinner
from infotheory.binning.resampling.crossfit import cross_fitted_information_value
from infotheory.binning.resampling.permutation import PermutationResult, permutation_test
from infotheory.binning.search.limits import Limits
from infotheory.binning.search.optimal_groups import OptimalGroups, optimal_groups
from infotheory.binning.stump_binner import StumpBinner

__all__ = [
    "FairBinner",
    "FairSolution",
    "FeatureBins",
    "Limits",
    "OptimalBinner",
    "OptimalGroups",
    "PermutationResult",
    "StumpBinner",
    "cross_fitted_information_value",
    "keep_features",
    "merge_bins",
    "move_category",
    "optimal_groups",
    "permutation_test",
    "rebin",
    "redo_step",
    "set_bins",
    "set_woe",
    "split_bin",
    "undo_step",
]


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
