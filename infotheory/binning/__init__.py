"""Binning: pre-bins, exact optimal bins, boosted stumps, scikit-learn transformers."""

from typing import TYPE_CHECKING

from infotheory._later import names_of

if TYPE_CHECKING:
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

#: Where each name lives: what needs one of them does not load the others.
_PLACES = {
    "edits.automatic": ("rebin",),
    "edits.edits": ("merge_bins", "move_category", "set_bins", "split_bin"),
    "edits.evidence": ("set_woe",),
    "edits.features": ("keep_features",),
    "edits.steps": ("redo_step", "undo_step"),
    "fair.binner": ("FairBinner",),
    "fair.search": ("FairSolution",),
    "features": ("FeatureBins",),
    "optimal_binner": ("OptimalBinner",),
    "resampling.crossfit": ("cross_fitted_information_value",),
    "resampling.permutation": ("PermutationResult", "permutation_test"),
    "search.limits": ("Limits",),
    "search.optimal_groups": ("OptimalGroups", "optimal_groups"),
    "stump_binner": ("StumpBinner",),
}

if not TYPE_CHECKING:  # to a checker it would give every name there is
    __getattr__ = names_of(__name__, _PLACES)


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted(__all__)
